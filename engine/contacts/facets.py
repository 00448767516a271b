"""What a whole file looks like: its words, columns, days, tags and suggested repairs, counted block by block.

No cell that could name a person is kept: words of status columns, tags, domains and months only.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
from engine.contacts.screens import MEANINGS, Codes
from engine.contacts.tag_cells import MOST_TAGS, TagCells, mended_tag
from engine.contacts.tag_places import Fresh, FreshTags, TagPlaces
from engine.findings import Finding, Place, Severity

SHOWN_WORDS, SHOWN_TAGS, SHOWN_PROPOSALS = 50, 2_000, 200
MOST_WORDS = 1_000
_REJECTED = SEGMENTS.index(Segment.REJECTED)


@dataclass(slots=True)
class FacetsPart:
    """What one block adds. `longest` are characters, 0 where an earlier block is known to have longer cells."""

    filled: NDArray[np.int64]
    longest: NDArray[np.int64]
    is_blank: NDArray[np.bool_]
    words: dict[int, dict[str, int]]
    tags: Counter[str]
    fresh_tags: Fresh
    status: dict[str, int]
    consent: dict[str, int]
    tiers: dict[str, int]
    months: dict[str, int]
    groups: list[tuple[int, int]]  # the number of a group, and its records
    typos: Counter[tuple[str, str]]


class FacetsReader:
    """Reads them off judged blocks; what it saw in earlier ones spares it work."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        width = len(setting.columns.header)
        self._longest, self._is_blank = np.zeros(width, np.int64), np.ones(width, np.bool_)
        self._fresh_tags = FreshTags(setting)

    def of(self, judged: Judged) -> FacetsPart:
        """One block."""
        looks, columns, setting = judged.looks, self._setting.columns, self._setting
        has_days = looks.opened is not None
        numbers, sizes = np.unique(judged.groups(), return_counts=True)
        self._look_for_blanks(judged)
        return FacetsPart(
            looks.filled if judged.frame.height else np.zeros(self._longest.size, np.int64),
            self._longest_of(judged),
            self._is_blank.copy(),
            looks.words,
            looks.tags,
            self._fresh_tags.of(judged),
            _counted(looks.status, MEANINGS) if columns.status >= 0 else {},
            _counted(looks.consent, MEANINGS) if columns.consent >= 0 else {},
            dict.fromkeys(setting.tier_names, 0) | _counted(looks.tiers, setting.tier_names) if has_days else {},
            _months(looks.opted_in),
            list(zip(numbers.tolist(), sizes.tolist(), strict=True)),
            _typos(judged),
        )

    def _look_for_blanks(self, judged: Judged) -> None:
        frame, filled = judged.frame, judged.looks.filled
        if frame.height:
            for number in np.flatnonzero(self._is_blank & (filled > 0)).tolist():
                self._is_blank[number] = not (frame[str(number)].str.strip_chars() != "").any()
        blank = np.flatnonzero(self._is_blank).tolist() if judged.loose else []
        for cells in judged.loose.values():
            if not blank:
                return
            if told := [number for number in blank if number < len(cells) and cells[number].strip()]:
                self._is_blank[told] = False
                blank = [number for number in blank if number not in told]

    def _longest_of(self, judged: Judged) -> NDArray[np.int64]:
        """Characters are counted only where the bytes, which are known, could be more."""
        longest = np.zeros_like(self._longest)
        longer = np.flatnonzero(judged.looks.longest > self._longest).tolist() if judged.frame.height else []
        if longer:
            told = judged.frame.select(pl.col([str(number) for number in longer]).str.len_chars().max()).row(0)
            longest[longer] = told
            self._longest = np.maximum(self._longest, longest)
        return longest


def _months(days: pl.Series | None) -> dict[str, int]:
    if days is None:
        return {}
    months = days.filter(days.str.len_bytes() == 10).str.slice(0, 7)
    return dict(months.value_counts().iter_rows())


def _typos(judged: Judged) -> Counter[tuple[str, str]]:
    typos = Counter[tuple[str, str]]()
    for value in judged.findings.filter(pl.col("code") == "contacts.email.typo")["value"].to_list():
        domain = value.strip().rpartition("@")[2].strip("<>.,; ").lower()
        if meant := typo_suggestion(domain):
            typos[domain, meant] += 1
    return typos


