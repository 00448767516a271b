"""Records out of text, each with the physical line on which it starts; one broken record never costs another one.

The standard reader does the splitting. Before it sees a line we make sure that the line is a whole record, join the
lines of a record whose cells hold line ends, and take out what would make it swallow its neighbours: a quote that is
never closed.
"""

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import BinaryIO

BLOCK = 1 << 18
RECORD_CHARACTERS = 1 << 20
RECORD_LINES = 2_000
_NEAR = 100
_ADDRESS = re.compile(r"\s*[^\s@]{1,64}@[^\s@.]{1,63}\.[^\s@]{2,190}\s*")
_LINE_END = re.compile(r"\r\n|\n|\r")


class Trouble(Enum):
    """What was wrong with the writing of a record, before anybody looks at its cells."""

    STRAY_QUOTE = "stray_quote"
    UNTERMINATED_QUOTE = "unterminated_quote"
    TOO_LONG = "too_long"


Record = tuple[int, list[str], Trouble | None]
Piece = tuple[str, int]  # text and the number of its lines


def physical_lines(stream: BinaryIO, encoding: str, moved: Callable[[int], None]) -> Iterator[str]:
    """Lines with their own ends (CRLF, LF, CR), as the standard reader counts them; memory stays within a few blocks.

    A line above the cap comes out cut to one character more than the cap; what follows to its end is passed over.
    """
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    carry, held = "", ""
    is_skipping = is_last = False
    while not is_last:
        data = stream.read(BLOCK)
        is_last = not data
        text = held + decoder.decode(data, final=is_last)
        held = "\r" if text.endswith("\r") and not is_last else ""  # its LF may stand in the next block
        text = text[: len(text) - len(held)]
        if is_skipping:
            end = _LINE_END.search(text)
            if not end:
                moved(len(data))
                continue
            text, is_skipping = text[end.end() :], False
        lines = io.StringIO(carry + text, newline="").readlines()
        carry = lines.pop() if lines and not is_last and not lines[-1].endswith(("\n", "\r")) else ""
        if len(carry) > RECORD_CHARACTERS:
            lines.append(carry[: RECORD_CHARACTERS + 1])
            carry, is_skipping = "", True
        yield from lines
        moved(len(data))


@dataclass(frozen=True, slots=True)
class _Grammar:
    """The shapes of a line for one delimiter; all quantifiers are possessive, so every match is linear."""

    well_formed: re.Pattern[str]
    complete: re.Pattern[str]
    clean_cell: re.Pattern[str]
    closing: re.Pattern[str]
    rest: re.Pattern[str]


def _grammar(delimiter: str) -> _Grammar:
    d = re.escape(delimiter)
    quoted = r'"[^"]*+(?:""[^"]*+)*+"'
    clean = rf'(?:{quoted}|[^"{d}\r\n]*+)'
    loose = rf'(?:{quoted}[^{d}\r\n]*+|[^"{d}\r\n][^{d}\r\n]*+|)'
    end = r"[\r\n]*+\Z"
    return _Grammar(
        re.compile(rf"{clean}(?:{d}{clean})*+{end}"),
        re.compile(rf"{loose}(?:{d}{loose})*+{end}"),
        re.compile(rf"{clean}(?:{d}|{end})"),
        re.compile(r'[^"]*+(?:""[^"]*+)*+"'),
        re.compile(rf"(?:{d}{loose})*+{end}"),
    )


class MoreNeeded(Exception):
    """Raised by the lines that follow where the text at hand ends and the file does not."""


