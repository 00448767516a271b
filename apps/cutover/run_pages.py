"""What the pages and files of run sheets show, in a fixed number of queries."""

import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from django.http import FileResponse
from django.utils import timezone

from apps.accounts.models import User
from apps.cutover import rollbacks, running, steps_out
from apps.cutover.builtin import lengths
from apps.cutover.questions import questions
from apps.cutover.rollbacks import Rollback
from apps.cutover.runsheets import Result, Run, RunAct, RunSheet, RunStep, SheetKind
from apps.projects.models import Role
from apps.ui.moments import absolute, city, from_utc, length
from engine.dns.panels import short_host
from engine.facts import FACTS
from engine.runsheet import Outlook
from engine.spreadsheets.writing import Column, SheetToWrite, write_workbook

SHORT = 12  # steps; a board that is no longer is never folded


def signed(minutes: float) -> str:
    """T-1:30, T+0:05: hours and minutes from T; T-24 d 7:09 where it is far away."""
    whole = round(abs(minutes))
    hours = f"{whole // 60}" if whole < 6000 else f"{whole // 1440} d {whole // 60 % 24}"
    return f"T{'−' if minutes < 0 and whole else '+'}{hours}:{whole % 60:02}"


def _in_sections(steps: Sequence[RunStep]) -> list[dict[str, Any]]:
    """Sections in the order in which they begin, and the steps of each."""
    found: dict[str, list[RunStep]] = {}
    for step in steps:
        found.setdefault(step.section, []).append(step)
    return [{"name": name, "steps": part} for name, part in found.items()]


def _clock(moment: datetime, run: RunSheet | Run, zero: datetime, form: str = "%H:%M") -> str:
    """22:05; with the day where it is another than T's, with UTC+2 where the clocks were changed in between."""
    there, then = moment.astimezone(run.project.zone), zero.astimezone(run.project.zone)
    day = f" {there:%a}" if there.date() != then.date() else ""
    return f"{there:{form}}{day}" + (f" {from_utc(there)}" if there.utcoffset() != then.utcoffset() else "")


def _dress(steps: Sequence[RunStep], sheet: RunSheet, zero: datetime, names: dict[int, str]) -> None:
    """The words that a row shows."""
    for step in steps:
        one = step.placed
        step.offset, step.lasts = signed(one.planned_start), length(step.minutes)
        step.planned = _clock(zero + timedelta(minutes=one.planned_start), sheet, zero)
        step.begins = _clock(zero + timedelta(minutes=one.start), sheet, zero)
        step.ends = _clock(zero + timedelta(minutes=one.end), sheet, zero)
        step.late_words = f"{length(one.late)} late" if one.late >= 1 else ""
        step.check = FACTS.get(step.fact)
        step.waits_names = [names[pk] for pk in step.waits if pk in names]
        step.pushed = _pushed(step, names)


def _pushed(step: RunStep, names: dict[int, str]) -> str:
    """Why it begins later than its own minute, where another step is the reason and it has not begun."""
    one = step.placed
    if step.mark or one.held_by is None or one.start < step.start + 1:
        return ""
    other = f"“{names[one.held_by]}”" if one.held_by in names else "another step"
    return f"{length(one.start - step.start)} after its own minute, {signed(step.start)}: {other} ends only then"


def why_pushed(step: RunStep) -> str:
    """The same for one step, as planned, with the minute at which it begins."""
    steps, _ = running.look_ahead(step.sheet)
    one = next(other for other in steps if other.pk == step.pk)
    said = _pushed(one, {other.pk: other.title for other in steps})
    return f"{signed(one.placed.start)}, {said}" if said else ""


def sheet_context(sheet: RunSheet) -> dict[str, Any]:
    """The plan: sections with steps, runs so far, what is running now."""
    steps, found = running.look_ahead(sheet)
    _dress(steps, sheet, sheet.project.go_live, {step.pk: step.title for step in steps})
    learnt = _say_learnt(steps, sheet)
    runs = list(sheet.runs.select_related("started_by", "project")[:10])
    return {
        "project": sheet.project, "sheet": sheet, "sections": _in_sections(steps), "count": len(steps),
        "begins": min((step.placed.planned_start for step in steps), default=0), "lasts": _span(steps, found),
        "critical": [step for step in steps if step.placed.is_critical], "runs": runs,
        "active": next((run for run in runs if run.ended_at is None), None),
        "rehearsed": running.rehearsed(sheet), "without_owner": sum(not step.who for step in steps),
        "zone": city(sheet.project.zone),
        "back": rollbacks.of_sheet(sheet),
        "no_return": rollbacks.no_return(sheet.project) if sheet.kind == SheetKind.ROLLBACK else None,
        "questions": questions(sheet),
        "learnt": learnt, "gone": steps_out.taken_out(sheet).filter(record=None)[:20],
    }  # fmt: skip


