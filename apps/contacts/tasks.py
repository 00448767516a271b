"""Judging, unpacking and comparing contact files in the background."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from celery import shared_task

from apps.accounts.models import User
from apps.contacts import asking, packing, receiving, reconciling, services, topping_up, unpacking
from apps.contacts.models import ContactFile, FileKind, PackRun
from apps.contacts.process import NotJudged, Watch
from apps.jobs.models import Job, JobCancelled, JobFailed, Task
from apps.jobs.running import job_task
from engine.dns.checking import NoNameserver
from engine.dns.mail import NobodyAnswers
from engine.dns.resolver import BadNameserver
from engine.spreadsheets import Unreadable


def _file_of(job: Job, pk: int) -> ContactFile:
    """A file of the job's project; the job ends with words where it is gone."""
    found = job.project.contact_files.with_status().select_related("project").filter(pk=pk).first()
    if found is None:
        raise JobFailed("This file is no longer part of the project.")
    return found


def _watching(job: Job, contact_file: ContactFile, message: str) -> Watch:
    """Begin the bar, and hand out what moves it by the bytes of the file."""
    size = contact_file.file.size
    job.progress(0, size, message, at_once=True)
    return lambda done, total: job.progress(done, total or size)


@job_task(queue="cpu")
def validate_file(job: Job, contact_file_id: int) -> None:
    """Judge one file and keep the verdict, together with "done"."""
    _judge(job, _file_of(job, contact_file_id))


@contextmanager
def _saying(what_is_so: str) -> Iterator[None]:
    """Who cancels reads what is so now; who waits for what cannot be done reads why."""
    try:
        yield
    except JobCancelled:
        raise JobCancelled(f"Cancelled. {what_is_so}") from None
    except NotJudged as reason:
        raise JobFailed(str(reason)) from None


def _judge(job: Job, contact_file: ContactFile) -> None:
    is_so = "The upload stays as it was; check it again at any time."
    if contact_file.latest_check_id:
        is_so = "The upload and its earlier check stay as they were."
    with _saying(is_so), services.judging(contact_file, _watching(job, contact_file, "Reading the file")) as verdict:
        _finish(job, verdict)


def _finish(job: Job, verdict: services.Verdict) -> None:
    """All results and "done" in one transaction; what was stored for nothing is dropped by `judging`."""
    try:
        with job.finishing(services.summary_of(verdict), result_url=verdict.contact_file.get_absolute_url()):
            services.record_check(verdict)
    except BaseException:
        verdict.is_kept = False
        raise


@job_task(queue="cpu")
def unpack_archive(job: Job, contact_file_id: int) -> None:
    """Put the lists of an archive in its place, each with a check; one that cannot be unpacked is judged itself."""
    archive = _file_of(job, contact_file_id)
    job.progress(0, archive.file.size, "Unpacking", at_once=True)
    try:
        with unpacking.members_of(archive, job.progress) as members:
            told = f"{archive.label[:80]}: {members.told}."
            with job.finishing(told, result_url=unpacking.list_url(archive.project)):
                start_checks(unpacking.take_in(members), by=job.created_by, task=validate_file)
    except JobCancelled:
        raise JobCancelled("Cancelled. The archive is kept: unpack it again, or delete it.") from None
    except Unreadable:
        _judge(job, archive)  # its verdict says in a sentence what is wrong with it
    except NotJudged as reason:
        raise JobFailed(str(reason)) from None


def start_check(file: ContactFile, *, by: User | None, task: Task | None = None) -> Job:
    """Judge the file in the background, or unpack it first; a run that is under way is that one.

    An archive that came out of another one is judged, now and later: nothing unpacks itself on and on.
    """
    earlier = services.jobs_of(file.project, [file]).get(file.pk)
    if task is None:
        is_judged = earlier is not None and earlier.task == services.TASK
        task = validate_file if is_judged or not unpacking.is_packed(file) else unpack_archive
    title = f"{'Check' if task is validate_file else 'Unpack'} {file.label}"[:200]
    return Job.start(task, file.project, by=by, title=title, key=file.job_key, contact_file_id=file.pk)


