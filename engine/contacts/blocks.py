"""Records by the block: the regular ones as a table of text columns, the others one by one.

polars reads a block of lines into columns; a last cell that we add to each line shows whether a row had as many cells
as the header. Rows that had not, and records whose quotes are odd, are read one by one with the standard reader.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import BinaryIO

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.contacts.ahead import ahead
from engine.contacts.records import RECORD_CHARACTERS, Record, RecordReader, Trouble, physical_lines
from engine.contacts.splitting import Places, Split, Splitter

BLOCK = 6 << 20
LINES = 65_536
ODD_ONES = 8_192  # records of a block that are looked at one by one: each takes a few KB meanwhile
ROWS = 20_000
_LONGEST = 4 * RECORD_CHARACTERS  # bytes; a character has four at most
_LINE_END = re.compile(rb"[\r\n]")


@dataclass(frozen=True, slots=True)
class Odd:
    """A record that is no row of the table."""

    record: int
    line: int
    cells: list[str]
    trouble: Trouble | None
    column: int = -1  # the cell with the trouble, where that is known
    is_cut: bool = False  # the file ends in it, without a line end


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive records: `frame` holds one text column for each header, named by its place, and no nulls.

    `lines` and `records` give the physical line and the record number of each row of the frame; record numbers count
    every record of the file but the header. `blank` are the lines that hold nothing at all.
    """

    frame: pl.DataFrame
    lines: Places
    records: Places
    odd: list[Odd] = field(default_factory=list)
    blank: Places = field(default_factory=lambda: np.empty(0, np.int64))

    @property
    def count(self) -> int:
        """The number of records."""
        return len(self.lines) + len(self.odd)

    def parsed(self) -> "Block":
        """Nothing is left to do."""
        return self


@dataclass(frozen=True, slots=True)
class Cut:
    """Records that were cut and not parsed yet, `count` of them behind `before` others."""

    split: Split
    before: int
    count: int
    parser: "_Parser"

    def parsed(self) -> Block:
        """The block that they make."""
        return self.parser.block(self.split, self.before)


def text_blocks(
    stream: BinaryIO,
    encoding: str,
    delimiter: str,
    width: int,
    *,
    after_line: int,
    is_sound: bool,
    moved: Callable[[int], None],
    lines_read: Callable[[int], None],
) -> Iterator[Block]:
    """The records of a text file after a physical line. `is_sound` promises UTF-8 without a fault.

    The next block is read and cut in a thread while this one is used; numpy and polars let go of the interpreter.
    """
    cuts = text_cuts(
        stream, encoding, delimiter, width,
        after_line=after_line, is_sound=is_sound, moved=moved, lines_read=lines_read,
    )  # fmt: skip
    for cut in ahead(cuts):
        yield cut.parsed()


def text_cuts(
    stream: BinaryIO,
    encoding: str,
    delimiter: str,
    width: int,
    *,
    after_line: int,
    is_sound: bool,
    moved: Callable[[int], None],
    lines_read: Callable[[int], None],
) -> Iterator[Cut | Block]:
    """The same, cut and left to be parsed by whoever takes them."""
    if not delimiter.isascii():
        yield from _slow_blocks(stream, encoding, delimiter, width, after_line, moved, lines_read)
        return
    parser, record = _Parser(delimiter, width), 0
    steps = _in_steps(_bounded(_utf8(stream, encoding, is_sound=is_sound)))
    for split, size, lines in _splits(steps, Splitter(delimiter, width), after_line):
        for part in _small_enough(split, delimiter, width) if split else ():
            count = int(np.count_nonzero(~_blank(part)))
            yield Cut(part, record, count, parser)
            record += count
        moved(size)
        lines_read(lines)


def record_blocks(records: Iterable[Record], width: int) -> Iterator[Block]:
    """Blocks out of records that were read one by one."""
    record, source = 0, iter(records)
    while batch := list(islice(source, ROWS)):
        rows: list[list[str]] = []
        lines: list[int] = []
        numbers: list[int] = []
        odd: list[Odd] = []
        blank: list[int] = []
        for line, cells, trouble in batch:
            if not cells:
                blank.append(line)
                continue
            record += 1
            if trouble is None and len(cells) == width:
                rows.append(cells)
                lines.append(line)
                numbers.append(record)
            else:
                odd.append(Odd(record, line, cells, trouble))
        frame = pl.DataFrame(rows, schema=_schema(width), orient="row") if rows else pl.DataFrame(schema=_schema(width))
        yield Block(frame, _places(lines), _places(numbers), odd, _places(blank))


