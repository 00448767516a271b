"""Verbs of the test journeys: make, change, go through, say that something was changed, tell what it means."""

import tomllib
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.cutover.builtin import HERE
from apps.cutover.journeys import (
    Journey,
    JourneyChange,
    JourneyMark,
    JourneyProof,
    JourneyQuerySet,
    JourneyRun,
    JourneyWord,
    Tried,
    join_steps,
)  # fmt: skip
from apps.cutover.running import NotNow
from apps.findings.models import Fact
from apps.projects.models import Activity, Project, Role
from apps.projects.notice import NoticeKind
from apps.projects.stored import StoredFile
from apps.projects.telling import consultants_of, tell
from engine.findings import Verdict

KEY = "cutover.journeys_passed"
NOT_RUN, RUNNING, AGAIN = "not_run", "running", "again"  # besides passed and failed
WORDS = {NOT_RUN: "not run yet", RUNNING: "not finished", AGAIN: "to be run again", Tried.FAILED: "failed"}


@lru_cache
def built_in_journeys() -> tuple[dict[str, Any], ...]:
    """Key, title, why and the steps as text."""
    rows = tomllib.loads((HERE / "journeys.toml").read_text(encoding="utf-8"))["journey"]
    return tuple({**row, "steps": join_steps(row["steps"])} for row in rows)


def standing(rows: JourneyQuerySet) -> list[Journey]:
    """The journeys with their newest run, newest change and state, in three queries."""
    journeys = list(rows.with_newest())
    runs = JourneyRun.objects.select_related("started_by").in_bulk([one.run_pk for one in journeys if one.run_pk])
    changes = JourneyChange.objects.select_related("by").in_bulk([one.change_pk for one in journeys if one.change_pk])
    for one in journeys:
        one.run, one.changed = runs.get(one.run_pk), changes.get(one.change_pk)
        one.state = state_of(one.run, one.changed)
    return journeys


def results(rows: JourneyQuerySet) -> list[Journey]:
    """For reports: the journeys with state, newest run and who ran it; one query."""
    journeys = list(rows.with_results())
    for one in journeys:
        by = User(name=one.run_started_by__name, email=one.run_started_by__email or "somebody")
        run = JourneyRun(started_at=one.run_started_at, ended_at=one.run_ended_at, result=one.run_result, started_by=by)
        one.run = run if one.run_started_at else None
        one.state = state_of(one.run, JourneyChange(at=one.changed_at) if one.changed_at else None)
    return journeys


def to_walk(projects: list[Project], client: User | None) -> list[Journey]:
    """What this client is to go through now: his, shown to him, and without a result that counts; one query."""
    if client is None:
        return []
    rows = Journey.objects.filter(project__in=projects, owner=client).shown_to(Role.CLIENT)
    found = [one for one in results(rows) if one.state in (NOT_RUN, RUNNING, AGAIN)]
    by_key = {project.pk: project for project in projects}
    for one in found:
        one.project = by_key[one.project_id]
    return found


def state_of(run: JourneyRun | None, changed: JourneyChange | None) -> str:
    """A run that began before the newest change counts no more."""
    if run is None:
        return NOT_RUN
    if changed is not None and run.started_at <= changed.at:
        return AGAIN
    return run.result or RUNNING


@transaction.atomic
def make(project: Project, *, by: User) -> int:
    """Add the built-in journeys that the project never had."""
    Project.objects.select_for_update().get(pk=project.pk)
    known = set(project.journeys.values_list("key", flat=True))
    rows = [row for row in built_in_journeys() if row["key"] not in known]
    for row in rows:
        Journey.objects.create(project=project, **row)
    if rows:
        Activity.record(project, f"added {len(rows)} test journeys", by=by)
    publish(project)
    return len(rows)


