"""The change plan of one domain, the words only a person can give, and the request to whoever sets the DNS."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.domains import planning, services
from apps.domains.models import Domain, Word
from apps.projects.access import project_view
from apps.projects.models import Project, Role
from engine.dns.panels import host_of, zone_of
from engine.dns.plan import Action, State, Step

FOR_OTHERS = (Action.ADD, Action.CHANGE, Action.REMOVE, Action.LOWER)


def visible_domain(request: HttpRequest, project: Project, pk: int) -> Domain:
    """The domain; a client's own only where the consultant shows it to him."""
    rows = project.domains.shown_to(request.role).select_related("project").with_status()
    found: Domain = get_object_or_404(rows, pk=pk)
    return found


def _context(project: Project, domain: Domain) -> dict[str, Any]:
    check = services.newest_checks([domain]).get(domain.pk)
    situation = planning.situations(project, [domain], {domain.pk: check} if check else {})[domain.pk]
    steps = planning.steps_of(situation)
    report = check.report if check else {}
    return {
        "project": project,
        "domain": domain,
        "check": check,
        "last_good": domain.last_good if check and check.failed else None,
        "situation": situation,
        "steps": steps,
        "drift": planning.drift_of(project, situation),
        "zone": zone_of(domain.name, report.get("records", [])),
        "host": host_of([row["name"] for row in report.get("nameservers", [])]),
        "standing": [word for word in Word if word in situation.words],
        "bind": "\n".join(_bind(steps)),
        "said": situation.words,
    }


def _bind(steps: list[Step]) -> list[str]:
    """What is still to be set, as zone file lines, each step under its title."""
    lines = []
    for step in steps:
        wanted = [line for line in step.lines if line.verdict != "ok" and step.state is not State.DONE]
        if wanted:
            lines += [f"; {step.title}", *(line.bind for line in wanted), ""]
    return lines


@project_view(Role.CLIENT)
@require_safe
def plan(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Every step in its order, with what it waits for."""
    return render(request, "domains/plan.html", _context(project, visible_domain(request, project, pk)))


@project_view(Role.CONSULTANT)
@require_POST
def plan_say(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """A person's word: given (`say`) or taken back (`take_back`)."""
    domain = get_object_or_404(project.domains.select_related("project"), pk=pk)
    word = request.POST.get("word", "")
    if word not in Word.values:
        raise Http404("There is no such word.")
    verb = planning.take_back if request.POST.get("verb") == "take_back" else planning.say
    verb(domain, word, by=request.user)
    services.publish_facts(project)
    return redirect("domains:plan", project.slug, domain.pk)


@project_view(Role.CLIENT)
@require_safe
def request_page(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """On one sheet: what the registrar or DNS person is asked to do now, to print or to send."""
    domain = visible_domain(request, project, pk)
    context = _context(project, domain)
    wanted = [step for step in context["steps"] if step.state is State.NOW and step.lines]
    rows = [
        (step, [line for line in step.lines if line.action in FOR_OTHERS and line.verdict != "ok"]) for step in wanted
    ]
    asked = [(step, lines) for step, lines in rows if lines]
    bind = "\n".join(line.bind for _, lines in asked for line in lines)
    return render(
        request, "domains/request_page.html", context | {"asked": asked, "bind": bind, "today": timezone.now()}
    )
