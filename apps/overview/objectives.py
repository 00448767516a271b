"""Objectives: their verbs, and the small chart of what was measured."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.overview.models import Measurement, Objective, plain
from apps.projects.models import Activity, Project

WIDTH, HEIGHT, LABEL = 340, 120, 14
OUTCOMES = {
    "": ("Not measured yet", "question-mark-circle", "grey"),
    "reached": ("Reached", "check-circle", "green"),
    "not_yet": ("Not yet", "clock", "amber"),
    "worse": ("Worse than before", "arrow-trending-down", "red"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A level across the chart, labelled at its right end."""

    words: str
    y: float
    label_y: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Measured values by date, with the value before and the value wanted as lines."""

    points: list[tuple[float, float, Measurement]]
    target: Line
    baseline: Line
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def path(self) -> str:
        return " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in self.points)


def chart_of(objective: Objective) -> Chart | None:
    """None where nothing was measured."""
    values: list[Measurement] = objective.values  # type: ignore[attr-defined]
    if not values:
        return None
    levels = [objective.baseline, objective.target, *(one.value for one in values)]
    low, span = min(levels), (max(levels) - min(levels)) or Decimal(1)
    days = (values[-1].on - values[0].on).days or 1

    def height_of(value: Decimal) -> float:
        return round(HEIGHT - 8 - (HEIGHT - 16) * float((value - low) / span), 1)

    def place(one: Measurement) -> float:
        return WIDTH / 2 if len(values) == 1 else round(8 + (WIDTH - 16) * (one.on - values[0].on).days / days, 1)

    target, baseline = height_of(objective.target), height_of(objective.baseline)
    below = target if target >= baseline else baseline  # the lower line's label stands under it, the upper's above
    return Chart(
        [(place(one), height_of(one.value), one) for one in values],
        Line(f"wanted {plain(objective.target)}", target, target + (LABEL if target == below else -5)),
        Line(f"before {plain(objective.baseline)}", baseline, baseline + (-5 if target == below else LABEL)),
    )


def shown(project: Project) -> list[Objective]:
    """The project's objectives with chart and outcome; two queries."""
    rows = in_words(project.objectives.with_values())
    for row in rows:
        row.project = project
        row.chart = chart_of(row)
    return rows


def in_words(rows: Iterable[Objective]) -> list[Objective]:
    """Each with its outcome as people read it."""
    found = list(rows)
    for row in found:
        row.words, row.icon, row.tone = OUTCOMES[row.outcome]
    return found


@transaction.atomic
def add(project: Project, *, by: User, **values: Any) -> Objective:
    """A new objective, logged where the client reads it."""
    objective = Objective.objects.create(project=project, **values)
    Activity.record(project, "added the objective", objective, by=by, is_internal=False)
    return objective


@transaction.atomic
def measure(objective: Objective, *, value: Decimal, on: date, by: User) -> Measurement:
    """Write what was measured on a day; another value for that day takes the older one's place."""
    before = objective.measurements.select_for_update().filter(on=on).first()
    values = {"value": value, "by": by, "at": timezone.now(), "project": objective.project}
    row, _ = objective.measurements.update_or_create(on=on, defaults=values)
    label = f"{objective.metric}, {on:%d %b %Y}"
    changes = {label: [plain(before.value) if before else "", plain(value)]}
    Activity.record(objective.project, "measured", objective, by=by, changes=changes, is_internal=False)
    return row


@transaction.atomic
def forget(measurement: Measurement, *, by: User) -> None:
    """Take a measured value out; the log keeps it."""
    objective = measurement.objective
    changes = {f"{objective.metric}, {measurement.on:%d %b %Y}": [plain(measurement.value), ""]}
    Activity.record(measurement.project, "took out a value of", objective, by=by, changes=changes, is_internal=False)
    measurement.delete()


@transaction.atomic
def delete(objective: Objective, *, by: User) -> None:
    """The objective with its values; the log keeps its sentence."""
    Activity.record(objective.project, "deleted the objective", objective, by=by, is_internal=False)
    objective.delete()
