"""Taking, importing, signing and reading the snapshots that the way back starts from."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.domains.models import DnsSnapshot, Domain, ImportedZone
from apps.projects.models import Activity, Project
from engine.dns.expected import selectors_for
from engine.dns.recording import Recording, names_of
from engine.dns.records import RecordSet, digest
from engine.dns.snapshot import Change, compare
from engine.dns.zonefile import read_zone


def names_to_keep(domain: Domain) -> list[str]:
    """Every name of the domain that anything here knows, and the usual ones."""
    check = domain.last_good
    report = domain.checks.get(pk=check.pk).report if check else {}
    earlier = domain.snapshots.signed().first()
    imported = domain.imported_zones.first()
    further = [one["name"] for one in (imported.records if imported else [])]
    further += [one.name for one in earlier.there] if earlier else []
    further += [sign["name"] for sign in report.get("sender_signs", [])]
    return names_of(
        domain.name,
        rows=report.get("expected", []),
        own_values=domain.own_values,
        selectors=_selectors(domain, report),
        mx_hosts=(report.get("mx") or {}).get("hosts", []),
        further=further,
    )


def _selectors(domain: Domain, report: dict[str, Any]) -> list[str]:
    """Those named by hand, those found, and those that the old and the new platforms use."""
    sources, target = [], None
    for key in [*domain.project.sources, domain.project.target]:
        platform = domain.project.catalogue.find(key)
        if platform is None:
            continue
        if key == domain.project.target:
            target = platform
        else:
            sources.append(platform)
    known = [one.name for one in selectors_for(domain.selector_list, domain.own_values, sources, target)]
    return [*known, *(one["selector"] for one in report.get("dkim", []))]


def record_snapshot(domain: Domain, found: Recording, *, by: User | None) -> DnsSnapshot:
    """Keep what was read, as a new row."""
    imported = domain.imported_zones.first()
    snapshot = DnsSnapshot.objects.create(
        project=domain.project,
        domain=domain,
        records=[one.as_json() for one in found.records],
        file_records=imported.records if imported else [],
        has_wildcard=found.has_wildcard,
        names=len(found.names),
        found=len(found.there),
        unread=len(found.unknown),
        servers=list(found.servers),
        sha256=digest(found.records),
        taken_at=timezone.now(),
        taken_by=by,
    )
    Activity.record(domain.project, "took a DNS snapshot of", domain, by=by, detail=f"SHA-256 {snapshot.sha256[:16]}")
    return snapshot


@transaction.atomic
def sign(snapshot: DnsSnapshot, *, by: User) -> bool:
    """Signed once, by the first who does; False where somebody had already."""
    rows = DnsSnapshot.objects.filter(pk=snapshot.pk, signed_at=None)
    if not rows.update(signed_at=timezone.now(), signed_by=by):
        return False
    Activity.record(
        snapshot.project, "signed off the DNS snapshot of", snapshot.domain, by=by,
        detail=f"SHA-256 {snapshot.sha256[:16]}",
    )  # fmt: skip
    return True


@transaction.atomic
def import_zone(domain: Domain, path: Path, name: str, *, by: User) -> ImportedZone:
    """The records of a file, kept as names to ask and as what the DNS host says. Raises BadZone."""
    records = read_zone(path, domain.name)
    row = ImportedZone.objects.create(
        project=domain.project,
        domain=domain,
        file_name=name[:160],
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        records=[one.as_json() for one in records],
        created_by=by,
    )
    names = len({one.name for one in records})
    Activity.record(domain.project, "imported a zone file for", domain, by=by, detail=f"{names} names")
    return row


def told_otherwise(snapshot: DnsSnapshot) -> list[Change]:
    """Where the DNS answers otherwise than the file of the DNS host says: proxied names, forwarding, an old file."""
    return compare(snapshot.in_file, snapshot.sets)


def by_name(records: Sequence[RecordSet]) -> list[tuple[str, list[RecordSet]]]:
    """Record sets in the order people read a zone: the domain itself first, then by name."""
    groups: dict[str, list[RecordSet]] = {}
    for one in sorted(records, key=lambda one: (one.name.count("."), one.name, one.type)):
        groups.setdefault(one.name, []).append(one)
    return list(groups.items())


def signed_domains(project: Project) -> dict[int, DnsSnapshot]:
    """The newest signed snapshot of each domain that has one, with its records. One question."""
    found: dict[int, DnsSnapshot] = {}
    for snapshot in project.dns_snapshots.signed().order_by("taken_at", "pk"):
        found[snapshot.domain_id] = snapshot
    return found
