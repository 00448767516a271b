"""Addresses of this feature."""

from django.urls import URLPattern

app_name = "overview"
urlpatterns: list[URLPattern] = []
