"""The inventory as a spreadsheet: a sheet per family of kinds, typed cells, drop-downs, and never a live formula."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from apps.assets.account_sheet import accounts_sheet
from apps.assets.columns import ACTION, BASE, COLUMNS, ID, TECHNICAL, VERSION, Names, base_of
from apps.assets.kinds import Field, Kind
from apps.assets.models import Asset, AssetQuerySet
from apps.projects.models import Project, Role
from engine.spreadsheets import write_csv
from engine.spreadsheets.writing import Column, SheetToWrite, write_workbook

ACTIONS = ("create", "update", "delete", "skip")
WIDTHS = {"long": 40, "text": 24, "choice": 16}
LARGE = 5_000  # more rows than this are written in the background
KEPT = timedelta(days=1)


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
    names = Names(project)
    if as_csv:
        kinds = [names.book.kinds[key] for key in _kinds_in(rows) if key in names.book.kinds]
        headers = _headers(kinds, role, names)
        return write_csv(path, headers, _rows(rows, headers, kinds, names, role))
    sheets = [SheetToWrite("Read me", [Column("About this file", 110)], _read_me(project, role))]
    counted = []
    for family in names.book.families.values():
        kinds = names.book.of_family(family.key)
        part = rows.filter(kind__in=[kind.key for kind in kinds])
        if family.key == "other":  # kinds that are no more stand here too
            part = rows.exclude(kind__in=[key for key, kind in names.book.kinds.items() if kind.family != "other"])
        headers = _headers(kinds, role, names)
        sheets.append(
            SheetToWrite(family.sheet, _columns(headers, kinds, role), _rows(part, headers, kinds, names, role))
        )
        counted.append(family.sheet)
    if role >= Role.CONSULTANT:
        sheets.append(accounts_sheet(project))
    for name in settings.INVENTORY_SHEETS:
        sheets += [sheet for sheet in [import_string(name)(project, role)] if sheet is not None]
    counts = write_workbook(path, sheets)
    return sum(counts[name] for name in counted)


def _kinds_in(rows: AssetQuerySet) -> list[str]:
    return list(rows.order_by("kind").values_list("kind", flat=True).distinct())


def _headers(kinds: Sequence[Kind], role: int, names: Names) -> list[str]:
    """The common columns this person may see, the kinds' own before the notes, and the hidden ones."""
    common = [one.header for one in COLUMNS if role >= Role.CONSULTANT or not one.is_internal]
    place = common.index("Suggestion")
    action = [ACTION] if role >= Role.CONSULTANT else []
    return [*action, *common[:place], *names.book.headers(kinds), *common[place:], ID, VERSION, BASE]


def _columns(headers: Sequence[str], kinds: Sequence[Kind], role: int) -> list[Column]:
    common = {one.header: Column(one.header, one.width, one.choices) for one in COLUMNS}
    common["Kind"] = Column("Kind", 20, tuple(kind.label for kind in kinds))
    common |= {header: Column(header, 10, hidden=True) for header in (ID, VERSION, BASE)}
    common[ACTION] = Column(ACTION, 9, ACTIONS)
    for kind in kinds:
        for field in kind.fields:
            choices = ("yes", "no") if field.type == "yes" else field.choices
            common.setdefault(field.label, Column(field.label, WIDTHS.get(field.type, 14), choices))
    return [common[header] for header in headers]


def _rows(
    rows: AssetQuerySet, headers: Sequence[str], kinds: Sequence[Kind], names: Names, role: int
) -> Iterator[list[Any]]:
    """The cells, row by row; nothing is held."""
    makers = {kind.key: _makers(kind, headers, role) for kind in kinds}
    other = _makers(None, headers, role)
    said = [at for at, header in enumerate(headers) if header not in TECHNICAL]
    for asset in rows.select_related("owner", "parent").iterator(chunk_size=2000):
        asset.project = names.project
        cells = [make(asset, names) for make in makers.get(asset.kind, other)]
        cells.append(base_of((headers[at], cells[at]) for at in said))
        yield cells


Make = Callable[[Asset, Names], Any]


def _makers(kind: Kind | None, headers: Sequence[str], role: int) -> list[Make]:
    """For each header but the last, what makes the cell of an asset of this kind."""
    there: dict[str, Make] = {field.label: _own_cell(field) for field in (kind.fields if kind else ())}
    there |= {one.header: one.cell for one in COLUMNS}
    there["Part of"] = lambda asset, names: names.part_of(asset, role) or None
    there[ID] = lambda asset, names: asset.pk
    there[VERSION] = lambda asset, names: asset.version
    return [there.get(header, lambda asset, names: None) for header in headers[:-1]]


def _own_cell(field: Field) -> Make:
    return lambda asset, names: field.cell(asset.extra.get(field.key, ""))


def _read_me(project: Project, role: int) -> Iterator[list[str]]:
    yield [f"The inventory of {project.client}: {project.route}."]
    yield ["One sheet per family of kinds. Required status says what becomes of an asset: Migrate As Is, "
           "Rebuild/Update or Archive. Blank is undecided."]  # fmt: skip
    yield ["New rows are welcome: fill in a name and a kind on any of the sheets. A row that is deleted here changes "
           "nothing there."]  # fmt: skip
    if role >= Role.CONSULTANT:
        yield ["The column Action may say create, update, delete or skip; blank updates what is known and creates what "
               "is new."]  # fmt: skip
    yield ["Write dates as 2026-12-31. “Part of” names the asset in which a row stands."]
    yield ["The hidden columns tell rows apart and remember what each said: leave them. New rows need none of them."]
    yield ["Passwords and keys do not belong here. Note where they are kept."]


def all_assets(project: Project) -> AssetQuerySet:
    """Everything, in the order of the names."""
    return Asset.objects.filter(project=project).order_by("name", "pk")
