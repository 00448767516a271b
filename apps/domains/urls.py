"""Addresses of this feature."""

from django.urls import URLPattern

app_name = "domains"
urlpatterns: list[URLPattern] = []
