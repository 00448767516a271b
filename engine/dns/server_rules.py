"""What to do about name servers that lag behind, do not know the zone, or do not answer; and where records arrived."""

from collections.abc import Iterator

from engine.dns.expected import REMOVE
from engine.dns.published import NameServer, ServerResult
from engine.dns.subject import Subject
from engine.findings import Finding, Rule, Severity

_WORDS = {
    ServerResult.STALE: (
        "Ask the DNS host to bring {server} up to date: {why}. Some visitors and mail servers still get the old "
        "records."
    ),
    ServerResult.LAME: (
        "Take {server} out of the name servers, or have the zone loaded there: {why}. Look-ups that reach it are slow, "
        "or fail."
    ),
    ServerResult.DEAD: (
        "Ask the DNS host about {server}: {why}. Look-ups that try it wait, and a change there cannot be seen."
    ),
    ServerResult.NO_ADDRESS: (
        "Correct the name server {server}: {why}. Nobody can ask it, so the others carry its part alone."
    ),
}


def name_servers_are_well(subject: Subject) -> Iterator[Finding]:
    """Each that is not is named (RFC 1912 2.8, RFC 2182); the others decide what is published."""
    servers = subject.facts.published.servers
    ill = [server for server in servers if server.result not in (None, ServerResult.OK)]
    if servers and all(server.result is ServerResult.DEAD for server in servers):
        message = (
            "None of the domain's name servers answered from here; perhaps port 53 is blocked on the way. What is "
            "published cannot be told apart from what is visible."
        )
        yield Finding(Severity.NOTE, "dns.nameserver.unreachable", message, subject.facts.published.zone)
        return
    for server in ill:
        yield _about(server)


def _about(server: NameServer) -> Finding:
    result = server.result or ServerResult.DEAD
    message = _WORDS[result].format(server=server.shown, why=server.why)
    return Finding(Severity.WARNING, f"dns.nameserver.{result.value}", message, server.name)


def changes_have_arrived(subject: Subject) -> Iterator[Finding]:
    """A record that only some servers have is on its way, or stuck there."""
    for row in subject.rows:
        if row.published != "some":
            continue
        servers = ", ".join(row.missing_at[:4])
        state = "still stands at" if row.need == REMOVE else "has not arrived at"
        message = f"Wait, then look again: this record {state} {servers}."
        yield Finding(Severity.WARNING, "dns.expected.not_everywhere", message, f"{row.name} {row.type}")


SERVER_RULES: list[Rule[Subject]] = [name_servers_are_well, changes_have_arrived]
