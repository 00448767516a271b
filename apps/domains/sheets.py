"""The domains as a sheet of the inventory's workbook: for reading, the checks keep it true."""

from collections.abc import Iterator
from typing import Any

from apps.domains.models import Domain
from apps.projects.models import Project
from engine.spreadsheets.writing import Column, SheetToWrite

COLUMNS = [
    Column("Domain", 32), Column("Used for", 18), Column("Verdict", 16), Column("What was found", 70),
    Column("Checked", 18),
]  # fmt: skip


def domains_sheet(project: Project, role: int) -> SheetToWrite | None:
    """Every domain with its last verdict; times as the client's clock shows them."""
    return SheetToWrite("Domains", COLUMNS, _rows(project))


def _rows(project: Project) -> Iterator[list[Any]]:
    for domain in Domain.objects.filter(project=project).with_status():
        check = domain.newest
        uses = " and ".join(sorted(domain.uses)) or "nothing"
        if check is None:
            yield [domain.shown, uses, "Unknown", "Not checked yet.", None]
        else:
            yield [
                domain.shown, uses, check.get_verdict_display(), check.summary, check.as_of.astimezone(project.zone)
            ]  # fmt: skip
