"""Addresses of this feature."""

from django.urls import URLPattern

app_name = "contacts"
urlpatterns: list[URLPattern] = []
