"""The files for the import: what will be made, making them, downloads, and which are in the target."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.contacts import packing
from apps.contacts.models import ContactFile, FileKind
from apps.contacts.reading_beside import read_beside
from apps.contacts.reading_mail import read_mail
from apps.contacts.reading_packs import read_packs
from apps.contacts.tasks import make_packs
from apps.jobs.models import Job
from apps.projects.access import project_view
from apps.projects.models import Project, Role
from apps.ui.once import acts_once


def _file(project: Project, pk: int) -> ContactFile:
    files = project.contact_files.with_status().filter(kind=FileKind.CONTACTS)
    file: ContactFile = get_object_or_404(files, pk=pk)
    file.project = project  # with what it knows of its consultancy already
    return file


@project_view(Role.CONSULTANT)
@require_safe
def file_packs(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """What will be made with its counts; after that the files, the manifest, and the answers."""
    file = _file(project, pk)
    job = Job.objects.filter(project=project, task=packing.TASK, key=file.job_key).order_by("pk").last()
    run = packing.latest_run(file)
    context = {"project": project, "file": file, "job": job, "packs": read_packs(file, run)}
    context |= {"beside": read_beside(file, request.role, run), "mail": read_mail(file)}
    return render(request, "contacts/packs.html", context)


@project_view(Role.CONSULTANT)
@require_POST
@acts_once
def packs_make(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Start making them; a run before this one is replaced when this one is whole."""
    file = _file(project, pk)
    if file.is_deleted:
        messages.error(request, "The upload was deleted; upload it again to make files of it.")
    else:
        title = f"Import files of {file.label}"[:200]
        Job.start(make_packs, project, by=request.user, title=title, key=file.job_key, contact_file_id=file.pk)
    return redirect("contacts:file-packs", project.slug, file.pk)


@project_view(Role.CONSULTANT)
@require_POST
def pack_tick(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Say that one file is in the target, or looks right there, or take it back."""
    pack = get_object_or_404(project.pack_files.tickable().select_related("project", "file", "run__project"), pk=pk)
    packing.tick(pack, is_imported=request.POST.get("imported") == "yes", by=request.user)
    return redirect(pack.run)
