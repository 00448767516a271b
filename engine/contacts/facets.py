"""What a whole file looks like: its words, columns, days, tags and suggested repairs, counted block by block.

No cell that could name a person is kept: words of status columns, tags, domains and months only.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.contacts.addresses import typo_suggestion
from engine.contacts.block_judging import SEGMENTS, Judged
from engine.contacts.dates import Order
from engine.contacts.packs import Group
from engine.contacts.report import Report
from engine.contacts.rows import Segment, Setting
from engine.contacts.screens import MEANINGS, Codes, Screen
from engine.contacts.tag_cells import mended_tag
from engine.findings import Finding, Place, Severity

SHOWN_WORDS, SHOWN_TAGS, SHOWN_PROPOSALS = 50, 2_000, 200
_REJECTED = SEGMENTS.index(Segment.REJECTED)


class Facets:
    """The counts of one file."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        width = len(setting.columns.header)
        self._filled, self._longest = np.zeros(width, np.int64), np.zeros(width, np.int64)
        self._is_blank = np.ones(width, np.bool_)
        self._status: Counter[str] = Counter()
        self._consent: Counter[str] = Counter()
        self._tiers: Counter[str] = Counter()
        self._months: Counter[str] = Counter()
        self._groups: Counter[Group] = Counter()
        self._typos: Counter[tuple[str, str]] = Counter()

    def add(self, judged: Judged, screen: Screen) -> None:
        """Count one block."""
        self._add_columns(judged)
        looks, columns = judged.looks, self._setting.columns
        for codes, counts, number in (
            (looks.status, self._status, columns.status),
            (looks.consent, self._consent, columns.consent),
        ):
            if number >= 0:
                counts.update(_counted(codes, MEANINGS))
        if looks.opened is not None:
            self._tiers.update(
                dict.fromkeys(self._setting.tier_names, 0) | _counted(looks.tiers, self._setting.tier_names)
            )
        numbers, sizes = np.unique(judged.groups(), return_counts=True)
        for number, count in zip(numbers.tolist(), sizes.tolist(), strict=True):
            if number // 1_000 != _REJECTED:
                self._groups[Group.of(number)] += count
        if looks.opted_in is not None:
            months = looks.opted_in.filter(looks.opted_in.str.len_bytes() == 10).str.slice(0, 7)
            self._months.update(dict(months.value_counts().iter_rows()))
        self._add_typos(judged)

    def _add_columns(self, judged: Judged) -> None:
        frame, looks = judged.frame, judged.looks
        if frame.height:
            self._filled += looks.filled
            self._add_longest(frame, looks.longest)
            for number in np.flatnonzero(self._is_blank & (looks.filled > 0)).tolist():
                self._is_blank[number] = not (frame[str(number)].str.strip_chars() != "").any()
        for cells in judged.loose.values():
            for number in np.flatnonzero(self._is_blank[: len(cells)]).tolist():
                self._is_blank[number] = not cells[number].strip()

    def _add_longest(self, frame: pl.DataFrame, in_bytes: NDArray[np.int64]) -> None:
        """Characters are counted only where the bytes, which are known, could be more."""
        longer = np.flatnonzero(in_bytes > self._longest).tolist()
        if longer:
            told = frame.select(pl.col([str(number) for number in longer]).str.len_chars().max()).row(0)
            self._longest[longer] = np.maximum(self._longest[longer], told)

    def _add_typos(self, judged: Judged) -> None:
        typos = judged.findings.filter(pl.col("code") == "contacts.email.typo")["value"]
        for value in typos.to_list():
            domain = value.strip().rpartition("@")[2].strip("<>.,; ").lower()
            if meant := typo_suggestion(domain):
                self._typos[domain, meant] += 1

    def findings(self) -> Iterator[Finding]:
        """What is wrong with the dates of whole columns."""
        columns = self._setting.columns
        for number, evidence in self._setting.dates.evidence.items():
            where = Place(column=columns.name(number))
            if evidence.order is Order.UNCLEAR and evidence.both:
                message = (
                    f"Say whether the day or the month stands first in this column: {evidence.both:,} of "
                    f"{evidence.filled:,} dates can be read both ways, and nothing was concluded from them."
                )
                yield Finding(Severity.WARNING, "contacts.date.ambiguous", message, where)
            elif evidence.both:
                first = "day" if evidence.order is Order.DAY_FIRST else "month"
                message = (
                    f"Nothing to do: the {first} stands first in this column, which other dates in it show; "
                    f"{evidence.both:,} of {evidence.filled:,} could be read both ways."
                )
                yield Finding(Severity.NOTE, "contacts.date.order", message, where)

    def close(self, report: Report, screen: Screen) -> None:
        """Put the counts into the report."""
        columns = self._setting.columns
        with_data = set(np.flatnonzero(~self._is_blank).tolist()) - columns.ignored
        report.columns_with_data = len(with_data)
        charts = {"status": self._status, "consent": self._consent, "tiers": self._tiers, "opted_in": self._months}
        worded = [number for number in (columns.status, columns.consent) if number >= 0]
        report.facets = {
            "charts": {name: dict(sorted(counts.items())) for name, counts in charts.items() if counts},
            "words": {columns.name(number): self._words(screen, number) for number in worded},
            "groups": [self._group(group, count) for group, count in sorted(self._groups.items())],
            "proposals": self._proposals(report),
            "tags": [self._tag(screen, *told) for told in screen.tags.counts.most_common(SHOWN_TAGS)],
            "columns_detail": [self._column(number) for number in range(len(columns.header))],
            "dates": [
                {
                    "column": columns.name(number),
                    "form": told.order.value,
                    "ambiguous": told.both,
                    "filled": told.filled,
                }
                for number, told in self._setting.dates.evidence.items()
            ],
        }

    def _group(self, group: Group, count: int) -> dict[str, Any]:
        consent, segment = group.words(self._setting)
        return {"consent": consent, "segment": segment, "purpose": group.purpose, "count": count}

    def _tag(self, screen: Screen, tag: str, count: int) -> dict[str, Any]:
        return {
            "tag": tag,
            "count": count,
            "mended": mended_tag(tag, self._setting.target.tag_pattern) if screen.tags.is_odd(tag) else "",
        }

    def _column(self, number: int) -> dict[str, Any]:
        columns = self._setting.columns
        return {
            "name": columns.name(number),
            "role": columns.roles.get(number, ""),
            "type": columns.types.get(number, "text"),
            "filled": int(self._filled[number]),
            "longest": int(self._longest[number]),
        }

    def _words(self, screen: Screen, number: int) -> dict[str, dict[str, Any]]:
        counts = screen.words.get(number, Counter())
        shown = [(word, count) for word, count in counts.most_common(SHOWN_WORDS) if "@" not in word]
        return {word: {"count": count, "meaning": screen.meaning(number, word)} for word, count in shown}

    def _proposals(self, report: Report) -> list[dict[str, Any]]:
        """Suggested repairs, grouped alike, most first."""
        typos = [
            {"code": "contacts.email.typo", "value": domain, "suggestion": meant, "count": count}
            for (domain, meant), count in self._typos.most_common(SHOWN_PROPOSALS)
        ]
        repairs = [
            {"code": code, "value": "*", "suggestion": "", "count": report.counts[code]}
            for code in ("contacts.email.repairable", "contacts.tags.symbols", "contacts.cell.nul")
            if report.counts[code]
        ]
        return sorted(typos + repairs, key=lambda proposal: -int(str(proposal["count"])))


def _counted(codes: Codes, names: Sequence[str]) -> dict[str, int]:
    """How often each code occurs, by its name."""
    return {names[code]: count for code, count in enumerate(np.bincount(codes).tolist()) if count}
