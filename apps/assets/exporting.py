"""The inventory as a spreadsheet: typed cells, drop-downs, and never a live formula."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings

from apps.assets.importing import BASE, ID, base_of
from apps.assets.models import Asset, AssetQuerySet, CurrentStatus, Progress, RequiredStatus
from apps.projects.models import Project, Role
from engine.spreadsheets import Column, SheetToWrite, write_csv, write_workbook

# header, what stands in the cell, width, choices of the drop-down, for consultants only
COLUMNS: list[tuple[str, Any, int, list[str], bool]] = [
    ("Name", lambda row, role: row.name, 42, [], False),
    ("Kind", lambda row, role: row.kind_label, 20, [], False),
    ("Current status", lambda row, role: row.get_current_status_display(), 15, list(CurrentStatus.labels), False),
    ("Required status", lambda row, role: row.get_required_status_display() if row.required_status else None, 17,
     list(RequiredStatus.labels[1:]), False),
    ("Progress", lambda row, role: row.get_progress_display(), 14, list(Progress.labels), False),
    ("Old URL", lambda row, role: row.url, 40, [], False),
    ("New URL", lambda row, role: row.new_url, 40, [], False),
    ("Owner", lambda row, role: str(row.owner) if row.owner else None, 20, [], False),
    ("Part of", lambda row, role: _part_of(row, role), 24, [], False),
    ("Last used", lambda row, role: row.last_used, 12, [], False),
    ("Revenue a month", lambda row, role: row.revenue, 15, [], True),
    ("Effort in hours", lambda row, role: row.effort_hours, 14, [], True),
    ("Notes", lambda row, role: row.notes, 50, [], True),
    ("Client sees", lambda row, role: "yes" if row.client_sees else "no", 11, ["yes", "no"], True),
    (ID, lambda row, role: row.pk, 10, [], False),
    ("Row version", lambda row, role: row.version, 12, [], False),
]  # fmt: skip
HIDDEN = (ID, "Row version", BASE)


def write(project: Project, rows: AssetQuerySet, *, role: int, as_csv: bool) -> Path:
    """A finished file in the temporary folder; whoever asked for it deletes it."""
    settings.FILE_UPLOAD_TEMP_DIR.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(
        dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".csv" if as_csv else ".xlsx", delete=False
    ) as file:
        path = Path(file.name)
    write_to(path, project, rows, role=role, as_csv=as_csv)
    return path


def write_to(path: Path, project: Project, rows: AssetQuerySet, *, role: int, as_csv: bool = False) -> int:
    """Write the inventory to a path; returns the number of assets. Clients get no internal column."""
    columns = [column for column in COLUMNS if role >= Role.CONSULTANT or not column[4]]
    assets = rows.select_related("owner", "parent")
    if as_csv:
        return write_csv(path, [column[0] for column in columns], _cells(assets, columns, role))
    headers = {column[0] for column in columns}
    columns.append((BASE, lambda row, role: base_of(row, headers), 10, [], False))
    sheet = SheetToWrite(
        "Assets",
        [Column(header, width, tuple(choices), header in HIDDEN) for header, _, width, choices, _ in columns],
        _cells(assets, columns, role),
    )
    about = SheetToWrite("Read me", [Column("About this file", 110)], _read_me(project))
    return write_workbook(path, [about, sheet])["Assets"]


def _part_of(asset: Asset, role: int) -> str | None:
    """The parent's name, where this person may know it."""
    return asset.parent.name if asset.parent and asset.parent.is_shown_to(role) else None


def _cells(assets: AssetQuerySet, columns: list[Any], role: int) -> Iterator[list[Any]]:
    for asset in assets.iterator(chunk_size=2000):
        yield [column[1](asset, role) for column in columns]


def _read_me(project: Project) -> Iterator[list[str]]:
    yield [f"The inventory of {project.client}: {project.route}."]
    yield [
        "Required status says what becomes of an asset: Migrate As Is, Rebuild/Update or Archive. Blank is undecided."
    ]
    yield ["The hidden columns tell rows apart and remember what each said: leave them. New rows need none of them."]
    yield ["Passwords and keys do not belong here. Note where they are kept."]


def all_assets(project: Project) -> AssetQuerySet:
    """Everything, in the order of the names."""
    return Asset.objects.filter(project=project).order_by("name", "pk")
