"""A first look at a whole block of rows: which of them are plain, and which must go to the rules one by one.

A screen never decides that something is wrong. It is sure that a rule has nothing to say about a row, or it leaves the
row to the rule. What most lists hold in great number (who has unsubscribed, who is cold, whose consent is blank) is
told for the whole block at once, by the same words and days that the rules use.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.contacts.addresses import ROLES, is_ordinary_domain
from engine.contacts.columns import FieldSpec, Kind
from engine.contacts.dates import MONTH_AND_DAY
from engine.contacts.private import CARD_LIKE
from engine.contacts.rows import Setting
from engine.contacts.tag_cells import TagCells
from engine.contacts.vocabulary import BLOCKING, flag_of, plain

Flags = NDArray[np.bool_]
Codes = NDArray[np.uint8]
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
# Stricter than the rule: shorter, and without the rarer shapes; what does not match goes to the rule.
PLAIN_ADDRESS = rf"^{_ATOM}(?:\.{_ATOM})*@(?:[a-z0-9]+(?:-+[a-z0-9]+)*\.)+(?:[a-z]{{2,}}|xn--[a-z0-9-]*[a-z0-9])$"
_LONGEST = 64
MOST_WORDS, MOST_DOMAINS = 1_000, 500_000
_ROLE = f"^(?:{'|'.join(sorted(ROLES))})[+@]"
MEANINGS = ("", *BLOCKING, "subscribed", "neutral", "yes", "no", "unknown")
_CODE = {meaning: code for code, meaning in enumerate(MEANINGS)}
_LAST_BLOCKING = len(BLOCKING)
_PLAIN_OF_KIND = {
    Kind.NUMBER: r"^[+-]?[0-9]+(?:[.,][0-9]+)?%?$",
    Kind.PHONE: r"^\+?[0-9][0-9 ().-]{4,28}$",
    Kind.URL: r"^https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,20}(?:[/?#][!-~]*)?$",
    Kind.DATE: rf"^(?:19|20)[0-9][0-9]-{MONTH_AND_DAY}(?:[T ][0-2][0-9]:[0-5][0-9](?::[0-5][0-9])?)?$",
    Kind.BOOLEAN: r"^(?:yes|no|true|false|0|1)$",
    Kind.EMAIL: PLAIN_ADDRESS,
}


@dataclass(slots=True)
class Looks:
    """What a block shows at once, one entry for each row of its frame.

    Rows with an odd address need the rules about addresses, rows with odd cells all of them.
    `blocked` is an index of MEANINGS (0 = not blocked) and `blocked_by` the column that says so; `opened` and
    `opted_in` are days as `dates.day_of` tells them, None where the file has no such column.
    """

    has_odd_address: Flags
    has_odd_cells: Flags
    keys: pl.Series
    blocked: Codes
    blocked_by: NDArray[np.int16]
    lacks_consent: Flags
    has_consent: Flags
    is_cold: Flags
    opened: pl.Series | None
    opted_in: pl.Series | None
    status: Codes
    consent: Codes
    tiers: Codes  # as `Setting.tier_of` counts them


class Screen:
    """The look for one file."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._columns = setting.columns
        self._meanings: dict[tuple[int, str], int] = {}
        self.words: dict[int, Counter[str]] = {}
        self._known = pl.Series([], dtype=pl.String)  # domains that were looked at
        self._odd = pl.Series([], dtype=pl.String)  # those of them about which a rule has something to say
        self.tags = TagCells(setting)

    def look(self, frame: pl.DataFrame) -> Looks:
        """All facts about the rows of one block."""
        columns, setting = self._columns, self._setting
        status = self._coded(frame, columns.status, setting.status_of)
        consent = self._coded(frame, columns.consent, setting.consent_of)
        blocked, blocked_by = self._blocked(frame, status, consent)
        opened, opted_in = (self._days(frame, number) for number in (columns.last_active, columns.opted_in))
        keys, odd_address = self._addresses(frame)
        odd_cells = self._odd_cells(frame) | self._odd_days(frame, opened, opted_in)
        decided = self._decided(frame)
        has_consent = self._has_consent(status, consent, opted_in, decided, frame.height)
        lacks = np.zeros(frame.height, np.bool_)
        if columns.consent >= 0 and setting.choice_for_rest is None:
            lacks = (consent == 0) & (blocked == 0) & (decided < 0)
        cold = np.zeros(frame.height, np.bool_)
        if opened is not None:
            cold = _flags((opened.str.len_bytes() == 10) & (opened < setting.cold_before))
        return Looks(
            odd_address,
            odd_cells,
            keys,
            blocked,
            blocked_by,
            lacks,
            has_consent,
            cold,
            opened,
            opted_in,
            status,
            consent,
            self._tiers(opened, frame.height),
        )

    def _coded(self, frame: pl.DataFrame, number: int, meaning: Callable[[str], str]) -> Codes:
        """The meaning of each cell of a column of words, asked once for each word."""
        if number < 0:
            return np.zeros(frame.height, np.uint8)
        cells, codes = frame[str(number)], {}
        counts = self.words.setdefault(number, Counter())
        for word, count in cells.value_counts().iter_rows():
            code = self._meanings.get((number, word))
            if code is None:
                code = self._meanings[number, word] = _CODE[meaning(word)]
            codes[word] = code
            if word in counts or len(counts) < MOST_WORDS:
                counts[word] += count
        return _coded_by(cells, codes)

    def meaning(self, number: int, word: str) -> str:
        """What a word of a status or consent column was taken for."""
        return MEANINGS[self._meanings.get((number, word), 0)]

    def _blocked(self, frame: pl.DataFrame, status: Codes, consent: Codes) -> tuple[Codes, NDArray[np.int16]]:
        columns = self._columns
        blocked = np.where(status <= _LAST_BLOCKING, status, 0).astype(np.uint8)
        blocked_by = np.full(frame.height, columns.status, np.int16)
        by_consent = (blocked == 0) & (consent > 0) & (consent <= _LAST_BLOCKING)
        blocked[by_consent], blocked_by[by_consent] = consent[by_consent], columns.consent
        for number in columns.blocked_flags:
            header = columns.header[number]
            told = self._coded(frame, number, partial(flag_of, header))
            fresh = (blocked == 0) & (told > 0)
            blocked[fresh], blocked_by[fresh] = told[fresh], number
        return blocked, blocked_by

    def _decided(self, frame: pl.DataFrame) -> NDArray[np.int8]:
        """What a person decided about the words of each row: 1 agreed, 0 did not, -1 nothing."""
        decided = np.full(frame.height, -1, np.int8)
        for number, words in self._setting.choices.items():
            cells = frame[str(number)]
            told = _coded_by(cells, {cell: int(words.get(plain(cell), 2)) for cell in cells.unique()}).astype(np.int8)
            decided = np.where((decided < 0) & (told < 2), told, decided)
        return decided

    def _has_consent(
        self, status: Codes, consent: Codes, opted_in: pl.Series | None, decided: NDArray[np.int8], height: int
    ) -> Flags:
        rest = np.full(height, bool(self._setting.choice_for_rest))
        if self._columns.consent >= 0:
            told = np.where(consent > 0, consent == _CODE["yes"], rest)
        else:
            told = rest | (status == _CODE["subscribed"])
            if opted_in is not None:
                has_day = _flags(opted_in.str.len_bytes() > 1) | _flags(opted_in == "?")
                told |= has_day & (status != _CODE["unknown"])
        return np.where(decided >= 0, decided == 1, told)

    def _days(self, frame: pl.DataFrame, number: int) -> pl.Series | None:
        return self._setting.dates.days(frame[str(number)], number) if number >= 0 else None

    def _tiers(self, opened: pl.Series | None, height: int) -> Codes:
        tiers = np.full(height, len(self._setting.tier_days) + 1, np.uint8)
        if opened is not None:
            is_day = _flags(opened.str.len_bytes() == 10)
            older = sum((_flags(opened < first).astype(np.uint8) for _, first in self._setting.tier_days), np.uint8(0))
            tiers = np.where(is_day, older, tiers).astype(np.uint8)
        return tiers

    def _odd_days(self, frame: pl.DataFrame, opened: pl.Series | None, opted_in: pl.Series | None) -> Flags:
        """Days that cannot be read, that are to come, or that stand in the wrong order."""
        odd = np.zeros(frame.height, np.bool_)
        for days in (opened, opted_in):
            if days is not None:
                odd |= _flags((days == "!") | (days > self._setting.future_after) & (days.str.len_bytes() == 10))
        if opened is not None and opted_in is not None:
            odd |= _flags((opened < opted_in) & (opened.str.len_bytes() == 10) & (opted_in.str.len_bytes() == 10))
        return odd

    def _addresses(self, frame: pl.DataFrame) -> tuple[pl.Series, Flags]:
        """The addresses in lower case, and those that a rule about addresses must see."""
        if self._columns.email < 0:
            return pl.Series([""] * frame.height, dtype=pl.String), np.ones(frame.height, np.bool_)
        keys = frame[str(self._columns.email)].str.to_lowercase()
        domains = keys.str.splitn("@", 2).struct.field("field_1")
        self._look_at(domains.unique())
        doubtful = ~keys.str.contains(PLAIN_ADDRESS) | (keys.str.len_bytes() > _LONGEST) | keys.str.contains(_ROLE)
        if self._odd.len():
            doubtful |= domains.is_in(self._odd.implode()).fill_null(value=True)
        return keys, _flags(doubtful)

    def _look_at(self, domains: pl.Series) -> None:
        """Ask about the domains that were not seen before; above a bound they are asked about again."""
        fresh = domains.drop_nulls()
        fresh = fresh.filter(~fresh.is_in(self._known.implode()))
        no_mail = self._setting.no_mail
        odd = [domain for domain in fresh if domain in no_mail or not is_ordinary_domain(domain)]
        self._odd = pl.concat([self._odd, pl.Series(odd, dtype=pl.String)])
        if self._known.len() < MOST_DOMAINS:
            self._known = pl.concat([self._known, fresh])

    def _odd_cells(self, frame: pl.DataFrame) -> Flags:
        """Rows with a cell that a rule about cells must see."""
        screens = list(self._cell_screens(frame))
        odd = np.zeros(frame.height, np.bool_)
        if screens:
            odd |= _flags(frame.select(pl.any_horizontal(screens).alias("odd"))["odd"])
        return odd | self.tags.odd_rows(frame)

    def _cell_screens(self, frame: pl.DataFrame) -> Iterator[pl.Expr]:
        setting, columns = self._setting, self._columns
        longest = frame.select(pl.all().str.len_bytes().max()).row(0) if frame.height else ()
        for number, most in enumerate(longest):
            cells = pl.col(str(number))
            if setting.target.max_text and most > setting.target.max_text and number not in columns.unmeasured:
                yield cells.str.len_bytes() > setting.target.max_text
            if most >= 13 and number not in columns.unsearched:
                yield cells.str.contains(CARD_LIKE)
            if setting.has_nul:
                yield cells.str.contains("\0", literal=True)
            if setting.has_damage:
                yield cells.str.contains("\ufffd", literal=True)
        for number, spec in columns.specs.items():
            if number < len(longest) and number not in columns.ignored:
                yield from _spec_screens(pl.col(str(number)), spec, is_main=number == columns.email)


