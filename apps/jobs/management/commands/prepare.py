"""`manage.py prepare`: folders and tables, before a server that is started by other means than `serve`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.jobs.starting import CannotStart, prepare


class Command(BaseCommand):
    help = "Makes the folders in DATA_DIR and brings the database up to this version. Safe to repeat."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            prepare()
        except CannotStart as error:
            raise CommandError(str(error)) from error
