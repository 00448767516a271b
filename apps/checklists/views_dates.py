"""The plan as a whole: its timeline, its report, and a new go-live."""

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from apps.checklists import moving, reporting, timeline
from apps.checklists.drawing import Drawing
from apps.checklists.forms import GoLiveForm
from apps.projects import services as project_services
from apps.projects.access import project_view
from apps.projects.models import Project, Role, StaleRow
from engine.spreadsheets.writing import write_workbook


@project_view(Role.CLIENT)
@require_safe
def timeline_page(request: HttpRequest, project: Project) -> HttpResponse:
    """Phases and items in time: planned, now, baseline, today, go-live, the hold period."""
    found = timeline.read(project, request.role)
    opened = {int(number) for number in request.GET.get("open", "").split(",") if number in set("123456789")}
    drawing = Drawing(found, opened & {phase.number for phase in found.phases}, request.path)
    context = {"project": project, "timeline": found, "drawing": drawing, "why_late": found.forecast.why(request.role)}
    return render(request, "checklists/timeline.html", context)


@project_view(Role.CLIENT)
@require_safe
def plan_report(request: HttpRequest, project: Project) -> HttpResponse:
    """Every item with its state, evidence and reasons, and the approvals; made to be printed."""
    context = reporting.read(project, request.role)
    return render(request, "checklists/plan_report.html", context)


@project_view(Role.CLIENT)
@require_safe
def plan_workbook(request: HttpRequest, project: Project) -> HttpResponse:
    """The same as XLSX; text is never a formula."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "plan.xlsx"
        write_workbook(path, reporting.sheets(project, request.role))
        name = f"{project.slug}-plan-{timezone.now():%Y-%m-%d}.xlsx"
        return FileResponse(path.open("rb"), as_attachment=True, filename=name)


@project_view(Role.CONSULTANT)
def go_live(request: HttpRequest, project: Project) -> HttpResponse:
    """What a new go-live would do; POST moves it, and the page then shows the same list with the way back."""
    asked = request.POST or (request.GET if "go_live" in request.GET else None)
    form = GoLiveForm(asked, project=project)
    wanted = form.cleaned_data["go_live"] if form.is_valid() else None
    if request.method == "POST" and wanted:
        was = project.go_live
        try:
            project_services.move_go_live(project, wanted, version=form.cleaned_data["version"], by=request.user)
        except StaleRow as stale:
            context = {"project": project, "stale": stale, "retry_url": request.path}
            return render(request, "projects/conflict.html", context, status=409)
        return redirect(f"{request.path}?was={was:%Y-%m-%dT%H:%M:%SZ}")
    was = _moment(request.GET.get("was", "")) if request.method == "GET" and wanted is None else None
    move = moving.compare(project, was or project.go_live, wanted or project.go_live)
    context = {"project": project, "form": form, "wanted": wanted, "was": was, "move": move}
    context |= {"clock_now": _clock(project.go_live, project), "clock_was": _clock(was, project) if was else ""}
    return render(request, "checklists/go_live.html", context, status=422 if form.errors else 200)


def _clock(moment: datetime, project: Project) -> str:
    """For a datetime-local field: what the clock shows where the client is."""
    return f"{moment.astimezone(project.zone):%Y-%m-%dT%H:%M}"


def _moment(text: str) -> datetime | None:
    """The instant in the address after a move; None where somebody typed nonsense there."""
    try:
        moment = parse_datetime(text[:40])
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None and 2000 < moment.year < 2100 else None
