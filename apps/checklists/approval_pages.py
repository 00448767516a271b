"""What the pages of approvals show, in a fixed number of queries."""

from typing import Any

from django.conf import settings

from apps.checklists import approvable
from apps.checklists.agreed import ITEM, Answer, Approval, ApprovalQuerySet
from apps.projects.models import Project, Role
from engine.plan.frozen import changes

LABELS = {"plan": "The plan: every item with its date", "inventory": "The decisions of the inventory"}


def shown_to(project: Project, role: int) -> ApprovalQuerySet:
    rows = project.approvals.select_related("asked_by", "decided_by", "item", "baseline")
    return rows if role >= Role.CONSULTANT else rows.shown_to_clients()


def context(project: Project, role: int) -> dict[str, Any]:
    """Waiting, the newest answer about each thing, and older ones; each with what changed since."""
    rows = list(shown_to(project, role)[:200])
    things = approvable.now(rows, project)
    for row in rows:
        compare(row, project, things[row.pk])
    newest: dict[tuple[str, int | None, str], Approval] = {}
    for row in rows:
        if row.state in (Answer.APPROVED, Answer.DECLINED):
            newest.setdefault((row.subject, row.item_id, row.side), row)
    waiting = [row for row in rows if row.state == Answer.ASKED]
    asked = {row.subject for row in waiting}
    current = list(newest.values())
    older = [row for row in rows if row not in waiting and row not in current]
    for row in older:
        row.changes = []  # a newer answer speaks of what changed
    return {
        "project": project,
        "role": role,
        "waiting": waiting,
        "answered": current,
        "older": older,
        "subjects": [(key, LABELS.get(key, key)) for key in settings.APPROVAL_SOURCES if key not in asked],
        "baselines": project.baselines.select_related("made_by") if role >= Role.CONSULTANT else [],
    }


def compare(row: Approval, project: Project, thing: Any) -> None:
    """`row.changes`: from what was frozen to what stands there now."""
    row.project, row.thing = project, thing
    row.changes = changes(row.frozen, thing.rows) if thing is not None else []
    row.is_gone = thing is None


def one(project: Project, row: Approval, role: int) -> dict[str, Any]:
    """The page of one approval: what was or is to be approved, and the differences."""
    compare(row, project, approvable.now([row], project)[row.pk])
    is_open = row.state == Answer.ASKED
    rows = row.thing.rows if is_open and row.thing is not None else row.frozen
    return {
        "project": project,
        "role": role,
        "approval": row,
        "lines": in_order(rows, row.subject),
        "digest": row.thing.digest if row.thing is not None else "",
        "may_decide": is_open and role == Role.CLIENT and not row.is_gone,
    }


def in_order(rows: list[dict[str, Any]], subject: str) -> list[dict[str, Any]]:
    """Plans by date, everything else by name; the canonical order is for machines."""
    if subject == ITEM:
        return sorted(rows, key=lambda line: line["key"] != "words")
    return sorted(rows, key=lambda line: (line["values"].get("Due", ""), line["name"].casefold()))


def of_item(project: Project, item: Any, role: int) -> dict[str, Any]:
    """For the details of one item: the newest question and the newest answer."""
    rows = list(shown_to(project, role).filter(item=item, subject=ITEM)[:20])
    things = approvable.now(rows, project)
    for row in rows:
        compare(row, project, things[row.pk])
    return {
        "asked": next((row for row in rows if row.state == Answer.ASKED), None),
        "answer": next((row for row in rows if row.state in (Answer.APPROVED, Answer.DECLINED)), None),
    }
