"""Words of a POST that no form reads."""

from django.http import HttpRequest


def typed(request: HttpRequest, name: str, most: int = 500) -> str:
    """What was typed, without blanks at its ends and the NUL characters that no database takes."""
    return request.POST.get(name, "").replace("\x00", "").strip()[:most]
