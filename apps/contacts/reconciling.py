"""After the import: the target's own export compared with the files that were ticked as imported."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.contacts.deciding import decisions_about, recipe_of
from apps.contacts.facts import publish_facts_now
from apps.contacts.how_read import reading_of
from apps.contacts.models import ContactFile, PackFile, PackRun, RunKind
from apps.contacts.packing import Packed, for_target, keep, newest_runs, publish_imported, record_run, stored
from apps.contacts.process import NotJudged, Watch, judged
from apps.contacts.services import call_of
from apps.findings.models import Fact
from apps.projects.models import Activity, Project
from engine.findings import Verdict

FACT = "contacts.reconciled"
TASK = "contacts.compare_import"
_KEPT_OUT = ("suppression", "suppress")


def sent_files(project: Project) -> list[PackFile]:
    """What was imported, and who is to be kept out: of the newest import files, and of what was topped up later."""
    packs = PackFile.objects.filter(
        run__in=[*newest_runs(project), *newest_runs(project, RunKind.DELTA)]
    ).select_related("file", "run__contact_file__file")
    imported = packs.for_import().exclude(imported_at=None)
    return [*imported, *packs.filter(purpose__in=_KEPT_OUT)]


def why_not(project: Project) -> str:
    """Why nothing can be compared yet, as a sentence; "" where it can."""
    imported = [pack for pack in sent_files(project) if pack.purpose == "import"]
    if not imported:
        return "No import file is ticked as imported yet; tick those that are in the target, then compare."
    if all(pack.file.deleted_at for pack in imported):
        return "The import files were deleted when their keep time was over; upload the list again and make them anew."
    return ""


@contextmanager
def comparing(contact_file: ContactFile, watch: Watch | None = None) -> Iterator[Packed]:
    """Run the engine over the target's export and store its files; they go again unless `record_comparison` kept them.

    Raises NotJudged with a sentence where nothing can be compared.
    """
    project = contact_file.project
    if sentence := why_not(project):
        raise NotJudged(sentence)
    files = sent_files(project)
    present = [pack for pack in files if pack.file.deleted_at is None]
    with (
        call_of(contact_file) as call,
        _plan(present) as plan,
        judged(contact_file.file.path, *call.arguments, "--reconcile", plan, watch=watch) as answer,
        stored(Packed(contact_file, answer.detail, {}, timezone.now(), RunKind.COMPARISON)) as packed,
    ):
        packed.told = answer.detail["comparison"] | {
            "deleted": len(files) - len(present),
            "waiting": PackFile.objects.filter(run__in=newest_runs(project)).waiting().count(),
        }
        for made in answer.detail["made"]:
            packed.packs.append((dict(made), keep(packed, answer.out / made["file"], made["file"])))
        packed.beside["manifest"] = keep(packed, answer.out / "manifest.json", f"{_stem(contact_file)}-comparison.json")
        yield packed


def _stem(contact_file: ContactFile) -> str:
    return Path(contact_file.file.name).stem[:80]


@contextmanager
def _plan(packs: list[PackFile]) -> Iterator[str]:
    """Where the sent files and their originals are, for the engine."""
    originals = {pack.run.contact_file for pack in packs if pack.run.contact_file.file.deleted_at is None}
    plan: dict[str, Any] = {
        "packs": [
            {"path": str(pack.file.path), "file": pack.file.name, "consent": pack.consent}
            | {"segment": pack.segment, "purpose": pack.purpose}
            for pack in packs
        ],
        "originals": [
            {"path": str(file.file.path), "label": file.label, "recipe": recipe_of(decisions_about(file))}
            | reading_of(file)
            for file in sorted(originals, key=lambda file: file.pk)
        ],
    }
    with NamedTemporaryFile("w", encoding="utf-8", suffix=".json", dir=settings.FILE_UPLOAD_TEMP_DIR) as kept:
        json.dump(plan, kept)
        kept.flush()
        yield kept.name


@transaction.atomic
def record_comparison(packed: Packed, *, by: User | None) -> PackRun:
    """Keep the outcome; the plan follows."""
    run = record_run(packed)
    verdict, reason = verdict_of(run)
    Activity.record(run.project, "compared the import with", run.contact_file, by=by)
    Fact.publish(run.project, FACT, verdict, reason, link=run.get_absolute_url(), as_of=run.as_of)
    packed.is_kept = True
    return run


def follow_target(project: Project) -> None:
    """The project has another target: what was known of files, import and comparison was known about the old one.

    Where it goes back to an earlier one, what is still there about that speaks again.
    """
    publish_facts_now(project)
    publish_imported(project)
    runs = PackRun.objects.filter(project=project, kind=RunKind.COMPARISON).select_related("contact_file__project")
    if run := runs.first():
        is_void = not for_target(project, [run])
        other = f"The import was compared with another target; compare it again with {project.target_name}."
        told = (Verdict.UNKNOWN, other) if is_void else verdict_of(run)
        link, as_of = run.get_absolute_url(), timezone.now() if is_void else run.as_of
        Fact.publish(project, FACT, *told, link=link, as_of=as_of, is_anew=True, is_void=is_void)


def verdict_of(run: PackRun) -> tuple[Verdict, str]:
    """The engine's verdict; files that were not compared keep it from being ready."""
    told = run.told
    verdict, reasons = Verdict(told["verdict"]), [*told["reasons"], *conditions(told)]
    if verdict is Verdict.READY and len(reasons) > 1:
        verdict = Verdict.CONDITIONS
    return verdict, " ".join(reasons)


def conditions(told: dict[str, Any]) -> Iterator[str]:
    """What the comparison could not see."""
    if told.get("waiting"):
        waiting = told["waiting"]
        files = (
            "1 import file is not ticked as imported and was"
            if waiting == 1
            else (f"{waiting} import files are not ticked as imported and were")
        )
        yield f"{files} not compared."
    if told.get("deleted"):
        yield f"{told['deleted']} files were deleted when their keep time was over and were not compared."


def summary_of(packed: Packed) -> str:
    """One sentence for the job."""
    told = packed.told
    return f"{told['found']:,} of {told['expected']:,} people found; {told['intruders']:,} who must not be there."
