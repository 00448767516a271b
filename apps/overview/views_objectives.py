"""Why we move: objectives with what was measured. The client reads them, and measures where the consultant lets him."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.overview import objectives
from apps.overview.forms import MeasurementForm, ObjectiveForm
from apps.projects.access import project_view
from apps.projects.models import Project, Role, StaleRow
from apps.ui.once import acts_once


def _page(
    request: HttpRequest, project: Project, status: int = 200, wrong: MeasurementForm | None = None
) -> HttpResponse:
    rows = objectives.shown(project)
    for row in rows:
        is_wrong = wrong is not None and wrong.objective.pk == row.pk
        row.form = wrong if is_wrong else MeasurementForm(objective=row)
        row.may_measure = request.role >= Role.CONSULTANT or row.client_measures
    context = {"project": project, "objectives": rows, "role": request.role}
    return render(request, "overview/objectives.html", context, status=status)


@project_view(Role.CLIENT)
@require_safe
def objective_list(request: HttpRequest, project: Project) -> HttpResponse:
    """Every objective with its chart and its numbers."""
    return _page(request, project)


@project_view(Role.CONSULTANT)
@acts_once
def objective_new(request: HttpRequest, project: Project) -> HttpResponse:
    """Another reason to move."""
    form = ObjectiveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return redirect(objectives.add(project, by=request.user, **form.values()))
    context = {"project": project, "form": form}
    return render(request, "overview/objective_new.html", context, status=422 if form.is_bound else 200)


@project_view(Role.CONSULTANT)
def objective_edit(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Its words and numbers."""
    row = get_object_or_404(project.objectives.select_related("project"), pk=pk)
    form = ObjectiveForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            form.save_change(request.user, is_internal=False)
        except StaleRow as stale:
            context = {"project": project, "stale": stale, "retry_url": request.path}
            return render(request, "projects/conflict.html", context, status=409)
        return redirect(row)
    context = {"project": project, "form": form, "objective": row}
    return render(request, "overview/objective_edit.html", context, status=422 if form.is_bound else 200)


@project_view(Role.CLIENT)
@require_POST
@acts_once
def objective_measure(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """What was measured on a day; the client only where the consultant lets him."""
    row = get_object_or_404(project.objectives.select_related("project"), pk=pk)
    if request.role < Role.CONSULTANT and not row.client_measures:
        raise PermissionDenied
    form = MeasurementForm(request.POST, objective=row)
    if not form.is_valid():
        return _page(request, project, 422, wrong=form)
    objectives.measure(row, by=request.user, **form.cleaned_data)
    messages.success(request, "Written down.")
    return redirect(row)


@project_view(Role.CLIENT)
@require_POST
def measurement_delete(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Take a value out; a client only his own."""
    row = get_object_or_404(project.measurements.select_related("objective", "project"), pk=pk)
    if request.role < Role.CONSULTANT and (row.by_id != request.user.pk or not row.objective.client_measures):
        raise PermissionDenied
    objectives.forget(row, by=request.user)
    messages.success(request, f"{row} was taken out.")
    return redirect("overview:objective-list", slug=project.slug)


@project_view(Role.CONSULTANT)
@require_POST
def objective_delete(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """The objective and its values; the log keeps what it said."""
    objectives.delete(get_object_or_404(project.objectives.select_related("project"), pk=pk), by=request.user)
    messages.success(request, "The objective was deleted.")
    return redirect("overview:objective-list", slug=project.slug)
