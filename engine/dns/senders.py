"""Who sends mail for a domain, by the traces that senders leave in it: SPF includes, keys, return paths, MX, texts.

The catalogue says what each sender leaves and where. What is read anyway is compared for every domain; names that are
read for this alone (usual selectors, bounce hosts) only where a task is open, since they cost some fifty questions.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache

from engine.dns.answers import Answer, Answers, Lookup, printable
from engine.dns.dkim import PROBE, DkimResult, looks_like_key, parse_key
from engine.dns.facts import DomainFacts
from engine.dns.names import absolute, registrable
from engine.dns.spf import Node, SpfResult
from engine.dns.spf_syntax import BadSpf, is_spf, parse_spf
from engine.platforms import Platform, Role, Trace, TraceKind, catalogue

PROBED = {
    TraceKind.DKIM: "TXT",
    TraceKind.RETURN_PATH: "CNAME",
    TraceKind.TRACKING: "CNAME",
    TraceKind.MX: "MX",
    TraceKind.SPF_INCLUDE: "TXT",
    TraceKind.NS: "NS",
}
HOW = {
    TraceKind.SPF_INCLUDE: "SPF include",
    TraceKind.DKIM: "DKIM key",
    TraceKind.RETURN_PATH: "return path",
    TraceKind.TRACKING: "link tracking",
    TraceKind.MX: "mail server",
    TraceKind.NS: "name servers",
    TraceKind.OWNERSHIP: "proof of ownership",
}
MAX_DEPTH = 10
_KEYS = ("selector1", "k2", "k1", "google", "s1", "cka", "acdkim1", "brevo1", "kl", "litesrv", "mte1", "ctct1")
COMMON = tuple((f"{key}._domainkey", "TXT") for key in _KEYS)
COMMON_HOSTS = (
    ("send", "NS"), ("pm-bounces", "CNAME"), ("cf2mail", "CNAME"), ("ckespa", "CNAME"), ("mail", "CNAME"),
    ("kjbm", "MX"), ("mg", "TXT"), ("lc", "TXT"), ("email", "CNAME"), ("send", "MX"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sign:
    """One trace that was found. A weak one shows that the domain was set up there, not that mail is sent."""

    key: str
    sender: str
    kind: TraceKind
    name: str
    value: str

    @property
    def is_weak(self) -> bool:
        return self.kind is TraceKind.OWNERSHIP

    def as_json(self) -> dict[str, object]:
        return {
            "key": self.key, "sender": self.sender, "how": HOW[self.kind], "name": self.name,
            "value": printable(self.value), "weak": self.is_weak,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Senders:
    """The signs, and the includes that no platform of the catalogue owns."""

    signs: tuple[Sign, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(sign.key for sign in self.signs if not sign.is_weak))


@lru_cache(maxsize=1)
def sending_platforms() -> tuple[Platform, ...]:
    return tuple(one for one in catalogue().values() if Role.SENDER in one.roles)


def find_senders(facts: DomainFacts, lookup: Answers) -> Senders:
    """Every sign of a sender in the domain's own records."""
    included = list(dict.fromkeys(_included(facts)))
    signs = [
        Sign(platform.key, platform.name, trace.kind, name, value)
        for platform in sending_platforms()
        for trace in platform.dns.traces
        if trace.alone
        for name, value in _found(trace, facts, included)
    ]
    signs += probed_signs(facts.name, lookup)
    unknown = [f"include:{target}" for target in included if not is_known_include(target)]
    return Senders(tuple(dict.fromkeys(signs)), tuple(unknown))