@transaction.atomic
def save(form: Any, project: Project, *, by: User) -> Journey:
    """A new journey, or a changed one; other steps ask for another run. Raises StaleRow."""
    before, had = form.initial.get("steps"), form.initial.get("owner")
    if form.instance.pk:
        row: Journey = form.save_change(by)
        if row.steps != before and row.runs.exists():
            JourneyChange.objects.create(project=project, journey=row, by=by, reason="The steps were changed.")
        files = JourneyProof.objects.filter(run__journey=row).exclude(file=None).values("file")
        StoredFile.objects.filter(pk__in=files).update(client_sees=row.client_sees)
    else:
        row = form.save(commit=False)
        row.project = project
        row.save()
        Activity.record(project, "added the test journey", row, by=by)
    if row.owner is not None and row.owner_id != had and (row.client_sees or row.owner in consultants_of(project)):
        key = f"journey-{row.pk}-{row.owner_id}-{row.version}"
        text = f"You are asked to go through “{row.title}”."
        tell(project, [row.owner], NoticeKind.TODO, text, link=row.get_absolute_url(), key=key, by=by)
    publish(project)
    return row


@transaction.atomic
def put(row: Journey, *, away: bool, by: User) -> None:
    """Remove a journey with its runs, or put it back."""
    if away != bool(row.removed_at):
        verb = "removed the test journey" if away else "put back the test journey"
        row.change(by, verb=verb, removed_at=timezone.now() if away else None)
        publish(row.project)


@transaction.atomic
def say_changed(rows: list[Journey], project: Project, *, reason: str, by: User) -> None:
    """Something was changed that these pass through: they are run again."""
    for row in rows:
        JourneyChange.objects.create(project=project, journey=row, by=by, reason=reason)
        Activity.record(project, "asked for another run of", row, by=by, reason=reason)
    publish(project)


@transaction.atomic
def take_change_back(change: JourneyChange, *, by: User) -> None:
    """Nothing was changed after all; the older result counts again."""
    if JourneyChange.objects.filter(pk=change.pk, taken_back_at=None).update(taken_back_at=timezone.now()):
        Activity.record(change.project, "took back the change of", change.journey, by=by, reason=change.reason)
        publish(change.project)


# --- A run ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def begin(journey: Journey, *, by: User) -> JourneyRun:
    """A new run, or the one that is not finished yet and still counts."""
    Journey.objects.select_for_update().get(pk=journey.pk)
    if journey.removed_at:
        raise NotNow("This journey was removed; put it back first.")
    (now,) = standing(journey.project.journeys.filter(pk=journey.pk))
    if now.state == RUNNING:
        return now.run
    run = JourneyRun.objects.create(project=journey.project, journey=journey, started_by=by)
    JourneyMark.objects.bulk_create(
        JourneyMark(project=journey.project, run=run, place=place, title=title, expected=expected)
        for place, (title, expected) in enumerate(journey.lines, 1)
    )
    Activity.record(journey.project, "began to run", journey, by=by, is_internal=not journey.client_sees)
    publish(journey.project)
    return run


@transaction.atomic
def mark(run: JourneyRun, place: int, result: str, *, was: str, note: str, by: User) -> str:
    """Passed, failed, or not tried after all. `was`: what the person saw.

    Where somebody else was faster both words are kept, and failed counts. Returns a sentence about that, or nothing.
    """
    run = JourneyRun.objects.select_for_update().select_related("project", "journey").get(pk=run.pk)
    row = run.marks.select_related("by").get(place=place)
    if (row.result, row.note, row.by) == (result, note[:500], by):  # a second click, or sent once more
        return ""
    who, theirs = row.by or "Somebody", row.get_result_display().lower()
    if row.result not in (was, result) and not (result and row.result):
        raise NotNow(f"{who} has marked “{row.title}” as {theirs} meanwhile." if row.result
                     else f"“{row.title}” was opened again meanwhile.")  # fmt: skip
    if run.journey.runs.filter(started_at__gt=run.started_at).exists():
        raise NotNow("A newer run of this journey has begun; this one is history.")
    if result == Tried.FAILED and not note:
        raise NotNow(f"Say in a sentence what went wrong at “{row.title}”.")
    is_late = bool(row.result) and row.result != was and row.by != by
    said = f"{who} has marked “{row.title}” as {theirs} meanwhile; both words are kept." if is_late else ""
    if is_late and (row.result, result) == (Tried.FAILED, Tried.PASSED):
        _keep(row, result, note, by, timezone.now())
        return f"{said} Failed counts."
    if row.result and (row.by != by or (row.note and result)):  # one's own word is taken back with its mark
        _keep(row, row.result, row.note, row.by, row.at)
    row.result, row.note, row.by, row.at = result, note[:500], by, timezone.now()
    row.save()
    _conclude(run, by)
    return said


