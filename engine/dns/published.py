"""What each name server of a zone says by itself, without caches, and which of them is stale, lame, dead or lost.

Pure, like the judges: `lookup` knows or notes as missing both the questions to resolvers and those to single servers.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from engine.dns.answers import Answer, Answers, At, Question, Status
from engine.dns.names import is_askable, registrable
from engine.dns.reach import Reach

MOST_SERVERS = 13
MOST_ADDRESSES = 3
MOST_RECORDS = 60
MAY_FOLLOW = 4  # questions that an include may lead on to
PENDING = "pending"
Accepts = Callable[[Question, Answer], bool | None]


class ServerResult(StrEnum):
    OK = "ok"
    STALE = "stale"
    LAME = "lame"
    DEAD = "dead"
    NO_ADDRESS = "no_address"


@dataclass(frozen=True, slots=True)
class NameServer:
    """One name server at one address. `why` says in a few words what is wrong with it."""

    name: str
    address: str = ""
    result: ServerResult | None = ServerResult.OK  # None: not known yet
    why: str = ""
    serial: int | None = None

    @property
    def speaks(self) -> bool:
        """It answers for the zone, if perhaps with old data."""
        return self.result in (ServerResult.OK, ServerResult.STALE)

    @property
    def shown(self) -> str:
        return f"{self.name} ({self.address})" if self.address else self.name

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name, "address": self.address or None, "result": self.result.value if self.result else None,
            "serial": self.serial, "why": self.why or None,
        }  # fmt: skip


Said = Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Published:
    """The servers, and what those that speak for the name say: record -> server's shown name -> answer."""

    zone: str = ""
    servers: tuple[NameServer, ...] = ()
    said: Mapping[Question, Said] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def stale(self) -> frozenset[str]:
        return frozenset(server.shown for server in self.servers if server.result is ServerResult.STALE)


def gather_published(
    domain: str, lookup: Answers, records: Sequence[Question], reach: Reach, accepts: Accepts, most_questions: int = 0
) -> Published:
    """Ask each server for the zone's SOA and for the records; with `most_questions`, only as many as that allows."""
    zone, hosts = find_zone(domain, lookup)
    if most_questions:
        hosts = _affordable_hosts(hosts, lookup, most_questions)
    if not hosts:
        return Published()
    found = [_server(host, address, why, zone, lookup) for host, address, why in _places(hosts, lookup, reach)]
    servers = [server for server in found if server.result is not None]
    wanted = list(dict.fromkeys(records))[:MOST_RECORDS]
    if most_questions:
        wanted = _affordable(wanted, servers, lookup, most_questions) if len(servers) == len(found) else []
    speaking = [server for server in found if server.address and (server.speaks or server.result is None)]
    said = {record: _said(record, speaking, lookup, reach) for record in wanted}
    return Published(zone, tuple(_with_stale(servers, said, lookup, zone, accepts)), said)


