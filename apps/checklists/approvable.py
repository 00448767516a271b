"""What can be approved, as it stands now: the plan, an item with its evidence, and what other features register.

A client approves what he sees: the same thing has fewer lines for him, and a hash of its own. A feature registers its
source in settings.APPROVAL_SOURCES: a function (project, role) that gives an engine.plan.frozen.Approvable.
"""

from django.conf import settings
from django.utils.module_loading import import_string

from apps.checklists.agreed import ITEM, Approval, Side, item_with_evidence
from apps.checklists.models import ChecklistItem, Evidence, State, Wait
from apps.projects.models import Project, Role
from engine.plan.frozen import Approvable, Line


def plan(project: Project, role: int) -> Approvable:
    """Every item that applies, with its date; ticking one does not change the plan. Two queries."""
    items = project.items.shown_to(role).exclude(state=State.NOT_APPLICABLE).select_related("assignee")
    rows = {item.pk: item for item in items}
    waits: dict[int, list[str]] = {}
    for item, other in Wait.objects.filter(project=project).values_list("item_id", "waits_for_id"):
        if other in rows:
            waits.setdefault(item, []).append(rows[other].title)
    moment = f"{project.go_live.astimezone(project.zone):%Y-%m-%d %H:%M} {project.time_zone}"
    lines = [Line("go-live", "Go-live", {"When": moment})]
    for item in rows.values():
        values = {
            "Phase": f"{item.phase}, {item.section}",
            "Who": str(item.assignee or item.get_who_display()),
            "Due": item.due.isoformat() if item.due else "",
            "Waits for": "; ".join(sorted(waits.get(item.pk, []))),
            "Evidence": item.get_evidence_kind_display() if item.evidence_kind else "",
        }
        lines.append(Line(str(item.pk), item.title, {label: value for label, value in values.items() if value}))
    return Approvable("The plan", f"{project.get_absolute_url()}timeline/", tuple(lines))


def of_item(item: ChecklistItem) -> Approvable:
    return item_with_evidence(item, item.evidence.select_related("file"))


def of_subject(project: Project, subject: str, role: int) -> Approvable:
    """The plan, or what a feature registered. Raises KeyError for a subject that nobody registered."""
    found: Approvable = import_string(settings.APPROVAL_SOURCES[subject])(project, role)
    return found


def now(approvals: list[Approval], project: Project) -> dict[int, Approvable | None]:
    """What each approval is about, as it stands now; None where it is gone. As many queries however many there are."""
    keys = {approval.item_id for approval in approvals if approval.item_id}
    items = {item.pk: item for item in project.items.filter(pk__in=keys)}
    given: dict[int, list[Evidence]] = {key: [] for key in keys}
    for one in Evidence.objects.filter(item__in=keys).select_related("file"):
        given[one.item_id].append(one)
    found: dict[int, Approvable | None] = {}
    read: dict[tuple[str, str], Approvable | None] = {}
    for approval in approvals:
        if approval.subject == ITEM:
            item = items.get(approval.item_id)
            if item is not None:
                item.project = project
            found[approval.pk] = item_with_evidence(item, given[item.pk]) if item is not None else None
            continue
        key = (approval.subject, approval.side)
        if key not in read:
            is_known = approval.subject in settings.APPROVAL_SOURCES
            read[key] = of_subject(project, approval.subject, role_of(approval.side)) if is_known else None
        found[approval.pk] = read[key]
    return found


def role_of(side: str) -> int:
    return Role.CLIENT if side == Side.CLIENT else Role.OWNER
