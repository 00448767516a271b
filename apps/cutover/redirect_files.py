"""The list on its way out: counts for the page, and the files."""

import io
import tempfile
import zipfile
from pathlib import Path

from django.db.models import Count, Q
from django.http import Http404, HttpResponse

from apps.cutover.models import WAITS, Checked
from apps.projects.models import Project
from engine.redirects.maps import Redirect as Line
from engine.redirects.writing import FORMS as SERVERS
from engine.redirects.writing import Form
from engine.spreadsheets import write_csv
from engine.spreadsheets.writing import Column, SheetToWrite, write_workbook

COLUMNS = ["Old URL", "New URL", "Status code", "To correct", "New page", "Old address", "Checked", "Note"]
FORMS = [("csv", "CSV"), ("xlsx", "XLSX"), *((form.key, form.title) for form in SERVERS.values())]


def numbers(project: Project) -> dict[str, int]:
    """One query. What is gone on purpose has no new page that could answer."""
    found = project.redirects.aggregate(
        total=Count("pk"),
        faulty=Count("pk", filter=Q(severity__in=("fatal", "error"))),
        gone=Count("pk", filter=Q(is_gone=True)),
        before_ok=Count("pk", filter=Q(before=Checked.OK, is_gone=False)),
        after_ok=Count("pk", filter=Q(after=Checked.OK)),
        waiting=Count("pk", filter=WAITS),
        astray=Count("pk", filter=Q(before=Checked.WRONG) | Q(after=Checked.WRONG)),
        not_cloudflare=Count("pk", filter=Q(is_gone=True) | Q(old__contains="?")),
    )
    return found | {"led": found["total"] - found["gone"]}


def _rows(project: Project) -> list[list[object]]:
    zone = project.zone
    return [
        [
            row.old, row.new, 410 if row.is_gone else 301, row.sentence,
            row.get_before_display(), row.get_after_display(),
            f"{row.after_at.astimezone(zone):%Y-%m-%d %H:%M}" if row.after_at else "", row.note,
        ]
        for row in project.redirects.iterator(2000)
    ]  # fmt: skip


class NothingToWrite(Exception):
    """No line can stand in a file for a server; a sentence."""


def answer(project: Project, form: str) -> HttpResponse:
    """The download. For servers only lines with a target and without an error are written."""
    if form in SERVERS:
        return _for_servers(project, SERVERS[form])
    name = f"{project.slug}-redirects.{form}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        if form == "csv":
            write_csv(path, COLUMNS, _rows(project))
        elif form == "xlsx":
            _workbook(path, project)
        else:
            raise Http404
        return _download(path.read_bytes(), name)


def _for_servers(project: Project, form: Form) -> HttpResponse:
    """One file, or a ZIP where each old host needs its own."""
    right = project.redirects.exclude(severity__in=("fatal", "error"))
    lines = [
        Line(*values) for values in right.values_list("old", "new", "is_gone", "pk")
    ]  # rows would take as long again
    if not lines:
        raise NothingToWrite("Every line has an error or no target. Correct at least one, then take the list out.")
    files = form.files(lines)
    if not any(files.values()):
        raise NothingToWrite(f"{form.title} can hold none of these lines: no ? and no port in an old address, no 410.")
    if len(files) == 1:
        ((name, text),) = files.items()
        return _download(text.encode(), name)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return _download(packed.getvalue(), f"{Path(form.file).stem}.zip")


def _workbook(path: Path, project: Project) -> None:
    widths = [50, 50, 12, 40, 16, 16, 18, 30]
    columns = [Column(title, width) for title, width in zip(COLUMNS, widths, strict=True)]
    write_workbook(path, [SheetToWrite("Redirects", columns, _rows(project))])


def _download(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
