"""Days out of date columns; whether 03/04 is April or March is decided for the column as a whole, and told."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

MONTHS_FILE = Path(__file__).parent / "words" / "months.json"
LONGEST = 64
FIRST_YEAR, LAST_YEAR = 1970, 2199
_REST = r"(?:[T ,].{0,40})?"
_ISO = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_REST}")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)")
_TRIPLE = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}|\d\d){_REST}")
_WORDS = re.compile(
    r"(?:[^\W\d]+\.?,\s+)?([^\W_]+)[.,]?[\s\-]+(?:de\s+)?([^\W_]+)[.,]?(?:[\s\-]+(?:de\s+)?(\d{4}))\b.{0,40}"
)
_EPOCH = re.compile(r"\d{10}|\d{13}")
_NTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er)?")
_NOTHING = frozenset({"", "0000-00-00", "0000-00-00 00:00:00", "null", "none", "n/a", "na", "-", "never"})


def _load() -> dict[str, int]:
    listed: dict[str, list[str]] = json.loads(MONTHS_FILE.read_text("utf-8"))
    return {name: int(number) for number, names in listed.items() for name in names}


_MONTHS = _load()


class Day(NamedTuple):
    """`day` is None where the cell is blank, or not blank and no date."""

    day: date | None = None
    is_blank: bool = False


@lru_cache(maxsize=8_192)
def read_day(cell: str, order: str) -> Day:
    """The day in a cell whose column is written in this order: "DMY" or "MDY". Times of day are passed over."""
    text = cell.strip()
    if text.casefold() in _NOTHING:
        return Day(is_blank=True)
    if len(text) > LONGEST:
        return Day()
    if match := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        return Day(_day(*match.groups()[:3]))
    if match := _TRIPLE.fullmatch(text):
        first, second, year = match.group(1, 3, 4)
        year = year if len(year) == 4 else f"20{year}"
        return Day(_day(year, second, first) if order == "DMY" else _day(year, first, second))
    if _EPOCH.fullmatch(text):
        return Day(datetime.fromtimestamp(int(text[:10]), UTC).date())
    return Day(_in_words(text))


def _in_words(text: str) -> date | None:
    """ "Sep 01 2026 10:00 AM", "1 September 2026", "1. Mai 2026": the name of the month leaves no doubt."""
    match = _WORDS.fullmatch(text)
    if not match:
        return None
    first, second, year = match.groups()
    for month, day in ((first, second), (second, first)):
        number, nth = _MONTHS.get(month.casefold()), _NTH.fullmatch(day)
        if number and nth:
            return _day(year, str(number), nth.group(1))
    return None


def _day(year: str, month: str, day: str) -> date | None:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


@dataclass(slots=True)
class DateColumn:
    """What the cells of one column bear witness of."""

    name: str
    filled: int = 0
    ambiguous: int = 0
    orders: Counter[str] = field(default_factory=Counter)
    signs: Counter[str] = field(default_factory=Counter)

    def see(self, cell: str) -> None:
        """One more cell."""
        text = cell.strip()
        if not text:
            return
        self.filled += 1
        match = _TRIPLE.fullmatch(text) if len(text) <= LONGEST else None
        if not match:
            return
        first, second = int(match.group(1)), int(match.group(3))
        self.signs[match.group(2)] += 1
        if first > 12 >= second:
            self.orders["DMY"] += 1
        elif second > 12 >= first:
            self.orders["MDY"] += 1
        elif first != second:
            self.ambiguous += 1

    @property
    def proof(self) -> str:
        """What the cells prove; "" where they prove nothing, or as much one way as the other."""
        return self.order if self._has_proof else ""

    def hear(self, order: str) -> None:
        """Another column of the same file proves how its program writes days."""
        self.orders[order] += 1

    @property
    def order(self) -> str:
        """ "DMY" or "MDY": what most cells prove; without proof the custom: dots and dashes put the day first."""
        if self._has_proof:
            return "DMY" if self.orders["DMY"] > self.orders["MDY"] else "MDY"
        return "MDY" if self.signs["/"] else "DMY"

    @property
    def _has_proof(self) -> bool:
        return self.orders["DMY"] != self.orders["MDY"]

    @property
    def is_decided(self) -> bool:
        """False where cells in doubt are read by custom and not by proof."""
        return not self.ambiguous or self._has_proof

    @property
    def form(self) -> str:
        """ "ISO" (or the month by name), "DMY", "MDY", or "unclear"."""
        if not self.signs:
            return "ISO"
        return self.order if self.is_decided else "unclear"
