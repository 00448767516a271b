"""The consultancy's templates: the list, one with its versions, what changed between two, publishing, files."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import organisation_view
from apps.accounts.models import Organisation, OrganisationRole
from apps.checklists import outlines, publishing
from apps.checklists.builtin import Template, TemplateError, four_phases
from apps.checklists.differences import compare
from apps.checklists.forms_templates import NewTemplateForm, PublishForm, RenameForm, name_is_taken
from apps.checklists.models import PlanTemplate
from apps.checklists.plans import StaleDraft
from apps.checklists.template_files import write_file
from apps.ui.once import acts_once

CONSULTANT, OWNER = OrganisationRole.CONSULTANT, OrganisationRole.OWNER


def _row(organisation: Organisation, pk: int) -> PlanTemplate:
    return get_object_or_404(organisation.plan_templates.with_numbers().select_related("organisation"), pk=pk)


def frame(request: HttpRequest, organisation: Organisation, **more: Any) -> dict[str, Any]:
    """What every page of the templates shows."""
    is_owner = request.organisation_role == OWNER
    return {"consultancy": organisation, "organisation": organisation, "is_owner": is_owner, **more}


@organisation_view(CONSULTANT)
@require_safe
def template_list(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """One's own, then the built-in one."""
    rows = organisation.plan_templates.with_numbers().defer("draft", "removed")
    context = frame(request, organisation, builtin=four_phases(), own=[row for row in rows if not row.archived_at],
                    archived=[row for row in rows if row.archived_at])  # fmt: skip
    return render(request, "checklists/template_list.html", context)


