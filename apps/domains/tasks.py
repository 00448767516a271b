"""The look-ups, in the background."""

from django.conf import settings

from apps.domains.services import publish_facts, record_check
from apps.jobs.models import Job, JobFailed
from apps.jobs.running import job_task
from engine.dns.checking import NoNameserver
from engine.dns.checking import check_domains as look_up
from engine.dns.resolver import BadNameserver


@job_task
def check_domains(job: Job, domain_ids: list[int] | None = None) -> None:
    """Look up the domains (all of the project, or the named ones) and store what was found, all at once."""
    domains = job.project.domains.all()
    if domain_ids is not None:
        domains = domains.filter(pk__in=domain_ids)
    by_name = {domain.name: domain for domain in domains}
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
    except (NoNameserver, BadNameserver) as error:
        raise JobFailed(str(error)) from error
    with job.finishing(f"{len(results)} checked", result_url=f"{job.project.get_absolute_url()}domains/"):
        for result in results:
            domain = by_name[result.domain]
            report = result.as_report()
            record_check(domain, report=report, findings=result.findings, as_of=result.asked_at, by=job.created_by)
        publish_facts(job.project)
