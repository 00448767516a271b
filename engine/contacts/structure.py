"""What is wrong with a file as a whole, its header, or the writing of a record; told before any cell is trusted."""

from collections.abc import Iterator
from math import ceil

import numpy as np

from engine.contacts.blocks import Odd
from engine.contacts.columns import Columns, comparable
from engine.contacts.limits import TargetLimits
from engine.contacts.private import is_secret_column
from engine.contacts.records import Trouble
from engine.contacts.splitting import Places
from engine.findings import Finding, Place, Severity

BLANK_RUN = 100
UNUSUAL_COLUMNS = 100  # the limits that platforms state are 50, 55, 60 and 999
BREAKS_OFF = "Export this file again: it breaks off in the middle of this line, so contacts after it may be missing."
UNUSABLE = frozenset(
    ("contacts.row.short", "contacts.row.long", "contacts.row.unterminated_quote", "contacts.row.too_long")
)
_TROUBLES = {
    Trouble.STRAY_QUOTE: (
        Severity.NOTE,
        "contacts.row.stray_quote",
        "Check the quotation marks in this row: one stands where none belongs, and it was kept as text.",
    ),
    Trouble.UNTERMINATED_QUOTE: (
        Severity.ERROR,
        "contacts.row.unterminated_quote",
        "Close the quotation mark that opens on this line, or take it out; only this row was set aside.",
    ),
    Trouble.TOO_LONG: (
        Severity.ERROR,
        "contacts.row.too_long",
        "Shorten this line or take it out: it has over a million characters; it was set aside as it stands.",
    ),
}


def writing_findings(odd: Odd, columns: Columns) -> Iterator[Finding]:
    """How the record is written: its quotes, and its number of cells against the header's."""
    cells, trouble, width = odd.cells, odd.trouble, len(columns.header)
    where = Place(odd.line, odd.record)
    if trouble is not None:
        severity, code, message = _TROUBLES[trouble]
        place = Place(odd.line, odd.record, columns.name(odd.column) if odd.column >= 0 else "")
        if odd.is_cut and trouble is Trouble.UNTERMINATED_QUOTE:
            message = BREAKS_OFF
        is_shown = trouble is not Trouble.STRAY_QUOTE and not columns.secrets
        yield Finding(severity, code, message, place, cells[0][:200] if is_shown else "")
    if trouble in (Trouble.UNTERMINATED_QUOTE, Trouble.TOO_LONG):
        return
    if len(cells) < width:
        message = f"Fill in the missing cells: this row has {len(cells)} and the header {width}."
        message = BREAKS_OFF if odd.is_cut else message
        yield Finding(Severity.ERROR, "contacts.row.short", message, where)
    if len(cells) > width:
        message = f"Take out the extra cells: this row has {len(cells)} and the header {width}."
        yield Finding(
            Severity.ERROR, "contacts.row.long", message, where, "" if columns.secrets else cells[width][:200]
        )


class BlankLines:
    """A blank line is no record; it is named because some importers stop at it, of a long run only the start."""

    def __init__(self) -> None:
        self._run = 0
        self._last = 0

    def add(self, lines: Places) -> Iterator[Finding]:
        """More blank lines, in order; each is named, up to the hundredth in a row."""
        for run in np.split(lines, np.flatnonzero(np.diff(lines) != 1) + 1) if lines.size else ():
            first = int(run[0])
            before = self._run if first == self._last + 1 else 0
            for place in range(before, min(before + run.size, BLANK_RUN)):
                message = "Delete this blank line; some importers stop there."
                if place == BLANK_RUN - 1:
                    message = "Delete this blank line and those that follow it; some importers stop there."
                yield Finding(Severity.NOTE, "contacts.row.blank", message, Place(first + place - before))
            self._run, self._last = before + run.size, int(run[-1])


def header_findings(columns: Columns, line: int) -> Iterator[Finding]:
    """Columns that an importer would mix up or drop, and the one column that no import can do without."""
    seen: set[str] = set()
    for number, name in enumerate(columns.header):
        where = Place(line, 0, columns.name(number))
        if not name.strip():
            message = f"Name this column or delete it: column {number + 1} has no header."
            yield Finding(Severity.WARNING, "contacts.header.empty", message, where)
        elif comparable(name) in seen:
            message = f"Rename or delete this column: {name.strip()[:80]!r} stands in the header more than once."
            yield Finding(Severity.WARNING, "contacts.header.duplicate", message, where)
        elif is_secret_column(name):
            message = f"Nothing to do: {name.strip()[:80]!r} is left out of every import, because it holds secrets."
            yield Finding(Severity.WARNING, "contacts.private.column", message, where)
        seen.add(comparable(name))
    for spec in columns.missing:
        message = f"Add the column {spec.name[:80]!r} or correct its name: it was described and is not in the header."
        severity = Severity.ERROR if spec.required else Severity.WARNING
        yield Finding(severity, "contacts.header.missing", message, Place(line, 0, spec.name[:80]))
    if columns.email < 0:
        message = "Say which column holds the e-mail addresses, or export the file again with them; none was found."
        yield Finding(Severity.FATAL, "contacts.file.no_email_column", message, Place(line))


def limit_findings(target: TargetLimits, records: int, with_data: int, size: int, line: int) -> Iterator[Finding]:
    """The whole file against the import of the target; the names of its columns stand on `line`."""
    if target.max_columns_fail and with_data > target.max_columns_fail:
        message = f"Leave out columns: {with_data} hold data and {target.name} takes at most {target.max_columns_fail}."
        yield Finding(Severity.ERROR, "contacts.columns.too_many", message, Place(line))
    elif target.max_columns_warn and with_data > target.max_columns_warn:
        message = (
            f"Better leave out columns: {with_data} hold data and {target.name} advises {target.max_columns_warn}."
        )
        yield Finding(Severity.WARNING, "contacts.columns.many", message, Place(line))
    elif not target.max_columns_fail and with_data > UNUSUAL_COLUMNS:
        message = (
            f"Better leave out columns that nobody uses: {with_data} hold data, and how many {target.name} takes is "
            "not known."
        )
        yield Finding(Severity.NOTE, "contacts.columns.unusual", message, Place(line))
    if target.max_rows_a_day and records > target.max_rows_a_day:
        message = (
            f"Plan {ceil(records / target.max_rows_a_day)} days for the import: {records:,} rows are more than the "
            f"{target.max_rows_a_day:,} that {target.name} takes a day."
        )
        yield Finding(Severity.NOTE, "contacts.rows.days", message)
    if target.max_rows and records > target.max_rows:
        files = ceil(records / target.max_rows)
        message = (
            f"Nothing to do: {records:,} rows are more than the {target.max_rows:,} that {target.name} takes at once, "
            f"so they will be cut into at least {files} files."
        )
        yield Finding(Severity.NOTE, "contacts.rows.many", message)
    if target.max_bytes and size > target.max_bytes:
        message = f"Nothing to do: the file is larger than {target.name} takes at once, so it will be cut."
        yield Finding(Severity.NOTE, "contacts.file.large", message)
