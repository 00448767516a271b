"""What changed since an older export of the same list."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.contacts import topping_up
from apps.contacts.forms import OlderForm
from apps.contacts.judged_with import changed_since
from apps.contacts.models import ContactFile, FileKind, RunKind
from apps.contacts.packing import latest_run
from apps.contacts.reading_delta import read_delta
from apps.contacts.tasks import make_delta
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
def file_changes(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Who must be kept out from now on, who is new, changed or gone; and the files that say it to the target."""
    file = _file(project, pk)
    job = Job.objects.filter(project=project, task=topping_up.TASK, key=file.job_key).order_by("pk").last()
    run = latest_run(file, RunKind.DELTA)
    form = OlderForm(older=topping_up.older_versions(file), initial={"older": run.older_id if run else None})
    context = {"project": project, "file": file, "job": job, "changes": read_delta(run), "form": form}
    context["changed"] = changed_since(run, project.catalogue) if run else []
    return render(request, "contacts/changes.html", context)


@project_view(Role.CONSULTANT)
@require_POST
@acts_once
def changes_make(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Start comparing with the chosen older version; a run before this one is replaced when this one is whole."""
    file = _file(project, pk)
    form = OlderForm(request.POST, older=topping_up.older_versions(file))
    if file.is_deleted:
        messages.error(request, "The upload was deleted; upload it again to compare it.")
    elif not form.is_valid():
        messages.error(request, "Nothing was compared: choose one of the older versions.")
    else:
        older, title = form.cleaned_data["older"], f"What changed in {file.label}"[:200]
        given = {"contact_file_id": file.pk, "older_id": older.pk}
        Job.start(make_delta, project, by=request.user, title=title, key=file.job_key, **given)
    return redirect("contacts:file-changes", project.slug, file.pk)
