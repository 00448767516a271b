"""All clients at a glance, a new project, the project's first page, search, reports."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts import posting
from apps.accounts.models import Organisation, OrganisationRole
from apps.findings.readiness import readiness_of
from apps.overview import assessing, lists, objectives
from apps.overview.forms import NewProjectForm
from apps.overview.services import start_project
from apps.projects.access import project_view
from apps.projects.models import Project, Role
from apps.ui.once import acts_once


@require_safe
def project_list(request: HttpRequest) -> HttpResponse:
    """All projects this person may see: phase, progress, go-live, what is in the way."""
    rows = lists.at_a_glance(request.user, request.GET.get("sort", ""))
    own = request.user.organisation_memberships.select_related("organisation")
    if len(rows) == 1 and not own:
        return redirect(rows[0])
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    owned = [row.organisation for row in own if row.role == OrganisationRole.OWNER]
    context = {"page": page, "is_staff": bool(own), "owned": owned, "trouble": posting.trouble() if owned else None}
    context["works_at"] = [row.organisation for row in own]
    return render(request, "overview/project_list.html", context)


@acts_once
def project_new(request: HttpRequest) -> HttpResponse:
    """A client's project with a copy of the template that was chosen."""
    organisations = Organisation.objects.filter(memberships__user=request.user).order_by("pk")
    if not organisations:
        raise PermissionDenied
    zone = request.user.time_zone
    form = NewProjectForm(request.POST or None, organisations=organisations, initial={"time_zone": zone})
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in form._meta.fields}
        chosen = {"template": form.cleaned_data["template"], "by": request.user}
        project = start_project(form.cleaned_data["organisation"], **chosen, **values)
        return redirect("overview:project-page", slug=project.slug)
    return render(request, "overview/project_new.html", {"form": form}, status=422 if form.is_bound else 200)


@project_view(Role.HELPER)
@require_safe
def project_page(request: HttpRequest, project: Project) -> HttpResponse:
    """The project at a glance; a client begins with his list, a helper has one page."""
    if request.role < Role.CONSULTANT:
        own = "checklists:my-list" if request.role == Role.CLIENT else "domains:helper-page"
        return redirect(own, slug=project.slug)
    context = {
        "project": project,
        "next_items": lists.next_items(project),
        "counts": lists.asset_counts(project, request.role),
        "readiness": readiness_of(project),
        "called": project.items.called(),
        "objectives": objectives.shown(project),
        "assessed": assessing.progress(project),
        "activities": lists.newest_activity(project),
        "now": timezone.now(),
    }
    return render(request, "overview/project_page.html", context)


@project_view(Role.CONSULTANT)
@require_safe
def reports(request: HttpRequest, project: Project) -> HttpResponse:
    """What the system knows, on one page that prints."""
    context = {
        "project": project,
        "objectives": objectives.shown(project),
        "readiness": readiness_of(project),
        "counts": lists.asset_counts(project, request.role),
        "undecided": project.assets.filter(required_status="").order_by("name", "pk")[:200],
        "overdue": project.items.overdue(project.today).order_by("due", "pk")[:200],
    }
    return render(request, "overview/reports.html", context)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Projects, assets, checklist items and domains by name, only from projects this person may see."""
    words = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:100]
    found = lists.search(request.user, words) if len(words) >= 2 else []
    return render(request, "overview/search.html", {"search_query": words, "found": found})
