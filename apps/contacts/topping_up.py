"""What changed since an older export of the same list: small files that bring the target up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.contacts.how_read import options_of
from apps.contacts.models import ContactFile, ContactFileQuerySet, FileKind, PackRun, RunKind
from apps.contacts.packing import Packed, keep, record_run, stored
from apps.contacts.process import NotJudged, Watch
from apps.contacts.services import answered
from apps.projects.models import Activity
from engine.contacts.answer_sheet import in_order

TASK = "contacts.make_delta"
_SERIES = ("newly_suppressed", "new_suppressed", "new", "changed", "allowed_again", "gone")


def older_versions(contact_file: ContactFile) -> ContactFileQuerySet:
    """What a file can be compared with, newest first: earlier versions of its list that are still there."""
    versions = contact_file.project.contact_files.of_list(contact_file).filter(pk__lt=contact_file.pk)
    return versions.filter(kind=FileKind.CONTACTS, file__deleted_at=None).select_related("file")


@contextmanager
def topping_up(contact_file: ContactFile, older: ContactFile, watch: Watch | None = None) -> Iterator[Packed]:
    """Run the engine over both exports and store its files; they go again unless `record_delta` kept them.

    Raises NotJudged with a sentence where nothing can be compared.
    """
    if older.is_deleted or not older.file.path.is_file():
        raise NotJudged("The older version was deleted; choose another one, or upload it again.")
    with (
        answered(contact_file, *_since(older), watch=watch) as (call, answer),
        stored(Packed(contact_file, answer.detail, call.recipe, timezone.now(), RunKind.DELTA, older)) as packed,
    ):
        packed.judged_with = call.values(answer.detail)
        packed.told = _told(answer.detail, contact_file, older)
        for made in _in_order(answer.detail["made"]):
            stored_file = keep(packed, answer.out / made["file"], made["file"])
            packed.packs.append((made | {"segment": _segment(made)}, stored_file))
        stem = Path(contact_file.file.name).stem[:80]
        packed.beside["manifest"] = keep(packed, answer.out / "manifest.json", f"{stem}-changes.json")
        yield packed


def _since(older: ContactFile) -> list[str]:
    return ["--since", str(older.file.path), *options_of(older, prefix="--since-")]


def _told(detail: dict[str, Any], newer: ContactFile, older: ContactFile) -> dict[str, Any]:
    told: dict[str, Any] = detail["delta"]
    if told["older"]["sha256"] != older.file.sha256:
        raise NotJudged("The stored older version is not the one that was uploaded; upload it again.")
    for side, file in (("newer", newer), ("older", older)):
        if not told[side]["persons"]:
            raise NotJudged(f"No usable e-mail address was found in {file.label}; look at its report.")
        told[side]["file"] = file.label
    return told


def _in_order(made: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Who must be kept out first; among the import files of a series documented consent and the active first."""
    for series in _SERIES:
        mine = [one for one in made if one["series"] == series]
        yield from (dict(one) for one in in_order(mine))
        yield from (one for one in mine if one["purpose"] != "import")


def _segment(made: dict[str, Any]) -> str:
    """new:engaged-60; the others are named by what became of their people."""
    return made["segment"] if made["segment"] == made["series"] else f"{made['series']}:{made['segment']}"[:40]


@transaction.atomic
def record_delta(packed: Packed, *, by: User | None) -> PackRun:
    """Keep the run; the one before it goes, with its files."""
    run = record_run(packed)
    verb = "compared with an older version the contact file"
    Activity.record(run.project, verb, run.contact_file, by=by, is_internal=not run.contact_file.client_sees)
    packed.is_kept = True
    return run


def summary_of(packed: Packed) -> str:
    """One sentence for the job."""
    counts = packed.told["counts"]
    return (
        f"{counts['newly_suppressed']:,} newly to be kept out, {counts['new']:,} new, "
        f"{counts['changed']:,} changed, {counts['gone']:,} gone."
    )
