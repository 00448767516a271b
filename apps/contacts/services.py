"""Verbs over contact files: take one in, judge it, keep the verdict, delete it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from dataclasses import field as made_by
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from apps.accounts.models import User
from apps.contacts.asking import dead_domains
from apps.contacts.beside import OtherList, as_told, kept_out_domains, known_of, others_of
from apps.contacts.deciding import decisions_about, digest_of_recipe, recipe_of
from apps.contacts.facts import publish_facts
from apps.contacts.how_read import kept_for_next, options_of
from apps.contacts.judged_with import values_of
from apps.contacts.models import ContactFile, ContactFinding, FileCheck, FileKind, ResultList, without_addresses
from apps.contacts.process import Judged, NotJudged, Watch, judged
from apps.contacts.versions import earlier_version
from apps.jobs.models import Job
from apps.projects.models import Activity, Project
from apps.projects.platform_values import Catalogue
from apps.projects.stored import WORKING, StoredFile
from engine.contacts.members import kind_of_member
from engine.findings import Finding, Place, Severity

TASK = "contacts.validate_file"
UNPACK = "contacts.unpack_archive"
HEADERS_KEPT, HEADER_CUT = 300, 120
SHOWN = ("fatal", "error", "warning")
RESULTS = {"findings_file": "findings.csv", "index_file": "findings.idx", "rejects_file": "rejects.csv"}
READ_BY_US = {"index_file", "keys_file", "domains_file"}
RESULTS |= {"keys_file": "keys.bin", "domains_file": "domains.csv"}


def keep_upload(project: Project, source: UploadedFile | Path, *, by: User | None, name: str = "") -> StoredFile:
    """Write the bytes into the store; outside any transaction, because big files take their time."""
    fields = {"name": name} if name else {}
    return StoredFile.keep(project, source, purpose="contacts", by=by, **fields)


def drop_unused(files: Iterable[StoredFile]) -> None:
    """Take away uploads that became no contact file: the form was sent twice, or something failed."""
    for file in StoredFile.objects.filter(pk__in=[file.pk for file in files], contact_file=None):
        file.delete_content()
        file.delete()


@transaction.atomic
def add_stored(
    project: Project, stored: StoredFile, *, by: User | None, kind: str = FileKind.CONTACTS, source: str = "",
    client_sees: bool = False, is_told: bool = True,
) -> ContactFile:  # fmt: skip
    """Make a contact file of stored bytes. A list of people who left, as its name says, is one to keep out."""
    label = without_addresses(stored.name)[:160]
    kind = kind_of_member(stored.name, kind)
    first = earlier_version(project, name=label, kind=kind, source=source)
    chosen = {"source": source} if source else {}
    contact_file = ContactFile.objects.create(
        project=project,
        file=stored,
        kind=kind,
        label=label,
        version_of=first,
        uploaded_by=by,
        client_sees=client_sees,
        **kept_for_next(first, stored.path) | chosen,
    )
    if is_told:
        Activity.record(project, "uploaded the contact file", contact_file, by=by, is_internal=not client_sees)
    return contact_file


def add_file(
    project: Project,
    path: UploadedFile | Path,
    *,
    by: User | None,
    kind: str = FileKind.CONTACTS,
    source: str = "",
    client_sees: bool = False,
) -> ContactFile:
    """Store a file and make it a contact file; nothing is judged yet."""
    stored = keep_upload(project, path, by=by)
    try:
        return add_stored(project, stored, by=by, kind=kind, source=source, client_sees=client_sees)
    finally:
        drop_unused([stored])


@dataclass(slots=True)
class Verdict:
    """What a run found, its files already in the store; `record_check` makes rows of it."""

    contact_file: ContactFile
    detail: dict[str, Any]
    target: str
    as_of: datetime
    files: dict[str, StoredFile]
    recipe: dict[str, Any] = made_by(default_factory=dict)
    beside: dict[str, str] = made_by(default_factory=dict)
    judged_with: dict[str, Any] = made_by(default_factory=dict)
    lists: list[ResultList] = made_by(default_factory=list)
    is_kept: bool = False

    @property
    def stored(self) -> list[StoredFile]:
        return [*self.files.values(), *(made.file for made in self.lists)]


@dataclass(slots=True)
class Call:
    """How the engine is called for a file, and what it is told of decisions and other lists."""

    arguments: list[str]
    recipe: dict[str, Any]
    others: list[OtherList]
    catalogue: Catalogue
    target: str
    is_target: bool = False  # the target's own export: nobody decides about it

    def values(self, detail: Mapping[str, Any]) -> dict[str, Any]:
        """What the engine went by, kept with what it answered."""
        return values_of(self.catalogue, self.target, str(detail.get("source", "")))


@contextmanager
def answered(contact_file: ContactFile, *options: str, watch: Watch | None = None) -> Iterator[tuple[Call, Judged]]:
    """A call with the engine's answer, under the decisions about the source that was recognised.

    Of a file that was never checked that is known behind the first answer only; where other decisions hold, it is
    asked again.
    """
    with call_of(contact_file) as call, judged(contact_file.file.path, *call.arguments, *options, watch=watch) as first:
        recognised = str(first.detail.get("source", ""))
        if call.is_target or recipe_of(decisions_about(contact_file, recognised)) == call.recipe:
            yield call, first
            return
    with (
        call_of(contact_file, recognised) as call,
        judged(contact_file.file.path, *call.arguments, *options, watch=watch) as again,
    ):
        yield call, again


@contextmanager
def call_of(contact_file: ContactFile, recognised: str = "") -> Iterator[Call]:
    """The call; what it names stands in temporary files until the context ends."""
    file, project = contact_file.file, contact_file.project
    if file.deleted_at is not None or not file.path.is_file():
        raise NotJudged("This file was deleted, so it cannot be checked; upload it again.")
    arguments = ["--target", project.target, "--as-of", project.today.isoformat()]
    arguments += ["--client", slugify(project.client)[:40], f"--name={without_addresses(file.name)}"]
    is_target = contact_file.kind == FileKind.TARGET
    kind = FileKind.CONTACTS.value if is_target else contact_file.kind
    arguments += ["--kind", kind, "--active-days", str(contact_file.active_days)]
    arguments += ["--switch", project.go_live_day.isoformat()]
    source = project.target if is_target else contact_file.source
    arguments += ["--source", source] if source else []
    arguments += options_of(contact_file)
    recipe = {} if is_target else recipe_of(decisions_about(contact_file, recognised))
    call = Call(arguments, recipe, [], Catalogue(project.organisation), project.target, is_target)
    if contact_file.kind == FileKind.CONTACTS:
        call.others = others_of(contact_file)
    beside = as_told(contact_file, call.others)
    told = {
        "--own-values": json.dumps(own) if (own := call.catalogue.told()) else "",
        "--recipe": json.dumps(call.recipe) if call.recipe else "",
        "--beside": json.dumps(beside) if beside else "",
    }
    if contact_file.kind == FileKind.CONTACTS:
        told["--no-mail"] = "\n".join(sorted(dead_domains(contact_file)))
        told["--keep-out"] = "\n".join(kept_out_domains(call.others))
    with ExitStack() as kept:
        for option, text in told.items():
            if text:
                arguments += [option, kept.enter_context(_written(text))]
        yield call


@contextmanager
def _written(text: str) -> Iterator[str]:
    with NamedTemporaryFile("w", encoding="utf-8", suffix=".json", dir=settings.FILE_UPLOAD_TEMP_DIR) as file:
        file.write(text)
        file.flush()
        yield file.name


@contextmanager
def judging(contact_file: ContactFile, watch: Watch | None = None) -> Iterator[Verdict]:
    """Run the engine and put its files into the store; they go again unless `record_check` kept them.

    Raises NotJudged with a sentence where there is no verdict.
    """
    file, project, as_of = contact_file.file, contact_file.project, timezone.now()
    options = ("--no-packs", "--index", "--with-keys")
    with answered(contact_file, *options, watch=watch) as (call, answer):
        if answer.detail.get("sha256") not in ("", file.sha256):
            raise NotJudged("The stored file is not the one that was uploaded; upload it again.")
        verdict = Verdict(contact_file, answer.detail, project.target, as_of, {}, call.recipe)
        verdict.beside = known_of(call.others, answer.detail)
        verdict.judged_with = call.values(answer.detail)
        try:
            _store_results(verdict, answer)
            yield verdict
        finally:
            if not verdict.is_kept:
                _drop(verdict.stored)


def _store_results(verdict: Verdict, answer: Judged) -> None:
    """They belong to whoever uploaded the file, and go when it goes."""
    file = verdict.contact_file.file
    stem = Path(file.name).stem[:80]
    for field, name in RESULTS.items():
        path = answer.out / name
        if path.is_file():
            verdict.files[field] = StoredFile.take_over(
                file.project,
                path,
                purpose=WORKING if field in READ_BY_US else "contacts",
                by=verdict.contact_file.uploaded_by,
                name=f"{stem}-{name}",
                delete_after=file.delete_after,
            )
    for made in answer.detail.get("results", {}).get("files", []):
        stored = StoredFile.take_over(
            file.project,
            answer.out / made["file"],
            purpose="contacts",
            by=verdict.contact_file.uploaded_by,
            name=f"{stem}-{made['file']}",
            delete_after=file.delete_after,
        )
        verdict.lists.append(ResultList(file=stored, title=made["title"][:120], records=made["records"]))


def _drop(files: Iterable[StoredFile]) -> None:
    for file in files:
        file.delete_content()
        file.delete()


@transaction.atomic
def record_check(verdict: Verdict) -> FileCheck:
    """Keep a verdict beside the older ones, publish what it says about the project, and let it speak for the file."""
    file = ContactFile.objects.select_for_update(of=("self",)).select_related("file").get(pk=verdict.contact_file.pk)
    if file.is_deleted:
        raise NotJudged("The file was deleted while it was checked.")
    detail = verdict.detail
    check = FileCheck.objects.create(
        project=file.project,
        contact_file=file,
        sha256=file.file.sha256,
        target=verdict.target,
        report=kept_report(detail),
        has_errors=bool(detail["has_errors"]),
        worst=_worst(detail),
        as_of=verdict.as_of,
        recipe_sha256=digest_of_recipe(verdict.recipe),
        beside=verdict.beside,
        judged_with=verdict.judged_with,
        **verdict.files,
    )
    for made in verdict.lists:
        made.project, made.file_check = file.project, check
    ResultList.objects.bulk_create(verdict.lists)
    ContactFinding.store(_samples(detail), project=file.project, with_values=False, file_check=check)
    older = [stored for other in file.checks.exclude(pk=check.pk) for stored in other.stored_files()]
    ContactFile.objects.filter(pk=file.pk).update(latest_check=check)
    publish_facts(file.project, as_of=timezone.now())  # of all files: newer than what was decided meanwhile
    transaction.on_commit(lambda: _forget(older))
    verdict.is_kept = True
    return check


def _forget(files: Iterable[StoredFile]) -> None:
    for file in files:
        file.delete_content()


def judge_now(contact_file: ContactFile, watch: Watch | None = None) -> FileCheck:
    """Judge a file here and now, without a worker."""
    with judging(contact_file, watch) as verdict:
        try:
            return record_check(verdict)
        except BaseException:
            verdict.is_kept = False
            raise


def kept_report(detail: dict[str, Any]) -> dict[str, Any]:
    """The report as the database holds it: without samples (rows of their own), packs and anything like an address."""
    left_out = {"samples", "packs", "file", "has_errors", "sha256"}
    report = {key: without_addresses_in(value) for key, value in detail.items() if key not in left_out}
    header = [name[:HEADER_CUT] for name in report.get("header", [])]
    return report | {"header": header[:HEADERS_KEPT]}


def without_addresses_in(value: Any) -> Any:
    """The same plain data with no address in any text of it, and no NUL, which PostgreSQL does not take."""
    if isinstance(value, dict):
        return {without_addresses_in(key): without_addresses_in(one) for key, one in value.items()}
    if isinstance(value, list):
        return [without_addresses_in(one) for one in value]
    return without_addresses(value.replace("\x00", "")) if isinstance(value, str) else value


def _samples(detail: dict[str, Any]) -> Iterator[Finding]:
    for code, kept in detail["samples"].items():
        for sample in kept:
            place = Place(sample["line"], sample["record"], without_addresses(sample["column"]))
            message = without_addresses(sample["message"])
            yield Finding(Severity(detail["severities"][code]), code, message, place)


def _worst(detail: dict[str, Any]) -> str:
    found = {Severity(severity) for severity in detail["severities"].values()}
    return min(found, key=lambda severity: severity.rank).value if found else ""


def _words(severity: str, count: int) -> str:
    if severity == "fatal":
        return "reason why it cannot be used" if count == 1 else "reasons why it cannot be used"
    return severity if count == 1 else f"{severity}s"


def summary_of(verdict: Verdict) -> str:
    """One sentence for the job: how much was read and what was found, or why nothing could be."""
    if sentence := next((found.message for found in _samples(verdict.detail) if found.severity is Severity.FATAL), ""):
        return sentence
    counts, severities = verdict.detail["counts"], verdict.detail["severities"]
    told = {name: sum(counts[code] for code, found in severities.items() if found == name) for name in SHOWN}
    found = [f"{count:,} {_words(name, count)}" for name, count in told.items() if count]
    return f"{verdict.detail['records']:,} records read; {', '.join(found) or 'nothing to put right'}."


def jobs_of(project: Project, files: Iterable[ContactFile]) -> dict[int, Job]:
    """The newest job of each file that judges or unpacks it, by the file's number."""
    numbers = {file.job_key: file.pk for file in files}
    jobs = Job.objects.filter(project=project, task__in=(TASK, UNPACK), key__in=numbers).order_by("pk")
    return {numbers[job.key]: job for job in jobs}


