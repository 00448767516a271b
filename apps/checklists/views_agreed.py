"""Approvals: asking, reading, deciding; and evidence that is taken back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.checklists import approval_pages, approving
from apps.checklists.agreed import ITEM
from apps.checklists.evidence import put_back, take_back
from apps.checklists.forms import AskForm, DecideForm
from apps.checklists.models import NotYet
from apps.checklists.views import _item
from apps.projects.access import project_view
from apps.projects.models import Project, Role
from apps.ui.once import acts_once


@project_view(Role.CLIENT)
@require_safe
def approvals(request: HttpRequest, project: Project) -> HttpResponse:
    """What waits for an answer, what was approved, and what changed since."""
    return render(request, "checklists/approvals.html", approval_pages.context(project, request.role))


@project_view(Role.CLIENT)
@require_safe
def approval(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """One question with everything that it is about; the client decides here."""
    row = get_object_or_404(approval_pages.shown_to(project, request.role), pk=pk)
    context = approval_pages.one(project, row, request.role) | {"form": DecideForm()}
    return render(request, "checklists/approval.html", context)


@project_view(Role.CLIENT)
@require_POST
@acts_once
def approval_ask(request: HttpRequest, project: Project) -> HttpResponse:
    """Ask the client; he himself may begin with an item that needs his approval."""
    form = AskForm(request.POST)
    if not form.is_valid():
        context = approval_pages.context(project, request.role) | {"form": form}
        return render(request, "checklists/approvals.html", context, status=422)
    subject, pk = form.cleaned_data["subject"], form.cleaned_data["item"]
    row = _item(request, project, pk) if subject == ITEM else None
    if request.role < Role.CONSULTANT and (row is None or not row.needs_approval):
        raise PermissionDenied
    try:
        asked = approving.ask(project, subject, by=request.user, item=row, question=form.cleaned_data["question"])
    except NotYet as error:
        messages.error(request, str(error))
        return redirect(row or "checklists:approvals", **({} if row else {"slug": project.slug}))
    return redirect(asked)


@project_view(Role.CLIENT)
@require_POST
def approval_decide(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """The client's yes or no. A consultant cannot give it for him."""
    row = get_object_or_404(approval_pages.shown_to(project, request.role), pk=pk)
    if request.role != Role.CLIENT:
        raise PermissionDenied
    form = DecideForm(request.POST)
    if form.is_valid():
        try:
            approving.decide(row, by=request.user, **form.cleaned_data)
        except NotYet as error:
            form.add_error(None, str(error))
        else:
            return redirect("checklists:approvals", slug=project.slug)
    context = approval_pages.one(project, row, request.role) | {"form": form}
    return render(request, "checklists/approval.html", context, status=422)


@project_view(Role.CONSULTANT)
@require_POST
def approval_withdraw(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Take a question back."""
    approving.withdraw(get_object_or_404(project.approvals.select_related("project"), pk=pk), by=request.user)
    return redirect("checklists:approvals", slug=project.slug)


@project_view(Role.CONSULTANT)
@require_POST
@acts_once
def plan_approve(request: HttpRequest, project: Project) -> HttpResponse:
    """The consultant's own yes to the plan: its dates become the baseline."""
    row = approving.approve_plan(project, by=request.user)
    messages.success(request, f"The plan is approved; its dates are kept as {str(row.baseline).lower()}.")
    return redirect("checklists:approvals", slug=project.slug)


@project_view(Role.CLIENT)
@require_POST
def evidence_state(request: HttpRequest, project: Project, pk: int, given: int) -> HttpResponse:
    """Take evidence back, or put it back: whoever gave it, or a consultant."""
    row = _item(request, project, pk)
    rows = row.all_evidence.select_related("file", "item__project", "project")
    evidence = get_object_or_404(rows, pk=given)
    if request.role < Role.CONSULTANT and evidence.by_id != request.user.pk:
        raise PermissionDenied
    try:
        (put_back if request.POST.get("state") == "standing" else take_back)(evidence, by=request.user)
    except NotYet as error:
        messages.error(request, str(error))
    return redirect(row)
