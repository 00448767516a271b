"""The snapshot of one domain: taken, looked through, signed off, printed, downloaded; and the table that leads back."""

from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.domains import planning, services, snapshots, tasks
from apps.domains.forms_snapshot import ImportZoneForm
from apps.domains.models import DnsSnapshot, Domain
from apps.jobs.models import Job
from apps.projects.access import project_view
from apps.projects.models import Project, Role
from apps.ui.once import acts_once
from engine.dns.panels import host_of
from engine.dns.plan import planned_values
from engine.dns.records import CSV_HEADER, bind_lines, csv_rows
from engine.dns.snapshot import revert
from engine.dns.zonefile import BadZone
from engine.spreadsheets.guarding import write_csv


def _domain(project: Project, pk: int) -> Domain:
    found: Domain = get_object_or_404(project.domains.select_related("project"), pk=pk)
    return found


def _shown(request: HttpRequest, domain: Domain) -> DnsSnapshot | None:
    """The one asked for (?snapshot=number), or the newest signed one, or the newest."""
    rows = domain.snapshots.select_related("taken_by", "signed_by", "domain", "project")
    number = request.GET.get("snapshot", "")
    asked = rows.filter(pk=int(number)).first() if number.isascii() and number.isdigit() and len(number) < 18 else None
    return asked or rows.signed().first() or rows.first()


@project_view(Role.CONSULTANT)
@require_safe
def snapshot(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Everything that was kept of one domain, and the way back to it."""
    domain = _domain(project, pk)
    shown = _shown(request, domain)
    context = _base(project, domain) | {"snapshot": shown, "form": ImportZoneForm()}
    if shown is not None:
        context |= _contents(project, domain, shown)
    return render(request, "domains/snapshot.html", context)


def _base(project: Project, domain: Domain) -> dict[str, Any]:
    job = project.jobs.filter(task=tasks.take_snapshots.name).select_related("project").first()
    return {
        "project": project,
        "domain": domain,
        "older": domain.snapshots.light().select_related("signed_by")[:20],
        "imported": domain.imported_zones.select_related("created_by").first(),
        "job": job if job and (not job.has_ended or job.state == "failed") else None,
    }


def _contents(project: Project, domain: Domain, shown: DnsSnapshot) -> dict[str, Any]:
    check = services.newest_checks([domain]).get(domain.pk)
    situation = planning.situations(project, [domain], {domain.pk: check} if check else {})[domain.pk]
    planned = planned_values(situation.rows, planning.steps_of(situation))
    return {
        "groups": snapshots.by_name(shown.there),
        "unknown": shown.unknown,
        "told_otherwise": snapshots.told_otherwise(shown),
        "back": revert(shown.sets, situation.now, planned),
        "drift": planning.drift_of(project, situation),
        "check": check,
        "is_compared": bool(situation.now),
        "bind": "\n".join(bind_lines(shown.there)),
        "host": host_of(shown_servers(shown)),
    }


def shown_servers(one: DnsSnapshot) -> list[str]:
    """The names of the zone's name servers as they were kept."""
    return [value for record in one.there if record.type == "NS" for value in record.values]


@project_view(Role.CONSULTANT)
@require_POST
def snapshot_take(request: HttpRequest, project: Project) -> HttpResponse:
    """Keep every domain, or the one that is named, as it stands now."""
    number = request.POST.get("domain", "")
    one = project.domains.filter(pk=int(number)).first() if number.isascii() and number.isdigit() else None
    args = {"domain_ids": [one.pk]} if one else {}
    Job.start(tasks.take_snapshots, project, by=request.user, title="Take a DNS snapshot", **args)
    return redirect("domains:snapshot", project.slug, one.pk) if one else redirect("domains:domain-list", project.slug)


@project_view(Role.CONSULTANT)
@require_POST
def snapshot_sign(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Sign off one snapshot (its number is in the form)."""
    domain = _domain(project, pk)
    number = request.POST.get("snapshot", "")
    one = get_object_or_404(domain.snapshots, pk=int(number) if number.isascii() and number.isdigit() else 0)
    if snapshots.sign(one, by=request.user):
        services.publish_facts(project)
        tasks_start_check(request, project, domain)
    return redirect(f"{domain.get_absolute_url()}snapshot/?snapshot={one.pk}")


def tasks_start_check(request: HttpRequest, project: Project, domain: Domain) -> None:
    """A look at once, so that there is something to compare with the snapshot."""
    Job.start(tasks.check_domains, project, by=request.user, title="Check domains", domain_ids=[domain.pk])


@project_view(Role.CONSULTANT)
@require_POST
@acts_once
def zone_import(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Read a zone file or an export; its names are asked by the next snapshot."""
    domain = _domain(project, pk)
    form = ImportZoneForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            row = snapshots.import_zone(domain, Path(file.temporary_file_path()), file.name, by=request.user)
        except BadZone as reason:
            form.add_error("file", str(reason))
        else:
            messages.success(request, f"{len(row.records)} records were read. Take a snapshot to ask for their names.")
            return redirect("domains:snapshot", project.slug, domain.pk)
    context = _base(project, domain) | {"form": form, "snapshot": None}
    return render(request, "domains/snapshot.html", context, status=422)


@project_view(Role.CONSULTANT)
@require_safe
def snapshot_file(request: HttpRequest, project: Project, pk: int, form: str) -> HttpResponse:
    """The kept records as a zone file or as a table."""
    domain = _domain(project, pk)
    one = _shown(request, domain)
    if one is None or form not in ("csv", "zone"):
        raise Http404("There is no such file.")
    name = f"{domain.name}-{one.taken_at:%Y-%m-%d}.{'csv' if form == 'csv' else 'zone'}"
    answer = HttpResponse(content_type="text/csv; charset=utf-8" if form == "csv" else "text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    if form == "csv":
        write_csv(answer, CSV_HEADER, csv_rows(one.there))  # type: ignore[arg-type]
    else:
        answer.write(f"; {domain.name}, as it stood on {one.taken_at:%Y-%m-%d %H:%M} UTC. SHA-256 {one.sha256}\n")
        answer.write("\n".join(bind_lines(one.there)) + "\n")
    return answer
