"""Reading every record of the names that are known, for the way back and for noticing what changes unasked.

The zone's own servers are asked, because only they tell the TTL that stands in the zone and no cache stands between;
where they cannot be reached, a resolver answers, and its TTL is marked as what was left of it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from engine.dns.answers import At, Question, Status
from engine.dns.names import absolute, registrable
from engine.dns.reach import Reach, reach_of
from engine.dns.records import PUBLISHED, RESOLVER, Key, RecordSet, from_answer
from engine.dns.resolver import Resolver, parse_nameserver, system_nameservers
from engine.outbound.addresses import Network

WINDOW = 32  # questions in flight to the servers of one zone
ZONES_AT_ONCE = 16
MOST_NAMES = 300
REST_AFTER = 3  # answers in a row that were of no use
MOST_SERVERS = 4
HOST_TYPES = ("A", "AAAA", "MX", "TXT", "CAA", "NS")
USUAL_HOSTS = (
    "www", "mail", "webmail", "smtp", "imap", "pop", "email", "autodiscover", "autoconfig", "mta-sts", "ftp", "cpanel",
    "shop", "blog", "app", "members", "courses", "go", "pages", "links", "status", "help", "support", "em",
    "send", "bounce",
)  # fmt: skip
USUAL_SERVICES = (
    "_autodiscover._tcp", "_imaps._tcp", "_imap._tcp", "_pop3s._tcp", "_submission._tcp", "_submissions._tcp",
    "_caldavs._tcp", "_carddavs._tcp", "_sip._tls", "_sipfederationtls._tcp",
)  # fmt: skip
USUAL_TEXTS = ("_dmarc", "_mta-sts", "_smtp._tls", "default._bimi", "_domainkey")
PROBE = "no-such-name-7f3a1c"  # answers only where a wildcard does


class NobodyAnswers(Exception):
    """Not one record could be read, so there is nothing to keep."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What one domain's names answered, and whether a wildcard answers for every name."""

    domain: str
    records: tuple[RecordSet, ...]
    has_wildcard: bool
    servers: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        return sorted({one.name for one in self.records})

    @property
    def there(self) -> list[RecordSet]:
        return [one for one in self.records if one.is_there]

    @property
    def unknown(self) -> list[RecordSet]:
        return [one for one in self.records if one.is_unknown]


def names_of(
    domain: str,
    rows: Iterable[Mapping[str, Any]] = (),
    own_values: Iterable[Mapping[str, str]] = (),
    selectors: Iterable[str] = (),
    mx_hosts: Iterable[str] = (),
    further: Iterable[str] = (),
) -> list[str]:
    """Every name of the domain that is known, or usual for mail and pages; no one can list a zone from outside."""
    found = [domain]
    found += [absolute(host, domain) for host in (*USUAL_HOSTS, *USUAL_TEXTS, *USUAL_SERVICES)]
    found += [absolute(f"{selector}._domainkey", domain) for selector in selectors]
    found += [absolute(value["host"], domain) for value in own_values]
    found += [row["name"] for row in rows if "*" not in row["name"] and " " not in row["name"] and "." in row["name"]]
    found += [host.rstrip(".").lower() for host in mx_hosts]
    found += list(further)
    inside = [name for name in found if name == domain or name.endswith(f".{domain}")]
    return list(dict.fromkeys(inside))[:MOST_NAMES]


def types_of(name: str) -> tuple[str, ...]:
    """What is asked beside the alias."""
    labels = name.split(".")
    if len(labels) > 1 and labels[0].startswith("_") and labels[1] in ("_tcp", "_udp", "_tls"):
        return ("SRV", "TXT")
    return ("TXT",) if any(label.startswith("_") for label in labels) else HOST_TYPES


class Zone:
    """Asks the zone's own servers, then the resolver; belongs to one event loop."""

    def __init__(self, resolver: Resolver, addresses: Sequence[str]) -> None:
        self.resolver = resolver
        self.addresses = list(addresses)
        self._window = asyncio.Semaphore(WINDOW)
        self._useless: dict[str, int] = {}

    async def ask(self, name: str, kind: str) -> RecordSet:
        """What a server that is responsible for the name says; silence, refusals and referrals are of no use."""
        for address in [one for one in self.addresses if self._useless.get(one, 0) < REST_AFTER][:2]:
            async with self._window:
                answer = await self.resolver.ask(At(name, kind, address))
            is_useful = answer.is_own and not answer.has_failed
            self._useless[address] = 0 if is_useful else self._useless.get(address, 0) + 1
            if is_useful:
                return from_answer(name, kind, answer, PUBLISHED)
        return from_answer(name, kind, await self.resolver.ask((name, kind)), RESOLVER)


