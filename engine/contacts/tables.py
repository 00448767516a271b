"""The two kinds of file we judge, read as one: records with the line on which they start."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from engine.contacts.dialects import choose_delimiter, hint, sample_text
from engine.contacts.encodings import Survey
from engine.contacts.records import Record, RecordReader, physical_lines
from engine.spreadsheets import Unreadable, open_workbook
from engine.spreadsheets.reading import Value

if TYPE_CHECKING:  # with blocks comes polars, which the web process does without
    import polars as pl

    from engine.contacts.blocks import Block, Cut


class Table(Protocol):
    """What the judging needs of a file. The inside may change; this may not."""

    encoding: str
    delimiter: str
    lines: int  # physical lines read so far
    read_to: int  # the last line of the record that `records` gave last

    def records(self) -> Generator[Record, None, None]:
        """Every record and blank line, in order, the header first."""

    def blocks(self, width: int, after_line: int) -> "Iterator[Block]":
        """The records after a line, by the block, for a header of `width` cells; it moves no progress."""

    def cuts(self, width: int, after_line: int) -> "Iterator[Cut | Block]":
        """The same, not parsed yet, and with progress."""


class TextTable:
    """A CSV file of any dialect."""

    def __init__(self, path: Path, survey: Survey, delimiter: str | None, moved: Callable[[int], None]) -> None:
        self.encoding = survey.encoding
        self.delimiter = delimiter or choose_delimiter(sample_text(path, survey.encoding))
        self.lines = self.read_to = 0
        self._path, self._moved = path, moved
        self._is_sound = not survey.has_damage and survey.encoding in ("utf-8", "utf-8-sig")

    def records(self) -> Generator[Record, None, None]:
        """Every record, without Excel's own first line that names the delimiter."""
        with self._path.open("rb") as stream:
            reader = RecordReader(physical_lines(stream, self.encoding, _unseen), self.delimiter)
            for record in reader:
                self.lines = self.read_to = reader.lines
                is_hint = record[0] == 1 and hint(self.delimiter.join(record[1])) == self.delimiter
                if is_hint:
                    continue
                if any(cell.strip() for cell in record[1]):
                    reader.is_headed(record[1])
                yield record

    def blocks(self, width: int, after_line: int) -> "Iterator[Block]":
        """The records after a line, by the block."""
        from engine.contacts.blocks import text_blocks

        with self._path.open("rb") as stream:
            yield from text_blocks(stream, **self._read(width, after_line), moved=_unseen, lines_read=_unseen)

    def cuts(self, width: int, after_line: int) -> "Iterator[Cut | Block]":
        """The same, not parsed yet, and with progress."""
        from engine.contacts.blocks import text_cuts

        told = self._read(width, after_line)
        with self._path.open("rb") as stream:
            yield from text_cuts(stream, **told, moved=self._moved, lines_read=self._count_lines)

    def _read(self, width: int, after_line: int) -> dict[str, Any]:
        told = {"encoding": self.encoding, "delimiter": self.delimiter, "is_sound": self._is_sound}
        return told | {"width": width, "after_line": after_line}

    def __getstate__(self) -> dict[str, Any]:
        """For another process, which tells no progress."""
        return self.__dict__ | {"_moved": _unseen}

    def _count_lines(self, lines: int) -> None:
        self.lines = lines


def _unseen(count: int) -> None:
    """Tells nobody."""


class SheetTable:
    """The first sheet of a workbook that holds anything; its row numbers are the lines."""

    encoding = "xlsx"
    delimiter = ""

    def __init__(self, path: Path) -> None:
        sheets = [sheet for sheet in open_workbook(path).sheets if sheet.last_row]
        if not sheets:
            raise Unreadable("This workbook is empty; export it again and upload the new one.", "empty")
        self._sheet = sheets[0]
        self.lines, self.read_to = self._sheet.last_row, 0
        self.other_sheets = [sheet.name for sheet in sheets[1:]]

    def records(self) -> Generator[Record, None, None]:
        """Rows as text; a run of blank rows is told once, as the line on which it starts."""
        width, before = 0, 0
        for number, values in self._sheet.rows():
            if width and number > before + 1:
                yield before + 1, [], None
            cells = [as_text(value) for value in values]
            if not width:
                width = max(place for place, cell in enumerate(cells, start=1) if cell)
            self.read_to = number
            yield number, _cut(cells, width), None
            before = number

    def blocks(self, width: int, after_line: int) -> "Iterator[Block]":
        """The rows after a row, by the block."""
        from engine.contacts.blocks import record_blocks

        yield from record_blocks((record for record in self.records() if record[0] > after_line), width)

    def cuts(self, width: int, after_line: int) -> "Iterator[Cut | Block]":
        """The same: a sheet is read cell by cell."""
        return self.blocks(width, after_line)


@dataclass(frozen=True, slots=True)
class Frames:
    """The rows of a table from its start, as often as they are asked for."""

    table: Table
    width: int
    after_line: int

    def __call__(self) -> "Iterator[pl.DataFrame]":
        for block in self.table.blocks(self.width, self.after_line):
            yield block.frame


def _cut(cells: list[str], width: int) -> list[str]:
    """A sheet is a rectangle: blank cells to the right of the header are no cells, missing ones are blank."""
    while len(cells) > width and not cells[-1]:
        cells.pop()
    return cells + [""] * (width - len(cells))


def as_text(value: Value) -> str:
    """The cell as a CSV export would hold it: whole numbers without a point, dates as ISO."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(sep=" ") if value.time() != time() else value.date().isoformat()
    return value.isoformat() if isinstance(value, date | time) else str(value)
