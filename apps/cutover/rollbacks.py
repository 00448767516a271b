"""The way back: for each critical system a trigger, who decides, the steps, and the last moment at which it is safe."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import Prefetch
from django.utils import timezone

from apps.accounts.models import User
from apps.cutover import record_steps, running
from apps.cutover.builtin import systems
from apps.cutover.rehearsals import plan_of, tried
from apps.cutover.runsheets import Mode, Outcome, Run, RunSheet, RunStep, SheetKind, StepMark
from apps.domains.going_back import WayBack, ways_back
from apps.findings.models import Fact
from apps.projects.models import Activity, Project, ProjectRow
from apps.projects.telling import tell_decision
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


FACT = "cutover.rollback_ready"
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

    @property
    def holds(self) -> bool:
        """It counts for the go-live that it followed, not for a later one."""
        return self.at >= self.project.go_live


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
    """The declaration that holds."""
    row = PointOfNoReturn.objects.filter(project=project).select_related("by").first()
    if row is not None:
        row.project = project
    return row if row is not None and row.holds else None


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
        why += f" (the time to live of {few(memory.unknown)} is not known, so it is counted as a day)"
    if rollback.latest is not None and rollback.latest < until:
        return Safety(minutes, rollback.latest, "said by a person")
    return Safety(minutes, until, why)


def _rows(project: Project) -> list[Rollback]:
    """Every way back with its steps, and whether it was gone through (`tried`); a fixed number of queries."""
    rows = list(project.rollbacks.select_related("decider", "sheet").prefetch_related("sheet__steps__waits_for"))
    runs = list(
        Run.objects.filter(project=project, sheet__kind=SheetKind.ROLLBACK)
        .select_related("project")
        .prefetch_related(Prefetch("marks", StepMark.objects.select_related("step").order_by("pk")))
    )
    for row in rows:
        own = [run for run in runs if run.sheet_id == row.sheet_id]
        row.project, row.sheet.project = project, project
        row.tried = tried(row.sheet.steps.all(), own)
        row.running = next((run for run in own if run.ended_at is None), None)
        row.needs_records = record_steps.needs_records(row.system)
    return rows


def shown(project: Project, ways: Sequence[WayBack]) -> list[Rollback]:
    """Every way back with its safety, and how its records stand to what the snapshots ask for today."""
    rows, gone = _rows(project), no_return(project)
    for row in rows:
        row.safety = safety_of(row, ways)
        if gone is not None:
            row.safety = replace(row.safety, until=gone.at, why="then the point of no return was declared")
        kept = record_steps.wanted(row.system, ways)
        row.is_behind = row.needs_records and not record_steps.is_current(row.sheet.steps.all(), kept)
        row.by_hand = [one.order for one in kept if one.order.do is Do.LOOK]
    return rows


def of_sheet(sheet: RunSheet) -> Rollback | None:
    """The way back that these steps belong to, with its safety; None for the night itself."""
    if sheet.kind != SheetKind.ROLLBACK:
        return None
    rows = shown(sheet.project, ways_back(sheet.project))
    return next((row for row in rows if row.sheet_id == sheet.pk), None)


def unsigned(project: Project) -> list[str]:
    """The domains in use without a signed snapshot: their records have no way back."""
    used = project.domains.filter(models.Q(shows_pages=True) | models.Q(sends_mail=True))
    return list(used.exclude(pk__in=project.dns_snapshots.signed().values("domain")).values_list("shown", flat=True))


@transaction.atomic
def prepare(project: Project, *, by: User) -> int:
    """A way back for each critical system that has none. Returns how many were made."""
    Fact.one_at_a_time(project)
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
def start(rollback: Rollback, mode: str, *, by: User, reason: str = "") -> Run:
    """Open its run sheet with the exact values of the snapshots. Raises NotNow after the point of no return."""
    sheet = RunSheet.objects.select_for_update().select_related("project").get(pk=rollback.sheet_id)
    Fact.one_at_a_time(sheet.project)
    if mode == Mode.LIVE and (gone := no_return(sheet.project)):
        raise running.NotNow(f"{gone.by or 'Somebody'} has declared the point of no return; there is no way back.")
    with suppress(running.NotNow):  # it runs: `begin` says so
        refresh_records(rollback)
    run = running.begin(sheet, mode, by=by, reason=reason)
    Run.objects.filter(pk=run.pk).update(plan=plan_of(sheet.steps.prefetch_related("waits_for")))
    _tell(run, f"We go back with {rollback.name} of {sheet.project.client}: follow it live.", by=by)
    publish(sheet.project)
    return run


def _tell(run: Run, text: str, *, by: User) -> None:
    """Going back is everybody's business: consultants and clients hear of it at once, and of its end."""
    if run.is_live:
        key = f"back-{run.pk}-{run.outcome or 'begun'}"
        tell_decision(run.project, text, link=run.get_absolute_url(), key=key, by=by)


@transaction.atomic
def end(run: Run, outcome: str, *, by: User, reason: str = "") -> None:
    """End any run; after one of a way back its fact is said anew, and after a live one everybody is told."""
    running.end(run, outcome, by=by, reason=reason)
    if run.sheet.kind == SheetKind.ROLLBACK:
        run.outcome = outcome
        how = "is finished" if outcome == Outcome.FINISHED else "was given up before its end"
        name = run.sheet.name.removeprefix("Back: ")
        _tell(run, f"Going back with {name} of {run.project.client} {how}.", by=by)
        publish(run.project)


