"""What the frame of every project page shows: route and navigation."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from apps.projects.models import Role


def project_frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the frame, for pages inside a project."""
    project = getattr(request, "project", None)
    if project is None:
        return {"frame": None}
    pages = [("projects", "People & settings", "projects:people", "cog-6-tooth")]
    nav = [
        {"key": key, "label": label, "url": reverse(page, args=[project.slug]), "icon": icon, "count": 0}
        for key, label, page, icon in pages
        if request.role >= Role.CONSULTANT
    ]
    return {"frame": {"route": project.route, "nav": nav, "bottom": nav, "role": request.role.name.lower()}}
