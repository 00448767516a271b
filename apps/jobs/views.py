"""Following background work: the list, one job, cancel, start again; and the health pages."""

from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.jobs.models import Job, WorkerHeartbeat
from apps.jobs.running import JOB_TASKS
from apps.jobs.services import start_again
from apps.projects.access import project_view
from apps.projects.models import Project, Role
from apps.ui.pages import render_page


@project_view(Role.CONSULTANT)
@require_safe
def job_list(request: HttpRequest, project: Project) -> HttpResponse:
    """All background work of the project, newest first."""
    page = Paginator(project.jobs.select_related("created_by"), 50).get_page(request.GET.get("page"))
    return render(request, "jobs/list.html", {"project": project, "page": page})


def _job(request: HttpRequest, project: Project, pk: int) -> Job:
    """A job of the project; a client's own only."""
    jobs = project.jobs.select_related("project")
    if request.role < Role.CONSULTANT:
        jobs = jobs.filter(created_by=request.user)
    found: Job = get_object_or_404(jobs, pk=pk)
    return found


@project_view(Role.CLIENT)
@require_safe
def job_detail(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """One job: a page for people, the fragment for the page that follows it."""
    job = _job(request, project, pk)
    response = render_page(
        request, "jobs/detail.html", "jobs/_progress.html", {"project": project, "job": job, "role": request.role}
    )
    if job.has_ended and request.htmx:
        # On the body: by then the element that asked has been swapped out, and its events reach nobody.
        response.headers["HX-Trigger"] = '{"job-ended": {"target": "body"}}'
    return response


@project_view(Role.CLIENT)
@require_POST
def job_cancel(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Ask a job to stop."""
    job = _job(request, project, pk)
    job.cancel()
    if request.htmx:
        return render(request, "jobs/_progress.html", {"project": project, "job": job})
    return redirect(job)


@project_view(Role.CLIENT)
@require_POST
def job_retry(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Run ended work again, as a new job."""
    job = _job(request, project, pk)
    if job.has_ended and job.task in JOB_TASKS:
        job = start_again(job, request.user)
    if request.htmx:
        return render(request, "jobs/_progress.html", {"project": project, "job": job})
    return redirect(job)


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The web process answers."""
    return JsonResponse({"status": "alive"})


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Database reachable, a worker seen in the last minute, no job queued for over a minute. 503 otherwise."""
    checks = {"database": False, "worker": False, "queue": False}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        now = timezone.now()
        checks["database"] = True
        checks["worker"] = WorkerHeartbeat.objects.filter(seen_at__gt=now - timedelta(seconds=60)).exists()
        checks["queue"] = not Job.objects.filter(state="queued", created_at__lt=now - timedelta(seconds=60)).exists()
    except Exception:  # noqa: S110 - what failed is what the answer says
        pass
    good = all(checks.values())
    return JsonResponse({"status": "ready" if good else "not ready", "checks": checks}, status=200 if good else 503)
