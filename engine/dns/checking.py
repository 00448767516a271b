"""Checks of many domains at once: the judges say what is missing, the driver asks it, the judges run again.

So the time for one domain is the depth of its tree in round trips. At most 64 domains are active together; answers that
several domains need are asked once, and a failed one is asked again by the next domain that needs it.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from engine.dns.answers import Answer, Answers, At, Question, Status, printable
from engine.dns.expected import OwnValue, Row, expected_rows, selectors_for
from engine.dns.facts import DomainFacts, Selector, gather, has_no_keys
from engine.dns.lines import Server
from engine.dns.names import shown_name
from engine.dns.published import MAY_FOLLOW
from engine.dns.reach import Reach, reach_of
from engine.dns.resolver import Resolver, parse_nameserver, system_nameservers
from engine.dns.rules import findings_of
from engine.dns.seen import MOST_WITHOUT_TASK, with_published
from engine.dns.senders import Senders, ask_few_probes, ask_probes, find_senders
from engine.dns.subject import Subject
from engine.findings import Finding
from engine.outbound.addresses import Network
from engine.platforms import Platform, load

ACTIVE = 64
MAX_ROUNDS = 40
NOT_WAITED_FOR = 0.25  # seconds after which what was answered is judged, and what is slow goes on beside it
SILENT_AFTER = 6  # that many silent answers about a domain, and none other, and nothing more is waited for


BOTH = frozenset({"pages", "mail"})  # what a domain is there for


class NoNameserver(Exception):
    """There is nobody to ask."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one domain is judged against."""

    name: str
    selectors: tuple[Selector, ...] = ()
    own_values: tuple[OwnValue, ...] = ()
    sources: tuple[Platform, ...] = ()
    target: Platform | None = None
    uses: frozenset[str] = BOTH
    records: tuple[Question, ...] = ()  # further ones that every name server is asked about
    reach: Reach = field(default_factory=Reach)
    resolvers: tuple[Server, ...] = ()
    is_replay: bool = False  # answers of another day: what the servers say now is not judged

    @property
    def has_task(self) -> bool:
        """There is something to move, so it is worth to look everywhere."""
        return bool(self.target or self.sources or self.own_values or any(one.is_asked for one in self.selectors))


@dataclass(frozen=True, slots=True)
class DomainReport:
    """One domain's facts, rows and findings; when it was asked, how many questions and seconds it took."""

    facts: DomainFacts
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]
    senders: Senders
    asked_at: datetime
    queries: int
    seconds: float
    nameserver: str

    @property
    def domain(self) -> str:
        return self.facts.name

    @property
    def has_failed(self) -> bool:
        return self.facts.is_unreadable

    @property
    def has_errors(self) -> bool:
        return any(finding.severity.rank <= 1 for finding in self.findings)

    def as_report(self) -> dict[str, Any]:
        """Everything, in plain values that a database takes (no control characters)."""
        facts = self.facts
        return {
            "domain": self.domain,
            "shown": shown_name(self.domain),
            "asked_at": self.asked_at.isoformat(),
            "nameserver": self.nameserver,
            "failed": self.has_failed,
            "queries": self.queries,
            "seconds": round(self.seconds, 3),
            "spf": _spf_json(facts),
            "dmarc": _dmarc_json(facts),
            "mx": {"result": facts.mx.result.value, "hosts": [printable(host) for host in facts.mx.hosts]},
            "dkim": [_clean(key.as_json()) for key in facts.dkim],
            "nameservers": [server.as_json() for server in facts.published.servers]
            or [{"name": name} for name in facts.nameservers],
            "senders": list(self.senders.keys),
            "sender_signs": [sign.as_json() for sign in self.senders.signs],
            "unknown_senders": [printable(term) for term in self.senders.unknown],
            "expected": [row.as_json() for row in self.rows],
            "records": [_record_json(name, kind, answer) for (name, kind), answer in facts.records.items()],
            "findings": [_finding_json(finding) for finding in self.findings],
        }


def _clean(values: Mapping[str, object]) -> dict[str, object]:
    return {key: printable(value) if isinstance(value, str) else value for key, value in values.items()}


def _spf_json(facts: DomainFacts) -> dict[str, Any]:
    spf = facts.spf
    return {
        "result": spf.result.value, "result_ipv6": spf.result_ipv6.value, "lookups": spf.lookups, "voids": spf.voids,
        "record": printable(spf.record) or None, "problem": printable(spf.problem) or None,
        "tree": _tree_json(spf.tree.as_tree()) if spf.record and spf.tree else None,
        "merged": facts.spf_merged.as_json() if facts.spf_merged else None,
    }  # fmt: skip


