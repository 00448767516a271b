"""Verbs of a run: begin, start and end a step, pause, go on, end. Everything is written to the run's log.

One act at a time per run: the run's row is locked, so of two people who start a step at once one starts it, and the
other is told who did.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts.models import Organisation, User
from apps.cutover.builtin import built_in
from apps.cutover.runsheets import (
    Aside,
    LearntLength,
    Mode,
    Outcome,
    Result,
    Run,
    RunAct,
    RunSheet,
    RunStep,
    SheetKind,
    StepMark,
    for_engine,
)  # fmt: skip
from apps.findings.models import Fact
from apps.projects.models import Activity, Project
from engine.runsheet import LONGEST, Outlook, Progress, check_sheet, outlook

LEARNT_FROM = 5  # runs; older ones weigh less and less


class NotNow(Exception):
    """Why the act is not possible, in a sentence for the person who tried."""


# --- The sheet ------------------------------------------------------------------------------------------------------


@transaction.atomic
def sheet_of(project: Project, *, by: User | None) -> RunSheet:
    """The project's go-live sheet; the first time it is made from the built-in one, with the lengths learnt so far."""
    found = project.runsheets.filter(kind=SheetKind.GO_LIVE).first()
    if found is not None:
        return found
    sheet = RunSheet.objects.create(project=project, kind=SheetKind.GO_LIVE, name="The night of the switch")
    fill(sheet, built_in("go_live"))
    Activity.record(project, "made the run sheet", sheet, by=by)
    return sheet


def fill(sheet: RunSheet, rows: tuple[dict[str, Any], ...]) -> None:
    """The steps of a built-in sheet."""
    learnt = dict(sheet.project.organisation.learnt_lengths.values_list("key", "minutes"))
    made: dict[str, RunStep] = {}
    for row in rows:
        minutes = max(1, round(learnt.get(row["key"], row["minutes"]))) if row["minutes"] else 0
        fields = {name: row[name] for name in ("key", "section", "title", "start", "expected", "fact", "client_sees")}
        made[row["key"]] = RunStep.objects.create(project=sheet.project, sheet=sheet, minutes=minutes, **fields)
    for row in rows:
        made[row["key"]].waits_for.set(made[key] for key in row["waits_for"])


@transaction.atomic
def save_step(form: Any, sheet: RunSheet, *, by: User) -> RunStep:
    """A new step, or a changed one. Raises StaleRow, or WrongSheet where steps would wait for one another."""
    RunSheet.objects.select_for_update().get(pk=sheet.pk)
    if form.instance.pk:
        row = form.save_change(by)
    else:
        row = form.save(commit=False)
        row.project, row.sheet = sheet.project, sheet
        row.save()
        Activity.record(sheet.project, "added the step", row, by=by)
    row.waits_for.set(form.cleaned_data["waits_for"])
    check_sheet([step.step for step in sheet.steps.prefetch_related("waits_for")])
    return row


@transaction.atomic
def delete_step(step: RunStep, *, by: User) -> None:
    """Raises NotNow once it was part of a run: the log needs it."""
    if step.marks.exists():
        raise NotNow("This step was part of a run, so it stays; skip it next time, or give it another name.")
    Activity.record(step.project, "deleted the step", step, by=by)
    step.delete()


def look_ahead(sheet: RunSheet, run: Run | None = None, now: datetime | None = None) -> tuple[list[RunStep], Outlook]:
    """The steps with their marks (`mark`), and where each stands in time (`placed`)."""
    steps = list(sheet.steps_in(run).whole())
    marks = {mark.step_id: mark for mark in run.marks.select_related("started_by", "ended_by")} if run else {}
    progress = {pk: _progress(run, mark) for pk, mark in marks.items()} if run else {}
    moment = None if run is None else run.minute(run.ended_at or now or timezone.now())
    found = outlook(for_engine(steps), progress, moment)
    for step in steps:
        step.mark, step.placed = marks.get(step.pk), found.steps[step.pk]
    return sorted(steps, key=lambda step: (step.placed.planned_start, step.start, step.pk)), found


def _progress(run: Run, mark: StepMark) -> Progress:
    started = run.minute(mark.started_at) if mark.started_at else None
    return Progress(started, run.minute(mark.ended_at) if mark.ended_at else None)


