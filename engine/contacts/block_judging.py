"""The verdict about one block of records: plain rows at once, the others by the rules, duplicates over all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.contacts.beside import KEPT_OUT, Hits
from engine.contacts.blocks import Block, Odd
from engine.contacts.bulk_findings import (
    CALLED_COLD_CODE,
    NO_CODE,
    beside_findings,
    bulk_findings,
    conflict_message,
    duplicate_message,
)
from engine.contacts.finding_frames import SCHEMA, in_order, texts_of, where_of
from engine.contacts.keys import hashes_of
from engine.contacts.known import KnownPart, known_part
from engine.contacts.private import covered, has_card_number
from engine.contacts.rows import Row, Segment, Setting
from engine.contacts.rules import (
    CARD_NUMBER,
    REJECTING,
    needs_fix,
    ruling_for,
)
from engine.contacts.screens import Flags, Looks, Screen
from engine.contacts.structure import writing_findings
from engine.findings import Finding, Severity

SEGMENTS = tuple(Segment)
_CODE = {segment: code for code, segment in enumerate(SEGMENTS)}


@dataclass(slots=True)
class _Exact:
    """One record that the rules looked at; without a row where its cells cannot be trusted."""

    place: int
    line: int
    cells: Sequence[str]
    findings: list[Finding]
    row: Row | None = None
    codes: frozenset[str] = frozenset()
    is_whole: bool = True  # all rules looked at it, not only those about addresses

    @property
    def key(self) -> str:
        """What a duplicate is found by, "" where the record may not be compared."""
        return self.row.address.key if self.row and self.codes.isdisjoint(REJECTING) else ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that goes into no import, with what says why: "code: sentence"."""

    line: int
    cells: Sequence[str]
    reasons: list[str]


