"""Whether a value is out of its bounds, measured against what is usual."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from statistics import median


class Word(StrEnum):
    FINE = "fine"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Bounds:
    """`below` and `above` are percent of the usual value, `lowest` and `highest` values; None: no alarm there."""

    below: Decimal | None
    above: Decimal | None
    hours: int  # older than this, a value says nothing about now
    lowest: Decimal | None = None
    highest: Decimal | None = None

    def of(self, baseline: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
        """The least and the largest value that are still fine: the stricter of both kinds, as far as they are known."""
        floors, ceilings = [self.lowest], [self.highest]
        if baseline:
            floors += [None if self.below is None else self.below * baseline / 100]
            ceilings += [None if self.above is None else self.above * baseline / 100]
        floor = max((bound for bound in floors if bound is not None), default=None)
        return floor, min((bound for bound in ceilings if bound is not None), default=None)


def usual(values: Sequence[Decimal]) -> Decimal | None:
    """The middle of the values before go-live: one odd day does not move it."""
    return Decimal(median(values)) if values else None


def judge(
    value: Decimal | None, at: datetime | None, baseline: Decimal | None, bounds: Bounds, now: datetime
) -> tuple[Word, str]:
    """The word and what to say after the metric's name. What is not known never counts as fine."""
    if value is None or at is None:
        return Word.UNKNOWN, "has no value since go-live"
    if now - at > timedelta(hours=bounds.hours):
        return Word.UNKNOWN, f"has no value in the last {bounds.hours} hours"
    floor, ceiling = bounds.of(baseline)
    if floor is None and ceiling is None:
        if bounds.below is None and bounds.above is None:
            return Word.UNKNOWN, "has no alarm bound"
        return Word.UNKNOWN, "cannot be compared: nobody has said what is usual"
    if floor is not None and value < floor:
        return Word.WRONG, _far(value, baseline, floor, "below")
    if ceiling is not None and value > ceiling:
        return Word.WRONG, _far(value, baseline, ceiling, "above")
    return Word.FINE, f"{100 * value / baseline:.0f} % of the usual" if baseline else "within its bounds"


def _far(value: Decimal, baseline: Decimal | None, bound: Decimal, side: str) -> str:
    """“62 % below the usual”; the bound itself where the usual is not known, or would have been an alarm too."""
    share = 100 * value / baseline if baseline else None
    if share is None or (side == "below") != (share < 100):
        return f"is {side} {bound.normalize():f}"
    return f"{abs(100 - share):.0f} % {side} the usual"