def _places(numbers: list[int]) -> Places:
    return np.array(numbers, np.int64)


def _schema(width: int) -> dict[str, type[pl.String]]:
    return {str(number): pl.String for number in range(width)}


def _slow_blocks(
    stream: BinaryIO,
    encoding: str,
    delimiter: str,
    width: int,
    after_line: int,
    moved: Callable[[int], None],
    lines_read: Callable[[int], None],
) -> Iterator[Block]:
    """For the delimiters that polars does not know."""
    reader = RecordReader(physical_lines(stream, encoding, moved), delimiter, width)
    for block in record_blocks((record for record in reader if record[0] > after_line), width):
        yield block
        lines_read(reader.lines)


def _utf8(stream: BinaryIO, encoding: str, *, is_sound: bool) -> Iterator[tuple[bytes, int]]:
    """The file as UTF-8, with the number of its own bytes; what cannot be decoded is U+FFFD."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    is_plain = is_sound and encoding in ("utf-8", "utf-8-sig")
    if is_plain and encoding == "utf-8-sig":
        stream.read(len(codecs.BOM_UTF8))
    while data := stream.read(BLOCK):
        yield (data if is_plain else decoder.decode(data).encode("utf-8", "replace")), len(data)
    if not is_plain and (rest := decoder.decode(b"", final=True)):
        yield rest.encode("utf-8", "replace"), 0


def _bounded(pieces: Iterable[tuple[bytes, int]]) -> Iterator[tuple[bytes, int]]:
    """No line longer than the cap: what follows to its end is passed over."""
    length, is_skipping = 0, False
    for text, size in pieces:
        if is_skipping:
            end = _LINE_END.search(text)
            if not end:
                yield b"", size
                continue
            text, is_skipping = text[end.start() :], False
        tail = len(text) - max(text.rfind(b"\n"), text.rfind(b"\r")) - 1
        length = tail if tail < len(text) else length + tail
        if length > _LONGEST:
            text, is_skipping = text[: len(text) - (length - _LONGEST)], True
            length = _LONGEST
        yield text, size


def _in_steps(pieces: Iterable[tuple[bytes, int]]) -> Iterator[tuple[bytes, int]]:
    """Pieces of so few lines that even if each must be looked at by itself, they fit in memory."""
    for text, size in pieces:
        signs = np.frombuffer(text, np.uint8)
        # Most CRs stand before an LF, so the two are not added up.
        if max(np.count_nonzero(signs == ord("\n")), np.count_nonzero(signs == ord("\r"))) <= LINES:
            yield text, size
            continue
        ends = np.flatnonzero((signs == ord("\n")) | (signs == ord("\r")))[LINES - 1 :: LINES] + 1
        borders = [0, *ends.tolist(), len(text)]
        for first, last in pairwise(borders):
            yield text[first:last], size if last == len(text) else 0


def _splits(
    pieces: Iterable[tuple[bytes, int]], splitter: Splitter, after_line: int
) -> Iterator[tuple[Split | None, int, int]]:
    """Each step of the reading: the records that became whole, the bytes read, the lines so far."""
    rest, skip = b"", after_line
    for text, size in pieces:
        rest += text
        if skip:
            rest, skip = _without_lines(rest, skip)
            splitter.lines = after_line - skip
            if skip:
                yield None, size, splitter.lines
                continue
        split, rest = splitter.split(rest, is_last=False)
        yield split, size, splitter.lines
    if skip:
        rest, skip = _without_lines(rest + b"\n", skip)
        splitter.lines = after_line
        yield None, 0, splitter.lines
    while rest:
        split, rest = splitter.split(rest, is_last=True)
        yield split, 0, splitter.lines


def _without_lines(text: bytes, count: int) -> tuple[bytes, int]:
    """The text after its first lines, and how many of them are still to come. A CR at the end waits for its LF."""
    place = 0
    while count:
        end = _LINE_END.search(text, place)
        if not end or (end.group() == b"\r" and end.end() == len(text)):
            break
        place = end.end() + (text[end.start() : end.end() + 1] == b"\r\n")
        count -= 1
    return text[place:], count


class _Parser:
    """Makes a block of a split."""

    def __init__(self, delimiter: str, width: int) -> None:
        self._delimiter, self._width = delimiter, width

    def block(self, split: Split, before: int) -> Block:
        """The records of a split; `before` is the number of records before it."""
        width = self._width
        frame = self._frame(split)
        is_blank = _blank(split)
        is_row = (
            (frame[str(width)] == split.signs.mark).fill_null(value=False).to_numpy().copy()
            if split.signs and frame.height
            else ~is_blank
        )
        is_row &= ~is_blank
        odd_rows = {record.row: record for record in split.odd}
        is_row[list(odd_rows)] = False
        numbers = before + np.cumsum(~is_blank)
        odd = []
        for row in map(int, np.flatnonzero(~is_row & ~is_blank)):
            told = odd_rows.get(row)
            cells = told.cells if told else self._cells(split.raw(row))
            where = int(numbers[row]), int(split.lines[row])
            is_cut = split.is_cut and row == is_blank.size - 1
            trouble = (told.trouble, told.column) if told else (None, -1)
            odd.append(Odd(*where, cells, *trouble, is_cut))
        frame = frame.drop(str(width)) if frame.height else pl.DataFrame(schema=_schema(width))
        if split.inner.size:
            frame = _with_line_ends(frame, split)
        if not is_row.all():
            frame = frame.filter(pl.Series(is_row)) if frame.height else frame
        return Block(frame, split.lines[is_row], numbers[is_row], odd, split.lines[is_blank])

    def _frame(self, split: Split) -> pl.DataFrame:
        """One row for each record, and the column of marks behind the columns of the header."""
        if split.signs is None:
            return pl.DataFrame(schema=_schema(self._width + 1))
        # polars takes the number of columns from the first row, so we put a whole one there.
        first = f"{self._delimiter * self._width}{split.signs.mark}\n".encode()
        frame = pl.read_csv(
            first + split.text(self._delimiter),
            has_header=False,
            separator=self._delimiter,
            schema=_schema(self._width + 1),
            empty_string_is_null=False,
            truncate_ragged_lines=True,
        ).slice(1)
        if frame.height != split.lines.size:
            raise RuntimeError(f"{split.lines.size} records were cut and {frame.height} were read.")
        return frame

    def _cells(self, raw: str) -> list[str]:
        csv.field_size_limit(RECORD_CHARACTERS * 2)
        return next(csv.reader(io.StringIO(raw, newline=""), delimiter=self._delimiter), [])


def _small_enough(split: Split, delimiter: str, width: int) -> Iterable[Split]:
    """The split as it is, or in parts where nearly every record of it is odd."""
    return split.parts(ODD_ONES) if split.odd_ones(delimiter, width) > ODD_ONES else (split,)


def _blank(split: Split) -> NDArray[np.bool_]:
    """Lines that hold nothing, or the CR of their end alone."""
    text, sizes = np.frombuffer(split.original, np.uint8), split.ends - split.starts
    begins_with_cr = np.equal(text[np.minimum(split.starts, text.size - 1)], ord("\r"))
    blank: NDArray[np.bool_] = (sizes == 0) | ((sizes == 1) & begins_with_cr)
    return blank


def _with_line_ends(frame: pl.DataFrame, split: Split) -> pl.DataFrame:
    """The line ends inside quotes, put back; only where records of several lines have any."""
    has_more = np.diff(split.lines, append=split.lines[-1] + 2) > 1
    long = frame.filter(pl.Series(has_more))
    signs = [(split.signs.line_feed, "\n")] if split.signs else []
    if split.signs and split.lone.size:
        signs.append((split.signs.carriage_return, "\r"))
    for sign, end in signs:
        holds = long.select(pl.all().str.contains(sign, literal=True).any()).row(0)
        names = [name for name, is_held in zip(frame.columns, holds, strict=True) if is_held]
        frame = frame.with_columns(pl.col(names).str.replace_all(sign, end, literal=True))
    return frame
