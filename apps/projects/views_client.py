"""Looking through the client's eyes, and back."""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.views.decorators.http import require_POST

from apps.projects.access import AS_CLIENT, project_view
from apps.projects.models import Project, Role


@project_view(Role.CONSULTANT, own_eyes=True)
@require_POST
def client_view(request: HttpRequest, project: Project) -> HttpResponse:
    """See what the client sees, or return to one's own view; on the same page where the client has it."""
    is_on = request.POST.get("on") == "yes"
    request.session[AS_CLIENT] = project.pk if is_on else None
    role = Role.CLIENT if is_on else request.role
    return redirect(_same_page(project, request.POST.get("next", ""), role) or project.get_absolute_url())


def _same_page(project: Project, address: str, role: int) -> str:
    """The address, where it is a page of this project that the role may open; else nothing."""
    path = urlsplit(address).path
    if not address.startswith(project.get_absolute_url()):
        return ""
    try:
        asked = getattr(resolve(path).func, "project_role", None)
    except Resolver404:
        return ""
    return address if asked is not None and role >= asked else ""
