"""The editor of a template's draft: outline, items, phases and sections, what was deleted, files; owners alone."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import organisation_view
from apps.accounts.models import Organisation, OrganisationRole
from apps.checklists import drafting, outlines, publishing
from apps.checklists.builtin import Template, TemplateError
from apps.checklists.differences import compare
from apps.checklists.forms_templates import DraftFileForm, TemplateItemForm
from apps.checklists.models import PlanTemplate
from apps.checklists.plans import StaleDraft
from apps.checklists.views_templates import as_file, frame
from apps.ui.once import acts_once

OWNER = OrganisationRole.OWNER
GONE = "This was deleted or renamed meanwhile by somebody else. This is how the draft stands now."
STEPS = {"up": -1, "down": 1}


def _row(organisation: Organisation, pk: int) -> PlanTemplate:
    return get_object_or_404(organisation.plan_templates.select_related("organisation", "edited_by"), pk=pk)


def _outline(request: HttpRequest, organisation: Organisation, pk: int, status: int = 200, **said: Any) -> HttpResponse:
    """The draft as it stands now: the part to htmx, the page to everybody else."""
    row = _row(organisation, pk)
    latest = row.latest
    context = frame(request, organisation, row=row, latest=latest, phases=outlines.outline(row.template),
                    is_ahead=latest is None or bool(compare(latest.as_template(), row.template)), **said)  # fmt: skip
    page = "checklists/_outline.html" if request.htmx and not request.htmx.boosted else "checklists/template_edit.html"
    return render(request, page, context, status=status)


def _after(
    request: HttpRequest, organisation: Organisation, row: PlanTemplate, act: Callable[[], None], anchor: str = ""
) -> HttpResponse:
    """Do it; then the outline again, with the sentence where it could not be done."""
    try:
        act()
    except TemplateError as error:
        return _outline(request, organisation, row.pk, 422, sentence=str(error))
    except KeyError:
        return _outline(request, organisation, row.pk, 409, sentence=GONE)
    except StaleDraft as stale:
        return _conflict(request, organisation, row, stale)
    if request.htmx:
        return _outline(request, organisation, row.pk)
    return redirect(f"{row.get_absolute_url()}edit/#{anchor}")


def _conflict(request: HttpRequest, organisation: Organisation, row: PlanTemplate, stale: StaleDraft) -> HttpResponse:
    """Both texts. A part of a page that asked is replaced by the whole."""
    context = frame(request, organisation, row=row, stale=stale, retry_url=f"{row.get_absolute_url()}edit/")
    response = render(request, "checklists/template_conflict.html", context, status=409)
    if request.htmx:
        response.headers |= {"HX-Retarget": "body", "HX-Reswap": "innerHTML"}
    return response


@organisation_view(OWNER)
@require_safe
def template_edit(request: HttpRequest, organisation: Organisation, pk: int) -> HttpResponse:
    """The draft: phases, sections, items."""
    return _outline(request, organisation, pk)


@organisation_view(OWNER)
@acts_once
def template_item_new(request: HttpRequest, organisation: Organisation, pk: int) -> HttpResponse:
    """One more item, at the end of its section."""
    row = _row(organisation, pk)
    asked = publishing.asked_by_lesson(organisation, request.GET.get("lesson", ""))
    asked |= {name: request.GET[name] for name in ("phase", "section") if name in request.GET}
    form = TemplateItemForm(request.POST or None, template=row.template, initial=asked)
    return _item_page(request, organisation, row, form)


@organisation_view(OWNER)
@acts_once
def template_item(request: HttpRequest, organisation: Organisation, pk: int, key: str) -> HttpResponse:
    """One item of the draft."""
    row = _row(organisation, pk)
    try:
        item = drafting.find(row.template, key)
    except KeyError as error:
        raise Http404("There is no such item in the draft.") from error
    form = TemplateItemForm(request.POST or None, template=row.template, item=item)
    return _item_page(request, organisation, row, form)


def _item_page(
    request: HttpRequest, organisation: Organisation, row: PlanTemplate, form: TemplateItemForm
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            item = publishing.save_item(row, form.typed(), form.cleaned_data["seen"], by=request.user)
            return redirect(f"{row.get_absolute_url()}edit/#item-{item.key}")
        except publishing.DraftRefused as refused:
            form.refuse(refused.found, form.item.key if form.item else "")
        except StaleDraft as stale:
            return _conflict(request, organisation, row, stale)
    context = frame(request, organisation, row=row, form=form, item=form.item)
    return render(request, "checklists/template_item.html", context, status=422 if form.is_bound else 200)


@organisation_view(OWNER)
@require_POST
def template_item_act(request: HttpRequest, organisation: Organisation, pk: int, key: str) -> HttpResponse:
    """Up, down, duplicate or delete."""
    row, act, by = _row(organisation, pk), request.POST.get("act", ""), request.user
    seen = request.POST.get("seen", "")
    acts: dict[str, Callable[[], None]] = {
        "duplicate": lambda: publishing.duplicate_item(row, key, by=by),
        "delete": lambda: publishing.remove_item(row, key, seen, by=by),
    }
    if act in STEPS:
        acts[act] = lambda: publishing.change(row, lambda draft: drafting.move(draft, key, STEPS[act]), by=by)
    return _after(request, organisation, row, acts.get(act, lambda: None), f"item-{key}")


@organisation_view(OWNER)
@require_POST
def template_put_back(request: HttpRequest, organisation: Organisation, pk: int) -> HttpResponse:
    """Undo a deletion."""
    row, key = _row(organisation, pk), request.POST.get("key", "")
    return _after(request, organisation, row, lambda: publishing.put_back(row, key, by=request.user), f"item-{key}")


@organisation_view(OWNER)
@require_POST
def template_outline(request: HttpRequest, organisation: Organisation, pk: int) -> HttpResponse:
    """What is done to a phase or a section: add, rename, up, down, remove."""
    row, typed = _row(organisation, pk), request.POST.dict()
    return _after(request, organisation, row, lambda: publishing.change(row, _structural(typed), by=request.user))


def _structural(typed: dict[str, str]) -> Callable[[Template], Template]:
    """The act that a form of the outline asks for. Raises KeyError where what it names is not there any more."""
    act, name, phase, section = (typed.get(word, "") for word in ("act", "name", "phase", "section"))

    def do(draft: Template) -> Template:
        if act == "add":
            return drafting.add_phase(draft, name)
        if phase not in draft.phases:
            raise KeyError(phase)
        number = draft.phases.index(phase) + 1
        if section:
            if section not in {item.section for item in draft.items if item.phase == number}:
                raise KeyError(section)
            if act in STEPS:
                return drafting.move_section(draft, number, section, STEPS[act])
            return drafting.rename_section(draft, number, section, name) if act == "rename" else draft
        if act in STEPS:
            return drafting.move_phase(draft, number, STEPS[act])
        acts = {"rename": lambda: drafting.rename_phase(draft, number, name),
                "remove": lambda: drafting.remove_phase(draft, number)}  # fmt: skip
        return acts[act]() if act in acts else draft

    return do


@organisation_view(OWNER)
@require_safe
def template_draft_file(request: HttpRequest, organisation: Organisation, pk: int) -> HttpResponse:
    """The draft as TOML."""
    row = _row(organisation, pk)
    return as_file(row.template, f"{row.name} draft")


@organisation_view(OWNER)
@acts_once
def template_replace(request: HttpRequest, organisation: Organisation, pk: int) -> HttpResponse:
    """The draft out of a file that was edited outside."""
    row = _row(organisation, pk)
    form = DraftFileForm(request.POST or None, request.FILES or None, initial={"seen": publishing.digest(row.draft)})
    if request.method == "POST" and form.is_valid():
        try:
            publishing.replace_draft(row, form.cleaned_data["file"], form.cleaned_data["seen"], by=request.user)
            messages.success(request, "The draft is the file's now. Nothing is published yet.")
            return redirect(f"{row.get_absolute_url()}edit/")
        except StaleDraft as stale:
            return _conflict(request, organisation, row, stale)
    context = frame(request, organisation, row=row, form=form)
    return render(request, "checklists/template_replace.html", context, status=422 if form.is_bound else 200)


@require_POST
def guidance_preview(request: HttpRequest) -> HttpResponse:
    """What the typed Markdown looks like."""
    return render(request, "checklists/_preview.html", {"text": request.POST.get("guidance", "")[:4000]})
