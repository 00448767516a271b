"""The road of one contact file: survey, read, recognise, judge every record, send it to its segment, report."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import chain, islice
from pathlib import Path

from engine.contacts.columns import FieldSpec, recognise_columns
from engine.contacts.encodings import Survey, survey
from engine.contacts.limits import SourceProfile, TargetLimits, recognise
from engine.contacts.outputs import Outputs, outputs_to
from engine.contacts.records import Record, Trouble
from engine.contacts.report import Report
from engine.contacts.rows import Row, Segment, Setting
from engine.contacts.rules import REJECTING, Ruling, ruling_for, segment_of
from engine.contacts.structure import BlankLines, header_findings, limit_findings, writing_findings
from engine.contacts.tables import SheetTable, Table, TextTable
from engine.contacts.vocabulary import consent_of, status_of
from engine.findings import Finding, Place, Severity
from engine.spreadsheets import Kind, Unreadable, kind_of_file
from engine.spreadsheets.kinds import SENTENCES

SAMPLE_RECORDS = 200
UNKNOWN_WORDS = 20
SURVEY_SHARE = 0.1
_NONE: frozenset[str] = frozenset()

Progress = Callable[[int, int], None]


def judge_file(
    path: Path,
    *,
    target: TargetLimits,
    source: SourceProfile | None = None,
    fields: Sequence[FieldSpec] | None = None,
    as_of: date | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    out: Path | None = None,
    progress: Progress | None = None,
    known_sources: Iterable[SourceProfile] = (),
    unengaged_days: int = 180,
    client: str = "",
) -> Report:
    """Judge the whole file. A file that cannot be read gives a report with one fatal finding, never an exception.

    `progress(done, total)` is told bytes; an exception raised in it cancels the work and leaves nothing behind.
    """
    path = Path(path)
    report = Report(path.name)
    task = _Task(path, target, source, tuple(fields or ()), as_of or datetime.now(UTC).date(), report)
    task.unengaged_days, task.known_sources = unengaged_days, tuple(known_sources)
    started = time.monotonic()
    prefix = "_".join(part for part in (client, target.key) if part)
    with outputs_to(Path(out) if out else None, prefix, target.max_rows) as outputs:
        task.outputs = outputs
        try:
            task.run(encoding, delimiter, progress or _ignore)
        except Unreadable as refusal:
            task.refuse(refusal)
        if outputs:
            outputs.finish(report)
    report.seconds = time.monotonic() - started
    return report


def _ignore(done: int, total: int) -> None:
    """For callers who do not watch."""


class _Task:
    """One run over one file: what it knows so far."""

    def __init__(
        self,
        path: Path,
        target: TargetLimits,
        source: SourceProfile | None,
        fields: tuple[FieldSpec, ...],
        as_of: date,
        report: Report,
    ) -> None:
        self.path, self.target, self.source, self.fields = path, target, source, fields
        self.as_of, self.report = as_of, report
        self.known_sources: tuple[SourceProfile, ...] = ()
        self.unengaged_days = 180
        self.outputs: Outputs | None = None
        self._seen: dict[int, int] = {}
        self._unknown: dict[tuple[int, str], int] = {}
        self._blank_columns: set[int] = set()
        self._blank = BlankLines()

    def note(self, finding: Finding) -> None:
        """Count it and write it; nothing is held."""
        self.report.add(finding)
        if self.outputs:
            self.outputs.finding(finding)

    def refuse(self, refusal: Unreadable) -> None:
        """Say why nothing was judged."""
        self.note(Finding(Severity.FATAL, f"contacts.file.{refusal.kind}", refusal.message))

    def run(self, encoding: str | None, delimiter: str | None, progress: Progress) -> None:
        """Survey, open, judge; then look whether the file stayed the same meanwhile."""
        before = self.path.stat()
        kind = kind_of_file(self.path)
        looked = survey(self.path, encoding, lambda done, total: progress(int(done * SURVEY_SHARE), total))
        self.report.sha256 = looked.sha256
        table = self._open(kind, looked, encoding, delimiter, _steps(looked.size, progress))
        self.report.encoding, self.report.delimiter = table.encoding, table.delimiter
        self._judge_table(table, looked)
        after = self.path.stat()
        if (before.st_size, before.st_mtime_ns, before.st_ino) != (after.st_size, after.st_mtime_ns, after.st_ino):
            message = "Judge this file again: it was changed while it was read, so this verdict is not about it."
            self.note(Finding(Severity.FATAL, "contacts.file.changed", message))
        progress(looked.size, looked.size)

    def _open(
        self, kind: Kind, looked: Survey, encoding: str | None, delimiter: str | None, moved: Callable[[int], None]
    ) -> Table:
        if kind is Kind.XLSX:
            table = SheetTable(self.path)
            if table.other_sheets:
                message = f"Upload the other sheets as files of their own: {', '.join(table.other_sheets)[:200]}."
                self.note(Finding(Severity.WARNING, "contacts.file.other_sheets", message))
            return table
        if kind is not Kind.TEXT and not (kind is Kind.BINARY and encoding):
            raise Unreadable(SENTENCES[kind], kind.value)
        self.report.encoding_reason = looked.reason
        return TextTable(self.path, looked, delimiter, moved)

    def _judge_table(self, table: Table, looked: Survey) -> None:
        records = table.records()
        header = self._header(records)
        sample = list(islice(records, SAMPLE_RECORDS))
        source = self.source or recognise(header[1], self.known_sources)
        columns = recognise_columns(
            header[1], (cells for _, cells, _ in sample), self.fields, source.aliases if source else {}
        )
        self.report.source = source.key if source else ""
        self.report.header = list(columns.header)
        if self.outputs:
            self.outputs.begin(columns.header)
        for finding in header_findings(columns, header[0]):
            self.note(finding)
        setting = Setting(
            columns,
            self.target,
            self.as_of,
            self.unengaged_days,
            source.tag_separator if source else "",
            looked.has_nul,
            looked.has_damage,
        )
        self._judge_records(chain(sample, records), setting)
        self._close(table, setting, looked)

    def _header(self, records: Iterator[Record]) -> Record:
        """The first record that holds anything; blank lines above it are told."""
        for line, cells, trouble in records:
            if trouble is Trouble.TOO_LONG:
                message = "Export this file again: it is one endless line, so no rows can be told apart."
                raise Unreadable(message, "one_line")
            if any(cell.strip() for cell in cells):
                return line, [cell.replace("\0", "") for cell in cells], trouble
            self._note_blank(line)
        raise Unreadable(SENTENCES[Kind.EMPTY], "empty")

    def _note_blank(self, line: int) -> None:
        for finding in self._blank.add(line):
            self.note(finding)

    def _judge_records(self, records: Iterable[Record], setting: Setting) -> None:
        width = len(setting.columns.header)
        self._blank_columns = set(range(width))
        ruling, take, count = ruling_for(setting), self._take, 0
        for line, cells, trouble in records:
            if not cells:
                self._note_blank(line)
                continue
            count += 1
            if self._blank_columns:
                self._blank_columns -= {number for number in self._blank_columns if _is_filled(cells, number)}
            if trouble is None and len(cells) == width:
                row = Row(cells, line, count, setting)
                take(row, ruling.findings(row))
            else:
                self._take_odd(cells, line, count, trouble, setting, ruling)
        self.report.records = count

    def _take_odd(
        self,
        cells: list[str],
        line: int,
        count: int,
        trouble: Trouble | None,
        setting: Setting,
        ruling: Ruling,
    ) -> None:
        """A record whose writing is at fault: set aside, unless only a quote stands oddly in it."""
        findings = list(writing_findings(cells, line, count, len(setting.columns.header), trouble))
        if any(finding.code in REJECTING for finding in findings):
            self._send(Segment.REJECTED, cells, line, findings)
            return
        row = Row(cells, line, count, setting)
        self._take(row, findings + ruling.findings(row))

    def _take(self, row: Row, findings: list[Finding]) -> None:
        """Find its segment, after a look at the rows before it."""
        columns = row.setting.columns
        if columns.email < 0:
            self._send(Segment.REJECTED, row.cells, row.line, findings, "contacts.file.no_email_column")
            return
        if columns.status >= 0 or columns.consent >= 0:
            self._watch_words(row)
        codes = {finding.code for finding in findings} if findings else _NONE
        first = self._first_line(row) if row.address.text and codes.isdisjoint(REJECTING) else 0
        if first:
            findings.append(_duplicate(row, abs(first)))
            if row.blocked_by and first > 0:
                findings.append(_conflict(row, first))
        self._send(segment_of(row, codes, is_duplicate=bool(first)), row.cells, row.line, findings)

    def _send(self, segment: Segment, cells: list[str], line: int, findings: list[Finding], reason: str = "") -> None:
        for finding in findings:
            self.note(finding)
        self.report.segments[segment] += 1
        if self.outputs:
            codes = [finding.code for finding in findings] if findings else []
            codes += [reason] if reason else []
            self.outputs.record(segment, cells, line, codes)

    def _first_line(self, row: Row) -> int:
        """Where this address stood first, 0 if here; below 0 when that row was blocked. Keeps hashes, not addresses."""
        key = hash(row.address.key)
        first = self._seen.get(key, 0)
        if not first:
            self._seen[key] = -row.line if row.blocked_by else row.line
        return first

    def _watch_words(self, row: Row) -> None:
        """Words that we cannot read are named once each; their contacts count as without consent."""
        columns = row.setting.columns
        for number, meaning in ((columns.status, status_of), (columns.consent, consent_of)):
            if number >= 0 and meaning(row.cells[number]) == "unknown" and len(self._unknown) < UNKNOWN_WORDS:
                self._unknown.setdefault((number, row.cells[number].strip().casefold()), row.line)

    def _close(self, table: Table, setting: Setting, looked: Survey) -> None:
        """What only the whole file shows."""
        report = self.report
        report.lines = table.lines
        report.columns_with_data = len(setting.columns.header) - len(self._blank_columns)
        for (number, word), line in self._unknown.items():
            kind = "status" if number == setting.columns.status else "consent"
            message = "Say what this word means; until then its contacts count as without consent."
            where = Place(line, 0, setting.columns.name(number))
            self.note(Finding(Severity.WARNING, f"contacts.{kind}.unknown_word", message, where, word))
        for finding in limit_findings(self.target, report.records, report.columns_with_data, looked.size):
            self.note(finding)
        if not report.records:
            message = "Export this file again: it has a header and not one contact."
            self.note(Finding(Severity.FATAL, "contacts.file.only_header", message))


def _steps(size: int, progress: Progress) -> Callable[[int], None]:
    """Progress of the second reading, after the share that the survey had."""
    read = 0

    def moved(count: int) -> None:
        nonlocal read
        read += count
        progress(int(size * SURVEY_SHARE + read * (1 - SURVEY_SHARE)), size)

    return moved


def _is_filled(cells: list[str], number: int) -> bool:
    return number < len(cells) and bool(cells[number].strip())


def _duplicate(row: Row, first: int) -> Finding:
    message = f"Keep one of the two: the same address stands on line {first}."
    column = row.setting.columns.email
    return row.finding(Severity.WARNING, "contacts.email.duplicate", message, column, row.address.raw)


def _conflict(row: Row, first: int) -> Finding:
    message = f"Ask before you mail this person: this row forbids it and the one on line {first} does not."
    column = row.setting.columns.email
    return row.finding(Severity.ERROR, "contacts.email.conflict", message, column, row.address.raw)
