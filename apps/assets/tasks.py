"""A spreadsheet is compared, and written, in the background."""

from django.utils import timezone

from apps.assets import importing
from apps.assets.models import InventoryImport
from apps.jobs.models import Job, JobFailed
from apps.jobs.running import job_task
from apps.projects.models import StaleRow
from engine.spreadsheets import Unreadable

CHANGED_SINCE = "The inventory changed since this preview was made. Look at the new one, then write it."


def _read(job: Job, import_id: int) -> tuple[InventoryImport, importing.Preview]:
    row = job.project.inventory_imports.select_related("file", "project").filter(pk=import_id).first()
    if row is None or row.file.deleted_at:
        raise JobFailed("This file is no longer here. Choose it again.")
    if row.written_at:
        raise JobFailed("This file has been written already.")
    job.progress(0, 1, "Reading the file", at_once=True)
    try:
        return row, importing.preview(job.project, row.file.path)
    except Unreadable as error:
        raise JobFailed(str(error)) from error


@job_task(queue="cpu")
def preview_import(job: Job, import_id: int) -> None:
    """Compare the file with the inventory, and keep what it would change."""
    row, found = _read(job, import_id)
    with job.finishing(f"{found}.", result_url=row.get_absolute_url()):
        importing.keep_preview(row, found)


@job_task(queue="cpu")
def write_import(job: Job, import_id: int, take: list[str]) -> None:
    """Write what was previewed, all or nothing; anything else first becomes a new preview."""
    row, found = _read(job, import_id)
    if found.errors or found.digest != row.digest:
        importing.keep_preview(row, found)
        raise JobFailed(CHANGED_SINCE)
    found.take(take)
    try:
        with job.finishing("Written.", result_url=row.get_absolute_url()):
            row.batch = importing.apply(job.project, found, by=job.created_by, file=row.file.name)
            row.written_at = timezone.now()
            row.save(update_fields=["batch", "written_at"])
    except StaleRow as error:
        raise JobFailed(CHANGED_SINCE) from error
    row.file.delete_content(job.created_by)
