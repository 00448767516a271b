"""The look-ups, in the background."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from apps.domains import planning, services, snapshots
from apps.domains.models import Domain, DomainWatch
from apps.domains.watching import OPEN
from apps.jobs.models import Job, JobFailed, State
from apps.jobs.running import job_task
from engine.dns.checking import DomainReport, NoNameserver
from engine.dns.checking import check_domains as look_up
from engine.dns.recording import Allowed, NobodyAnswers, read_again, record_domain
from engine.dns.resolver import BadNameserver

WATCH = "watch"  # the key of jobs that the clock started


@job_task
def check_domains(job: Job, domain_ids: list[int] | None = None) -> None:
    """Look up the domains (all of the project, or the named ones) and store what was found, all at once."""
    by_name = _named(job, domain_ids)
    if not by_name:
        raise JobFailed("There is no domain to check any more. Add one first.")
    job.progress(0, len(by_name), "Asking the name servers", at_once=True)
    try:
        results = look_up(
            list(by_name),
            sources=job.project.sources,
            target=job.project.target,
            nameservers=settings.DNS_NAMESERVERS,
            selectors={name: domain.selector_list for name, domain in by_name.items()},
            own_values={name: domain.own_values for name, domain in by_name.items()},
            uses={name: domain.uses for name, domain in by_name.items()},
            allow=settings.OUTBOUND_ALLOW,
            ports=settings.OUTBOUND_PORTS,
            progress=lambda done, total: job.progress(done, total),
        )
        zones = _zones_of(job, by_name, results)
    except (NoNameserver, BadNameserver) as error:
        raise JobFailed(str(error)) from error
    found = [
        (by_name[one.domain], one.as_report() | zones.get(one.domain, {}), one.findings, one.asked_at)
        for one in results
    ]  # fmt: skip
    with job.finishing(f"{len(results)} checked", result_url=f"{job.project.get_absolute_url()}domains/"):
        services.record_reports(job.project, found, by=job.created_by)


def _named(job: Job, domain_ids: list[int] | None) -> dict[str, Domain]:
    domains = job.project.domains.select_related("project")
    if domain_ids is not None:
        domains = domains.filter(pk__in=domain_ids)
    return {domain.name: domain for domain in domains}


def _zones_of(job: Job, by_name: Mapping[str, Domain], results: Sequence[DomainReport]) -> dict[str, dict[str, Any]]:
    """What the zones' own servers say about the records that were kept; nothing for domains without a snapshot."""
    kept = planning.newest_snapshots(job.project, [domain.pk for domain in by_name.values()])
    wanted = {}
    for one in results:
        snapshot = kept.get(by_name[one.domain].pk)
        if snapshot is not None and not one.has_failed:
            rows = [row.as_json() for row in one.rows]
            wanted[one.domain] = planning.names_to_watch(rows, snapshot.sets, one.domain)
    if not wanted:
        return {}
    found = read_again(wanted, nameservers=settings.DNS_NAMESERVERS, allowed=_allowed())
    return {name: {"zone": [one.as_json() for one in sets]} for name, sets in found.items()}


def _allowed() -> Allowed:
    return Allowed(settings.OUTBOUND_ALLOW, settings.OUTBOUND_PORTS)


@job_task
def take_snapshots(job: Job, domain_ids: list[int] | None = None) -> None:
    """Read every known name of the domains and keep it, before anything is changed."""
    domains = list(_named(job, domain_ids).values())
    if not domains:
        raise JobFailed("There is no domain any more. Add one first.")
    found = []
    for domain in job.each(domains):
        names = snapshots.names_to_keep(domain)
        try:
            one = record_domain(domain.name, names, nameservers=settings.DNS_NAMESERVERS, allowed=_allowed())
        except (NobodyAnswers, BadNameserver) as error:
            raise JobFailed(str(error)) from error
        found.append((domain, one))
    records = sum(len(one.there) for _, one in found)
    url = (
        domains[0].get_absolute_url() + "snapshot/"
        if len(domains) == 1
        else f"{job.project.get_absolute_url()}domains/"
    )
    with job.finishing(f"{records} records kept", result_url=url):
        for domain, one in found:
            snapshots.record_snapshot(domain, one, by=job.created_by)
        services.publish_facts(job.project)


@shared_task(name="domains.watch", queue="io")
def watch() -> None:
    """Start a check of every domain whose time has come, one job a project. Safe to repeat."""
    now, due = timezone.now(), dict[int, list[DomainWatch]]()
    for row in DomainWatch.objects.due().select_related("project", "domain").order_by("next_at")[:500]:
        due.setdefault(row.project_id, []).append(row)
    for rows in due.values():
        keys = sorted(row.domain_id for row in rows)
        Job.start(check_domains, rows[0].project, by=None, title="Watch the domains", key=WATCH, domain_ids=keys)
        # Where the look fails as a whole (no name server is set), the next one is not a minute later.
        DomainWatch.objects.filter(pk__in=[row.pk for row in rows]).update(next_at=now + OPEN, looked_at=now)
    old = now - timedelta(days=1)
    Job.objects.filter(task=check_domains.name, key=WATCH, state=State.DONE, ended_at__lt=old).delete()
