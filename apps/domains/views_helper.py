"""The page of the person who sets the DNS: only the records to change, each turning green by itself."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.domains import planning, services, tasks
from apps.domains.kept import DEMO_NAMES
from apps.domains.models import Domain, DomainCheck
from apps.jobs.models import Job
from apps.projects.access import project_view
from apps.projects.models import Project, Role
from engine.dns.panels import host_of, zone_of
from engine.dns.plan import Situation, State

AT_MOST_EVERY = timedelta(seconds=60)
ON_HIS_LIST = ("lower_ttl", "add_sender", "switch_pages", "remove_old", "raise_ttl")


def _context(project: Project, role: int) -> dict[str, Any]:
    domains = list(project.domains.shown_to(role).with_status())
    checks = services.newest_checks(domains)
    found = planning.situations(project, domains, checks)
    rows = [_row(domain, checks.get(domain.pk), found[domain.pk]) for domain in domains]
    return {"project": project, "rows": rows, "is_waiting": any(row["now"] for row in rows)}


def _row(domain: Domain, check: DomainCheck | None, situation: Situation) -> dict[str, Any]:
    """What is to be set now, what comes later and why, what is right already."""
    report: Mapping[str, Any] = check.report if check else {}
    steps = [step for step in planning.steps_of(situation) if step.key in ON_HIS_LIST and step.lines]
    now = [
        line for step in steps for line in step.lines
        if line.verdict != "ok" and (step.state is State.NOW or (step.state is State.DONE and line.is_optional))
    ]  # fmt: skip
    right = [
        row for row in situation.rows if row["verdict"] == "ok" and row["need"] in ("required", "recommended")
    ]  # fmt: skip
    return {
        "domain": domain,
        "check": check,
        "last_good": domain.last_good if check and check.failed else None,
        "now": now,
        "later": [step for step in steps if step.state in (State.WAITS, State.LATER)],
        "right": right,
        "zone": zone_of(domain.name, report.get("records", [])),
        "host": host_of([row["name"] for row in report.get("nameservers", [])]),
    }


@project_view(Role.HELPER)
@require_safe
def helper_page(request: HttpRequest, project: Project) -> HttpResponse:
    """For whoever sets the DNS: only the records to change, each with its state."""
    return render(request, "domains/helper_page.html", _context(project, request.role))


@project_view(Role.HELPER)
@require_POST
def helper_state(request: HttpRequest, project: Project) -> HttpResponse:
    """The open page asks how things stand; a look is started where the last one is a minute old."""
    context = _context(project, request.role)
    waiting = [row["domain"].pk for row in context["rows"] if row["now"] and _answers(project, row["domain"])]
    if waiting and _may_look(project):
        Job.start(
            tasks.check_domains, project, by=request.user, title="Check what is being set", key="helper",
            domain_ids=waiting,
        )  # fmt: skip
    return render(request, "domains/_helper_rows.html", context)


def _may_look(project: Project) -> bool:
    """At most once a minute, whoever has the page open."""
    recent = project.jobs.filter(
        task=tasks.check_domains.name, created_at__gt=timezone.now() - AT_MOST_EVERY
    )  # fmt: skip
    return not recent.exists()


def _answers(project: Project, domain: Domain) -> bool:
    """Nobody answers for the names of the demo."""
    return not (project.organisation.is_demo and domain.name.endswith(DEMO_NAMES))
