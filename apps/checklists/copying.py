"""From a template to the plan of a project, and back: the copy takes words, dates and what waits for what."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.checklists.builtin import Template, TemplateItem, four_phases, new_key
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


def plan_as_template(project: Project, rows: Iterable[ChecklistItem] | None = None) -> Template:
    """The plan as it stands, for comparing with a template; rows of one's own get a key made of their title."""
    rows = list(project.items.exclude(key="") if rows is None else rows)
    taken = {row.key for row in rows}
    keys: dict[int, str] = {}
    for row in rows:
        keys[row.pk] = row.key or new_key(row.title, taken)
        taken.add(keys[row.pk])
    waits: dict[int, list[str]] = {}
    for item, other in project.waits.order_by("pk").values_list("item_id", "waits_for_id"):
        if item in keys and other in keys:
            waits.setdefault(item, []).append(keys[other])
    plan = Plan.of(project)
    highest = max([len(plan.phases), *(row.phase for row in rows)])
    phases = tuple(plan.phase_name(number) for number in range(1, highest + 1))
    items = tuple(_item_of(row, keys[row.pk], tuple(waits.get(row.pk, ()))) for row in rows)
    return Template(project.client, 0, phases, items)


def _item_of(row: ChecklistItem, key: str, waits_for: tuple[str, ...]) -> TemplateItem:
    values = {name: getattr(row, NAMES.get(name, name)) for name in COPIED}
    return TemplateItem(key=key, phase=row.phase, waits_for=waits_for, **values)
