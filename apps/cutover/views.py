"""The switch: the dates that matter, and what has been established so far."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.projects.access import project_view
from apps.projects.models import Project, Role
from engine.facts import FACTS


@project_view(Role.CONSULTANT)
@require_safe
def cutover(request: HttpRequest, project: Project) -> HttpResponse:
    """Go-live, hold period, and what must be known before and after, each with its verdict and age."""
    known = project.facts.by_key()
    rows = [{"kind": kind, "fact": known.get(key)} for key, kind in FACTS.items()]
    context = {"project": project, "rows": rows, "now": timezone.now()}
    return render(request, "cutover/cutover.html", context)
