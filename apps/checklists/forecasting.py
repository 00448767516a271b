"""When a plan will be done: its items as steps for the engine, and the words for what comes out. Two queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from apps.checklists.models import ChecklistItem, State, Wait
from apps.projects.models import Project, Role
from engine.plan.forecast import Forecast, Step, forecast

READ = ("pk", "project_id", "title", "who", "state", "stuck_note", "due", "fixed_on", "client_sees", "days")


@dataclass(frozen=True, slots=True)
class PlanForecast:
    """The forecast of one project, and the item that it names."""

    project: Project
    found: Forecast
    root: ChecklistItem | None
    is_over: bool  # the day of go-live has passed
    overdue: int  # open items whose day has passed

    @property
    def day(self) -> date | None:
        """The forecast day; None once go-live's day has passed, for then there is nothing to foretell."""
        return None if self.is_over else self.found.go_live

    @property
    def days_late(self) -> int:
        return 0 if self.is_over else self.found.days_late

    @property
    def tone(self) -> str:
        return "grey" if self.is_over else "red" if self.days_late else "amber" if self.found.is_open_ended else "green"

    @property
    def short(self) -> str:
        """For a cell: on time, 3 days late, 3 days late at least."""
        if self.is_over:
            return "the day has passed"
        if not self.days_late:
            return "cannot tell: somebody is stuck" if self.found.is_open_ended else "on time"
        late = f"{self.days_late} day{'s' if self.days_late > 1 else ''} late"
        return f"{late} at least" if self.found.is_open_ended else late

    def why(self, role: int = Role.OWNER) -> str:
        """waits for ‘Contacts split by consent’ (client); a client is not told titles that he does not see."""
        if self.is_over or self.root is None:
            return ""
        if role < Role.CONSULTANT and not self.root.client_sees:
            return "waits for a step of your consultant"
        return f"waits for ‘{self.root.title}’ ({self.root.get_who_display().lower()})"

    @property
    def reason(self) -> str:
        return self.why()


def steps_of(items: Iterable[ChecklistItem], waits: dict[int, list[int]]) -> list[Step]:
    return [
        Step(
            key=item.pk,
            planned=item.due,
            who=item.who,
            is_open=item.state == State.OPEN,
            is_stuck=bool(item.stuck_note) and item.state == State.OPEN,
            is_fixed=item.fixed_on is not None,
            waits_for=tuple(waits.get(item.pk, ())),
        )
        for item in items
    ]


def waits_among(project_pks: list[int]) -> dict[int, list[int]]:
    """{item: what it waits for}; one query."""
    found: dict[int, list[int]] = {}
    for item, other in Wait.objects.filter(project__in=project_pks).values_list("item_id", "waits_for_id"):
        found.setdefault(item, []).append(other)
    return found


def forecasts(projects: list[Project]) -> dict[int, PlanForecast]:
    """One forecast per project; two queries however many there are."""
    keys = [project.pk for project in projects]
    waits = waits_among(keys)
    items: dict[int, list[ChecklistItem]] = {key: [] for key in keys}
    for item in ChecklistItem.objects.filter(project__in=keys, state=State.OPEN).only(*READ):
        items[item.project_id].append(item)
    return {project.pk: forecast_of(project, items[project.pk], waits) for project in projects}


def forecast_of(project: Project, items: list[ChecklistItem], waits: dict[int, list[int]]) -> PlanForecast:
    """From items that have been read already."""
    found = forecast(steps_of(items, waits), go_live=project.go_live_day, today=project.today)
    root = next((item for item in items if item.pk == found.root), None)
    overdue = sum(item.due is not None and item.due < project.today for item in items if item.state == State.OPEN)
    return PlanForecast(project, found, root, is_over=project.go_live_day < project.today, overdue=overdue)
