"""What the client's pages of this floor read: only what he sees, never the log, in a fixed number of queries."""

from typing import Any

from django.db.models import Q

from apps.accounts.models import User
from apps.checklists.models import Plan, State, Who
from apps.cutover import rollbacks
from apps.cutover.runsheets import Mode
from apps.overview import lessons, objectives
from apps.projects.models import Project, Role
from apps.projects.stored import StoredFile

LATELY = 6
FILES_SHOWN = 200


def progress(project: Project) -> dict[str, Any]:
    """Phases with counts of what the client sees, what was done last, and what his consultant does next."""
    items = project.items.shown_to(Role.CLIENT)
    phases = [phase for phase in items.per_phase(Plan.of(project).phases) if phase["total"]]
    lately = items.filter(state=State.DONE, done_at__isnull=False).select_related("done_by").order_by("-done_at", "-pk")
    consultants = items.open().free().filter(who=Who.CONSULTANT).order_by("due", "phase", "position", "pk")
    return {
        "phases": phases,
        "done": sum(phase["done"] for phase in phases),
        "total": sum(phase["total"] for phase in phases),
        "lately": lately[:LATELY],
        "consultants_next": consultants[:5],
        "objectives": objectives.shown(project),
        "no_return": rollbacks.no_return(project),
        "running": project.runs.active().filter(mode=Mode.LIVE).select_related("project", "sheet__rollback"),
        "has_metrics": project.metrics.shown_to(Role.CLIENT).exists(),
        "has_journeys": project.journeys.shown_to(Role.CLIENT).exists(),
        "has_report": lessons.shared(project) is not None,
        "has_domains": project.domains.shown_to(Role.CLIENT).exists(),
    }


PURPOSES = {"contacts": "contact list", "evidence": "for a step of the plan", "asset": "for something that moves",
            "capture": "saved from the old platform", "export": "export"}  # fmt: skip


def files(project: Project, person: User | None, *, is_client: bool) -> dict[str, Any]:
    """Files between client and consultancy: what the client gave, what there is for him to fetch."""
    shared = Q(client_sees=True)
    if is_client:  # his own lists as he sent them, without what was made of them
        lists = project.contact_files.shown_to(Role.CLIENT).exclude(file=None).values("file")
        shared |= Q(pk__in=lists, uploaded_by=person)
    rows = project.files.present().filter(shared).select_related("uploaded_by").order_by("-created_at", "-pk")
    clients = set(project.memberships.filter(role=Role.CLIENT).values_list("user", flat=True))
    given: list[StoredFile] = []
    offered: list[StoredFile] = []
    for row in rows[:FILES_SHOWN]:
        row.project = project
        row.about = PURPOSES.get(row.purpose, "")
        (given if row.uploaded_by_id in clients else offered).append(row)
    return {"given": given, "offered": offered, "is_client": is_client}
