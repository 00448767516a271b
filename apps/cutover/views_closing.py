"""Closing the old accounts: what still holds each open, and the act itself."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.cutover import closing
from apps.cutover.running import NotNow
from apps.projects.access import project_view
from apps.projects.models import Project, Role
from apps.ui.typed import typed


def _page(request: HttpRequest, project: Project, said: str = "") -> HttpResponse:
    rows = closing.swept(project)
    money = {"saved": closing.saved(rows), "still_paid": closing.saved(rows, closed=False)}
    context = {"project": project, "rows": rows, "said": said, **money}
    return render(request, "cutover/closing.html", context, status=422 if said else 200)


@project_view(Role.CONSULTANT)
@require_safe
def closing_list(request: HttpRequest, project: Project) -> HttpResponse:
    """Every old account with what still holds it open, by name."""
    return _page(request, project)


@project_view(Role.CONSULTANT)
@require_POST
def account_close(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Closed: nothing holds it open, and its name is typed."""
    account = get_object_or_404(project.accounts.select_related("project"), pk=pk)
    try:
        closing.close(account, typed(request, "name", 200), by=request.user)
    except NotNow as error:
        return _page(request, project, str(error))
    return redirect("cutover:closing-list", slug=project.slug)


@project_view(Role.CONSULTANT)
@require_POST
def account_reopen(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """It was not closed after all."""
    closing.reopen(get_object_or_404(project.accounts.select_related("project"), pk=pk), by=request.user)
    return redirect("cutover:closing-list", slug=project.slug)