# --- A run ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def begin(sheet: RunSheet, mode: str, *, by: User) -> Run:
    """Start a rehearsal (T stands so that the first step begins now) or the real one (T is go-live)."""
    sheet = RunSheet.objects.select_for_update().select_related("project").get(pk=sheet.pk)
    if running := sheet.runs.active().first():
        raise NotNow(f"A {running.get_mode_display().lower()} is running already; end it first.")
    steps = list(sheet.steps.whole())
    if not steps:
        raise NotNow("The sheet has no step yet.")
    now, zero = timezone.now(), sheet.project.go_live
    if mode != Mode.LIVE or sheet.kind == SheetKind.ROLLBACK:
        zero = now - timedelta(minutes=min(step.start for step in steps))
    run = Run.objects.create(project=sheet.project, sheet=sheet, mode=mode, zero=zero, started_at=now, started_by=by)
    act(run, f"began the {run.get_mode_display().lower()}", by=by)
    Activity.record(sheet.project, f"began the {run.get_mode_display().lower()} of", sheet, by=by)
    return run


def act(run: Run, words: str, *, by: User | None, step: RunStep | None = None, aside: str = "", why: str = "") -> None:
    """One line of the log; whoever looks on is told by the number that moves."""
    line = words + (f": {why}" if why else "")
    RunAct.objects.create(project=run.project, run=run, by=by, words=line[:400], step=step, aside=aside, why=why[:500])
    Run.objects.filter(pk=run.pk).update(acts_count=F("acts_count") + 1)


def _locked(run: Run) -> Run:
    found = Run.objects.select_for_update().select_related("project", "sheet").get(pk=run.pk)
    if found.ended_at:
        raise NotNow("This run has ended.")
    return found


@transaction.atomic
def start_step(run: Run, step: RunStep, *, by: User, anyway: str = "") -> None:
    """One start, whoever else presses the button; `anyway` is the reason for not waiting."""
    run = _locked(run)
    mark = run.marks.filter(step=step).select_related("started_by", "ended_by").first()
    if mark is not None and mark.started_at:
        if mark.started_by_id == by.pk and not mark.ended_at:
            return
        raise NotNow(f"{mark.started_by or 'Somebody'} was faster and has started “{step.title}”.")
    if mark is not None:
        raise NotNow(f"“{step.title}” was marked as {mark.get_result_display().lower()}; open it again first.")
    if run.paused_at:
        raise NotNow("The run is paused; let it go on first.")
    waits = step.waits_for.exclude(marks__in=run.marks.exclude(ended_at=None))
    names = ", ".join(f"“{other.title}”" for other in waits)
    if names and not anyway:
        raise NotNow(f"“{step.title}” waits for {names}. Give a reason to begin it anyway.")
    StepMark.objects.create(
        project=run.project, run=run, step=step, started_at=timezone.now(), started_by=by, note=anyway[:500]
    )
    if names:
        words = f"started “{step.title}” without waiting for {names}"
        act(run, words, by=by, step=step, aside=Aside.EARLY, why=anyway)
    else:
        act(run, f"started “{step.title}”", by=by, step=step)


def _no_earlier(moment: datetime | None) -> datetime:
    """Now; or that moment, where the server's clock was set back meanwhile: nothing ends before it began."""
    now = timezone.now()
    return max(now, moment) if moment else now


@transaction.atomic
def end_step(run: Run, step: RunStep, result: str, *, by: User | None, note: str = "") -> None:
    """Done, skipped or failed. Raises NotNow where it has ended already, or has not begun and is not skipped."""
    run = _locked(run)
    mark = run.marks.filter(step=step).select_related("ended_by").first()
    if mark is not None and mark.ended_at:
        if mark.result == result:
            return
        raise NotNow(
            f"{mark.ended_by or 'The system'} has marked “{step.title}” as {mark.get_result_display().lower()}."
        )
    if mark is None and result != Result.SKIPPED:
        raise NotNow(f"Start “{step.title}” first.")
    if result in (Result.SKIPPED, Result.FAILED) and not note.strip():
        raise NotNow(f"Say in a sentence why “{step.title}” was {Result(result).label.lower()}.")
    mark = mark or StepMark(project=run.project, run=run, step=step)
    mark.ended_at, mark.ended_by, mark.result = _no_earlier(mark.started_at), by, result
    mark.note = (note or mark.note)[:500]
    mark.save()
    act(run, f"{Result(result).label.lower()}: “{step.title}”" + (f", {note}" if note else ""), by=by, step=step)


