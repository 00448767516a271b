"""What a comparison found is kept for its page, and written: all or nothing, with a way back."""

import tempfile
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.assets.bulk import Change, write_changes
from apps.assets.columns import restored, stored
from apps.assets.lines import Cell, Comparison, Line, summary
from apps.assets.models import Account, Asset, Batch, ColumnMapping, ImportLine, InventoryImport
from apps.assets.plans import NOTE, SKIP
from apps.assets.services import publish_facts
from apps.projects.models import Activity, Project, Source, StaleRow
from apps.projects.stored import StoredFile
from engine.spreadsheets.marking import mark_cells

CHUNK = 500
KEPT = {"of", "what", "sheet", "number", "label", "asset_pk", "asset_version", "errors"}


def mapping_of(row: InventoryImport) -> dict[str, str]:
    """What has been said of headers in this project's files; what was said of this one comes last."""
    said = dict(ColumnMapping.objects.filter(project=row.project_id).values_list("header", "to"))
    return said | {column["title"]: column["to"] for column in row.columns if column["to"]}


def keep_mapping(row: InventoryImport, said: dict[str, str]) -> None:
    """Remember what a person said about columns, for this file and the client's next one."""
    for column in row.columns:
        if to := said.get(column["title"]):
            column["to"] = to
            ColumnMapping.objects.update_or_create(
                project=row.project, header=column["title"].casefold()[:200], defaults={"to": to[:80]}
            )


def keep_preview(row: InventoryImport, found: Comparison, marked: StoredFile | None = None) -> None:
    """What the page shows; an earlier preview of the same file goes."""
    row.lines.all().delete()
    lines = found.lines()
    while chunk := list(islice(lines, CHUNK)):
        ImportLine.objects.bulk_create([_as_row(row, line) for line in chunk])
    row.summary, row.counts = str(found), dict(found.counts)
    row.remarks, row.marked = found.remarks[:50], marked
    row.columns = [{"title": title, **column} for title, column in found.columns.items()]
    row.save(update_fields=["summary", "counts", "remarks", "columns", "marked"])


def _as_row(row: InventoryImport, line: Line) -> ImportLine:
    cells = [[cell.header, cell.name, cell.old, cell.new, cell.value, cell.is_conflict] for cell in line.cells]
    return ImportLine(
        project=row.project,
        imported=row,
        cells=cells,
        conflicts=line.conflicts,
        changes=len(cells) - line.conflicts,
        **{name: getattr(line, name) for name in KEPT},
    )


def kept_lines(row: InventoryImport) -> Iterator[Line]:
    """The lines of a preview, as they were found."""
    for kept in row.lines.order_by("pk").iterator(chunk_size=CHUNK):
        yield Line(cells=[Cell(*cell) for cell in kept.cells], **{name: getattr(kept, name) for name in KEPT})


def mark_errors(path: Path, lines: Iterable[Line]) -> Path:
    """The same workbook with a comment on each cell that cannot be taken, in the temporary folder."""
    bad = {}
    for line in lines:
        for header, sentence in line.errors:
            bad.setdefault((line.sheet, line.number, header), []).append(sentence)
    with tempfile.NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".xlsx", delete=False) as file:
        target = Path(file.name)
    mark_cells(path, target, {place: " ".join(sentences) for place, sentences in bad.items()})
    return target


# --- writing ----------------------------------------------------------------------------------------------------------


def take(lines: Iterable[Line], chosen: Collection[str], *, all_of_them: bool = False) -> Iterator[Line]:
    """Of the conflicts the chosen ones ("sheet:row:column") as in the file; the others stay as they are here."""
    for line in lines:
        line.cells = [
            cell
            for cell in line.cells
            if not cell.is_conflict or all_of_them or f"{line.sheet}:{line.number}:{cell.header}" in chosen
        ]
        yield line


@transaction.atomic
def apply(project: Project, lines: Iterable[Line], *, by: User | None, file: str, counts: dict[str, int]) -> Batch:
    """Write the lines, all or nothing. Raises StaleRow where a row has moved on since it was compared."""
    writing = _Writing(project, by, file)
    rows = iter(lines)
    while chunk := list(islice(rows, CHUNK)):
        writing.write(chunk)
    writing.settle_parents()
    batch = Batch.objects.create(project=project, by=by, label=f"import of {file}"[:200], before=writing.before)
    verb = f"imported the inventory: {summary(counts)}"[:60]
    Activity.record(project, verb, by=by, source=Source.IMPORT, detail=file[:200])
    publish_facts(project)
    return batch