def _affordable_hosts(hosts: tuple[str, ...], lookup: Answers, most_questions: int) -> tuple[str, ...]:
    """As many of the servers as the domain's own records leave questions for: an address and a SOA each."""
    asked = lookup.known.keys() | lookup.missing
    others = {one for one in asked if not (isinstance(one, At) or one[0] in hosts)}
    room = most_questions - len(others)
    begun = sum((host, "A") in asked for host in hosts)
    if (
        not begun and others & lookup.missing and room < 2 * len(hosts) + MAY_FOLLOW
    ):  # the domain's own records come first
        return ()
    return hosts[: max(begun, room // 2, 0)]


def find_zone(domain: str, lookup: Answers) -> tuple[str, tuple[str, ...]]:
    """The zone that holds the domain, and the names of its servers; nothing while that is not known."""
    top = registrable(domain) or domain
    name = domain
    while True:
        answer = lookup(name, "NS")
        if answer.is_pending or answer.has_failed:
            return "", ()
        if answer.values and not answer.chain:
            return name, tuple(sorted(set(answer.values)))[:MOST_SERVERS]
        if name == top:
            return "", ()
        name = name.split(".", 1)[1]


def _places(hosts: Sequence[str], lookup: Answers, reach: Reach) -> Iterator[tuple[str, str, str]]:
    """(name, address, why there is none) of each server; nothing for one whose address is being looked up."""
    for host in hosts:
        answer = lookup(host, "A") if is_askable(host) else Answer(Status.NXDOMAIN)
        if answer.is_absent and is_askable(host):
            answer = lookup(host, "AAAA")
        if answer.is_pending:
            yield host, "", PENDING
        elif answer.has_failed:
            yield host, "", f"its address could not be looked up: {answer.why}"
        elif not answer.values:
            yield host, "", "its name has no address"
        for address in sorted(answer.values)[:MOST_ADDRESSES]:
            yield host, address, "" if reach.may_ask(address) else "its address is not a public one"


def _server(host: str, address: str, why: str, zone: str, lookup: Answers) -> NameServer:
    """The state of one server by its SOA; without a result while that is not known."""
    if why == PENDING:
        return NameServer(host, result=None)
    if why:
        return NameServer(host, address, ServerResult.NO_ADDRESS, why)
    answer = lookup.at(zone, "SOA", address)
    if answer.is_pending:
        return NameServer(host, address, None)
    if answer.status in (Status.TIMEOUT, Status.ERROR):
        return NameServer(host, address, ServerResult.DEAD, answer.note or answer.why)
    if answer.has_failed:
        return NameServer(host, address, ServerResult.LAME, answer.why)
    if not answer.is_own or answer.status is Status.NXDOMAIN:
        return NameServer(host, address, ServerResult.LAME, f"it does not hold the zone {zone}")
    return NameServer(host, address, serial=serial_in(answer))


def serial_in(soa: Answer) -> int | None:
    parts = soa.values[0].split() if soa.values else []
    return int(parts[2]) if len(parts) == 7 and parts[2].isdecimal() else None


def is_newer(one: int, other: int) -> bool:
    """Serial numbers turn over like a clock (RFC 1982 3.2)."""
    return one != other and (one - other) % 2**32 < 2**31


def _affordable(
    records: list[Question], servers: Sequence[NameServer], lookup: Answers, most_questions: int
) -> list[Question]:
    """The first of the records, while there is something left of what a domain may cost; and those asked already."""
    asked = [server for server in servers if server.speaks]
    begun = [record for record in records if any(lookup.has_asked(*record, one.address) for one in asked)]
    if begun or not asked or lookup.missing:
        return begun
    return records[: max(0, most_questions - len(lookup.known)) // len(asked)]


def _said(record: Question, servers: Sequence[NameServer], lookup: Answers, reach: Reach, depth: int = 0) -> Said:
    """What each server says about one record; of a part that is delegated further, what those servers say."""
    found: dict[str, Answer] = {}
    below = ""
    for server in servers:
        answer = lookup.at(*record, server.address)
        if answer.referral and _is_between(answer.referral, record[0], depth):
            below = answer.referral
        elif not answer.is_pending and not answer.has_failed and answer.is_own:
            found[server.shown] = answer
    if below and not found:
        ns = lookup(below, "NS")
        places = _places(sorted(ns.values)[:MOST_SERVERS], lookup, reach)
        lower = [NameServer(host, address) for host, address, why in places if not why]
        return _said(record, lower, lookup, reach, depth + 1)
    return found


def _is_between(zone: str, name: str, depth: int) -> bool:
    return depth < 2 and (name == zone or name.endswith(f".{zone}"))


def signature(answer: Answer) -> tuple[str, ...]:
    """The data in a form that can be compared: order and TTL do not count, and of an alias only the first step."""
    if answer.chain:
        return ("CNAME", answer.chain[0])
    return tuple(sorted(answer.values))


def _with_stale(
    servers: list[NameServer], said: Mapping[Question, Said], lookup: Answers, zone: str, accepts: Accepts
) -> list[NameServer]:
    """Name those that lag behind: by the serial, else by other data than the rest."""
    serials = [one.serial for one in servers if one.serial is not None]
    newest = next((one for one in serials if not any(is_newer(other, one) for other in serials)), None)
    why: dict[str, str] = {}
    for server in servers:
        if server.serial is not None and newest is not None and is_newer(newest, server.serial):
            why[server.shown] = f"its serial is {server.serial}, and {newest} elsewhere"
    primary = _primary(zone, servers, lookup)
    for record, answers in said.items():
        fresh = {name: answer for name, answer in answers.items() if name not in why}
        for name in _behind(record, fresh, accepts, primary):
            why[name] = f"its {record[1]} of {record[0]} is not the one of the others"
    return [
        NameServer(one.name, one.address, ServerResult.STALE, why[one.shown], one.serial)
        if one.speaks and one.shown in why
        else one
        for one in servers
    ]


def _primary(zone: str, servers: Sequence[NameServer], lookup: Answers) -> str:
    """The server that the SOA calls the first one, else the first in the list."""
    for server in servers:
        if server.speaks:
            soa = lookup.at(zone, "SOA", server.address)
            name = soa.values[0].split()[0].rstrip(".").lower() if soa.values else ""
            return next((one.shown for one in servers if one.name == name and one.speaks), server.shown)
    return ""


def _behind(record: Question, answers: Said, accepts: Accepts, primary: str) -> list[str]:
    """Whose data is old, where the data differs: what is expected is newer than what is not, then the many decide.

    Addresses may differ by intention (a server near the visitor), so for them only what is expected counts.
    """
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, answer in answers.items():
        groups.setdefault(signature(answer), []).append(name)
    if len(groups) < 2:
        return []
    right = [data for data, names in groups.items() if accepts(record, answers[names[0]])]
    if not right and record[1] in ("A", "AAAA"):
        return []
    best = max(groups, key=lambda data: (data in right, len(groups[data]), primary in groups[data]))
    if record[1] in ("A", "AAAA"):
        return [name for data, names in groups.items() if data not in right for name in names]
    return [name for data, names in groups.items() if data != best for name in names]
