"""Days and volumes: each day writes to the next people in the row, the most engaged first, each person once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal

MOST_DAYS = 200  # sending days; a longer plan is refused, because nobody would follow it


class TooLong(Exception):
    """The plan does not end within `MOST_DAYS` sending days; a sentence."""


@dataclass(frozen=True, slots=True)
class Pace:
    """`days_off` are weekdays, Monday 0; a day's volume is the one before times `growth`, up to `longest`."""

    first: int
    growth: Decimal
    longest: int
    days_off: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Day:
    """How many people on one day; `parts` say how many of which tier, by its place in the list of tiers."""

    on: date
    volume: int
    parts: tuple[tuple[int, int], ...]


def plan(tiers: Sequence[int], start: date, pace: Pace, *, base: int | None = None, hold: bool = False) -> list[Day]:
    """Every sending day until all people have been written to.

    `base` is what was really sent the day before: the first day of the rest grows from it, or repeats it on `hold`.
    Raises TooLong.
    """
    left, on = list(tiers), start
    days: list[Day] = []
    volume = _begin(pace, base, hold)
    while sum(left):
        if on.weekday() not in pace.days_off:
            if len(days) == MOST_DAYS:
                raise TooLong(
                    f"At this pace the warm-up takes more than {MOST_DAYS} sending days. "
                    "Raise the growth or the volume of the longest day."
                )
            parts = take(left, volume)
            days.append(Day(on, sum(many for _, many in parts), parts))
            volume = grown(volume, pace)
        on += timedelta(days=1)
    return days


def _begin(pace: Pace, base: int | None, hold: bool) -> int:
    if base is None:
        return min(pace.first, pace.longest)
    return min(base, pace.longest) if hold else grown(base, pace)


def volume_of(on: date, left: Sequence[int], pace: Pace, *, base: int | None = None, hold: bool = False) -> int:
    """How many people `plan` would write to on this one day, as the first of the rest; nobody on a day off."""
    return 0 if on.weekday() in pace.days_off else min(_begin(pace, base, hold), sum(left))


def grown(volume: int, pace: Pace) -> int:
    return min(pace.longest, int((max(volume, 1) * pace.growth).to_integral_value(ROUND_CEILING)))


def take(left: list[int], volume: int) -> tuple[tuple[int, int], ...]:
    """Take so many people out of what is left of the tiers, the first tier first; changes `left`."""
    parts = []
    for place, many in enumerate(left):
        taken = min(many, volume)
        if taken:
            parts.append((place, taken))
            left[place] -= taken
            volume -= taken
    return tuple(parts)
