"""`manage.py export_inventory PROJECT FILE`: the master spreadsheet out; scripts rely on its call and exit status."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.assets import exporting
from apps.projects.models import Project, Role


class Command(BaseCommand):
    help = "Write the whole inventory of a project to FILE.xlsx (or FILE.csv); the file is whole or absent."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", metavar="PROJECT", help="as it stands in the address: /projects/PROJECT/")
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        path: Path = options["file"]
        if project is None:
            raise CommandError(f"There is no project {options['project'][:80]!r}.", returncode=2)
        if path.suffix.lower() not in (".xlsx", ".csv"):
            raise CommandError("The file's name must end in .xlsx or .csv.", returncode=2)
        rows, as_csv = exporting.all_assets(project), path.suffix.lower() == ".csv"
        try:
            count = exporting.write_to(path, project, rows, role=Role.OWNER, as_csv=as_csv)
        except OSError as error:
            raise CommandError(f"{path} cannot be written ({error.strerror}).", returncode=2) from error
        self.stdout.write(f"{path}: {count:,} assets.")
