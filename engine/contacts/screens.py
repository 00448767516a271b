"""A first look at a whole block of rows: which of them are plain, and which must go to the rules one by one.

A screen never decides that something is wrong. It is sure that a rule has nothing to say about a row, or it leaves the
row to the rule. What most lists hold in great number (who has unsubscribed, who is cold, whose consent is blank) is
told for the whole block at once, by the same words and days that the rules use.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.contacts.addresses import GMAIL, ROLES, is_ordinary_domain
from engine.contacts.columns import FieldSpec, Kind
from engine.contacts.dates import AS_NUMBERS, ISO, MONTH_AND_DAY, SERIAL
from engine.contacts.private import CARD_LIKE
from engine.contacts.rows import Setting
from engine.contacts.tag_cells import TagCells
from engine.contacts.target_rules import CONTROL, EMOJI
from engine.contacts.vocabulary import BLOCKING, flag_of, plain

Flags = NDArray[np.bool_]
Codes = NDArray[np.uint8]
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
# Stricter than the rule: shorter, and without the rarer shapes; what does not match goes to the rule.
PLAIN_ADDRESS = rf"^{_ATOM}(?:\.{_ATOM})*@(?:[a-z0-9]+(?:-+[a-z0-9]+)*\.)+(?:[a-z]{{2,}}|xn--[a-z0-9-]*[a-z0-9])$"
_LONGEST = 64
MOST_DOMAINS = 500_000
_ROLE = f"^(?:{'|'.join(sorted(ROLES))})[+@]"
MEANINGS = ("", *BLOCKING, "subscribed", "neutral", "cold", "yes", "no", "unknown")
_CODE = {meaning: code for code, meaning in enumerate(MEANINGS)}
_LAST_BLOCKING = len(BLOCKING)
GARBLED = "[\u00c2-\u00c5\u00d0\u00d1\u00e2\u00e3\u00ef\u00f0]"  # how UTF-8 read as Windows-1252 begins
_FEW = 6  # words that are compared one after the other sooner than they are looked up
_PLAIN_OF_KIND = {
    Kind.NUMBER: r"^[+-]?[0-9]+(?:[.,][0-9]+)?%?$",
    Kind.PHONE: r"^\+?(?:[ ().-]{0,2}[0-9]){6,15}$",
    Kind.URL: r"^https?://(?:[a-z0-9](?:-*[a-z0-9])*\.)+[a-z]{2,20}(?:[/?#][!-~]*)?$",
    Kind.DATE: rf"^(?:19|20)[0-9][0-9]-{MONTH_AND_DAY}(?:[T ][0-2][0-9]:[0-5][0-9](?::[0-5][0-9])?)?$",
    Kind.BOOLEAN: r"^(?:yes|no|true|false|0|1)$",
    Kind.EMAIL: PLAIN_ADDRESS,
}
_SERIALS = f"^{SERIAL}$"


@dataclass(slots=True)
class Looks:
    """What a block shows at once, one entry for each row of its frame.

    Rows with an odd address need the rules about addresses, rows with odd cells all of them. `hashes` are those of the
    addresses in lower case. `filled` cells and the `longest` one, in bytes, are told for each column.
    `blocked` is an index of MEANINGS (0 = not blocked) and `blocked_by` the column that says so; `opened` and
    `opted_in` are days as `dates.day_of` tells them, None where the file has no such column.
    """

    has_odd_address: Flags
    has_odd_cells: Flags
    hashes: NDArray[np.uint64]
    domains: pl.Series
    blocked: Codes
    blocked_by: NDArray[np.int16]
    lacks_consent: Flags
    has_consent: Flags
    is_decided: Flags  # a person said whether the contacts with these words agreed
    is_cold: Flags
    opened: pl.Series | None
    opted_in: pl.Series | None
    status: Codes
    consent: Codes
    tiers: Codes  # as `Setting.tier_of` counts them
    filled: NDArray[np.int64]
    longest: NDArray[np.int64]
    words: dict[int, dict[str, int]]  # of the columns of words, with how often each occurs
    tags: Counter[str]
    ill_formed: list[Flags]  # for each of the setting's forms of cells: where the cell has another


class Screen:
    """The look for one file."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._columns = setting.columns
        self._meanings: dict[tuple[int, str], int] = {}
        self._words: dict[int, dict[str, int]] = {}
        self._known = np.empty(0, np.uint64)  # hashes of the domains that were looked at, in order
        self._odd = pl.Series([], dtype=pl.String)  # those of them about which a rule has something to say
        self.tags = TagCells(setting)

    def look(self, frame: pl.DataFrame) -> Looks:
        """All facts about the rows of one block. What polars can tell by itself it is asked in two goes."""
        columns, setting, self._words = self._columns, self._setting, {}
        filled, longest = _extent(frame)
        status = self._coded(frame, columns.status, setting.status_of)
        consent = self._coded(frame, columns.consent, setting.consent_of)
        blocked, blocked_by = self._blocked(frame, status, consent)
        first = frame.select(self._first_look(longest.tolist()))
        self._look_for_orders(frame)
        opened, opted_in = (self._days(frame, first, number) for number in (columns.last_active, columns.opted_in))
        second = self._second_look(first, opened, opted_in)
        decided, (has_odd_tags, tags) = self._decided(frame), self.tags.odd_rows(frame)
        lacks = np.zeros(frame.height, np.bool_)
        if columns.consent >= 0 and setting.choice_for_rest is None:
            lacks = (consent == 0) & (blocked == 0) & (decided < 0)
        return Looks(
            _flags(second["doubtful"]),
            _flags(first["odd"]) | _flags(second["odd"]) | has_odd_tags,
            second["hash"].to_numpy(),
            first["domain"],
            blocked,
            blocked_by,
            lacks,
            self._has_consent(status, consent, _flags(second["has_day"]), decided),
            (decided >= 0) | (setting.choice_for_rest is not None),
            _flags(second["cold"]),
            opened,
            opted_in,
            status,
            consent,
            second["tier"].to_numpy().copy(),
            filled,
            longest,
            self._words,
            tags,
            [_flags(first[f"form {place}"]) for place in range(len(setting.cell_forms))],
        )

    def _first_look(self, longest: Sequence[int]) -> list[pl.Expr]:
        """Addresses in lower case with their domains, days that stand as ISO has them, cells that a rule must see."""
        email = self._columns.email
        some = pl.col("0")  # a bare literal would be one row long
        key = pl.col(str(email)).str.to_lowercase() if email >= 0 else some.str.slice(0, 0)
        told = [
            key.alias("key"),
            key.str.splitn("@", 2).struct.field("field_1").alias("domain"),
            pl.any_horizontal(some.is_null(), *self._cell_screens(longest)).alias("odd"),
        ]
        told += [form.failing.alias(f"form {place}") for place, form in enumerate(self._setting.cell_forms)]
        for number in self._columns.dates:
            cells = pl.col(str(number))
            told += [cells.str.contains(ISO).alias(f"is_iso {number}"), cells.str.slice(0, 10).alias(f"day {number}")]
        return told

    def _days(self, frame: pl.DataFrame, first: pl.DataFrame, number: int) -> pl.Series | None:
        """Days as `dates.day_of` tells them; those that are not written as ISO has them are asked for one by one."""
        if number < 0:
            return None
        days, is_iso = first[f"day {number}"], first[f"is_iso {number}"]
        return days if is_iso.all() else self._setting.dates.days(frame[str(number)], number)

    def _look_for_orders(self, frame: pl.DataFrame) -> None:
        """Whether day or month stands first in the dates that are only to be written anew, where they do not say."""
        dates = self._setting.dates
        others = [number for number in dates.columns if number not in self._columns.dates]
        if others and not dates.evidence:
            seen = frame.select(pl.col(str(number)).str.contains(AS_NUMBERS).any() for number in others).row(0)
            if any(seen):
                dates.order(others[0])

    def _second_look(self, first: pl.DataFrame, opened: pl.Series | None, opted_in: pl.Series | None) -> pl.DataFrame:
        """What follows from addresses and days."""
        setting = self._setting
        self._look_at(first["domain"].unique())
        key, blank = pl.col("key"), pl.lit("", pl.String)
        doubtful = ~key.str.contains(PLAIN_ADDRESS) | (key.str.len_bytes() > _LONGEST) | key.str.contains(_ROLE)
        if setting.target.email_refused:
            doubtful |= key.str.contains(f"[{re.escape(setting.target.email_refused)}]")
        if self._odd.len():
            doubtful |= pl.col("domain").is_in(self._odd.implode())
        days = first.select(
            "key",
            "domain",
            mailboxes(first["key"]).alias("mailbox"),
            (blank if opened is None else pl.lit(opened)).alias("opened"),
            (blank if opted_in is None else pl.lit(opted_in)).alias("opted_in"),
        )
        last, joined = pl.col("opened"), pl.col("opted_in")
        is_last, is_joined = last.str.len_bytes() == 10, joined.str.len_bytes() == 10
        older = pl.sum_horizontal(pl.lit(0, pl.UInt8), *((last < day).cast(pl.UInt8) for _, day in setting.tier_days))
        return days.lazy().select(
            doubtful.fill_null(value=True).alias("doubtful"),
            pl.col("mailbox").hash().alias("hash"),
            (is_last & (last < setting.cold_before)).alias("cold"),
            pl.when(is_last).then(older).otherwise(len(setting.tier_days) + 1).cast(pl.UInt8).alias("tier"),
            # Days that cannot be read, that are to come, or that stand in the wrong order.
            (
                (last == "!") | (joined == "!")
                | (is_last & (last > setting.future_after)) | (is_joined & (joined > setting.future_after))
                | (is_last & is_joined & (last < joined))
            ).alias("odd"),
            ((joined.str.len_bytes() > 1) | (joined == "?")).alias("has_day"),
        ).collect()  # fmt: skip

    def _coded(self, frame: pl.DataFrame, number: int, meaning: Callable[[str], str]) -> Codes:
        """The meaning of each cell of a column of words, asked once for each word."""
        if number < 0:
            return np.zeros(frame.height, np.uint8)
        cells, codes = frame[str(number)], {}
        counts = self._words[number] = dict(sorted(cells.value_counts().iter_rows()))
        for word in counts:
            code = self._meanings.get((number, word))
            if code is None:
                code = self._meanings[number, word] = _CODE[meaning(word)]
            codes[word] = code
        return _coded_by(cells, codes)

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
        if (told_by_name := self._setting.file_status) in BLOCKING:
            fresh = blocked == 0
            blocked[fresh], blocked_by[fresh] = _CODE[told_by_name], columns.email
        return blocked, blocked_by

    def _decided(self, frame: pl.DataFrame) -> NDArray[np.int8]:
        """What a person decided about the words of each row: 1 agreed, 0 did not, -1 nothing."""
        decided = np.full(frame.height, -1, np.int8)
        for number, words in self._setting.choices.items():
            cells = frame[str(number)]
            told = _coded_by(cells, {cell: int(words.get(plain(cell), 2)) for cell in cells.unique()}).astype(np.int8)
            decided = np.where((decided < 0) & (told < 2), told, decided)
        return decided

    def _has_consent(self, status: Codes, consent: Codes, has_day: Flags, decided: NDArray[np.int8]) -> Flags:
        rest = bool(self._setting.choice_for_rest)
        if self._columns.consent >= 0:
            told = np.where(consent > 0, consent == _CODE["yes"], rest)
        else:
            told = rest | (status == _CODE["subscribed"]) | (status == _CODE["cold"])
            if not self._setting.file_status:
                told |= has_day & (status != _CODE["unknown"])
        told &= status != _CODE["no"]
        return np.where(decided >= 0, decided == 1, told)

    def _look_at(self, domains: pl.Series) -> None:
        """Ask about the domains that were not seen before; above a bound they are asked about again."""
        domains = domains.drop_nulls()
        hashes = domains.hash().to_numpy()
        places = np.searchsorted(self._known, hashes)
        is_known = np.append(self._known, np.uint64(0))[places] == hashes
        fresh, no_mail = domains.filter(pl.Series(~is_known)), self._setting.odd_domains
        odd = [domain for domain in fresh if domain in no_mail or not is_ordinary_domain(domain)]
        self._odd = pl.concat([self._odd, pl.Series(odd, dtype=pl.String)])
        if fresh.len() and self._known.size < MOST_DOMAINS:
            self._known = np.sort(np.concatenate((self._known, hashes[~is_known])), kind="stable")

    def _cell_screens(self, longest: Sequence[int]) -> Iterator[pl.Expr]:
        """True for the cells that a rule about cells must see."""
        setting, columns = self._setting, self._columns
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
        yield from self._target_screens(len(longest))
        for number, spec in columns.specs.items():
            if number < len(longest) and number not in columns.ignored:
                cells, is_main, is_serial = pl.col(str(number)), number == columns.email, number in columns.serials
                yield from _spec_screens(cells, spec, is_main=is_main, is_serial=is_serial)

    def _target_screens(self, width: int) -> Iterator[pl.Expr]:
        """What the target alone wants; most targets want nothing of it."""
        setting, columns = self._setting, self._columns
        for _, numbers in setting.wanted_columns:
            if numbers:
                yield pl.all_horizontal(pl.col(str(number)).str.strip_chars() == "" for number in numbers)
        for number, most in setting.field_lengths.items():
            yield pl.col(str(number)).str.len_bytes() > most
        for number in range(width):
            cells = pl.col(str(number))
            if setting.target.letters:
                yield cells.str.len_bytes() != cells.str.len_chars()
            if setting.target.refuses_line_breaks:
                yield cells.str.contains(r"[\r\n]")
            if setting.target.refuses_emoji and number not in columns.tags:
                yield cells.str.contains(EMOJI)
            if setting.has_garble:
                yield cells.str.contains(GARBLED)
            if setting.has_control:
                yield cells.str.contains(CONTROL)
        if setting.target.max_line:
            yield _written_bytes(width) > setting.target.max_line