def _tree_json(node: Mapping[str, Any]) -> dict[str, Any]:
    return _clean(node) | {"includes": [_tree_json(child) for child in node["includes"]]}


def _dmarc_json(facts: DomainFacts) -> dict[str, Any]:
    dmarc = facts.dmarc
    return {
        "result": dmarc.result.value, "policy": dmarc.policy, "record": printable(dmarc.record) or None,
        "found_at": dmarc.found_at or None, "problem": printable(dmarc.problem) or None,
    }  # fmt: skip


def _record_json(name: str, kind: str, answer: Answer) -> dict[str, Any]:
    values = [printable(value) for value in answer.values]
    return {"name": name, "type": kind, "values": values, "status": answer.status.value, "ttl": answer.ttl}


def _finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code, "severity": finding.severity.value, "message": printable(finding.message),
        "where": printable(str(finding.where)), "suggestion": printable(finding.suggestion) or None,
    }  # fmt: skip


Looked = tuple[DomainFacts, tuple[Row, ...], Senders]


def look_at(wanted: Wanted, lookup: Answers, *, asked_at: datetime | None = None, is_last: bool = False) -> Looked:
    """Facts, rows and senders out of the answers there are; pure. Senders are judged when all the rest is known."""
    facts = gather(wanted.name, lookup, wanted.selectors, has_task=wanted.has_task)
    rows = expected_rows(facts, lookup, wanted.target, wanted.sources, wanted.own_values, wanted.uses)
    may_probe = wanted.has_task and not (facts.does_not_exist or facts.is_unreadable)
    if may_probe:
        ask_probes(wanted.name, lookup)
    facts, judged = (
        (facts, tuple(rows))
        if wanted.is_replay
        else with_published(
            facts,
            rows,
            lookup,
            reach=wanted.reach,
            resolvers=wanted.resolvers,
            more=wanted.records,
            asked_at=asked_at,
        )
    )
    if lookup.known and not (wanted.has_task or facts.does_not_exist or facts.is_unreadable):
        facts = _with_few_probes(facts, lookup)
    is_known = is_last or not lookup.missing
    senders = find_senders(facts, lookup) if is_known else Senders()
    return facts, judged, senders


def _with_few_probes(facts: DomainFacts, lookup: Answers) -> DomainFacts:
    """What else there is to learn about senders for the questions that are left."""
    asked = len(lookup.known.keys() | lookup.missing)
    has_room = asked < MOST_WITHOUT_TASK - (2 * MAY_FOLLOW if lookup.missing else 0)
    if has_room or lookup.knows(f"_domainkey.{facts.name}", "TXT"):
        facts = replace(facts, has_no_keys=has_no_keys(facts.name, lookup))
    if not lookup.missing:
        ask_few_probes(facts.name, lookup, MOST_WITHOUT_TASK - 3, has_no_keys=facts.has_no_keys)
    return facts


def report(
    wanted: Wanted, lookup: Answers, *, asked_at: datetime, seconds: float = 0.0, looked: Looked | None = None
) -> DomainReport:
    """The judgement on what was learnt."""
    facts, rows, senders = looked or look_at(wanted, lookup, asked_at=asked_at, is_last=True)
    findings = tuple(findings_of(Subject(facts, rows, sends_mail="mail" in wanted.uses)))
    through = {answer.server for asked, answer in lookup.known.items() if not isinstance(asked, At)}
    shown = ", ".join(sorted(filter(None, through)))
    return DomainReport(facts, rows, findings, senders, asked_at, len(lookup.known), seconds, shown)


def judge_answers(
    name: str,
    lookup: Answers,
    *,
    asked_at: datetime,
    sources: Sequence[str] = (),
    target: str | None = None,
    selectors: Sequence[str] = (),
    own_values: Sequence[OwnValue] = (),
    uses: Set[str] = BOTH,
) -> DomainReport:
    """The judgement on answers that are known already; for replays and simulations. Asks nothing."""
    wanted = replace(_wanted(name, sources, target, selectors, own_values, uses), is_replay=True)
    return report(wanted, lookup, asked_at=asked_at)


def _wanted(
    name: str,
    sources: Sequence[str],
    target: str | None,
    selectors: Sequence[str],
    own_values: Sequence[OwnValue],
    uses: Set[str],
) -> Wanted:
    old, new = tuple(load(key) for key in sources), load(target) if target else None
    pasted = tuple(own_values)
    chosen = selectors_for(selectors, pasted, old, new if "mail" in uses else None)
    return Wanted(name, chosen, pasted, old, new, frozenset(uses))


