"""The report of the plan: each item with its state, who, when, evidence and reasons; on a page and as a workbook."""

from collections.abc import Iterator
from typing import Any

from apps.checklists import approval_pages, timeline
from apps.checklists.agreed import Answer
from apps.checklists.models import Evidence, EvidenceKind, How, State
from apps.projects.models import Project, Role
from engine.spreadsheets.writing import Column, SheetToWrite


def read(project: Project, role: int) -> dict[str, Any]:
    """Everything, in a fixed number of queries; clients get what they see, without the consultancy's reasons."""
    items = list(project.items.shown_to(role).select_related("done_by", "assignee"))
    given: dict[int, list[Evidence]] = {item.pk: [] for item in items}
    rows = Evidence.objects.filter(project=project).select_related("file__project", "by")
    for one in rows if role >= Role.CONSULTANT else rows.exclude(kind=EvidenceKind.CHECK):
        if one.item_id in given:
            given[one.item_id].append(one)
    dates = timeline.read(project, role)
    by_pk = {row.item.pk: row for row in dates.rows}
    for item in items:
        item.project, item.given, item.dates = project, given[item.pk], by_pk.get(item.pk)
        if role < Role.CONSULTANT:
            item.state_reason = ""
    approvals = approval_pages.context(project, role)
    return {
        "project": project,
        "role": role,
        "timeline": dates,
        "phases": _in_phases(items, project, dates),
        "overrides": [row for row in items if row.state_reason and row.done_how == How.OVERRIDE and row.is_settled],
        "left_out": [item for item in items if item.state == State.NOT_APPLICABLE],
        "answered": approvals["answered"],
        "waiting": approvals["waiting"],
        "why_late": dates.forecast.why(role),
    }


def _in_phases(items: list[Any], project: Project, dates: timeline.Timeline) -> list[dict[str, Any]]:
    names = timeline.Plan.of(project)
    numbers = sorted({item.phase for item in items})
    return [
        {"number": number, "name": names.phase_name(number), "items": [one for one in items if one.phase == number]}
        for number in numbers
    ]


ITEM_COLUMNS = [
    Column("Phase", 20), Column("Section", 22), Column("Item", 50), Column("Who", 18), Column("State", 16),
    Column("Done by", 22), Column("Done", 18), Column("Planned", 12), Column("Now", 12), Column("Baseline", 12),
    Column("Slip in days", 12), Column("Reason", 40), Column("Evidence", 60),
]  # fmt: skip
APPROVAL_COLUMNS = [
    Column("What", 44), Column("Answer", 14), Column("Side", 14), Column("By", 22), Column("When", 18),
    Column("Comment", 40), Column("Version", 16), Column("Changes since", 14),
]  # fmt: skip


def sheets(project: Project, role: int) -> list[SheetToWrite]:
    """The same numbers as the page."""
    found = read(project, role)
    return [
        SheetToWrite("Plan", ITEM_COLUMNS, _item_rows(found, project)),
        SheetToWrite("Approvals", APPROVAL_COLUMNS, _approval_rows(found, project)),
    ]


def _item_rows(found: dict[str, Any], project: Project) -> Iterator[list[Any]]:
    for phase in found["phases"]:
        for item in phase["items"]:
            dates = item.dates
            done = item.done_at.astimezone(project.zone) if item.done_at else None
            by = "the system" if item.done_how == How.FACT else str(item.done_by or "") if item.is_settled else ""
            yield [
                f"{phase['number']}. {phase['name']}", item.section, item.title,
                str(item.assignee or item.get_who_display()), item.get_state_display(), by, done, item.due,
                dates.now if dates else None, dates.baseline if dates else None, dates.slip if dates else None,
                item.state_reason, "; ".join(proof(one) for one in item.given),
            ]  # fmt: skip


def proof(evidence: Evidence) -> str:
    """One piece of evidence in a cell."""
    if evidence.kind == EvidenceKind.FILE:
        return f"file {evidence.file.name}" if evidence.file is not None else "a file, deleted"
    return evidence.text


def _approval_rows(found: dict[str, Any], project: Project) -> Iterator[list[Any]]:
    for row in [*found["waiting"], *found["answered"]]:
        when = row.decided_at.astimezone(project.zone) if row.decided_at else None
        since = len(row.changes) if row.state == Answer.APPROVED else None
        yield [
            row.title, row.get_state_display(), row.get_side_display(), str(row.decided_by or ""), when, row.comment,
            row.short_digest if row.decided_at else "", since,
        ]  # fmt: skip
