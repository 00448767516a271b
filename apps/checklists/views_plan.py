"""A project's plan and its template: what a newer version offers, and the plan as a template of the consultancy."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.checklists import keeping, offers
from apps.checklists.forms_templates import KeepPlanForm, name_is_taken
from apps.checklists.models import NotYet, Plan
from apps.checklists.publishing import NameTaken
from apps.projects.access import project_view
from apps.projects.models import Project, Role
from apps.ui.once import acts_once

GONE = "Somebody answered this meanwhile, or a newer version was published. This is how it stands now."


@project_view(Role.CONSULTANT)
@acts_once
def plan_update(request: HttpRequest, project: Project) -> HttpResponse:
    """Choose among what a newer version of the template has; whatever is not chosen stays as it is."""
    sentence, status = "", 200
    if request.method == "POST":
        try:
            messages.success(request, _answer(request, project))
            return redirect("checklists:checklist", slug=project.slug)
        except offers.OfferGone:
            sentence, status = GONE, 409
        except NotYet as error:
            sentence, status = str(error), 422
    context = {"project": project, "plan": Plan.of(project), "offer": offers.offer_for(project), "sentence": sentence}
    return render(request, "checklists/plan_update.html", context, status=status)


def _answer(request: HttpRequest, project: Project) -> str:
    """Do what was chosen, and say so."""
    typed = request.POST.get("number", "")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else 0
    if request.POST.get("act") == "leave":
        offers.dismiss(project, number, by=request.user)
        return f"Everything stays as it is. Version {number} is not offered again."
    count = offers.take_over(project, number, set(request.POST.getlist("key")), by=request.user)
    return f"{count} {'item' if count == 1 else 'items'} taken over from version {number}."


@project_view(Role.OWNER)
@acts_once
def plan_keep(request: HttpRequest, project: Project) -> HttpResponse:
    """This project's plan as a template of the consultancy; a draft at first."""
    form = KeepPlanForm(request.POST or None, initial={"name": f"As for {project.client}"[:120]})
    if request.method == "POST" and form.is_valid():
        try:
            row, moved = keeping.begin_from_plan(project, by=request.user, **form.cleaned_data)
        except NameTaken:
            name_is_taken(form)
        else:
            messages.success(request, "The plan is a draft now. Look through it, then publish it.")
            if moved:
                named = ", ".join(f"“{title}”" for title in moved[:5])
                messages.warning(request, f"Due before what they waited for, so moved after it: {named}.")
            return redirect("checklists:template-edit", slug=project.organisation.slug, pk=row.pk)
    context = {"project": project, "form": form}
    return render(request, "checklists/plan_keep.html", context, status=422 if form.is_bound else 200)
