"""The files for the import: by consent and by the last sign of life, cut to what the target takes at once.

Every record that is not rejected goes to exactly one file. Who may not get mail goes to the suppression file alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.contacts.block_judging import Judged, group_of
from engine.contacts.report import Pack
from engine.contacts.rows import Segment, Setting
from engine.contacts.sample import Sampler, Stretch, write_sample
from engine.contacts.shaping import Shape
from engine.contacts.splitting import Places
from engine.contacts.written import Sheet, csv_text, parted, record_ends

IMPORT, REVIEW, SUPPRESSION, SAMPLE = "import", "review", "suppression", "sample"
_PURPOSES = {Segment.BLOCKED: SUPPRESSION, Segment.DUPLICATE: REVIEW, Segment.FIX: REVIEW}
_NAMES = {Segment.BLOCKED: "suppression", Segment.DUPLICATE: "duplicate"}


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """What the contacts of one series of files have in common."""

    segment: Segment
    has_consent: bool
    tier: int  # as `Setting.tier_of` counts them

    @classmethod
    def of(cls, number: int) -> "Group":
        """The group of a record; what nobody imports as it is needs no consent and no tier apart."""
        segment, has_consent, tier = group_of(number)
        if segment in _NAMES:
            return cls(segment, has_consent=False, tier=0)
        return cls(segment, has_consent, 0 if segment is Segment.FIX else tier)

    def words(self, setting: Setting) -> tuple[str, str]:
        """The two parts of a file's name: whether consent is documented, and which contacts these are."""
        if name := _NAMES.get(self.segment):
            return "", name
        consent = "consented" if self.has_consent else "no_consent"
        if self.segment is Segment.FIX:
            return consent, "fix"
        if setting.columns.last_active < 0:
            return consent, "unengaged" if self.segment is Segment.UNENGAGED else "all"
        engaged = "unengaged" if self.segment is Segment.UNENGAGED else "engaged"
        return consent, f"{engaged}-{setting.tier_names[self.tier]}"

    @property
    def purpose(self) -> str:
        """What the file is for."""
        return _PURPOSES.get(self.segment, IMPORT)


@dataclass(frozen=True, slots=True)
class PackRows:
    """Rows for the packs as CSV, in the order of their groups: those of groups[n] from borders[n] to borders[n + 1].

    Row n stands in the text from ends[n] to ends[n + 1]. The frame is there where a sample is to be taken.
    """

    groups: list[Group]
    borders: list[int]
    text: bytes
    ends: Places
    lines: Places
    frame: pl.DataFrame | None


class PackCutter:
    """Makes the rows of the packs out of judged blocks. They are put in order and written once, group after group."""

    def __init__(self, setting: Setting, *, with_frames: bool) -> None:
        self._shape, self._with_frames = Shape(setting), with_frames

    def of(self, judged: Judged) -> list[PackRows]:
        """Every record of a block that is not rejected."""
        frame, places = judged.every_row()
        numbers, inverse = np.unique(judged.groups()[places], return_inverse=True)
        groups = [Group.of(number) for number in numbers.tolist()]
        written = sorted({group for group in groups if group.segment is not Segment.REJECTED})
        made = []
        for is_shaped in (True, False):
            chosen = [group for group in written if (group.segment not in _NAMES) == is_shaped]
            ranks = np.array([chosen.index(group) if group in chosen else -1 for group in groups], np.int64)[inverse]
            order = np.argsort(ranks, kind="stable")
            order = order[np.searchsorted(ranks[order], 0) :]
            if order.size:
                shaped = self._shape.frame if is_shaped else self._shape.plain
                rows = shaped(_ranked(frame, ranks))
                borders = np.searchsorted(ranks[order], np.arange(len(chosen) + 1)).tolist()
                made.append(self._rows(chosen, borders, rows, judged.lines[places][order]))
        return made

    def _rows(self, groups: list[Group], borders: list[int], rows: pl.DataFrame, lines: Places) -> PackRows:
        text = csv_text(rows)
        ends: Places = np.insert(record_ends(text), 0, 0)
        return PackRows(groups, borders, text, ends, lines, rows if self._with_frames else None)


def _ranked(frame: pl.DataFrame, ranks: NDArray[np.int64]) -> pl.DataFrame:
    """The rows in the order of their ranks, without those below 0; far quicker than to pick them by their numbers."""
    rows = frame.with_columns(pl.Series("rank", ranks.astype(np.int32)))
    return rows.filter(pl.col("rank") >= 0).sort("rank", maintain_order=True).drop("rank")


