"""A few contacts for the test import that together show everything: each tag, each word, odd signs, the longest values.

One pass, bounded memory: of each thing that a sample should show, a few rows that have it are kept as they stand in the
import files; at the end the fewest of them are chosen, and ordinary people fill the rest.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from engine.contacts.report import Pack
from engine.contacts.rows import Setting
from engine.contacts.shaping import Shape
from engine.contacts.splitting import Places
from engine.contacts.tag_cells import split_tags
from engine.contacts.vocabulary import plain
from engine.contacts.written import Sheet

SIZE = 25
KEPT = 3  # rows kept for each thing: some may turn out to belong to people about whom the file disagrees
TAGS_NAMED = 200
_MOST_THINGS, _MOST_CELLS = 30_000, 100_000
_ROOM, _LONGEST_ROW = 32 << 20, 256 << 10  # bytes of all rows kept, and of one
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
SIGNS = {
    "letters beyond A to Z": re.compile(r"[^\x00-\x7f\W\d_]"),
    "emoji": re.compile(f"[{chr(0x2600)}-{chr(0x27BF)}{chr(0x1F000)}-{chr(0x1FAFF)}]"),
    "quotation marks": re.compile('"'),
    "apostrophes": re.compile("['\u2019]"),
    "commas": re.compile(","),
    "line ends": re.compile("[\r\n]"),
}
_EMOJI_BYTES = (b"\xf0\x9f", *(bytes((0xE2, second)) for second in range(0x98, 0x9F)))

Thing = tuple[str, str]  # what a sample should show: its kind and its name


@dataclass(frozen=True, slots=True)
class Kept:
    """A row as it stands in its import file."""

    text: bytes
    group: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows of one group. Row n stands in the text from ends[n] to ends[n + 1]."""

    group: str
    frame: pl.DataFrame
    text: memoryview
    ends: Places
    lines: Places


