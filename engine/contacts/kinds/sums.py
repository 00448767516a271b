"""Money added up exactly and small: whole millionths in dictionaries, people as hashes and numbers.

A million buyers take about 250 MB this way; decimals and addresses would take three times as much.
"""

from array import array
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from engine.contacts.kinds.amounts import CODES

SCALE = 6
_BITS = (1 << 60) - 1  # a number below this takes one block of the allocator
OTHERS = "(others)"
_CENT = Decimal("0.01")


def key_of(*parts: object) -> int:
    """A number for what makes two records alike; odds of a mix-up among a million people: one in a million."""
    return hash(parts) & _BITS


def scaled(value: Decimal) -> int:
    """Whole millionths; no amount has more decimals."""
    return int(value.scaleb(SCALE))


def money(millionths: int) -> str:
    """The amount as text, with two decimals at least: JSON numbers would be floats."""
    value = Decimal(millionths).scaleb(-SCALE)
    return str(value.quantize(_CENT)) if value == value.quantize(_CENT) else str(value.normalize())


def group_of(currency: str | None) -> str:
    """The currency under which an amount is added: a code, a sign that many share, or "" for not named."""
    return currency or ""


def in_order(names: Iterable[str]) -> list[str]:
    """Codes by the alphabet, then what has no code."""
    return sorted(set(names), key=lambda name: (name not in CODES, name))


class People:
    """Who was seen, by hash; each gets a number, in the order of the file."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, key: str) -> tuple[int, bool]:
        """The person's number, and whether it is new."""
        hashed = key_of(key)
        found = self._numbers.get(hashed)
        if found is not None:
            return found, False
        number = self._numbers[hashed] = len(self._numbers)
        return number, True


class Sums:
    """Amounts per person and currency; two currencies are never added together."""

    def __init__(self) -> None:
        self._by_currency: dict[str, dict[int, int]] = {}

    def add(self, currency: str, person: int, value: Decimal) -> None:
        """Add to what this person has in this currency."""
        sums = self._by_currency.setdefault(currency, {})
        sums[person] = sums.get(person, 0) + scaled(value)

    def of(self, currency: str, person: int) -> int:
        """Millionths; 0 where there is nothing."""
        return self._by_currency.get(currency, {}).get(person, 0)

    def total(self, currency: str) -> int:
        """Millionths of all people."""
        return sum(self._by_currency.get(currency, {}).values())

    def people(self, currency: str) -> int:
        """How many have anything in it."""
        return len(self._by_currency.get(currency, {}))

    def entries(self) -> Iterator[tuple[str, int, int]]:
        """(currency, person, millionths)."""
        for currency, sums in self._by_currency.items():
            for person, value in sums.items():
                yield currency, person, value

    @property
    def currencies(self) -> list[str]:
        """All currencies, in order."""
        return in_order(self._by_currency)


class DaySpan:
    """The first and last day of each person, four bytes each; 0 = none."""

    def __init__(self) -> None:
        self._first, self._last = array("i"), array("i")

    def grow(self) -> None:
        """Room for one more person."""
        self._first.append(0)
        self._last.append(0)

    def see(self, person: int, day: date) -> None:
        """One more day of this person."""
        number = day.toordinal()
        if not self._first[person] or number < self._first[person]:
            self._first[person] = number
        if number > self._last[person]:
            self._last[person] = number

    def first(self, person: int) -> date | None:
        """The earliest day."""
        return date.fromordinal(self._first[person]) if self._first[person] else None

    def last(self, person: int) -> date | None:
        """The latest day."""
        return date.fromordinal(self._last[person]) if self._last[person] else None


class Groups:
    """Counts and sums by name (product, plan, course); a file with endlessly many names fills no memory."""

    MOST = 5_000

    def __init__(self) -> None:
        self._sums: dict[tuple[str, ...], list[int]] = {}

    def add(self, name: tuple[str, ...], *values: int) -> None:
        """Add the values to those of the name; beyond the cap to those of the others."""
        if name not in self._sums and len(self._sums) >= self.MOST:
            name = (OTHERS, *name[1:])
        held = self._sums.setdefault(name, [0] * len(values))
        for place, value in enumerate(values):
            held[place] += value

    def most(self, count: int) -> list[tuple[tuple[str, ...], list[int]]]:
        """The names with the largest first value."""
        return sorted(self._sums.items(), key=lambda item: (-item[1][0], item[0]))[:count]

    def __len__(self) -> int:
        return len(self._sums)

    def __iter__(self) -> Iterator[tuple[tuple[str, ...], list[int]]]:
        return iter(self._sums.items())
