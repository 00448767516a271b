"""Test journeys: written down, gone through step by step, run again after a change."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.cutover import testing
from apps.cutover.forms_journeys import ChangedForm, JourneyForm, MarkForm, ProofForm
from apps.cutover.journeys import Journey, JourneyRun
from apps.cutover.running import NotNow
from apps.projects.access import project_view
from apps.projects.models import Project, Role, StaleRow
from apps.projects.stored import StoredFile
from apps.ui.once import acts_once


def _journey(request: HttpRequest, project: Project, pk: int) -> Journey:
    rows = project.journeys.shown_to(request.role).select_related("project", "owner")
    return get_object_or_404(rows, pk=pk)


def _run(request: HttpRequest, project: Project, pk: int) -> JourneyRun:
    rows = project.journey_runs.filter(journey__in=project.journeys.shown_to(request.role))
    return get_object_or_404(rows.select_related("project", "journey", "started_by"), pk=pk)


@project_view(Role.CLIENT)
@require_safe
def journey_list(request: HttpRequest, project: Project) -> HttpResponse:
    """Every journey with its newest result."""
    rows = testing.standing(project.journeys.shown_to(request.role))
    context = {
        "project": project, "role": request.role, "looks_as_client": request.looks_as_client,
        "fact": project.facts.filter(key=testing.KEY).first(),
        "rows": [row for row in rows if not row.removed_at], "removed": [row for row in rows if row.removed_at],
        "missing": len(testing.built_in_journeys()) - len({row.key for row in rows if row.key}),
    }  # fmt: skip
    return render(request, "cutover/journey_list.html", context)


@project_view(Role.CONSULTANT)
@require_POST
def journey_make(request: HttpRequest, project: Project) -> HttpResponse:
    """Begin with the built-in ones."""
    testing.make(project, by=request.user)
    return redirect("cutover:journey-list", slug=project.slug)


@project_view(Role.CONSULTANT)
@acts_once
def journey_new(request: HttpRequest, project: Project) -> HttpResponse:
    """A journey of one's own."""
    form = JourneyForm(request.POST or None, project=project)
    return _saved(request, project, form, "cutover/journey_new.html")


