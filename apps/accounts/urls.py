"""Getting in besides allauth, and one's own pages."""

from django.urls import path

from apps.accounts import views, views_mail

app_name = "accounts"
urlpatterns = [
    path("start/", views.start, name="start"),
    path("links/<str:token>/", views.link_open, name="link-open"),
    path("me/", views.profile, name="profile"),
    path("consultancies/<slug:slug>/mails/", views_mail.kept_mails, name="kept-mails"),
    path("me/calendar/", views_mail.calendar_renew, name="calendar-renew"),
    path("me/calendar/end/", views_mail.calendar_end, name="calendar-end"),
    path("me/mails/", views_mail.my_mails, name="my-mails"),
    path("me/mail/", views_mail.mail_preferences, name="mail-preferences"),
    path("unsubscribe/<str:token>/", views_mail.unsubscribe, name="unsubscribe"),
]
