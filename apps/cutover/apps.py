"""Django's name for this app."""

from django.apps import AppConfig


class CutoverConfig(AppConfig):
    name = "apps.cutover"
    label = "cutover"
