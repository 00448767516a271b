"""The way back: for each critical system a trigger, who decides, the steps, and the last moment at which it is safe."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.cutover import record_steps, running
from apps.cutover.builtin import systems
from apps.cutover.runsheets import Mode, Outcome, Run, RunSheet, SheetKind
from apps.domains.going_back import WayBack, ways_back
from apps.findings.models import Fact
from apps.projects.models import Activity, Project, ProjectRow
from engine.dns.orders import Do
from engine.dns.plan import in_words
from engine.findings import Verdict
from engine.runsheet import outlook


class System(models.TextChoices):
    CHECKOUT = "checkout", "Checkout"
    SENDING = "sending", "Sending mail"
    SIGN_IN = "sign_in", "Sign-in of members"
    PAGES = "pages", "Pages and domains"
    OTHER = "other", "Another system"


CRITICAL = (System.CHECKOUT, System.SENDING, System.SIGN_IN, System.PAGES)


class Rollback(ProjectRow):
    """The way back of one system. Its steps are a run sheet of their own, counted from the decision."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="rollbacks")
    system = models.CharField(max_length=10, choices=System.choices)
    name = models.CharField(max_length=80)
    trigger = models.CharField("when to go back", max_length=500)
    decider = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    decider_name = models.CharField("or somebody else", max_length=80, blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")
    latest = models.DateTimeField("no later than", null=True, blank=True)  # where people know better than the clock
    sheet = models.OneToOneField(RunSheet, models.PROTECT, related_name="rollback")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "system"], condition=~models.Q(system="other"), name="one_way_back_of_a_system"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def who(self) -> str:
        return str(self.decider) if self.decider_id else self.decider_name


class PointOfNoReturn(models.Model):
    """Somebody said, by typing the client's name, that nobody goes back any more."""

    project = models.OneToOneField(Project, models.CASCADE, related_name="no_return")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"no return since {self.at:%Y-%m-%d %H:%M}"


@dataclass(frozen=True)
class Safety:
    """`minutes`: the steps take; `until`: the last moment to decide; `why` says what it was counted from."""

    minutes: int
    until: datetime
    why: str

    @property
    def is_over(self) -> bool:
        return timezone.now() > self.until


def no_return(project: Project) -> PointOfNoReturn | None:
    return PointOfNoReturn.objects.filter(project=project).select_related("by").first()


def safety_of(rollback: Rollback, ways: Sequence[WayBack]) -> Safety:
    """The hold period's end, less the steps with today's records, less the time others remember the new records."""
    kept = record_steps.wanted(rollback.system, ways)
    found = outlook(record_steps.planned(list(rollback.sheet.steps.all()), kept), {}, None)
    minutes = max(0, round(found.planned_end))
    until = rollback.project.hold_until - timedelta(minutes=minutes)
    why = f"the hold period's end, less {minutes} min for the steps"
    memory = record_steps.remembered(rollback.system, ways)
    if memory.seconds:
        until -= timedelta(seconds=memory.seconds)
        why += f" and {in_words(memory.seconds)} for which others may remember the new records"
    if memory.unknown:
        few = ", ".join(memory.unknown[:2]) + (f" and {len(memory.unknown) - 2} more" if memory.unknown[2:] else "")
        why += f" (the time to live of {few} is not known, so it is counted as a day)"
    if rollback.latest is not None and rollback.latest < until:
        return Safety(minutes, rollback.latest, "said by a person")
    return Safety(minutes, until, why)


def shown(project: Project, ways: Sequence[WayBack]) -> list[Rollback]:
    """Every way back with its safety, whether it was tried, and what runs now; a fixed number of queries."""
    rows = list(
        project.rollbacks.select_related("decider", "sheet", "sheet__project").prefetch_related(
            "sheet__steps__waits_for"
        )
    )
    runs = list(Run.objects.filter(project=project, sheet__kind=SheetKind.ROLLBACK).select_related("project"))
    for row in rows:
        own = [run for run in runs if run.sheet_id == row.sheet_id]
        row.project, row.sheet.project = project, project
        row.safety = safety_of(row, ways)
        row.tried = next((run for run in own if run.outcome == Outcome.FINISHED), None)
        row.running = next((run for run in own if run.ended_at is None), None)
        row.needs_records = record_steps.needs_records(row.system)
        kept = record_steps.wanted(row.system, ways)
        row.is_behind = row.needs_records and not record_steps.is_current(row.sheet.steps.all(), kept)
        row.by_hand = [one.order for one in kept if one.order.do is Do.LOOK]
    return rows


