"""The road of a file of records: survey, look over its columns, judge every record, add up, report.

The file is read twice: how amounts and days are written is decided for a column as a whole, before any cell is read.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path

import numpy as np

from engine.contacts.addresses import read_address
from engine.contacts.blocks import Odd
from engine.contacts.columns import Columns, recognise_columns
from engine.contacts.encodings import Survey, survey
from engine.contacts.keys import KeyList
from engine.contacts.kinds.affiliates import AFFILIATES
from engine.contacts.kinds.amounts import CODES, AmountColumn
from engine.contacts.kinds.blocked import BLOCKED
from engine.contacts.kinds.dates import DateColumn
from engine.contacts.kinds.entries import Entry, Setting
from engine.contacts.kinds.files import Files, files_to
from engine.contacts.kinds.kind import RecordKind, Tally
from engine.contacts.kinds.members import MEMBERS
from engine.contacts.kinds.purchases import PURCHASES
from engine.contacts.kinds.report import KindReport, WordCount
from engine.contacts.kinds.roles import Roles, recognise_roles, suggest_kind, vocabulary
from engine.contacts.kinds.shared import MALFORMED, MISSING
from engine.contacts.kinds.subscriptions import SUBSCRIPTIONS
from engine.contacts.private import secret_columns
from engine.contacts.records import Record, Trouble
from engine.contacts.structure import UNUSABLE, BlankLines, header_findings, writing_findings
from engine.contacts.tables import SheetTable, Table, TextTable
from engine.contacts.wanted import Wanted
from engine.findings import Finding, Place, Severity, judge
from engine.spreadsheets import Kind, Unreadable, kind_of_file
from engine.spreadsheets.archives import read_through
from engine.spreadsheets.kinds import SENTENCES

KINDS: dict[str, RecordKind] = {kind.key: kind for kind in (PURCHASES, AFFILIATES, MEMBERS, SUBSCRIPTIONS, BLOCKED)}
NAMES = {
    "purchases": "purchases", "affiliates": "affiliates", "members": "course members",
    "subscriptions": "subscriptions", "blocked": "addresses to keep out", "contacts": "contacts",
}  # fmt: skip
SAMPLE_RECORDS = 200
SURVEY_SHARE, LOOK_SHARE = 0.1, 0.5
_LACKING = {
    "amount": "Say which column holds the amounts, or export the file again with them; none was found.",
    "course": "Say which column holds the courses, or export the file again with them; none was found.",
    "status": "Export this file again with the status of each subscription; without it all count as running.",
    "next_charge": "Export this file again with the next charge dates; without them no switch can be planned.",
}

Progress = Callable[[int, int], None]


def judge_records(
    path: Path,
    kind: str,
    *,
    as_of: date | None = None,
    switch: date | None = None,
    active_days: int = 365,
    encoding: str | None = None,
    delimiter: str | None = None,
    out: Path | None = None,
    progress: Progress | None = None,
    wanted: Wanted | None = None,
    name: str = "",
) -> KindReport:
    """Judge the whole file as this kind (LookupError for an unknown one); never an exception for what it holds.

    `switch` is the day of the move, `active_days` how long after a purchase somebody counts as an active buyer.
    `progress(done, total)` is told bytes; an exception raised in it cancels the work and leaves nothing behind.
    """
    if kind not in KINDS:
        raise LookupError(f"no such kind: {kind}")
    path = Path(path)
    report = KindReport(name or path.name, kind=kind)
    started = time.monotonic()
    with files_to(Path(out) if out else None, with_index=bool(wanted and wanted.index)) as files:
        task = _Task(path, KINDS[kind], report, files, as_of or datetime.now(UTC).date(), switch, active_days)
        task.keys = KeyList() if wanted and wanted.keys and kind == BLOCKED.key else None
        try:
            task.run(encoding, delimiter, progress or (lambda done, total: None))
        except Unreadable as refusal:
            task.note(Finding(Severity.FATAL, f"contacts.file.{refusal.kind}", refusal.message))
        if files:
            report.lists = list(files.finish())
    report.seconds = time.monotonic() - started
    return report


class _Task:
    """One run over one file: what it knows so far."""

    def __init__(
        self,
        path: Path,
        kind: RecordKind,
        report: KindReport,
        files: Files | None,
        as_of: date,
        switch: date | None,
        active_days: int,
    ) -> None:
        self.path, self.kind, self.report, self.files = path, kind, report, files
        self.as_of, self.switch, self.active_days = as_of, switch, active_days
        self._blank = BlankLines()
        self._words = WordCount()
        self._blank_columns: set[int] = set()
        self._is_bare = self._asks_currency = False
        self._header_line = 0
        self.keys: KeyList | None = None

    def note(self, finding: Finding) -> None:
        """Count it and write it; nothing is held."""
        self.report.add(finding)
        if self.files:
            self.files.finding(finding)

    def run(self, encoding: str | None, delimiter: str | None, progress: Progress) -> None:
        """Survey, look over, judge; then see whether the file stayed the same meanwhile."""
        before = self.path.stat()
        looked = survey(self.path, encoding, lambda done, total: progress(int(done * SURVEY_SHARE), total))
        steps = _steps(looked.size, progress)
        try:
            first = self._open(looked, encoding, delimiter, steps)
            self.report.encoding, self.report.delimiter = first.encoding, first.delimiter
            setting = self._look_over(first)
            again = self._open(looked, encoding, first.delimiter or None, steps)
            self._judge(again, setting)
        finally:
            self.report.sha256 = looked.sha256
        after = self.path.stat()
        if (before.st_size, before.st_mtime_ns, before.st_ino) != (after.st_size, after.st_mtime_ns, after.st_ino):
            message = "Judge this file again: it was changed while it was read, so this verdict is not about it."
            self.note(Finding(Severity.FATAL, "contacts.file.changed", message))
        progress(looked.size, looked.size)

    def _open(self, looked: Survey, encoding: str | None, delimiter: str | None, moved: Callable[[int], None]) -> Table:
        kind = kind_of_file(self.path)
        if kind is Kind.XLSX:
            return SheetTable(self.path)
        if kind is Kind.ZIP:
            read_through(self.path)  # says what is wrong with it, if anything
        if kind is not Kind.TEXT and not (kind is Kind.BINARY and encoding):
            raise Unreadable(SENTENCES[kind], kind.value)
        self.report.encoding_reason = looked.reason
        return TextTable(self.path, looked, delimiter, moved)

    def _look_over(self, table: Table) -> Setting:
        """The columns and how they are written; the first reading."""
        records = (record for record in table.records() if record[1])
        header = _header(records)
        sample = list(islice(records, SAMPLE_RECORDS))
        header, sample = self._with_header(header, sample)
        columns, roles = self._columns(header[1], sample)
        self._note_columns(columns, roles, header[0], table)
        money = {roles.columns[role]: AmountColumn(role) for role in self.kind.money if role in roles}
        days = {roles.columns[role]: DateColumn(role) for role in self.kind.days if role in roles}
        watched: list[tuple[int, AmountColumn | DateColumn]] = [*money.items(), *days.items()]
        for cells in (cells for part in (sample, records) for _, cells, _ in part):
            for number, column in watched:
                if number < len(cells):
                    column.see(cells[number])
        _share_proof(money.values())
        _share_proof(days.values())
        default = "." if table.encoding == "xlsx" else ""
        forms = {number: column.decimal(default) for number, column in money.items()}
        forms |= {number: column.order for number, column in days.items()}
        self._note_forms(columns, money, days, header[0], default)
        return Setting(
            self.kind.key, self.kind.code, columns, roles, forms, self.as_of, self.switch, self.active_days
        )  # fmt: skip

    def _with_header(self, header: Record, sample: list[Record]) -> tuple[Record, list[Record]]:
        """A bare list of addresses has no header: its first line is a person."""
        self._is_bare = self.kind.key == "blocked" and any(read_address(cell).text for cell in header[1])
        if not self._is_bare:
            return header, sample
        names = ["email" if read_address(cell).text else "" for cell in header[1]]
        return (header[0], names, None), [header, *sample]

    def _columns(self, header: list[str], sample: Iterable[Record]) -> tuple[Columns, Roles]:
        """The address is known by its name for this kind, by its name in contact lists, or by what the cells hold."""
        roles = recognise_roles(header, self.kind.key)
        columns = recognise_columns(header, [cells for _, cells, _ in sample])
        email = roles.columns.get("email", columns.email)
        if email >= 0:
            taken = {role: number for role, number in roles.columns.items() if number != email}
            roles = Roles(taken | {"email": email}, roles.currencies)
        return replace(columns, email=email, secrets=secret_columns(header)), roles

    def _note_columns(self, columns: Columns, roles: Roles, line: int, table: Table) -> None:
        """Everything about the header, and about columns that this kind cannot do without."""
        self.report.header = list(columns.header)
        if self.files:
            self.files.begin(columns.header)
        if not self._is_bare:
            for finding in header_findings(columns, line):
                self.note(finding)
        if isinstance(table, SheetTable) and table.other_sheets:
            message = f"Upload the other sheets as files of their own: {', '.join(table.other_sheets)[:200]}."
            self.note(Finding(Severity.WARNING, "contacts.file.other_sheets", message))
        for role in vocabulary(self.kind.key).needs:
            if role not in roles:
                code = f"{self.kind.code}.no_{role}_column"
                self.note(Finding(Severity.ERROR, code, _LACKING[role], Place(line)))
        self._note_currency(roles, line)
        other = suggest_kind(columns.header)
        if other and other != self.kind.key:
            message = f"Check what this file holds: its columns look like {NAMES[other]}."
            self.note(Finding(Severity.WARNING, "contacts.file.other_kind", message, Place(line)))
        self.report.results["suggested_kind"] = other if other != self.kind.key else ""

    def _note_currency(self, roles: Roles, line: int) -> None:
        """One sentence for the whole file where no column and no header names the currency."""
        money = [roles.columns[role] for role in self.kind.money if role in roles]
        self._asks_currency = bool(money) and "currency" not in roles and not any(n in roles.currencies for n in money)
        self._header_line = line

    def _note_forms(
        self,
        columns: Columns,
        money: dict[int, AmountColumn],
        days: dict[int, DateColumn],
        line: int,
        default: str,
    ) -> None:
        """How the columns were read, and how many cells could be read in two ways."""
        for number, amounts in money.items():
            if not amounts.is_decided and not default:
                sign = amounts.decimal()
                message = (
                    f"Check the amounts: {amounts.ambiguous:,} of {amounts.filled:,} can be read in two ways, and "
                    f"nothing in the column decides; they were read with {sign!r} before the cents."
                )
                where = Place(line, 0, columns.name(number))
                self.note(Finding(Severity.WARNING, f"{self.kind.code}.amount_ambiguous", message, where))
        for number, dates in days.items():
            if not dates.is_decided:
                first = "day" if dates.order == "DMY" else "month"
                message = (
                    f"Check the dates: {dates.ambiguous:,} of {dates.filled:,} can be read in two ways, and nothing "
                    f"in the column decides; they were read with the {first} first."
                )
                where = Place(line, 0, columns.name(number))
                self.note(Finding(Severity.WARNING, f"{self.kind.code}.date_ambiguous", message, where))
        self.report.results["amounts"] = [
            {"column": columns.name(number), "decimal": column.decimal(default), "is_decided": column.is_decided,
             "ambiguous": column.ambiguous, "filled": column.filled}
            for number, column in money.items()
        ]  # fmt: skip
        self.report.results["dates"] = [
            {"column": columns.name(number), "form": column.form, "ambiguous": column.ambiguous,
             "filled": column.filled}
            for number, column in days.items()
        ]  # fmt: skip

    def _judge(self, table: Table, setting: Setting) -> None:
        """The second reading: every record past the rules into the tally."""
        records = table.records()
        if not self._is_bare:
            self._skip_header(records)
        if self.files and isinstance(table, TextTable):
            self.files.read_from(self.path, table.encoding, table.delimiter)
        tally = self.kind.tally(setting, self.files)
        self._judge_records(records, setting, tally)
        self._close(table, tally)

    def _skip_header(self, records: Iterator[Record]) -> None:
        for line, cells, _ in records:
            if any(cell.strip() for cell in cells):
                return
            self._note_blank(line)

    def _note_blank(self, line: int) -> None:
        for finding in self._blank.add(np.array([line], np.int64)):
            self.note(finding)

    def _judge_records(self, records: Iterable[Record], setting: Setting, tally: Tally) -> None:
        width, count, is_named = len(setting.columns.header), 0, "status" in setting.roles
        self._blank_columns = set(range(width))
        rejecting = UNUSABLE | {MISSING, MALFORMED} | self.kind.rejecting
        for line, cells, trouble in records:
            if not cells:
                self._note_blank(line)
                continue
            count += 1
            if self._blank_columns:
                self._blank_columns -= {n for n in self._blank_columns if n < len(cells) and cells[n].strip()}
            is_odd = trouble is not None or len(cells) != width
            odd = list(writing_findings(Odd(count, line, cells, trouble), setting.columns)) if is_odd else []
            if any(finding.code in rejecting for finding in odd):
                self._reject(cells, line, odd)
                continue
            entry = Entry(cells, line, count, setting)
            tally.look(entry)
            if is_named and (word := entry.text("status")):
                entry.is_new_word = self._words.see(word, entry.word()) and entry.word() == "unknown"
            findings = [*odd, *judge(entry, self.kind.rules)]
            if any(finding.code in rejecting for finding in findings) or setting.columns.email < 0:
                self._reject(cells, line, findings)
                continue
            for finding in findings:
                self.note(finding)
            tally.take(entry)
            if self.keys:
                self.keys.add(entry.address.key, line)
        self.report.records = count
        if is_named:
            self.report.words = {setting.columns.name(setting.roles.columns["status"]): self._words.as_json()}

    def _reject(self, cells: list[str], line: int, findings: list[Finding]) -> None:
        """Set aside with its reasons; nothing unreadable is dropped."""
        for finding in findings:
            self.note(finding)
        self.report.rejected += 1
        if self.files:
            self.files.reject(cells, line, findings)

    def _close(self, table: Table, tally: Tally) -> None:
        """What only the whole file shows."""
        report = self.report
        report.lines = table.lines
        report.columns_with_data = len(report.header) - len(self._blank_columns)
        for finding in tally.close():
            self.note(finding)
        results = tally.results()
        if self._asks_currency and not any(row["currency"] in CODES for row in results.get("currencies", ())):
            message = "Say in which currency these amounts are, or export the file again with it; none is named."
            code = f"{self.kind.code}.currency_missing"
            self.note(Finding(Severity.WARNING, code, message, Place(self._header_line)))
        report.subscriptions = results.pop("subscriptions", {})
        report.results |= results
        if not report.records:
            message = "Export this file again: it has a header and not one row."
            self.note(Finding(Severity.FATAL, "contacts.file.only_header", message))
        if self.files:
            tally.write()
            if self.keys:
                self.files.write_keys(self.keys)


def _share_proof(columns: Iterable[AmountColumn | DateColumn]) -> None:
    """One program wrote the file: a column without proof follows the others, where these agree."""
    listed = list(columns)
    proofs = {column.proof for column in listed if column.proof}
    if len(proofs) == 1:
        for column in listed:
            if not column.proof and not column.is_decided:
                column.hear(next(iter(proofs)))


def _header(records: Iterator[Record]) -> Record:
    """The first record that holds anything."""
    for line, cells, trouble in records:
        if trouble is Trouble.TOO_LONG:
            message = "Export this file again: it is one endless line, so no rows can be told apart."
            raise Unreadable(message, "one_line")
        if any(cell.strip() for cell in cells):
            return line, [cell.replace("\0", "") for cell in cells], trouble
    raise Unreadable(SENTENCES[Kind.EMPTY], "empty")


def _steps(size: int, progress: Progress) -> Callable[[int], None]:
    """Progress of the two readings, after the share that the survey had; each byte is read twice."""
    read = 0

    def moved(count: int) -> None:
        nonlocal read
        read += count
        progress(int(size * SURVEY_SHARE + read * (1 - SURVEY_SHARE) / 2), size)

    return moved