class Sampler:
    """Gathers rows for the sample of one file."""

    def __init__(self, setting: Setting, shape: Shape, size: int = SIZE) -> None:
        self._size, self._columns = size, setting.columns
        self._separator = setting.target.tag_separator or setting.tag_separator
        self._kept = shape.kept
        told = (setting.columns.status, setting.columns.consent)
        self._worded = [number for number in told if number in self._kept]
        self._tagged = [number for number in setting.columns.tags if number in self._kept]
        self._searched = [number for number in self._kept if number not in setting.columns.tags]
        self._rows: dict[int, Kept] = {}  # by the line in the original
        self._room = _ROOM
        self._holders: dict[Thing, list[int]] = {}
        self._richest: dict[Thing, int] = {}
        self._refused: set[Thing] = set()
        self._cells: dict[tuple[int, str], int] = {}
        self._bytes = dict.fromkeys(self._kept, 0)
        self._characters = dict.fromkeys(self._kept, 0)
        self._ordinary: list[tuple[int, int]] = []  # a number like chance and a line, the lowest first

    def take(self, rows: Stretch) -> None:
        """Look at more rows that go into an import file."""
        self._offer(("group", rows.group), rows, range(KEPT))
        for number in self._worded + self._tagged:
            self._look_at_cells(rows, number)
        self._look_for_signs(rows)
        self._measure(rows)
        self._spread(rows)

    def _offer(self, thing: Thing, rows: Stretch, places: Iterable[int]) -> None:
        held = self._holders.get(thing)
        if held is None:
            if len(self._holders) >= _MOST_THINGS:
                self._refuse(thing)
                return
            held = self._holders[thing] = []
        for place in places:
            if len(held) >= KEPT or place >= rows.lines.size:
                return
            line = int(rows.lines[place])
            if line not in held and self._keep(line, rows, place):
                held.append(line)
        if not held:
            self._refuse(thing)

    def _refuse(self, thing: Thing) -> None:
        if len(self._refused) < _MOST_THINGS:
            self._refused.add(thing)

    def _keep(self, line: int, rows: Stretch, place: int) -> bool:
        if line not in self._rows:
            text = bytes(rows.text[rows.ends[place] : rows.ends[place + 1]])
            if len(text) > _LONGEST_ROW or len(text) > self._room:
                return False
            self._rows[line] = Kept(text, rows.group)
            self._room -= len(text)
        return True

    def _look_at_cells(self, rows: Stretch, number: int) -> None:
        """Each text of a column of words or tags, until enough rows with it are kept."""
        name = str(number)
        cells = rows.frame.select(name).with_row_index("place")
        found = cells.group_by(name, maintain_order=True).agg(pl.col("place").head(KEPT))
        if len(self._cells) > _MOST_CELLS:
            self._cells.clear()
        for cell, first in found.iter_rows():
            seen = self._cells.get((number, cell), 0)
            if seen < KEPT:
                self._cells[number, cell] = seen + len(first)
                self._look_at_cell(rows, number, cell, first)

    def _look_at_cell(self, rows: Stretch, number: int, cell: str, places: Sequence[int]) -> None:
        things = self._things_of(number, cell)
        for thing in things:
            self._offer(thing, rows, places)
            if len(things) > self._richest.get(thing, 0) and self._keep(int(rows.lines[places[0]]), rows, places[0]):
                self._richest[thing] = len(things)  # who has many tags at once makes the sample small

    def _things_of(self, number: int, cell: str) -> list[Thing]:
        if number in self._tagged:
            return [("tag", tag) for tag in dict.fromkeys(split_tags(cell, self._separator))]
        return [(self._columns.name(number), plain(cell) or "blank")]

    def _look_for_signs(self, rows: Stretch) -> None:
        text = bytes(rows.text[rows.ends[0] : rows.ends[-1]])
        for name in _signs_in(text, rows.lines.size):
            if len(self._holders.get(("sign", name), ())) < KEPT:
                cells = [pl.col(str(number)).str.contains(SIGNS[name].pattern) for number in self._searched]
                has = rows.frame.select(pl.any_horizontal(cells).alias("has"))["has"]
                if has.any():
                    self._offer(("sign", name), rows, has.arg_true().head(KEPT).to_list())

    def _measure(self, rows: Stretch) -> None:
        """Characters are counted only where the bytes, which are known, are more than before."""
        for number, most in zip(self._kept, rows.frame.select(pl.all().str.len_bytes().max()).row(0), strict=True):
            if most <= self._bytes[number]:
                continue
            self._bytes[number] = most
            lengths = rows.frame[str(number)].str.len_chars()
            place = lengths.arg_max() or 0
            if lengths[place] > self._characters[number] and self._keep(int(rows.lines[place]), rows, place):
                self._characters[number] = lengths[place]
                holders = self._holders.setdefault(("longest", str(number)), [])
                holders[:] = [*holders, int(rows.lines[place])][-KEPT:]

    def _spread(self, rows: Stretch) -> None:
        """Ordinary people from all over the file; the same ones each time."""
        most = KEPT * self._size
        ranks = rows.lines.astype(np.uint64) * _SPREAD
        for place in np.argsort(ranks, kind="stable")[:most].tolist():
            rank = int(ranks[place])
            if len(self._ordinary) >= most and rank >= self._ordinary[-1][0]:
                break
            if self._keep(int(rows.lines[place]), rows, place):
                self._ordinary = sorted([*self._ordinary, (rank, int(rows.lines[place]))])[:most]

    def close(self, held_back: frozenset[int]) -> tuple[list[bytes], dict[str, Any]]:
        """The chosen rows in the order of the original, and what they show; without the lines that are held back."""
        shows = {line: self._shown(line, row) for line, row in self._rows.items() if line not in held_back}
        gone = {
            thing for thing, lines in self._holders.items()
            if thing not in self._refused and len(lines) < KEPT and held_back.issuperset(lines)
        }  # fmt: skip
        wanted = (set(self._holders) | self._refused).union(*shows.values()) - gone
        chosen = cover(shows, self._size)
        for _, line in self._ordinary:
            if len(chosen) < self._size and line in shows and line not in chosen:
                chosen.append(line)
        shown: set[Thing] = set().union(*(shows[line] for line in chosen))
        return [self._rows[line].text for line in sorted(chosen)], _told(wanted, shown)

    def _shown(self, line: int, row: Kept) -> frozenset[Thing]:
        csv.field_size_limit(_LONGEST_ROW * 2)
        cells = dict(zip(self._kept, next(csv.reader(io.StringIO(row.text.decode(), newline=""))), strict=True))
        things: set[Thing] = {("group", row.group)}
        for number in self._worded + self._tagged:
            things.update(self._things_of(number, cells[number]))
        for name, pattern in SIGNS.items():
            if any(pattern.search(cells[number]) for number in self._searched):
                things.add(("sign", name))
        for number in self._kept:
            if line in self._holders.get(("longest", str(number)), ()) and (
                len(cells[number]) == self._characters[number]
            ):
                things.add(("longest", str(number)))
        return frozenset(things)


