"""How often a subscription is charged, and what that makes in a month."""

import re
from fractions import Fraction
from functools import lru_cache

from engine.contacts.kinds.roles import plain, vocabulary

_COUNTED = re.compile(
    r"(?:(?:every|alle|tous les|toutes les|cada|ogni|per|/)\s*)?(?:(\d{1,3})\s*-?\s*)?([^\W\d][^\d]*)"
)
_MONTHS = {
    "day": Fraction(12, 365),
    "week": Fraction(12, 52),
    "month": Fraction(1),
    "quarter": Fraction(3),
    "half_year": Fraction(6),
    "year": Fraction(12),
}
UNITS = tuple(_MONTHS)


@lru_cache(maxsize=4_096)
def read_interval(cell: str) -> tuple[int, str] | None:
    """ "every 3 months" is (3, "month"); None when we do not know the word or it is never charged again."""
    match = _COUNTED.fullmatch(plain(cell))
    unit = vocabulary("subscriptions").units.get(plain(cell)) or (match and _unit(match.group(2)))
    if not unit:
        return None
    count = int(match.group(1)) if match and match.group(1) else 1
    return (count, unit) if count else None


def _unit(word: str) -> str:
    return vocabulary("subscriptions").units.get(word.strip(" ./"), "")


def months_of(interval: tuple[int, str]) -> Fraction:
    """Months between two charges; a year has 52 weeks or 365 days."""
    return interval[0] * _MONTHS[interval[1]]


def in_words(interval: tuple[int, str] | None) -> str:
    """The interval as people say it."""
    if interval is None:
        return ""
    count, unit = interval[0], interval[1].replace("_", " ")
    return f"every {unit}" if count == 1 else f"every {count} {unit}s"