def begin(sheet: RunSheet, mode: str, *, by: User, reason: str = "") -> Run:
    """Run any sheet; one of a way back is started as such. `reason`: why the real night begins all the same."""
    back = Rollback.objects.filter(sheet=sheet).select_related("project", "sheet").first()
    return start(back, mode, by=by, reason=reason) if back else running.begin(sheet, mode, by=by, reason=reason)


def why_not_yet(project: Project) -> str:
    """Why the point of no return cannot be declared now; empty where it can."""
    if timezone.now() < project.go_live:
        moment = f"{project.go_live.astimezone(project.zone):%-d %B %Y, %H:%M}"
        return (
            f"It can be declared from go-live on ({moment}, {project.time_zone}): before it the old systems are in use."
        )
    runs = Run.objects.active().filter(project=project, mode=Mode.LIVE, sheet__kind=SheetKind.ROLLBACK)
    if run := runs.select_related("sheet").first():
        return f"“{run.sheet}” is under way; finish or abort it before you declare the point of no return."
    return ""


@transaction.atomic
def declare_no_return(project: Project, typed: str, *, by: User) -> None:
    """An act of its own, with the client's name typed. Raises NotNow before go-live and while a way back runs."""
    Fact.one_at_a_time(project)
    if no_return(project):
        return
    if why := why_not_yet(project):
        raise running.NotNow(why)
    if typed.strip() != project.client:
        raise running.NotNow(f"Type the client's name, {project.client}, to say that nobody goes back any more.")
    PointOfNoReturn.objects.filter(project=project).delete()  # of an earlier go-live
    PointOfNoReturn.objects.create(project=project, by=by)
    Activity.record(project, "declared the point of no return", by=by, is_internal=False)


@transaction.atomic
def withdraw_no_return(project: Project, reason: str, *, by: User) -> None:
    """There is a way back again. Raises NotNow without a reason."""
    Fact.one_at_a_time(project)
    if not reason.strip():
        raise running.NotNow("Say in a sentence why there is a way back again.")
    if PointOfNoReturn.objects.filter(project=project).delete()[0]:
        reason = reason.strip()[:500]
        Activity.record(project, "withdrew the point of no return", by=by, reason=reason, is_internal=False)


def touched(sheet: RunSheet) -> None:
    """A step was added, changed or deleted: a rehearsal of a way back may count no more."""
    if sheet.kind == SheetKind.ROLLBACK:
        publish(sheet.project)


def follow_snapshots() -> None:
    """A snapshot signed, or a domain added, since the fact was said changes it. By the clock; safe to repeat."""
    for fact in Fact.objects.filter(key=FACT).select_related("project"):
        signed = fact.project.dns_snapshots.signed().filter(signed_at__gt=fact.as_of)
        if signed.exists() or fact.project.domains.filter(created_at__gt=fact.as_of).exists():
            publish(fact.project)


@transaction.atomic
def publish(project: Project) -> None:
    """`cutover.rollback_ready`: every critical system has a way back, with somebody who decides, whole and tried."""
    Fact.one_at_a_time(project)
    rows = {row.system: row for row in _rows(project)}
    if not rows:
        said = Verdict.UNKNOWN, "No way back is written yet."
    else:
        said = _judged(project, {System(key).label: rows.get(key) for key in CRITICAL})
    Fact.publish(project, FACT, *said, link=f"{project.get_absolute_url()}cutover/rollback/")


def _judged(project: Project, found: Mapping[str, Rollback | None]) -> tuple[Verdict, str]:
    if missing := [name for name, row in found.items() if row is None]:
        return Verdict.NOT_READY, f"No way back is written for: {', '.join(missing)}."
    rows = {name: row for name, row in found.items() if row is not None}
    if nobody := [name for name, row in rows.items() if not row.who]:
        return Verdict.NOT_READY, f"Nobody is named who decides on going back: {', '.join(nobody)}."
    if not project.dns_snapshots.signed().exists():
        names = ", ".join(name for name, row in rows.items() if row.needs_records)
        return Verdict.NOT_READY, f"No DNS snapshot is signed off, so these hold no records to put back: {names}."
    if names := unsigned(project):
        return Verdict.NOT_READY, f"Without a signed DNS snapshot, and so without a way back: {few(names)}."
    said = []
    if untried := [name for name, row in rows.items() if row.tried is None]:
        said.append(f"Written, but not rehearsed: {', '.join(untried)}.")
    said += [f"{name}: {row.tried.said}." for name, row in rows.items() if row.tried and row.tried.said]
    by_hand = [step for row in rows.values() for step in row.sheet.steps.all() if _is_by_hand(step)]
    if by_hand:
        said.append(f"Records that nobody can tell about: {few([step.record['name'] for step in by_hand])}.")
    if said:
        return Verdict.CONDITIONS, " ".join(said)
    return Verdict.READY, "Every critical system has a way back that was rehearsed."


def _is_by_hand(step: RunStep) -> bool:
    return bool(step.record) and step.record["do"] == Do.LOOK


def few(names: Sequence[str]) -> str:
    """The first three by name."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if names[3:] else "")