@organisation_view(OWNER)
@acts_once
def template_new(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Begin one with a copy of the built-in template, with nothing, or with a file."""
    form = NewTemplateForm(
        request.POST or None, request.FILES or None, initial={"begin": request.GET.get("begin", "builtin")}
    )
    if request.method == "POST" and form.is_valid():
        try:
            row = publishing.begin(organisation, form.cleaned_data["name"], form.template, by=request.user)
            return redirect("checklists:template-edit", slug=organisation.slug, pk=row.pk)
        except publishing.NameTaken:
            name_is_taken(form)
    status = 422 if form.is_bound else 200
    return render(request, "checklists/template_new.html", frame(request, organisation, form=form), status=status)


@organisation_view(CONSULTANT)
@require_safe
def template_builtin(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """The built-in template, to be read."""
    context = frame(request, organisation, template=four_phases(), phases=outlines.outline(four_phases()))
    return render(request, "checklists/template_builtin.html", context)


@organisation_view(CONSULTANT)
@require_safe
def template_page(request: HttpRequest, organisation: Organisation, pk: int) -> HttpResponse:
    """A template: its newest version, all versions, and for owners the way to the draft."""
    row = _row(organisation, pk)
    versions = list(row.versions.select_related("published_by"))
    newest = versions[0].as_template() if versions else None
    context = frame(request, organisation, row=row, versions=versions, rename_form=RenameForm({"name": row.name}),
                    phases=outlines.outline(newest) if newest else [],
                    is_ahead=newest is not None and bool(compare(newest, row.template)))  # fmt: skip
    return render(request, "checklists/template_page.html", context)


@organisation_view(CONSULTANT)
@require_safe
def template_version(request: HttpRequest, organisation: Organisation, pk: int, number: int) -> HttpResponse:
    """One published version, to be read."""
    row = _row(organisation, pk)
    version = get_object_or_404(row.versions.select_related("published_by"), number=number)
    context = frame(request, organisation, row=row, version=version, phases=outlines.outline(version.as_template()))
    return render(request, "checklists/template_version.html", context)


@organisation_view(CONSULTANT)
@require_safe
def template_compare(request: HttpRequest, organisation: Organisation, pk: int) -> HttpResponse:
    """What changed between any two versions (?old=1&new=3); without them, between the last two."""
    row = _row(organisation, pk)
    versions = {str(version.number): version for version in row.versions.all()}
    numbers = list(versions) or [""]
    new = request.GET.get("new", numbers[0])
    old = request.GET.get("old", numbers[min(1, len(numbers) - 1)])
    if not {old, new} <= versions.keys():
        raise Http404("There is no such version.")
    found = compare(versions[old].as_template(), versions[new].as_template())
    context = frame(request, organisation, row=row, versions=versions.values(), old=versions[old], new=versions[new],
                    found=found, old_name=f"Version {old}", new_name=f"Version {new}")  # fmt: skip
    return render(request, "checklists/template_compare.html", context)


@organisation_view(OWNER)
@acts_once
def template_publish(request: HttpRequest, organisation: Organisation, pk: int) -> HttpResponse:
    """See what is new in the draft, say why, and publish it as the next version."""
    row, form = _row(organisation, pk), PublishForm(request.POST or None)
    sentence, status = "", 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            version = publishing.publish(row, form.cleaned_data["note"], form.cleaned_data["seen"], by=request.user)
            then = "running projects are offered its news" if version.number > 1 else "new projects can begin with it"
            messages.success(request, f"Version {version.number} is published; {then}.")
            return redirect(row)
        except StaleDraft as stale:
            sentence, status = f"The draft was {stale.fields[0][1]}. This is how it stands now; look again.", 409
            form = PublishForm(initial={"note": form.cleaned_data["note"]})
        except TemplateError as error:
            form.add_error(None, str(error))
    context = frame(request, organisation, form=form, sentence=sentence, **_news(_row(organisation, pk)))
    form.initial["seen"] = publishing.digest(context["row"].draft)
    return render(request, "checklists/template_publish.html", context, status=status)


def _news(row: PlanTemplate) -> dict[str, Any]:
    """The draft against the newest version."""
    latest = row.latest
    found = compare(latest.as_template(), row.template) if latest else None
    return {"row": row, "latest": latest, "found": found, "old_name": f"Version {latest.number}" if latest else "",
            "new_name": "Draft"}  # fmt: skip


@organisation_view(OWNER)
@require_POST
def template_rename(request: HttpRequest, organisation: Organisation, pk: int) -> HttpResponse:
    """Another name; versions and plans show it from now on."""
    row, form = _row(organisation, pk), RenameForm(request.POST)
    try:
        if form.is_valid():
            publishing.rename(row, form.cleaned_data["name"])
        else:
            messages.error(request, "Give the template a name of at most 120 characters.")
    except publishing.NameTaken:
        messages.error(request, "Another template of the consultancy has this name. Choose another one.")
    return redirect(row)


@organisation_view(OWNER)
@require_POST
def template_archive(request: HttpRequest, organisation: Organisation, pk: int) -> HttpResponse:
    """Put away, or take out again (act=restore)."""
    row, is_archived = _row(organisation, pk), request.POST.get("act") != "restore"
    publishing.set_archived(row, is_archived)
    words = "is archived: new projects are not offered it" if is_archived else "can be chosen again"
    messages.success(request, f"“{row.name}” {words}.")
    return redirect("checklists:template-list", slug=organisation.slug)


@organisation_view(OWNER)
@require_POST
def template_delete(request: HttpRequest, organisation: Organisation, pk: int) -> HttpResponse:
    """Only where no project's plan came from it; others are archived."""
    row = _row(organisation, pk)
    if not publishing.delete(row):
        messages.error(request, f"Plans of {row.used} projects came from this template. Archive it instead.")
        return redirect(row)
    messages.success(request, f"“{row.name}” was deleted.")
    return redirect("checklists:template-list", slug=organisation.slug)


@organisation_view(CONSULTANT)
@require_safe
def template_file(request: HttpRequest, organisation: Organisation, pk: int, number: int) -> HttpResponse:
    """One version as TOML."""
    version = get_object_or_404(_row(organisation, pk).versions.select_related("template"), number=number)
    return as_file(version.as_template(), f"{version.template.name} {number}")


@organisation_view(CONSULTANT)
@require_safe
def template_builtin_file(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """The built-in template as TOML."""
    return as_file(four_phases(), four_phases().name)


def as_file(template: Template, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{slugify(name) or "template"}.toml"'}
    return HttpResponse(write_file(template), content_type="application/toml", headers=headers)
