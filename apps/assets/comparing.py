"""A spreadsheet on its way back: compared cell by cell with what was exported and with what stands here now.

Each exported row carries what it said then ("Row base"), so a cell is merged three ways: changed in the file alone, it
is taken; changed here alone, it stays; changed on both sides, it is a conflict, and nobody's work is overwritten.
The file is read in two passes and never held: first which rows it names, then what they say.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from apps.assets.account_sheet import compare_accounts
from apps.assets.columns import (
    ACTION,
    BASE,
    BY_HEADER,
    ID,
    TECHNICAL,
    VERSION,
    Names,
    read_cell,
    stored,
    text_of,
)
from apps.assets.lines import Cell, Comparison, Line, clashes, is_untouched
from apps.assets.models import Asset
from apps.assets.plans import NOTE, SKIP, Plan, Planning
from apps.projects.models import Project
from engine.spreadsheets.cells import CellError, plain

CHUNK = 500
ACTIONS = ("", "create", "update", "delete", "skip")
NO_NAMES = "No sheet has a column called Name. Say below which column holds the names, or start from an export."


@dataclass(slots=True)
class _File:
    """What the first pass learns: how often each row id stands in it, and which names it brings anew."""

    ids: Counter[str] = field(default_factory=Counter)
    names: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    empty: int = 0  # rows of an asset of which everything was cleared


Progress = Callable[[int, int], None]


def compare(
    project: Project, path: Path, *, mapping: Mapping[str, str] | None = None, default_kind: str = "",
    progress: Progress = lambda done, total: None,
) -> Comparison:  # fmt: skip
    """Compare the file with the inventory; writes nothing. Raises engine.spreadsheets.Unreadable.

    `mapping` says of the file's headers what they are: a header of ours, "note" or "skip".
    """
    found = Comparison()
    try:
        _Run(project, path, dict(mapping or {}), default_kind, progress, found).go()
    except BaseException:
        found.close()
        raise
    return found


class _Run:
    """One comparison: what it needs to know while the rows go by."""

    def __init__(
        self, project: Project, path: Path, mapping: dict[str, str], default_kind: str, progress: Progress,
        found: Comparison,
    ) -> None:  # fmt: skip
        self.project, self.path, self.mapping, self.found = project, path, mapping, found
        self.names, self.default_kind, self.progress = Names(project), default_kind, progress
        self.file, self.above, self.meant = _File(), dict[Any, Any](), set[int]()

    def go(self) -> None:
        planning = Planning(self.project, self.path, self.mapping, self.names, self.found)
        plans = planning.plans()
        if not plans:
            self.found.add(Line("error", "", 1, errors=[("", NO_NAMES)]))
            return
        for plan in plans:
            if not plan.is_accounts:
                self._first_pass(plan)
        if self.file.ids:
            planning.remark_on_missing(self.file.ids)
        done = 0
        for plan in plans:
            if plan.is_accounts:
                compare_accounts(self.project, plan, self.found)
                continue
            rows = plan.rows()
            while chunk := list(islice(rows, CHUNK)):
                self._compare_rows(plan, chunk)
                done += len(chunk)
                self.progress(done, self.file.rows)
        if self.file.empty:
            self.found.remarks.append(f"{self.file.empty:,} rows are empty: their assets stay as they are.")

    # --- the rows -----------------------------------------------------------------------------------------------

    def _first_pass(self, plan: Plan) -> None:
        id_at, name_at, action_at = plan.place(ID), plan.place("Name"), plan.place(ACTION)
        for _, cells in plan.rows():
            self.file.rows += 1
            if id_at >= 0 and (key := cells[id_at]):
                self.file.ids[str(int(key)) if _is_key(key) else key] += 1
            elif cells[name_at] and (action_at < 0 or cells[action_at].casefold() not in ("skip", "delete")):
                self.file.names[cells[name_at].casefold()] += 1

    def _compare_rows(self, plan: Plan, chunk: Sequence[tuple[int, list[str]]]) -> None:
        id_at = plan.place(ID)
        keys = {int(cells[id_at]) for _, cells in chunk if id_at >= 0 and _is_key(cells[id_at])}
        keys |= {pk for _, cells in chunk for pk in self._same_name(plan, cells)}
        rows = self.project.assets.filter(pk__in=keys).select_related("owner", "parent")
        there = {asset.pk: asset for asset in rows}
        for asset in there.values():
            asset.project = self.project
        gone = set(
            Asset._base_manager.filter(project=self.project, pk__in=keys - there.keys()).values_list("pk", flat=True)
        )
        for number, cells in chunk:
            self._compare_row(plan, there, gone, number, cells)

    def _same_name(self, plan: Plan, cells: Sequence[str]) -> list[int]:
        """Assets that a row without an id may mean: of the same name, and not in the file by their own id."""
        id_at = plan.place(ID)
        if id_at >= 0 and cells[id_at]:
            return []
        found = self.names.by_name.get(cells[plan.place("Name")].casefold(), [])
        return [pk for pk in found if str(pk) not in self.file.ids]

    def _compare_row(
        self, plan: Plan, there: Mapping[int, Asset], gone: set[int], number: int, cells: Sequence[str]
    ) -> None:
        given, notes = self._given(plan, cells)
        action = cells[plan.place(ACTION)].casefold() if plan.place(ACTION) >= 0 else ""
        if not any(given.values()) and not notes and action != "delete":
            self.file.empty += plan.place(ID) >= 0 and bool(cells[plan.place(ID)])
            return
        line = Line("same", plan.sheet.name, number, given.get("Name", "")[:80])
        try:
            asset = self._asset_of(plan, there, gone, cells, action, given)
        except CellError as error:
            line.errors.append((ACTION if action not in ACTIONS else ID, str(error)))
            asset = None
        if asset is not None:
            line.asset_pk, line.asset_version, line.label = asset.pk, asset.version, line.label or asset.name[:80]
        if action == "skip" and not line.errors:
            line.what = "skipped"
        elif action == "delete" and not line.errors:
            line.what = "deleted"
        elif not line.errors:
            self._compare_cells(plan, line, asset, given, notes, cells)
        if line.errors:
            line.what, line.cells = "error", []
        self.found.add(line)

    def _given(self, plan: Plan, cells: Sequence[str]) -> tuple[dict[str, str], list[str]]:
        """What the row says under headers of ours, and what goes into the notes."""
        given, notes = {}, []
        for title, to, text in zip(plan.titles, plan.targets, cells, strict=False):
            if to == NOTE and text:
                notes.append(f"{title}: {text}")
            elif to and to not in (NOTE, SKIP, *TECHNICAL):
                given[to] = text
        return given, notes

    def _asset_of(
        self, plan: Plan, there: Mapping[int, Asset], gone: set[int], cells: Sequence[str], action: str,
        given: Mapping[str, str],
    ) -> Asset | None:  # fmt: skip
        """The asset that the row means, None for a new one. Raises CellError."""
        if action not in ACTIONS:
            raise CellError(f"“{action[:20]}” is no action; write create, update, delete or skip, or clear the cell.")
        key = cells[plan.place(ID)] if plan.place(ID) >= 0 else ""
        if not key:
            same = [] if action == "create" else [there[pk] for pk in self._same_name(plan, cells) if pk in there]
            kind = given.get("Kind", "").casefold()
            same = [one for one in same if not kind or kind in (one.kind, self.names.book.label(one.kind).casefold())]
            same = [one for one in same if one.pk not in self.meant]  # the second row of a name means the second asset
            if len(same) > 1 and action in ("update", "delete"):
                raise CellError(f"{len(same)} assets are called so; give the row id of the one that is meant.")
            if not same and action in ("update", "delete"):
                raise CellError(f"There is nothing here to {action} under this name; give its row id, or write create.")
            self.meant.update(one.pk for one in same[:1])
            return same[0] if same else None
        asset = there.get(int(key)) if _is_key(key) else None
        key = str(int(key)) if _is_key(key) else key
        if self.file.ids[key] > 1:
            raise CellError(
                f"Row id {key[:20]} stands twice in this file; clear the cell to add the row as a new asset."
            )
        if asset is None and _is_key(key) and int(key) in gone:
            raise CellError("This asset was deleted here; clear the row id to add it again.")
        if asset is None:
            raise CellError(f"Row id {key[:20]} is not in this project; clear the cell to add the row as a new asset.")
        if action == "create":
            raise CellError("This row has a row id; clear it to create an asset, or write update.")
        return asset

    # --- the cells ----------------------------------------------------------------------------------------------

    def _compare_cells(
        self, plan: Plan, line: Line, asset: Asset | None, given: dict[str, str], notes: list[str], cells: Sequence[str]
    ) -> None:
        formulas = [title for at, title in enumerate(plan.titles) if plan.targets[at] and plan.targets[at] != SKIP
                    and (line.number, at + 1) in plan.sheet.formulas]  # fmt: skip
        for title in formulas:
            line.errors.append((title, "This cell holds a formula; paste its value instead."))
        for at, title in enumerate(plan.titles):
            if plan.targets[at] and (line.number, at + 1) in plan.sheet.errors:
                line.errors.append((title, "This cell shows an error of the spreadsheet program; write its value."))
        is_known = asset is not None and bool(cells[plan.place(ID)]) if plan.place(ID) >= 0 else False
        base = _base(plan, cells, asset, self.names) if is_known else None
        kind = self._kind(line, asset, given, base)
        if notes:
            given["Notes"] = _with_notes(given.get("Notes", asset.notes if asset else ""), notes)
        for header, text in given.items():
            if header != "Kind":
                self._compare_cell(line, asset, kind, header, text, base)
        if asset is None:
            line.what = "new"
            if not given.get("Name"):
                line.errors.append(("Name", "Give it a name."))
        elif line.cells:
            line.what = "changed"

    def _kind(self, line: Line, asset: Asset | None, given: Mapping[str, str], base: Mapping[str, str] | None) -> str:
        """The kind after the import; it decides which fields the row may have."""
        text = given.get("Kind", "")
        if not text and asset is None:
            if self.default_kind not in self.names.book.kinds:
                line.errors.append(("Kind", "Choose a kind."))
                return ""
            text = self.names.book.label(self.default_kind)
        now = self.names.book.label(asset.kind) if asset else ""
        if not text or text == now or (base is not None and text == base.get("Kind", "")):
            return asset.kind if asset else ""
        try:
            name, value = read_cell("Kind", "", text, self.names)
        except CellError as error:
            line.errors.append(("Kind", str(error)))
            return asset.kind if asset else ""
        label = self.names.book.label(value)
        if base is not None and label == base.get("Kind", ""):
            return asset.kind if asset else ""
        if label != now:
            line.cells.append(Cell("Kind", name, now, label, value, base is not None and base.get("Kind", "") != now))
        return str(value)

    def _compare_cell(
        self, line: Line, asset: Asset | None, kind: str, header: str, text: str, base: Mapping[str, str] | None
    ) -> None:
        now = plain(text_of(asset, header, self.names)) if asset else ""
        if asset is None:
            text = text or (BY_HEADER[header].default if header in BY_HEADER else "")
            if not text:
                return
        elif is_untouched(text, now, base, header):
            return
        try:
            name, value = read_cell(header, kind, text, self.names)
            if header == "Part of":
                self._check_parent(line, asset, value)
        except CellError as error:
            line.errors.append((header, str(error)))
            return
        new = self._as_shown(header, name, kind, value, text)
        if not name or (asset is not None and (new == now or self._is_as_it_left(header, kind, value, base))):
            return
        is_conflict = asset is not None and clashes(now, new, base, header)
        line.cells.append(Cell(header, name, now, new, stored(value), is_conflict))

    def _is_as_it_left(self, header: str, kind: str, value: Any, base: Mapping[str, str] | None) -> bool:
        """Whether the file only writes in another form what it said when it left: 1,200.00 for 1200."""
        if base is None:
            return False
        try:
            return bool(read_cell(header, kind, base.get(header, ""), self.names)[1] == value)
        except CellError:
            return False

    def _as_shown(self, header: str, name: str, kind: str, value: Any, text: str) -> str:
        """The new value in our own form: 1,200.00 and 1200 say the same."""
        if name.startswith("extra."):
            return str(value)
        if header in ("Owner", "Part of"):
            return text
        column = BY_HEADER[header]
        probe = Asset(project=self.project, kind=kind, **{name: value})
        return plain(column.text(probe, self.names))

    def _check_parent(self, line: Line, asset: Asset | None, value: Any) -> None:
        """An unknown parent must be a new row of this file, and nothing may stand inside itself."""
        if isinstance(value, str) and value.casefold() not in self.file.names:
            raise CellError(f"No asset is called “{value[:40]}”; write the name of an asset of this project.")
        if isinstance(value, str) and self.file.names[value.casefold()] > 1:
            raise CellError(f"Several new rows are called “{value[:40]}”; give them different names.")
        if not self.above:
            self.above.update(self.project.assets.exclude(parent=None).values_list("pk", "parent_id"))
        me: Any = asset.pk if asset else line.label.casefold()
        parent = value.casefold() if isinstance(value, str) else value
        at, seen = parent, set[Any]()
        while at is not None and at not in seen:
            if at == me:
                raise CellError("An asset cannot stand inside itself; name another parent.")
            seen.add(at)
            at = self.above.get(at)
        self.above[me] = parent


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 18


def _base(plan: Plan, cells: Sequence[str], asset: Asset | None, names: Names) -> dict[str, str]:
    """What the row said when it left; without that, as it stands here now if nobody touched it since."""
    text = cells[plan.place(BASE)] if plan.place(BASE) >= 0 else ""
    try:
        base = json.loads(text)
    except ValueError:
        base = None
    if isinstance(base, dict):
        return {str(name): plain(value) for name, value in base.items()}
    version = cells[plan.place(VERSION)] if plan.place(VERSION) >= 0 else ""
    if asset is not None and version == str(asset.version):
        return {header: plain(text_of(asset, header, names)) for header in plan.targets if header not in TECHNICAL}
    return {}


def _with_notes(notes: str, more: Iterable[str]) -> str:
    return "\n".join([*filter(None, [notes]), *(line for line in more if line not in notes)])
