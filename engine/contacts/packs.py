"""The files for the import: by consent and by the last sign of life, cut to what the target takes at once.

Every record that is not rejected goes to exactly one file. Who may not get mail goes to the suppression file alone.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.contacts.block_judging import SEGMENTS, Judged
from engine.contacts.report import Pack
from engine.contacts.rows import Segment, Setting
from engine.contacts.shaping import Shape
from engine.contacts.written import Sheet

IMPORT, REVIEW, SUPPRESSION = "import", "review", "suppression"
_PURPOSES = {Segment.BLOCKED: SUPPRESSION, Segment.DUPLICATE: REVIEW, Segment.FIX: REVIEW}
_NAMES = {Segment.BLOCKED: "suppression", Segment.DUPLICATE: "duplicate"}
_REJECTED = SEGMENTS.index(Segment.REJECTED)


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """What the contacts of one series of files have in common."""

    segment: Segment
    has_consent: bool
    tier: int  # the place of the tier, of how long ago the last sign of life was


class Packs:
    """All files in the making."""

    def __init__(self, folder: Path, prefix: str, setting: Setting) -> None:
        self._folder, self._prefix, self._setting = folder, prefix, setting
        self._shape = Shape(setting)
        self._open: dict[Group, Sheet] = {}
        self._numbers: dict[str, int] = {}
        self._labels: dict[str, tuple[str, str, str]] = {}
        self._closed: list[Pack] = []

    def take(self, judged: Judged) -> None:
        """Every record of a block to its file, in the order of the block."""
        frame, places = judged.every_row()
        segments = judged.segments[places]
        tiers = self._tiers(judged, frame, places)
        keys = segments.astype(np.int64) * 1_000 + judged.has_consent[places] * 100 + tiers
        shaped = self._shape.frame(frame)
        for key in np.unique(keys[segments != _REJECTED]).tolist():
            segment = SEGMENTS[key // 1_000]
            is_alike = segment in _NAMES
            tier = 0 if is_alike or segment is Segment.FIX else key % 100
            group = Group(segment, not is_alike and key // 100 % 10 == 1, tier)
            rows = (frame if is_alike else shaped).filter(pl.Series(keys == key))
            self._write(group, rows)

    def _tiers(self, judged: Judged, frame: pl.DataFrame, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """The number of tiers that each last sign of life is older than; one more where there is none."""
        column = self._setting.columns.last_active
        if column < 0:
            return np.zeros(places.size, np.int64)
        days = self._setting.dates.days(frame[str(column)], column)
        is_day = (days.str.len_bytes() == 10).to_numpy()
        tiers = np.zeros(places.size, np.int64)
        for _, first in self._setting.tier_days:
            tiers += (days < first).to_numpy()
        return np.where(is_day, tiers, len(self._setting.tier_days) + 1)

    def _write(self, group: Group, rows: pl.DataFrame) -> None:
        most = self._setting.target.max_rows if group.segment not in _NAMES else 0
        while rows.height:
            sheet = self._open.get(group)
            if sheet is None:
                sheet = self._open[group] = self._new(group)
            room = most - sheet.records if most else rows.height
            sheet.write_frame(rows.head(room))
            rows = rows.slice(room)
            if most and sheet.records >= most:
                self._close(group)

    def _new(self, group: Group) -> Sheet:
        consent, segment = self._words(group)
        stem = "_".join(part for part in (self._prefix, consent, segment) if part)
        number = self._numbers[stem] = self._numbers.get(stem, 0) + 1
        name = f"{stem}_{number}.csv"
        self._labels[name] = consent, segment, _PURPOSES.get(group.segment, IMPORT)
        is_shaped = group.segment not in _NAMES
        return Sheet(self._folder / name, self._shape.header if is_shaped else self._setting.columns.header)

    def _words(self, group: Group) -> tuple[str, str]:
        """The two parts of a file's name: whether consent is documented, and which contacts these are."""
        if name := _NAMES.get(group.segment):
            return "", name
        consent = "consented" if group.has_consent else "no_consent"
        if group.segment is Segment.FIX:
            return consent, "fix"
        if self._setting.columns.last_active < 0:
            return consent, "all"
        names = [*(f"{days}" for days in self._setting.recipe.tiers), "older", "unknown"]
        return consent, f"{'unengaged' if group.segment is Segment.UNENGAGED else 'engaged'}-{names[group.tier]}"

    def _close(self, group: Group) -> None:
        pack = self._open.pop(group).close()
        consent, segment, purpose = self._labels[pack.file]
        self._closed.append(replace(pack, consent=consent, segment=segment, purpose=purpose))

    def close(self) -> list[Pack]:
        """Every file, by name."""
        for group in list(self._open):
            self._close(group)
        return sorted(self._closed, key=lambda pack: pack.file)

    def abandon(self) -> None:
        """Close what is open without a word."""
        for sheet in self._open.values():
            sheet.abandon()
