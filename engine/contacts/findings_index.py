"""The index beside findings.csv: where each finding stands in it, its line, rule and column, in the order of the file.

A page of findings is found in it and read from findings.csv without reading the rest, however many there are. Layout:
16 bytes that name the format, one fixed record a finding (ENTRY), JSON with the rules and columns that the records
number, and the length of that JSON. Numbers are little-endian.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"findings index 1"
ENTRY = np.dtype([("offset", "<u8"), ("line", "<u4"), ("rule", "<u2"), ("column", "<u2")])
LOOKED_AT = 32_768  # entries at a time: the memory of a search does not grow with the file
LONGEST = 1 << 20  # bytes of one finding; ours have a few hundred
_MOST_LINE, _MOST_NAMES = 2**32 - 1, 2**16
_LENGTH = np.dtype("<u8")

Entries = NDArray[Any]
Rule = tuple[str, str]  # code, severity


class NoIndex(Exception):
    """There is no index, or not one of ours; the file has to be judged again."""


class IndexWriter:
    """Writes an index while the findings are written."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("wb")
        self._stream.write(MAGIC)
        self._rules: dict[Rule, int] = {}
        self._columns: dict[str, int] = {}
        self._rule_counts = np.zeros(0, np.int64)
        self._column_counts = np.zeros(0, np.int64)

    def rule(self, code: str, severity: str) -> int:
        """The number of a rule in this file."""
        return _number(self._rules, (code, severity))

    def column(self, name: str) -> int:
        """The number of a column in this file."""
        return _number(self._columns, name)

    def add(self, offsets: Any, lines: Any, rules: Any, columns: Any) -> None:
        """Findings in the order of findings.csv; offsets are those of their first bytes."""
        entries = np.empty(len(offsets), ENTRY)
        entries["offset"], entries["line"] = offsets, np.minimum(lines, _MOST_LINE)
        entries["rule"], entries["column"] = rules, columns
        self._stream.write(entries.tobytes())
        self._rule_counts = _counted(self._rule_counts, entries["rule"])
        self._column_counts = _counted(self._column_counts, entries["column"])

    def close(self) -> None:
        """Write what the numbers mean."""
        named = {
            "rules": [[*rule, int(self._rule_counts[number])] for rule, number in self._rules.items()],
            "columns": [[name, int(self._column_counts[number])] for name, number in self._columns.items()],
        }
        data = json.dumps(named, ensure_ascii=True).encode()
        self._stream.write(data + np.array([len(data)], _LENGTH).tobytes())
        self._stream.close()

    def abandon(self) -> None:
        """Close it without a word; the folder goes."""
        self._stream.close()


def _number(numbers: dict[Any, int], key: Any) -> int:
    number = numbers.setdefault(key, len(numbers))
    if number >= _MOST_NAMES:
        raise ValueError("A file has more rules or columns than an index can number.")
    return number


def _counted(counts: NDArray[np.int64], numbers: NDArray[Any]) -> NDArray[np.int64]:
    more = np.bincount(numbers, minlength=counts.size)
    more[: counts.size] += counts
    return more


@dataclass(frozen=True, slots=True)
class Asked:
    """Which findings are wanted; empty means any."""

    code: str = ""
    severity: str = ""
    column: str | None = None  # "" are the findings about no column
    line_from: int = 0
    line_to: int = 0

    @property
    def is_all(self) -> bool:
        return self == Asked()


@dataclass(frozen=True, slots=True)
class IndexedFinding:
    """One row of findings.csv, as it stands there: guarded against formulas."""

    code: str
    severity: str
    line: int
    record: int
    column: str
    value: str
    message: str
    suggestion: str


