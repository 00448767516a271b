"""Verbs of a run: begin, start and end a step, pause, go on, end. Everything is written to the run's log.

One act at a time per run: the run's row is locked, so of two people who start a step at once one starts it, and the
other is told who did.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from apps.accounts.models import User
from apps.cutover import kept_plan
from apps.cutover.builtin import built_in
from apps.cutover.learning import learn
from apps.cutover.questions import questions
from apps.cutover.runsheets import (
    Aside,
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
from apps.findings.readiness import verdict_now
from apps.projects.models import Activity, Project
from apps.ui.signs import VERDICT
from engine.facts import FACTS
from engine.findings import Verdict
from engine.runsheet import Outlook, Progress, check_sheet, outlook


class NotNow(Exception):
    """Why the act is not possible, in a sentence for the person who tried."""


# --- The sheet ------------------------------------------------------------------------------------------------------


@transaction.atomic
def sheet_of(project: Project, *, by: User | None) -> RunSheet:
    """The project's go-live sheet; the first time it is made from the built-in one, with the lengths learnt so far."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
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
    is_new = form.instance.pk is None
    if not is_new:
        row = form.save_change(by)
    else:
        row = form.save(commit=False)
        row.project, row.sheet = sheet.project, sheet
        row.save()
        Activity.record(sheet.project, "added the step", row, by=by)
    row.waits_for.set(form.cleaned_data["waits_for"])
    check_sheet([step.step for step in sheet.steps.prefetch_related("waits_for")])
    if is_new or form.has_changed():
        planned_anew(sheet, f"{'added' if is_new else 'changed'} the step “{row.title}”", by=by, step=row)
    return row


def planned_anew(sheet: RunSheet, words: str, *, by: User, step: RunStep | None = None) -> None:
    """Whoever looks on sees at once what is planned otherwise while the sheet runs; the report lists it."""
    if run := sheet.runs.active().select_related("project").first():
        act(run, words, by=by, step=step, aside=Aside.CHANGED)


def look_ahead(sheet: RunSheet, run: Run | None = None, now: datetime | None = None) -> tuple[list[RunStep], Outlook]:
    """The steps with their marks (`mark`), and where each stands in time (`placed`)."""
    steps = kept_plan.steps_of(sheet, run)
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
def begin(sheet: RunSheet, mode: str, *, by: User, reason: str = "") -> Run:
    """Start a rehearsal (T stands so that the first step begins now) or the real one (T is go-live).

    Where something speaks against the real one it wants a reason, which stands in the log and in the report.
    """
    sheet = RunSheet.objects.select_for_update().select_related("project").get(pk=sheet.pk)
    if running := sheet.runs.active().first():
        raise NotNow(f"A {running.in_words} is running already; end it first.")
    steps = list(sheet.steps.whole())
    if not steps:
        raise NotNow("The sheet has no step yet.")
    asked = questions(sheet) if mode == Mode.LIVE else []
    against = " ".join(one.sentence for one in asked)
    if asked and not reason.strip():
        raise NotNow(f"{against} Say in a sentence why the live run begins all the same.")
    now, zero = timezone.now(), sheet.project.go_live
    if mode != Mode.LIVE or sheet.kind == SheetKind.ROLLBACK:
        zero = now - timedelta(minutes=min(step.start for step in steps))
    run = Run.objects.create(project=sheet.project, sheet=sheet, mode=mode, zero=zero, started_at=now, started_by=by)
    words, why = f"began the {run.in_words}", f"{against} {reason}" if asked else ""
    for one in asked:
        act(run, f"{words} {one.words}", by=by, aside=one.aside, why=f"{one.sentence} {reason}")
    if not asked:
        act(run, words, by=by)
    Activity.record(sheet.project, f"{words} of", sheet, by=by, reason=why[:500])
    return run


def act(run: Run, words: str, *, by: User | None, step: RunStep | None = None, aside: str = "", why: str = "") -> None:
    """One line of the log; whoever looks on is told by the number that moves."""
    RunAct.objects.create(project=run.project, run=run, by=by, words=words[:400], step=step, aside=aside, why=why[:500])
    Run.objects.filter(pk=run.pk).update(acts_count=F("acts_count") + 1)


def _locked(run: Run) -> Run:
    found = Run.objects.select_for_update(of=("self",)).select_related("project", "sheet").get(pk=run.pk)
    if found.ended_at:
        raise NotNow("This run has ended.")
    return found


