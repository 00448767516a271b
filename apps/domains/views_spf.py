"""What a domain's SPF record would be worth after a change, before anybody publishes it."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.domains.forms import SpfChangeForm
from apps.domains.planning import spf_terms
from apps.projects.access import project_view
from apps.projects.models import Project, Role
from engine.dns.spf_change import simulated

SECONDS = 8.0  # a page is waited for


@project_view(Role.CONSULTANT)
@require_safe
def spf_change(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Try a change (?add=...&remove=...); without one the fields hold what the move asks for."""
    row = get_object_or_404(project.domains.select_related("project"), pk=pk)
    is_asked = "add" in request.GET or "remove" in request.GET
    planned = spf_terms(row.newest)
    form = SpfChangeForm(request.GET) if is_asked else SpfChangeForm(initial=planned)
    context = {"project": project, "domain": row, "form": form, "planned": planned, "result": None}
    if is_asked and form.is_valid():
        given = form.cleaned_data
        servers = settings.DNS_NAMESERVERS
        found = simulated(row.name, given["add"], given["remove"], nameservers=servers, seconds=SECONDS)
        context["result"] = found.as_json()
    return render(request, "domains/spf_change.html", context, status=422 if is_asked and form.errors else 200)
