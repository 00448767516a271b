"""Addresses of this feature."""

from django.urls import URLPattern

app_name = "cutover"
urlpatterns: list[URLPattern] = []
