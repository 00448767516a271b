"""The exact records that lead every domain of a project back to its signed snapshot."""

from dataclasses import dataclass

from apps.domains import planning, services, snapshots
from apps.domains.models import DnsSnapshot, Domain, DomainCheck
from apps.projects.models import Project
from engine.dns.panels import zone_of
from engine.dns.plan import Situation, planned_values
from engine.dns.snapshot import RevertRow, revert


@dataclass(frozen=True)
class WayBack:
    """One domain's: the rows, the longest time to live (seconds) of what stands there now (None = not known), and the
    zone in whose panel its records are changed."""

    domain: Domain
    snapshot: DnsSnapshot
    rows: list[RevertRow]
    ttl: int | None
    zone: str


def ways_back(project: Project) -> list[WayBack]:
    """Every domain with a signed snapshot, in a fixed number of questions."""
    kept = snapshots.signed_domains(project)
    domains = list(project.domains.with_status().filter(pk__in=kept).select_related("project").order_by("name"))
    checks = services.newest_checks(domains)
    found = planning.situations(project, domains, checks)
    return [_of(domain, kept[domain.pk], found[domain.pk], checks.get(domain.pk)) for domain in domains]


def _of(domain: Domain, snapshot: DnsSnapshot, situation: Situation, check: DomainCheck | None) -> WayBack:
    planned = planned_values(situation.rows, planning.steps_of(situation))
    rows = revert(snapshot.sets, situation.now, planned)
    ttls = [one.ttl for one in situation.now if one.ttl and one.is_exact]
    zone = zone_of(domain.name, check.report.get("records", []) if check else [])
    return WayBack(domain, snapshot, rows, max(ttls, default=None), zone)
