"""What open pages of a plan ask every two seconds, and what they fetch when the answer is another one."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.checklists import live
from apps.projects.access import project_view
from apps.projects.models import Project, Role


@login_not_required
@require_safe
def pulse(request: HttpRequest, token: str) -> HttpResponse:
    """The plan's stamp, or 304 where the page has it already. The ticket is the door's own; cookies are not read."""
    project_pk = live.project_of(token)
    if project_pk is None:
        raise Http404("This ticket has run out.")
    stamp = live.stamp(project_pk)
    if request.headers.get("If-None-Match") == stamp:
        return HttpResponse(status=304)
    return HttpResponse(stamp, content_type="text/plain")


@project_view(Role.CLIENT)
@require_safe
def changes(request: HttpRequest, project: Project) -> HttpResponse:
    """The rows that others changed since the page was drawn, and what stands in the frame."""
    return render(request, "checklists/_changes.html", live.changes(request, project))
