"""What changed between two exports of one list, as small files to top the target up with.

The newer export is read twice: once to know its persons, once to write their rows. No text is held.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.contacts.block_judging import SEGMENTS, Judged
from engine.contacts.changes import DUPLICATE, Change, Changes, People
from engine.contacts.columns import comparable
from engine.contacts.judging import header_of, judge_into
from engine.contacts.packs import IMPORT, Packs
from engine.contacts.persons import Hashes, TagCodes, is_among, places_among
from engine.contacts.report import Pack
from engine.contacts.rows import Segment, Setting
from engine.contacts.shaping import Shape
from engine.contacts.written import Sheet, csv_text, guarded
from engine.findings import Finding
from engine.spreadsheets import guard

_REJECTED = SEGMENTS.index(Segment.REJECTED)
_SERIES = {Change.NEW: "new", Change.CHANGED: "changed"}
_SINGLE = {
    Change.NEWLY_SUPPRESSED: ("newly_suppressed", "suppress"),
    Change.NEW_KEPT_OUT: ("new_suppressed", "suppress"),
    Change.ALLOWED_AGAIN: ("allowed_again", "review"),
}
_OF_THE_NEWER = ("encoding", "delimiter", "fields")  # settings that mean no other file


class _Older(People):
    """The persons of the older export; whoever is not in the newer one is written down."""

    def __init__(self, folder: Path, newer: People, tags: TagCodes) -> None:
        super().__init__(tags, (), newer.compared)
        self._folder, self._newer = folder, newer.persons
        self._sheet: Sheet | None = None

    def begin(self, setting: Setting) -> None:
        super().begin(setting)
        self._shape = Shape(setting)

    def block(self, judged: Judged) -> None:
        super().block(judged)
        frame, places = judged.every_row()
        hashes = judged.hashes[places]
        is_gone = (hashes != 0) & (judged.segments[places] != DUPLICATE) & ~is_among(hashes, self._newer)
        if is_gone.any():
            if self._sheet is None:
                self._sheet = Sheet(self._folder / "gone.csv", [*map(guard, self._shape.plain_header)])
            rows = self._shape.plain(frame.filter(pl.Series(is_gone)))
            self._sheet.put(csv_text(guarded(rows)), int(is_gone.sum()))

    def gone(self) -> list[dict[str, Any]]:
        """The file of those who are gone, if anybody is."""
        return [_made(self._sheet.close(), "gone", "gone")] if self._sheet else []


class _Writer:
    """Writes the rows of the newer export to the files where they belong."""

    def __init__(self, folder: Path, prefix: str, persons: Hashes, changes: Changes) -> None:
        self._folder, self._prefix = folder, prefix
        self._persons, self._of = persons, changes.of
        self._is_written = np.zeros(persons.size, np.bool_)
        self._packs: dict[Change, Packs] = {}
        self._sheets: dict[Change, Sheet] = {}

    def begin(self, setting: Setting) -> None:
        """The columns and their new shape."""
        self._shape = Shape(setting)
        for change, name in _SERIES.items():
            self._packs[change] = Packs(self._folder, self._named(name), setting)

    def _named(self, name: str) -> str:
        return f"{self._prefix}_{name}" if self._prefix else name

    def finding(self, finding: Finding) -> None:
        """The report of the file tells it."""

    def block(self, judged: Judged) -> None:
        frame, places = judged.every_row()
        at = places_among(judged.hashes[places], self._persons)
        change = np.where(at >= 0, self._of[np.maximum(at, 0)], 0) if self._of.size else np.zeros(at.size, np.uint8)
        is_first = judged.segments[places] != DUPLICATE
        for kind, packs in self._packs.items():
            chosen = places[(change == kind) & is_first]
            if chosen.size:
                segments = np.full_like(judged.segments, _REJECTED)
                segments[chosen] = judged.segments[chosen]
                packs.take(replace(judged, segments=segments))
        for kind, (name, purpose) in _SINGLE.items():
            mask = (change == kind) & (judged.is_blocked[places] if purpose == "suppress" else is_first)
            self._put(kind, name, frame, at, mask)

    def _put(self, kind: Change, name: str, frame: pl.DataFrame, at: NDArray[Any], mask: NDArray[np.bool_]) -> None:
        """The first of the rows of each person that fit."""
        rows = np.flatnonzero(mask)
        _, first = np.unique(at[rows], return_index=True)
        rows = rows[np.sort(first)]
        rows = rows[~self._is_written[at[rows]]]
        if not rows.size:
            return
        self._is_written[at[rows]] = True
        is_shaped = kind is Change.ALLOWED_AGAIN
        if kind not in self._sheets:
            header = self._shape.header if is_shaped else self._shape.plain_header
            self._sheets[kind] = Sheet(self._folder / f"{self._named(name)}_1.csv", header)
        chosen = frame[rows]
        shaped = self._shape.frame if is_shaped else self._shape.plain
        self._sheets[kind].put(csv_text(shaped(chosen)), rows.size)

    def close(self, counts: dict[str, int]) -> list[dict[str, Any]]:
        """Every file; RuntimeError where they do not hold exactly whom the counts tell."""
        made = []
        for kind, name in _SERIES.items():
            packs = self._packs[kind].close() if kind in self._packs else []
            if sum(pack.records for pack in packs) != counts[kind.name.lower()]:
                raise RuntimeError(f"The files of the {name} people do not add up.")
            made += [_made(pack, pack.segment, pack.purpose, name) for pack in packs]
        for kind, (name, purpose) in _SINGLE.items():
            pack = self._sheets[kind].close() if kind in self._sheets else None
            if (pack.records if pack else 0) != counts[kind.name.lower()]:
                raise RuntimeError(f"The file of the people {name} does not add up.")
            made += [_made(pack, name, purpose, name)] if pack else []
        return made


def _made(pack: Pack, segment: str, purpose: str, series: str = "gone") -> dict[str, Any]:
    return pack.as_json() | {"segment": segment, "purpose": purpose, "series": series}


def delta(
    path: Path,
    since: Path,
    *,
    out: Path,
    client: str = "",
    progress: Callable[[int, int], None] | None = None,
    of_older: Mapping[str, Any] | None = None,
    **settings: Any,
) -> dict[str, Any]:
    """Compare two exports and write the files into a folder, which appears whole. May raise Unreadable.

    `settings` are those of `judge_into`; encoding, delimiter and fields hold for the newer file, `of_older` has them
    for the other one.
    """
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    prefix = "_".join(part for part in (client, settings["target"].key) if part)
    # What other lists forbid now is new against the older export, whatever they said then.
    of_older = dict.fromkeys(_OF_THE_NEWER) | dict(of_older or {})
    older_header = header_of(since, of_older["encoding"], of_older["delimiter"])
    newer_header = header_of(path, settings.get("encoding"), settings.get("delimiter"))
    before_settings = settings | of_older | {"beside": (), "no_mail": (), "kept_out_domains": ()}
    steps = _Steps(progress, [path.stat().st_size, since.stat().st_size, path.stat().st_size])
    tags = TagCodes(settings["source"].tag_separator if settings.get("source") else "")
    newer = People(tags, older_header)
    report = judge_into(newer, path, progress=steps.of(0), **settings)
    newer.close()
    older = _Older(out, newer, tags)
    before = judge_into(older, since, progress=steps.of(1), **before_settings)
    older.close()
    changes = Changes(older, newer)
    writer = _Writer(out, prefix, newer.persons, changes)
    again = judge_into(writer, path, progress=steps.of(2), **settings)
    if again.sha256 != report.sha256:
        raise RuntimeError("The newer file was changed while it was read.")
    made = [
        one | {"refused": report.refused} if report.refused and one["purpose"] == IMPORT else one
        for one in writer.close(changes.counts()) + older.gone()
    ]
    answer = report.as_json() | {
        "delta": changes.as_json()
        | {"older": {"file": since.name, "sha256": before.sha256} | older.counts}
        | {"newer": {"file": path.name, "sha256": report.sha256} | newer.counts}
        | _other_columns(older_header, newer_header),
        "made": made,
    }
    (out / "manifest.json").write_text(json.dumps(answer, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return answer


def _other_columns(older: Sequence[str], newer: Sequence[str]) -> dict[str, list[str]]:
    """Columns that only one of the exports has: they are compared with nothing."""
    before, now = ({comparable(name): name for name in header} for header in (older, newer))
    return {
        "columns_new": [name for key, name in now.items() if key not in before],
        "columns_lost": [name for key, name in before.items() if key not in now],
    }


class _Steps:
    """Progress over several readings, as one."""

    def __init__(self, progress: Callable[[int, int], None] | None, sizes: Sequence[int]) -> None:
        self._progress, self._sizes = progress, sizes

    def of(self, number: int) -> Callable[[int, int], None]:
        """For one of them."""
        before, total = sum(self._sizes[:number]), sum(self._sizes)

        def tell(done: int, _: int) -> None:
            if self._progress:
                self._progress(before + done, total)

        return tell
