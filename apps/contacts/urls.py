"""`projects/<slug>/contacts/...`"""

from django.urls import path

from apps.contacts import views

app_name = "contacts"
urlpatterns = [
    path("projects/<slug:slug>/contacts/", views.contact_list, name="contact-list"),
    path("projects/<slug:slug>/contacts/<int:pk>/", views.file_report, name="file-report"),
    path("projects/<slug:slug>/contacts/<int:pk>/check/", views.file_check, name="file-check"),
    path("projects/<slug:slug>/contacts/<int:pk>/settings/", views.file_settings, name="file-settings"),
    path("projects/<slug:slug>/contacts/<int:pk>/delete/", views.file_delete, name="file-delete"),
]
