"""Asking the DNS about the mail domains of a list."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from apps.contacts.models import FileKind
from apps.contacts.tasks import ask_mail
from apps.jobs.models import Job
from apps.projects.access import project_view
from apps.projects.models import Project, Role
from apps.ui.once import acts_once


@project_view(Role.CONSULTANT)
@require_POST
@acts_once
def mail_ask(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Start asking which domains take mail; names of domains go out, and never an address."""
    file = get_object_or_404(project.contact_files.with_status().filter(kind=FileKind.CONTACTS), pk=pk)
    if file.is_deleted or file.latest_check is None:
        messages.error(request, "Nothing is known of the domains in this file; upload it, or check it first.")
    else:
        title = f"Mail domains of {file.label}"[:200]
        Job.start(ask_mail, project, by=request.user, title=title, key=file.job_key, contact_file_id=file.pk)
    return redirect(f"{file.get_absolute_url()}#mail")
