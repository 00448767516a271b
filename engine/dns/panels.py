"""Who hosts a zone, told by the names of its name servers, and where records are set there."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.dns.names import registrable


@dataclass(frozen=True, slots=True)
class DnsHost:
    """One DNS host. `servers` are endings of name server names; a part with * stands anywhere between two dots."""

    key: str
    name: str
    servers: tuple[str, ...]
    where: str
    trap: str
    source: str = ""

    def runs(self, server: str) -> bool:
        name = server.rstrip(".").lower()
        return any(_fits(pattern, name) for pattern in self.servers)


def _fits(pattern: str, name: str) -> bool:
    if "*" not in pattern:
        return name == pattern or name.endswith(f".{pattern}")
    return re.search(rf"(^|\.){re.escape(pattern).replace(re.escape('*'), '[a-z0-9-]*')}(\.|$)", name) is not None


@lru_cache(maxsize=1)
def all_hosts() -> tuple[DnsHost, ...]:
    data = tomllib.loads(Path(__file__).with_name("panels.toml").read_text(encoding="utf-8"))
    return tuple(
        DnsHost(row["key"], row["name"], tuple(row["servers"]), row["where"], row["trap"], row.get("source", ""))
        for row in data["host"]
    )


def host_of(nameservers: Sequence[str]) -> DnsHost | None:
    """The host that all name servers belong to; None where it is unknown, or several share the zone."""
    found = {next((host for host in all_hosts() if host.runs(server)), None) for server in nameservers}
    return found.pop() if len(found) == 1 else None


def zone_of(domain: str, records: Sequence[Mapping[str, Any]]) -> str:
    """The zone in whose panel the domain's records stand: its own where it has name servers, its registered domain's
    otherwise. `records` are those of a check."""
    has_own = any(row["name"] == domain and row["type"] == "NS" and row["values"] for row in records)
    return domain if has_own else registrable(domain) or domain


def short_host(name: str, zone: str) -> str:
    """What panels want in the host field: the part before the zone, @ for the zone itself."""
    return "@" if name == zone else name.removesuffix(f".{zone}")
