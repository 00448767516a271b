"""Signs drawn once and remembered, for tables that show the same few of them hundreds of times."""

from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from apps.ui import signs

SETS = {"required_status": signs.REQUIRED_STATUS, "suggestion": signs.REQUIRED_STATUS, "progress": signs.PROGRESS}


@lru_cache(maxsize=256)
def draw_sign(kind: str, value: str) -> SafeString:
    """The sign of a status or a progress, as its tag draws it (templates/ui/_sign.html)."""
    return render_to_string("ui/_sign.html", {"sign": signs.look_up(SETS[kind], value), "is_plain": kind == "progress"})


def draw_person(user: Any, viewer: Any) -> SafeString:
    """Initials, as the tag `person` draws them."""
    is_you = user.pk == getattr(viewer, "pk", None)
    words = "You" if is_you else str(user)
    return render_to_string("ui/_person.html", {"person": user, "shows_name": False, "is_you": is_you, "words": words})
