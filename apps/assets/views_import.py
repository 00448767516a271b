"""A spreadsheet on its way back: chosen, compared, its columns explained, written."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.assets import importing, tasks
from apps.assets.columns import COLUMNS
from apps.assets.forms import ImportForm
from apps.assets.models import InventoryImport, kinds_of
from apps.assets.plans import NOTE, SKIP
from apps.jobs.models import Job
from apps.projects.access import project_view
from apps.projects.models import Project, Role
from apps.projects.stored import StoredFile

SHOWN = 100
SECTIONS = ("conflicts", "changed", "new", "deleted")


def _row(project: Project, pk: int) -> InventoryImport:
    return get_object_or_404(
        project.inventory_imports.select_related("file", "project", "batch", "by", "marked"), pk=pk
    )


@project_view(Role.CONSULTANT)
def import_new(request: HttpRequest, project: Project) -> HttpResponse:
    """Choose a spreadsheet; nothing is written before its preview has been seen."""
    is_post = request.method == "POST"
    form = ImportForm(request.POST if is_post else None, request.FILES if is_post else None)
    if is_post and form.is_valid():
        file = StoredFile.keep(project, form.cleaned_data["file"], purpose="import", by=request.user)
        row = InventoryImport(project=project, file=file, by=request.user)
        row.save()
        Job.start(tasks.preview_import, project, by=request.user, title=f"Compare {file.name}", import_id=row.pk)
        return redirect(row)
    context = {"project": project, "form": form, "imports": project.inventory_imports.select_related("file", "by")[:20]}
    return render(request, "assets/import_new.html", context, status=422 if form.is_bound else 200)


@project_view(Role.CONSULTANT)
@require_safe
def import_page(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """What the file would change; what it changed."""
    row = _row(project, pk)
    names = (tasks.preview_import.name, tasks.write_import.name)
    jobs = project.jobs.filter(task__in=names, args__import_id=row.pk).select_related("project")
    lines = row.lines.all()
    book = kinds_of(project)
    own = book.headers(book.kinds.values())
    context = {
        "project": project, "row": row, "job": jobs.first(), "shown": SHOWN,
        "errors": lines.filter(what="error")[:SHOWN], "conflicts": lines.filter(conflicts__gt=0)[:SHOWN],
        "changed": lines.filter(what="changed", changes__gt=0)[:SHOWN], "new": lines.filter(what="new")[:SHOWN],
        "deleted": lines.filter(what="deleted")[:SHOWN],
        "writes": any(row.counts.get(name) for name in SECTIONS),
        "unread": [column["title"] for column in row.columns if not column["to"]],
        "asked": [one for one in enumerate(row.columns) if one[1]["to"] in ("", NOTE, SKIP)],
        "known": [one for one in enumerate(row.columns) if one[1]["to"] not in ("", NOTE, SKIP)],
        "headers": [one.header for one in COLUMNS] + own, "kinds": book.choices(), "note": NOTE, "skip": SKIP,
    }  # fmt: skip
    return render(request, "assets/import_page.html", context)


@project_view(Role.CONSULTANT)
@require_POST
def import_columns(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """What the file's columns are; remembered, and compared again."""
    row = _row(project, pk)
    book = kinds_of(project)
    allowed = {one.header for one in COLUMNS} | set(book.headers(book.kinds.values())) | {NOTE, SKIP}
    said = {column["title"]: request.POST.get(f"to-{at}", "") for at, column in enumerate(row.columns)}
    importing.keep_mapping(row, {title: to for title, to in said.items() if to in allowed})
    kind = request.POST.get("default_kind", "")
    row.default_kind = kind if kind in book.kinds else ""
    row.save(update_fields=["columns", "default_kind"])
    Job.start(
        tasks.preview_import, project, by=request.user, title=f"Compare {row.file.name}", import_id=row.pk,
        turn=project.jobs.filter(args__import_id=row.pk).count(),
    )  # fmt: skip
    return redirect(row)


@project_view(Role.CONSULTANT)
@require_POST
def import_write(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Write what the preview says; of the conflicts the chosen ones as in the file."""
    row = _row(project, pk)
    take = [text[:160] for text in request.POST.getlist("take")][:2000]
    Job.start(
        tasks.write_import, project, by=request.user, title=f"Write {row.file.name}", key=f"write-import-{row.pk}",
        import_id=row.pk, take=take, all_of_them=request.POST.get("all") == "yes",
    )  # fmt: skip
    return redirect(row)
