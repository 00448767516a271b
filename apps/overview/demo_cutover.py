"""The switch of the demo's projects, out of demo_cutover.toml: prepared in one, behind us in another."""

import tomllib
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.assets.models import Account
from apps.cutover import (
    closing,
    deciding,
    kept_plan,
    learning,
    paying,
    redirect_standing,
    redirecting,
    rollbacks,
    running,
    testing,
    warming,
    watching,
)
from apps.cutover.journeys import JourneyMark, JourneyProof, JourneyRun
from apps.cutover.models import Checked, Redirect, RedirectRun
from apps.cutover.payments import Payment
from apps.cutover.runsheets import Mode, Outcome, Result, Run, RunAct, RunSheet, RunStep, StepMark
from apps.cutover.warmups import WarmUp
from apps.findings.models import Fact
from apps.overview.demo_plan import doers
from apps.overview.models import Lesson, Measurement, Objective
from apps.projects.models import Activity, Project, Role
from engine.findings import Verdict
from engine.redirects.checking import MANY

DATA = Path(__file__).with_name("demo_cutover.toml")


def fill_cutover(project: Project, names: dict[str, list[str]]) -> None:
    """Nothing for a project that the data do not name: its pages teach."""
    row = tomllib.loads(DATA.read_text(encoding="utf-8")).get(project.slug)
    if row is None:
        return
    staff, _ = doers(project)
    newest = project.activities.values_list("pk", flat=True).first() or 0
    _accounts(project, row)
    _objectives(project, row, staff)
    _redirects(project, row, staff)
    _journeys(project, row, staff)
    _payments(project, row, names)
    sheet = running.sheet_of(project, by=staff)
    project.runsteps.filter(sheet=sheet).update(owner=staff)
    for days, minutes in row["rehearsals"]:
        _finished(sheet, Mode.REHEARSAL, timezone.now() - timedelta(days=days), minutes, staff)
    _ways_back(project, row, staff)
    if "go" in row:
        _night(project, sheet, row, staff)
    _warm_up(project, row["warm_up"], staff)
    _watch(project, row.get("watch", {}), staff)
    before = min(timezone.now(), project.go_live) - timedelta(days=1)
    Activity.objects.filter(project=project, pk__gt=newest).update(at=before)


def _accounts(project: Project, row: dict[str, Any]) -> None:
    for name, does, cost, replaced_by, still_runs, platform in row["accounts"]:
        Account.objects.create(
            project=project, name=name, does=does, monthly_cost=cost, replaced_by=replaced_by, still_runs=still_runs,
            platform=platform,
            currency=_currency(project),
            renews_on=project.today + timedelta(days=41),
        )  # fmt: skip
    closing.publish(project)


def _currency(project: Project) -> str:
    return "EUR" if project.time_zone.startswith("Europe") else "USD"


def _objectives(project: Project, row: dict[str, Any], by: User) -> None:
    for sentence, metric, unit, baseline, target, direction, values in row["objectives"]:
        one = Objective.objects.create(
            project=project, sentence=sentence, metric=metric, unit=unit, baseline=baseline, target=target,
            direction=direction, due=project.go_live_day + timedelta(days=60), client_measures=True,
        )  # fmt: skip
        for days, value in values:
            on = project.today - timedelta(days=days)
            Measurement.objects.create(project=project, objective=one, value=Decimal(str(value)), on=on, by=by)


def _redirects(project: Project, row: dict[str, Any], by: User) -> None:
    for name, new in row["new_pages"].items():
        project.assets.filter(name=name).update(new_url=new)
    lines = [Redirect(project=project, old=old, new=new, is_gone=not new) for old, new in row["old_pages"]]
    Redirect.objects.bulk_create(lines)
    redirecting.bring_in(project, by=by)
    if wrong := row.get("answered"):
        at, front = timezone.now() - timedelta(minutes=40), "https://bakery.kartra-account.example/"
        right = {"before": Checked.OK, "before_at": project.go_live - timedelta(days=1), "before_said": "Answers."}
        project.redirects.update(**right, after=Checked.OK, after_at=at, after_said="Arrives in one permanent hop.")
        said = f"Leads to {front} in place of the recipe."
        way = [[wrong, 301], [front, 200]]
        project.redirects.filter(old=wrong).update(after=Checked.WRONG, after_said=said, after_way=way)
        folder = {"before": Checked.UNKNOWN, "before_said": MANY, "after": Checked.UNKNOWN, "after_said": MANY}
        project.redirects.filter(old__endswith="/*").update(**folder)
        ok, folders = project.redirects.filter(after=Checked.OK).count(), len(row["old_pages"]) and 1
        RedirectRun.objects.create(project=project, is_after=True, started_at=at, ok=ok, wrong=1, unknown=folders)
        redirect_standing.publish(project)


