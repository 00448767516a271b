"""From a name to its addresses, by the DNS alone: getaddrinfo would also read /etc/hosts and take 0x7f.1 for a host."""

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

from engine.outbound.deadline import Deadline
from engine.outbound.errors import Failed


def ask_dns(host: str, deadline: Deadline) -> list[str]:
    """Every A and AAAA of the name; one kind that cannot be asked is no reason to give up on the other."""
    found: list[str] = []
    trouble: Exception | None = None
    for kind in ("A", "AAAA"):
        try:
            found += _ask(host, kind, deadline)
        except dns.resolver.NXDOMAIN as error:
            raise Failed("name", f"The name {host} does not exist.") from error
        except (dns.exception.DNSException, OSError) as error:
            trouble = error
    if not found and trouble:
        raise Failed("name", f"The addresses of {host} could not be looked up.") from trouble
    return found


def _ask(host: str, kind: str, deadline: Deadline) -> list[str]:
    resolver = dns.resolver.Resolver()
    name = dns.name.from_text(host)
    answer = resolver.resolve(name, kind, lifetime=deadline.left(), raise_on_no_answer=False, search=False)
    return [record.to_text() for record in answer.rrset or ()]
