"""The run sheet and its runs: plan, rehearse, go live; everybody looks at the same page."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.cutover import rollbacks, run_pages, running, steps_out
from apps.cutover.forms_run import RunStepForm
from apps.cutover.runsheets import Mode, Outcome, Result, Run, RunSheet, RunStep
from apps.projects.access import project_view
from apps.projects.models import Project, Role, StaleRow
from apps.ui.once import acts_once
from apps.ui.typed import typed
from engine.runsheet import WrongSheet


def _sheet(project: Project, pk: int) -> RunSheet:
    return get_object_or_404(project.runsheets.select_related("project"), pk=pk)


def _step(sheet: RunSheet, pk: int) -> RunStep:
    return get_object_or_404(sheet.steps.select_related("project", "sheet", "owner"), pk=pk)


def _run(request: HttpRequest, project: Project, pk: int) -> Run:
    rows = project.runs.select_related("project", "sheet", "started_by", "ended_by")
    return get_object_or_404(rows, pk=pk)


@project_view(Role.CONSULTANT)
@require_safe
def run_sheet_home(request: HttpRequest, project: Project) -> HttpResponse:
    """The project's sheet, or how to get one."""
    sheet = project.runsheets.filter(kind="go_live").first()
    return redirect(sheet) if sheet else render(request, "cutover/run_sheet_none.html", {"project": project})


@project_view(Role.CONSULTANT)
@require_POST
def run_sheet_make(request: HttpRequest, project: Project) -> HttpResponse:
    """The built-in sheet, to be changed as this project needs it."""
    return redirect(running.sheet_of(project, by=request.user))


