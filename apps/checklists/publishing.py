"""Verbs of a consultancy's templates: begin one, edit its draft, publish a version, put it away.

A draft is changed under the lock of its row, and only ever to one that could be published.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import Truncator

from apps.accounts.models import Organisation, User
from apps.checklists import drafting
from apps.checklists.builtin import Problem, Template, TemplateError, TemplateItem, problems
from apps.checklists.differences import compare, words_of
from apps.checklists.models import Plan, PlanTemplate, TemplateVersion
from apps.checklists.plans import StaleDraft
from apps.checklists.template_files import as_data, fingerprint
from apps.projects.models import Project

KEPT_REMOVED = 20


class DraftRefused(Exception):
    """The draft could not be published with this in it."""

    def __init__(self, found: list[Problem]) -> None:
        super().__init__(str(found[0]))
        self.found = found


class NameTaken(Exception):
    """Another template of the consultancy has this name."""


def asked_by_lesson(organisation: Organisation, wish: str) -> dict[str, str]:
    """A lesson of one of its projects as title and guidance: its words never stand in an address."""
    if not (wish.isdecimal() and len(wish) < 10):
        return {}
    rows = Project.objects.filter(organisation=organisation, lessons__pk=int(wish), lessons__removed_at=None)
    text = rows.values_list("lessons__text", flat=True).first() or ""
    return {"title": Truncator(text).chars(160)} | ({"guidance": text} if len(text) > 160 else {})


@transaction.atomic
def begin(organisation: Organisation, name: str, template: Template, *, by: User) -> PlanTemplate:
    """A new template with this draft; nothing is published yet. Raises NameTaken."""
    _refuse_taken(organisation, name, None)
    try:
        with transaction.atomic():
            return PlanTemplate.objects.create(
                organisation=organisation, name=name, draft=as_data(template), created_by=by, edited_by=by
            )
    except IntegrityError as error:  # two people, one name, at once
        raise NameTaken from error


def _refuse_taken(organisation: Organisation, name: str, pk: int | None) -> None:
    if organisation.plan_templates.filter(name__iexact=name).exclude(pk=pk).exists():
        raise NameTaken


@transaction.atomic
def rename(row: PlanTemplate, name: str) -> None:
    """Raises NameTaken."""
    _refuse_taken(row.organisation, name, row.pk)
    PlanTemplate.objects.filter(pk=row.pk).update(name=name)


def digest(draft: dict) -> str:
    """Which draft somebody has looked at."""
    return hashlib.sha256(json.dumps(draft, sort_keys=True).encode()).hexdigest()[:16]


def _locked(row: PlanTemplate) -> PlanTemplate:
    return PlanTemplate.objects.select_for_update().select_related("organisation").get(pk=row.pk)


def _store(row: PlanTemplate, template: Template, by: User) -> None:
    row.draft, row.edited_by, row.edited_at = as_data(template), by, timezone.now()
    row.save(update_fields=["draft", "edited_by", "edited_at", "removed"])


@transaction.atomic
def change(row: PlanTemplate, act: Callable[[Template], Template], *, by: User) -> None:
    """Let one act of `drafting` loose on the draft as it stands. Raises TemplateError, KeyError, StaleDraft."""
    row = _locked(row)
    _store(row, act(row.template), by)


@transaction.atomic
def replace_draft(row: PlanTemplate, template: Template, seen: str, *, by: User) -> None:
    """The draft out of a file. Raises StaleDraft where somebody edited it meanwhile."""
    row = _locked(row)
    if digest(row.draft) != seen:
        theirs = f"{len(row.draft['items'])} items, edited meanwhile by {row.edited_by or 'somebody'}"
        raise StaleDraft([("Draft", theirs, f"{len(template.items)} items of the file")])
    _store(row, template, by)


@transaction.atomic
def save_item(row: PlanTemplate, item: TemplateItem, seen: str, *, by: User) -> TemplateItem:
    """One item as typed; without a key it is new. Raises DraftRefused, or StaleDraft with both texts."""
    row = _locked(row)
    template = row.template
    if not item.key:
        item = replace(item, key=drafting.new_key(item.title, used_keys(row)))
    elif item.key not in drafting.keys(template):
        raise StaleDraft([("Item", "deleted meanwhile", item.title), ("Guidance", "", item.guidance)])
    else:
        _refuse_stale(template, item, seen)
    wanted = drafting.with_item(template, item)
    if found := list(problems(wanted)):
        raise DraftRefused(found)
    _store(row, wanted, by)
    return item


def _refuse_stale(template: Template, item: TemplateItem, seen: str) -> None:
    theirs = drafting.find(template, item.key)
    if fingerprint(theirs) != seen and fingerprint(theirs) != fingerprint(item):
        pairs = zip(words_of(theirs, template), words_of(item, template), strict=True)
        raise StaleDraft([(label, one, mine) for (label, one), (_, mine) in pairs if one != mine])


def used_keys(row: PlanTemplate) -> set[str]:
    """Every key that a draft or version of this template ever gave out: projects remember them."""
    found = {item["key"] for item in row.draft["items"]} | {record["item"]["key"] for record in row.removed}
    for content in row.versions.values_list("content", flat=True):
        found |= {item["key"] for item in content["items"]}
    return found


@transaction.atomic
def duplicate_item(row: PlanTemplate, key: str, *, by: User) -> None:
    row = _locked(row)
    _store(row, drafting.duplicate(row.template, key, used_keys(row)), by)


@transaction.atomic
def remove_item(row: PlanTemplate, key: str, seen: str, *, by: User) -> None:
    """Delete from the draft, to be put back for a while. Raises KeyError, StaleDraft."""
    row = _locked(row)
    item = drafting.find(row.template, key)
    if fingerprint(item) != seen:
        raise StaleDraft([(item.title, "changed meanwhile", "to be deleted")])
    template, record = drafting.remove(row.template, key)
    row.removed = [record, *row.removed][:KEPT_REMOVED]
    _store(row, template, by)


@transaction.atomic
def put_back(row: PlanTemplate, key: str, *, by: User) -> None:
    """Undo a deletion. Somebody who was faster has done the same."""
    row = _locked(row)
    record = next((one for one in row.removed if one["item"]["key"] == key), None)
    if record is not None:
        row.removed = [one for one in row.removed if one is not record]
        _store(row, drafting.put_back(row.template, record), by)


@transaction.atomic
def publish(row: PlanTemplate, note: str, seen: str, *, by: User) -> TemplateVersion:
    """The draft as the next version. Raises StaleDraft where it is not the one that was looked at, TemplateError."""
    row = _locked(row)
    if digest(row.draft) != seen:
        raise StaleDraft([("Draft", f"edited meanwhile by {row.edited_by or 'somebody'}", "as you looked at it")])
    latest, template = row.latest, row.template
    if not template.items:
        raise TemplateError("This template has no items yet. Add the first one, then publish it.")
    if latest is not None and not compare(latest.as_template(), template):
        raise TemplateError(f"Nothing has changed since version {latest.number}.")
    row.removed = []
    row.save(update_fields=["removed"])
    number = latest.number + 1 if latest else 1
    return TemplateVersion.objects.create(
        organisation=row.organisation, template=row, number=number, note=note, content=row.draft, published_by=by
    )


def set_archived(row: PlanTemplate, is_archived: bool) -> None:
    """Archived: not offered for new projects, and nothing of it to running ones."""
    PlanTemplate.objects.filter(pk=row.pk).update(archived_at=timezone.now() if is_archived else None)


@transaction.atomic
def delete(row: PlanTemplate) -> bool:
    """Only where no plan came from it."""
    row = _locked(row)
    if Plan.objects.filter(version__template=row).exists():
        return False
    row.delete()
    return True