def start_checks(files: Iterable[ContactFile], *, by: User | None, task: Task | None = None) -> None:
    """Addresses to keep out come first, so that the lists checked after them know whom to leave out."""
    for file in sorted(files, key=lambda file: file.kind != FileKind.BLOCKED):
        start_check(file, by=by, task=task)


@job_task(queue="cpu")
def make_packs(job: Job, contact_file_id: int) -> None:
    """Make the files for the import of one upload and keep them, together with "done"."""
    contact_file = _file_of(job, contact_file_id)
    is_so = "No file was made; those of an earlier time stay."
    with _saying(is_so), packing.packing(contact_file, _watching(job, contact_file, "Making the files")) as packed:
        _keep(job, packed)


def _keep(job: Job, packed: packing.Packed) -> None:
    files = sum(pack["purpose"] == "import" and pack["consent"] != "no_consent" for pack, _ in packed.packs)
    words = "1 file" if files == 1 else f"{files} files"
    told = f"{words} for the import, {packed.detail['records']:,} records accounted for."
    _keep_run(job, packed, told, packing.record_packs)


def _keep_run(job: Job, packed: packing.Packed, told: str, record: Callable[..., PackRun]) -> None:
    """All rows and "done" in one transaction; what was stored for nothing is dropped by its context."""
    run = PackRun(kind=packed.kind, project=job.project, contact_file=packed.contact_file)
    try:
        with job.finishing(told, result_url=run.get_absolute_url()):
            record(packed, by=job.created_by)
    except BaseException:
        packed.is_kept = False
        raise


@job_task(queue="cpu")
def compare_import(job: Job, contact_file_id: int) -> None:
    """Compare the target's export with what was imported and keep the outcome, together with "done"."""
    contact_file = _file_of(job, contact_file_id)
    is_so = "Nothing was compared; an earlier comparison stays."
    with _saying(is_so), reconciling.comparing(contact_file, _watching(job, contact_file, "Comparing")) as packed:
        _keep_run(job, packed, reconciling.summary_of(packed), reconciling.record_comparison)


@job_task(queue="cpu")
def make_delta(job: Job, contact_file_id: int, older_id: int) -> None:
    """Tell what changed since an older export of the same list, and keep it together with "done"."""
    contact_file, older = _file_of(job, contact_file_id), _file_of(job, older_id)
    is_so = "Nothing was compared; an earlier comparison stays."
    with (
        _saying(is_so),
        topping_up.topping_up(contact_file, older, _watching(job, contact_file, "Comparing")) as packed,
    ):
        _keep_run(job, packed, topping_up.summary_of(packed), topping_up.record_delta)


@job_task(queue="io")
def ask_mail(job: Job, contact_file_id: int) -> None:
    """Ask the DNS about the mail domains of one list; what was learnt stays, also where it ends early."""
    contact_file = job.project.contact_files.with_everything().filter(pk=contact_file_id).first()
    if contact_file is None or contact_file.is_deleted:
        raise JobFailed("This file is no longer there.")
    learnt = asking.Learnt(contact_file, asking.domains_of(contact_file))
    if not learnt.domains:
        raise JobFailed("No mail domains are known of this file; check it first.")
    job.progress(0, len(learnt.domains), "Asking the name servers", at_once=True)
    try:
        asking.ask(learnt, lambda done, total: job.progress(done, total))
    except JobCancelled:
        asking.record_mail(learnt)
        raise JobCancelled(f"Cancelled. What was learnt of {len(learnt.verdicts):,} domains is kept.") from None
    except (NoNameserver, BadNameserver, NobodyAnswers) as error:
        asking.record_mail(learnt)
        raise JobFailed(str(error)) from error
    url = f"{contact_file.get_absolute_url()}#mail"
    asking.record_mail(learnt, job.finishing(asking.summary_of(learnt), result_url=url))


@shared_task(name="contacts.clean_up", queue="io")
def clean_up() -> None:
    """Uploads that nobody went on with for a day go, with what had arrived. Safe to repeat."""
    receiving.sweep()
