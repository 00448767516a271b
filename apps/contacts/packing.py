"""The files for the import: made by the engine in one go, kept together, ticked off one by one."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone

from apps.accounts.models import User
from apps.contacts.beside import known_of, require_current, require_known
from apps.contacts.models import ContactFile, FileKind, PackFile, PackFileQuerySet, PackRun, RunKind
from apps.contacts.process import Judged, NotJudged, Watch, judged
from apps.contacts.services import call_of, without_addresses_in
from apps.findings.models import Fact
from apps.projects.models import Activity, Project
from apps.projects.stored import StoredFile
from engine.contacts.answer_sheet import answer_sheet, in_order
from engine.contacts.recipe import read_recipe
from engine.findings import Verdict

FACT, SAMPLE_FACT = "contacts.packs_imported", "contacts.sample_imported"
TASK = "contacts.make_packs"
SAMPLE = 25
_ORDER = ("review", "suppression")


@dataclass(slots=True)
class Packed:
    """What a run made, its files already in the store; `record_packs` makes rows of it."""

    contact_file: ContactFile
    detail: dict[str, Any]
    recipe: dict[str, Any]
    as_of: datetime
    kind: RunKind = RunKind.IMPORT
    older: ContactFile | None = None
    told: dict[str, Any] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    judged_with: dict[str, Any] = field(default_factory=dict)
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
        with judged(file.path, *call.arguments, "--sample", str(SAMPLE), watch=watch) as answer:
            packed = Packed(contact_file, answer.detail, call.recipe, timezone.now())
            packed.judged_with = call.values(answer.detail)
            with stored(packed):
                require_current(answer.detail)
                packed.known = known_of(call.others, answer.detail)
                _store(packed, answer)
                yield packed


@contextmanager
def stored(packed: Packed) -> Iterator[Packed]:
    """For the time in which a run's files are stored and kept: what no row needs goes again."""
    if packed.detail.get("sha256") != packed.contact_file.file.sha256:
        raise NotJudged("This file cannot be made into files for the import; look at its report.")
    try:
        yield packed
    finally:
        if not packed.is_kept:
            for file in packed.files():
                file.delete_content()
                file.delete()


def keep(packed: Packed, path: Path, name: str) -> StoredFile:
    """One file of a run; it goes when the upload goes."""
    file = packed.contact_file.file
    return StoredFile.take_over(
        file.project, path, purpose="pack", name=name, by=packed.contact_file.uploaded_by,
        delete_after=file.delete_after,
    )  # fmt: skip


def _store(packed: Packed, answer: Judged) -> None:
    detail = answer.detail
    (answer.out / "answers.txt").write_text(_answers(packed), "utf-8")
    sample = [detail["sample"]] if detail.get("sample") else []
    rest = sorted((pack for pack in detail["packs"] if pack["purpose"] in _ORDER), key=lambda pack: pack["purpose"])
    for pack in [*sample, *in_order(detail["packs"]), *rest]:
        packed.packs.append((dict(pack), keep(packed, answer.out / pack["file"], pack["file"])))
    shown = ("shows", "tags_left", "words_left")
    packed.told = {"sample": {name: detail["sample"][name] for name in shown}} if sample else {}
    packed.told["refused"] = detail["refused"]
    stem = Path(packed.contact_file.file.name).stem[:80]
    for role, name in (("manifest", "manifest.json"), ("answers", "answers.txt"), ("rejects", "rejects.csv")):
        packed.beside[role] = keep(packed, answer.out / name, f"{stem}-{name}")


def _answers(packed: Packed) -> str:
    project = packed.contact_file.project
    recipe = read_recipe(packed.recipe)
    return answer_sheet(project.catalogue.load(project.target), packed.detail, recipe, as_of=project.today)


@transaction.atomic
def record_packs(packed: Packed, *, by: User | None) -> PackRun:
    """Keep the files for the import; the plan follows."""
    run = record_run(packed)
    file = run.contact_file
    Activity.record(run.project, "made the import files of", file, by=by, is_internal=not file.client_sees)
    publish_imported(run.project)
    packed.is_kept = True
    return run


