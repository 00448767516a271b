"""The findings of one file: page by page, a few of one rule, and those that were asked for as CSV."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from apps.contacts.forms_findings import FindingsForm
from apps.contacts.models import ContactFile
from apps.contacts.reading_findings import Findings
from apps.projects.access import project_view
from apps.projects.models import Project, Role
from apps.ui.pages import render_page
from engine.contacts.findings_index import NoIndex


def _file(request: HttpRequest, project: Project, pk: int) -> ContactFile:
    """Cells of contacts are open to fewer people than counts are."""
    files = project.contact_files.shown_to(request.role).with_everything()
    file = get_object_or_404(files, pk=pk)
    if not file.shows_cells_to(request.user, request.role):
        raise PermissionDenied
    return file


def _not_stored(response: HttpResponse) -> HttpResponse:
    """No browser and no proxy keeps the cells."""
    response.headers["Cache-Control"] = "no-store"
    return response


@project_view(Role.CLIENT)
@require_safe
def finding_list(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """The findings in the order of the file, those of one rule, severity, column or stretch of lines alone."""
    file = _file(request, project, pk)
    context: dict[str, Any] = {"project": project, "file": file, "check": file.latest_check}
    try:
        findings = Findings(file.latest_check)
    except NoIndex:
        return _not_stored(render(request, "contacts/findings.html", context))
    form = FindingsForm(request.GET, index=findings.index)
    page = findings.page(form.asked, request.GET.get("page"), form.line)
    lines = findings.lines(page.object_list)
    goes_to = form.line if "page" not in request.GET else 0
    marked = next((line for line in lines if goes_to and line.found.line >= goes_to), None)
    context |= {"form": form, "page": page, "lines": lines, "marked": marked, "total": findings.index.size}
    return _not_stored(render_page(request, "contacts/findings.html", "contacts/_findings.html", context))


@project_view(Role.CLIENT)
@require_safe
def finding_rows(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """The first few cells of one rule, for the report."""
    file = _file(request, project, pk)
    code = request.GET.get("code", "")
    try:
        context = {"lines": Findings(file.latest_check).first_of(code)}
    except NoIndex:
        context = {}
    return _not_stored(render(request, "contacts/_finding_rows.html", context))


@project_view(Role.CLIENT)
@require_safe
def finding_download(request: HttpRequest, project: Project, pk: int) -> HttpResponseBase:
    """The findings that were asked for as CSV, guarded against formulas as in the whole list."""
    file = _file(request, project, pk)
    try:
        findings = Findings(file.latest_check)
    except NoIndex:
        return redirect("contacts:finding-list", slug=project.slug, pk=file.pk)
    form = FindingsForm(request.GET, index=findings.index)
    response = StreamingHttpResponse(findings.copied(form.asked), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="findings-{file.pk}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response