@dataclass(frozen=True, slots=True)
class Allowed:
    """Which servers may be asked beside public ones: what OUTBOUND_ALLOW and OUTBOUND_PORTS say."""

    networks: Sequence[Network] = ()
    ports: Sequence[int] = ()


async def servers_of(domain: str, resolver: Resolver, reach: Reach) -> list[str]:
    """The addresses of the zone's own servers, where our rules let us ask them."""
    labels, top = domain.split("."), registrable(domain) or domain
    hosts: tuple[str, ...] = ()
    for cut in range(len(labels) - len(top.split(".")) + 1):
        answer = await resolver.ask((".".join(labels[cut:]), "NS"))
        if answer.values and not answer.chain:
            hosts = answer.values[:MOST_SERVERS]
            break
    answers = await asyncio.gather(*(resolver.ask((host, "A")) for host in hosts))
    addresses = dict.fromkeys(value for answer in answers for value in answer.values)
    return [address for address in addresses if reach.may_ask(address)]


async def _read_name(name: str, zone: Zone) -> list[RecordSet]:
    """The alias first: where one stands nothing else can (RFC 1034 3.6.2), and an unknown name has nothing."""
    alias = await zone.ask(name, "CNAME")
    kinds = types_of(name)
    if alias.is_there or alias.status == Status.NXDOMAIN:
        status = Status.NODATA.value if alias.is_there else alias.status
        return [alias, *(RecordSet(name, kind, (), None, status, alias.via) for kind in kinds)]
    return [alias, *await asyncio.gather(*(zone.ask(name, kind) for kind in kinds))]


async def _record(domain: str, names: Sequence[str], zone: Zone) -> Recording:
    found = await asyncio.gather(*(_read_name(name, zone) for name in names))
    wild = {one.type: one for one in await _read_name(f"*.{domain}", zone)}
    probe = [await zone.ask(f"{PROBE}.{domain}", kind) for kind in ("A", "CNAME")]
    has_wildcard = any(one.is_there for one in probe)
    records = [_behind(one, wild, domain) if has_wildcard else one for sets in found for one in sets]
    records += wild.values() if has_wildcard else ()
    return Recording(domain, tuple(records), has_wildcard, tuple(zone.addresses))


def _behind(record: RecordSet, wild: Mapping[str, RecordSet], domain: str) -> RecordSet:
    """A usual name that only the wildcard answers for has no record of its own (RFC 4592)."""
    host = record.name.removesuffix(f".{domain}")
    if host == "www" or host not in (*USUAL_HOSTS, *USUAL_TEXTS, *USUAL_SERVICES) or not record.is_there:
        return record
    same = wild.get(record.type)
    if same is None or same.values != record.values:
        return record
    return RecordSet(record.name, record.type, (), None, Status.NODATA.value, record.via)


async def _read(questions: Sequence[Question], zone: Zone) -> list[RecordSet]:
    return list(await asyncio.gather(*(zone.ask(name, kind) for name, kind in questions)))


T = TypeVar("T")


def _asked(work: Callable[[Resolver, Reach], Awaitable[T]], nameservers: Sequence[str], allowed: Allowed) -> T:
    """Do the work with a resolver that is closed afterwards. Raises BadNameserver."""
    servers = [parse_nameserver(text) for text in nameservers] or system_nameservers()
    reach = reach_of(allowed.networks, allowed.ports, [port for _, port in servers])

    async def run() -> T:
        resolver = Resolver(servers, reach=reach)
        try:
            return await work(resolver, reach)
        finally:
            resolver.close()

    return asyncio.run(run())


def record_domain(domain: str, names: Sequence[str], *, nameservers: Sequence[str], allowed: Allowed) -> Recording:
    """Everything that stands at the names now. Raises NobodyAnswers, BadNameserver."""

    async def work(resolver: Resolver, reach: Reach) -> Recording:
        return await _record(domain, names, Zone(resolver, await servers_of(domain, resolver, reach)))

    found = _asked(work, nameservers, allowed)
    if all(one.is_unknown for one in found.records):
        raise NobodyAnswers(f"No name server answers for {domain} now, so there is nothing to keep. Try again later.")
    return found


def read_again(
    wanted: Mapping[str, Sequence[Key]], *, nameservers: Sequence[str], allowed: Allowed
) -> dict[str, list[RecordSet]]:
    """The named record sets of several domains as they stand now; what cannot be learnt is unknown."""

    async def work(resolver: Resolver, reach: Reach) -> dict[str, list[RecordSet]]:
        active = asyncio.Semaphore(ZONES_AT_ONCE)

        async def one(domain: str) -> tuple[str, list[RecordSet]]:
            async with active:
                zone = Zone(resolver, await servers_of(domain, resolver, reach))
                return domain, await _read(wanted[domain], zone)

        return dict(await asyncio.gather(*(one(domain) for domain in wanted)))

    return _asked(work, nameservers, allowed)