@project_view(Role.CONSULTANT)
def journey_edit(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Its words, its steps, who goes through it."""
    form = JourneyForm(request.POST or None, instance=_journey(request, project, pk), project=project)
    return _saved(request, project, form, "cutover/journey_edit.html")


def _saved(request: HttpRequest, project: Project, form: JourneyForm, page: str) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(testing.save(form, project, by=request.user))
        except StaleRow as stale:
            context = {"project": project, "stale": stale, "retry_url": request.path}
            return render(request, "projects/conflict.html", context, status=409)
    context = {"project": project, "form": form}
    return render(request, page, context, status=422 if form.is_bound else 200)


def _page(request: HttpRequest, row: Journey, form: ChangedForm, status: int = 200) -> HttpResponse:
    (shown,) = testing.standing(row.project.journeys.filter(pk=row.pk))
    shown.project = row.project
    runs = row.runs.select_related("started_by").prefetch_related("marks", "proofs")[:30]
    context = {
        "project": row.project, "role": request.role, "journey": shown, "form": form, "runs": runs,
        "looks_as_client": request.looks_as_client,
        "changes": row.changes.select_related("by")[:30],
    }  # fmt: skip
    return render(request, "cutover/journey.html", context, status=status)


@project_view(Role.CLIENT)
@require_safe
def journey(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """The steps, the newest result, every run so far."""
    return _page(request, _journey(request, project, pk), ChangedForm())


@project_view(Role.CONSULTANT)
@require_POST
def journey_state(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Remove it, or put it back."""
    row, away = _journey(request, project, pk), request.POST.get("do") == "remove"
    try:
        testing.put(row, away=away, by=request.user)
    except StaleRow:
        messages.error(request, "Somebody changed this journey just now; look at it first.")
        return redirect(row)
    return redirect("cutover:journey-list", slug=project.slug)


@project_view(Role.CONSULTANT)
@require_POST
@acts_once
def journey_changed(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Something was changed: this journey, or all of them, is to be run again."""
    row, form = _journey(request, project, pk), ChangedForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form, 422)
    rows = list(project.journeys.standing()) if form.cleaned_data["all"] else [row]
    testing.say_changed(rows, project, reason=form.cleaned_data["reason"], by=request.user)
    return redirect(row)


@project_view(Role.CONSULTANT)
@require_POST
def journey_change_back(request: HttpRequest, project: Project, pk: int, change_pk: int) -> HttpResponse:
    """Undo that: the older result counts again."""
    row = _journey(request, project, pk)
    change = get_object_or_404(row.changes.select_related("project", "journey"), pk=change_pk)
    testing.take_change_back(change, by=request.user)
    return redirect(row)


@project_view(Role.CLIENT)
@require_POST
def journey_begin(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Go through it, or go on where somebody stopped."""
    row = _journey(request, project, pk)
    try:
        return redirect(testing.begin(row, by=request.user))
    except NotNow as error:
        messages.error(request, str(error))
        return redirect(row)


def _run_page(request: HttpRequest, run: JourneyRun, status: int = 200, **more: Any) -> HttpResponse:
    marks, words = list(run.marks.select_related("by")), list(run.words.select_related("by"))
    for mark in marks:
        mark.words = [word for word in words if word.place == mark.place]
    proofs = list(run.proofs.select_related("file", "file__project", "by"))
    context = {
        "project": run.project, "run": run, "journey": run.journey, "marks": marks, "role": request.role,
        "proofs": proofs, "looks_as_client": request.looks_as_client,
        "has_evidence": any(mark.note for mark in marks) or any(proof.taken_back_at is None for proof in proofs),
        "form": ProofForm(), "tried": sum(1 for mark in marks if mark.result),
        "current": next((mark.place for mark in marks if not mark.result), 0),
        "is_newest": not run.journey.runs.filter(started_at__gt=run.started_at).exists(),
    } | more  # fmt: skip
    return render(request, "cutover/journey_run.html", context, status=status)


@project_view(Role.CLIENT)
@require_safe
def journey_run(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """One step after the other."""
    return _run_page(request, _run(request, project, pk))


@project_view(Role.CLIENT)
@require_POST
def journey_mark(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Passed, failed, or not tried after all."""
    run, form = _run(request, project, pk), MarkForm(request.POST)
    place = form.cleaned_data.get("place", 0) if form.is_valid() else 0
    step = get_object_or_404(run.marks, place=place)
    values = {name: form.cleaned_data[name] for name in ("result", "was", "note")}
    try:
        said = testing.mark(run, place=place, by=request.user, **values)
    except NotNow as error:
        return _run_page(request, run, 422, sentence=str(error), at=place, typed=values["note"])
    if said:
        messages.warning(request, said)
    return redirect(f"{run.get_absolute_url()}#step-{step.place + 1 if values['result'] else step.place}")


@project_view(Role.CLIENT)
@require_POST
@acts_once
def journey_proof(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """A link, words or a file that proves the run."""
    run, form = _run(request, project, pk), ProofForm(request.POST, request.FILES)
    if not form.is_valid():
        return _run_page(request, run, 422, form=form)
    file = form.cleaned_data["file"]
    if file is not None:
        file = StoredFile.keep(project, file, purpose="evidence", by=request.user, client_sees=run.journey.client_sees)
    testing.prove(run, by=request.user, text=form.cleaned_data["text"], file=file)
    return redirect(f"{run.get_absolute_url()}#evidence")


@project_view(Role.CLIENT)
@require_POST
def journey_proof_state(request: HttpRequest, project: Project, pk: int, proof_pk: int) -> HttpResponse:
    """Take evidence back, or put it back; a client only what he gave."""
    run = _run(request, project, pk)
    rows = run.proofs.select_related("project", "run__journey")
    rows = rows if request.role >= Role.CONSULTANT else rows.filter(by=request.user)
    proof = get_object_or_404(rows, pk=proof_pk)
    testing.set_proof(proof, back=request.POST.get("state") == "taken_back", by=request.user)
    return redirect(f"{run.get_absolute_url()}#evidence")
