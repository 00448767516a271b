"""What the frame of every project page shows: phases, verdict, navigation."""

from typing import Any

from django.http import HttpRequest


def project_frame(request: HttpRequest) -> dict[str, Any]:
    """The frame, for pages inside a project."""
    return {"frame": None}
