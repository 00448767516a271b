"""When open work will be done, and with it go-live: honest and simple, from what is open and what it waits for.

What is assumed, and nothing else:

1. Work goes as planned until its day has passed: an open step is expected on its planned day.
2. A step whose day has passed, or that has no day, cannot be done before today plus the usual lead of whoever does it
   (`USUAL_LEAD`, in days of the calendar).
3. A step cannot be done before what it waits for. After that it takes the usual lead, or less where the plan itself
   leaves less between the two: a plan in which nothing is late is forecast as it is planned.
4. Go-live cannot be before the last open step that is planned up to that day; slack in the plan is used up first.

So a forecast is the earliest day, not a promise. A step that is stuck, or that waits in a circle, can only get later:
then the forecast `is_open_ended`. Finishing a step never delays anything, opening one never hastens anything.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

USUAL_LEAD = {"consultant": 1, "client": 2}  # days from being reminded to being done
OTHER_LEAD = 1


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, as far as dates go."""

    key: Hashable
    planned: date | None
    who: str = "consultant"
    is_open: bool = True
    is_stuck: bool = False
    is_fixed: bool = False
    waits_for: tuple[Hashable, ...] = ()

    @property
    def lead(self) -> timedelta:
        return timedelta(days=USUAL_LEAD.get(self.who, OTHER_LEAD))


@dataclass(frozen=True, slots=True)
class Expected:
    """When one open step will be done at the earliest. `because` = the step it follows; itself where none."""

    day: date
    because: Hashable
    is_open_ended: bool = False


@dataclass(frozen=True, slots=True)
class Forecast:
    """The earliest go-live that the open steps allow, and what it waits for at bottom."""

    go_live: date
    planned: date
    root: Hashable | None = None  # the step at the beginning of the chain that makes go-live late
    is_open_ended: bool = False
    steps: Mapping[Hashable, Expected] = field(default_factory=dict)  # every open step

    @property
    def days_late(self) -> int:
        return (self.go_live - self.planned).days


def expect(steps: Sequence[Step], today: date) -> dict[Hashable, Expected]:
    """Each open step's earliest day."""
    by_key = {step.key: step for step in steps if step.is_open}
    found: dict[Hashable, Expected] = {}
    for step, in_circle in _blockers_first(by_key):
        day = step.planned if step.planned is not None and step.planned >= today else today + step.lead
        because, endless = step.key, step.is_stuck or in_circle
        for key in step.waits_for:
            if key not in found:
                continue
            after = found[key].day + _between(by_key[key], step)
            endless = endless or found[key].is_open_ended
            if after > day:
                day, because = after, key
        found[step.key] = Expected(day, because, endless)
    return found


def _between(blocker: Step, step: Step) -> timedelta:
    """What the plan leaves between the two, at most the usual lead."""
    if blocker.planned is None or step.planned is None:
        return step.lead
    return max(timedelta(), min(step.lead, step.planned - blocker.planned))


def _blockers_first(by_key: Mapping[Hashable, Step]) -> Iterable[tuple[Step, bool]]:
    """Open steps so that each comes after what it waits for; those in a circle at the end, marked."""
    left = {key: {one for one in step.waits_for if one in by_key and one != key} for key, step in by_key.items()}
    followers: dict[Hashable, list[Hashable]] = {key: [] for key in by_key}
    for key, others in left.items():
        for other in others:
            followers[other].append(key)
    free = [key for key, others in left.items() if not others]
    while free:
        key = free.pop()
        del left[key]
        yield by_key[key], False
        for follower in followers[key]:
            left[follower].discard(key)
            if not left[follower]:
                free.append(follower)
    for key in left:
        yield by_key[key], True


def forecast(steps: Sequence[Step], *, go_live: date, today: date) -> Forecast:
    """The earliest go-live, and why. Steps planned after go-live do not hold it up."""
    expected = expect(steps, today)
    before = [step for step in steps if step.is_open and (step.planned is None or step.planned <= go_live)]
    last = max(before, key=lambda step: expected[step.key].day, default=None)
    endless = any(expected[step.key].is_open_ended for step in before)
    if last is None or expected[last.key].day <= go_live:
        stuck = next((step.key for step in before if expected[step.key].is_open_ended), None)
        return Forecast(go_live, go_live, stuck, endless, expected)
    return Forecast(expected[last.key].day, go_live, _root(last.key, expected), endless, expected)


def _root(key: Hashable, expected: Mapping[Hashable, Expected]) -> Hashable:
    """Down the chain to the step that follows nothing."""
    while expected[key].because != key:
        key = expected[key].because
    return key
