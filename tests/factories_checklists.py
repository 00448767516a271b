"""Items for tests."""

from typing import Any

from apps.checklists.models import ChecklistItem, Wait
from apps.projects.models import Project


def item(project: Project, title: str = "Do it", **fields: Any) -> ChecklistItem:
    values = {"phase": 1, "section": "Audit", "client_sees": True} | fields
    return ChecklistItem.objects.create(project=project, title=title, **values)


def waits(one: ChecklistItem, *others: ChecklistItem) -> None:
    for other in others:
        Wait.objects.create(project=one.project, item=one, waits_for=other)
