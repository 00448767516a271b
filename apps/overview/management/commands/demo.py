"""`manage.py demo`: two consultancies with realistic projects and people of every role; safe to run twice."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from apps.overview.demo import load_demo


class Command(BaseCommand):
    help = "Loads the demo and prints how to sign in. Running it again adds what is missing and sets new passwords."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--password", help="one password for everybody (random ones otherwise)")
        parser.add_argument("--json", action="store_true", help="print nothing but JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = load_demo(options["password"])
        if options["json"]:
            self.stdout.write(json.dumps({"url": settings.BASE_URL, **loaded}))
            return
        self.stdout.write("Sign in with an e-mail address and a password:")
        for person in loaded["people"]:
            self.stdout.write(
                f"  {person['role']:<11} {person['email']:<28} {person['password']:<18} {person['where']}"
            )