def _say_learnt(steps: Sequence[RunStep], sheet: RunSheet) -> int:
    """How many lengths are what live runs of the consultancy really took, and not the built-in ones."""
    learnt = {row.key: row.minutes for row in sheet.project.organisation.learnt_lengths.all()}
    usual = lengths()
    for step in steps:
        known = max(1, round(learnt[step.key])) if step.key in learnt else None
        step.is_learnt = step.minutes == known != usual.get(step.key)
    return sum(step.is_learnt for step in steps)


def _span(steps: Sequence[RunStep], found: Outlook) -> str:
    return length(found.end - min((step.placed.start for step in steps), default=found.end))


def stamp(run: Run) -> str:
    """Changes with every act, and with every minute while the run goes on."""
    minute = 0 if run.ended_at else int(timezone.now().timestamp() // 60)
    return f"{run.acts_count}.{minute}"


def _say_checks(steps: Sequence[RunStep], run: Run, is_staff: bool) -> None:
    """Beside each step that has not ended: what its check says, and when it looked. The reason is not the client's."""
    facts = {fact.key: fact for fact in run.project.facts.all()}
    for step in steps:
        step.asks_check = bool(step.check) and not (step.mark and step.mark.ended_at)
        step.verdict = facts.get(step.fact) if step.asks_check else None
        step.said = step.verdict.reason if step.verdict and is_staff else ""


def run_context(run: Run, viewer: User, role: int) -> dict[str, Any]:
    """The board: clock, lateness, forecast, what runs, what is next, the log. A client gets what he may see."""
    now = timezone.now()
    all_steps, found = running.look_ahead(run.sheet, run, now)
    shown = [step for step in all_steps if role >= Role.CONSULTANT or step.client_sees]
    _dress(all_steps, run.sheet, run.zero, {step.pk: step.title for step in shown})
    is_staff = role >= Role.CONSULTANT
    _say_checks(shown, run, is_staff)
    ended = {step.pk for step in all_steps if step.mark and step.mark.ended_at}
    failed = [step for step in shown if step.mark and step.mark.result == Result.FAILED]
    free_of = ended - {step.pk for step in all_steps if step.mark and step.mark.result == Result.FAILED}
    for step in shown:
        open_waits = [pk for pk in step.waits if pk not in free_of]
        has_begun = bool(step.mark and not step.mark.ended_at)
        step.is_running, step.is_cut_off = has_begun and not run.ended_at, has_begun and bool(run.ended_at)
        step.late_words = "" if step.is_cut_off else step.late_words
        step.is_free = not step.mark and not open_waits
        step.may_act = not run.ended_at and (role >= Role.CONSULTANT or step.owner_id == viewer.pk)
    return {
        "project": run.project, "run": run, "sheet": run.sheet, "role": role, "stamp": stamp(run), "now": now,
        "sections": _on_the_board(shown, run, ended), "late": round(found.late), "late_words": length(abs(found.late)),
        "behind": _behind(all_steps, run, ended, now),
        "end": run.moment(found.end), "end_clock": _clock(run.moment(found.end), run, run.zero),
        "planned_end_clock": _clock(run.moment(found.planned_end), run, run.zero),
        "current": [step for step in shown if step.is_running], "next": [step for step in shown if step.is_free][:3],
        "done": sum(step.pk in ended for step in shown), "count": len(shown),
        "holding": _holding(failed, shown),
        "critical": [step for step in shown if step.placed.is_critical and step.pk not in ended],
        "offset": signed(run.minute(run.ended_at or now)), "zone": city(run.project.zone),
        "acts": _log(run, shown, is_staff), "heading": _heading(run), "zero": absolute(run.zero, run.project.zone, now),
    }  # fmt: skip


def _behind(steps: Sequence[RunStep], run: Run, ended: set[int], now: datetime) -> str:
    """By how much a step that is due now is late, though the end may still hold; nothing where none is."""
    due = [step.placed.late for step in steps if step.pk not in ended and step.placed.planned_start <= run.minute(now)]
    late = max(due, default=0)
    return length(late) if late >= 1 and not run.ended_at else ""


def _on_the_board(shown: Sequence[RunStep], run: Run, ended: set[int]) -> list[dict[str, Any]]:
    """Sections with how many of their steps have ended. A long sheet is open where something is to do."""
    sections = _in_sections(shown)
    for section in sections:
        steps = section["steps"]
        section["ended"] = sum(step.pk in ended for step in steps)
        is_now = any(step.is_running or step.is_free for step in steps)
        section["state"] = "open" if run.ended_at or is_now or len(shown) <= SHORT else "folded"
    return sections


def _heading(run: Run) -> str:
    if run.sheet.kind == SheetKind.ROLLBACK:
        return f"{run.sheet.name}, {run.get_mode_display().lower()}"
    return "The switch, live" if run.is_live else "Rehearsal"


def _log(run: Run, shown: Sequence[RunStep], is_staff: bool) -> list[RunAct]:
    """The newest first, on the client's clock. A client reads of its beginning and end, and of his steps."""
    rows = run.acts.select_related("by").order_by("-at", "-pk")
    acts = list((rows if is_staff else rows.filter(step__in=[step.pk for step in shown]))[:200])
    acts = acts if is_staff else [*_frame(run)[1:], *acts, _frame(run)[0]]
    for act in acts:
        act.clock = _clock(act.at, run, run.zero, "%H:%M:%S")
    return acts


def _frame(run: Run) -> list[RunAct]:
    """Its beginning and its end without what was said against them."""
    found = [RunAct(at=run.started_at, by=run.started_by, words=f"began the {run.in_words}")]
    if run.ended_at:
        found.append(
            RunAct(at=run.ended_at, by=run.ended_by, words=f"{run.get_outcome_display().lower()} the {run.in_words}")
        )
    return found


def _holding(failed: Sequence[RunStep], shown: Sequence[RunStep]) -> list[dict[str, Any]]:
    """Failed steps with what they hold back."""
    found = [{"step": step, "held": [o.title for o in shown if not o.mark and step.pk in o.waits]} for step in failed]
    return [one for one in found if one["held"]]


COLUMNS = [
    Column("Section", 14), Column("From T", 10), Column("Begins", 18), Column("Takes, min", 12), Column("Ends", 18),
    Column("Step", 50), Column("Who", 24), Column("Phone", 20), Column("Expected result", 60), Column("Host", 24),
    Column("Delete", 60), Column("Set", 60), Column("Time to live, s", 14), Column("Checked by", 26),
    Column("Waits for", 50), Column("Decides the end", 16),
]  # fmt: skip


def workbook(sheet: RunSheet) -> FileResponse:
    """The plan as XLSX. Times are those of the client's clock; a way back has none before it is started."""
    context = sheet_context(sheet)
    zone, zero, back = sheet.project.zone, sheet.project.go_live, context["back"]
    rows = [
        [
            section["name"], step.offset, "" if back else _minute(zero, step.placed.planned_start, zone), step.minutes,
            "" if back else _minute(zero, step.placed.planned_end, zone), step.title, step.who, step.phone,
            step.expected, *_values(step.record), step.check.title if step.check else "a person",
            "; ".join(step.waits_names), "yes" if step.placed.is_critical else "",
        ]
        for section in context["sections"]
        for step in section["steps"]
    ]  # fmt: skip
    title = "Steps, T = the decision" if back else f"T = {zero.astimezone(zone):%Y-%m-%d %H.%M}"
    sheets = [SheetToWrite(title, COLUMNS, rows)]
    if back:
        sheets.insert(0, SheetToWrite("Way back", [Column("What", 20), Column("As planned", 90)], _facts(back)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run-sheet.xlsx"
        write_workbook(path, sheets)
        name = f"{sheet.project.slug}-{'way-back-' + back.system if back else 'run-sheet'}.xlsx"
        return FileResponse(path.open("rb"), as_attachment=True, filename=name)


def _values(record: dict[str, Any] | None) -> tuple[str, str, str, int | None]:
    """Where, exactly what to delete and what to set, each value on a line of its own, and for how long."""
    if record is None:
        return "", "", "", None
    ttl = record["ttl"] if record["do"] == "set" else None
    host = short_host(record["name"], record["zone"])
    return host, "\n".join(record["deletes"]), "\n".join(record["sets"]), ttl


def _facts(back: Rollback) -> list[list[str]]:
    until = back.safety.until.astimezone(back.project.zone)
    return [
        ["System", back.name], ["Go back when", back.trigger], ["Decides", back.who or "nobody yet"],
        ["Phone", back.phone], ["Takes", length(back.safety.minutes)],
        ["Safe until", f"{until:%Y-%m-%d %H:%M} ({city(back.project.zone)}), {back.safety.why}"],
        ["Rehearsed", f"{back.tried.run.ended_at:%Y-%m-%d}" if back.tried else "not yet"],
    ]  # fmt: skip


def _minute(zero: datetime, minutes: float, zone: tzinfo) -> datetime | str:
    """A date that Excel reckons with; words where the clocks were changed in between, which it cannot say."""
    there = (zero + timedelta(minutes=minutes)).astimezone(zone)
    same = there.utcoffset() == zero.astimezone(zone).utcoffset()
    return there if same else f"{there:%Y-%m-%d %H:%M} {from_utc(there)}"
