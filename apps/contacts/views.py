"""Contact files: the list with its drop zone, one file's report, check again, delete."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.contacts import services
from apps.contacts.forms import AddressForm, ListForm, SettingsForm, UploadForm
from apps.contacts.forms_price import PriceForm
from apps.contacts.how_read import letters_of
from apps.contacts.models import ContactFile, FileKind
from apps.contacts.pricing import set_price
from apps.contacts.reading import FileLine, read_report
from apps.contacts.reading_beside import read_beside
from apps.contacts.reading_mail import read_mail
from apps.contacts.reading_weight import price_of, read_weight
from apps.contacts.tasks import start_check, start_checks
from apps.contacts.unpacking import is_packed, unpacked, unpacked_lately
from apps.contacts.versions import set_list
from apps.projects.access import project_view
from apps.projects.models import Project, Role
from apps.projects.stored import StoredFile
from apps.ui.once import acts_once
from apps.ui.pages import render_page


@project_view(Role.CLIENT)
@require_http_methods(["GET", "HEAD", "POST"])
def contact_list(request: HttpRequest, project: Project) -> HttpResponse:
    """All files with their verdicts, and the place to drop new ones."""
    said = {"kind": request.GET.get("kind", FileKind.CONTACTS)}
    form = UploadForm(request.POST or None, request.FILES or None, project=project, role=request.role, initial=said)
    if request.method == "POST" and form.is_valid():
        return _take_files(request, project, form)
    context = _list_context(request, project) | {"form": form}
    if request.method == "POST":
        return render(request, "contacts/list.html", context, status=422)
    return render_page(request, "contacts/list.html", "contacts/_files.html", context)


def _list_context(request: HttpRequest, project: Project) -> dict[str, Any]:
    files = project.contact_files.shown_to(request.role).with_status().with_versions(request.role)
    page = Paginator(files, 50).get_page(request.GET.get("page"))
    jobs = services.jobs_of(project, page.object_list)
    why = services.fatal_sentences(project, page.object_list)
    lines = [FileLine(file, jobs.get(file.pk), why.get(file.pk, "")) for file in page.object_list]
    return {
        "project": project,
        "page": page,
        "lines": lines,
        "unpacked": [] if request.looks_as_client else unpacked_lately(project, request.user),
        "is_busy": any(line.is_running for line in lines),
        "unfinished": project.contact_uploads.unfinished().begun_by_person(request.user),
        "limit_mb": settings.UPLOAD_LIMIT_MB,
        "most": settings.CONTACTS_LIMIT_MB * 1024 * 1024,
    }


def _take_files(request: HttpRequest, project: Project, form: UploadForm) -> HttpResponse:
    """Write the bytes first, outside the transaction of the form's token; those nobody needed go again."""
    stored: list[StoredFile] = []
    try:
        for upload in form.cleaned_data["files"]:
            stored.append(services.keep_upload(project, upload, by=request.user))
        return _add_files(request, project, form, stored)
    finally:
        services.drop_unused(stored)


@acts_once
def _add_files(request: HttpRequest, project: Project, form: UploadForm, arrived: Iterable[StoredFile]) -> HttpResponse:
    files = [services.add_stored(project, stored, by=request.user, **form.values()) for stored in arrived]
    start_checks(files, by=request.user)
    if len(files) == 1 and not is_packed(files[0]):
        return redirect(files[0])
    messages.success(request, f"{len(files)} files uploaded; they are being checked.")
    return redirect("contacts:contact-list", slug=project.slug)


def _found(request: HttpRequest, project: Project, pk: int) -> ContactFile | None:
    files = project.contact_files.shown_to(request.role).with_status().with_versions(request.role)
    file: ContactFile | None = files.filter(pk=pk).first()
    if file is not None:
        file.project = project  # with what it knows of its consultancy already
    return file


def _file(request: HttpRequest, project: Project, pk: int) -> ContactFile:
    file = _found(request, project, pk)
    if file is None:
        raise Http404("There is no such file.")
    return file


