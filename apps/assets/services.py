"""Verbs of the inventory: add, decide, change many and take it back, and what that says about the project."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, Count, F, IntegerField, Q, Value, When
from django.utils import timezone

from apps.accounts.models import User
from apps.assets.bulk import write_changes
from apps.assets.columns import restored, stored
from apps.assets.models import (
    Account,
    Asset,
    AssetQuerySet,
    Attachment,
    Batch,
    Capture,
    OwnKind,
    Progress,
    RequiredStatus,
    kinds_of,
)
from apps.findings.models import Fact
from apps.projects.many import in_groups, update_many
from apps.projects.models import Activity, Project, shown
from apps.projects.stored import StoredFile
from engine.findings import Verdict

MOST_NAMED = 5
SERVED = ("pages", "courses")  # the families of what a domain shows
KEPT_DAYS = 30


def publish_facts(project: Project) -> None:
    """What the inventory says about the project, after it changed."""
    Fact.one_at_a_time(project)
    publish_decided(project)
    publish_captured(project)
    publish_essentials(project)
    _hide_files(project)


def _hide_files(project: Project) -> None:
    """A client opens no file of an asset that he may not see any more. Shown again, its files are shown one by one."""
    hidden = project.assets.filter(client_sees=False)
    files = StoredFile.objects.filter(project=project, client_sees=True)
    for rows in (Attachment.objects.filter(asset__in=hidden), Capture.objects.filter(asset__in=hidden)):
        files.filter(pk__in=rows.exclude(file=None).values("file")).update(client_sees=False)


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


def uncaptured(project: Project) -> AssetQuerySet:
    """The assets to be rebuilt of which something still has to be saved."""
    book = kinds_of(project)
    needed = [When(kind=kind.key, then=Value(len(kind.capture))) for kind in book.kinds.values() if kind.capture]
    listed = Q()
    for kind in book.kinds.values():
        listed |= Q(captures__is_done=True, kind=kind.key, captures__key__in=kind.capture)
    rows = project.assets.filter(required_status=RequiredStatus.REBUILD).annotate(
        needed=Case(*needed, default=Value(0), output_field=IntegerField()), saved=Count("captures", filter=listed)
    )
    return rows.filter(saved__lt=F("needed"))


def publish_captured(project: Project) -> None:
    """Whether everything that must be rebuilt is saved."""
    Fact.one_at_a_time(project)
    missing = uncaptured(project)
    count = missing.count()
    link = f"{project.get_absolute_url()}inventory/captures/"
    if count:
        names = list(
            missing.filter(client_sees=True).order_by("name", "pk").values_list("name", flat=True)[:MOST_NAMED]
        )
        parts = [", ".join(names)] if names else []
        parts += [f"{count - len(names)} {'more' if names else 'internal'}"] if count > len(names) else []
        verdict, reason = Verdict.NOT_READY, f"Not saved yet: {' and '.join(parts)}."
    elif not project.assets.exists():
        verdict, reason = Verdict.UNKNOWN, "The inventory is empty."
    elif project.assets.undecided().exists():
        verdict, reason = Verdict.NOT_READY, "What must be rebuilt is known when every asset is decided."
    elif total := project.assets.filter(required_status=RequiredStatus.REBUILD).count():
        verdict, reason = Verdict.READY, f"Everything of the {total} assets to be rebuilt is saved."
    else:
        verdict, reason = Verdict.READY, "Nothing is to be rebuilt."
    Fact.publish(project, "inventory.captured", verdict, reason, link=link)


def publish_essentials(project: Project) -> None:
    """Whether the pages and memberships that move are built: before that, a domain must not lead to them.

    Essential is every asset of a kind listed with pages or courses that migrates or is rebuilt.
    """
    served = [kind.key for kind in kinds_of(project).kinds.values() if kind.family in SERVED]
    rows = project.assets.filter(kind__in=served)
    moving = rows.filter(required_status__in=[RequiredStatus.MIGRATE, RequiredStatus.REBUILD])
    missing = moving.exclude(progress__in=[Progress.BUILT, Progress.TESTED, Progress.LIVE])
    if count := missing.count():
        names = list(
            missing.filter(client_sees=True).order_by("name", "pk").values_list("name", flat=True)[:MOST_NAMED]
        )
        parts = [", ".join(names)] if names else []
        parts += [f"{count - len(names)} {'more' if names else 'internal'}"] if count > len(names) else []
        verdict, reason = Verdict.NOT_READY, f"Not built yet: {' and '.join(parts)}."
    elif not project.assets.exists():
        verdict, reason = Verdict.UNKNOWN, "The inventory is empty."
    elif undecided := rows.undecided().count():
        verdict, reason = Verdict.NOT_READY, f"Undecided pages and memberships: {undecided}."
    elif total := moving.count():
        verdict, reason = Verdict.READY, f"All {total} pages and memberships that move are built."
    else:
        verdict, reason = Verdict.UNKNOWN, "The inventory lists no page or membership that moves."
    Fact.publish(project, "inventory.essentials_built", verdict, reason, link=f"{project.get_absolute_url()}inventory/")


@transaction.atomic
def add_asset(project: Project, *, by: User | None, **values: Any) -> Asset:
    """One asset; logged."""
    asset = Asset.objects.create(project=project, **values)
    Activity.record(project, "added the asset", asset, by=by, is_internal=not asset.client_sees)
    publish_facts(project)
    return asset


@transaction.atomic
def add_assets(project: Project, rows: Iterable[dict[str, Any]], *, by: User | None = None) -> int:
    """Many at once, with one line in the log."""
    made = Asset.objects.bulk_create([Asset(project=project, **row) for row in rows], batch_size=500)
    Activity.record(project, f"added {len(made)} assets", by=by)
    publish_facts(project)
    return len(made)


@transaction.atomic
def change_asset(asset: Asset, *, by: User, version: int, **values: Any) -> dict[str, list[str]]:
    """Set fields of one asset. A decision answers the client's question. Raises StaleRow."""
    if values.get("required_status"):
        values["asked_at"] = None
    changes = asset.change(by, version=version, is_internal=asset.keeps_internal(values), **values)
    if not {"required_status", "kind", "client_sees", "name", "progress"}.isdisjoint(values):
        publish_facts(asset.project)
    return changes