@transaction.atomic
def start_step(run: Run, step: RunStep, *, by: User, anyway: str = "", for_client: bool = False) -> None:
    """One start, whoever else presses the button; `anyway` is the reason for not waiting."""
    run = _locked(run)
    mark = run.marks.filter(step=step).select_related("started_by", "ended_by").first()
    if mark is not None and mark.started_at:
        if mark.started_by_id == by.pk and not mark.ended_at:
            return
        raise NotNow(f"{mark.started_by or 'Somebody'} was faster and has started “{step.title}”.")
    if mark is not None:
        raise NotNow(f"“{step.title}” was marked as {mark.get_result_display().lower()}; open it again first.")
    if RunStep.every.filter(pk=step.pk).exclude(retired_at=None).exists():
        raise NotNow(f"“{step.title}” was taken out of the sheet meanwhile.")
    if run.paused_at:
        raise NotNow("The run is paused; no step begins until it goes on.")
    results = dict(run.marks.exclude(ended_at=None).values_list("step_id", "result"))
    held_by = [other for other in step.waits_for.all() if results.get(other.pk, Result.FAILED) == Result.FAILED]
    if held_by and not anyway:
        raise NotNow(_waiting(step, [one for one in held_by if one.client_sees or not for_client], results, for_client))
    mark = StepMark.objects.create(
        project=run.project, run=run, step=step, started_at=timezone.now(), started_by=by, note=anyway[:500]
    )
    if held_by:
        why = f"Did not wait for {_named(held_by, results)}. {anyway}"
        act(run, f"started “{step.title}” before its turn", by=by, step=step, aside=Aside.EARLY, why=why)
    else:
        act(run, f"started “{step.title}”", by=by, step=step)
    _end_by_fact(mark, Fact.objects.filter(project=run.project, key=step.fact).first() if step.fact else None)


def _named(steps: Sequence[RunStep], results: dict[int, str]) -> str:
    return ", ".join(f"“{one.title}”" + (", which failed" if one.pk in results else "") for one in steps)


def _waiting(step: RunStep, shown: Sequence[RunStep], results: dict[int, str], for_client: bool) -> str:
    """A client reads no name of a step that he does not see, and cannot begin one before its turn."""
    names = _named(shown, results) or "other steps"
    return f"“{step.title}” waits for {names}." + ("" if for_client else " Give a reason to begin it anyway.")


def _no_earlier(moment: datetime | None) -> datetime:
    """Now; or that moment, where the server's clock was set back meanwhile: nothing ends before it began."""
    now = timezone.now()
    return max(now, moment) if moment else now


@transaction.atomic
def end_step(run: Run, step: RunStep, result: str, *, by: User | None, note: str = "") -> None:
    """Done, skipped or failed. Raises NotNow where it has ended already, or has not begun and is not skipped.

    What a check of the system does not call ready is done only with a reason, and counts as passed by hand.
    """
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
        raise NotNow(f"Say in a sentence why “{step.title}” {'failed' if result == Result.FAILED else 'is skipped'}.")
    against = _check_against(run, step) if by is not None and result == Result.DONE else ""
    if against and not note.strip():
        raise NotNow(f"{against}. Say in a sentence why “{step.title}” is done all the same.")
    mark = mark or StepMark(project=run.project, run=run, step=step)
    mark.ended_at, mark.ended_by, mark.result = _no_earlier(mark.started_at), by, result
    mark.note = (note or mark.note)[:500]
    mark.save()
    words = f"{'passed by hand' if against else Result(result).label.lower()}: “{step.title}”"
    words += f" ({against})" if against else ""
    act(run, words, by=by, step=step, aside=Aside.PASSED if against else "", why=note)


def _check_against(run: Run, step: RunStep) -> str:
    """What the step's check says while it is not ready, in a live run; nothing where nothing speaks against it."""
    if not step.fact or not run.is_live:
        return ""
    fact = Fact.objects.filter(project=run.project, key=step.fact).first()
    verdict = verdict_now(fact) if fact else Verdict.UNKNOWN
    if verdict == Verdict.READY:
        return ""
    title = FACTS[step.fact].title if step.fact in FACTS else step.fact
    return f"“{title}” says {VERDICT[verdict.value].word.lower()}"


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
    kept_plan.keep(run)
    act(run, Outcome(outcome).label.lower(), by=by, why=reason)
    words = "finished" if outcome == Outcome.FINISHED else "aborted"
    Activity.record(run.project, f"{words} the {run.in_words} of", run.sheet, by=by, reason=reason[:500])
    if outcome == Outcome.FINISHED and run.is_live:
        learn(run)


def settle_fact(fact: Fact) -> None:
    """A started step of a live run that this fact checks ends by itself when the fact is ready, or says so again."""
    if fact.is_ready:
        runs = Run.objects.active().filter(project=fact.project, mode=Mode.LIVE)
        marks = StepMark.objects.filter(run__in=runs, step__fact=fact.key, ended_at=None)
        for mark in marks.select_related("run", "step"):
            _end_by_fact(mark, fact)


def _end_by_fact(mark: StepMark, fact: Fact | None) -> None:
    """Only a look that was taken since the run began, or since the step was opened again, speaks for tonight's step."""
    if fact is None or not fact.is_ready or not mark.run.is_live:
        return
    opened = mark.run.acts.filter(step=mark.step, aside=Aside.OPENED).aggregate(newest=Max("at"))["newest"]
    if fact.as_of >= (opened or mark.run.started_at):
        with suppress(NotNow):  # somebody has ended it, or the run, at this moment: that stands
            end_step(mark.run, mark.step, Result.DONE, by=None, note=fact.reason)


def rehearsed(sheet: RunSheet) -> Run | None:
    """The newest finished rehearsal or live run."""
    return sheet.runs.filter(outcome=Outcome.FINISHED).first()
