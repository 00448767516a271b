"""The night as it was, for the report: each step planned and actual, what went otherwise, what is learnt."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.cutover import running
from apps.cutover.runsheets import Aside, Outcome, Result, Run, RunAct, RunStep, SheetKind
from apps.projects.models import Project
from apps.ui.moments import city, count, length
from apps.ui.signs import JOB_STATE, Sign

LATE = 5  # minutes at the end of a step that are worth a line
RESULTS = {
    Result.DONE: Sign("check-circle", "Done", "green"), Result.SKIPPED: Sign("no-symbol", "Skipped", "slate"),
    Result.FAILED: Sign("x-circle", "Failed", "red"),
}  # fmt: skip
NOT_BEGUN, RUNNING = Sign("circle", "Not begun", "outline"), JOB_STATE["running"]
CUT_OFF = Sign("stop", "Not ended", "slate")  # it ran when the run was aborted


@dataclass(frozen=True)
class Head:
    """One column: `kind` is "number", "when", "who", "wide" or nothing; `width` is for the workbook."""

    words: str
    kind: str = ""
    width: int = 18


@dataclass(frozen=True)
class Section:
    """One table of the report: page, paper and workbook draw the same rows. A cell is text, a number or a Sign."""

    key: str
    title: str
    heads: Sequence[Head]
    rows: Sequence[Sequence[Any]]
    lead: str = ""
    empty: str = ""
    foot: str = ""  # a sentence under the table
    sheet: str = ""  # its name in the workbook, where the title is longer than Excel takes

    @property
    def lines(self) -> list[list[tuple[Head, Any]]]:
        return [list(zip(self.heads, row, strict=True)) for row in self.rows]


@dataclass
class Night:
    """The live run that counts (the newest), its steps with mark and place, and the other runs."""

    run: Run | None = None
    steps: list[RunStep] = field(default_factory=list)
    acts: list[RunAct] = field(default_factory=list)
    late: int = 0
    planned: int = 0
    aborted: list[Run] = field(default_factory=list)
    rehearsals: int = 0
    backs: list[Run] = field(default_factory=list)

    def count(self, result: str) -> int:
        return sum(bool(step.mark) and step.mark.result == result for step in self.steps)

    @property
    def how_late(self) -> str:
        """In the words of the board."""
        if self.run is not None and self.run.outcome == Outcome.ABORTED:
            return "Not finished"
        if abs(self.late) < 1:
            return "On time"
        return f"{length(abs(self.late))} {'late' if self.late > 0 else 'early'}"

    @property
    def failed_at_first(self) -> list[RunAct]:
        """Failures that no mark shows any more, because the step was opened again."""
        opened = {act.step_id: act.at for act in self.acts if act.aside == Aside.OPENED and act.step_id}
        return [act for act in self.acts if act.is_failure and act.step_id in opened and act.at <= opened[act.step_id]]


def night_of(project: Project) -> Night:
    """Five queries, however long the night was."""
    runs = list(project.runs.select_related("sheet", "sheet__project", "started_by", "ended_by", "project"))
    found = Night()
    live = [run for run in runs if run.is_live and run.sheet.kind == SheetKind.GO_LIVE]
    found.run = next((run for run in live if run.outcome != Outcome.ABORTED), live[0] if live else None)
    found.aborted = [run for run in live if run.outcome == Outcome.ABORTED]
    found.rehearsals = sum(not run.is_live and run.outcome == Outcome.FINISHED for run in runs)
    found.backs = [run for run in runs if run.is_live and run.sheet.kind == SheetKind.ROLLBACK]
    if found.run is not None:
        found.steps, seen = running.look_ahead(found.run.sheet, found.run)
        found.late = round(seen.late)
        begin = min((step.placed.planned_start for step in found.steps), default=0)
        found.planned = round(seen.planned_end - begin)
        found.acts = list(found.run.acts.select_related("by"))
    return found


def clock(moment: datetime | None, project: Project) -> str:
    return "" if moment is None else f"{moment.astimezone(project.zone):%a %d %b %H:%M}"


def timeline(night: Night, project: Project, for_client: bool) -> Section:
    """Every step: planned and actual, side by side."""
    heads = [Head("Step", "wide", 50), Head("Who", "who"), Head("Planned", "when"), Head("Began", "when"),
             Head("Ended", "when"), Head("Planned min", "number", 12), Head("Took min", "number", 12),
             Head("Late min", "number", 12),
             Head("Result", "", 12)]  # fmt: skip
    shown = [step for step in night.steps if step.client_sees or not for_client]
    rows = [_step_row(step, night.run, project) for step in shown] if night.run else []
    day = f"{night.run.zero.astimezone(project.zone):%a %d %b %Y}" if night.run else ""
    lead = f"{day}, {city(project.zone)} time." + (" The steps that are shared with you." if for_client else "")
    if any(isinstance(row[7], int) and row[7] < 0 for row in rows):
        lead += " Where the late minutes are below 0, the step ended early."
    return Section("timeline", "Timeline", heads, rows, lead, "No step was run.")


def _step_row(step: RunStep, run: Run, project: Project) -> list[Any]:
    mark, placed = step.mark, step.placed
    began = mark.started_at if mark else None
    ended = mark.ended_at if mark else None
    took = "" if mark is None or mark.took is None else round(mark.took)
    late = round(placed.late) if ended and mark.result == Result.DONE else ""
    times = [_short(moment, run) for moment in (run.moment(placed.planned_start), began, ended)]
    return [step.title, who_did(step), *times, step.minutes, took, late, _result(mark, run)]


def _short(moment: datetime | None, run: Run) -> str:
    """22:05; with the day where it is another than T's."""
    if moment is None:
        return ""
    there, zero = (one.astimezone(run.project.zone) for one in (moment, run.zero))
    return f"{there:%H:%M}" if there.date() == zero.date() else f"{there:%a %H:%M}"


