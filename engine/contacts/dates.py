"""Days out of the dates that platforms write. Which of day and month stands first is decided for a whole column.

01/02 alone says nothing; one 13/02 in the column says that the day stands first. Where one date in ten or fewer
contradicts all the others, it is those few that are wrong. Where the column has evidence for both orders, or for none,
a date that can be read both ways stays unread: unknown is not cold, and not in the future.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

# Days that no month lacks, then the 29th and 30th, then the 31st.
MONTH_AND_DAY = r"(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
_LEAP_DAY = r"(?:19|20)(?:0[48]|[2468][048]|[13579][26])-02-29|2000-02-29"
ISO = rf"^(?:(?:19|20)[0-9][0-9]-{MONTH_AND_DAY}|{_LEAP_DAY})(?:[T ].*)?$"
_IS_ISO = re.compile(ISO)
_NEVER = frozenset(("-", "never", "none", "null", "n/a", "na", "nil", "0", "0000-00-00", "0000-00-00 00:00:00"))
_TIME = r"(?:(?:[T,]|\s)\s*(?:at\s+|um\s+|à\s+)?\d{1,2}[:.h]\d\d.*)?"
_TRIPLE = re.compile(rf"(\d{{1,4}})([./-])(\d{{1,2}})\2(\d{{2,4}}){_TIME}", re.S)
_NAMED = re.compile(
    rf"(?:[^\W\d_]{{2,10}}\.?,?\s+)?(?:(\d{{1,2}})(?:st|nd|rd|th|er|\.)?[\s/-]+(?:of\s+|de\s+)?([^\W\d_]{{3,10}})\.?"
    rf"|([^\W\d_]{{3,10}})\.?[\s-]+(\d{{1,2}})(?:st|nd|rd|th)?)"
    rf"(?:[\s,/-]+|\s+de\s+)(\d{{4}}|(?<=[/-])\d\d){_TIME}",
    re.S,
)
_PACKED = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")
_SECONDS = re.compile(r"1\d{9}(?:\d{3})?")
_SERIAL = re.compile(r"([34]\d{4}|5[0-4]\d{3})(?:\.\d+)?")  # how spreadsheets count days: 1982 to 2050
SERIAL = r"([1-4][0-9]{4}|5[0-4][0-9]{3})(?:\.[0-9]+)?"  # from 1927, where a whole column is written so
_OF_COLUMN = re.compile(SERIAL)
_SERIAL_START = date(1899, 12, 30)
AS_NUMBERS = r"^\s*[0-9]{1,2}[/-][0-9]{1,2}[/-][0-9]{2,4}"  # a day that only its column explains
_CLEARLY = 9  # dates for one order to one date for the other
_DAY_PART = r"^\s*(\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|.{0,40})"
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier enero gennaio janeiro januari",
            "feb february februar février fevrier febrero febbraio fevereiro februari",
            "mar march märz marz mrz mars marzo março maart",
            "apr april avril abril aprile",
            "may mai mayo maggio maio mei maj",
            "jun june juni juin junio giugno junho",
            "jul july juli juillet julio luglio julho",
            "aug august août aout agosto augustus augusti",
            "sep sept september septembre septiembre settembre setembro",
            "oct october okt oktober octobre octubre ottobre outubro",
            "nov november novembre noviembre novembro",
            "dec december dez dezember décembre decembre diciembre dicembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}


class Order(StrEnum):
    """What stands first in the dates of a column that are written in numbers alone."""

    ISO = "ISO"  # no such date: the year stands first, or the month is a word
    DAY_FIRST = "DMY"
    MONTH_FIRST = "MDY"
    UNCLEAR = "unclear"


def is_day(told: str) -> bool:
    """True for what is a day, not "", "?" or "!"."""
    return len(told) == 10


@lru_cache(maxsize=65_536)
def day_of(cell: str, order: Order) -> str:
    """The day as YYYY-MM-DD; "" for a blank cell, "?" when it cannot be told, "!" when it is no date at all."""
    text = cell.strip()
    if text.casefold() in _NEVER or not text:
        return ""
    if _IS_ISO.match(text):
        return text[:10]
    if match := _TRIPLE.fullmatch(text):
        return _triple(match, order)
    if match := _NAMED.fullmatch(text):
        before, month_after, month_before, after, year = match.groups()
        month = _MONTHS.get((month_after or month_before).casefold(), 0)
        return _day(int(year) + (2000 if len(year) == 2 else 0), month, int(before or after))
    if match := _PACKED.fullmatch(text):
        return _day(*map(int, match.groups()))
    if _SECONDS.fullmatch(text):
        return datetime.fromtimestamp(int(text[:10]), UTC).date().isoformat()
    return "!"


def _triple(match: re.Match[str], order: Order) -> str:
    first, sign, second, third = match.group(1), match.group(2), int(match.group(3)), match.group(4)
    if len(first) == 4:
        return _day(int(first), second, int(third)) if len(third) <= 2 else "!"
    if len(first) > 2 or len(third) == 3:
        return "!"
    year, one = int(third) + (2000 if len(third) == 2 else 0), int(first)
    if sign == "." or one > 12 or order is Order.DAY_FIRST:
        return _day(year, second, one) if second <= 12 else _day(year, one, second)
    if second > 12 or order is Order.MONTH_FIRST or one == second:
        return _day(year, one, second)
    return "?"


def _stands_first(cell: str) -> Order | None:
    """What stands first in a date that shows its order by itself; None where there is nothing to tell."""
    match = _TRIPLE.fullmatch(cell.strip())
    if not match or len(match.group(1)) > 2 or match.group(2) == ".":
        return None
    first, second = int(match.group(1)), int(match.group(3))
    if (first > 12) == (second > 12):
        return None
    return Order.DAY_FIRST if first > 12 else Order.MONTH_FIRST


def is_serial(text: str) -> bool:
    """A number that a spreadsheet shows as a day, in a column of such numbers."""
    return bool(_OF_COLUMN.fullmatch(text))


def _serial_day(text: str, pattern: re.Pattern[str]) -> str:
    """A day that a spreadsheet has left as a number; "!" for anything else."""
    match = pattern.fullmatch(text)
    return (_SERIAL_START + timedelta(days=int(match.group(1)))).isoformat() if match else "!"


def _day(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return "!"


@dataclass(slots=True)
class Evidence:
    """How many dates of a column speak for which order; `both` can be read both ways."""

    filled: int = 0
    day_first: int = 0
    month_first: int = 0
    both: int = 0

    @property
    def order(self) -> Order:
        """The order that the column has as a whole."""
        if self.day_first and self.day_first >= _CLEARLY * self.month_first:
            return Order.DAY_FIRST
        if self.month_first and self.month_first >= _CLEARLY * self.day_first:
            return Order.MONTH_FIRST
        return Order.UNCLEAR if self.both or self.month_first else Order.ISO

    @property
    def is_mixed(self) -> bool:
        """Both orders stand in the column, and neither is clearly the rule."""
        return self.order is Order.UNCLEAR and self.day_first > 0 and self.month_first > 0

    def add(self, cell: str, count: int) -> None:
        """`count` cells that begin with this text."""
        order = _stands_first(cell)
        self.day_first += count * (order is Order.DAY_FIRST)
        self.month_first += count * (order is Order.MONTH_FIRST)
        self.both += count * (day_of(cell, Order.UNCLEAR) == "?")


@dataclass(slots=True)
class DateColumns:
    """The orders of a file's date columns. They are found by one more look at the file, and only if one is needed.

    `look` gives the file's blocks from their start.
    """

    look: Callable[[], "Iterable[pl.DataFrame]"]
    columns: tuple[int, ...]
    evidence: dict[int, Evidence] = field(default_factory=dict)
    serials: frozenset[int] = frozenset()  # columns of nothing but numbers of days

    def order(self, column: int) -> Order:
        """The order of a column in which a date is written in numbers, neither day nor month being clear at once."""
        if not self.evidence:
            evidence = {number: Evidence() for number in self.columns}
            for frame in self.look():
                _add(evidence, frame)
            self.evidence = evidence
        return self.evidence[column].order if column in self.evidence else Order.UNCLEAR

    def day(self, cell: str, column: int) -> str:
        """The day of one cell, as `day_of` tells it."""
        told = day_of(cell, Order.UNCLEAR)
        if told == "?":
            return day_of(cell, self.order(column))
        if told == "!":
            return _serial_day(cell.strip(), _OF_COLUMN if column in self.serials else _SERIAL)
        first = _stands_first(cell)
        return told if first is None or self.order(column) in (first, Order.UNCLEAR, Order.ISO) else "!"

    def days(self, cells: "pl.Series", column: int) -> "pl.Series":
        """The days of many cells: ISO ones at once, the others once for each text that occurs."""
        is_iso = cells.str.contains(ISO)
        days = cells.str.slice(0, 10)
        if is_iso.all():
            return days
        rest = cells.filter(~is_iso).unique()
        meaning = {text: self.day(text, column) for text in rest}
        odd = cells.replace_strict(meaning, default="", return_dtype=cells.dtype)
        return days.zip_with(is_iso, odd)


def _add(evidence: dict[int, Evidence], frame: "pl.DataFrame") -> None:
    for number, one in evidence.items():
        one.filled += int((frame[str(number)] != "").sum())
        for text, count in _odd_parts(frame[str(number)]).value_counts().iter_rows():
            one.add(text, count)


def no_dates() -> DateColumns:
    """For a file without date columns."""
    return DateColumns(lambda: (), ())


def _odd_parts(cells: "pl.Series") -> "pl.Series":
    """The day parts of those cells that are not ISO, without their times."""
    return cells.filter(~cells.str.contains(ISO) & (cells != "")).str.extract(_DAY_PART)
