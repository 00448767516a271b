"""Decisions about a client's contacts: kept per source, told to the engine as its recipe, taken back one by one."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.contacts.models import ContactFile, Decided, Decision
from apps.projects.models import Activity, Project
from engine.contacts.recipe import EVERY, read_recipe

KEPT_TAGS = 20_000


class NotDecided(Exception):
    """The text says what is missing."""


def source_of(contact_file: ContactFile, recognised: str = "") -> str:
    """The platform whose decisions hold for a file: told, recognised just now or before, that of its older versions."""
    if contact_file.source or recognised:
        return contact_file.source or recognised
    if contact_file.latest_check is not None and contact_file.latest_check.source:
        return contact_file.latest_check.source
    versions = contact_file.project.contact_files.of_list(contact_file).exclude(latest_check=None)
    for version in versions.select_related("latest_check"):
        if version.latest_check is not None and (told := version.source or version.latest_check.source):
            return told
    return ""


def of_list(first_pk: int) -> str:
    """What stands in place of a source where nobody knows it: decisions hold for this list and its later versions."""
    return f"list:{first_pk}"


def scope_of(contact_file: ContactFile, recognised: str = "") -> str:
    """By this the decisions that hold for a file are found: its platform, or its list."""
    return source_of(contact_file, recognised) or of_list(contact_file.first_pk)


def decisions_about(contact_file: ContactFile, recognised: str = "") -> list[Decision]:
    """All that hold for a file, in the order of their kinds."""
    rows = Decision.objects.filter(project=contact_file.project_id, source=scope_of(contact_file, recognised))
    return list(rows.select_related("decided_by"))


def carry_over(project: Project, first_pk: int, *lists: int) -> None:
    """Lists were joined or parted: what was decided about the one holds for these too, unless they have their own."""
    rows = list(Decision.objects.filter(project=project, source=of_list(first_pk)))
    for one in lists:
        for row in rows:
            row.pk, row._state.adding, row.source = None, True, of_list(one)
        Decision.objects.bulk_create(rows, ignore_conflicts=True)


def recipe_of(decisions: Iterable[Decision]) -> dict[str, Any]:
    """The recipe in plain data; {} where nothing was decided."""
    recipe: dict[str, Any] = {}
    for one in decisions:
        if one.kind == Decided.FIX:
            recipe.setdefault("fixes", []).append(one.value)
        elif one.kind == Decided.TAG:
            recipe.setdefault("tags", {})[one.key] = one.value["to"]
        elif one.kind == Decided.FIELD:
            recipe.setdefault("fields", []).append(one.value | {"header": one.key})
        elif one.kind == Decided.CONSENT:
            recipe.setdefault("consent", []).append(one.value)
        elif one.kind == Decided.WORD:
            recipe.setdefault("words", {})[one.key] = one.value["to"]
        else:
            recipe |= one.value
    return recipe


def digest_of_recipe(recipe: Mapping[str, Any]) -> str:
    """SHA-256 of the decisions, "" for none: a verdict says with which of them it was reached."""
    if not recipe:
        return ""
    return hashlib.sha256(json.dumps(recipe, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@transaction.atomic
def decide(
    contact_file: ContactFile, kind: str, values: Mapping[str, dict[str, Any] | None], *, by: User
) -> list[Decision]:
    """Keep decisions of one kind by their keys; None takes one back. Raises NotDecided where the engine would not.

    Returns what stands now of those that were given.
    """
    project, source = contact_file.project, scope_of(contact_file)
    Project.objects.select_for_update().get(pk=project.pk)  # two people at once: the later one decides over the whole
    rows = Decision.objects.filter(project=project, source=source, kind=kind)
    before = {row.key: row for row in rows.filter(key__in=values)}
    gone = [row.pk for key, row in before.items() if values[key] is None]
    kept = []
    for key, value in values.items():
        if value is None or (key in before and before[key].value == value):
            continue
        defaults = {"value": value, "decided_by": by, "decided_at": timezone.now()}
        kept.append(
            Decision.objects.update_or_create(project=project, source=source, kind=kind, key=key, defaults=defaults)[0]
        )
    Decision.objects.filter(pk__in=gone).delete()
    if rows.count() > KEPT_TAGS:
        raise NotDecided(f"There are more than {KEPT_TAGS:,} decisions of this kind; take some back first.")
    _refuse_nonsense(contact_file)
    _record(contact_file, kept, len(gone), by)
    return kept


def _refuse_nonsense(contact_file: ContactFile) -> None:
    try:
        read_recipe(recipe_of(decisions_about(contact_file)))
    except ValueError as error:
        raise NotDecided(str(error)) from error


def _record(contact_file: ContactFile, kept: list[Decision], gone: int, by: User) -> None:
    hidden = not contact_file.client_sees
    if kept:
        verb = f"decided about {kept[0].get_kind_display()} in" if len(kept) == 1 else f"made {len(kept)} decisions for"
        Activity.record(contact_file.project, verb, contact_file, by=by, is_internal=hidden)
    if gone:
        verb = "took back a decision for" if gone == 1 else f"took back {gone} decisions for"
        Activity.record(contact_file.project, verb, contact_file, by=by, is_internal=hidden)


def name_addresses(contact_file: ContactFile, column: str, *, by: User) -> None:
    """One column holds the addresses; what else was decided about it stays, and no other column is said to."""
    columns = [one for one in decisions_about(contact_file) if one.kind == Decided.FIELD]
    values = {one.key: _as_text(one.value) for one in columns if one.value.get("role") == "email"}
    before = next((one.value for one in columns if one.key == column), {})
    decide(contact_file, Decided.FIELD, values | {column: before | {"role": "email", "leave_out": False}}, by=by)


def _as_text(choice: Mapping[str, Any]) -> dict[str, Any] | None:
    """A decision about a column without what it holds; None where nothing is left of it."""
    return {name: value for name, value in choice.items() if name != "role" and value} or None


def consent_value(column: str, value: str, *, is_given: bool, source: str) -> dict[str, Any]:
    """A decision about consent; who agreed needs the document that says so. Raises NotDecided."""
    if is_given and not source.strip():
        raise NotDecided("Say where and how these contacts agreed; without that it is not documented.")
    return {"column": column, "value": value, "is_given": is_given, "source": source.strip()[:500]}


def consent_key(column: str, value: str) -> str:
    """By this one decision about consent is found again."""
    return "everybody else" if value == EVERY else f"{column}\n{value}"[:300]
