"""What the client has besides his list and his decisions: how far the move is, and the files between him and us."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.overview import client_pages
from apps.projects.access import project_view
from apps.projects.models import Project, Role


@project_view(Role.CLIENT)
@require_safe
def progress(request: HttpRequest, project: Project) -> HttpResponse:
    """The four phases, the go-live, what was done last and what the move is for; as the client sees it."""
    return render(request, "overview/progress.html", {"project": project, **client_pages.progress(project)})