async def check_one(wanted: Wanted, resolver: Resolver) -> DomainReport:
    """Ask what is missing, round by round, until nothing is. What is slow holds up only what depends on it."""
    asked_at, begun = datetime.now(UTC), time.monotonic()
    lookup = Answers()
    running: dict[asyncio.Future[Answer], Question | At] = {}
    for _ in range(MAX_ROUNDS):
        looked = look_at(wanted, lookup, asked_at=asked_at)
        running |= {resolver.start(question): question for question in lookup.missing.difference(running.values())}
        if not running:
            return report(wanted, lookup, asked_at=asked_at, seconds=time.monotonic() - begun, looked=looked)
        lookup.learn(await _answered(running))
        if _keeps_silent(lookup):
            break
    lookup.is_silent = True
    return report(wanted, lookup, asked_at=asked_at, seconds=time.monotonic() - begun)


async def _answered(running: dict[asyncio.Future[Answer], Question | At]) -> list[tuple[Question | At, Answer]]:
    """All answers, or those that came within the time (at least one); they are taken out of `running`."""
    done, _ = await asyncio.wait(running, timeout=NOT_WAITED_FOR)
    if not done:
        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    return [(running.pop(one), one.result()) for one in done]


def _keeps_silent(lookup: Answers) -> bool:
    answers = list(lookup.known.values())
    return len(answers) >= SILENT_AFTER and all(answer.status is Status.TIMEOUT for answer in answers)


def check_domains(
    names: Sequence[str],
    *,
    sources: Sequence[str] = (),
    target: str | None = None,
    nameservers: Sequence[str] = (),
    selectors: Mapping[str, Sequence[str]] | None = None,
    own_values: Mapping[str, Sequence[OwnValue]] | None = None,
    uses: Mapping[str, Set[str]] | None = None,
    records: Mapping[str, Sequence[Question]] | None = None,
    allow: Sequence[Network] = (),
    ports: Sequence[int] = (),
    progress: Callable[[int, int], None] | None = None,
    concurrency: int = ACTIVE,
) -> list[DomainReport]:
    """Check every name (as `parse_domain` gives them), in the order given.

    `sources` (what is left) and `target` are keys of the platform catalogue; `nameservers` are `IP[:PORT]`, the
    system's where none is given; the `uses` of a name are "pages" and "mail", both where nothing is said; every name
    server of its zone is asked about its `records` too; `allow` and `ports` say which ones may be asked although they
    are not public (OUTBOUND_ALLOW, OUTBOUND_PORTS).
    Raises UnknownPlatform, BadNameserver, NoNameserver; what `progress` raises ends it.
    """
    servers = [parse_nameserver(text) for text in nameservers] or system_nameservers()
    if not servers:
        raise NoNameserver("This machine knows no name server. Set DNS_NAMESERVERS to the address of one.")
    reach = reach_of(allow, ports, [port for _, port in servers])
    tasks = [
        replace(
            _wanted(
                name,
                sources,
                target,
                (selectors or {}).get(name, ()),
                (own_values or {}).get(name, ()),
                (uses or {}).get(name, BOTH),
            ),
            records=tuple((records or {}).get(name, ())),
            reach=reach,
            resolvers=tuple(servers),
        )
        for name in dict.fromkeys(names)
    ]
    return _run_all(tasks, servers, progress, max(1, concurrency))


def _run_all(
    wanted: list[Wanted], servers: list[Server], progress: Callable[[int, int], None] | None, concurrency: int
) -> list[DomainReport]:
    """The loop stands still while `progress` is called, which may therefore use a database; what it raises ends all."""
    with asyncio.Runner() as runner:
        resolver = Resolver(servers, reach=wanted[0].reach if wanted else None)
        try:
            tasks = runner.run(_begin(wanted, resolver, concurrency))
            running = set(tasks)
            while running:
                _, running = runner.run(_some(running))
                if progress:
                    progress(len(tasks) - len(running), len(tasks))
            return [task.result() for task in tasks]
        finally:
            resolver.close()


async def _begin(wanted: list[Wanted], resolver: Resolver, concurrency: int) -> list[asyncio.Task[DomainReport]]:
    active = asyncio.Semaphore(concurrency)

    async def one(what: Wanted) -> DomainReport:
        async with active:
            return await check_one(what, resolver)

    return [asyncio.create_task(one(what)) for what in wanted]


async def _some(
    running: set[asyncio.Task[DomainReport]],
) -> tuple[set[asyncio.Task[DomainReport]], set[asyncio.Task[DomainReport]]]:
    return await asyncio.wait(running, timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