def _journeys(project: Project, row: dict[str, Any], by: User) -> None:
    """Gone through a day before the switch, or yesterday."""
    testing.make(project, by=by)
    if key := row.get("journey_of_client"):
        client = project.memberships.filter(role=Role.CLIENT).order_by("pk").first()
        project.journeys.filter(key=key).update(owner=client.user, client_sees=True)
    for journey in project.journeys.filter(key__in=row["journeys"]):
        result, at = row["journeys"][journey.key], timezone.now() - timedelta(days=2, hours=3)
        run = JourneyRun.objects.create(
            project=project, journey=journey, started_at=at, ended_at=at + timedelta(minutes=12), started_by=by,
            result=result,
        )  # fmt: skip
        lines = journey.lines
        marks = []
        for place, (title, expected) in enumerate(lines, 1):
            failed = result == "failed" and place == 4
            marks.append(JourneyMark(
                project=project, run=run, place=place, title=title, expected=expected, by=by, at=at,
                result="failed" if failed else "passed", note=row["journey_failed"] if failed else "",
            ))  # fmt: skip
        JourneyMark.objects.bulk_create(marks)
        if result == "passed" and journey.key in row["proofs"]:
            JourneyProof.objects.create(project=project, run=run, text=row["proofs"][journey.key], by=by, at=at)
    testing.publish(project)


def _payments(project: Project, row: dict[str, Any], names: dict[str, list[str]]) -> None:
    made = []
    for number in range(row["payments"]):
        plan, amount, unit = row["plans"][number % len(row["plans"])]
        at = number + row["payments"]  # other people in each project
        who = f"{names['first'][at * 3 % len(names['first'])]} {names['last'][at % len(names['last'])]}"
        done, decided = number < row["done"], number < row["decided"]
        made.append(Payment(
            project=project, who=who, email=f"{who.replace(' ', '.').lower()}.{number}@mail.example", plan=plan,
            amount=Decimal(amount), currency=_currency(project), unit=unit,
            next_bill=project.today + timedelta(days=2 + number),
            gateway="Stripe", decision=("keep", "new_checkout", "run_out")[number % 3] if decided else "",
            is_done=done, needs_access=number % 2 == 0, course="Members' area" if number % 2 == 0 else "",
            reinstated_on=project.today if done and number % 2 == 0 else None,
        ))  # fmt: skip
    Payment.objects.bulk_create(made)
    paying.publish(project)


def _warm_up(project: Project, row: dict[str, Any], by: User) -> None:
    """To come after go-live, or under way: then its days end with yesterday."""
    days = row.get("days", [])
    base = project.today if days else project.go_live_day
    starts_on = base + timedelta(days=row["starts"])
    plan = WarmUp.objects.create(project=project, tiers=row["tiers"], starts_on=starts_on, first=row["first"])
    if days:
        warming.enter(plan, {starts_on + timedelta(days=at): tuple(told) for at, told in enumerate(days)}, by=by)
    warming.publish(project)


def _watch(project: Project, row: dict[str, Any], by: User) -> None:
    """Values every six hours, the newest an hour old at most."""
    if not row:
        return
    watching.begin(project, by=by)
    hours = timedelta(hours=6)
    for metric in project.metrics.filter(name__in=row):
        metric.project = project
        before, since = row[metric.name]
        values = {project.go_live - hours * (len(before) - at): value for at, value in enumerate(before)}
        times = [project.go_live + hours * at for at in range(1, len(since) + 1)]
        last = timezone.now() - timedelta(minutes=20)
        values |= {at: value for at, value in zip(times, since, strict=True) if at < last - hours / 2}
        values[last] = since[-1]
        watching.enter(metric, {at: Decimal(str(value)) for at, value in values.items()}, by=by)
    project.metric_entries.update(at=timezone.now() - timedelta(minutes=20))


def _finished(sheet: RunSheet, mode: str, at: datetime, minutes: int, by: User) -> Run:
    end = at + timedelta(minutes=minutes)
    run = Run.objects.create(
        project=sheet.project, sheet=sheet, mode=mode, zero=at, started_at=at, started_by=by, ended_at=end,
        ended_by=by, outcome=Outcome.FINISHED, acts_count=2,
    )  # fmt: skip
    kind = Mode(mode).label.lower()
    for moment, words in ((at, f"began the {kind}"), (end, "finished")):
        RunAct.objects.create(project=sheet.project, run=run, at=moment, by=by, words=words)
    kept_plan.keep(run)
    return run


