"""The workbench of one contact file: repairs, tags, columns, consent, activity; each decision kept and taken back."""

import csv

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.contacts.deciding import NotDecided, decide, name_addresses
from apps.contacts.facts import publish_facts_now
from apps.contacts.forms import AddressForm
from apps.contacts.forms_workbench import READERS
from apps.contacts.models import ContactFile, FileKind
from apps.contacts.reading_workbench import (
    ROLES,
    SECTIONS,
    TAGS_A_PAGE,
    WORD_CHOICES,
    Workbench,
    previews,
    samples,
    tag_map,
)
from apps.contacts.tasks import start_check
from apps.projects.access import project_view
from apps.projects.models import Project, Role
from apps.ui.once import acts_once
from engine.spreadsheets import guard


def _file(project: Project, pk: int, section: str = "repairs") -> ContactFile:
    if section not in SECTIONS:
        raise Http404("The workbench has no such page.")
    files = project.contact_files.with_status().select_related("project", "latest_check__findings_file")
    return get_object_or_404(files.filter(kind=FileKind.CONTACTS), pk=pk)


@project_view(Role.CONSULTANT)
@require_safe
def workbench(request: HttpRequest, project: Project, pk: int, section: str = "repairs") -> HttpResponse:
    """One section; what still waits is counted on all of them."""
    bench = Workbench(_file(project, pk, section))
    query = request.GET.get("q", "").strip()
    context = {
        "project": project, "file": bench.file, "bench": bench, "section": section, "sections": SECTIONS,
        "roles": ROLES, "word_choices": WORD_CHOICES, "q": query,
        "page": Paginator(bench.tags(query), TAGS_A_PAGE).get_page(request.GET.get("page")),
    }  # fmt: skip
    return render(request, "contacts/workbench.html", context)


@project_view(Role.CONSULTANT)
@require_POST
def workbench_decide(request: HttpRequest, project: Project, pk: int, section: str) -> HttpResponse:
    """Keep what the form says, or say why it cannot be kept; nothing of the upload changes."""
    file = _file(project, pk, section)
    try:
        with transaction.atomic():
            for kind, values in READERS[section](request.POST, Workbench(file)):
                decide(file, kind, values, by=request.user)
            publish_facts_now(project)
    except NotDecided as reason:
        messages.error(request, str(reason))
    return redirect(f"{file.get_absolute_url()}workbench/{section}/")


@project_view(Role.CONSULTANT)
@require_POST
@acts_once
def file_addresses(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Say which column holds the addresses, and check the file by it."""
    file = _file(project, pk)
    form = AddressForm(request.POST, file=file)
    if not form.is_valid() or file.is_deleted:
        messages.error(request, "Nothing was changed: choose one of the columns of this file.")
        return redirect(file)
    try:
        name_addresses(file, form.cleaned_data["column"], by=request.user)
    except NotDecided as reason:
        messages.error(request, str(reason))
    else:
        start_check(file, by=request.user)
    return redirect(file)


@project_view(Role.CONSULTANT)
@require_safe
def workbench_preview(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """A few cells before and after one repair."""
    file = _file(project, pk)
    found = previews(file, request.GET.get("code", ""), request.GET.get("value", ""))
    response = render(request, "contacts/_bench_preview.html", {"found": found})
    response.headers["Cache-Control"] = "no-store"
    return response


@project_view(Role.CONSULTANT)
@require_safe
def workbench_samples(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """The first values of each column."""
    response = render(request, "contacts/_bench_samples.html", {"columns": samples(_file(project, pk))})
    response.headers["Cache-Control"] = "no-store"
    return response


@project_view(Role.CONSULTANT)
@require_safe
def tag_map_download(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Old and new names of the tags as CSV; the form takes the same back."""
    file = _file(project, pk)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="tags-{file.pk}.csv"'
    writer = csv.writer(response)
    writer.writerow(["tag", "new name"])
    writer.writerows([guard(old), guard(new)] for old, new in tag_map(file))
    return response