def _signs_in(text: bytes, records: int) -> Iterable[str]:
    """Which odd signs may stand in well-formed CSV of ours; cheaper than to ask each cell."""
    if not text.isascii():
        yield "letters beyond A to Z"
        if any(sign in text for sign in _EMOJI_BYTES):
            yield "emoji"
    if b'""' in text:
        yield "quotation marks"
    if b"'" in text or b"\xe2\x80\x99" in text:
        yield "apostrophes"
    if b'"' in text:
        yield "commas"
        if text.count(b"\n") > records or text.count(b"\r") > records:
            yield "line ends"


def cover(shows: dict[int, frozenset[Thing]], size: int) -> list[int]:
    """At most so many rows that show as much as can be; all tags, where so many rows can show them."""
    tags = {line: frozenset(thing for thing in things if thing[0] == "tag") for line, things in shows.items()}
    by_tags = _greedy(tags, shows, size)
    if len(frozenset().union(*tags.values())) > len(frozenset().union(*(tags[line] for line in by_tags))):
        return _greedy(shows, shows, size)
    return _greedy(shows, shows, size, by_tags)


def _greedy(
    parts: dict[int, frozenset[Thing]], shows: dict[int, frozenset[Thing]], size: int, begun: Sequence[int] = ()
) -> list[int]:
    """Again and again the row that shows most of what is not shown yet; by `parts`, among alike by all it shows."""
    chosen = list(begun)
    shown: set[Thing] = set().union(*(shows[line] for line in chosen))
    left = {line: things for line, things in parts.items() if things and line not in chosen}
    while left and len(chosen) < size:
        best = max(left, key=lambda line: (len(left[line] - shown), len(shows[line] - shown), -line))
        if not left[best] - shown:
            break
        chosen.append(best)
        shown |= shows[best]
        left = {line: rest for line, things in left.items() if (rest := things - shown)}
    return chosen


def _told(wanted: set[Thing], shown: set[Thing]) -> dict[str, Any]:
    """What the sample shows of what there is, and what it leaves out, by name."""
    kinds = {"tag": "tags", "sign": "signs", "longest": "longest", "group": "groups"}
    counts = {name: [0, 0] for name in ("tags", "words", "signs", "longest", "groups")}
    for thing in wanted:
        pair = counts[kinds.get(thing[0], "words")]
        pair[0], pair[1] = pair[0] + (thing in shown), pair[1] + 1
    left = sorted(name for kind, name in wanted - shown if kind == "tag")
    words = sorted(f"{kind}: {name}" for kind, name in wanted - shown if kind not in kinds)
    return {"shows": counts, "tags_left": left[:TAGS_NAMED], "words_left": words[:TAGS_NAMED]}


def write_sample(sampler: Sampler, held_back: Iterable[int], sheet: Sheet) -> tuple[Pack, dict[str, Any]]:
    """The sample as a file of its own."""
    rows, told = sampler.close(frozenset(held_back))
    sheet.put(b"".join(rows), len(rows))
    return sheet.close(), told