def who_did(step: RunStep) -> str:
    mark = step.mark
    by = mark and (mark.ended_by or mark.started_by)
    return str(by) if by else "the system" if mark and mark.ended_at else step.who


def _result(mark: Any, run: Run) -> Sign:
    return NOT_BEGUN if mark is None else RESULTS.get(mark.result, CUT_OFF if run.ended_at else RUNNING)


def deviations(night: Night, project: Project, for_client: bool) -> Section:
    """What went otherwise than planned, in the order in which it happened. The client gets no internal reasons."""
    found = [*_of_steps(night, for_client), *_of_log(night, for_client), *_of_runs(night)]
    found.sort(key=lambda one: (one[0] is None, one[0]))
    heads = [Head("When", "when"), Head("What went otherwise", "wide", 60), Head("Who", "who", 22)]
    rows = [[clock(at, project), what, str(who or "the system")] for at, what, who, _ in found]
    if not for_client:
        heads.append(Head("Why", "wide", 60))
        rows = [[*row, why] for row, (*_, why) in zip(rows, found, strict=True)]
    empty = (
        "Everything that is shared with you went as planned." if for_client else "Everything went as it was planned."
    )
    return Section("deviations", "Deviations", heads, rows, "", empty, _consequences(night, for_client))


def _consequences(night: Night, for_client: bool) -> str:
    """The timeline shows more late steps than the deviations name: those that only waited for a late one."""
    shown = [step for step in night.steps if step.mark and step.mark.result == Result.DONE]
    shown = [step for step in shown if step.client_sees or not for_client]
    pushed = [step for step in shown if step.placed.late >= LATE and _own_delay(step, night) < LATE]
    if not pushed:
        return ""
    return (
        f"{count(len(pushed), 'further step')} ended late only because of what went before: no delay was added there."
    )


def _of_steps(night: Night, for_client: bool) -> list[tuple[Any, str, Any, str]]:
    found: list[tuple[Any, str, Any, str]] = []
    for step in night.steps:
        mark = step.mark
        if mark is None or not mark.ended_at or (for_client and not step.client_sees):
            continue
        if mark.result in (Result.SKIPPED, Result.FAILED):
            found.append((mark.ended_at, f"{mark.get_result_display()}: {step.title}", mark.ended_by, mark.note))
        elif (own := _own_delay(step, night)) >= LATE:
            words = f"{length(own)} late: {step.title}"
            found.append((mark.ended_at, words, mark.ended_by or mark.started_by, mark.note))
    return found


def _own_delay(step: RunStep, night: Night) -> float:
    """Minutes that this step added: its end against the one it would have had, begun as soon as it could."""
    before = [other.placed.end for other in night.steps if other.pk in step.waits]
    begun = max([float(step.placed.planned_start), *before])
    return float(step.placed.end - begun - step.minutes)


def _of_log(night: Night, for_client: bool) -> list[tuple[Any, str, Any, str]]:
    """Pauses, steps opened again, steps that did not wait for others."""
    found: list[tuple[Any, str, Any, str]] = []
    steps, at_first = {step.pk: step for step in night.steps}, night.failed_at_first
    for act in night.acts:
        step = steps.get(act.step_id)
        if for_client and act.step_id and not (step and step.client_sees):
            continue
        if act in at_first and step is not None:
            found.append((act.at, f"Failed at first: {step.title}", act.by, act.why))
        elif act.aside == Aside.EARLY and step is not None:
            found.append((act.at, f"Begun before its turn: {step.title}", act.by, act.why))
        elif act.aside:
            found.append((act.at, act.words[:1].upper() + act.words[1:], act.by, act.why))
    return found


def _of_runs(night: Night) -> list[tuple[Any, str, Any, str]]:
    found = [(run.ended_at, "The live run was aborted", run.ended_by, run.reason) for run in night.aborted]
    for run in night.backs:
        how = run.get_outcome_display().lower() if run.outcome else "still runs"
        found.append((run.started_at, f"Way back started ({how}): {_bare(run)}", run.started_by, run.reason))
    return found


def _bare(run: Run) -> str:
    return run.sheet.name.removeprefix("Back: ")


def learnt(night: Night, project: Project) -> Section:
    """How long the steps really took, and what the consultancy plans with from now on."""
    known = dict(project.organisation.learnt_lengths.values_list("key", "minutes"))
    heads = [Head("Step", "wide", 50), Head("Planned min", "number", 12), Head("Took min", "number", 12),
             Head("Next plan, min", "number", 14)]  # fmt: skip
    rows = [
        [step.title, step.minutes, round(step.mark.took),
         max(1, round(known[step.key]))]
        for step in night.steps
        if step.key in known and step.mark and step.mark.started_at and step.mark.result == Result.DONE
    ]  # fmt: skip
    lead = "The run sheet of your next project begins with these lengths. What took less than a minute teaches nothing."
    empty = (
        "Lengths are learnt when a live run is finished; an aborted one teaches none, nor does a step that took less "
        "than a minute."
    )
    return Section("learnt", "Learnt for the next plan", heads, rows, lead if rows else "", empty)
