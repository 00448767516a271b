"""The files for the import: made by the engine in one go, kept together, ticked off one by one."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.contacts.beside import known_of, require_current, require_known
from apps.contacts.models import ContactFile, FileKind, PackFile, PackRun
from apps.contacts.process import Judged, NotJudged, Watch, judged
from apps.contacts.services import call_of
from apps.findings.models import Fact
from apps.projects.models import Activity, Project
from apps.projects.stored import StoredFile
from engine import platforms
from engine.contacts.answer_sheet import answer_sheet, in_order
from engine.contacts.recipe import read_recipe
from engine.findings import Verdict

FACT = "contacts.packs_imported"
TASK = "contacts.make_packs"
_ORDER = ("review", "suppression")


@dataclass(slots=True)
class Packed:
    """What a run made, its files already in the store; `record_packs` makes rows of it."""

    contact_file: ContactFile
    detail: dict[str, Any]
    recipe: dict[str, Any]
    as_of: datetime
    known: dict[str, str] = field(default_factory=dict)
    packs: list[tuple[dict[str, Any], StoredFile]] = field(default_factory=list)
    beside: dict[str, StoredFile] = field(default_factory=dict)
    is_kept: bool = False

    def files(self) -> list[StoredFile]:
        """All that was stored."""
        return [*(file for _, file in self.packs), *self.beside.values()]


@contextmanager
def packing(contact_file: ContactFile, watch: Watch | None = None) -> Iterator[Packed]:
    """Run the engine and put its files into the store; they go again unless `record_packs` kept them.

    Raises NotJudged with a sentence where nothing can be made.
    """
    file = contact_file.file
    with call_of(contact_file) as call:
        require_known(call.others)
        with judged(file.path, *call.arguments, watch=watch) as answer:
            if answer.detail.get("sha256") != file.sha256:
                raise NotJudged("This file cannot be made into files for the import; look at its report.")
            require_current(answer.detail)
            packed = Packed(contact_file, answer.detail, call.recipe, timezone.now())
            packed.known = known_of(call.others, answer.detail)
            try:
                _store(packed, answer)
                yield packed
            finally:
                if not packed.is_kept:
                    _drop(packed.files())


def _drop(files: Iterable[StoredFile]) -> None:
    for file in files:
        file.delete_content()
        file.delete()


def _store(packed: Packed, answer: Judged) -> None:
    file, detail = packed.contact_file.file, answer.detail
    (answer.out / "answers.txt").write_text(_answers(packed), "utf-8")

    def keep(path: Path, name: str) -> StoredFile:
        return StoredFile.keep(
            file.project, path, purpose="pack", name=name, by=packed.contact_file.uploaded_by,
            delete_after=file.delete_after,
        )  # fmt: skip

    rest = sorted((pack for pack in detail["packs"] if pack["purpose"] in _ORDER), key=lambda pack: pack["purpose"])
    for pack in [*in_order(detail["packs"]), *rest]:
        packed.packs.append((dict(pack), keep(answer.out / pack["file"], pack["file"])))
    stem = Path(file.name).stem[:80]
    for role, name in (("manifest", "manifest.json"), ("answers", "answers.txt"), ("rejects", "rejects.csv")):
        packed.beside[role] = keep(answer.out / name, f"{stem}-{name}")


def _answers(packed: Packed) -> str:
    project = packed.contact_file.project
    recipe = read_recipe(packed.recipe)
    return answer_sheet(platforms.load(project.target), packed.detail, recipe, as_of=project.today)


@transaction.atomic
def record_packs(packed: Packed, *, by: User | None) -> PackRun:
    """Keep the run; the one before it goes, with its files."""
    file = ContactFile.objects.select_for_update(of=("self",)).select_related("file").get(pk=packed.contact_file.pk)
    if file.is_deleted:
        raise NotJudged("The file was deleted while its packs were made.")
    older = [stored for run in file.pack_runs.all() for stored in run.stored_files()]
    detail, project = packed.detail, packed.contact_file.project
    run = PackRun.objects.create(
        project=project,
        contact_file=file,
        sha256=file.file.sha256,
        target=project.target,
        records=detail["records"],
        segments=detail["segments"],
        recipe=packed.recipe,
        beside=packed.known,
        as_of=packed.as_of,
        **packed.beside,
    )
    PackFile.objects.bulk_create(
        PackFile(
            project=project, run=run, file=stored, position=position, records=pack["records"],
            consent=pack["consent"], segment=pack["segment"], purpose=pack["purpose"],
        )
        for position, (pack, stored) in enumerate(packed.packs, start=1)
    )  # fmt: skip
    Activity.record(project, "made the import files of", file, by=by, is_internal=not file.client_sees)
    publish_imported(project)
    transaction.on_commit(lambda: [stored.delete_content() for stored in older])
    packed.is_kept = True
    return run


def latest_run(contact_file: ContactFile) -> PackRun | None:
    """The newest run of a file, with what its page shows."""
    return contact_file.pack_runs.select_related("manifest", "answers", "rejects").first()


@transaction.atomic
def tick(pack: PackFile, *, is_imported: bool, by: User) -> None:
    """Say that a file was imported, or take it back; the plan follows."""
    if is_imported:
        pack.mark_imported(by=by)
    else:
        pack.mark_waiting()
    Activity.record(pack.project, "imported" if is_imported else "took back the import of", pack, by=by)
    publish_imported(pack.project)


def publish_imported(project: Project) -> None:
    """Whether every file that was made for the import is in the target."""
    lists = project.contact_files.not_withdrawn().filter(kind=FileKind.CONTACTS)
    newest = [run for file in lists.prefetch_related("pack_runs") if (run := next(iter(file.pack_runs.all()), None))]
    if not newest:
        return
    packs = PackFile.objects.filter(run__in=[run.pk for run in newest]).for_import()
    all_of_them, waiting = packs.count(), packs.waiting().count()
    if not all_of_them:
        verdict, reason = Verdict.CONDITIONS, "No contact of these files may be imported as it is."
    elif waiting:
        verdict, reason = Verdict.NOT_READY, f"{waiting} of {all_of_them} import files are not in the target yet."
    else:
        verdict, reason = Verdict.READY, f"All {all_of_them} import files were imported."
    link = f"{newest[0].contact_file.get_absolute_url()}packs/"
    Fact.publish(project, FACT, verdict, reason, link=link, as_of=timezone.now())
