"""The demo's DNS snapshots, out of the records of demo.toml: nobody answers for reserved names."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from apps.accounts.models import User
from apps.domains import snapshots
from apps.domains.models import DnsSnapshot, Domain
from engine.dns.answers import Question
from engine.dns.recording import Recording, names_of, types_of
from engine.dns.records import RecordSet, exact

TTL = 3600


def zone_of(domain: Domain, zone: Mapping[Question, Sequence[str]]) -> list[RecordSet]:
    """Every usual name of the domain as it stands in the demo's records."""
    further = [name for name, _ in zone if name.endswith(f".{domain.name}")]
    sets = []
    for name in names_of(domain.name, own_values=domain.own_values, further=further):
        for kind in ("CNAME", *types_of(name)):
            values = tuple(sorted(exact(one) if kind == "TXT" else one for one in zone.get((name, kind), ())))
            sets.append(RecordSet(name, kind, values, TTL if values else None, "ok" if values else "nodata"))
    return sets


def keep_snapshot(domain: Domain, zone: Mapping[Question, Sequence[str]], *, at: datetime, by: User | None) -> Any:
    """Taken and signed off at that time."""
    servers = tuple(zone.get((domain.name, "NS"), ()))
    snapshot = snapshots.record_snapshot(
        domain, Recording(domain.name, tuple(zone_of(domain, zone)), False, servers), by=by
    )
    DnsSnapshot.objects.filter(pk=snapshot.pk).update(taken_at=at, signed_at=at, signed_by=by)
    return snapshot
