"""A newer version of its template, offered to a running project: nothing changes unless somebody chooses it."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from apps.accounts.models import User
from apps.checklists import services
from apps.checklists.builtin import Template, TemplateItem, four_phases
from apps.checklists.copying import plan_as_template, values_of
from apps.checklists.differences import Change, compare
from apps.checklists.models import ChecklistItem, NotYet, Plan, TemplateVersion
from apps.checklists.template_files import fingerprint
from apps.projects.models import Activity, Project


class OfferGone(Exception):
    """Somebody answered it meanwhile, or a still newer version came."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a newer version has that the plan does not; `left_out` was offered before and not taken."""

    plan: Plan
    template: Template
    version: TemplateVersion | None
    added: list[TemplateItem]
    left_out: list[TemplateItem]
    changed: list[Change]
    gone: list[TemplateItem]

    @property
    def news(self) -> str:
        """3 new items and 1 changed."""
        counts = [(len(self.added), "new"), (len(self.changed), "changed"), (len(self.gone), "gone")]
        first, *others = [(number, word) for number, word in counts if number]
        words = [
            f"{first[0]} {first[1]} {'item' if first[0] == 1 else 'items'}",
            *(f"{n} {word}" for n, word in others),
        ]
        return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


def offer_for(project: Project) -> Offer | None:
    """What the newest version offers beyond the one that was answered last; nothing where there is no news."""
    plan = Plan.of(project)
    if plan.pk is None:
        return None
    version = plan.newest
    template = version.as_template() if version else four_phases()
    if version is None and (plan.version_id is not None or template.version <= plan.answered):
        return None
    mine = plan_as_template(project)
    found = compare(mine, template)
    offer = Offer(
        plan, template, version,
        added=[item for item in found.added if item.key not in plan.known],
        left_out=[item for item in found.added if item.key in plan.known],
        changed=[one for one in found.changed if plan.known.get(one.new.key) != fingerprint(one.new)],
        gone=[item for item in found.gone if item.key in plan.known],
    )  # fmt: skip
    return offer if offer.added or offer.changed or offer.gone else None


@transaction.atomic
def dismiss(project: Project, number: int, *, by: User) -> None:
    """Leave everything as it is, and say nothing more of this version. Raises OfferGone."""
    offer = _as_shown(project, number)
    offer.plan.answer(offer.template)
    Activity.record(project, "left as it is, against", by=by, subject_label=f"version {number} of the template")


@transaction.atomic
def take_over(project: Project, number: int, keys: Collection[str], *, by: User) -> int:
    """Add the new and write over the changed items that were chosen.

    Raises OfferGone, and NotYet where nothing is chosen or items would wait for one another.
    Returns how many. Waits are drawn when all rows are there; those to items the plan does not have stay away.
    """
    offer = _as_shown(project, number)
    chosen = [item for item in (*offer.added, *offer.left_out) if item.key in keys]
    changes = [one for one in offer.changed if one.new.key in keys]
    if not chosen and not changes:
        raise NotYet("Nothing is chosen. Choose at least one item, or leave everything as it is.")
    phases = _with_phases(project, offer)
    rows = {row.key: row for row in project.items.exclude(key="").select_related("project")}
    in_order = [item.key for item in offer.template.items]
    for item in sorted(chosen, key=lambda one: in_order.index(one.key)):
        rows[item.key] = _add(project, offer, item, rows, phases, by)
    for change in changes:
        _write_over(rows[change.new.key], change.new, phases[offer.template.phases[change.new.phase - 1]], by)
    for item in (*chosen, *(one.new for one in changes)):
        own = [wait.waits_for for wait in rows[item.key].waits.filter(waits_for__key="").select_related("waits_for")]
        services.set_waits(rows[item.key], [*own, *(rows[key] for key in item.waits_for if key in rows)])
    offer.plan.take(offer.template, offer.version, list(phases))
    return len(chosen) + len(changes)


def _as_shown(project: Project, number: int) -> Offer:
    services.lock_plan(project.pk)
    offer = offer_for(Project.objects.get(pk=project.pk))
    if offer is None or offer.template.version != number:
        raise OfferGone
    return offer


def _with_phases(project: Project, offer: Offer) -> dict[str, int]:
    """{name: number} of the plan's phases; one that only the new version has comes after the phase before it."""
    names = list(offer.plan.phases)
    wanted = {offer.template.phases[item.phase - 1] for item in offer.added}
    wanted |= {offer.template.phases[one.new.phase - 1] for one in offer.changed}
    before = ""
    for name in offer.template.phases:
        if name in wanted and name not in names:
            at = names.index(before) + 1 if before in names else 0
            names.insert(at, name)
            project.items.filter(phase__gt=at).update(phase=F("phase") + 1)
        before = name
    return {name: number for number, name in enumerate(names, 1)}


def _add(
    project: Project, offer: Offer, item: TemplateItem, rows: dict[str, ChecklistItem], phases: dict[str, int], by: User
) -> ChecklistItem:
    """A new row, right after the one that stands before it in the template."""
    phase = phases[offer.template.phases[item.phase - 1]]
    order = [one.key for one in offer.template.items]
    earlier = [rows[key] for key in order[: order.index(item.key)] if key in rows and rows[key].phase == phase]
    section = [row for row in earlier if row.section == item.section]
    position = (section or earlier)[-1].position if earlier else 0
    row = ChecklistItem(project=project, key=item.key, phase=phase, position=position, **values_of(item))
    row.due = row.due_for(project)
    row.save()
    Activity.record(
        project, "added from the template", row, by=by, detail=f"version {offer.template.version}",
        is_internal=not row.client_sees,
    )  # fmt: skip
    return row


def _write_over(row: ChecklistItem, item: TemplateItem, phase: int, by: User) -> None:
    """The template's words, person, date and evidence; a fixed date stays."""
    row.change(by, verb="took over from the template", is_internal=not item.client_sees, phase=phase, **values_of(item))
    due = row.due_for(row.project)
    ChecklistItem.objects.filter(pk=row.pk).exclude(due=due).update(due=due)
    services.show_evidence(row)