@project_view(Role.CONSULTANT)
@require_safe
def run_sheet(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """The plan, minute by minute; just after a deletion with the way to take it back."""
    sheet, wish = _sheet(project, pk), request.GET.get("deleted", "")
    deleted = steps_out.taken_out(sheet).filter(pk=int(wish)).first() if wish.isdecimal() and len(wish) < 10 else None
    freed = steps_out.freed(deleted) if deleted else []
    context = run_pages.sheet_context(sheet) | {"deleted": deleted, "freed": freed}
    return render(request, "cutover/run_sheet.html", context)


@project_view(Role.CONSULTANT)
@require_safe
def run_sheet_workbook(request: HttpRequest, project: Project, pk: int) -> FileResponse:
    """The same numbers as on the page and on paper, phone numbers included."""
    return run_pages.workbook(_sheet(project, pk))


@project_view(Role.CONSULTANT)
@acts_once
def step_new(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """A step of one's own."""
    sheet = _sheet(project, pk)
    form = RunStepForm(request.POST or None, sheet=sheet)
    return _saved(request, sheet, form, "cutover/step_new.html")


@project_view(Role.CONSULTANT)
def step_edit(request: HttpRequest, project: Project, pk: int, step_pk: int) -> HttpResponse:
    """A step's words, person, time and what it waits for."""
    sheet = _sheet(project, pk)
    step = _step(sheet, step_pk)
    pushed = run_pages.why_pushed(step)
    form = RunStepForm(request.POST or None, instance=step, sheet=sheet)
    return _saved(request, sheet, form, "cutover/step_edit.html", pushed)


def _saved(request: HttpRequest, sheet: RunSheet, form: RunStepForm, page: str, pushed: str = "") -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            running.save_step(form, sheet, by=request.user)
        except WrongSheet as error:
            form.add_error("waits_for", str(error))
        except StaleRow as stale:
            context = {"project": sheet.project, "stale": stale, "retry_url": request.path}
            return render(request, "projects/conflict.html", context, status=409)
        else:
            rollbacks.touched(sheet)
            return redirect(sheet)
    context = {"project": sheet.project, "sheet": sheet, "form": form, "pushed": pushed}
    return render(request, page, context, status=422 if form.is_bound else 200)


@project_view(Role.CONSULTANT)
@require_POST
def step_delete(request: HttpRequest, project: Project, pk: int, step_pk: int) -> HttpResponse:
    """Take a step out of the plan; the next page has the undo."""
    sheet = _sheet(project, pk)
    step = _step(sheet, step_pk)
    try:
        steps_out.take_out(step, by=request.user)
    except running.NotNow as error:
        return _refused(request, sheet, str(error))
    rollbacks.touched(sheet)
    return redirect(f"{sheet.get_absolute_url()}?deleted={step.pk}")


@project_view(Role.CONSULTANT)
@require_POST
def step_back(request: HttpRequest, project: Project, pk: int, step_pk: int) -> HttpResponse:
    """A deleted step as it was, with what waited for it."""
    sheet = _sheet(project, pk)
    step = get_object_or_404(RunStep.every.filter(sheet=sheet), pk=step_pk)
    try:
        steps_out.put_back(step, by=request.user)
    except running.NotNow as error:
        return _refused(request, sheet, str(error))
    rollbacks.touched(sheet)
    return redirect(f"{sheet.get_absolute_url()}#step-{step.pk}")


def _refused(request: HttpRequest, sheet: RunSheet, sentence: str, typed: str = "") -> HttpResponse:
    context = run_pages.sheet_context(sheet) | {"sentence": sentence, "typed": typed}
    return render(request, "cutover/run_sheet.html", context, status=422)


@project_view(Role.CONSULTANT)
@require_POST
def run_begin(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Start a rehearsal or the real one."""
    sheet = _sheet(project, pk)
    mode, reason = Mode.LIVE if request.POST.get("mode") == Mode.LIVE else Mode.REHEARSAL, typed(request, "reason")
    try:
        return redirect(rollbacks.begin(sheet, mode, by=request.user, reason=reason))
    except running.NotNow as error:
        return _refused(request, sheet, str(error), reason)


@project_view(Role.CLIENT)
@require_safe
def run(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """One run: the clock, the steps, the log."""
    context = run_pages.run_context(_run(request, project, pk), request.user, request.role)
    return render(request, "cutover/run.html", context)


@project_view(Role.CLIENT)
@require_safe
def run_board(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """The board for whoever looks on; nothing where it is still the same."""
    row = _run(request, project, pk)
    if request.GET.get("seen") == run_pages.stamp(row):
        return HttpResponse(status=204)
    return render(request, "cutover/_board.html", run_pages.run_context(row, request.user, request.role))


def _acted(request: HttpRequest, project: Project, pk: int, act: Callable[[Run], Any]) -> HttpResponse:
    """The board after an act, with the sentence where it was not possible."""
    row, said, status = _run(request, project, pk), "", 200
    try:
        act(row)
    except running.NotNow as error:
        said, status = str(error), 422
    if not request.htmx and not said:
        return redirect(row)
    context = run_pages.run_context(_run(request, project, pk), request.user, request.role) | {"sentence": said}
    page = "cutover/_board.html" if request.htmx else "cutover/run.html"
    return render(request, page, context, status=status)


@project_view(Role.CLIENT)
@require_POST
def step_act(request: HttpRequest, project: Project, pk: int, step_pk: int) -> HttpResponse:
    """Start, done, skip, fail, open again. A client acts on the steps that are his."""
    step = _step(_run(request, project, pk).sheet, step_pk)
    if request.role < Role.CONSULTANT and not (step.client_sees and step.owner_id == request.user.pk):
        raise PermissionDenied
    wish, note, is_client = request.POST.get("do", ""), typed(request, "note"), request.role < Role.CONSULTANT

    def act(row: Run) -> None:
        if wish == "start":
            anyway = "" if is_client else note
            running.start_step(row, step, by=request.user, anyway=anyway, for_client=is_client)
        elif wish == "reopen":
            running.reopen_step(row, step, by=request.user)
        elif wish in Result.values:
            running.end_step(row, step, wish, by=request.user, note=note)

    return _acted(request, project, pk, act)


@project_view(Role.CONSULTANT)
@require_POST
def run_act(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Pause, go on, finish, abort, or a line for the log."""
    wish, reason = request.POST.get("do", ""), typed(request, "reason")

    def act(row: Run) -> None:
        if wish == "pause":
            running.pause(row, by=request.user, reason=reason or "no reason given")
        elif wish == "go-on":
            running.go_on(row, by=request.user)
        elif wish in ("finish", "abort"):
            outcome = Outcome.FINISHED if wish == "finish" else Outcome.ABORTED
            rollbacks.end(row, outcome, by=request.user, reason=reason)
        elif wish == "note" and reason:
            running.remark(row, reason, by=request.user)

    return _acted(request, project, pk, act)