@transaction.atomic
def prepare(project: Project, *, by: User) -> int:
    """A way back for each critical system that has none. Returns how many were made."""
    Project.objects.select_for_update().get(pk=project.pk)
    have = set(project.rollbacks.values_list("system", flat=True))
    for system in [one for one in CRITICAL if one not in have]:
        data = systems()[system]
        sheet = RunSheet.objects.create(project=project, kind=SheetKind.ROLLBACK, name=f"Back: {data['title']}")
        running.fill(sheet, data["step"])
        row = Rollback(project=project, system=system, name=data["title"], trigger=data["trigger"], sheet=sheet)
        row.save()
        refresh_records(row)
        Activity.record(project, "prepared the way back of", row, by=by)
    publish(project)
    return len(CRITICAL) - len(have & set(CRITICAL))


@transaction.atomic
def refresh_records(rollback: Rollback) -> bool:
    """Make the steps for exactly the records that lead back to the signed snapshots, as they are needed today.

    False where the sheet holds them already. Raises NotNow while it runs.
    """
    sheet = RunSheet.objects.select_for_update().select_related("project").get(pk=rollback.sheet_id)
    if sheet.runs.active().exists():
        raise running.NotNow(f"{rollback.name} runs now; its records can be brought in again when it has ended.")
    if not record_steps.needs_records(rollback.system):
        return False
    return record_steps.bring_in(sheet, record_steps.wanted(rollback.system, ways_back(sheet.project)))


@transaction.atomic
def start(rollback: Rollback, mode: str, *, by: User) -> Run:
    """Open its run sheet with the exact values of the snapshots. Raises NotNow after the point of no return."""
    if mode == Mode.LIVE and (gone := no_return(rollback.project)):
        raise running.NotNow(f"{gone.by or 'Somebody'} has declared the point of no return; there is no way back.")
    with suppress(running.NotNow):  # it runs: `begin` says so
        refresh_records(rollback)
    return running.begin(rollback.sheet, mode, by=by)


def begin(sheet: RunSheet, mode: str, *, by: User, reason: str = "") -> Run:
    """Run any sheet; one of a way back is started as such. `reason`: why the real night begins without a go."""
    back = Rollback.objects.filter(sheet=sheet).select_related("project", "sheet").first()
    return start(back, mode, by=by) if back else running.begin(sheet, mode, by=by, reason=reason)


@transaction.atomic
def declare_no_return(project: Project, typed: str, *, by: User) -> None:
    """An act of its own, with the client's name typed."""
    if typed.strip() != project.client:
        raise running.NotNow(f"Type the client's name, {project.client}, to say that nobody goes back any more.")
    _, made = PointOfNoReturn.objects.get_or_create(project=project, defaults={"by": by})
    if made:
        Activity.record(project, "declared the point of no return", by=by, is_internal=False)


@transaction.atomic
def publish(project: Project) -> None:
    """`cutover.rollback_ready`: every critical system has a way back with somebody who decides, and it was tried."""
    Fact.one_at_a_time(project)
    rows = {row.system: row for row in project.rollbacks.select_related("sheet")}
    if not rows:
        said = Verdict.UNKNOWN, "No way back is written yet."
    else:
        said = _judged({System(key).label: rows.get(key) for key in CRITICAL})
    Fact.publish(project, "cutover.rollback_ready", *said, link=f"{project.get_absolute_url()}cutover/rollback/")


def _judged(rows: Mapping[str, Rollback | None]) -> tuple[Verdict, str]:
    if missing := [name for name, row in rows.items() if row is None]:
        return Verdict.NOT_READY, f"No way back is written for: {', '.join(missing)}."
    if nobody := [name for name, row in rows.items() if row is not None and not row.who]:
        return Verdict.NOT_READY, f"Nobody is named who decides on going back: {', '.join(nobody)}."
    untried = [name for name, row in rows.items() if row is not None and running.rehearsed(row.sheet) is None]
    if untried:
        return Verdict.CONDITIONS, f"Written, but not rehearsed: {', '.join(untried)}."
    return Verdict.READY, "Every critical system has a way back that was rehearsed."
