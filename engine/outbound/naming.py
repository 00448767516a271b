"""From a name to its addresses, by the DNS alone: getaddrinfo would also read /etc/hosts and take 0x7f.1 for a host."""

from collections.abc import Callable, Sequence

import dns.exception
import dns.name
import dns.nameserver
import dns.resolver

from engine.outbound.deadline import Deadline
from engine.outbound.errors import Failed

ASK_SECONDS = 5.0


def resolver_at(nameservers: Sequence[tuple[str, int]]) -> Callable[[str], list[str]]:
    """A `resolve` for `fetch` that asks these name servers (address and port) in place of the system's."""
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [dns.nameserver.Do53Nameserver(address, port) for address, port in nameservers]
    return lambda host: ask_dns(host, Deadline(ASK_SECONDS), resolver)


def ask_dns(host: str, deadline: Deadline, resolver: dns.resolver.Resolver | None = None) -> list[str]:
    """Every A and AAAA of the name; one kind that cannot be asked is no reason to give up on the other."""
    found: list[str] = []
    trouble: Exception | None = None
    for kind in ("A", "AAAA"):
        try:
            found += _ask(resolver or dns.resolver.Resolver(), host, kind, deadline)
        except dns.resolver.NXDOMAIN as error:
            raise Failed("name", f"The name {host} does not exist.") from error
        except (dns.exception.DNSException, OSError) as error:
            trouble = error
    if not found and trouble:
        raise Failed("name", f"The addresses of {host} could not be looked up.") from trouble
    return found


def _ask(resolver: dns.resolver.Resolver, host: str, kind: str, deadline: Deadline) -> list[str]:
    seconds = min(deadline.left(), ASK_SECONDS)
    name = dns.name.from_text(host)
    answer = resolver.resolve(name, kind, lifetime=seconds, raise_on_no_answer=False, search=False)
    return [record.to_text() for record in answer.rrset or ()]