class FindingsIndex:
    """An index that is read; the entries stay in the file, and no more than a part of them is in memory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with path.open("rb") as stream:
                named, self.size = _read_names(stream)
            self.rules: list[tuple[str, str, int]] = [(code, severity, n) for code, severity, n in named["rules"]]
            self.columns: list[tuple[str, int]] = [(name, n) for name, n in named["columns"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NoIndex(str(path.name)) from error

    def entries(self, start: int, count: int) -> Entries:
        """Some entries, fewer at the end."""
        wanted = max(min(count, self.size - start), 0)
        return np.fromfile(self._path, ENTRY, wanted, offset=len(MAGIC) + start * ENTRY.itemsize)

    def counts(self) -> Mapping[str, int]:
        """How many findings each code has."""
        counts: dict[str, int] = {}
        for code, _, count in self.rules:
            counts[code] = counts.get(code, 0) + count
        return counts

    def matching(self, asked: Asked) -> "Matches":
        """The findings that are wanted, in the order of the file."""
        return Matches(self, asked)


def _read_names(stream: IO[bytes]) -> tuple[dict[str, Any], int]:
    """What the numbers mean, and how many entries there are."""
    if stream.read(len(MAGIC)) != MAGIC:
        raise ValueError("not an index of ours")
    end = stream.seek(-_LENGTH.itemsize, io.SEEK_END)
    length = int(np.frombuffer(stream.read(_LENGTH.itemsize), _LENGTH)[0])
    entries, rest = divmod(end - length - len(MAGIC), ENTRY.itemsize)
    if entries < 0 or rest:
        raise ValueError("cut off")
    stream.seek(end - length)
    named: dict[str, Any] = json.loads(stream.read(length))
    return named, entries


class Matches:
    """The findings that one question wants. Counted once; pages and positions come from the counts of the parts."""

    def __init__(self, index: FindingsIndex, asked: Asked) -> None:
        self._index, self._asked = index, asked
        self._rules = _wanted(index.rules, lambda rule: _fits(rule, asked), is_any=not (asked.code or asked.severity))
        self._columns = _wanted(index.columns, lambda one: one[0] == asked.column, is_any=asked.column is None)
        self._all = asked.is_all
        sizes = [self._size(start) for start in range(0, index.size, LOOKED_AT)]
        self._ends = np.cumsum(np.array(sizes, np.int64))

    def __len__(self) -> int:
        return int(self._ends[-1]) if self._ends.size else 0

    def __getitem__(self, wanted: slice) -> list[int]:
        """The places in the index of some matches, for a paginator."""
        start, stop, _ = wanted.indices(len(self))
        found: list[int] = []
        part = int(np.searchsorted(self._ends, start, "right"))
        while len(found) < stop - start:
            before = int(self._ends[part - 1]) if part else 0
            places = self._places(part)
            found += places[max(start - before, 0) : stop - before].tolist()
            part += 1
        return found

    def position_of_line(self, line: int) -> int:
        """How many matches stand before the first one on that line or a later one; findings on no line are passed."""
        for part in range(self._ends.size):
            entries = self._entries(part)
            reached = np.flatnonzero(entries["line"][self._fitting(entries)] >= max(line, 1))
            if reached.size:
                return (int(self._ends[part - 1]) if part else 0) + int(reached[0])
        return max(len(self) - 1, 0)

    def spans(self) -> Iterator[Entries]:
        """Where matches begin and end in findings.csv, those that follow one another as one: pairs, part by part.

        The end of the last finding of all is told as the largest number there is.
        """
        for part in range(self._ends.size):
            entries = self._index.entries(part * LOOKED_AT, LOOKED_AT + 1)
            fitting = self._fitting(entries[:LOOKED_AT])
            if fitting.size:
                is_new = np.diff(fitting, prepend=-2) > 1
                lasts = fitting[np.append(np.flatnonzero(is_new)[1:] - 1, fitting.size - 1)]
                behind = np.append(entries["offset"], np.array([2**63 - 1], "<u8"))
                yield np.stack((entries["offset"][fitting[is_new]], behind[lasts + 1]), axis=1)

    def _size(self, start: int) -> int:
        if self._all:
            return min(LOOKED_AT, self._index.size - start)
        return int(self._fitting(self._index.entries(start, LOOKED_AT)).size)

    def _entries(self, part: int) -> Entries:
        return self._index.entries(part * LOOKED_AT, LOOKED_AT)

    def _places(self, part: int) -> NDArray[np.int64]:
        return part * LOOKED_AT + self._fitting(self._entries(part))

    def _fitting(self, entries: Entries) -> NDArray[np.int64]:
        """Which entries of a part are wanted."""
        mask = self._mask(entries)
        return np.arange(len(entries)) if mask is None else np.flatnonzero(mask)

    def _mask(self, entries: Entries) -> NDArray[np.bool_] | None:
        """Which entries of a part fit; None where all do."""
        mask: NDArray[np.bool_] | None = None
        for name, table in (("rule", self._rules), ("column", self._columns)):
            if table is not None:
                fit = table[entries[name]]
                mask = fit if mask is None else mask & fit
        if self._asked.line_from or self._asked.line_to:
            lines = entries["line"]
            fit = (lines >= max(self._asked.line_from, 1)) & (lines <= (self._asked.line_to or _MOST_LINE))
            mask = fit if mask is None else mask & fit
        return mask


def _fits(rule: tuple[str, str, int], asked: Asked) -> bool:
    return (not asked.code or rule[0] == asked.code) and (not asked.severity or rule[1] == asked.severity)


def _wanted(named: list[Any], fits: Any, *, is_any: bool) -> NDArray[np.bool_] | None:
    """By number: whether it is wanted."""
    return None if is_any else np.array([fits(one) for one in named], np.bool_)


def read_findings(findings: Path, index: FindingsIndex, places: list[int]) -> list[IndexedFinding]:
    """The rows of findings.csv at these places of its index."""
    found = []
    with findings.open("rb") as stream:
        for place in places:
            start, *behind = index.entries(place, 2)["offset"].tolist()
            stream.seek(start)
            data = stream.read(min(behind[0] - start, LONGEST) if behind else LONGEST)
            found.append(_row(data.decode("utf-8", "replace")))
    return found


def _row(text: str) -> IndexedFinding:
    code, severity, line, record, *texts = (next(csv.reader(io.StringIO(text, newline="")), []) + [""] * 8)[:8]
    return IndexedFinding(code, severity, _whole(line), _whole(record), *texts)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


def copied(findings: Path, matches: Matches) -> Iterator[bytes]:
    """The header and the wanted rows of findings.csv, byte by byte as they stand there."""
    with findings.open("rb") as stream:
        size = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        pieces = bytearray(stream.readline())
        for spans in matches.spans():
            for start, end in spans.tolist():
                stream.seek(start)
                pieces += stream.read(min(end, size) - start)
                if len(pieces) >= LONGEST:
                    yield bytes(pieces)
                    pieces.clear()
        yield bytes(pieces)
