"""What the client's pages of this floor read: only what he sees, never the log, in a fixed number of queries."""

from typing import Any

from apps.checklists.models import Plan, State, Who
from apps.projects.models import Project, Role

LATELY = 6


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
    }