def _written_bytes(width: int) -> pl.Expr:
    """At least the characters of a row as it stands in a file, quotes included."""
    cells = [pl.col(str(number)) for number in range(width)]
    quotes = (cell.str.count_matches('"', literal=True) for cell in cells)
    return pl.sum_horizontal(*(cell.str.len_bytes() for cell in cells), *quotes) + 3 * width


def mailboxes(keys: pl.Series) -> pl.Series:
    """Addresses of one mailbox made the same, as `addresses.mailbox` does it."""
    at_gmail = keys.str.ends_with(f"@{GMAIL[0]}") | keys.str.ends_with(f"@{GMAIL[1]}")
    if not at_gmail.any():
        return keys
    theirs = keys.filter(at_gmail).str.splitn("@", 2).struct.field("field_0").str.replace_all(".", "", literal=True)
    return keys.scatter(at_gmail.arg_true(), theirs + f"@{GMAIL[0]}")


def _spec_screens(cells: pl.Expr, spec: FieldSpec, *, is_main: bool, is_serial: bool = False) -> Iterator[pl.Expr]:
    """Cells that may not be as a person described their column."""
    if spec.required and not is_main:
        yield cells.str.strip_chars() == ""
    if spec.max_length:
        yield cells.str.len_bytes() > spec.max_length
    if is_main:
        return
    if spec.kind is Kind.OPTION and spec.options:
        yield (cells != "") & ~cells.is_in(list(spec.options))
    if pattern := _SERIALS if is_serial else _PLAIN_OF_KIND.get(spec.kind):
        is_long = cells.str.len_bytes() > _LONGEST if spec.kind is Kind.EMAIL else pl.lit(value=False)
        yield (cells != "") & (~cells.str.contains(f"(?i-u){pattern}") | is_long)  # ASCII letters of both cases


def _extent(frame: pl.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each column the number of cells that are not empty, and the bytes of the longest."""
    sizes = pl.all().str.len_bytes()
    told = frame.select((sizes > 0).sum().name.suffix(" filled"), sizes.max().fill_null(0).name.suffix(" longest"))
    numbers = np.array(told.row(0), np.int64)
    return numbers[: frame.width], numbers[frame.width :]


def _coded_by(cells: pl.Series, codes: dict[str, int]) -> Codes:
    if len(codes) == 1:
        return np.full(cells.len(), next(iter(codes.values())), np.uint8)
    if not codes:
        return np.zeros(cells.len(), np.uint8)
    if len(codes) <= _FEW:
        first, *others = codes.items()
        told = np.full(cells.len(), first[1], np.uint8)
        for word, code in others:
            told[(cells == word).to_numpy()] = code
        return told
    return cells.replace_strict(codes, return_dtype=pl.UInt8).to_numpy().copy()


def _flags(told: pl.Series) -> Flags:
    return told.fill_null(value=False).to_numpy().copy()
