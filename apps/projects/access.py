"""The door: every URL of a project passes through here, and no view reaches a project in another way."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from apps.projects.models import Project, Role

View = Callable[..., HttpResponse]


def project_view(role: Role) -> Callable[[View], View]:
    """Hand the view its project: 404 to strangers, 403 to members below `role`. Goes outermost.

    A helper is let in where the view names HELPER, and nowhere else: every other role is above his.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
            project = Project.objects.visible_to(request.user).filter(slug=slug).first()
            if project is None:
                raise Http404("There is no such project.")
            if project.role < role:
                raise PermissionDenied
            request.project, request.role = project, Role(project.role)
            return view(request, project, *args, **kwargs)

        wrapper.project_role = role
        return wrapper

    return decorate