def record_run(packed: Packed) -> PackRun:
    """Make rows of a run; the one of its kind before it goes, with its files. Part of the caller's transaction."""
    file = ContactFile.objects.select_for_update(of=("self",)).select_related("file").get(pk=packed.contact_file.pk)
    if file.is_deleted:
        raise NotJudged("The file was deleted while its packs were made.")
    older = [stored for run in file.pack_runs.filter(kind=packed.kind) for stored in run.stored_files()]
    detail, project = packed.detail, packed.contact_file.project
    run = PackRun.objects.create(
        project=project,
        contact_file=file,
        kind=packed.kind,
        older=packed.older,
        told=without_addresses_in(packed.told),
        sha256=file.file.sha256,
        target=project.target,
        records=detail["records"],
        segments=detail.get("segments", {}),
        recipe=packed.recipe,
        beside=packed.known,
        judged_with=packed.judged_with,
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
    transaction.on_commit(lambda: [stored.delete_content() for stored in older])
    return run


def latest_run(contact_file: ContactFile, kind: RunKind = RunKind.IMPORT) -> PackRun | None:
    """The newest run of a file, with what its page shows."""
    return contact_file.pack_runs.filter(kind=kind).select_related("manifest", "answers", "rejects", "older").first()


_DONE = {"sample": "looked at", "suppress": "suppressed the people of"}
_TAKEN_BACK = {"sample": "looking at", "suppress": "suppressing the people of"}


@transaction.atomic
def tick(pack: PackFile, *, is_imported: bool, by: User) -> None:
    """Say that a file was imported, or take it back; the plan follows."""
    if is_imported:
        pack.mark_imported(by=by)
        verb = _DONE.get(pack.purpose, "imported")
    else:
        pack.mark_waiting()
        verb = f"took back {_TAKEN_BACK.get(pack.purpose, 'the import of')}"
    Activity.record(pack.project, verb, pack, by=by)
    publish_imported(pack.project)


def newest_runs(project: Project, kind: RunKind = RunKind.IMPORT) -> list[PackRun]:
    """The newest run of this kind of each upload of contacts."""
    runs = PackRun.objects.filter(project=project, kind=kind)
    lists = project.contact_files.not_withdrawn().filter(kind=FileKind.CONTACTS)
    files = lists.prefetch_related(Prefetch("pack_runs", runs.select_related("contact_file")))
    return [run for file in files if (run := next(iter(file.pack_runs.all()), None))]


def publish_imported(project: Project) -> None:
    """Whether the samples were looked at, and every file that was made for the import is in the target."""
    newest = newest_runs(project)
    if not newest:
        return
    files = PackFile.objects.filter(run__in=[run.pk for run in newest])
    link, is_void = f"{newest[0].contact_file.get_absolute_url()}packs/", not for_target(project, newest)
    other = (
        Verdict.UNKNOWN,
        f"The import files were made for another target; make them again for {project.target_name}.",
    )
    for key, (verdict, reason) in {FACT: _imported(files), SAMPLE_FACT: _sampled(files)}.items():
        told = other if is_void else (verdict, reason)
        Fact.publish(project, key, *told, link=link, as_of=timezone.now(), is_void=is_void)


def for_target(project: Project, runs: Iterable[PackRun]) -> bool:
    """Whether all of them were made for the target that the project has now."""
    return all(run.target == project.target for run in runs)


def _imported(files: PackFileQuerySet) -> tuple[Verdict, str]:
    packs = files.demanded()
    all_of_them, waiting = packs.count(), packs.waiting().count()
    if not all_of_them:
        return Verdict.CONDITIONS, "No contact of these files may be imported as it is."
    if waiting:
        told = "The import file is" if all_of_them == 1 else f"{waiting} of {all_of_them} import files are"
        return Verdict.NOT_READY, f"{told} not in the target yet."
    told = "The import file was" if all_of_them == 1 else f"All {all_of_them} import files were"
    return Verdict.READY, f"{told} imported."


def _sampled(files: PackFileQuerySet) -> tuple[Verdict, str]:
    """A sample that nobody looked at says nothing, however many contacts are in the target already."""
    samples = files.samples()
    all_of_them, waiting = samples.count(), samples.filter(imported_at=None).count()
    if not all_of_them:
        return Verdict.CONDITIONS, "No sample was made: make the import files again, if any contact can be imported."
    if waiting:
        told = "The sample was" if all_of_them == 1 else f"{waiting} of {all_of_them} samples were"
        return Verdict.NOT_READY, f"{told} not imported and looked at yet."
    told = "The sample looks" if all_of_them == 1 else f"All {all_of_them} samples look"
    return Verdict.READY, f"{told} right in the target."
