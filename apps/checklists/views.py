"""The checklist: the list with its filters, one item beside it, and every verb of an item."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.checklists import calls, listing, live, services
from apps.checklists.forms import AnswerForm, CommentForm, EvidenceForm, ItemForm, ReasonForm
from apps.checklists.models import ChecklistItem, NotYet, State
from apps.projects.access import project_view
from apps.projects.models import Project, Role, StaleRow
from apps.projects.stored import StoredFile
from apps.ui.once import acts_once


def _item(request: HttpRequest, project: Project, pk: int) -> ChecklistItem:
    """An item this person may see, through the project."""
    row = get_object_or_404(project.items.shown_to(request.role).with_blockers(request.role), pk=pk)
    return row.seen_by(request.user, request.role)


def _after(request: HttpRequest, project: Project, item: ChecklistItem, status: int = 200, **said: Any) -> HttpResponse:
    """The row and the phase bar to htmx; back to the item, or a page with the sentence, to everybody else."""
    if request.htmx:
        fresh = _item(request, project, item.pk)
        context = {"project": project, "item": fresh, "role": request.role, **said}
        response = render(request, "checklists/_row.html", context, status=status)
        if status < 400:  # told to the body: the row that asked has been replaced when htmx reads this
            response.headers["HX-Trigger"] = '{"checklist-changed": {"target": "body"}}'
        return response
    if status >= 400:
        return render(request, "checklists/not_yet.html", {"project": project, "item": item, **said}, status=status)
    return redirect(f"{project.get_absolute_url()}checklist/#item-{item.pk}")


@project_view(Role.CLIENT)
@require_safe
def checklist(request: HttpRequest, project: Project) -> HttpResponse:
    """The four phases."""
    context = {"live": live.begin(request, project)} | listing.context(request, project)
    page = "checklists/_list.html" if request.htmx and not request.htmx.boosted else "checklists/list.html"
    return render(request, page, context)


@project_view(Role.CLIENT)
@require_safe
def item(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """One item: guidance, what it waits for, evidence, comments, history."""
    row = _item(request, project, pk)
    context = {"live": live.begin(request, project)} | listing.details(request, project, row)
    if request.htmx and not request.htmx.boosted:
        return render(request, "checklists/_details.html", context)
    return render(request, "checklists/list.html", listing.context(request, project) | context)


@project_view(Role.CLIENT)
@require_POST
def tick(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Set the wanted state: done or open. A consultant may override a gate with a reason."""
    row = _item(request, project, pk)
    if not row.may_be_ticked_by(request.user, request.role):
        raise PermissionDenied
    if request.POST.get("state") not in (State.OPEN, State.DONE) or not request.POST.get("version", "").isdigit():
        return _after(request, project, row, 422, sentence="Reload the page and tick again: this form is incomplete.")
    wanted, override = request.POST.get("state"), request.POST.get("override", "").strip()[:500]
    version = _version(request, row)
    try:
        if wanted == State.OPEN:
            services.reopen(row, by=request.user, version=version, reason=override)
        else:
            reason = override if request.role >= Role.CONSULTANT else ""
            services.complete(row, by=request.user, version=version, override=reason)
    except NotYet as error:
        return _after(request, project, row, 422, sentence=str(error))
    except StaleRow as stale:
        return _after(request, project, row, 409, sentence=listing.who_was_faster(stale.row), stale=stale)
    return _after(request, project, row)


def _version(request: HttpRequest, row: ChecklistItem) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else row.version


