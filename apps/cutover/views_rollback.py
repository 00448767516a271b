"""The ways back: written, rehearsed, started, and the point after which there is none."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.cutover import rollbacks, running
from apps.cutover.forms_run import RollbackForm
from apps.cutover.rollbacks import Rollback
from apps.cutover.runsheets import Mode
from apps.domains.going_back import ways_back
from apps.projects.access import project_view
from apps.projects.models import Project, Role, StaleRow
from apps.ui.once import acts_once
from apps.ui.typed import typed


def _page(request: HttpRequest, project: Project, said: str = "") -> HttpResponse:
    ways = ways_back(project)
    rows = rollbacks.shown(project, ways)
    context: dict[str, Any] = {
        "project": project, "rows": rows, "ways": ways, "no_return": rollbacks.no_return(project), "said": said,
        "typed": request.POST.get("client", ""), "is_early": timezone.now() < project.go_live,
        "unsigned": rollbacks.unsigned(project), "why_not_yet": rollbacks.why_not_yet(project),
        "fact": project.facts.filter(key="cutover.rollback_ready").first(),
    }  # fmt: skip
    return render(request, "cutover/rollback_list.html", context, status=422 if said else 200)


def _row(project: Project, pk: int) -> Rollback:
    found: Rollback = get_object_or_404(project.rollbacks.select_related("project", "sheet", "sheet__project"), pk=pk)
    return found


@project_view(Role.CONSULTANT)
@require_safe
def rollback_list(request: HttpRequest, project: Project) -> HttpResponse:
    """Each critical system: trigger, who decides, how long it takes, the last safe moment, rehearsed or not."""
    return _page(request, project)


@project_view(Role.CONSULTANT)
@require_POST
@acts_once
def rollback_prepare(request: HttpRequest, project: Project) -> HttpResponse:
    """The built-in ways back, to be changed as this project needs them."""
    rollbacks.prepare(project, by=request.user)
    return redirect("cutover:rollback-list", slug=project.slug)


@project_view(Role.CONSULTANT)
def rollback_edit(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """When to go back, and who decides it."""
    row = _row(project, pk)
    form = RollbackForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            form.save_change(request.user)
        except StaleRow as stale:
            context = {"project": project, "stale": stale, "retry_url": request.path}
            return render(request, "projects/conflict.html", context, status=409)
        rollbacks.publish(project)
        return redirect("cutover:rollback-list", slug=project.slug)
    context = {"project": project, "row": row, "form": form}
    return render(request, "cutover/rollback_edit.html", context, status=422 if form.is_bound else 200)


@project_view(Role.CONSULTANT)
@require_POST
@acts_once
def rollback_records(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """The records of the snapshots as steps, as they stand today."""
    row = _row(project, pk)
    try:
        rollbacks.refresh_records(row)
    except running.NotNow as error:
        return _page(request, project, str(error))
    rollbacks.publish(project)
    return redirect(row.sheet)


@project_view(Role.CONSULTANT)
@require_POST
@acts_once
def rollback_start(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Go back, or rehearse going back: its own board opens."""
    mode = Mode.LIVE if request.POST.get("mode") == Mode.LIVE else Mode.REHEARSAL
    try:
        return redirect(rollbacks.start(_row(project, pk), mode, by=request.user, reason=typed(request, "reason")))
    except running.NotNow as error:
        return _page(request, project, str(error))


@project_view(Role.CONSULTANT)
@require_POST
@acts_once
def no_return(request: HttpRequest, project: Project) -> HttpResponse:
    """Nobody goes back any more: the client's name is typed."""
    try:
        rollbacks.declare_no_return(project, request.POST.get("client", "")[:200], by=request.user)
    except running.NotNow as error:
        return _page(request, project, str(error))
    return redirect("cutover:rollback-list", slug=project.slug)


@project_view(Role.CONSULTANT)
@require_POST
@acts_once
def no_return_withdraw(request: HttpRequest, project: Project) -> HttpResponse:
    """There is a way back again, with the reason."""
    try:
        rollbacks.withdraw_no_return(project, request.POST.get("reason", ""), by=request.user)
    except running.NotNow as error:
        return _page(request, project, str(error))
    return redirect("cutover:rollback-list", slug=project.slug)
