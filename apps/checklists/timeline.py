"""The dates of a plan as people compare them: planned, now, baseline, slip. In a fixed number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from apps.checklists.agreed import Baseline
from apps.checklists.forecasting import PlanForecast, forecast_of, waits_among
from apps.checklists.models import ChecklistItem, Plan, State
from apps.projects.models import Project, Role


@dataclass(frozen=True, slots=True)
class Dates:
    """One item: where it was planned, where it is now (done, or expected), where the baseline has it."""

    item: ChecklistItem
    planned: date | None
    now: date | None
    baseline: date | None

    @property
    def slip(self) -> int | None:
        """Days between the baseline, or the plan where there is none yet, and now; None where one is unknown."""
        against = self.baseline or self.planned
        return (self.now - against).days if self.now is not None and against is not None else None

    @property
    def is_late(self) -> bool:
        return (self.slip or 0) > 0

    @property
    def slip_words(self) -> str:
        if self.slip is None:
            return "unknown"
        if self.slip == 0:
            return "as planned"
        days = f"{abs(self.slip)} day{'' if abs(self.slip) == 1 else 's'}"
        return f"{days} late" if self.slip > 0 else f"{days} early"


@dataclass(frozen=True, slots=True)
class PhaseDates:
    """One phase, from its first date to its last, three times."""

    number: int
    name: str
    rows: list[Dates]

    @property
    def done(self) -> int:
        return sum(row.item.is_settled for row in self.rows)

    @property
    def is_late(self) -> bool:
        """It ends later than agreed, or than planned while nothing is agreed."""
        agreed, now = self.span("baseline") or self.span("planned"), self.span("now")
        return bool(agreed and now and now[1] > agreed[1])

    def span(self, which: str) -> tuple[date, date] | None:
        """First and last day: which is planned, now or baseline."""
        days = [day for row in self.rows if (day := getattr(row, which)) is not None]
        return (min(days), max(days)) if days else None


@dataclass(frozen=True, slots=True)
class Timeline:
    """All that the page, its drawing and the report show of dates."""

    project: Project
    forecast: PlanForecast
    baseline: Baseline | None
    phases: list[PhaseDates]

    @property
    def rows(self) -> list[Dates]:
        return [row for phase in self.phases for row in phase.rows]

    @property
    def by_date(self) -> list[Dates]:
        """For a list: by where each is now; what has no date stands at the end."""
        return sorted(self.rows, key=lambda row: (row.now or row.planned or date.max, row.item.phase, row.item.pk))

    @property
    def go_live(self) -> Dates:
        """Go-live itself, compared like an item."""
        was = self.baseline.go_live_day if self.baseline else None
        return Dates(ChecklistItem(title="Go-live"), self.project.go_live_day, self.forecast.day, was)


def read(project: Project, role: int) -> Timeline:
    """What this role sees; expected days are worked out from the whole plan, whoever looks."""
    everything = list(project.items.exclude(state=State.NOT_APPLICABLE).select_related("assignee", "done_by"))
    waits = waits_among([project.pk])
    foretold = forecast_of(project, everything, waits)
    baseline = project.baselines.first()
    shown = [item for item in everything if role >= Role.CONSULTANT or item.client_sees]
    for item in shown:
        item.project = project
    rows = [_dates(item, foretold, baseline) for item in shown]
    return Timeline(project, foretold, baseline, _in_phases(rows, Plan.of(project)))


def _dates(item: ChecklistItem, foretold: PlanForecast, baseline: Baseline | None) -> Dates:
    expected = foretold.found.steps.get(item.pk)
    now = expected.day if expected else None
    if item.done_at is not None:
        now = item.done_at.astimezone(item.project.zone).date()
    return Dates(item, item.due, now, baseline.due_of(item.pk) if baseline else None)


def _in_phases(rows: Iterable[Dates], plan: Any) -> list[PhaseDates]:
    found: dict[int, list[Dates]] = {}
    for row in rows:
        found.setdefault(row.item.phase, []).append(row)
    return [PhaseDates(number, plan.phase_name(number), found[number]) for number in sorted(found)]