class _Writing:
    """One import on its way into the tables, chunk by chunk."""

    def __init__(self, project: Project, by: User | None, file: str) -> None:
        self.project, self.by, self.file = project, by, file
        self.before: list[list[Any]] = []
        self.made: dict[str, int] = {}  # by name in small letters
        self.waiting: list[tuple[int, str]] = []  # assets whose parent is a new row of the same file

    def write(self, chunk: list[Line]) -> None:
        keys = [line.asset_pk for line in chunk if line.asset_pk and line.of == "asset"]
        there = self.project.assets.select_for_update().in_bulk(keys)
        log, changes = [], []
        for line in chunk:
            if line.of == "account":
                log += self._account(line)
            elif line.what == "deleted" or (line.what == "changed" and line.cells):
                asset = there.get(line.asset_pk or 0)
                if asset is None or asset.version != line.asset_version:
                    raise StaleRow(asset or Asset(project=self.project), {})
                asset.project = self.project
                change, entry = self._delete(asset) if line.what == "deleted" else self._change(asset, line)
                changes.append(change)
                log.append(entry)
        if write_changes(changes) != len(changes):
            raise StaleRow(Asset(project=self.project), {})
        self._create([line for line in chunk if line.what == "new" and line.of == "asset"])
        Activity.objects.bulk_create(log)

    def _values(self, asset: Asset, line: Line) -> dict[str, Any]:
        """The fields to set; the fields of the kind are merged into what stands there."""
        values: dict[str, Any] = {}
        extra = dict(asset.extra)
        for cell in line.cells:
            if cell.name.startswith("extra."):
                extra[cell.name.removeprefix("extra.")] = cell.value
                values["extra"] = {key: text for key, text in extra.items() if text}
            elif cell.name == "parent_id" and isinstance(cell.value, str):
                values["parent_id"] = None
            else:
                values[cell.name] = restored(cell.name, cell.value)
        if values.get("required_status"):
            values["asked_at"] = None  # the client's question is answered
        return values

    def _wait(self, pk: int, line: Line) -> None:
        self.waiting += [
            (pk, cell.value) for cell in line.cells if cell.name == "parent_id" and isinstance(cell.value, str)
        ]

    def _change(self, asset: Asset, line: Line) -> tuple[Change, Activity]:
        values = self._values(asset, line)
        old = {name: stored(getattr(asset, name)) for name in values}
        self.before.append([asset.pk, asset.version + 1, old])
        self._wait(asset.pk, line)
        changes = {cell.header: [cell.old, cell.new] for cell in line.cells}
        entry = self._logged(asset, "changed", changes, f"row {line.number}", asset.keeps_internal(values))
        return (asset.pk, asset.version, values), entry

    def _delete(self, asset: Asset) -> tuple[Change, Activity]:
        self.before.append([asset.pk, asset.version + 1, "deleted"])
        entry = self._logged(asset, "deleted the asset", {}, "", not asset.client_sees)
        return (asset.pk, asset.version, {"deleted_at": timezone.now()}), entry

    def _create(self, lines: list[Line]) -> None:
        assets = [Asset(project=self.project, **self._values(Asset(extra={}), line)) for line in lines]
        for asset, line in zip(Asset.objects.bulk_create(assets), lines, strict=True):
            self.before.append([asset.pk, asset.version, None])
            self.made[asset.name.casefold()] = asset.pk
            self._wait(asset.pk, line)

    def _account(self, line: Line) -> list[Activity]:
        """One old account, new or changed."""
        values = {cell.name: Account._meta.get_field(cell.name).to_python(cell.value) for cell in line.cells}
        if line.what == "new":
            account = Account.objects.create(project=self.project, **values)
            self.before.append([account.pk, account.version, None, "account"])
            return [self._logged(account, "added the account", {}, f"row {line.number}", True)]
        rows = Account.objects.filter(project=self.project, pk=line.asset_pk)
        account = rows.first() or Account(project=self.project)
        if not values:
            return []
        old = {name: stored(getattr(account, name)) for name in values}
        version = line.asset_version or 0
        if not rows.filter(version=version).update(**values, version=version + 1, updated_at=timezone.now()):
            raise StaleRow(account, {})
        self.before.append([account.pk, version + 1, old, "account"])
        changes = {cell.header: [cell.old, cell.new] for cell in line.cells}
        return [self._logged(account, "changed", changes, f"row {line.number}", True)]

    def _logged(
        self, asset: Asset | Account, verb: str, changes: dict[str, list[str]], where: str, is_internal: bool
    ) -> Activity:
        return Activity(
            project=self.project, actor=self.by, verb=verb, subject_type=asset._meta.label_lower, subject_id=asset.pk,
            subject_label=asset.name[:200], changes=changes, source=Source.IMPORT,
            detail=f"{self.file} {where}".strip()[:200], is_internal=is_internal,
        )  # fmt: skip

    def settle_parents(self) -> None:
        """Now that every new row is there, put the rows into the new ones they name."""
        for pk, name in self.waiting:
            Asset.objects.filter(pk=pk).update(parent=self.made.get(name.casefold()))


def lines_of(found: Comparison) -> Iterator[str]:
    """The preview for a person at a terminal."""
    yield f"{found}."
    yield from found.remarks
    unread = [title for title, column in found.columns.items() if column["to"] in ("", SKIP)]
    notes = [title for title, column in found.columns.items() if column["to"] == NOTE]
    for line in found.lines():
        where = f"{line.sheet} row {line.number}".strip()
        for header, sentence in line.errors:
            yield f"{where}{f', {header}' if header else ''}: {sentence}"
        for cell in line.cells if line.what == "changed" else []:
            arrow = "changed on both sides, here" if cell.is_conflict else "from"
            yield f"{where}, {line.label}, {cell.header}: {arrow} “{cell.old}” to “{cell.new}”"
    if notes:
        yield f"Kept as notes: {', '.join(notes)}"
    if unread:
        yield f"Not read, because no field has this name: {', '.join(unread)}"
