"""What may stand in an inventory, wherever it comes from: a form or a spreadsheet."""

import re
from typing import Any

from django.core.exceptions import ValidationError

from apps.accounts.models import User
from apps.projects.models import Project, Role

# What must never stand in an inventory: it is read by many and exported.
SECRET = re.compile(
    r"\b(?:sk|pk|rk)_(?:live|test)_\w{8,}|\bAKIA[0-9A-Z]{12,}|\bxox[abp]-\w{8,}|-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|\b(?:password|passwort|passwd|pwd|pw|api[ _-]?key|secret)\s*[:=]\s*\S+",
    re.IGNORECASE,
)


def without_secrets(text: str) -> str:
    """Refuses what looks like a password or a key."""
    if SECRET.search(text):
        raise ValidationError("This looks like a password or a key. Note where it is kept instead.")
    return text


def people_of(project: Project) -> Any:
    """Who may own an asset: the project's consultants and clients."""
    members = User.objects.filter(project_memberships__project=project, project_memberships__role__gte=Role.CLIENT)
    return members.order_by("name", "email")