def _keep(row: JourneyMark, result: str, note: str, by: User | None, at: datetime | None) -> None:
    """A word that does not count, or counts no more."""
    values = {"result": result, "note": note[:500], "by": by, "at": at or timezone.now()}
    JourneyWord.objects.create(project_id=row.project_id, run_id=row.run_id, place=row.place, **values)


def _conclude(run: JourneyRun, by: User) -> None:
    """One failed step fails the whole; all passed is passed; anything else is not finished."""
    results = set(run.marks.values_list("result", flat=True))
    result = Tried.FAILED if Tried.FAILED in results else Tried.PASSED if results == {Tried.PASSED} else ""
    if result != run.result:
        ended = timezone.now() if result else None
        JourneyRun.objects.filter(pk=run.pk).update(result=result, ended_at=ended)
        words = Tried(result).label.lower() if result else "not finished after all"
        journey = run.journey
        Activity.record(run.project, f"{words}: the run of", journey, by=by, is_internal=not journey.client_sees)
    publish(run.project)


@transaction.atomic
def prove(run: JourneyRun, *, by: User, text: str = "", file: Any = None) -> JourneyProof:
    row = JourneyProof.objects.create(project=run.project, run=run, text=text, file=file, by=by)
    hidden = not run.journey.client_sees
    Activity.record(run.project, "gave evidence for the run of", run.journey, by=by, is_internal=hidden)
    publish(run.project)
    return row


@transaction.atomic
def set_proof(proof: JourneyProof, *, back: bool, by: User) -> None:
    """Take evidence back, or put it back."""
    rows = JourneyProof.objects.filter(pk=proof.pk, taken_back_at__isnull=back)
    if rows.update(taken_back_at=timezone.now() if back else None):
        verb = "took evidence back from the run of" if back else "put evidence back to the run of"
        journey = proof.run.journey
        Activity.record(proof.project, verb, journey, by=by, is_internal=not journey.client_sees)
        publish(proof.project)


# --- What it means --------------------------------------------------------------------------------------------------


@transaction.atomic
def publish(project: Project) -> None:
    """`cutover.journeys_passed`: the newest run of every essential journey passed, after the last change."""
    Fact.one_at_a_time(project)
    link = f"{project.get_absolute_url()}cutover/journeys/"
    journeys = standing(project.journeys.standing().filter(is_essential=True))
    left = [f"{one.title} ({WORDS[one.state]})" for one in journeys if one.state != Tried.PASSED]
    if left:
        more = f" and {len(left) - 4} more" if len(left) > 4 else ""
        verdict, reason = Verdict.NOT_READY, f"Not passed: {'; '.join(left[:4])[:440]}{more}."
    elif journeys:
        many = (
            f"All {len(journeys)} essential journeys passed"
            if len(journeys) > 1
            else "The one essential journey passed"
        )
        bare = [one.title for one in journeys if not one.has_evidence]
        verdict, reason = Verdict.READY, many + (f"; without evidence: {'; '.join(bare[:4])[:380]}." if bare else ".")
    else:
        known = project.facts.filter(key=KEY).exclude(verdict=Verdict.UNKNOWN.value).exists()
        verdict = Verdict.NOT_READY if known else Verdict.UNKNOWN  # what was known does not stay true of nothing
        reason = "No essential test journey is written down."
    Fact.publish(project, KEY, verdict, reason, link=link)
