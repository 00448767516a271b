#!/usr/bin/env python3
"""Migrator's command line."""

import os
import sys
from importlib import import_module

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

# They ask neither the database nor any app, so none is loaded for them: a script that calls them often gains the time.
ENGINE_COMMANDS = {"validate_contacts": "contacts", "check_domains": "domains"}


def main(words: list[str]) -> None:
    """Run one command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "migrator.settings")
    app = ENGINE_COMMANDS.get(words[1]) if len(words) > 1 else None
    if app:
        module = import_module(f"apps.{app}.management.commands.{words[1]}")
        module.Command().run_from_argv(words)
    else:
        execute_from_command_line(words)


if __name__ == "__main__":
    try:
        main(sys.argv)
    except ImproperlyConfigured as error:  # a setting is wrong: the sentence helps, the traceback does not
        sys.exit(f"{error}")
