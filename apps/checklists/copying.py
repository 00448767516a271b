"""From a template to the plan of a project, and back: the copy takes words, dates and what waits for what."""

from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.checklists.builtin import TemplateItem, four_phases
from apps.checklists.models import ChecklistItem, Plan, TemplateVersion, Wait
from apps.projects.models import Activity, Project

# A template's word for a field, where the row has another one.
NAMES = {"evidence": "evidence_kind", "essential": "is_essential"}
COPIED = (
    "section", "title", "guidance", "who", "days", "counted_from", "evidence", "fact", "needs_approval", "client_sees",
    "essential",
)  # fmt: skip


def values_of(item: TemplateItem) -> dict[str, Any]:
    """What a row of the plan takes from an item of the template; its phase is the plan's own affair."""
    return {NAMES.get(name, name): getattr(item, name) for name in COPIED}


@transaction.atomic
def begin_plan(project: Project, version: TemplateVersion | None, *, by: User | None) -> Plan:
    """Every item of the template with its date and its waits; without a version, of the built-in template."""
    template = version.as_template() if version else four_phases()
    rows = []
    for position, item in enumerate(template.items):
        place = {"key": item.key, "phase": item.phase, "position": position * 10}
        row = ChecklistItem(project=project, **place, **values_of(item))
        row.due = row.due_for(project)
        rows.append(row)
    made = {row.key: row for row in ChecklistItem.objects.bulk_create(rows)}
    Wait.objects.bulk_create(
        Wait(project=project, item=made[item.key], waits_for=made[other])
        for item in template.items
        for other in item.waits_for
    )
    Activity.record(project, "copied the checklist", by=by, is_internal=False)
    return Plan.begin(project, template, version)