class Facets:
    """The counts of one file."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        width = len(setting.columns.header)
        self._filled, self._longest = np.zeros(width, np.int64), np.zeros(width, np.int64)
        self._is_blank = np.ones(width, np.bool_)
        self._words: dict[int, Counter[str]] = {}
        self._tag_counts: Counter[str] = Counter()
        self._status: Counter[str] = Counter()
        self._consent: Counter[str] = Counter()
        self._tiers: Counter[str] = Counter()
        self._months: Counter[str] = Counter()
        self._groups: Counter[Group] = Counter()
        self._typos: Counter[tuple[str, str]] = Counter()
        self._tags = TagCells(setting)
        self._tag_places, self._records = TagPlaces(setting.columns), 0

    def add(self, part: FacetsPart) -> None:
        """Count one block, in the order of the file."""
        self._tag_places.add(part.fresh_tags, self._records)
        self._records += sum(count for _, count in part.groups)
        self._filled += part.filled
        self._longest = np.maximum(self._longest, part.longest)
        self._is_blank &= part.is_blank
        self._status.update(part.status)
        self._consent.update(part.consent)
        self._tiers.update(part.tiers)
        self._months.update(part.months)
        self._typos.update(part.typos)
        for number, count in part.groups:
            if number // 1_000 != _REJECTED:
                self._groups[Group.of(number)] += count
        for number, words in part.words.items():
            counts = self._words.setdefault(number, Counter())
            for word, count in words.items():
                if word in counts or len(counts) < MOST_WORDS:
                    counts[word] += count
        self._tag_counts.update(part.tags)
        if len(self._tag_counts) > 2 * MOST_TAGS:
            self._tag_counts = Counter(dict(self._tag_counts.most_common(MOST_TAGS)))

    def findings(self, line: int) -> Iterator[Finding]:
        """What is wrong with whole columns, whose names stand on `line`: their tags and their dates."""
        yield from self._tag_places.findings(self._tag_counts, self._tags.is_odd)
        columns, target, tags = self._setting.columns, self._setting.target, len(self._tag_counts)
        if target.max_tags and tags > target.max_tags:
            message = (
                f"Leave out or merge tags: the file has {tags:,} different ones and {target.name} takes at most "
                f"{target.max_tags} in a file."
            )
            where = Place(line, 0, columns.name(columns.tags[0]))
            yield Finding(Severity.ERROR, "contacts.tags.too_many", message, where)
        for number, evidence in self._setting.dates.evidence.items():
            where = Place(line, 0, columns.name(number))
            end = "nothing was concluded from them" if number in columns.dates else "they stay as they are"
            if evidence.is_mixed:
                message = (
                    f"Write the dates of this column in one order: of {evidence.filled:,} the day stands first in "
                    f"{evidence.day_first:,} and the month in {evidence.month_first:,}"
                )
                message += f"; {evidence.both:,} can be read both ways, and {end}." if evidence.both else "."
                yield Finding(Severity.WARNING, "contacts.date.mixed", message, where)
            elif evidence.order is Order.UNCLEAR and evidence.both:
                message = (
                    f"Say whether the day or the month stands first in this column: {evidence.both:,} of "
                    f"{evidence.filled:,} dates can be read both ways, and {end}."
                )
                yield Finding(Severity.WARNING, "contacts.date.ambiguous", message, where)
            elif evidence.both and number in columns.dates:
                first = "day" if evidence.order is Order.DAY_FIRST else "month"
                message = (
                    f"Nothing to do: the {first} stands first in this column, which other dates in it show; "
                    f"{evidence.both:,} of {evidence.filled:,} could be read both ways."
                )
                yield Finding(Severity.NOTE, "contacts.date.order", message, where)

    def close(self, report: Report) -> None:
        """Put the counts into the report."""
        columns = self._setting.columns
        with_data = set(np.flatnonzero(~self._is_blank).tolist()) - columns.ignored
        report.columns_with_data = len(with_data)
        charts = {"status": self._status, "consent": self._consent, "tiers": self._tiers, "opted_in": self._months}
        worded = [number for number in (columns.status, columns.consent) if number >= 0]
        report.facets = {
            "charts": {name: dict(sorted(counts.items())) for name, counts in charts.items() if counts},
            "words": {columns.name(number): self._words_of(number) for number in worded},
            "groups": [self._group(group, count) for group, count in sorted(self._groups.items())],
            "proposals": self._proposals(report),
            "tags": [self._tag(*told) for told in _most_first(self._tag_counts)[:SHOWN_TAGS]],
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

    def _tag(self, tag: str, count: int) -> dict[str, Any]:
        return {
            "tag": tag,
            "count": count,
            "mended": mended_tag(tag, self._setting.target.tag_pattern) if self._tags.is_odd(tag) else "",
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

    def _words_of(self, number: int) -> dict[str, dict[str, Any]]:
        """The most frequent words of a status or consent column, and what each was taken for."""
        counts, setting = self._words.get(number, Counter()), self._setting
        meaning = setting.status_of if number == setting.columns.status else setting.consent_of
        shown = [(word, count) for word, count in _most_first(counts)[:SHOWN_WORDS] if "@" not in word]
        return {word: {"count": count, "meaning": meaning(word)} for word, count in shown}

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


def _most_first(counts: Counter[str]) -> list[tuple[str, int]]:
    """In one order for the same file, also where two occur equally often."""
    return sorted(counts.items(), key=lambda told: (-told[1], told[0]))


def _counted(codes: Codes, names: Sequence[str]) -> dict[str, int]:
    """How often each code occurs, by its name."""
    return {names[code]: count for code, count in enumerate(np.bincount(codes).tolist()) if count}
