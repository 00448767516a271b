"""The road of one contact file: survey, read, recognise, judge every record, send it to its segment, report."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Protocol

import numpy as np

from engine.contacts.bench import Bench, Met, Order, Part, alone
from engine.contacts.beside import Beside, Other
from engine.contacts.block_judging import Judged
from engine.contacts.columns import FieldSpec, lacks_names, recognise_columns
from engine.contacts.dates import DateColumns
from engine.contacts.encodings import Survey, survey
from engine.contacts.facets import Facets
from engine.contacts.known import Known
from engine.contacts.limits import SourceProfile, TargetLimits, recognise
from engine.contacts.members import status_by_name
from engine.contacts.outputs import Outputs, outputs_to
from engine.contacts.private import secret_columns
from engine.contacts.recipe import Recipe
from engine.contacts.records import Record, Trouble
from engine.contacts.report import Report
from engine.contacts.rows import Setting
from engine.contacts.second import is_worth_it, stamp, surveyed_early
from engine.contacts.seen import Seen
from engine.contacts.structure import BlankLines, header_findings, limit_findings
from engine.contacts.tables import Frames, SheetTable, Table, TextTable
from engine.contacts.tag_cells import separator_in
from engine.contacts.target_rules import target_header_findings
from engine.contacts.together import together
from engine.contacts.types import guessed_types, serial_columns
from engine.contacts.vocabulary import plain
from engine.contacts.wanted import Wanted
from engine.findings import Finding, Place, Severity
from engine.spreadsheets import Kind, Unreadable, kind_of_file
from engine.spreadsheets.archives import read_through
from engine.spreadsheets.kinds import SENTENCES

SAMPLE_RECORDS = 200
EVERYTHING = Wanted()
SURVEY_SHARE = 0.1

Progress = Callable[[int, int], None]


class Taker(Protocol):
    """Takes what the judging of a file gives, in its order."""

    def begin(self, setting: Setting) -> None:
        """What holds for all rows; not called where nothing can be read."""

    def finding(self, finding: Finding) -> None:
        """Something about the whole file."""

    def block(self, judged: Judged) -> None:
        """More records."""


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
    recipe: Recipe | None = None,
    client: str = "",
    wanted: Wanted = EVERYTHING,
    beside: Sequence[Other] = (),
    no_mail: Collection[str] = (),
    kept_out_domains: Collection[str] = (),
    name: str = "",
) -> Report:
    """Judge the whole file. A file that cannot be read gives a report with one fatal finding, never an exception.

    `beside` are the project's other lists, `no_mail` domains that are known to take no mail,
    `kept_out_domains` those at which nobody may be mailed.

    `name` is shown where the file has another one on the disk. `progress(done, total)` is told bytes; an exception
    raised in it cancels the work and leaves nothing behind.
    """
    path = Path(path)
    report = Report(name or path.name)
    task = _Task(path, target, source, tuple(fields or ()), as_of or datetime.now(UTC).date(), report)
    task.is_as_of_told = as_of is not None
    task.recipe, task.known_sources = recipe or Recipe(), tuple(known_sources)
    task.beside, task.no_mail = Beside(tuple(beside)), frozenset(no_mail)
    task.kept_out_domains = frozenset(kept_out_domains)
    task.known = Known() if wanted.keys and out else None
    started = time.monotonic()
    prefix = "_".join(part for part in (client, target.key) if part)
    with outputs_to(Path(out) if out else None, prefix, wanted) as outputs:
        task.outputs, task.wanted = outputs, wanted
        try:
            task.run(encoding, delimiter, progress or _ignore)
        except Unreadable as refusal:
            task.refuse(refusal)
        except FileNotFoundError:
            if path.exists():
                raise
            task.refuse(Unreadable("Upload this file again: it was taken away while it was read.", "changed"))
        if outputs:
            if task.known and task.seen:
                report.mail_domains = outputs.write_known(task.known, task.seen)
            outputs.finish(report)
    report.seconds = time.monotonic() - started
    return report


def judge_into(
    taker: Taker,
    path: Path,
    *,
    target: TargetLimits,
    as_of: date | None = None,
    source: SourceProfile | None = None,
    fields: Sequence[FieldSpec] | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    progress: Progress | None = None,
    known_sources: Iterable[SourceProfile] = (),
    recipe: Recipe | None = None,
    beside: Sequence[Other] = (),
    no_mail: Collection[str] = (),
    kept_out_domains: Collection[str] = (),
) -> Report:
    """Judge the whole file and give every record to somebody who writes something else of it. May raise Unreadable."""
    report = Report(path.name)
    task = _Task(path, target, source, tuple(fields or ()), as_of or datetime.now(UTC).date(), report)
    task.recipe, task.known_sources, task.taker = recipe or Recipe(), tuple(known_sources), taker
    task.beside, task.no_mail = Beside(tuple(beside)), frozenset(no_mail)
    task.kept_out_domains = frozenset(kept_out_domains)
    task.run(encoding, delimiter, progress or _ignore)
    return report


def header_of(path: Path, encoding: str | None = None, delimiter: str | None = None) -> list[str]:
    """The names of the columns, as judging would see them. May raise Unreadable."""
    task = _Task(path, TargetLimits("", ""), None, (), datetime.now(UTC).date(), Report(path.name))
    looked = survey(path, encoding, _ignore)
    table = task._open(kind_of_file(path), looked, encoding, delimiter, lambda count: None)
    return task._header(table.records())[1]


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
        self.recipe = Recipe()
        self.is_as_of_told = False
        self.beside, self.no_mail, self.kept_out_domains = Beside(), frozenset[str](), frozenset[str]()
        self.known: Known | None = None
        self.seen: Seen | None = None
        self.outputs: Outputs | None = None
        self.wanted = EVERYTHING
        self.taker: Taker | None = None
        self._header_line, self._header_end = 1, 0
        self._blank = BlankLines()

    def note(self, finding: Finding) -> None:
        """Count it and write it; nothing is held."""
        self.report.add(finding)
        for taker in (self.outputs, self.taker):
            if taker:
                taker.finding(finding)

    def refuse(self, refusal: Unreadable) -> None:
        """Say why nothing was judged, and make nothing of what was read before."""
        self.note(Finding(Severity.FATAL, f"contacts.file.{refusal.kind}", refusal.message))
        self.seen = None
        if self.outputs:
            self.outputs.void()

    def run(self, encoding: str | None, delimiter: str | None, progress: Progress) -> None:
        """Survey, open, judge; then look whether the file stayed the same meanwhile."""
        before = self.path.stat()
        kind = kind_of_file(self.path)
        early = None if encoding else surveyed_early(self.path, before)
        looked = survey(self.path, encoding, lambda done, total: progress(int(done * SURVEY_SHARE), total), early)
        try:
            table = self._open(kind, looked, encoding, delimiter, _steps(looked.size, progress))
            self.report.encoding, self.report.delimiter = table.encoding, table.delimiter
            self._judge_table(table, looked)
        finally:
            self.report.sha256 = looked.sha256
        after = self.path.stat()
        if stamp(before) != stamp(after):
            message = "Judge this file again: it was changed while it was read, so this verdict is not about it."
            self.refuse(Unreadable(message, "changed"))
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
        if kind is Kind.ZIP:
            read_through(self.path)  # says what is wrong with it, if anything
        if kind is not Kind.TEXT and not (kind is Kind.BINARY and encoding):
            raise Unreadable(SENTENCES[kind], kind.value)
        self.report.encoding_reason = looked.reason
        return TextTable(self.path, looked, delimiter, moved)

    def _judge_table(self, table: Table, looked: Survey) -> None:
        records = table.records()
        header = self._header(records)
        self._header_line, self._header_end = header[0], table.read_to
        if lacks_names(header[1], self.fields):
            message = "Add a line with the names of the columns above this one, which holds a contact already."
            self.note(Finding(Severity.FATAL, "contacts.file.no_header", message, Place(header[0])))
            return
        sample = [cells for _, cells, _ in islice(records, SAMPLE_RECORDS)]
        records.close()
        setting = self._setting(table, header, sample, looked)
        if self.outputs and isinstance(table, TextTable):
            self.outputs.read_from(self.path, table.encoding, table.delimiter)
        told = target_header_findings(setting.columns, self.target, header[0])
        for finding in (*header_findings(setting.columns, header[0]), *told):
            self.note(finding)
        for taker in (self.outputs, self.taker):
            if taker:
                taker.begin(setting)
        expected = looked.size // (20 + sum(map(len, chain(*sample))) // max(len(sample), 1))
        order = Order(setting, self.wanted if self.outputs else None, is_whole=self.taker is not None)
        met, facets, mended = Met(expected, self.beside), Facets(setting), Counter[str]()
        cuts = table.cuts(len(setting.columns.header), self._header_end)
        # Who takes whole verdicts has a good deal in memory already, and is asked by nobody who waits.
        is_large = isinstance(table, TextTable) and not order.is_whole and is_worth_it(looked.size)
        for part in together(cuts, order, met) if is_large else alone(cuts, Bench(order), met):
            self._take(part)
            facets.add(part.facets)
            mended.update(part.mended)
            if part.evidence and not setting.dates.evidence:
                setting.dates.evidence = part.evidence
        self.report.mended = dict(mended)
        self.report.beside = self.beside.as_json()
        self.seen = met.seen
        self._close(table, facets, looked)

    def _take(self, part: Part) -> None:
        """Count a block, and put it where it belongs."""
        for finding in self._blank.add(part.blank):
            self.note(finding)
        self.report.add_block(part.counted)
        if self.outputs and part.written:
            self.outputs.put(part.written)
        if self.known and part.known:
            self.known.add(part.known)
        if self.taker and part.judged:
            self.taker.block(part.judged)

    def _setting(self, table: Table, header: Record, sample: list[list[str]], looked: Survey) -> Setting:
        """What holds for every row, from the header and the first records."""
        source = self.source or recognise(header[1], self.known_sources)
        aliases = {**(source.aliases if source else {}), **self.recipe.roles()}
        columns = recognise_columns(header[1], sample, self.fields, aliases)
        columns = replace(columns, types=guessed_types(columns, sample), serials=serial_columns(columns, sample))
        left_out, secrets = self.recipe.left_out(columns.header), secret_columns(columns.header)
        columns = replace(columns, ignored=left_out, secrets=secrets)
        self.report.source = source.key if source else ""
        self.report.header = list(columns.header)
        width = len(columns.header)
        tag_cells = [cells[number] for cells in sample for number in columns.tags if number < len(cells)]
        has_form = bool(self.target.date_form or self.target.birthday_form)
        dates = DateColumns(
            Frames(table, width, self._header_end),
            (*columns.dates, *(columns.other_dates if has_form else columns.told_dates)),
            serials=columns.serials,
        )
        return Setting(
            columns,
            self.target,
            self.as_of,
            dates,
            self.recipe,
            {**(source.words if source else {}), **{plain(word): told for word, told in self.recipe.words.items()}},
            separator_in(tag_cells, source.tag_separator if source else ""),
            looked.has_nul,
            looked.has_damage,
            self.is_as_of_told,
            self.no_mail,
            self.kept_out_domains,
            status_by_name(self.report.file, self.report.source),
            looked.has_garble,
            looked.has_control,
        )

    def _header(self, records: Iterable[Record]) -> Record:
        """The first record that holds anything; blank lines above it are told."""
        above: list[int] = []
        for line, cells, trouble in records:
            if trouble is Trouble.TOO_LONG:
                message = "Export this file again: it is one endless line, so no rows can be told apart."
                raise Unreadable(message, "one_line")
            if any(cell.strip() for cell in cells):
                for finding in self._blank.add(np.array(above, np.int64)):
                    self.note(finding)
                return line, [cell.replace("\0", "") for cell in cells], trouble
            above.append(line)
        raise Unreadable(SENTENCES[Kind.EMPTY], "empty")

    def _close(self, table: Table, facets: Facets, looked: Survey) -> None:
        """What only the whole file shows."""
        report = self.report
        report.lines = table.lines
        facets.close(report)
        line = self._header_line
        for finding in facets.findings(line):
            self.note(finding)
        for finding in limit_findings(self.target, report.records, report.columns_with_data, looked.size, line):
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
