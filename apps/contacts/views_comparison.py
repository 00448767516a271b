"""What arrived against what was sent: the outcome, its files, and some people side by side."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.contacts import reconciling
from apps.contacts.models import ContactFile, FileKind, RunKind
from apps.contacts.packing import latest_run
from apps.contacts.reading_comparison import read_comparison, read_people
from apps.contacts.tasks import compare_import
from apps.jobs.models import Job
from apps.projects.access import project_view
from apps.projects.models import Project, Role
from apps.ui.once import acts_once


def _file(project: Project, pk: int) -> ContactFile:
    files = project.contact_files.with_status().filter(kind=FileKind.TARGET)
    file: ContactFile = get_object_or_404(files, pk=pk)
    file.project = project  # with what it knows of its consultancy already
    return file


@project_view(Role.CONSULTANT)
@require_safe
def file_comparison(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """The newest outcome; the people are read from their file only when they are asked for."""
    file = _file(project, pk)
    job = Job.objects.filter(project=project, task=reconciling.TASK, key=file.job_key).order_by("pk").last()
    outcome = read_comparison(latest_run(file, RunKind.COMPARISON))
    wanted = outcome is not None and "people" in request.GET
    context = {"project": project, "file": file, "job": job, "outcome": outcome}
    context |= {"why_not": reconciling.why_not(project), "people": read_people(outcome.pairs) if wanted else None}
    return render(request, "contacts/comparison.html", context)


@project_view(Role.CONSULTANT)
@require_POST
@acts_once
def comparison_make(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Start comparing; an outcome before this one is replaced when this one is whole."""
    file = _file(project, pk)
    if file.is_deleted:
        messages.error(request, "The upload was deleted; upload the target's export again to compare it.")
    elif sentence := reconciling.why_not(project):
        messages.error(request, sentence)
    else:
        title = f"Compare {file.label} with the import"[:200]
        Job.start(compare_import, project, by=request.user, title=title, key=file.job_key, contact_file_id=file.pk)
    return redirect("contacts:file-comparison", project.slug, file.pk)