def _spec_screens(cells: pl.Expr, spec: FieldSpec, *, is_main: bool) -> Iterator[pl.Expr]:
    """Cells that may not be as a person described their column."""
    if spec.required and not is_main:
        yield cells.str.strip_chars() == ""
    if spec.max_length:
        yield cells.str.len_bytes() > spec.max_length
    if is_main:
        return
    if spec.kind is Kind.OPTION and spec.options:
        yield (cells != "") & ~cells.is_in(list(spec.options))
    if pattern := _PLAIN_OF_KIND.get(spec.kind):
        plain_cells = cells.str.to_lowercase() if spec.kind in (Kind.EMAIL, Kind.URL, Kind.BOOLEAN) else cells
        is_long = cells.str.len_bytes() > _LONGEST if spec.kind is Kind.EMAIL else pl.lit(value=False)
        yield (cells != "") & (~plain_cells.str.contains(pattern) | is_long)


def _coded_by(cells: pl.Series, codes: dict[str, int]) -> Codes:
    if len(codes) == 1:
        return np.full(cells.len(), next(iter(codes.values())), np.uint8)
    if not codes:
        return np.zeros(cells.len(), np.uint8)
    return cells.replace_strict(codes, return_dtype=pl.UInt8).to_numpy().copy()


def _flags(told: pl.Series) -> Flags:
    return told.fill_null(value=False).to_numpy().copy()