def fatal_sentences(project: Project, files: Iterable[ContactFile]) -> dict[int, str]:
    """Why those that cannot be used cannot be used, by the file's number: the first sentence of each."""
    checks = {file.latest_check_id: file.pk for file in files if file.latest_check and file.latest_check.is_fatal}
    found = ContactFinding.objects.filter(project=project, file_check__in=checks, severity=Severity.FATAL.value)
    return {checks[check]: message for check, message in found.order_by("-pk").values_list("file_check", "message")}


def change_settings(contact_file: ContactFile, values: Mapping[str, Any], *, by: User) -> None:
    """Say anew what a file holds and how it is read; the next check judges it so. The bytes stay as they are."""
    changes = {name: value for name, value in values.items() if name != "source"}
    contact_file.change(by, **changes)
    source, before = values.get("source", contact_file.source), contact_file.source
    if source != before:  # `change` means something else by this name
        ContactFile.objects.filter(pk=contact_file.pk).update(source=source)
        told = contact_file.logged("source", before, source)
        Activity.record(contact_file.project, "changed", contact_file, by=by, changes=told, is_internal=True)
        contact_file.source = source


def forget_file(contact_file: ContactFile) -> None:
    """Take the row away with all that was stored for it, once the transaction is through: others took its place."""
    written = [contact_file.file, *(one for check in contact_file.checks.all() for one in check.stored_files())]
    contact_file.delete()
    transaction.on_commit(lambda: _drop(written))


def delete_file(contact_file: ContactFile, *, by: User) -> None:
    """Take away the upload and everything written from it; the report's counts and the receipt stay."""
    for job in Job.objects.active().filter(project=contact_file.project, key=contact_file.job_key):
        job.cancel()
    contact_file.file.delete_content(by)
    with transaction.atomic():
        # Behind this lock no check of the file is being recorded: one that comes later sees that the file is gone.
        locked = ContactFile.objects.select_for_update(of=("self",)).select_related("project").get(pk=contact_file.pk)
        checks = locked.checks.select_related(*RESULTS).prefetch_related("lists__file")
        written = [stored for check in checks for stored in check.stored_files()]
        written += [one.list_file for one in locked.mail_checks.select_related("list_file") if one.list_file]
        written += [stored for run in contact_file.pack_runs.all() for stored in run.stored_files()]
        hidden = not locked.client_sees
        Activity.record(locked.project, "deleted the contact file", locked, by=by, is_internal=hidden)
        publish_facts(locked.project, as_of=timezone.now())
    for stored in written:
        stored.delete_content(by)