class Packs:
    """All files in the making."""

    def __init__(self, folder: Path, prefix: str, setting: Setting, sample: int = 0) -> None:
        self._folder, self._prefix, self._setting = folder, prefix, setting
        self._shape, self._cutter = Shape(setting), PackCutter(setting, with_frames=sample > 0)
        self._sampler = Sampler(setting, self._shape, sample) if sample else None
        self._open: dict[Group, Sheet] = {}
        self._numbers: dict[str, int] = {}
        self._labels: dict[str, tuple[str, str, str]] = {}
        self._closed: list[Pack] = []
        self._lines: dict[str, list[NDArray[np.int32]]] = {}  # where each row of a file came from
        self._conflicts: set[int] = set()  # lines of people whom a later row forbids to mail

    def take(self, judged: Judged) -> None:
        """Every record of a block to its file, in the order of the block."""
        self.put(self._cutter.of(judged), judged.conflicts)

    def put(self, made: Sequence[PackRows], conflicts: Iterable[int]) -> None:
        """The rows of a block to their files."""
        self._conflicts.update(conflicts)
        for rows in made:
            for group, first, last in zip(rows.groups, rows.borders[:-1], rows.borders[1:], strict=True):
                told = memoryview(rows.text), rows.ends[first : last + 1], rows.lines[first:last]
                if self._sampler and rows.frame is not None and group.purpose == IMPORT and last > first:
                    name = " ".join(group.words(self._setting))
                    self._sampler.take(Stretch(name, rows.frame.slice(first, last - first), *told))
                self._write(group, *told)

    def _write(self, group: Group, text: memoryview, ends: Places, lines: Places) -> None:
        """Rows to the files of a group. Row n stands in the text from ends[n] to ends[n + 1]."""
        target, is_cut = self._setting.target, group.segment not in _NAMES
        most, largest = (target.rows_a_file, target.max_bytes) if is_cut else (0, 0)
        is_full = False
        while lines.size:
            sheet = self._open.get(group)
            if sheet is None:
                sheet = self._open[group] = self._new(group)
            count = min(lines.size, most - sheet.records) if most else lines.size
            if largest:
                fitting = int(np.searchsorted(ends[1 : count + 1] - ends[0], largest - sheet.size, side="right"))
                count, is_full = max(fitting, not sheet.records), fitting < count
            sheet.put(text[ends[0] : ends[count]], count)
            self._lines.setdefault(sheet.path.name, []).append(lines[:count].astype(np.int32))
            ends, lines = ends[count:], lines[count:]
            if is_full or (most and sheet.records >= most):
                self._close(group)

    def _new(self, group: Group) -> Sheet:
        consent, segment = group.words(self._setting)
        stem = "_".join(part for part in (self._prefix, consent, segment) if part)
        number = self._numbers[stem] = self._numbers.get(stem, 0) + 1
        name = f"{stem}_{number}.csv"
        self._labels[name] = consent, segment, group.purpose
        is_shaped = group.segment not in _NAMES
        return Sheet(self._folder / name, self._shape.header if is_shaped else self._shape.plain_header)

    def _close(self, group: Group) -> None:
        pack = self._open.pop(group).close()
        consent, segment, purpose = self._labels[pack.file]
        self._closed.append(replace(pack, consent=consent, segment=segment, purpose=purpose))

    def close(self) -> list[Pack]:
        """Every file, by name."""
        for group in list(self._open):
            self._close(group)
        if self._conflicts:
            self._hold_back()
        return sorted(self._closed, key=lambda pack: pack.file)

    def sample(self) -> tuple[Pack, dict[str, Any]] | None:
        """After `close`: a few of the contacts once more, for the test import, and what they show; None for nobody."""
        if self._sampler is None or not any(pack.purpose == IMPORT for pack in self._closed):
            return None
        name = "_".join(part for part in (self._prefix, "sample_1.csv") if part)
        pack, told = write_sample(self._sampler, self._conflicts, Sheet(self._folder / name, self._shape.header))
        return replace(pack, segment=SAMPLE, purpose=SAMPLE), told

    def _hold_back(self) -> None:
        """Take out of the import files whoever stands once as allowed and once as forbidden: somebody must decide."""
        conflicts = np.array(sorted(self._conflicts), np.int32)
        held, count = b"", 0
        for place, pack in enumerate(self._closed):
            is_held = np.isin(np.concatenate(self._lines[pack.file]), conflicts)
            if pack.purpose == IMPORT and is_held.any():
                self._closed[place], rows = self._without(pack, is_held)
                held, count = held + rows, count + int(is_held.sum())
        self._closed = [pack for pack in self._closed if pack.records]
        if count:
            name = "_".join(part for part in (self._prefix, "conflict_1.csv") if part)
            sheet = Sheet(self._folder / name, self._shape.header)
            sheet.put(held, count)
            self._closed.append(replace(sheet.close(), segment="conflict", purpose=REVIEW))

    def _without(self, pack: Pack, is_held: NDArray[np.bool_]) -> tuple[Pack, bytes]:
        """The same file without some of its rows, and these; no file where nothing is left."""
        path = self._folder / pack.file
        kept, held = parted(path, is_held)
        path.unlink()
        if not kept:
            return replace(pack, records=0), held
        sheet = Sheet(path, self._shape.header)
        sheet.put(kept, pack.records - int(is_held.sum()))
        told = sheet.close()
        return replace(pack, records=told.records, sha256=told.sha256), held

    def abandon(self) -> None:
        """Close what is open without a word."""
        for sheet in self._open.values():
            sheet.abandon()
