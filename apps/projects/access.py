"""The door: every URL of a project passes through here, and no view reaches a project in another way."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from apps.accounts.models import User
from apps.projects.models import Project, Role

View = Callable[..., HttpResponse]
AS_CLIENT = "as_client"  # in the session: the project that this person looks at through the client's eyes
READING = ("GET", "HEAD", "OPTIONS")


def project_view(role: Role, *, own_eyes: bool = False) -> Callable[[View], View]:
    """Hand the view its project: 404 to strangers, 403 to members below `role`. Goes outermost.

    A helper is let in where the view names HELPER, and nowhere else: every other role is above his. A consultant who
    looks through the client's eyes has the client's role and only reads, except where the view asks for his own eyes.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
            project = Project.objects.visible_to(request.user).filter(slug=slug).first()
            if project is None:
                raise Http404("There is no such project.")
            is_staff = project.role >= Role.CONSULTANT
            request.looks_as_client = is_staff and not own_eyes and request.session.get(AS_CLIENT) == project.pk
            request.project, request.role = project, Role.CLIENT if request.looks_as_client else Role(project.role)
            if request.looks_as_client and (request.role < role or request.method not in READING):
                return render(request, "projects/as_client.html", {"project": project}, status=403)
            if request.role < role:
                raise PermissionDenied
            return view(request, project, *args, **kwargs)

        wrapper.project_role = role
        return wrapper

    return decorate


def person_shown(request: HttpRequest) -> User | None:
    """Whose list a page draws: the reader's own, or through the client's eyes the project's first client's."""
    if not getattr(request, "looks_as_client", False):
        return request.user
    if not hasattr(request, "client_shown"):
        clients = request.project.memberships.filter(role=Role.CLIENT).select_related("user").order_by("pk")
        first = clients.first()
        request.client_shown = first.user if first else None
    return request.client_shown
