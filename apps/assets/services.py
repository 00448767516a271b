"""Verbs of the inventory: add, decide, change many and take it back, and what that says about the project."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts.models import User
from apps.assets.models import Asset, AssetQuerySet, Batch
from apps.findings.models import Fact
from apps.projects.models import Activity, Project, shown
from engine.findings import Verdict

MOST_NAMED = 5


def publish_decided(project: Project) -> None:
    """Whether every asset is decided. The undecided are named as far as everybody who reads the reason may see them."""
    undecided = project.assets.undecided().order_by("name", "pk")
    names = list(undecided.filter(client_sees=True).values_list("name", flat=True)[:MOST_NAMED])
    link = f"{project.get_absolute_url()}inventory/?required=undecided"
    if count := undecided.count():
        parts = [", ".join(names)] if names else []
        parts += [f"{count - len(names)} {'more' if names else 'internal'}"] if count > len(names) else []
        verdict, reason = Verdict.NOT_READY, f"Undecided: {' and '.join(parts)}."
    elif total := project.assets.count():
        verdict, reason = Verdict.READY, f"All {total} assets are decided."
    else:
        verdict, reason = Verdict.UNKNOWN, "The inventory is empty."
    Fact.publish(project, "inventory.decided", verdict, reason, link=link)


@transaction.atomic
def add_asset(project: Project, *, by: User | None, **values: Any) -> Asset:
    """One asset; logged."""
    asset = Asset.objects.create(project=project, **values)
    Activity.record(project, "added the asset", asset, by=by, is_internal=not asset.client_sees)
    publish_decided(project)
    return asset


@transaction.atomic
def add_assets(project: Project, rows: Iterable[dict[str, Any]], *, by: User | None = None) -> int:
    """Many at once, with one line in the log."""
    made = Asset.objects.bulk_create([Asset(project=project, **row) for row in rows], batch_size=500)
    Activity.record(project, f"added {len(made)} assets", by=by)
    publish_decided(project)
    return len(made)


@transaction.atomic
def change_asset(asset: Asset, *, by: User, version: int, **values: Any) -> dict[str, list[str]]:
    """Set fields of one asset. Raises StaleRow."""
    changes = asset.change(by, version=version, is_internal=asset.keeps_internal(values), **values)
    if "required_status" in values:
        publish_decided(asset.project)
    return changes


@transaction.atomic
def save_form(form: Any, *, by: User) -> Asset:
    """The whole form. Raises StaleRow."""
    asset: Asset = form.save_change(by)
    publish_decided(asset.project)
    return asset


@transaction.atomic
def delete_asset(asset: Asset, *, by: User) -> None:
    """With a line in the log; its children stay and lose their parent."""
    project = asset.project
    Activity.record(project, "deleted the asset", asset, by=by, is_internal=not asset.client_sees)
    asset.delete()
    publish_decided(project)


@transaction.atomic
def change_many(project: Project, assets: AssetQuerySet, *, field: str, value: Any, label: str, by: User) -> Batch:
    """Set one field of many assets; the batch remembers what they were, for the undo."""
    rows = list(assets.select_for_update().exclude(**{field: value}).values_list("pk", "version", field))
    for start in range(0, len(rows), 500):
        part = Asset.objects.filter(pk__in=[pk for pk, _, _ in rows[start : start + 500]])
        part.update(**{field: value}, version=F("version") + 1, updated_at=timezone.now())
    before = [[pk, version + 1, {field: old}] for pk, version, old in rows]
    batch = Batch.objects.create(project=project, by=by, label=label, before=before)
    Activity.record(project, f"changed {len(rows)} assets", by=by, changes={label: ["", shown(Asset(), field, value)]})
    if field == "required_status":
        publish_decided(project)
    return batch


def _by_column(values: dict[str, Any]) -> dict[str, Any]:
    """A person is kept by number."""
    return {f"{name}_id" if name == "owner" else name: value for name, value in values.items()}


@transaction.atomic
def undo(batch: Batch, *, by: User) -> list[str]:
    """Restore what the batch changed and remove what it made; returns the names of rows that were edited later."""
    if not Batch.objects.filter(pk=batch.pk, undone_at=None).update(undone_at=timezone.now()):
        return []
    kept = []
    names = dict(batch.project.assets.filter(pk__in=[row[0] for row in batch.before]).values_list("pk", "name"))
    for pk, version, values in batch.before:
        rows = batch.project.assets.filter(pk=pk, version=version)
        if values is None:  # the batch made it
            done = rows.delete()[0]
        else:
            done = rows.update(**_by_column(values), version=version + 1, updated_at=timezone.now())
        if not done and pk in names:
            kept.append(names[pk])
    Activity.record(batch.project, f"took back: {batch.label}", by=by)
    publish_decided(batch.project)
    return kept
