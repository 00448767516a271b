"""What does not fit in a plan: open work whose day has passed, and steps due before what they wait for."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from engine.plan.forecast import Step


class Why(StrEnum):
    PAST = "past"  # open, and its day has passed
    FIXED_TOO_LATE = "fixed_too_late"  # its fixed date comes after that of a step that waits for it
    TOO_EARLY = "too_early"  # due before something that it waits for


@dataclass(frozen=True, slots=True)
class Misfit:
    """`other` is the step at the other end; none for PAST."""

    why: Why
    key: Hashable
    other: Hashable | None = None


def misfits(steps: Sequence[Step], today: date) -> list[Misfit]:
    """Everything that does not fit, in the order of the steps. What is done fits."""
    by_key = {step.key: step for step in steps if step.is_open}
    found = []
    for step in by_key.values():
        if step.planned is None:
            continue
        if step.planned < today:
            found.append(Misfit(Why.PAST, step.key))
        for key in step.waits_for:
            other = by_key.get(key)
            if other is None or other.planned is None or other.planned <= step.planned:
                continue
            if other.is_fixed and not step.is_fixed:
                found.append(Misfit(Why.FIXED_TOO_LATE, other.key, step.key))
            else:
                found.append(Misfit(Why.TOO_EARLY, step.key, other.key))
    return found
