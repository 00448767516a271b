"""What the pages of the checklist show, in a fixed number of queries."""

from datetime import timedelta
from itertools import groupby
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from apps.checklists import approval_pages
from apps.checklists.forms import CommentForm, EvidenceForm, FilterForm
from apps.checklists.models import ChecklistItem, EvidenceKind, ItemQuerySet, Plan
from apps.checklists.offers import offer_for
from apps.projects.access import person_shown
from apps.projects.models import Activity, Comment, Project, Role

UNDO_MINUTES = 10


def filtered(request: HttpRequest, project: Project, show: str, words: str) -> ItemQuerySet:
    """The items that the filter asks for. What this person ticked just now stays in sight, so that he can undo it."""
    role, user = request.role, person_shown(request)
    items = project.items.shown_to(role)
    if show in ("open", "mine"):
        just_now = items.filter(done_by=user, done_at__gte=timezone.now() - timedelta(minutes=UNDO_MINUTES))
        his = items.of_consultant(request.user) if role >= Role.CONSULTANT else items.waiting_on(user)
        items = (items.open() if show == "open" else his) | just_now
    elif show == "client":
        items = items.filter(who="client")
    elif show == "overdue":
        items = items.overdue(project.today)
    elif show == "blocked":
        items = items.open().blocked()
    elif show == "stuck":
        items = items.stuck()
    return items.filter(title__icontains=words) if words else items


def context(request: HttpRequest, project: Project) -> dict[str, Any]:
    """Phases with their sections with their items; the stuck ones stand on top for consultants."""
    role = request.role
    form = FilterForm({"show": "" if role >= Role.CONSULTANT else "mine"} | request.GET.dict())
    asked = form.cleaned_data if form.is_valid() else {"show": "", "q": ""}
    items = filtered(request, project, asked["show"], asked["q"].replace("\x00", ""))
    rows = list(items.with_blockers(role))
    return spoken_to(request, project, rows) | {
        "is_client_view": role == Role.CLIENT,
        "list_url": list_url(request, project),
        "filters": asked,
        "choices": FilterForm.CHOICES if role >= Role.CONSULTANT else FilterForm.FOR_CLIENTS,
        "phases": in_phases(rows, Plan.of(project)),
        "called": project.items.called() if role >= Role.CONSULTANT else [],
        "count": len(rows),
        "plan": Plan.of(project),
        "newer_version": lambda: offer_for(project) if role >= Role.CONSULTANT else None,  # asked by whole pages alone
        "numbers": project.items.shown_to(role).per_phase(Plan.of(project).phases),
    }


def spoken_to(request: HttpRequest, project: Project, rows: list[ChecklistItem]) -> dict[str, Any]:
    """Make the rows speak to this person; what their fragment needs besides."""
    role, person, facts = request.role, person_shown(request), project.facts.by_key()
    for row in rows:
        row.fact_row = facts.get(row.fact) if row.fact else None
        row.project = project
        row.may_tick = row.may_be_ticked_by(person, role)
        row.seen_by(person, role)
    return {
        "project": project,
        "role": role,
        "looks_as_client": request.looks_as_client,
    }


def list_url(request: HttpRequest, project: Project) -> str:
    """Where the list asks for itself again: its own filter, even while one item's page stands around it."""
    address = f"{project.get_absolute_url()}checklist/"
    query = request.GET.urlencode()
    return f"{address}?{query}" if query else address


def in_phases(rows: list[ChecklistItem], plan: Plan) -> list[dict[str, Any]]:
    """[{number, name, sections: [{name, items}]}], without phases that have nothing to show."""
    phases = []
    for number, of_phase in groupby(rows, key=lambda row: row.phase):
        sections = [
            {"name": name, "items": list(part)} for name, part in groupby(of_phase, key=lambda row: row.section)
        ]
        phases.append({"number": number, "name": plan.phase_name(number), "sections": sections})
    return phases


def details(request: HttpRequest, project: Project, item: ChecklistItem) -> dict[str, Any]:
    """Everything about one item."""
    role, person = request.role, person_shown(request)
    item.fact_row = project.facts.filter(key=item.fact).first() if item.fact else None
    item.may_tick = not request.looks_as_client and item.may_be_ticked_by(person, role)
    item.seen_by(person, role)
    history = Activity.objects.filter(project=project).about(item).select_related("actor")
    followers = project.items.shown_to(role).filter(waits__waits_for=item).select_related("project")
    return {
        "project": project,
        "role": role,
        "looks_as_client": request.looks_as_client,
        "item": item,
        "given": _evidence(item, role),
        "taken_back": item.all_evidence.exclude(taken_back_at=None).select_related("file", "taken_back_by"),
        "approval": approval_pages.of_item(project, item, role),
        "comments": Comment.objects.filter(project=project).about(item).shown_to(role).select_related("author"),
        "history": (history if role >= Role.CONSULTANT else history.filter(is_internal=False))[:30],
        "followers": followers,
        "comment_form": CommentForm(),
        "evidence_form": EvidenceForm(kind=item.evidence_kind),
    }


def _evidence(item: ChecklistItem, role: int) -> Any:
    """What was given. What a check said names things a client may not see, so he reads that it was checked."""
    given = item.evidence.select_related("file", "file__project", "by")
    return given if role >= Role.CONSULTANT else given.exclude(kind=EvidenceKind.CHECK)


def who_was_faster(row: ChecklistItem) -> str:
    """For the second of two people: what the first one did."""
    state = row.get_state_display().lower()
    if row.done_by is None or not row.is_settled:
        return f"Somebody changed this item meanwhile: it is {state} now. Look again before you change it."
    minutes = int((timezone.now() - row.done_at).total_seconds() // 60) if row.done_at else 0
    when = "just now" if minutes < 1 else f"{minutes} min ago"
    return f"{row.done_by} was faster: the item was marked {state} {when}. Yours was not written."
