"""The first 72 hours: one line of what is wrong now, metrics, values in and back out."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.cutover import watch_pages, watching
from apps.cutover.forms_watch import MetricForm, ValueForm, ValuesForm
from apps.cutover.metrics import Metric
from apps.projects.access import project_view
from apps.projects.models import Project, Role, StaleRow
from apps.ui.once import acts_once


def _metric(project: Project, pk: int) -> Metric:
    return get_object_or_404(project.metrics.select_related("project"), pk=pk)


@project_view(Role.CLIENT)
@require_safe
def watch(request: HttpRequest, project: Project) -> HttpResponse:
    """Everything that is watched; a client sees the metrics that are shown to him."""
    return render(request, "cutover/watch.html", watch_pages.context(project, request.role))


@project_view(Role.CLIENT)
@require_safe
def watch_board(request: HttpRequest, project: Project) -> HttpResponse:
    """The board for whoever looks on; nothing where it is still the same."""
    context = watch_pages.context(project, request.role)
    if request.GET.get("seen") == context["stamp"]:
        return HttpResponse(status=204)
    return render(request, "cutover/_watch.html", context)


@project_view(Role.CONSULTANT)
@require_POST
def watch_begin(request: HttpRequest, project: Project) -> HttpResponse:
    """Sales, traffic and mail."""
    watching.begin(project, by=request.user)
    return redirect("cutover:watch", slug=project.slug)


def _saved(request: HttpRequest, project: Project, form: MetricForm, page: str) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            watching.save(form, project, by=request.user)
            return redirect("cutover:watch", slug=project.slug)
        except watching.TooMany as error:
            form.add_error(None, str(error))
        except StaleRow as stale:
            context = {"project": project, "stale": stale, "retry_url": request.path}
            return render(request, "projects/conflict.html", context, status=409)
    return render(request, page, watch_pages.editing(form, project), status=422 if form.is_bound else 200)


@project_view(Role.CONSULTANT)
@acts_once
def metric_new(request: HttpRequest, project: Project) -> HttpResponse:
    """A metric of one's own."""
    return _saved(request, project, MetricForm(request.POST or None), "cutover/metric_new.html")


@project_view(Role.CONSULTANT)
def metric_edit(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Its usual value, its bounds, and its values."""
    form = MetricForm(request.POST or None, instance=_metric(project, pk))
    return _saved(request, project, form, "cutover/metric_edit.html")


@project_view(Role.CONSULTANT)
@require_POST
def metric_state(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Watch it no longer, or again."""
    watching.put(_metric(project, pk), away=request.POST.get("do") == "remove", by=request.user)
    return redirect("cutover:watch", slug=project.slug)


@project_view(Role.CONSULTANT)
@require_POST
def metric_enter(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """A value, lines or a file; all or nothing."""
    metric = _metric(project, pk)
    values = ValuesForm(request.POST, request.FILES, project=project)
    if not values.is_valid():
        context = watch_pages.editing(MetricForm(instance=metric), project, values=values)
        return render(request, "cutover/metric_edit.html", context, status=422)
    number = watching.enter(metric, values.cleaned_data["values"], by=request.user)
    messages.success(request, f"Values written down: {number}." if number else "These values stood here already.")
    return redirect("cutover:watch", slug=project.slug)


@project_view(Role.CONSULTANT)
@require_POST
def metric_value(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Correct one value that stands already, or take it out."""
    row = get_object_or_404(project.metric_values.select_related("metric__project"), pk=pk)
    form = ValueForm(request.POST)
    if form.is_valid():
        try:
            watching.correct(row, form.cleaned_data["number"], was=request.POST.get("was", ""), by=request.user)
            return redirect(f"{reverse('cutover:metric-edit', args=[project.slug, row.metric_id])}#single")
        except watching.Meanwhile as error:
            form.add_error(None, str(error))
    context = watch_pages.editing(MetricForm(instance=row.metric), project, wrong=form, at=row.pk)
    return render(request, "cutover/metric_edit.html", context, status=422)


@project_view(Role.CONSULTANT)
@require_POST
def metric_undo(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Take the newest values back."""
    back, left = watching.undo(get_object_or_404(project.metric_entries.all(), pk=pk), by=request.user)
    words = f" {left} were changed since and stay." if left else ""
    messages.success(request, f"Values put back: {back}.{words}")
    return redirect("cutover:watch", slug=project.slug)
