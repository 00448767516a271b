"""Getting in besides allauth, and one's own pages."""

from django.urls import path

from apps.accounts import views

app_name = "accounts"
urlpatterns = [
    path("start/", views.start, name="start"),
    path("links/<str:token>/", views.link_open, name="link-open"),
    path("me/", views.profile, name="profile"),
    path("consultancies/<slug:slug>/mails/", views.kept_mails, name="kept-mails"),
]
