"""How the sheets of a file are read: where each header stands, what each column is, and what is to be said of both."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from apps.assets import account_sheet
from apps.assets.columns import COLUMNS, ID, TECHNICAL, Names, header_of
from apps.assets.lines import Comparison, Line
from apps.projects.models import Project
from engine.spreadsheets import open_table
from engine.spreadsheets.cells import plain

HEADER_AMONG = 10
HEADER_GONE = "This sheet has no column called Name any more; put its header row back, or delete the sheet."
NOTE, SKIP = "note", "skip"  # what may be done with a column that is none of ours


@dataclass(slots=True)
class Plan:
    """How one sheet is read: where its header stands and what each of its columns is."""

    sheet: Any
    header_row: int
    titles: list[str]
    targets: list[str]  # a header of ours, NOTE, SKIP or "" for each column
    is_accounts: bool = False

    def place(self, header: str) -> int:
        """The column of a header, -1 where the sheet has none."""
        return self.targets.index(header) if header in self.targets else -1

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """The rows below the header, as plain texts."""
        for number, cells in self.sheet.rows():
            if number > self.header_row:
                texts = [plain(cell) for cell in cells]
                yield number, texts + [""] * (len(self.titles) - len(texts))


class Planning:
    """Plans for the sheets of one file. What there is to say goes into the comparison."""

    def __init__(
        self, project: Project, path: Path, mapping: Mapping[str, str], names: Names, found: Comparison
    ) -> None:
        self.project, self.path, self.names, self.found = project, path, names, found
        self.mapping = {header.casefold(): to for header, to in mapping.items()}
        self.own = names.book.headers(names.book.kinds.values())

    def plans(self) -> list[Plan]:
        """One for each sheet with names. Raises engine.spreadsheets.Unreadable."""
        plans, unknown = [], []
        for sheet in open_table(self.path):
            plan = self._plan(sheet)
            if plan is None:
                unknown.append(sheet)
            else:
                plans.append(plan)
                self._remark_on(plan)
        if not plans:
            for sheet in unknown[:1]:
                number, cells = next(sheet.rows(), (0, []))
                self._note_columns(Plan(sheet, number, [plain(cell) for cell in cells], [""] * len(cells)))
        ours = {family.sheet.casefold() for family in self.names.book.families.values()}
        for sheet in unknown if plans else []:
            if sheet.name.casefold() in ours and next(sheet.rows(), None) is not None:
                self.found.add(Line("error", sheet.name, 1, errors=[("", HEADER_GONE)]))
        return plans

    def _plan(self, sheet: Any) -> Plan | None:
        """The first row in which a name is called so, among the first few."""
        for number, cells in islice(sheet.rows(), HEADER_AMONG):
            titles = [" ".join(plain(cell).split())[:200] for cell in cells]
            targets = [self._target(title) if title else "" for title in titles]
            if "Name" in targets:
                plan = Plan(sheet, number, titles, targets)
                self._note_columns(plan)
                return plan
            accounts = [account_sheet.target(title) for title in titles]
            if "Account" in accounts and sheet.name.casefold() == account_sheet.SHEET.casefold():
                return Plan(sheet, number, titles, accounts, is_accounts=True)
        return None

    def _target(self, title: str) -> str:
        return self.mapping.get(title.casefold()) or header_of(title, self.own)

    def _note_columns(self, plan: Plan) -> None:
        """What the page shows of each column: what it is taken for, and a sample."""
        asked = [title for title, to in zip(plan.titles, plan.targets, strict=True) if title and to not in TECHNICAL]
        samples = dict.fromkeys(asked, "")
        for _, cells in islice(plan.rows(), 20):
            for title, text in zip(plan.titles, cells, strict=False):
                if title in samples and not samples[title]:
                    samples[title] = text[:60]
        for title, to in zip(plan.titles, plan.targets, strict=True):
            if title in samples:
                self.found.columns.setdefault(title, {"to": to, "sample": samples[title]})

    def _remark_on(self, plan: Plan) -> None:
        sheet = plan.sheet.name or "The file"
        twice = [name for name, n in Counter(plan.targets).items() if n > 1 and name not in ("", NOTE, SKIP)]
        for name in twice:
            message = f"Two columns are read as {name}; rename or delete one of them."
            self.found.add(Line("error", plan.sheet.name, plan.header_row, errors=[(name, message)]))
        for first_row, first, last_row, last in plan.sheet.merged:
            if last_row > plan.header_row and any(plan.targets[first - 1 : last]):
                message = "These cells are merged; unmerge them and fill in each of them."
                where = plan.titles[first - 1] if first <= len(plan.titles) else ""
                self.found.add(
                    Line("error", plan.sheet.name, max(first_row, plan.header_row + 1), errors=[(where, message)])
                )
        wanted = [one.header for one in COLUMNS if not one.is_internal]
        gone = [
            header for header in (account_sheet.HEADERS if plan.is_accounts else wanted) if header not in plan.targets
        ]
        if plan.place(ID) >= 0 and gone:
            self.found.remarks.append(f"{sheet} has no column {', '.join(gone)}: what stands here stays.")

    def remark_on_missing(self, ids: Collection[str]) -> None:
        """Deleting a sheet deletes nothing; it is said, so that nobody believes it did. Told by its rows."""
        book, here, away = self.names.book, set[str](), dict[str, None]()
        for pk, kind in self.project.assets.order_by().values_list("pk", "kind").iterator(chunk_size=5000):
            family = book.family(kind)
            if str(pk) in ids:
                here.add(family)
            else:
                away[family] = None
        gone = [one.sheet for key, one in book.families.items() if key in away and key not in here]
        if gone:
            words = "is" if len(gone) == 1 else "are"
            self.found.remarks.append(f"{', '.join(gone)} {words} not in this file: those assets stay as they are.")