class OddLines:
    """Decides about the lines in which a quote stands oddly or stays open, and about lines without an end."""

    def __init__(self, delimiter: str, width: int = 0) -> None:
        self.width = width  # of the header; 0 as long as it is not known
        self._delimiter = delimiter
        self._grammar = _grammar(delimiter)
        self._unclosed_until = 0
        self.is_well_formed = self._grammar.well_formed.match

    def decide(self, number: int, first: str, following: Iterator[Piece]) -> tuple[str, Trouble | None, int]:
        """The text of the record that starts on line `number`, its trouble, and how many lines it takes.

        `following` gives the next lines, each for itself or, where no quote stands in them, several in one piece; more
        of them may be taken than the record turns out to have.
        """
        if len(first) > RECORD_CHARACTERS:
            return first[:1_000], Trouble.TOO_LONG, 1
        if self.is_well_formed(first):
            return first, None, 1
        if self._grammar.complete.match(first):
            return first, Trouble.STRAY_QUOTE, 1
        if self.is_hopeless(number):
            return first, Trouble.UNTERMINATED_QUOTE, 1
        return self._gather(number, first, following)

    def is_hopeless(self, number: int) -> bool:
        """True where it is known that no quote which opens on this line is closed within the caps."""
        return number + _NEAR < self._unclosed_until

    def _gather(self, number: int, first: str, following: Iterator[Piece]) -> tuple[str, Trouble | None, int]:
        """Join the lines of a record until its quote is closed; a close before anything but a delimiter is not one."""
        gathered, size, lines = [first], len(first), 1
        for line, count in following:
            if size + len(line) > RECORD_CHARACTERS or lines + count > RECORD_LINES:
                lines += _lines_to_the_cap(line, size, lines)
                break
            gathered.append(line)
            size, lines = size + len(line), lines + count
            closing = self._grammar.closing.match(line)
            if closing is None:
                continue
            end = closing.end()
            if end < len(line) and line[end] not in (self._delimiter, "\r", "\n"):
                return first, Trouble.UNTERMINATED_QUOTE, 1
            if self._grammar.rest.match(line, end):
                if self._swallows(gathered):
                    return first, Trouble.UNTERMINATED_QUOTE, 1
                return "".join(gathered), None, lines
        self._unclosed_until = number + lines - 1
        return first, Trouble.UNTERMINATED_QUOTE, 1

    def _swallows(self, gathered: list[str]) -> bool:
        """True where two open quotes have made a pair, so that a record would swallow others.

        A line in it shows that by being a row of the table by itself, with quotes that stand well, or by an address
        where the first line has one; where the joined record happens to be a row too, the line must be one with such
        an address.
        """
        if self.width < 2:
            return False
        is_row = len(self.cells("".join(gathered), None)) == self.width
        addresses = self._addresses(gathered[0])
        for line in (line for piece in gathered[1:] for line in io.StringIO(piece, newline="")):
            has_address = bool(addresses & self._addresses(line))
            if self._is_row(line) and has_address if is_row else has_address or self._is_row(line, is_strict=True):
                return True
        return False

    def _addresses(self, line: str) -> set[int]:
        if "@" not in line:
            return set()
        return {place for place, cell in enumerate(line.split(self._delimiter)) if _ADDRESS.fullmatch(cell)}

    def _is_row(self, line: str, *, is_strict: bool = False) -> bool:
        if '"' not in line:
            return line.count(self._delimiter) == self.width - 1
        shape = self._grammar.well_formed if is_strict else self._grammar.complete
        return bool(shape.match(line)) and len(self.cells(line, None)) == self.width

    def column(self, text: str, trouble: Trouble | None) -> int:
        """The cell with the trouble, counted from 0: the first with a quote that stands oddly, or the endless one."""
        if trouble is None:
            return -1
        if trouble is Trouble.TOO_LONG:
            return max(len(self.cells(text[:RECORD_CHARACTERS], None)) - 1, 0)
        place, number = 0, 0
        while (cell := self._grammar.clean_cell.match(text, place)) and cell.end() < len(text):
            place, number = cell.end(), number + 1
        return number

    def cells(self, text: str, trouble: Trouble | None) -> list[str]:
        """The cells of a decided record; where its quotes cannot be trusted, the text is cut at each delimiter."""
        if trouble in (Trouble.TOO_LONG, Trouble.UNTERMINATED_QUOTE):
            return text.rstrip("\r\n").split(self._delimiter)
        csv.field_size_limit(RECORD_CHARACTERS * 2)
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=self._delimiter), [])


def _lines_to_the_cap(piece: str, size: int, lines: int) -> int:
    """How many lines of a piece it takes to be above a cap."""
    if size + len(piece) <= RECORD_CHARACTERS:
        return RECORD_LINES + 1 - lines
    taken = 0
    for line in io.StringIO(piece, newline=""):
        taken, size = taken + 1, size + len(line)
        if size > RECORD_CHARACTERS or lines + taken > RECORD_LINES:
            break
    return taken


class RecordReader:
    """Iterate over (line, cells, trouble). `lines` is the number of physical lines read so far."""

    def __init__(self, lines: Iterator[str], delimiter: str, width: int = 0) -> None:
        self.lines = 0
        self._source = lines
        self._delimiter = delimiter
        self._odd_lines = OddLines(delimiter, width)
        self._pushed: deque[str] = deque()
        self._start = 0
        self._trouble: Trouble | None = None
        self._cells: list[str] | None = None

    def is_headed(self, cells: list[str]) -> None:
        """Tell the header, so that a row of its width is not taken for a part of the one before."""
        self._odd_lines.width = self._odd_lines.width or len(cells)

    def __iter__(self) -> Iterator[Record]:
        csv.field_size_limit(RECORD_CHARACTERS * 2)
        for cells in csv.reader(self._whole_records(), delimiter=self._delimiter):
            if self._trouble is None:
                yield self._start, cells, None
            else:
                yield self._start, cells if self._cells is None else self._cells, self._trouble
                self._trouble = self._cells = None

    def _whole_records(self) -> Iterator[str]:
        """Each piece of text is exactly one record for the standard reader: it never asks for a second piece."""
        is_well_formed = self._odd_lines.is_well_formed
        while True:
            lines = self._take_pushed() if self._pushed else self._source
            for line in lines:
                self.lines += 1
                self._start = self.lines
                if len(line) <= RECORD_CHARACTERS and ('"' not in line or is_well_formed(line)):
                    yield line
                else:
                    yield self._odd(line)
                    if self._pushed and lines is self._source:
                        break
            else:
                if lines is self._source:
                    return

    def _take_pushed(self) -> Iterator[str]:
        while self._pushed:
            yield self._pushed.popleft()

    def _odd(self, line: str) -> str:
        """What the standard reader gets in place of an odd line; "" where the cells are given by hand."""
        taken: list[str] = []
        text, self._trouble, count = self._odd_lines.decide(self.lines, line, self._following(taken))
        self._pushed.extendleft(reversed(taken[count - 1 :]))
        self.lines += count - 1
        if self._trouble in (Trouble.TOO_LONG, Trouble.UNTERMINATED_QUOTE):
            self._cells = self._odd_lines.cells(text, self._trouble)
            return ""
        return text

    def _following(self, taken: list[str]) -> Iterator[Piece]:
        """The next lines, noted in `taken`; not `yield from`, which would close the source with this generator."""
        while self._pushed:
            taken.append(self._pushed.popleft())
            yield taken[-1], 1
        while line := next(self._source, ""):
            taken.append(line)
            yield line, 1
