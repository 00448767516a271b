"""The spreadsheet on its way back: read, compared cell by cell with what was exported and with what stands here now.

Each exported row carries what it said then ("Row base"), so a cell is merged three ways: changed in the file alone, it
is taken; changed here alone, it stays; changed on both sides, it is a conflict, and nobody's work is overwritten.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.accounts.models import User
from apps.assets.kinds import kinds
from apps.assets.limits import people_of, without_secrets
from apps.assets.models import Asset, Batch, CurrentStatus, InventoryImport, Progress, RequiredStatus
from apps.assets.services import publish_decided
from apps.projects.models import Activity, Project, Source
from engine.spreadsheets import Sheet, clean, open_workbook

ID, BASE = "Row id", "Row base"
MOST_ERRORS = 200
MOST_SHOWN = 200


class CellError(ValueError):
    """Why a cell cannot be taken, as a sentence."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column: the asset's field, how it is written as plain text, and how a text becomes its value."""

    header: str
    name: str
    text: Callable[[Asset], str]
    value: Callable[[Project, str], Any]


def plain(value: object) -> str:
    """A cell as plain text, alike whichever program wrote it: no trailing .0, ISO dates, one kind of line end."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float | Decimal):
        number = Decimal(str(value)).normalize()
        return f"{number:f}"
    return clean(str(value)).replace("\r\n", "\n").replace("\r", "\n").strip()


def _words(name: str) -> Callable[[Asset], str]:
    return lambda asset: plain(getattr(asset, name))


def _text(name: str) -> Callable[[Project, str], Any]:
    """Checked as the form checks it."""

    def value(project: Project, text: str) -> str:
        if name in ("name", "notes"):
            without_secrets(text)
        found: str = Asset._meta.get_field(name).clean(text, None)
        return found

    return value


def _choice(labels: dict[str, str]) -> Callable[[Project, str], Any]:
    by_label = {label.casefold(): key for key, label in labels.items()}

    def value(project: Project, text: str) -> str:
        if text.casefold() not in by_label:
            raise CellError(f"“{text[:40]}” is none of the words; choose {', '.join(filter(None, labels.values()))}.")
        return by_label[text.casefold()]

    return value


def _number(name: str) -> Callable[[Project, str], Any]:
    def value(project: Project, text: str) -> Decimal | None:
        if not text:
            return None
        try:
            number = Decimal(text.replace(" ", ""))
        except InvalidOperation as error:
            raise CellError(f"“{text[:40]}” is no number; write it as 1234.56.") from error
        found: Decimal = Asset._meta.get_field(name).clean(number, None)
        return found

    return value


def _day(project: Project, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise CellError(f"“{text[:40]}” is no date; write it as 2026-12-31.") from error


def _person(project: Project, text: str) -> Any:
    if not text:
        return None
    found = [one for one in people_of(project) if text.casefold() in (str(one).casefold(), one.email)]
    if len(found) != 1:
        words = "Nobody in this project is called" if not found else "Several people are called"
        raise CellError(f"{words} “{text[:40]}”; write the e-mail address.")
    return found[0]


def _seen(project: Project, text: str) -> bool:
    if text.casefold() not in ("yes", "no"):
        raise CellError("Write yes or no.")
    return text.casefold() == "yes"


_STATUS = {key: label for key, label in RequiredStatus.choices if key} | {"": ""}
_KINDS = {key: kind.label for key, kind in kinds().items()}
FIELDS = [
    Field("Name", "name", _words("name"), _text("name")),
    Field("Kind", "kind", lambda row: row.kind_label, _choice(_KINDS)),
    Field("Current status", "current_status", lambda row: row.get_current_status_display(),
          _choice(dict(CurrentStatus.choices))),
    Field("Required status", "required_status", lambda row: _STATUS[row.required_status], _choice(_STATUS)),
    Field("Progress", "progress", lambda row: row.get_progress_display(), _choice(dict(Progress.choices))),
    Field("Old URL", "url", _words("url"), _text("url")),
    Field("New URL", "new_url", _words("new_url"), _text("new_url")),
    Field("Owner", "owner", lambda row: str(row.owner or ""), _person),
    Field("Last used", "last_used", _words("last_used"), _day),
    Field("Revenue a month", "revenue", _words("revenue"), _number("revenue")),
    Field("Effort in hours", "effort_hours", _words("effort_hours"), _number("effort_hours")),
    Field("Notes", "notes", _words("notes"), _text("notes")),
    Field("Client sees", "client_sees", _words("client_sees"), _seen),
]  # fmt: skip
DEFAULTS = {"Current status": CurrentStatus.UNKNOWN.label, "Progress": Progress.NOT_STARTED.label, "Client sees": "yes"}


def base_of(asset: Asset, headers: Collection[str]) -> str:
    """What these columns of the row say now, for the hidden column that comes back with it."""
    said = {one.header: one.text(asset) for one in FIELDS if one.header in headers}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Change:
    """One cell: (old, new) as people read them, and the value to store."""

    header: str
    name: str
    old: str
    new: str
    value: Any


@dataclass(slots=True)
class Line:
    """What becomes of one row of the file. `asset` is None for a new one."""

    number: int
    label: str
    asset: Asset | None = None
    changes: list[Change] = field(default_factory=list)
    conflicts: list[Change] = field(default_factory=list)


@dataclass(slots=True)
class Preview:
    """Everything that an import would do, before it does anything."""

    new: list[Line] = field(default_factory=list)
    changed: list[Line] = field(default_factory=list)
    same: int = 0
    errors: list[tuple[int, str, str]] = field(default_factory=list)  # row, column, sentence
    unread: list[str] = field(default_factory=list)

    @property
    def conflicts(self) -> list[Line]:
        return [line for line in self.changed if line.conflicts]

    @property
    def digest(self) -> str:
        """Of everything that would be written, and of what stands against it."""
        cells = [
            (line.number, line.asset.pk if line.asset else 0, cell.header, cell.old, cell.new)
            for line in [*self.changed, *self.new]
            for cell in [*line.changes, *line.conflicts]
        ]
        return hashlib.sha256(json.dumps(cells).encode()).hexdigest()

    def take(self, chosen: Collection[str]) -> None:
        """Of the conflicts these ("row:column") are to be as in the file; the others stay as they are here."""
        for line in self.changed:
            line.changes += [cell for cell in line.conflicts if f"{line.number}:{cell.header}" in chosen]
            line.conflicts = [cell for cell in line.conflicts if f"{line.number}:{cell.header}" not in chosen]

    def __str__(self) -> str:
        changed = sum(bool(line.changes) for line in self.changed)
        conflicts, errors = sum(len(line.conflicts) for line in self.changed), len(self.errors)
        return (
            f"{len(self.new):,} new, {changed:,} changed, {self.same:,} same, "
            f"{conflicts:,} conflict{'' if conflicts == 1 else 's'}, {errors:,} error{'' if errors == 1 else 's'}"
        )


def preview(project: Project, path: Path) -> Preview:
    """Compare the file with the inventory. Raises engine.spreadsheets.Unreadable; writes nothing."""
    found = Preview()
    sheet = _sheet_of(path)
    if sheet is None:
        found.errors.append((1, "", "No sheet has a column called Name; export the inventory and fill in that file."))
        return found
    there = {asset.pk: asset for asset in project.assets.select_related("owner", "project")}
    rows = sheet.rows()
    header = [plain(cell) for cell in next(rows, (1, []))[1]]
    known = {one.header.casefold(): one for one in FIELDS}
    technical = {name.casefold() for name in (ID, BASE, "Row version", "Part of")}
    found.unread = [name for name in header if name and name.casefold() not in known.keys() | technical]
    seen: set[int] = set()
    for number, cells in rows:
        texts = {name.casefold(): plain(cell) for name, cell in zip(header, cells, strict=False) if name}
        _read_line(project, found, there, seen, number, texts)
        if len(found.errors) >= MOST_ERRORS:
            found.errors.append((number, "", f"More than {MOST_ERRORS} errors; the rest was not read."))
            break
    return found


def _sheet_of(path: Path) -> Sheet | None:
    """The sheet called Assets, or the first one whose first row has a Name."""
    book = open_workbook(path)
    wanted = book.sheet("Assets")
    for sheet in [wanted] if wanted else book.sheets:
        first = next(sheet.rows(), (0, []))[1]
        if "name" in [plain(cell).casefold() for cell in first]:
            return sheet
    return None


def _read_line(
    project: Project, found: Preview, there: dict[int, Asset], seen: set[int], number: int, texts: dict[str, str]
) -> None:
    given = {one: texts[one.header.casefold()] for one in FIELDS if one.header.casefold() in texts}
    if not any(given.values()):
        return
    key = texts.get(ID.casefold(), "")
    line = Line(number, texts.get("name", "")[:80])
    if key:
        asset = there.get(int(key)) if key.isascii() and key.isdigit() and len(key) < 18 else None
        if asset is None or asset.pk in seen:
            words = "stands twice in this file" if asset else "is not in this project"
            found.errors.append(
                (number, ID, f"Row id {key[:20]} {words}; clear the cell to add the row as a new asset.")
            )
            return
        seen.add(asset.pk)
        line.asset = asset
    before = len(found.errors)
    _compare(project, found, line, given, _base(texts, line.asset))
    if len(found.errors) > before:
        return
    if line.asset is None:
        found.new.append(line)
    elif line.changes or line.conflicts:
        found.changed.append(line)
    else:
        found.same += 1


def _base(texts: dict[str, str], asset: Asset | None) -> dict[str, str]:
    """What the row said when it left; without that, as it stands here now if nobody touched it since."""
    try:
        base = json.loads(texts.get(BASE.casefold(), ""))
    except ValueError:
        base = None
    if isinstance(base, dict):
        return {str(name): plain(value) for name, value in base.items()}
    if asset is not None and texts.get("row version", "") in ("", str(asset.version)):
        return {one.header: plain(one.text(asset)) for one in FIELDS}
    return {}


def _compare(project: Project, found: Preview, line: Line, given: dict[Field, str], base: dict[str, str]) -> None:
    for one, text in given.items():
        now = plain(one.text(line.asset)) if line.asset else ""
        if line.asset is None:
            text = text or DEFAULTS.get(one.header, "")
        elif text in (now, base.get(one.header)):
            continue
        try:
            value = one.value(project, text)
        except CellError as error:
            found.errors.append((line.number, one.header, str(error)))
        except ValidationError as error:
            found.errors.append((line.number, one.header, " ".join(error.messages)))
        else:
            change = Change(one.header, one.name, now, text, value)
            is_clash = line.asset is not None and base.get(one.header) != now
            (line.conflicts if is_clash else line.changes).append(change)


def keep_preview(row: InventoryImport, found: Preview) -> None:
    """What the page shows: the first of everything, and the digest of all."""
    row.summary, row.digest = str(found), found.digest
    row.report = {
        "errors": [list(error) for error in found.errors[:MOST_SHOWN]],
        "conflicts": [_shown(line, line.conflicts) for line in found.conflicts[:MOST_SHOWN]],
        "changed": [_shown(line, line.changes) for line in found.changed if line.changes][:MOST_SHOWN],
        "new": [_shown(line, []) for line in found.new[:MOST_SHOWN]],
        "unread": found.unread[:50],
        "writes": bool(found.new or found.changed),
    }
    row.save(update_fields=["summary", "digest", "report"])


def _shown(line: Line, cells: list[Change]) -> dict[str, Any]:
    said = [{"header": cell.header, "old": cell.old[:500], "new": cell.new[:500]} for cell in cells]
    return {"row": line.number, "label": line.label, "cells": said}


@transaction.atomic
def apply(project: Project, found: Preview, *, by: User | None, file: str) -> Batch:
    """Write what the preview says, all or nothing; conflicts stay as they are here. Raises StaleRow."""
    before: list[list[Any]] = []
    for line in found.changed:
        if line.asset is None or not line.changes:
            continue
        row, values = line.asset, {cell.name: cell.value for cell in line.changes}
        old = {cell.name: stored(row, cell.name) for cell in line.changes}
        detail = f"{file} row {line.number}"[:200]
        row.change(by, source=Source.IMPORT, detail=detail, is_internal=row.keeps_internal(values), **values)
        before.append([row.pk, row.version, old])
    for line in found.new:
        asset = Asset.objects.create(project=project, **{cell.name: cell.value for cell in line.changes})
        before.append([asset.pk, asset.version, None])
    batch = Batch.objects.create(project=project, by=by, label=f"import of {file}"[:200], before=before)
    Activity.record(project, f"imported the inventory: {found}"[:60], by=by, source=Source.IMPORT, detail=file[:200])
    publish_decided(project)
    return batch


def stored(asset: Asset, name: str) -> Any:
    """A field's value as JSON can keep it, for the undo."""
    value = getattr(asset, Asset._meta.get_field(name).attname)
    return str(value) if isinstance(value, date | Decimal) else value


def lines_of(found: Preview) -> Iterator[str]:
    """The preview for a person at a terminal."""
    yield f"{found}."
    for row, column, sentence in found.errors:
        yield f"  row {row}{f', {column}' if column else ''}: {sentence}"
    for line in found.conflicts:
        for cell in line.conflicts:
            words = f"“{cell.old}” here, “{cell.new}” in the file"
            yield f"  row {line.number}, {cell.header}: {words}; changed on both sides, so it stays as it is here."
    for line in found.changed:
        for cell in line.changes:
            yield f"  row {line.number}, {line.label}: {cell.header} “{cell.old}” becomes “{cell.new}”."
    yield from (f"  row {line.number}: new, {line.label}." for line in found.new)
    if found.unread:
        yield f"  Not read: the columns {', '.join(found.unread[:20])}."
