"""The persons of two exports of one list as numbers, and what changed between them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.contacts.block_judging import SEGMENTS, Judged
from engine.contacts.columns import comparable
from engine.contacts.persons import Hashes, Numbers, TagCodes, places_among, tag_pairs
from engine.contacts.rows import Segment, Setting
from engine.contacts.screens import MEANINGS
from engine.findings import Finding

COLUMNS_TOLD = 32  # of so many columns it is told how many people changed them
SHOWN_TAGS = 2_000
DUPLICATE = SEGMENTS.index(Segment.DUPLICATE)
_BLOCKED = MEANINGS.index("blocked")
_STEP = 0x9E3779B97F4A7C15


class Change(IntEnum):
    """What became of a person of the newer export; every one is exactly one of these."""

    NEW = 1
    NEW_KEPT_OUT = 2  # new, and may not be mailed
    SAME = 3
    CHANGED = 4
    NEWLY_SUPPRESSED = 5  # could be mailed before, and may not any more
    ALLOWED_AGAIN = 6
    STILL_KEPT_OUT = 7


@dataclass(frozen=True, slots=True)
class Compared:
    """The columns that both exports have, by their comparable names, without the one by which a person is known."""

    names: Sequence[str]
    shown: Sequence[str]


def compared_columns(setting: Setting, other: Sequence[str]) -> Compared:
    """What is compared: not the last sign of life, which moves for everybody who reads, and nothing left behind."""
    columns, there = setting.columns, {comparable(name) for name in other}
    left_out = columns.ignored | {columns.email, columns.last_active}
    kept: dict[str, str] = {}
    for number, name in enumerate(columns.header):
        if number not in left_out and comparable(name) in there:
            kept.setdefault(comparable(name), columns.name(number))
    return Compared(list(kept), list(kept.values()))


class People:
    """Gathers the persons of one export while it is judged: about 30 bytes a row, and two for each column told."""

    def __init__(self, tags: TagCodes, other: Sequence[str], compared: Compared | None = None) -> None:
        self.codes, self._other = tags, other
        self.compared = compared
        self.setting: Setting | None = None
        self.rows = 0
        self._parts: list[tuple[NDArray[Any], ...]] = []

    def begin(self, setting: Setting) -> None:
        """Find the compared columns in this file."""
        self.setting = setting
        if self.compared is None:
            self.compared = compared_columns(setting, self._other)
        places = {comparable(name): number for number, name in reversed(list(enumerate(setting.columns.header)))}
        tagged = set(setting.columns.tags)
        self._numbers = [places[name] for name in self.compared.names]
        self._plain = [(step, number) for step, number in enumerate(self._numbers, 1) if number not in tagged]

    def finding(self, finding: Finding) -> None:
        """The report of each file tells it."""

    def block(self, judged: Judged) -> None:
        """Keep the numbers of each row that has an address."""
        frame, places = judged.every_row()
        self.rows += judged.segments.size
        meaning = np.zeros(judged.segments.size, np.uint8)
        meaning[judged.rows] = judged.looks.blocked
        meaning[judged.is_blocked & (meaning == 0)] = _BLOCKED
        meaning[~judged.is_blocked] = 0
        keyed = judged.hashes[places] != 0
        at = places[keyed]
        rest = self._numbers_of(frame.filter(pl.Series(keyed)) if not keyed.all() else frame)
        self._parts.append((judged.hashes[at], meaning[at], judged.has_consent[at], *rest))

    def _numbers_of(self, frame: pl.DataFrame) -> tuple[NDArray[Any], ...]:
        """The whole row, its tags, its last sign of life, and its columns."""
        columns = self.setting.columns if self.setting else None
        tagged = columns.tags if columns else ()
        codes = self.codes.of(frame, tagged)
        row = codes.astype(np.uint64) * np.uint64(_STEP)
        if (codes == 0).any():
            for number in tagged:
                row += np.where(codes == 0, frame[str(number)].hash().to_numpy(), np.uint64(0))
        cells = np.zeros((frame.height, min(len(self._numbers), COLUMNS_TOLD)), np.uint16)
        for step, number in self._plain:
            told = frame[str(number)].hash().to_numpy()
            row += told * (np.uint64((2 * step + 1) * _STEP % 2**64))
            if step <= COLUMNS_TOLD:
                cells[:, step - 1] = told >> np.uint64(48)
        for step, number in enumerate(self._numbers[:COLUMNS_TOLD], 1):
            if number in set(tagged):
                cells[:, step - 1] = codes & np.uint32(0xFFFF)
        seen = columns.last_active if columns else -1
        activity = frame[str(seen)].hash().to_numpy() if seen >= 0 else np.zeros(frame.height, np.uint64)
        return row, codes, (activity >> np.uint64(32)).astype(np.uint32), cells

    def close(self) -> None:
        """One entry a person, sorted: the first row stands, and a row that forbids mail wins."""
        if not self._parts:
            width = min(len(self.compared.names), COLUMNS_TOLD) if self.compared else 0
            kinds = (np.uint64, np.uint8, np.bool_, np.uint64, np.uint32, np.uint32)
            self._parts.append((*(np.empty(0, kind) for kind in kinds), np.empty((0, width), np.uint16)))
        hashes, meaning, consent, row, tags, activity, cells = map(np.concatenate, zip(*self._parts, strict=True))
        self._parts.clear()
        self.keyed = hashes.size
        self.persons: Hashes
        self.persons, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
        self.consent, self.row, self.tags = consent[first], row[first], tags[first]
        self.activity, self.cells = activity[first], cells[first]
        self.meaning = np.zeros(self.persons.size, np.uint8)
        forbidding = np.flatnonzero(meaning)[::-1]  # the first one is written last, and stays
        self.meaning[inverse[forbidding]] = meaning[forbidding]

    @property
    def counts(self) -> dict[str, int]:
        """Rows, and what they come to: rows = persons + duplicates + without_address."""
        persons = self.persons.size
        return {
            "rows": self.rows,
            "persons": persons,
            "duplicates": self.keyed - persons,
            "without_address": self.rows - self.keyed,
        }


class Changes:
    """What changed between the older and the newer persons."""

    def __init__(self, older: People, newer: People) -> None:
        self._older, self._newer = older, newer
        self._at: Numbers = places_among(newer.persons, older.persons)
        is_known = self._at >= 0
        at = np.maximum(self._at, 0)
        blocked = newer.meaning > 0
        before = np.zeros(blocked.size, np.bool_)
        differs = np.zeros(blocked.size, np.bool_)
        if older.persons.size:
            before, differs = older.meaning[at] > 0, newer.row != older.row[at]
        fits = [
            (~is_known & ~blocked, Change.NEW),
            (~is_known, Change.NEW_KEPT_OUT),
            (blocked & before, Change.STILL_KEPT_OUT),
            (blocked, Change.NEWLY_SUPPRESSED),
            (before, Change.ALLOWED_AGAIN),
            (differs, Change.CHANGED),
        ]
        self.of: NDArray[np.uint8] = np.select(
            [fit for fit, _ in fits], [change.value for _, change in fits], Change.SAME.value
        ).astype(np.uint8)
        self.gone = older.persons.size - int(is_known.sum())

    def counts(self) -> dict[str, int]:
        """How many persons each; RuntimeError where they do not add up to both exports."""
        sums = np.bincount(self.of, minlength=len(Change) + 1).tolist()
        told = {change.name.lower(): sums[change] for change in Change} | {"gone": self.gone}
        new = told["new"] + told["new_kept_out"]
        if sum(sums) != self._newer.persons.size or sum(sums) - new + self.gone != self._older.persons.size:
            raise RuntimeError("The counts of the changes do not add up to the persons of both files.")
        return told

    def as_json(self) -> dict[str, Any]:
        """All that is told, without a cell of anybody."""
        newer, older = self._newer, self._older
        newly = newer.meaning[self.of == Change.NEWLY_SUPPRESSED]
        changed = np.flatnonzero(self.of == Change.CHANGED)
        same = np.flatnonzero(self.of == Change.SAME)
        consent, before = newer.consent[changed], older.consent[self._at[changed]]
        tags, untold = self._tags(changed)
        return {
            "counts": self.counts(),
            "suppressed_by": {MEANINGS[code]: n for code, n in enumerate(np.bincount(newly).tolist()) if n},
            "consent_lost": int((before & ~consent).sum()),
            "consent_given": int((consent & ~before).sum()),
            "only_activity": int((newer.activity[same] != older.activity[self._at[same]]).sum()),
            "columns": self._columns(changed),
            "tags": tags,
            "tags_untold": untold,
        }

    def _columns(self, changed: Numbers) -> list[dict[str, Any]]:
        differs = (self._newer.cells[changed] != self._older.cells[self._at[changed]]).sum(axis=0).tolist()
        shown = self._newer.compared.shown if self._newer.compared else ()
        rows = [{"column": name, "changed": count} for name, count in zip(shown, differs, strict=False) if count]
        return sorted(rows, key=lambda row: -row["changed"])

    def _tags(self, changed: Numbers) -> tuple[list[dict[str, Any]], int]:
        """How often each tag was added and removed, and of how many people that cannot be told."""
        added, removed, untold = Counter[str](), Counter[str](), 0
        codes = self._newer.codes
        for old, new, count in tag_pairs(self._older.tags[self._at[changed]], self._newer.tags[changed], codes, codes):
            if old is None or new is None:
                untold += count
                continue
            added.update(dict.fromkeys(new - old, count))
            removed.update(dict.fromkeys(old - new, count))
        rows = [{"tag": tag, "added": added[tag], "removed": removed[tag]} for tag in added.keys() | removed.keys()]
        return sorted(rows, key=_most)[:SHOWN_TAGS], untold


def _most(row: dict[str, Any]) -> tuple[int, str]:
    return -(int(row["added"]) + int(row["removed"])), str(row["tag"])
