"""The gallery of parts, for those who build pages."""

from django.urls import path

from apps.ui import views

app_name = "ui"
urlpatterns = [path("ui/gallery/", views.gallery, name="gallery")]