def _ways_back(project: Project, row: dict[str, Any], by: User) -> None:
    rollbacks.prepare(project, by=by)
    decider, phone = row["decider"]
    project.rollbacks.update(decider_name=decider, phone=phone)
    for back in project.rollbacks.filter(system__in=row["rehearsed_ways"]).select_related("sheet"):
        back.sheet.project = project
        run = _finished(back.sheet, Mode.REHEARSAL, timezone.now() - timedelta(days=7), 38, by)
        StepMark.objects.bulk_create(
            StepMark(
                project=project, run=run, step=step, started_at=run.started_at, started_by=by, ended_at=run.ended_at,
                ended_by=by, result=Result.DONE,
            )
            for step in back.sheet.steps.all()
        )  # fmt: skip
    rollbacks.publish(project)


# --- The night that is behind us -------------------------------------------------------------------------------------


def _night(project: Project, sheet: RunSheet, row: dict[str, Any], by: User) -> None:
    for key, reason in row["facts"]:
        Fact.publish(project, key, Verdict.READY, reason, as_of=project.go_live - timedelta(hours=3))
    project.fact_changes.filter(key__startswith="contacts.").update(at=project.go_live - timedelta(hours=3))
    _decide(project, row, by)
    steps = running.look_ahead(sheet)[0]
    run = _finished(sheet, Mode.LIVE, project.go_live + timedelta(minutes=steps[0].placed.planned_start), 0, by)
    Run.objects.filter(pk=run.pk).update(zero=project.go_live)
    end = _marks(run, steps, row, by)
    Run.objects.filter(pk=run.pk).update(ended_at=end)
    run.acts.filter(words="finished").update(at=end)
    name, after, minutes, reason = row["way_back"]
    at = project.go_live + timedelta(minutes=after)
    back = _finished(project.runsheets.get(name=name), Mode.LIVE, at, minutes, by)
    Run.objects.filter(pk=back.pk).update(outcome=Outcome.ABORTED, reason=reason)
    learning.learn(run)
    Lesson.objects.bulk_create(
        Lesson(project=project, kind=kind, text=text, client_sees=seen, by=by) for kind, text, seen in row["lessons"]
    )


def _decide(project: Project, row: dict[str, Any], by: User) -> None:
    at = project.go_live - timedelta(minutes=95)
    for condition in deciding.standing(project).open:
        deciding.accept(project, condition.kind.key, row["risks"].get(condition.kind.key, row["risk"]), by=by)
    project.risks.update(at=at - timedelta(minutes=10))
    deciding.decide(project, deciding.Word.GO, row["go"], by=by)
    project.decisions.update(at=at)
    project.notices.filter(key__startswith="decision-").update(created_at=at, read_at=at, is_urgent=False)


def _marks(run: Run, steps: list[RunStep], row: dict[str, Any], by: User) -> datetime:
    """Each step begins when it is planned and what it waits for has ended; returns when the last one ended."""
    ends: dict[int, datetime] = {}
    marks, acts = [], []
    for step in steps:
        free = [ends[other.pk] for other in step.waits_for.all() if other.pk in ends]
        began = max([run.project.go_live + timedelta(minutes=step.placed.planned_start), *free])
        ended = began + timedelta(minutes=step.minutes + row["delays"].get(step.key, 0))
        why = row["skipped"].get(step.key, "")
        result, note = (Result.SKIPPED, why) if why else (Result.DONE, row["notes"].get(step.key, ""))
        ended = began if why else ended
        ends[step.pk] = ended
        values = {"project": run.project, "run": run, "step": step}
        marks.append(StepMark(**values, started_at=None if why else began, started_by=by, ended_at=ended, ended_by=by,
                              result=result, note=note))  # fmt: skip
        words = f"{result.label.lower()}: “{step.title}”"
        acts += [RunAct(**values, at=began, by=by, words=f"started “{step.title}”")] if not why else []
        acts.append(RunAct(**values, at=ended, by=by, words=words, why=note))
    StepMark.objects.bulk_create(marks)
    RunAct.objects.bulk_create(acts)
    Run.objects.filter(pk=run.pk).update(acts_count=len(acts) + 2)
    return max(ends.values())