def _found(trace: Trace, facts: DomainFacts, included: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(name, value) of one trace in what was read anyway."""
    if trace.kind is TraceKind.SPF_INCLUDE and (not trace.hosts or "@" in trace.hosts):
        yield from ((facts.name, f"include:{target}") for target in included if trace.accepts(target))
    elif trace.kind is TraceKind.MX and {"@", "*"} & set(trace.hosts or ("@",)):
        yield from ((facts.name, host) for host in facts.mx.hosts if trace.accepts(host))
    elif trace.kind is TraceKind.OWNERSHIP and "@" in trace.hosts:
        texts = facts.records[facts.name, "TXT"].values
        yield from ((facts.name, text) for text in texts if trace.accepts(text))
    elif trace.kind is TraceKind.DKIM:
        yield from _found_keys(trace, facts)


def _found_keys(trace: Trace, facts: DomainFacts) -> Iterator[tuple[str, str]]:
    """The target decides; a bare key only under a selector that no other vendor uses."""
    for key in facts.dkim:
        host = f"{key.selector}._domainkey"
        if key.result in (DkimResult.MISSING, DkimResult.UNKNOWN, DkimResult.REVOKED):
            continue
        if key.target and trace.accepts(key.target):
            yield f"{host}.{facts.name}", key.target
        elif trace.value is None and not key.target and key.record and _is_one_of(host, trace.hosts):
            yield f"{host}.{facts.name}", "key"


def is_live_key(text: str) -> bool:
    """A key, and not one that was withdrawn: its sender can no longer sign."""
    return looks_like_key(text) and parse_key(text).result is not DkimResult.REVOKED


def _is_one_of(host: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(host, pattern) for pattern in patterns)


@lru_cache(maxsize=1)
def probes() -> tuple[tuple[str, str, Platform, Trace], ...]:
    """(host, type, platform, trace): where a sign may stand that nothing else asks about."""
    found = []
    for platform in sending_platforms():
        for trace in platform.dns.traces:
            if trace.kind in PROBED and trace.alone:
                hosts = [host for host in trace.hosts if "*" not in host and host != "@"]
                found += [(host, PROBED[trace.kind], platform, trace) for host in hosts]
    return tuple(found)


@lru_cache(maxsize=1)
def probe_questions() -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys((host, kind) for host, kind, _, _ in probes()))


def ask_probes(domain: str, lookup: Lookup) -> None:
    """Note the questions, so that they travel with the first ones; and what a wildcard of keys would answer."""
    lookup(f"{PROBE}._domainkey.{domain}", "TXT")
    for host, kind in probe_questions():
        lookup(f"{host}.{domain}", kind)


def ask_few_probes(domain: str, lookup: Answers, most: int, *, has_no_keys: bool = False) -> None:
    """The names that most senders' traces stand at, while the domain has not cost so many questions yet."""
    for host, kind in COMMON_HOSTS if has_no_keys else COMMON:
        if len(lookup.known) + len(lookup.missing - lookup.known.keys()) >= most:
            return
        lookup(f"{host}.{domain}", kind)


def probed_signs(domain: str, lookup: Answers) -> Iterator[Sign]:
    """The usual selectors, bounce and sending hosts, where they were asked. What a wildcard answers proves nothing."""
    for host, kind, platform, trace in probes():
        name = absolute(host, domain)
        if not lookup.knows(name, kind):
            continue
        answer = lookup(name, kind)
        values = values_of(trace, kind, answer)
        if values and not is_wildcard(domain, host, kind, answer, lookup):
            yield Sign(platform.key, platform.name, trace.kind, name, values[0])


def values_of(trace: Trace, kind: str, answer: Answer) -> list[str]:
    """What of an answer carries the trace."""
    if answer.has_failed and not answer.chain:
        return []
    if trace.kind is TraceKind.DKIM and trace.value is None:
        is_key = not answer.chain and any(is_live_key(text) for text in answer.values)
        return ["key"] if is_key else []
    if trace.kind is TraceKind.SPF_INCLUDE:
        return [f"include:{target}" for target in includes_in(answer.values) if trace.accepts(target)]
    found = [value.split(" ", 1)[-1] for value in answer.values] if kind in ("MX", "NS", "CNAME") else []
    return [value for value in [*answer.chain, *found] if trace.accepts(value)]


def is_wildcard(domain: str, host: str, kind: str, answer: Answer, lookup: Lookup) -> bool:
    """Whether a name beside it that nobody publishes answers the same (RFC 4592)."""
    beside = f"{PROBE}.{host.split('.', 1)[1]}" if "." in host else PROBE
    other = lookup(absolute(beside, domain), kind)
    return bool(other.values or other.chain) and (other.values, other.chain) == (answer.values, answer.chain)


def includes_in(texts: Iterable[str]) -> list[str]:
    """The include targets of the SPF records among these texts."""
    try:
        terms = [term for text in texts if is_spf(text) for term in parse_spf(text)]
    except BadSpf:
        return []
    return [term.target.removesuffix(".").lower() for term in terms if term.name in ("include", "redirect")]


def is_known_include(target: str) -> bool:
    """Some platform of the catalogue owns it."""
    return any(
        trace.accepts(target)
        for platform in sending_platforms()
        for trace in platform.dns.traces_of(TraceKind.SPF_INCLUDE)
    )


def foreign_includes(node: Node, domain: str, depth: int = 0) -> Iterator[str]:
    """The includes of the record; through records that the domain split off, or that a redirect puts in its place."""
    below = {child.name: child for child in node.children}
    for term in node.terms:
        if term.name not in ("include", "redirect"):
            continue
        target = term.target.removesuffix(".").lower()
        child = below.get(target)
        is_ours = registrable(target) == registrable(domain) or (
            term.name == "redirect" and not is_known_include(target)
        )
        if is_ours and child is not None and depth < MAX_DEPTH:
            yield from foreign_includes(child, domain, depth + 1)
        elif not is_ours:
            yield target


def _included(facts: DomainFacts) -> Iterator[str]:
    """The includes of the record's tree; of a record without one, or with a fault in it, those that it names."""
    if facts.spf.tree:
        yield from foreign_includes(facts.spf.tree, facts.name)
    if facts.spf.result is SpfResult.PERMERROR or not facts.spf.tree:
        own = f".{facts.name}"
        yield from (target for target in includes_of(facts) if not f".{target}".endswith(own))


def includes_of(facts: DomainFacts) -> list[str]:
    """The targets of the includes and redirects in the domain's own SPF, wherever its owner keeps the parts."""
    return list(dict.fromkeys(target for _, target in facts.spf.senders))
