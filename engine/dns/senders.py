"""Who sends mail for a domain, by the traces that senders leave in it (SPF includes, DKIM, MX)."""

from engine.dns.dkim import DkimResult
from engine.dns.facts import DomainFacts
from engine.platforms import Platform, Role, Trace, TraceKind, catalogue


def senders_of(facts: DomainFacts) -> list[str]:
    """Keys of the platforms whose traces stand in the records that were read; shared traces prove nothing alone."""
    return [one.key for one in catalogue().values() if Role.SENDER in one.roles and leaves_traces(one, facts)]


def leaves_traces(platform: Platform, facts: DomainFacts) -> bool:
    return any(trace.alone and is_there(trace, facts) for trace in platform.dns.traces)


def is_there(trace: Trace, facts: DomainFacts) -> bool:
    """Whether one trace stands in the domain's own records."""
    if trace.kind is TraceKind.SPF_INCLUDE:
        return any(trace.accepts(target) for target in includes_of(facts))
    if trace.kind is TraceKind.MX:
        return any(trace.accepts(host) for host in facts.mx.hosts)
    if trace.kind is not TraceKind.DKIM:
        return False
    for key in facts.dkim:
        if key.result in (DkimResult.MISSING, DkimResult.UNKNOWN):
            continue
        if trace.value is None and f"{key.selector}._domainkey" in trace.hosts and key.result is DkimResult.OK:
            return True
        if key.target and trace.accepts(key.target):
            return True
    return False


def includes_of(facts: DomainFacts) -> list[str]:
    """The targets of the includes and redirects in the domain's own SPF, wherever its owner keeps the parts."""
    return list(dict.fromkeys(target for _, target in facts.spf.senders))