@transaction.atomic
def reopen_step(run: Run, step: RunStep, *, by: User) -> None:
    """As if it had not begun; the log keeps both."""
    run = _locked(run)
    if run.marks.filter(step=step).delete()[0]:
        act(run, f"opened “{step.title}” again", by=by, step=step, aside=Aside.OPENED)


@transaction.atomic
def remark(run: Run, words: str, *, by: User) -> None:
    """A line of one's own, also after the end: what was learnt."""
    act(run, words, by=by)


@transaction.atomic
def pause(run: Run, *, by: User, reason: str) -> None:
    """No step can be started until it goes on; the clock does not stop, so the forecast shows what the pause costs."""
    run = _locked(run)
    if not run.paused_at:
        Run.objects.filter(pk=run.pk).update(paused_at=timezone.now(), reason=reason[:500])
        act(run, "paused", by=by, aside=Aside.PAUSED, why=reason)


@transaction.atomic
def go_on(run: Run, *, by: User) -> None:
    run = _locked(run)
    if run.paused_at:
        minutes = round((_no_earlier(run.paused_at) - run.paused_at).total_seconds() / 60)
        Run.objects.filter(pk=run.pk).update(paused_at=None, reason="")
        act(run, f"went on after {minutes} min", by=by, aside=Aside.WENT_ON)


@transaction.atomic
def end(run: Run, outcome: str, *, by: User, reason: str = "") -> None:
    """Finished (every step has ended) or aborted (with a reason). A finished live run teaches the next plan."""
    run = _locked(run)
    if outcome == Outcome.FINISHED:
        left = run.sheet.steps.exclude(marks__in=run.marks.exclude(ended_at=None)).count()
        if left:
            raise NotNow(f"{left} of the steps have not ended; end or skip them first, or abort the run.")
    elif not reason.strip():
        raise NotNow("Say in a sentence why the run is aborted.")
    Run.objects.filter(pk=run.pk).update(
        ended_at=_no_earlier(run.started_at), ended_by=by, outcome=outcome, reason=reason[:500], paused_at=None
    )
    act(run, Outcome(outcome).label.lower(), by=by, why=reason)
    words = "finished" if outcome == Outcome.FINISHED else "aborted"
    Activity.record(
        run.project, f"{words} the {run.get_mode_display().lower()} of", run.sheet, by=by, reason=reason[:500]
    )
    if outcome == Outcome.FINISHED and run.is_live:
        learn(run)


def learn(run: Run) -> None:
    """Mix the minutes that the steps really took into what the consultancy plans with next time."""
    organisation: Organisation = run.project.organisation
    for mark in (
        run.marks.filter(result=Result.DONE).exclude(started_at=None).exclude(step__key="").select_related("step")
    ):
        row, _ = LearntLength.objects.get_or_create(
            organisation=organisation, key=mark.step.key, defaults={"minutes": mark.step.minutes}
        )
        # A clock that was set forward must not make a length that no plan may have.
        took = min(LONGEST, mark.took or 0)
        row.runs += 1
        weight = 1 / min(row.runs, LEARNT_FROM)
        row.minutes += (took - row.minutes) * weight
        row.save()


def settle_fact(fact: Fact) -> None:
    """A started step of a live run that this fact checks ends by itself when the fact is ready."""
    if fact.is_ready:
        runs = Run.objects.active().filter(project=fact.project, mode=Mode.LIVE)
        for mark in StepMark.objects.filter(run__in=runs, step__fact=fact.key, ended_at=None).select_related(
            "run", "step"
        ):
            end_step(mark.run, mark.step, Result.DONE, by=None, note=fact.reason)


def rehearsed(sheet: RunSheet) -> Run | None:
    """The newest finished rehearsal or live run."""
    return sheet.runs.filter(outcome=Outcome.FINISHED).first()
