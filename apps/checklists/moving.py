"""Moving go-live: what moves with it, what stays, and what then no longer fits; before it is done and afterwards."""

import copy
from dataclasses import dataclass
from datetime import datetime

from apps.checklists.forecasting import steps_of, waits_among
from apps.checklists.models import ChecklistItem, State
from apps.projects.models import Project
from engine.plan.fitting import Misfit, Why, misfits


@dataclass(frozen=True, slots=True)
class Unfit:
    """One item that does not fit, and why in words; `other` is at the other end."""

    item: ChecklistItem
    sentence: str
    other: ChecklistItem | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """From one go-live to another: how many open items move, which have a date of their own, what fits no more."""

    moved: int
    fixed: list[ChecklistItem]
    unfit: list[Unfit]  # by this move
    unfit_before: list[Unfit]  # they did not fit before it either


def compare(project: Project, before: datetime, after: datetime) -> Move:
    """Two queries. Nothing is written: both plans are worked out."""
    items = list(project.items.filter(state=State.OPEN))
    waits = waits_among([project.pk])
    old, new = (_at(items, project, moment) for moment in (before, after))
    not_before = misfits(steps_of(old.values(), waits), project.today)
    not_after = misfits(steps_of(new.values(), waits), project.today)
    return Move(
        moved=sum(old[pk].due != new[pk].due for pk in new),
        fixed=[item for item in new.values() if item.fixed_on is not None],
        unfit=[_in_words(one, new) for one in not_after if one not in not_before],
        unfit_before=[_in_words(one, new) for one in not_after if one in not_before],
    )


def _at(items: list[ChecklistItem], project: Project, moment: datetime) -> dict[int, ChecklistItem]:
    """The items as they would be dated with that go-live."""
    there = copy.copy(project)
    there.go_live = moment
    dated = {}
    for item in items:
        row = copy.copy(item)
        row.project, row.due = project, item.due_for(there)
        dated[item.pk] = row
    return dated


def _in_words(one: Misfit, items: dict[int, ChecklistItem]) -> Unfit:
    item = items[one.key]
    other = items[one.other] if one.other is not None else None
    day = f"{item.due:%a} {item.due.day} {item.due:%b %Y}"
    if other is None:
        return Unfit(item, f"Due {day}, which has passed.")
    there = f"{other.due:%a} {other.due.day} {other.due:%b %Y}"
    if one.why == Why.FIXED_TOO_LATE:
        return Unfit(item, f"Fixed on {day}, after this one, which waits for it ({there}):", other)
    return Unfit(item, f"Due {day}, before this one, which it waits for ({there}):", other)
