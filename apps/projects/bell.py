"""The bell in the top bar: how much is unread."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from apps.accounts.models import User
from apps.projects.models import Project
from apps.projects.notice import Notice, NoticeQuerySet


def notices_of(user: User) -> NoticeQuerySet:
    """What this person was told about projects that he may see now."""
    return Notice.objects.filter(recipient=user).in_projects(Project.objects.visible_to(user))


def notices_count(request: HttpRequest) -> dict[str, Any]:
    """Context processor: one question, asked when the bell is drawn."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"notices_count": SimpleLazyObject(lambda: notices_of(user).unread().count())}