@transaction.atomic
def save_form(form: Any, *, by: User) -> Asset:
    """The whole form. Raises StaleRow."""
    answered = {"asked_at": None} if form.cleaned_data["required_status"] else {}
    asset: Asset = form.save_change(by, extra=form.extra(), **answered)
    publish_facts(asset.project)
    return asset


def attach(asset: Asset, upload: Any, *, by: User, is_internal: bool) -> Attachment:
    """Keep a file with an asset; logged."""
    file = StoredFile.keep(asset.project, upload, purpose="asset", by=by, client_sees=not is_internal)
    with transaction.atomic():
        row = Attachment.objects.create(project=asset.project, asset=asset, file=file)
        verb = f"attached {file.name[:40]} to"
        Activity.record(asset.project, verb, asset, by=by, is_internal=is_internal)
    return row


@transaction.atomic
def set_capture(asset: Asset, key: str, given: dict[str, Any], *, by: User) -> Capture:
    """Say that something of an asset is saved, with what shows it, or that it is not; logged."""
    row, _ = Capture.objects.get_or_create(project=asset.project, asset=asset, key=key)
    values = {"is_done": given["is_done"], "note": given["note"], "link": given["link"], "by": by}
    if given.get("file"):
        values["file"] = StoredFile.keep(
            asset.project, given["file"], purpose="capture", by=by, client_sees=asset.client_sees
        )
    Capture.objects.filter(pk=row.pk).update(**values, version=F("version") + 1, updated_at=timezone.now())
    row.refresh_from_db()
    label = kinds_of(asset.project).captures.get(key, key)
    verb = f"{'saved' if row.is_done else 'has not saved'} the {label.lower()} of"[:60]
    Activity.record(asset.project, verb, asset, by=by, is_internal=not asset.client_sees)
    publish_captured(asset.project)
    return row


@transaction.atomic
def delete_asset(asset: Asset, *, by: User) -> Batch | None:
    """With a line in the log, and for a while a way back; its children stay."""
    project = asset.project
    rows = Asset.objects.filter(pk=asset.pk)
    if not rows.update(deleted_at=timezone.now(), version=F("version") + 1):
        return None
    Activity.record(project, "deleted the asset", asset, by=by, is_internal=not asset.client_sees)
    publish_facts(project)
    before = [[asset.pk, Asset._base_manager.values_list("version", flat=True).get(pk=asset.pk), "deleted"]]
    return Batch.objects.create(project=project, by=by, label=f"deleted {asset.name}"[:200], before=before)


@transaction.atomic
def change_many(project: Project, assets: AssetQuerySet, *, field: str, value: Any, label: str, by: User) -> Batch:
    """Set one field of many assets; the batch remembers what they were, for the undo."""
    chosen = list(assets.select_for_update().exclude(**{field: value}))
    rows = [(asset.pk, asset.version, getattr(asset, field)) for asset in chosen]
    answered = {"asked_at": None} if field == "required_status" and value else {}
    told = {field: value, **answered, "version": F("version") + 1, "updated_at": timezone.now()}
    update_many(Asset.objects.all(), [pk for pk, _, _ in rows], **told)
    before = [[pk, version + 1, {field: old}] for pk, version, old in rows]
    Activity.objects.bulk_create([_entry(asset, {field: value}, by, project) for asset in chosen], batch_size=500)
    batch = Batch.objects.create(project=project, by=by, label=label, before=before)
    Activity.record(project, f"changed {len(rows)} assets", by=by, changes={label: ["", shown(Asset(), field, value)]})
    if field in ("required_status", "kind", "client_sees", "progress"):
        publish_facts(project)
    return batch


