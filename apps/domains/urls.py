"""`projects/<slug>/domains/...`"""

from django.urls import path

from apps.domains import message_views, views

app_name = "domains"
urlpatterns = [
    path("projects/<slug:slug>/domains/", views.domain_list, name="domain-list"),
    path("projects/<slug:slug>/domains/check/", views.check, name="check"),
    path("projects/<slug:slug>/domains/<int:pk>/", views.domain, name="domain"),
    path("projects/<slug:slug>/domains/<int:pk>/edit/", views.domain_edit, name="domain-edit"),
    path("projects/<slug:slug>/domains/<int:pk>/check/", views.check_one, name="check-one"),
    path("projects/<slug:slug>/domains/<int:pk>/sender/", views.sender_explain, name="sender-explain"),
    path("projects/<slug:slug>/domains/<int:pk>/delete/", views.domain_delete, name="domain-delete"),
    path("projects/<slug:slug>/domains/<int:pk>/message/", message_views.message, name="message"),
    path("projects/<slug:slug>/dns-records/", views.helper_page, name="helper-page"),
]
