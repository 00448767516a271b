"""Blocks of text cut into records with numpy: where each record starts and ends, and on which physical line.

A block in which every quote opens after a delimiter or a line end, and closes before one, is cut by the parity of its
quotes alone. Any other block is cut line by line, and the few lines whose quotes are odd are decided by
`records.OddLines`, the same that reads a file record by record. The answer is one text without line ends inside
records, so that any reader of lines gives back exactly one row for each record.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.contacts.records import RECORD_CHARACTERS, RECORD_LINES, MoreNeeded, OddLines, Piece, Trouble

Places = NDArray[np.int64]
_LF, _CR, _QUOTE = 10, 13, 34
_CONTROLS = tuple(bytes((code,)) for code in (*range(1, 9), 11, 12, *range(14, 32), 127))


@dataclass(frozen=True, slots=True)
class OddRecord:
    """A record whose cells no reader of lines may be trusted with: the row it takes, its cells and its trouble."""

    row: int
    cells: list[str]
    trouble: Trouble | None
    column: int = -1  # the cell with the trouble


class Signs(NamedTuple):
    """Control characters that do not stand in a block, and what each stands for in its text."""

    mark: str
    line_feed: str
    carriage_return: str
    blot: str
    feed: str


@dataclass(frozen=True, slots=True)
class Split:
    """The records of one block. `ends` are byte offsets into `original`, `lines` physical line numbers.

    `inner` are the line ends inside quotes, `lone` the CRs that end a line by themselves. Without `signs` every record
    is odd. The text is made by whoever parses it, which may be another process.
    """

    original: bytes
    signs: Signs | None
    inner: Places
    lone: Places
    ends: Places
    lines: Places
    odd: list[OddRecord] = field(default_factory=list)
    is_cut: bool = False  # the last record is the last of the file and no line end follows it

    @property
    def starts(self) -> Places:
        """Byte offsets into `original`."""
        return np.concatenate(([0], self.ends[:-1] + 1))

    def odd_ones(self, delimiter: str, width: int) -> int:
        """About how many records will have to be looked at one by one: those known, or by the cells too few or many."""
        signs = np.frombuffer(self.original, np.uint8) == ord(delimiter)
        amiss = self.ends.size * (width - 1) - int(np.count_nonzero(signs))
        if amiss < 0 and _QUOTE in self.original:  # it may be delimiters inside quotes
            amiss = 0
        return max(len(self.odd), abs(amiss) // max(width - 1, 1))

    def parts(self, most: int) -> Iterator["Split"]:
        """The same records in splits of at most so many."""
        starts = self.starts
        for first in range(0, self.ends.size, most):
            last = min(first + most, self.ends.size)
            start, end = int(starts[first]), int(self.ends[last - 1]) + 1
            inner, lone = (places[(places >= start) & (places < end)] - start for places in (self.inner, self.lone))
            odd = [replace(one, row=one.row - first) for one in self.odd if first <= one.row < last]
            original, ends, lines = self.original[start:end], self.ends[first:last] - start, self.lines[first:last]
            is_cut = self.is_cut and last == self.ends.size
            yield Split(original, self.signs, inner, lone, ends, lines, odd, is_cut)

    def raw(self, row: int) -> str:
        """The record as it stands in the file, without its last line end."""
        start = int(self.ends[row - 1]) + 1 if row else 0
        return self.original[start : self.ends[row]].decode("utf-8", "replace")

    def text(self, delimiter: str) -> bytes:
        """One line for each record, ended by the mark as a last cell and LF.

        The signs for LF and CR stand for line ends inside quotes; the line of an odd record is blotted out.
        """
        if self.signs is None:
            return b""
        plain, starts = np.frombuffer(self.original, np.uint8).copy(), self.starts
        plain[self.lone] = _LF
        plain[self.inner] = ord(self.signs.line_feed)
        plain[np.intersect1d(self.inner, self.lone, assume_unique=True)] = ord(self.signs.carriage_return)
        for record in self.odd:
            end = self.ends[record.row]
            plain[starts[record.row] : end - (plain[end - 1] == _CR)] = ord(self.signs.blot)
        return _marked(plain, starts, self.ends, delimiter.encode(), self.signs)


def _marked(plain: NDArray[np.uint8], starts: Places, ends: Places, sign: bytes, signs: Signs) -> bytes:
    """Each line with the mark as one more cell; the CR of a CRLF goes, and gives its place to the delimiter.

    A sign stands meanwhile for the LF of lines without a CR: to replace one byte is far quicker than two.
    """
    mark, feed = signs.mark.encode(), signs.feed.encode()
    before = ends - 1
    has_return = (plain[before] == _CR) & (ends > starts)
    if not has_return.any():
        return plain.tobytes().replace(b"\n", sign + mark + b"\n")
    plain[before[has_return]] = sign[0]
    plain[ends[~has_return]] = feed[0]
    text = plain.tobytes().replace(b"\n", mark + b"\n")
    return text if has_return.all() else text.replace(feed, sign + mark + b"\n")


@dataclass(slots=True)
class _Cut:
    """Which line ends of a block end a record, and what was decided about odd lines."""

    ends: NDArray[np.bool_]
    odd: list[tuple[int, list[str], Trouble | None, int]] = field(default_factory=list)  # by their first line's number
    whole: int = 0  # lines that are decided; what follows waits for the next block


class Splitter:
    """Cuts the UTF-8 text of one file, block after block. `lines` is the number of physical lines cut so far."""

    def __init__(self, delimiter: str, width: int = 0) -> None:
        self.lines = 0
        self._delimiter, self._width = delimiter, width
        self._odd_lines = OddLines(delimiter, width)

    def split(self, data: bytes, *, is_last: bool) -> tuple[Split | None, bytes]:
        """The records that are whole in `data`, and the bytes after them. `data` starts where a record starts."""
        is_cut = is_last and bool(data) and data[-1] not in (_LF, _CR)
        if is_cut:
            data += b"\n"
        held = 1 if data.endswith(b"\r") and not is_last else 0  # its LF may stand in the next block
        plain = np.frombuffer(data, np.uint8, len(data) - held).copy()
        newlines = np.flatnonzero(plain == _LF)
        lone = _lone_carriage_returns(plain, newlines) if b"\r" in data else np.empty(0, np.int64)
        if lone.size:
            plain[lone] = _LF
            newlines = np.flatnonzero(plain == _LF)
        if not newlines.size:
            return None, data
        cut = self._cut(data, plain, newlines, is_last=is_last)
        if not cut.whole:
            return None, data
        size = int(newlines[cut.whole - 1]) + 1
        split = self._split(data[:size], newlines[: cut.whole], lone, cut)
        self.lines += cut.whole
        return replace(split, is_cut=is_cut and size == len(data)), data[size:]

    def _cut(self, data: bytes, plain: NDArray[np.uint8], newlines: Places, *, is_last: bool) -> _Cut:
        size = int(newlines[-1]) + 1
        quotes = np.flatnonzero(plain[:size] == _QUOTE)
        longest = int(np.diff(newlines, prepend=-1).max())
        if not quotes.size and longest <= RECORD_CHARACTERS:
            return _Cut(np.ones(newlines.size, np.bool_), whole=newlines.size)
        if longest <= RECORD_CHARACTERS and self._stand_well(plain, quotes):
            ends = np.searchsorted(quotes, newlines) % 2 == 0
            last = np.flatnonzero(ends)
            whole = int(last[-1]) + 1 if last.size else 0
            waits = size - (int(newlines[whole - 1]) + 1 if whole else 0)
            spans = np.diff(last, prepend=-1).max() if last.size else 0
            bytes_ = np.diff(newlines[last], prepend=-1).max() if last.size else 0
            is_closed = whole == newlines.size or (
                not is_last and waits < RECORD_CHARACTERS and newlines.size - whole < RECORD_LINES
            )
            is_bounded = spans <= RECORD_LINES and bytes_ <= RECORD_CHARACTERS
            if is_closed and is_bounded and not self._swallows(data, newlines, ends[:whole]):
                return _Cut(ends[:whole], whole=whole)
        return self._cut_by_line(data, plain, newlines, quotes, is_last=is_last)

    def _swallows(self, data: bytes, newlines: Places, ends: NDArray[np.bool_]) -> bool:
        """True where a record of several lines may have swallowed others."""
        inner = np.flatnonzero(~ends) + 1
        if not inner.size:
            return False
        places = np.arange(ends.size)
        is_first = np.concatenate(([True], ends[:-1]))
        firsts = np.maximum.accumulate(np.where(is_first, places, 0))[inner]
        return bool(self._row_like(data, newlines, firsts, inner).any())

    def _row_like(self, data: bytes, newlines: Places, firsts: Places, inner: Places) -> NDArray[np.bool_]:
        """Which inner lines of records (whose first lines are given) may be rows of the table each by itself.

        They have signs enough between cells, or an address as the first line has one.
        """
        if self._width < 2:
            return np.zeros(inner.size, np.bool_)
        sign, most, count, find = self._delimiter.encode(), self._width - 1, data.count, data.find
        before = np.where(firsts > 0, newlines[firsts - 1], 0).tolist()
        lines = zip(
            newlines[inner - 1].tolist(), newlines[inner].tolist(), before, newlines[firsts].tolist(), strict=True
        )
        told = (
            count(sign, start, end) >= most or (find(b"@", start, end) >= 0 and find(b"@", first, after) >= 0)
            for start, end, first, after in lines
        )
        return np.fromiter(told, np.bool_, inner.size)

    def _stand_well(self, plain: NDArray[np.uint8], quotes: Places) -> bool:
        return bool(self._is_well(plain, quotes, np.arange(quotes.size) % 2 == 0).all())

    def _is_well(self, plain: NDArray[np.uint8], quotes: Places, opens: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """For each quote: an opening one follows, and a closing one precedes, a delimiter, a line end or its twin."""
        beside = np.where(opens, quotes - 1, quotes + 1)
        is_edge = (beside < 0) | (beside >= plain.size)
        near = plain[np.clip(beside, 0, plain.size - 1)]
        well = is_edge | (near == _LF) | (near == _QUOTE) | (near == ord(self._delimiter))
        result: NDArray[np.bool_] = well | ((near == _CR) & ~opens)
        return result

    def _cut_by_line(
        self, data: bytes, plain: NDArray[np.uint8], newlines: Places, quotes: Places, *, is_last: bool
    ) -> _Cut:
        """Every line for itself; the odd ones one after the other, because each may take the lines that follow."""
        firsts = np.concatenate(([0], newlines[:-1] + 1))
        at = np.searchsorted(newlines, quotes)
        place = np.arange(quotes.size) - np.searchsorted(at, at)
        is_odd = np.bincount(at, minlength=newlines.size) % 2 == 1
        is_odd[at[~self._is_well(plain, quotes, place % 2 == 0)]] = True
        is_odd |= newlines + 1 - firsts > RECORD_CHARACTERS
        ends_at = self._plain_ends(plain, newlines, quotes, at, place)
        self._doubt_pairs(data, newlines, ends_at)

        begins, closes, quoted_at = firsts.tolist(), newlines.tolist(), at.tolist()  # quicker one by one

        def lines(first: int, after: int) -> str:
            return data[begins[first] : closes[after - 1] + 1].decode("utf-8", "replace")

        def following(number: int) -> Iterator[Piece]:
            while number < len(closes):
                coming = bisect_left(quoted_at, number)
                quoted = quoted_at[coming] if coming < len(quoted_at) else len(closes)
                after = max(number + 1, min(quoted, number + RECORD_LINES))
                yield lines(number, after), after - number
                number = after
            if not is_last:
                raise MoreNeeded

        cut, free, ends = _Cut(np.ones(newlines.size, np.bool_), whole=newlines.size), 0, ends_at.tolist()
        for number in np.flatnonzero(is_odd).tolist():
            if number < free:
                continue
            if (end := ends[number]) and not self._odd_lines.is_hopeless(self.lines + number + 1):
                free = end + 1
                cut.ends[number:end] = False
                continue
            try:
                text, trouble, count = self._odd_lines.decide(
                    self.lines + number + 1, lines(number, number + 1), following(number + 1)
                )
            except MoreNeeded:
                cut.whole = number
                break
            free = number + count
            cut.ends[number : free - 1] = False
            if trouble is not None or not self._odd_lines.is_well_formed(text):
                whole = text if trouble is not Trouble.TOO_LONG else lines(number, number + 1)
                column = self._odd_lines.column(whole, trouble)
                cut.odd.append((number, self._odd_lines.cells(text, trouble), trouble, column))
        cut.ends = cut.ends[: cut.whole]
        return cut

    def _plain_ends(
        self, plain: NDArray[np.uint8], newlines: Places, quotes: Places, at: Places, place: Places
    ) -> Places:
        """For each line the line on which its record ends, where that is the next one with quotes and all stand well.

        0 where nothing is sure: `records.OddLines` decides there.
        """
        ends = np.zeros(newlines.size, np.int64)
        quoted, counts = np.unique(at, return_counts=True)
        opens = self._is_well(plain, quotes, place % 2 == 0)
        closes = self._is_well(plain, quotes, place % 2 == 1)
        opens_well, closes_well = (np.bincount(at, ~well, newlines.size)[quoted] == 0 for well in (opens, closes))
        is_single = counts % 2 == 1
        if quoted.size > 1:
            first, last = quoted[:-1], quoted[1:]
            is_sure = opens_well[:-1] & is_single[:-1] & closes_well[1:] & is_single[1:]
            before = np.where(first > 0, newlines[first - 1], -1)
            is_sure &= (last - first < RECORD_LINES) & (newlines[last] - before <= RECORD_CHARACTERS)
            ends[first[is_sure]] = last[is_sure]
        return ends

    def _doubt_pairs(self, data: bytes, newlines: Places, ends_at: Places) -> None:
        """Nothing is sure where a record would hold a line that could be a row by itself."""
        firsts = np.flatnonzero(ends_at)
        spans = ends_at[firsts] - firsts
        inner = np.repeat(firsts - np.cumsum(spans) + spans, spans) + np.arange(1, spans.sum() + 1)
        rows = np.repeat(firsts, spans)
        ends_at[rows[self._row_like(data, newlines, rows, inner)]] = 0

    def _split(self, data: bytes, newlines: Places, lone: Places, cut: _Cut) -> Split:
        ends = newlines[cut.ends]
        lines = self.lines + 1 + np.concatenate(([0], np.flatnonzero(cut.ends)[:-1] + 1))
        split = Split(data, _free_signs(data), newlines[~cut.ends], lone[lone < len(data)], ends, lines)
        odd = self._odd_records(cut)
        if split.signs is None:  # then no sign is left to stand for a line end
            told, cells = {record.row: record for record in odd}, self._odd_lines.cells
            odd = [told.get(row) or OddRecord(row, cells(split.raw(row), None), None) for row in range(ends.size)]
        split.odd.extend(odd)
        return split

    def _odd_records(self, cut: _Cut) -> list[OddRecord]:
        rows = np.cumsum(cut.ends)
        return [
            OddRecord(int(rows[number - 1]) if number else 0, cells, trouble, column)
            for number, cells, trouble, column in cut.odd
        ]


def _lone_carriage_returns(plain: NDArray[np.uint8], newlines: Places) -> Places:
    """Where CR ends a line by itself."""
    is_return = plain == _CR
    before = newlines[newlines > 0] - 1
    if np.count_nonzero(is_return) == np.count_nonzero(is_return[before]):
        return np.empty(0, np.int64)
    returns = np.flatnonzero(is_return)
    after = np.minimum(returns + 1, plain.size - 1)
    lone: Places = returns[(plain[after] != _LF) | (after == returns)]
    return lone


def _free_signs(data: bytes) -> Signs | None:
    """None where too few are left."""
    signs = list(islice((sign.decode() for sign in _CONTROLS if sign not in data), len(Signs._fields)))
    return Signs(*signs) if len(signs) == len(Signs._fields) else None
