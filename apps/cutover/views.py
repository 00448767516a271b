"""Go or no-go: what stands against the switch, who takes which risk, and the decision."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.cutover import deciding, rollbacks
from apps.projects.access import project_view
from apps.projects.models import Project, Role
from apps.ui.once import acts_once
from apps.ui.typed import typed


def _page(request: HttpRequest, project: Project, said: str = "", words: str = "") -> HttpResponse:
    now = deciding.standing(project)
    decisions = list(project.decisions.select_related("by")[:10])
    newest = decisions[0] if decisions else None
    context = {
        "project": project, "standing": now, "decisions": decisions, "newest": newest, "said": said, "typed": words,
        "turned": deciding.turned_since(newest, now), "no_return": rollbacks.no_return(project),
    }  # fmt: skip
    return render(request, "cutover/cutover.html", context, status=422 if said else 200)


@project_view(Role.CONSULTANT)
@require_safe
def cutover(request: HttpRequest, project: Project) -> HttpResponse:
    """Every area with its verdict; the conditions that are not met; the decisions so far."""
    return _page(request, project)


@project_view(Role.CONSULTANT)
@require_POST
def risk_accept(request: HttpRequest, project: Project) -> HttpResponse:
    """Take one unmet condition on, with a sentence."""
    key, note = typed(request, "key", 60), typed(request, "note")
    try:
        deciding.accept(project, key, note, by=request.user)
    except deciding.CannotDecide as error:
        return _page(request, project, str(error), note)
    return redirect(f"{reverse('cutover:cutover', args=[project.slug])}#condition-{key}")


@project_view(Role.CONSULTANT)
@require_POST
def risk_revoke(request: HttpRequest, project: Project) -> HttpResponse:
    """Take an acceptance back."""
    deciding.revoke(project, typed(request, "key", 60), by=request.user)
    return redirect("cutover:cutover", slug=project.slug)


@project_view(Role.CONSULTANT)
@require_POST
@acts_once
def decide(request: HttpRequest, project: Project) -> HttpResponse:
    """Go or no-go, written down with everything that was known."""
    word = deciding.Word.GO if request.POST.get("word") == "go" else deciding.Word.NO_GO
    reason = typed(request, "reason", 1000)
    try:
        deciding.decide(project, word, reason, by=request.user, seen=request.POST.get("seen"))
    except deciding.CannotDecide as error:
        return _page(request, project, str(error), reason)
    return redirect("cutover:cutover", slug=project.slug)