def _in_its_place(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """An archive is gone once it is unpacked: on to its lists. Nothing else that is not here has such a place."""
    job = get_object_or_404(unpacked(project, request.user, request.role), args={"contact_file_id": pk})
    return HttpResponse(headers={"HX-Redirect": job.result_url}) if request.htmx else redirect(job.result_url)


@project_view(Role.CLIENT)
@require_safe
def file_report(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """What the file is, how it was read, what was found; the way there while it is being checked."""
    file = _found(request, project, pk)
    if file is None:
        return _in_its_place(request, project, pk)
    job = services.jobs_of(project, [file]).get(file.pk)
    context = {
        "project": project,
        "file": file,
        "line": FileLine(file, job),
        "job": job,
        "report": read_report(file),
        "beside": read_beside(file, request.role),
        "mail": read_mail(file),
        "is_staff": request.role >= Role.CONSULTANT,
        "is_mine": file.uploaded_by_id == request.user.pk,
        "may_change": _may_check(request, file) and not file.is_deleted,
        "settings_form": SettingsForm(role=request.role, file=file),
        "follows": request.role >= Role.CONSULTANT or (job is not None and job.created_by_id == request.user.pk),
        "versions": _versions(request, project, file),
        "list_form": ListForm(file=file),
        "address_form": AddressForm(file=file),
        "shows_cells": file.shows_cells_to(request.user, request.role) and not file.is_deleted,
    }
    context |= _weight(request, project, file)
    return render_page(request, "contacts/report.html", "contacts/_report.html", context)


def _weight(request: HttpRequest, project: Project, file: ContactFile) -> dict[str, Any]:
    """What the dead weight costs: for the consultants, and for the client where a consultant shows it."""
    check = file.latest_check
    if check is None or file.kind != FileKind.CONTACTS or not check.records or check.is_fatal:
        return {}
    price = price_of(project)
    weight = read_weight(check, price)
    if request.role < Role.CONSULTANT:
        return {"weight": weight} if price and price.client_sees and weight.is_priced else {}
    return {"weight": weight, "price_form": PriceForm.of(price)}


def _versions(request: HttpRequest, project: Project, file: ContactFile) -> list[ContactFile]:
    """All versions of the file's list that this person may see, newest first."""
    shown = project.contact_files.shown_to(request.role).with_status().with_versions(request.role)
    return list(shown.of_list(file))


@project_view(Role.CONSULTANT)
@require_POST
def file_version(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Say which list a file is a version of, where its name did not tell."""
    file = _file(request, project, pk)
    form = ListForm(request.POST, file=file)
    if form.is_valid():
        set_list(file, form.cleaned_data["same_list"], by=request.user)
        messages.success(request, "The versions of this list are kept.")
    else:
        messages.error(request, "Nothing was changed: choose one of the lists of this project.")
    return redirect(file)


@project_view(Role.CLIENT)
@require_POST
@acts_once
def file_check(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Check a file again: the platform's limits, the target or the day may have changed."""
    file = _file(request, project, pk)
    if not _may_check(request, file):
        raise PermissionDenied
    if file.is_deleted:
        messages.error(request, "The file was deleted; upload it again to check it.")
    else:
        start_check(file, by=request.user)
    return redirect(file)


def _may_check(request: HttpRequest, file: ContactFile) -> bool:
    return file.shows_cells_to(request.user, request.role)


@project_view(Role.CLIENT)
@require_POST
@acts_once
def file_settings(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Say what the file holds and how it is read after all, and check it as that."""
    file = _file(request, project, pk)
    form = SettingsForm(request.POST, role=request.role, file=file)
    if not _may_check(request, file) or file.is_deleted:
        raise PermissionDenied
    if not form.is_valid():
        messages.error(request, " ".join(error for row in form.errors_in_order for error in row["errors"]))
        return redirect(file)
    services.change_settings(file, form.values(), by=request.user)
    start_check(file, by=request.user)
    return redirect(file)


@project_view(Role.CLIENT)
@require_safe
def file_letters(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """A few cells with letters above ASCII, as they read with what the form says just now."""
    file = _file(request, project, pk)
    if not _may_check(request, file):
        raise PermissionDenied
    form = SettingsForm(request.GET, role=request.role, file=file)
    form.is_valid()  # half a form is sent
    context = {"letters": letters_of(file, form.values()), "project": project}
    response = render(request, "contacts/_letters.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@project_view(Role.CONSULTANT)
@require_POST
@acts_once
def file_price(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Keep what the target asks for contacts; it holds for every list of the project."""
    file, form = _file(request, project, pk), PriceForm(request.POST)
    if form.is_valid():
        set_price(project, by=request.user, **form.cleaned_data)
        messages.success(request, "The price is kept for every list of this project.")
    else:
        sentences = (error for row in form.errors_in_order for error in row["errors"])
        messages.error(request, f"Nothing was changed: {' '.join(sentences)}")
    return redirect(f"{file.get_absolute_url()}#weight")


@project_view(Role.CONSULTANT)
@require_POST
def file_delete(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Delete the bytes now, after the file's name was typed; the receipt stays."""
    file = _file(request, project, pk)
    if request.POST.get("confirm_name", "").strip() != file.label:
        messages.error(request, "Nothing was deleted: the name that was typed is not the file's name.")
        return redirect(file)
    services.delete_file(file, by=request.user)
    messages.success(request, f"{file.label} was deleted. Its counts and the receipt stay.")
    return redirect("contacts:contact-list", slug=project.slug)
