"""Spreadsheets are compared, written and exported in the background."""

from celery import shared_task
from django.utils import timezone

from apps.assets import capturing, exporting, importing, services
from apps.assets.comparing import compare
from apps.assets.lines import Comparison
from apps.assets.models import Batch, InventoryImport
from apps.jobs.models import Job, JobFailed
from apps.jobs.running import job_task
from apps.projects.models import Role, StaleRow
from apps.projects.stored import StoredFile
from engine.spreadsheets import Unreadable

CHANGED_SINCE = "The inventory changed since this preview was made. Look at the new one, then write it."


def _row(job: Job, import_id: int) -> InventoryImport:
    row = job.project.inventory_imports.select_related("file", "project").filter(pk=import_id).first()
    if row is None or row.file.deleted_at:
        raise JobFailed("This file is no longer here. Choose it again.")
    if row.written_at:
        raise JobFailed("This file has been written already.")
    row.project = job.project
    return row


def _compare(job: Job, row: InventoryImport) -> Comparison:
    job.progress(0, 1, "Reading the file", at_once=True)
    try:
        return compare(
            job.project, row.file.path, mapping=importing.mapping_of(row), default_kind=row.default_kind,
            progress=lambda done, total: job.progress(done, total, "Comparing"),
        )  # fmt: skip
    except Unreadable as error:
        raise JobFailed(str(error)) from error


def _marked(row: InventoryImport, found: Comparison) -> StoredFile | None:
    """The file with comments on what could not be taken, if there is anything."""
    if not found.counts["errors"]:
        return None
    path = importing.mark_errors(row.file.path, found.lines())
    try:
        stem = row.file.name.rpartition(".")[0] or row.file.name
        return StoredFile.keep(row.project, path, purpose="import", by=row.by, name=f"{stem} to correct.xlsx")
    finally:
        path.unlink()


@job_task(queue="cpu")
def preview_import(job: Job, import_id: int, turn: int = 0) -> None:
    """Compare the file with the inventory, and keep what it would change."""
    row = _row(job, import_id)
    found = _compare(job, row)
    try:
        marked = _marked(row, found)
        with job.finishing(f"{found}.", result_url=row.get_absolute_url()):
            importing.keep_preview(row, found, marked)
    finally:
        found.close()


@job_task(queue="cpu")
def write_import(job: Job, import_id: int, take: list[str], all_of_them: bool = False) -> None:
    """Write what was previewed, all or nothing; where the inventory has moved on, a new preview comes first."""
    row = _row(job, import_id)
    if not row.summary or row.counts.get("errors"):
        raise JobFailed("Correct the errors in the file and choose it again.")
    job.progress(0, 1, "Writing", at_once=True)
    lines = importing.take(importing.kept_lines(row), frozenset(take), all_of_them=all_of_them)
    try:
        with job.finishing("Written.", result_url=row.get_absolute_url()):
            row.batch = importing.apply(job.project, lines, by=job.created_by, file=row.file.name, counts=row.counts)
            row.written_at = timezone.now()
            row.save(update_fields=["batch", "written_at"])
    except StaleRow as error:
        found = _compare(job, row)
        try:
            importing.keep_preview(row, found)
        finally:
            found.close()
        raise JobFailed(CHANGED_SINCE) from error
    row.file.delete_content(job.created_by)


@job_task(queue="cpu")
def export_all(job: Job, role: int, as_csv: bool = False) -> None:
    """The whole inventory as a file that waits for whoever asked; it goes after a day."""
    job.progress(0, 1, "Writing the file", at_once=True)
    rows = exporting.all_assets(job.project).shown_to(role)
    path = exporting.write(job.project, rows, role=role, as_csv=as_csv)
    try:
        name = f"{job.project.slug}-inventory.{'csv' if as_csv else 'xlsx'}"
        file = StoredFile.keep(
            job.project, path, purpose="export", by=job.created_by, name=name, client_sees=role < Role.CONSULTANT,
            delete_after=timezone.now() + exporting.KEPT,
        )  # fmt: skip
    finally:
        path.unlink()
    with job.finishing(f"{rows.count():,} assets.", result_url=file.get_absolute_url()):
        pass


@job_task(queue="cpu")
def undo_batch(job: Job, batch_id: int) -> None:
    """Take a large change back; what was edited later stays and is named."""
    batch = Batch.objects.select_related("project").filter(project=job.project, pk=batch_id).first()
    if batch is None:
        raise JobFailed("This change is no longer here.")
    batch.project = job.project
    job.progress(0, 1, "Taking it back", at_once=True)
    with job.finishing(result_url=f"{job.project.get_absolute_url()}inventory/"):
        kept = services.undo(batch, by=job.created_by)
    job.say(services.undone_words(kept))


@job_task(queue="io")
def capture_page(job: Job, asset_id: int) -> None:
    """Fetch one page and tick what it holds."""
    asset = job.project.assets.filter(pk=asset_id).exclude(url="").first()
    if asset is None:
        raise JobFailed("This asset has no address any more.")
    asset.project = job.project
    try:
        found = capturing.capture(asset.url, lambda done, total, words: job.progress(done, total, words))
    except capturing.CannotCapture as error:
        raise JobFailed(str(error)) from error
    try:
        with job.finishing(f"{asset.name}: captured."[:300], result_url=asset.get_absolute_url()):
            capturing.keep_capture(asset, found, by=job.created_by)
    finally:
        found.path.unlink(missing_ok=True)


@job_task(queue="io")
def capture_pages(job: Job) -> None:
    """Fetch every page that is to be rebuilt and is not saved, one after the other; each is kept as it comes."""
    assets = list(services.uncaptured(job.project).exclude(url="").order_by("pk"))
    kept, missed = 0, []
    for asset in job.each(assets):
        asset.project = job.project
        try:
            found = capturing.capture(asset.url, lambda done, total, words: job.progress(job.done, job.total))
        except capturing.CannotCapture:
            missed.append(asset.name)
            continue
        try:
            capturing.keep_capture(asset, found, by=job.created_by)
            kept += 1
        finally:
            found.path.unlink(missing_ok=True)
    words = f" {len(missed)} could not be opened: {', '.join(missed[:5])}." if missed else ""
    job.message = f"{kept} pages captured.{words}"[:300]


@job_task(queue="io")
def scan_site(job: Job, scan_id: int, most: int) -> None:
    """List a site's pages; nothing of it is in the inventory before somebody chose it."""
    row = job.project.site_scans.select_related("project").filter(pk=scan_id).first()
    if row is None:
        raise JobFailed("This list is no longer here.")

    def progress(done: int, total: int) -> None:
        job.progress(job.done if done < 0 else done, job.total if total < 0 else total, "Looking for pages")

    site = capturing.scan(row.start, most, progress)
    if not site.pages:
        raise JobFailed(" ".join(site.remarks)[:300] or "No page was found at this address.")
    with job.finishing(f"{len(site.pages):,} pages found.", result_url=row.get_absolute_url()):
        capturing.keep_scan(row, site)


@shared_task(name="assets.clean_up", queue="io")
def clean_up() -> None:
    """Assets that were deleted a month ago go for good. Safe to repeat."""
    services.sweep_deleted()
