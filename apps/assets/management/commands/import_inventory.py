"""`manage.py import_inventory PROJECT FILE.xlsx [--apply]`: the spreadsheet in; without --apply the preview alone."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.assets import importing
from apps.assets.comparing import compare
from apps.assets.lines import Comparison
from apps.projects.models import Project, StaleRow
from engine.spreadsheets import Unreadable


class Command(BaseCommand):
    help = "Compare an edited inventory with the project, cell by cell; with --apply write it, all or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", metavar="PROJECT", help="as it stands in the address: /projects/PROJECT/")
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--apply", action="store_true", help="write it; errors in the file prevent that")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        path: Path = options["file"]
        if project is None:
            raise CommandError(f"There is no project {options['project'][:80]!r}.", returncode=2)
        if not path.is_file():
            raise CommandError(f"There is no file {path}.", returncode=2)
        remembered = dict(project.column_mappings.values_list("header", "to"))
        try:
            found = compare(project, path, mapping=remembered)
        except Unreadable as error:
            raise CommandError(str(error), returncode=1) from error
        for line in importing.lines_of(found):
            self.stdout.write(line)
        if found.counts["errors"]:
            self.stdout.write("Nothing was written: correct the errors first.")
            sys.exit(1)
        if options["apply"]:
            self._write(project, found, path.name)

    def _write(self, project: Project, found: Comparison, name: str) -> None:
        lines = importing.take(found.lines(), ())
        try:
            batch = importing.apply(project, lines, by=None, file=name, counts=dict(found.counts))
        except StaleRow as error:
            raise CommandError(
                "Somebody changed a row meanwhile; nothing was written. Try again.", returncode=1
            ) from error
        self.stdout.write(f"Written: {len(batch.before):,} assets. It can be taken back in the inventory.")