@project_view(Role.CONSULTANT)
@require_POST
def not_applicable(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Take an item out of this plan, with a reason."""
    row = _item(request, project, pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _after(request, project, row, 422, sentence="Say in a sentence why this item does not apply.")
    try:
        services.set_not_applicable(
            row, by=request.user, version=_version(request, row), reason=form.cleaned_data["reason"]
        )
    except StaleRow as stale:
        return _after(request, project, row, 409, sentence=listing.who_was_faster(stale.row), stale=stale)
    return _after(request, project, row)


@project_view(Role.CLIENT)
@require_POST
def stuck(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """The client cannot go on, and says why in a sentence."""
    row = _item(request, project, pk)
    if not row.may_be_ticked_by(request.user, request.role):
        raise PermissionDenied
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _after(request, project, row, 422, sentence="Say in a sentence what stands in your way.")
    calls.mark_stuck(row, by=request.user, sentence=form.cleaned_data["reason"])
    return _after(request, project, row)


@project_view(Role.CONSULTANT)
@require_POST
@acts_once
def answer(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Answer a client who is stuck or handed an item back: it is cleared, and he reads the answer with the item."""
    row, form = _item(request, project, pk), AnswerForm(request.POST)
    if not form.is_valid():
        return _after(request, project, row, 422, sentence=next(iter(form.errors.values()))[0])
    try:
        calls.answer(row, by=request.user, version=_version(request, row), **form.cleaned_data)
    except StaleRow as stale:
        return _after(request, project, row, 409, sentence=listing.who_was_faster(stale.row), stale=stale)
    messages.success(request, f"Answered. “{row.title}” {'is yours now' if form.cleaned_data['keeps'] else 'goes on'}.")
    return redirect("checklists:checklist", slug=project.slug)


@project_view(Role.CLIENT)
@require_POST
@acts_once
def comment(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Say something about an item; a client's comment is never internal."""
    row = _item(request, project, pk)
    form = CommentForm(request.POST)
    if not form.is_valid():
        context = listing.context(request, project) | listing.details(request, project, row) | {"comment_form": form}
        return render(request, "checklists/list.html", context, status=422)
    internal = request.role >= Role.CONSULTANT and (form.cleaned_data["is_internal"] or not row.client_sees)
    calls.say(row, by=request.user, words=form.cleaned_data["body"], is_internal=internal)
    return redirect(row)


@project_view(Role.CLIENT)
@require_POST
@acts_once
def evidence(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Give what the item asks for."""
    row = _item(request, project, pk)
    if not row.may_be_ticked_by(request.user, request.role):
        raise PermissionDenied
    form = EvidenceForm(request.POST, request.FILES, kind=row.evidence_kind)
    if not form.is_valid():
        context = listing.context(request, project) | listing.details(request, project, row) | {"evidence_form": form}
        return render(request, "checklists/list.html", context, status=422)
    file = form.cleaned_data.get("file")
    if file is not None:
        file = StoredFile.keep(project, file, purpose="evidence", by=request.user, client_sees=row.client_sees)
    services.give_evidence(row, by=request.user, kind=form.kind, text=form.cleaned_data.get("text", ""), file=file)
    return redirect(row)


@project_view(Role.CONSULTANT)
@acts_once
def item_new(request: HttpRequest, project: Project) -> HttpResponse:
    """An item of one's own."""
    form = ItemForm(request.POST or None, project=project, initial={"phase": request.GET.get("phase", 1)})
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in form._meta.fields}
        try:
            row = services.add_item(project, by=request.user, waits_for=form.cleaned_data["waits_for"], **values)
        except NotYet as error:
            form.add_error("waits_for", str(error))
        else:
            return redirect(row)
    context = {"project": project, "form": form}
    return render(request, "checklists/new.html", context, status=422 if form.is_bound else 200)


@project_view(Role.CONSULTANT)
def item_edit(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """An item's words, person, date and what it waits for."""
    row = _item(request, project, pk)
    form = ItemForm(request.POST or None, instance=row, project=project)
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_item(row.pk, form, by=request.user)
        except StaleRow as stale:
            context = {"project": project, "stale": stale, "retry_url": request.path}
            return render(request, "projects/conflict.html", context, status=409)
        except NotYet as error:
            form.add_error("waits_for", str(error))
        else:
            return redirect(row)
    context = {"project": project, "item": row, "form": form}
    return render(request, "checklists/edit.html", context, status=422 if form.is_bound else 200)


@project_view(Role.CONSULTANT)
@require_POST
def item_delete(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Delete an item of one's own; items of the template are marked not applicable instead."""
    row = _item(request, project, pk)
    if row.key:
        return _after(request, project, row, 422, sentence="Items of the template stay: mark it not applicable.")
    services.delete_item(row, by=request.user)
    messages.success(request, f"“{row.title}” was deleted.")
    return redirect("checklists:checklist", slug=project.slug)
