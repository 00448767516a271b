"""Django's name for this app."""

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Models in a file of their own are known from the start."""
        import_module("apps.accounts.feeds")
