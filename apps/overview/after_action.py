"""The after-action report: how the switch went, for the consultants, and in a version for the client.

Every part is a Section, which page, paper and workbook draw alike. What is internal (reasons, steps, items and journeys
that are not shared, lengths) is left out here and not in the templates. Further parts are added in `_sections`.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.models import Count, OuterRef, Prefetch, Q, Subquery, Sum, prefetch_related_objects
from django.http import FileResponse

from apps.assets.models import Progress, RequiredStatus
from apps.checklists.models import How
from apps.cutover import journeys, testing, warming, watching
from apps.cutover.deciding import Word
from apps.cutover.models import Checked
from apps.cutover.runsheets import Aside, Outcome, Result, Run
from apps.findings.models import Fact, FactChange
from apps.findings.readiness import verdict_now
from apps.overview import after_night, objectives
from apps.overview.after_night import Head, Night, Section, clock
from apps.overview.models import Lesson, SharedReport, plain
from apps.projects.models import Project, Role
from apps.ui.moments import count, length
from apps.ui.signs import REQUIRED_STATUS, VERDICT, Sign
from engine.facts import FACTS
from engine.findings import Verdict
from engine.spreadsheets.writing import Column, SheetToWrite, write_workbook

JOURNEY = {
    journeys.Tried.PASSED: Sign("check-circle", "Passed", "green"),
    journeys.Tried.FAILED: Sign("x-circle", "Failed", "red"),
    testing.AGAIN: Sign("arrow-path", "To be run again", "amber"),
    testing.RUNNING: Sign("half-circle", "Not finished", "amber"),
    testing.NOT_RUN: Sign("dashed-circle", "Not run", "outline"),
}


@dataclass(frozen=True)
class Report:
    """What page and workbook show; without a live run there is nothing to tell yet."""

    night: Night
    tiles: list[dict[str, Any]]
    sections: list[Section]
    lessons: list[Lesson]
    shared: SharedReport | None

    @property
    def has_run(self) -> bool:
        return self.night.run is not None


def report_of(project: Project, *, for_client: bool) -> Report:
    """A fixed number of queries, however long the night was."""
    night, once = after_night.night_of(project), _once(project)
    learnt, shared = lessons_of(project, for_client), getattr(once, "shared_report", None)
    if night.run is None:
        return Report(night, [], [], learnt, shared)
    facts = _facts(project)
    risks = list(project.risks.select_related("by"))
    sections = _sections(project, once, night, facts, risks, for_client)
    return Report(night, _tiles(night, night.run, risks, for_client), sections, learnt, shared)


def _once(project: Project) -> Project:
    """What a project has once, in one query: no return, the warm-up with its sums, whether the report is shared."""
    days = {name: Sum(f"warm_up__days__{name}", default=0) for name in ("sent", "bounced", "complained")}
    rows = Project.objects.select_related("no_return__by", "shared_report__by", "warm_up").annotate(**days)
    return rows.get(pk=project.pk)


def _facts(project: Project) -> dict[str, Fact]:
    """Each with `since`, when it last turned to what it is; the frame of the page reads the same rows."""
    same = FactChange.objects.filter(project=OuterRef("project"), key=OuterRef("key"), after=OuterRef("verdict"))
    rows = Fact.objects.annotate(since=Subquery(same.values("at")[:1]))
    prefetch_related_objects([project], Prefetch("facts", rows))
    return {fact.key: fact for fact in project.facts.all()}


def lessons_of(project: Project, for_client: bool) -> list[Lesson]:
    rows = project.lessons.shown_to_clients() if for_client else project.lessons.all()
    return list(rows.select_related("by"))


def _sections(
    project: Project, once: Project, night: Night, facts: dict[str, Fact], risks: list[Any], for_client: bool
) -> list[Section]:
    found = [
        after_night.timeline(night, project, for_client),
        after_night.deviations(night, project, for_client),
        _gates(project, night, for_client),
        _decisions(project, once, for_client),
        _risks(project, risks, facts, for_client),
        _assets(project, for_client),
        _checks(project, facts, for_client),
        _tried(project, once, facts, for_client),
        _objectives(project),
    ]
    found = [part for part in found if part.rows or part.empty]
    return found if for_client else [*found, after_night.learnt(night, project)]


def _tiles(night: Night, run: Run, risks: list[Any], for_client: bool) -> list[dict[str, Any]]:
    how = "still running" if not run.ended_at else Outcome(run.outcome).label.lower()
    missed = night.count(Result.SKIPPED) + night.count(Result.FAILED)
    missing = f"{missed} skipped or failed"
    if at_first := len({act.step_id for act in night.failed_at_first}):
        missing += f", {at_first} failed at first"
    if for_client:
        missing += f"; shared with you: {sum(step.client_sees for step in night.steps)}"
    taken = [risk for risk in risks if risk.revoked_at is None]
    return [
        {"label": "The night", "number": length(run.took), "note": f"planned {length(night.planned)}, {how}"},
        {"label": "At the end", "number": night.how_late, "note": "measured at the last step"},
        {"label": "Steps done", "number": f"{night.count(Result.DONE)} of {len(night.steps)}",
         "note": missing},
        {"label": "Accepted risks", "number": len(taken), "note": f"{count(len(night.backs), 'way')} back started"},
    ]  # fmt: skip


def _gates(project: Project, night: Night, for_client: bool) -> Section:
    """Items of the plan that a person ticked against an open check; steps of the run stand among the deviations.

    The empty sentence would be read as if no check at all was passed: only where it is true of both it is said.
    """
    items = project.items.filter(done_how=How.OVERRIDE).select_related("done_by").order_by("done_at", "pk")
    shown = list(items.shown_to(Role.CLIENT) if for_client else items)
    heads = [Head("When", "when"), Head("Item", "wide", 60), Head("By", "who", 22)]
    rows = [[clock(item.done_at, project), item.title, str(item.done_by or "")] for item in shown]
    if not for_client:
        heads.append(Head("Why", "wide", 60))
        rows = [[*row, item.state_reason] for row, item in zip(rows, shown, strict=True)]
    is_true = not for_client and all(act.aside != Aside.PASSED for act in night.acts)
    lead = "Items of the checklist that were ticked although their check was open."
    empty = "No item of the checklist was ticked against its check." if is_true else ""
    return Section("gates", "Checklist items passed by hand", heads, rows, lead, empty)


def _decisions(project: Project, once: Project, for_client: bool) -> Section:
    """Go or no-go as it stood, and the point of no return; a client reads no reasons."""
    heads = [Head("When", "when"), Head("Decision", "", 26), Head("By", "who", 22), Head("What was known", "wide", 70)]
    rows = []
    for row in reversed(project.decisions.select_related("by")):
        met = sum(verdict == Verdict.READY.value for _, _, verdict, _ in row.conditions)
        known = f"{met} of {len(row.conditions)} conditions met."
        if row.risks and row.word == Word.GO:
            known += f" Accepted: {', '.join(risk[1] for risk in row.risks)}."
        reason = "" if for_client else row.reason
        rows.append([clock(row.at, project), str(row), str(row.by or ""), f"{known} {reason}".strip()])
    gone = getattr(once, "no_return", None)
    if gone is not None and gone.holds:
        rows.append([clock(gone.at, project), "Point of no return", str(gone.by or ""), "Nobody goes back any more."])
    return Section("decisions", "Decisions", heads, rows, "", "Neither go nor no-go was written down.")


def _risks(project: Project, risks: list[Any], facts: dict[str, Fact], for_client: bool) -> Section:
    """Each accepted risk, and what became of it."""
    heads = [Head("Risk", "", 30), Head("Accepted by", "who", 22), Head("When", "when")]
    rows = [[risk.title, str(risk.by or ""), clock(risk.at, project)] for risk in risks]
    if not for_client:
        heads += [Head("As it stood", "wide", 50), Head("Why it was accepted", "wide", 50)]
        rows = [[*row, risk.reason, risk.note] for row, risk in zip(rows, risks, strict=True)]
    heads.append(Head("What became of it", "", 20))
    rows = [[*row, _became(risk, facts)] for row, risk in zip(rows, risks, strict=True)]
    return Section("risks", "Accepted risks", heads, rows, "", "No risk was accepted.")


def _became(risk: Any, facts: dict[str, Fact]) -> Sign:
    if risk.revoked_at is not None:
        return Sign("arrow-uturn-left", "Taken back", "slate")
    fact = facts.get(risk.key)
    return VERDICT[verdict_now(fact).value if fact else Verdict.UNKNOWN.value]


def _assets(project: Project, for_client: bool) -> Section:
    rows = project.assets.filter(client_sees=True) if for_client else project.assets.all()
    live = Count("pk", filter=Q(progress=Progress.LIVE))
    found = {
        row[0]: row[1:]
        for row in rows.order_by().values_list("required_status").annotate(things=Count("pk"), live=live)
    }
    heads = [Head("Required status", "wide", 30), Head("Things", "number"), Head("Of them live", "number")]
    lines = [[REQUIRED_STATUS[value], *found.get(value, (0, 0))] for value in RequiredStatus.values if value in found]
    lead = "Only what is shared with you." if for_client else ""
    empty = "Nothing of the inventory is shared with you." if for_client else "The inventory is empty."
    return Section("assets", "What was decided about the inventory", heads, lines, lead, empty, sheet="Inventory")


def _checks(project: Project, facts: dict[str, Fact], for_client: bool) -> Section:
    """Every fact with its verdict now, and since when."""
    heads = [Head("Check", "wide", 30), Head("Verdict", "", 18), Head("Since", "when"), Head("Last looked", "when")]
    known = [(kind, facts[key]) for key, kind in FACTS.items() if key in facts]
    rows = [
        [kind.title, VERDICT[verdict_now(fact).value], clock(fact.since, project) or "the first look",
         clock(fact.as_of, project)]
        for kind, fact in known
    ]  # fmt: skip
    if not for_client:
        heads.append(Head("Why", "wide", 70))
        rows = [[*row, fact.reason] for row, (_, fact) in zip(rows, known, strict=True)]
    return Section("checks", "Checks", heads, rows, "", "Nothing was checked.")


def _tried(project: Project, once: Project, facts: dict[str, Fact], for_client: bool) -> Section:
    """Redirects, the comparison of the contacts, the warm-up, journeys."""
    numbers = dict(project.redirects.order_by().values_list("after").annotate(Count("pk")))
    total = sum(numbers.values())
    said = ", ".join(f"{numbers[value]} {label.lower()}" for value, label in Checked.choices if numbers.get(value))
    rows: list[list[Any]] = []
    if total:
        said += f"{', ' if said else ''}{numbers['']} not asked" if numbers.get("") else ""
        rows.append(["Redirects", _verdict(facts, "cutover.redirects_right"), f"{said}, of {total}"])
    compared = facts.get("contacts.reconciled")
    if compared is not None:
        rows.append(["Contacts that arrived, against those sent", _verdict(facts, compared.key), compared.reason])
    if (warm := getattr(once, "warm_up", None)) is not None:
        sent = f"{once.sent:,} sent, {once.bounced:,} bounced, {once.complained:,} complained"
        rows.append(["Warm-up of the new sender", _verdict(facts, warming.FACT), f"{sent}, of {warm.people:,} people"])
    if not for_client and (seen := facts.get(watching.FACT)) is not None:
        rows.append(["The first 72 hours", _verdict(facts, seen.key), seen.reason])
    shown = project.journeys.standing().shown_to(Role.CLIENT if for_client else Role.CONSULTANT)
    for one in testing.results(shown):
        run = one.run
        words = f"{clock(run.ended_at or run.started_at, project)}, {run.started_by}" if run else ""
        words += ", without evidence" if one.state == journeys.Tried.PASSED and not one.has_evidence else ""
        rows.append([f"Journey: {one.title}", JOURNEY[one.state], words])
    heads = [Head("What was tried", "wide", 40), Head("Result", "", 18), Head("In detail", "wide", 50)]
    title, empty = "Redirects, contacts, warm-up, journeys", "Nothing was tried after the switch."
    return Section("tried", title, heads, rows, "", empty, sheet="What was tried")


def _verdict(facts: dict[str, Fact], key: str) -> Sign:
    return VERDICT[verdict_now(facts[key]).value if key in facts else Verdict.UNKNOWN.value]


def _objectives(project: Project) -> Section:
    heads = [Head("Why we moved", "wide", 50), Head("Measured", "", 26), Head("Before", "number"),
             Head("Wanted", "number"), Head("Now", "number"), Head("Outcome", "", 20)]  # fmt: skip
    rows = []
    for row in objectives.in_words(project.objectives.with_newest()):
        now = f"{plain(row.newest.value)} ({row.newest.on:%d %b})" if row.newest else ""
        metric = f"{row.metric}, {row.unit}" if row.unit else row.metric
        outcome = Sign(row.icon, row.words, row.tone)
        rows.append([row.sentence, metric, plain(row.baseline), plain(row.target), now, outcome])
    return Section("objectives", "Objectives measured", heads, rows, "", "No objective was written down.")


def page_context(project: Project, role: int, wish: str) -> dict[str, Any]:
    """For the page: a client gets his version alone, a consultant the one he asks for."""
    for_client = role < Role.CONSULTANT or wish == "client"
    report = report_of(project, for_client=for_client)
    return {"project": project, "role": role, "for_client": for_client, "report": report,
            "shared": report.shared}  # fmt: skip


def workbook(project: Project, *, for_client: bool) -> FileResponse:
    """The same rows as on the page, one sheet for each part."""
    report = report_of(project, for_client=for_client)
    sheets = [SheetToWrite("Summary", [Column("What", 26), Column("Value", 22), Column("", 40)],
                           [[tile["label"], tile["number"], tile["note"]] for tile in report.tiles])]  # fmt: skip
    for part in report.sections:
        rows = [[cell.word if isinstance(cell, Sign) else cell for cell in row] for row in part.rows]
        rows += [["", part.foot]] if part.foot else []
        sheets.append(
            SheetToWrite(part.sheet or part.title, [Column(head.words, head.width) for head in part.heads], rows)
        )
    told = [[row.get_kind_display(), row.text] for row in report.lessons if row.removed_at is None]
    sheets.append(SheetToWrite("Lessons", [Column("Kind", 16), Column("What was learnt", 90)], told))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.xlsx"
        write_workbook(path, sheets)
        name = f"{project.slug}-after-action{'' if for_client else '-internal'}.xlsx"
        return FileResponse(path.open("rb"), as_attachment=True, filename=name)