def _entry(asset: Asset, values: dict[str, Any], by: User | None, project: Project) -> Activity:
    """The line of one asset's history for a change of many."""
    asset.project = project
    changes: dict[str, list[str]] = {}
    for name, value in values.items():
        if name != "asked_at":
            changes |= asset.logged(name, getattr(asset, name), value)
    return Activity(
        project=project, actor=by, verb="changed", subject_type=asset._meta.label_lower, subject_id=asset.pk,
        subject_label=asset.name[:200], changes=changes, is_internal=asset.keeps_internal(values),
    )  # fmt: skip


@transaction.atomic
def change_each(
    project: Project, wanted: dict[int, dict[str, Any]], *, label: str, verb: str, by: User | None
) -> Batch:
    """Set different fields of different assets, with one line in the log and a way back."""
    before: list[list[Any]] = []
    log: list[Activity] = []
    keys = sorted(wanted)
    for some in in_groups(keys):
        changes = []
        for asset in project.assets.select_for_update().filter(pk__in=some):
            values = {name: value for name, value in wanted[asset.pk].items() if getattr(asset, name) != value}
            if values:
                before.append([asset.pk, asset.version + 1, {name: stored(getattr(asset, name)) for name in values}])
                changes.append((asset.pk, asset.version, values))
                log.append(_entry(asset, values, by, project))
        write_changes(changes)
    Activity.objects.bulk_create(log, batch_size=500)
    batch = Batch.objects.create(project=project, by=by, label=label[:200], before=before)
    Activity.record(project, f"{verb} {len(before)} assets"[:60], by=by, detail=label[:200])
    publish_facts(project)
    return batch


@transaction.atomic
def undo(batch: Batch, *, by: User) -> list[str]:
    """Restore what the batch changed and remove what it made; returns the names of rows that were edited later."""
    if not Batch.objects.filter(pk=batch.pk, undone_at=None).update(undone_at=timezone.now()):
        return []
    kept = []
    everything = Asset._base_manager.filter(project=batch.project)
    for some in in_groups(batch.before):
        part = [row for row in some if len(row) == 3]
        kept += _undo_accounts(batch, [row[:3] for row in some if len(row) == 4])
        rows = everything.select_for_update().filter(pk__in=[row[0] for row in part])
        there = {pk: (version, name, gone) for pk, version, name, gone in rows.values_list(*_STANDS)}
        changes = []
        for pk, version, values in part:
            now, name, gone = there.get(pk, (0, "", None))
            if now == version:
                changes.append((pk, version, _as_it_was(values)))
            elif name and not gone:
                kept.append(name)
        write_changes(changes)
    Activity.record(batch.project, f"took back: {batch.label}"[:60], by=by)
    publish_facts(batch.project)
    return kept


_STANDS = ("pk", "version", "name", "deleted_at")


def _as_it_was(values: Any) -> dict[str, Any]:
    """What to set so that the row is as before the batch: made by it, deleted by it, or changed."""
    if values is None:
        return {"deleted_at": timezone.now()}
    if values == "deleted":
        return {"deleted_at": None}
    return {name: restored(name, value) for name, value in values.items()}


def _undo_accounts(batch: Batch, before: list[list[Any]]) -> list[str]:
    """The names of the accounts that were changed since, and stay."""
    kept = []
    for pk, version, values in before:
        rows = Account.objects.filter(project=batch.project, pk=pk)
        mine = rows.filter(version=version)
        done = mine.delete()[0] if values is None else mine.update(**values, version=version + 1)
        if not done:
            kept += list(rows.values_list("name", flat=True))
    return kept


def undone_words(kept: list[str]) -> str:
    """What is said after a change was taken back."""
    if not kept:
        return "Taken back."
    return f"Taken back, except {', '.join(kept[:5])}{' and more' if len(kept) > 5 else ''}: edited since."


def sweep_deleted() -> int:
    """Assets deleted longer ago than anybody takes back go for good."""
    old = Asset._base_manager.filter(deleted_at__lt=timezone.now() - timedelta(days=KEPT_DAYS))
    return int(old.delete()[0])


def uses_of(kind: OwnKind) -> int:
    """How many assets of the consultancy's projects are of its kind."""
    return Asset.objects.filter(project__organisation=kind.organisation_id, kind=kind.key).count()