@dataclass(slots=True)
class Judged:
    """The verdict about a block. Places count the records of the block from 0, in the order of the file.

    `segments` are indexes of SEGMENTS, `rows` the places of the rows of `frame`, `loose` the records that stand in no
    frame.
    """

    frame: pl.DataFrame
    looks: Looks
    rows: NDArray[np.int64]
    lines: NDArray[np.int64]
    segments: NDArray[np.uint8]
    has_consent: Flags
    tiers: NDArray[np.uint8]
    findings: pl.DataFrame
    loose: dict[int, Sequence[str]] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    hashes: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))  # of persons, 0: none
    is_blocked: Flags = field(default_factory=lambda: np.empty(0, np.bool_))
    conflicts: list[int] = field(default_factory=list)  # lines that allow what a later row of the same person forbids
    to_suppress: Flags = field(default_factory=lambda: np.empty(0, np.bool_))  # forbidding doubles
    known: KnownPart | None = None

    def groups(self) -> NDArray[np.int64]:
        """For each record one number that says its segment, its consent and its tier; `group_of` reads it.

        A double that forbids what the first row allows goes to the suppression file, where nobody forbidden may lack.
        """
        is_told = self.to_suppress & (self.segments == _CODE[Segment.DUPLICATE])
        segments = np.where(is_told, _CODE[Segment.BLOCKED], self.segments)
        numbers: NDArray[np.int64] = segments * np.int64(1_000) + self.has_consent * np.int64(100) + self.tiers
        return numbers

    def every_row(self) -> tuple[pl.DataFrame, NDArray[np.int64]]:
        """The rows of the frame and the loose records that are not rejected, in order, with their places."""
        rejected = _CODE[Segment.REJECTED]
        loose = [place for place in sorted(self.loose) if self.segments[place] != rejected]
        if not loose:
            return self.frame, self.rows
        extra = pl.DataFrame([self.loose[place] for place in loose], schema=self.frame.schema, orient="row")
        places = np.concatenate((self.rows, np.array(loose, np.int64)))
        order = np.argsort(places)
        return pl.concat([self.frame, extra])[order], places[order]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a block asks of those before it: who its persons are (0 for none), on which lines, who is forbidden.

    And who has agreed, for a later row that says no.
    """

    hashes: NDArray[np.uint64]
    lines: NDArray[np.int64]
    is_blocked: Flags
    has_consent: Flags


@dataclass(frozen=True, slots=True)
class Answer:
    """For each record the line on which the person stood `first`, below zero where mail is forbidden there, 0 for none.

    `had_consent` tells whether the person has agreed there, `hits` who stands in other lists.
    """

    first: NDArray[np.int64]
    had_consent: Flags
    hits: Hits | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """A block as far as it can be judged without the others."""

    block: Block
    looks: Looks
    rows: NDArray[np.int64]
    lines: NDArray[np.int64]
    exact: list[_Exact]
    facts: "_Facts"

    @property
    def asked(self) -> Asked:
        """What has to be known before it can be finished."""
        return Asked(self.facts.hashes, self.lines, self.facts.is_blocked, self.facts.has_consent)


class BlockJudge:
    """Judges the blocks of one file in two halves; between them somebody tells who was met before."""

    def __init__(self, setting: Setting, *, with_known: bool = False) -> None:
        self._setting, self._with_known = setting, with_known
        self._ruling = ruling_for(setting)
        self._width = len(setting.columns.header)
        self.screen = Screen(setting)

    def begin(self, block: Block, before: int) -> Begun:
        """What the block itself tells; `before` is the number of records before it."""
        looks, rows = self.screen.look(block.frame), block.records - before - 1
        exact = [*self._to_rules(block, looks, rows), *(self._odd(odd, before) for odd in block.odd)]
        lines = np.zeros(block.count, np.int64)
        lines[rows] = block.lines
        lines[[one.place for one in exact]] = [one.line for one in exact]
        facts = self._facts(looks, rows, block.count)
        facts.enter(exact)
        return Begun(block, looks, rows, lines, exact, facts)

    def finish(self, begun: Begun, answer: Answer) -> Judged:
        """The verdict about every record."""
        block, looks, rows, lines = begun.block, begun.looks, begun.rows, begun.lines
        exact, facts, first, hits = begun.exact, begun.facts, answer.first, answer.hits
        is_plain = np.ones(block.count, np.bool_)
        is_plain[[one.place for one in exact if one.is_whole]] = False
        own = facts.is_blocked
        refused = facts.says_no & answer.had_consent
        self._tell_duplicates(exact, first, refused)
        facts.is_blocked = own | facts.is_kept_out | (hits.forbids if hits else False)
        if hits:
            _tell_beside(exact, hits, self._setting.columns.email)
        segments = facts.segments(first, has_address_column=self._setting.columns.email >= 0)
        plain = is_plain[rows]
        told = [_frame_of(exact), *bulk_findings(self._setting, block, looks, rows, plain, first, own, refused)]
        findings = in_order([*told, *beside_findings(self._setting, block, rows, plain, hits, own)])
        tiers = np.full(block.count, len(self._setting.tier_days) + 1, np.uint8)
        tiers[rows] = looks.tiers
        judged = Judged(block.frame, looks, rows, lines, segments, facts.has_consent, tiers, findings)
        self._keep_exact(judged, exact)
        judged.hashes, judged.is_blocked = facts.hashes, facts.is_blocked
        judged.to_suppress = (first > 0) & facts.is_blocked
        later = (first > 0) & own
        judged.conflicts = first[(first > 0) & (own | refused)].tolist()
        if self._with_known:
            forbidden = facts.hashes[later], lines[later]
            judged.known = known_part(looks, block.lines, facts.hashes[rows], forbidden, _keyed(exact))
        return judged

    def _to_rules(self, block: Block, looks: Looks, rows: NDArray[np.int64]) -> Iterable[_Exact]:
        """The rows that the looks were not sure about."""
        is_odd = looks.has_odd_address | looks.has_odd_cells
        numbers = np.flatnonzero(is_odd)
        if not numbers.size:
            return
        ruling, setting = self._ruling, self._setting
        told = zip(
            rows[numbers].tolist(),
            block.lines[numbers].tolist(),
            block.records[numbers].tolist(),
            looks.has_odd_cells[numbers].tolist(),
            block.frame.filter(pl.Series(is_odd)).iter_rows(),
            strict=True,
        )
        for place, line, record, is_whole, cells in told:
            row = Row(cells, line, record, setting)
            findings = ruling.findings(row) if is_whole else [one for rule in ruling.about_address for one in rule(row)]
            codes = frozenset(finding.code for finding in findings)
            findings = _without_cards(findings, codes)
            yield _Exact(place, line, cells, findings, row, codes, is_whole)

    def _odd(self, odd: Odd, before: int) -> _Exact:
        """A record whose writing is at fault: set aside, unless only a quote stands oddly in it."""
        findings = list(writing_findings(odd, self._setting.columns))
        place = odd.record - before - 1
        if any(finding.code in REJECTING for finding in findings):
            return _Exact(place, odd.line, odd.cells, findings)
        row = Row(odd.cells, odd.line, odd.record, self._setting)
        findings += self._ruling.findings(row)
        codes = frozenset(finding.code for finding in findings)
        return _Exact(place, odd.line, odd.cells, _without_cards(findings, codes), row, codes)

    def _facts(self, looks: Looks, rows: NDArray[np.int64], count: int) -> "_Facts":
        """What the looks say, put in the places of the rows; a record in no frame is rejected until it is told."""
        blocked, consent, cold, kept_out, no = (np.zeros(count, np.bool_) for _ in range(5))
        facts = _Facts(blocked, consent, cold, np.zeros(count, np.uint64), np.zeros(count, np.uint8), kept_out, no)
        facts.is_blocked[rows], facts.has_consent[rows] = looks.blocked > 0, looks.has_consent
        facts.says_no[rows] = (looks.consent == NO_CODE) & ~looks.has_consent
        facts.is_cold[rows] = looks.is_cold | (looks.status == CALLED_COLD_CODE)
        facts.hashes[rows] = np.where(looks.has_odd_address, 0, np.maximum(looks.hashes, np.uint64(1)))
        facts.told[:] = _CODE[Segment.REJECTED] + 1
        facts.told[rows] = 0
        return facts

    def _tell_duplicates(self, exact: list[_Exact], first: NDArray[np.int64], refused: Flags) -> None:
        """For the rows that all rules looked at; the others are told in bulk."""
        for one in exact:
            line = int(first[one.place])
            if line and one.row is not None and one.is_whole:
                column, raw = self._setting.columns.email, one.row.address.raw
                told = [(Severity.WARNING, "contacts.email.duplicate", duplicate_message(abs(line)))]
                if line > 0 and (one.row.blocked_by or refused[one.place]):
                    message = conflict_message(line, forbids=bool(one.row.blocked_by))
                    told.append((Severity.ERROR, "contacts.email.conflict", message))
                one.findings += [one.row.finding(*finding, column, raw) for finding in told]

    def _keep_exact(self, judged: Judged, exact: list[_Exact]) -> None:
        is_in_frame = np.zeros(judged.segments.size, np.bool_)
        is_in_frame[judged.rows] = True
        lacks_address = self._setting.columns.email < 0
        for one in sorted(exact, key=lambda one: one.place):
            if not is_in_frame[one.place]:
                judged.loose[one.place] = one.cells
                if one.row is not None:
                    judged.tiers[one.place] = self._setting.tier_of(one.row.day(self._setting.columns.last_active))
            if judged.segments[one.place] == _CODE[Segment.REJECTED]:
                reasons = [f"{finding.code}: {finding.message}" for finding in one.findings]
                reasons += ["contacts.file.no_email_column: No column holds the addresses."] if lacks_address else []
                cells = covered(one.cells, self._setting.columns.secrets, is_trusted=one.row is not None)
                judged.rejected.append(Rejected(one.line, cells, reasons))


def group_of(number: int) -> tuple[Segment, bool, int]:
    """Segment, consent and tier of a group."""
    return SEGMENTS[number // 1_000], number // 100 % 10 == 1, number % 100


def _tell_beside(exact: list[_Exact], hits: Hits, column: int) -> None:
    """The same for the rows that all rules looked at."""
    for one in exact:
        if one.row is not None and one.is_whole:
            told = hits.told_of(one.place, is_blocked=bool(one.row.blocked_by))
            one.findings += [one.row.finding(*finding, column, one.row.address.raw) for finding in told]


def _without_cards(findings: list[Finding], codes: frozenset[str]) -> list[Finding]:
    """The findings of one record; where it holds a card number, no other rule shows it either."""
    if CARD_NUMBER not in codes:
        return findings
    return [replace(one, value="", suggestion="") if has_card_number(one.value) else one for one in findings]


def _keyed(exact: list[_Exact]) -> list[tuple[str, int]]:
    """The addresses that may be compared, with their lines."""
    return [(one.key, one.line) for one in exact if one.key]


@dataclass(slots=True)
class _Facts:
    """What decides about each record of a block, by place. `told` is a segment and one more, or 0 for none."""

    is_blocked: Flags
    has_consent: Flags
    is_cold: Flags
    hashes: NDArray[np.uint64]
    told: NDArray[np.uint8]
    is_kept_out: Flags  # another list forbids the whole domain
    says_no: Flags  # the consent column refuses, and nobody has decided otherwise

    def enter(self, exact: list[_Exact]) -> None:
        """Put what the rules found in place of what the looks said."""
        keyed = [one for one in exact if one.key]
        if keyed:
            self.hashes[[one.place for one in keyed]] = hashes_of(pl.Series([one.key for one in keyed]))
        for one in exact:
            if not one.codes.isdisjoint(REJECTING) or one.row is None:
                self.told[one.place] = _CODE[Segment.REJECTED] + 1
                self.hashes[one.place] = 0
            else:
                self.told[one.place] = _CODE[Segment.FIX] + 1 if needs_fix(one.codes) else 0
            self.is_kept_out[one.place] = KEPT_OUT in one.codes
            if one.is_whole and one.row is not None:
                self.is_blocked[one.place] = bool(one.row.blocked_by)
                self.has_consent[one.place] = one.row.has_consent
                self.says_no[one.place] = one.row.consent == "no" and not one.row.has_consent
                self.is_cold[one.place] = "contacts.engagement.cold" in one.codes

    def segments(self, first: NDArray[np.int64], *, has_address_column: bool) -> NDArray[np.uint8]:
        """The first segment that fits each record, in the order of `Segment`."""
        if not has_address_column:
            return np.full(first.size, _CODE[Segment.REJECTED], np.uint8)
        in_order = (
            (self.told == _CODE[Segment.REJECTED] + 1, Segment.REJECTED),
            (first != 0, Segment.DUPLICATE),
            (self.is_blocked, Segment.BLOCKED),
            (self.told == _CODE[Segment.FIX] + 1, Segment.FIX),
            (self.is_cold, Segment.UNENGAGED),
            (self.has_consent, Segment.CONSENTED),
        )
        fits, codes = [fit for fit, _ in in_order], [_CODE[segment] for _, segment in in_order]
        return np.select(fits, codes, _CODE[Segment.NO_CONSENT]).astype(np.uint8)


def _frame_of(exact: list[_Exact]) -> pl.DataFrame:
    """The findings of the records that went to the rules."""
    rows = [
        (one.place, step, finding.code, finding.severity.value, *where_of(finding), *texts_of(finding))
        for one in exact
        for step, finding in enumerate(one.findings)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")
