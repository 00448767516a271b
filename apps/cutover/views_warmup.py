"""The warm-up: the plan, what was sent each day, the undo."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.cutover import warming, warmup_files, warmup_pages
from apps.cutover.forms_warmup import WarmUpDaysForm, WarmUpForm
from apps.cutover.warmups import WarmUp
from apps.projects.access import project_view
from apps.projects.models import Project, Role, StaleRow
from apps.ui.once import acts_once
from apps.ui.typed import typed
from engine.warmup import TooLong


def _plan(project: Project) -> WarmUp:
    row: WarmUp | None = warmup_pages.plan_of(project)
    if row is None:
        raise Http404
    return row


@project_view(Role.CONSULTANT)
@require_safe
def warm_up(request: HttpRequest, project: Project) -> HttpResponse:
    """What was sent, what comes next, and whether to go on."""
    return render(request, "cutover/warm_up.html", warmup_pages.context(project))


@project_view(Role.CONSULTANT)
@acts_once
def warm_up_edit(request: HttpRequest, project: Project) -> HttpResponse:
    """The pace and the rules; a new plan begins with the tiers of the contact files."""
    row = warmup_pages.plan_of(project)
    initial = None if row else warmup_pages.first_values(project)
    form = WarmUpForm(request.POST or None, instance=row, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(warming.save(form, project, by=request.user))
        except TooLong as error:
            form.add_error("growth", str(error))
        except StaleRow as stale:
            context: dict[str, Any] = {"project": project, "stale": stale, "retry_url": request.path}
            return render(request, "projects/conflict.html", context, status=409)
    context = {"project": project, "form": form, "row": row, "known": warming.tiers_of(project)}
    return render(request, "cutover/warm_up_edit.html", context, status=422 if form.is_bound else 200)


@project_view(Role.CONSULTANT)
@require_POST
def warm_up_enter(request: HttpRequest, project: Project) -> HttpResponse:
    """One day, or pasted lines; all or nothing."""
    row = _plan(project)
    form = WarmUpDaysForm(request.POST, today=project.today)
    if not form.is_valid():
        context = warmup_pages.context(project) | {"entered": form}
        return render(request, "cutover/warm_up.html", context, status=422)
    number = warming.enter(row, form.cleaned_data["days"], by=request.user)
    messages.success(request, "The rest is planned anew." if number else "These numbers stood here already.")
    return redirect(row)


@project_view(Role.CONSULTANT)
@require_POST
def warm_up_undo(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Take the newest entry back."""
    entry = get_object_or_404(_plan(project).entries, pk=pk)
    back, left = warming.undo(entry, by=request.user)
    words = f" {left} were changed since and stay." if left else ""
    messages.success(request, f"Days put back: {back}.{words}")
    return redirect("cutover:warm-up", slug=project.slug)


@project_view(Role.CONSULTANT)
@require_POST
def warm_up_resume(request: HttpRequest, project: Project) -> HttpResponse:
    """What made it stop is mended."""
    row, reason = _plan(project), typed(request, "reason", 300)
    if not reason:
        context = warmup_pages.context(project) | {"sentence": "Say in a few words what was mended."}
        return render(request, "cutover/warm_up.html", context, status=422)
    warming.resume(row, by=request.user, reason=reason)
    return redirect(row)


@project_view(Role.CONSULTANT)
@require_safe
def warm_up_workbook(request: HttpRequest, project: Project) -> HttpResponse:
    """Every day as XLSX."""
    return warmup_files.workbook(project, warming.outlook(_plan(project)))
