"""Domains: the list with each one's state, and one domain's records."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.domains import history, planning, senders, services, tasks
from apps.domains.forms import AddDomainsForm, DomainForm, ExplainSenderForm
from apps.domains.models import Domain, DomainCheck
from apps.jobs.models import Job
from apps.projects.access import project_view
from apps.projects.models import Project, Role, StaleRow
from apps.ui.once import acts_once
from engine.dns.panels import host_of, zone_of
from engine.dns.snapshot import Change


@project_view(Role.CLIENT)
@acts_once
def domain_list(request: HttpRequest, project: Project) -> HttpResponse:
    """Every domain with its newest verdict; add some, check all. A client reads those that are shown to him."""
    if request.role < Role.CONSULTANT:
        return _client_list(request, project)
    form = AddDomainsForm(request.POST if request.method == "POST" else None, project=project)
    if request.method == "POST" and form.is_valid():
        uses = {name: form.cleaned_data[name] for name in ("shows_pages", "sends_mail")}
        made = services.add_domains(project, form.cleaned_data["names"], by=request.user, **uses)
        _start(request, project, [domain.pk for domain in made])
        return redirect("domains:domain-list", slug=project.slug)
    jobs = project.jobs.filter(task__in=[tasks.check_domains.name, tasks.take_snapshots.name]).exclude(key=tasks.WATCH)
    context = {
        "project": project,
        "form": form,
        "domains": list(project.domains.with_status()),
        "job": jobs.select_related("project").first(),
        "stable": project.facts.filter(key="domains.stable").first(),
    }
    return render(request, "domains/list.html", context, status=422 if form.is_bound else 200)


def _client_list(request: HttpRequest, project: Project) -> HttpResponse:
    """States and plans of the domains that the client may see; nothing to change."""
    if request.method == "POST":
        raise PermissionDenied
    domains = list(project.domains.shown_to(Role.CLIENT).with_status())
    return render(request, "domains/client_list.html", {"project": project, "domains": domains})


def _start(request: HttpRequest, project: Project, domain_ids: list[int] | None = None) -> Job:
    title = "Check all domains" if domain_ids is None else "Check domains"
    args = {} if domain_ids is None else {"domain_ids": domain_ids}
    return Job.start(tasks.check_domains, project, by=request.user, title=title, **args)


@project_view(Role.CONSULTANT)
@require_POST
def check(request: HttpRequest, project: Project) -> HttpResponse:
    """Start a check of every domain and show its progress in place of the button."""
    job = _start(request, project)
    if request.htmx:
        return render(request, "jobs/_progress.html", {"project": project, "job": job})
    return redirect("domains:domain-list", slug=project.slug)


@project_view(Role.CONSULTANT)
@require_POST
def check_one(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Look at one domain again."""
    domain = get_object_or_404(project.domains, pk=pk)
    _start(request, project, [domain.pk])
    return redirect(domain)


@project_view(Role.CONSULTANT)
@require_safe
def domain(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """One domain: expected and found, every finding, the raw records, older checks (?check=number)."""
    row = get_object_or_404(project.domains.select_related("project"), pk=pk)
    number = request.GET.get("check", "")
    older = (
        row.checks.filter(pk=int(number)).first()
        if number.isascii() and number.isdigit() and len(number) < 18
        else None
    )
    shown = history.whole(older) if older else row.newest
    context = {
        "project": project,
        "domain": row,
        "check": shown,
        "last_good": row.last_good if shown and shown.failed else None,
        "findings": history.findings_of(shown) if shown else [],
        "sending": senders.sender_rows(row, shown),
        "planned": planning.spf_terms(shown),
        "drift": _drift(project, row, shown) if shown and not older else [],
        "host": host_of([one["name"] for one in shown.report.get("nameservers", [])]) if shown else None,
        "zone": zone_of(row.name, shown.report.get("records", [])) if shown else row.name,
        "job": project.jobs.active().filter(task=tasks.check_domains.name).select_related("project").first(),
    }
    return render(request, "domains/domain.html", context)


def _drift(project: Project, row: Domain, check: DomainCheck) -> list[Change]:
    situation = planning.situations(project, [row], {row.pk: check})[row.pk]
    return planning.drift_of(project, situation)


@project_view(Role.CONSULTANT)
def domain_edit(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Uses, selectors, values pasted from the new platform's account."""
    row = get_object_or_404(project.domains.select_related("project"), pk=pk)
    form = DomainForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_domain(form, by=request.user)
        except StaleRow as stale:
            context = {"project": project, "stale": stale, "retry_url": request.path}
            return render(request, "projects/conflict.html", context, status=409)
        return redirect(row)
    context = {"project": project, "domain": row, "form": form}
    return render(request, "domains/edit.html", context, status=422 if form.is_bound else 200)


@project_view(Role.CONSULTANT)
@require_POST
def sender_explain(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Say what a sender is that nobody knew."""
    row = get_object_or_404(project.domains.select_related("project"), pk=pk)
    newest = row.newest
    form = ExplainSenderForm(request.POST, unknown=newest.report.get("unknown_senders", []) if newest else [])
    if not form.is_valid():
        messages.error(request, "Write in a few words what this sender is. Nothing was changed.")
        return redirect(f"{row.get_absolute_url()}#senders")
    senders.explain_sender(row, form.cleaned_data["trace"], form.cleaned_data["what"], by=request.user)
    services.publish_facts(project)
    return redirect(f"{row.get_absolute_url()}#senders")


@project_view(Role.CONSULTANT)
@require_POST
def domain_delete(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Take a domain out, with its checks, after its name was typed."""
    row = get_object_or_404(project.domains.select_related("project"), pk=pk)
    if request.POST.get("confirm_name", "") != row.shown:
        messages.error(request, "The name does not match. Nothing was deleted.")
        return redirect(row)
    services.delete_domain(row, by=request.user)
    messages.success(request, f"{row.shown} was deleted.")
    return redirect("domains:domain-list", slug=project.slug)
