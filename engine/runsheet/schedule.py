"""Plan, progress and now lead to a forecast. Pure, and the same for everybody who looks."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

LONGEST = 14 * 24 * 60  # a step, in minutes
FARTHEST = 60 * 24 * 60  # from T


class WrongSheet(ValueError):
    """The sheet cannot be run; the sentence names the step."""


@dataclass(frozen=True, slots=True)
class Step:
    """`start` in minutes from T (negative: before), `minutes` long; begins no earlier than what it waits for ends."""

    key: Hashable
    title: str
    start: float
    minutes: float
    waits_for: tuple[Hashable, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """What has happened to a step, in minutes from T. Skipped and failed steps have ended too."""

    started: float | None = None
    ended: float | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """One step in time: as planned, and as it is or will be. `late`: minutes by which its end is behind the plan.

    `held_by`: of what it waits for the step whose end decides when it begins; None where its own minute or now does.
    """

    planned_start: float
    planned_end: float
    start: float
    end: float
    late: float
    is_critical: bool = False
    held_by: Hashable | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """The whole sheet. `late` counts the end of the last step; `critical` are the steps that decide it, in order."""

    steps: Mapping[Hashable, Placed] = field(default_factory=dict)
    planned_end: float = 0.0
    end: float = 0.0
    late: float = 0.0
    critical: tuple[Hashable, ...] = ()


def check_sheet(steps: Sequence[Step]) -> list[Hashable]:
    """The keys in an order in which they can be run. Raises WrongSheet."""
    titles = {step.key: step.title for step in steps}
    for step in steps:
        if not 0 <= step.minutes <= LONGEST:
            raise WrongSheet(f"{step.title}: a step takes between 0 minutes and 14 days.")
        if abs(step.start) > FARTHEST:
            raise WrongSheet(f"{step.title}: a step begins at most 60 days before or after the switch.")
        if missing := [key for key in step.waits_for if key not in titles]:
            raise WrongSheet(f"{step.title} waits for a step that does not exist ({missing[0]}).")
    try:
        return list(TopologicalSorter({step.key: step.waits_for for step in steps}).static_order())
    except CycleError as error:
        names = " → ".join(titles[key] for key in error.args[1])
        raise WrongSheet(f"These steps wait for one another: {names}.") from error


def outlook(steps: Sequence[Step], progress: Mapping[Hashable, Progress], now: float | None) -> Outlook:
    """Where every step stands. `now` is None while the sheet is only planned; time that was paused is part of now.

    A step that runs ends no earlier than now; one that has not begun begins no earlier than now, its plan, and the end
    of what it waits for.
    """
    by_key = {step.key: step for step in steps}
    order = check_sheet(steps)
    planned: dict[Hashable, tuple[float, float]] = {}
    found: dict[Hashable, tuple[float, float]] = {}
    held_by: dict[Hashable, Hashable | None] = {}
    for key in order:
        step = by_key[key]
        start = max([step.start, *(planned[other][1] for other in step.waits_for)])
        planned[key] = start, start + step.minutes
        found[key], held_by[key] = _place(step, start, progress.get(key, Progress()), found, now)
    if not found:
        return Outlook()
    last = max(order, key=lambda key: (found[key][1], found[key][0]))
    critical = _back_from(last, held_by)
    placed = {
        key: Placed(*planned[key], *found[key], found[key][1] - planned[key][1], key in critical, held_by[key])
        for key in by_key
    }
    planned_end, end = max(one[1] for one in planned.values()), found[last][1]
    return Outlook(placed, planned_end, end, end - planned_end, tuple(critical))


def _place(
    step: Step, planned: float, progress: Progress, found: Mapping[Hashable, tuple[float, float]], now: float | None
) -> tuple[tuple[float, float], Hashable | None]:
    """(start, end) of a step, and the step that held it up, if one did."""
    if progress.started is not None:
        if progress.ended is not None:
            return (progress.started, progress.ended), _holder(step, progress.started, found)
        end = max(progress.started + step.minutes, now if now is not None else progress.started)
        return (progress.started, end), _holder(step, progress.started, found)
    if progress.ended is not None:  # skipped without having begun
        return (progress.ended, progress.ended), None
    start = max([planned, *(found[other][1] for other in step.waits_for)])
    holder = _holder(step, start, found)
    if now is not None and now > start:
        start, holder = now, None
    return (start, start + step.minutes), holder


def _holder(step: Step, start: float, found: Mapping[Hashable, tuple[float, float]]) -> Hashable | None:
    """Of what the step waits for the one that ends last, where it ends no earlier than the step's own time to begin."""
    if not step.waits_for:
        return None
    latest = max(step.waits_for, key=lambda key: found[key][1])
    return latest if found[latest][1] >= min(step.start, start) else None


def _back_from(last: Hashable, held_by: Mapping[Hashable, Hashable | None]) -> list[Hashable]:
    chain = [last]
    while (before := held_by[chain[-1]]) is not None:
        chain.append(before)
    return chain[::-1]
