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
    """`below` and `above` are percent of the usual value; None where that side has no alarm."""

    below: Decimal | None
    above: Decimal | None
    hours: int  # older than this, a value says nothing about now


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
    if baseline is None or (not baseline and (bounds.below is not None or bounds.above is not None)):
        return Word.UNKNOWN, "cannot be compared: nobody has said what is usual"
    if bounds.below is None and bounds.above is None:
        return Word.UNKNOWN, "has no alarm bound"
    percent = 100 * value / baseline
    if bounds.below is not None and percent < bounds.below:
        return Word.WRONG, f"{100 - percent:.0f} % below the usual"
    if bounds.above is not None and percent > bounds.above:
        return Word.WRONG, f"{percent - 100:.0f} % above the usual"
    return Word.FINE, f"{percent:.0f} % of the usual"
