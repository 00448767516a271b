"""Where a domain's mail goes (RFC 5321 5.1, RFC 7505, RFC 2181 10.3)."""

import ipaddress
from dataclasses import dataclass
from enum import StrEnum

from engine.dns.answers import Lookup

Problem = tuple[str, str]


class MxResult(StrEnum):
    OK = "ok"
    NULL = "null"
    NONE = "none"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Mx:
    """`hosts` in the order of preference; `problems` are (code, sentence), `warnings` likewise."""

    result: MxResult
    hosts: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def check_mx(domain: str, lookup: Lookup) -> Mx:
    """The mail servers, each with an address of its own."""
    answer = lookup(domain, "MX")
    if answer.has_failed or answer.is_pending:
        return Mx(MxResult.UNKNOWN, problems=(("unreadable", f"Check again later: {answer.why}."),))
    if not answer.values:
        return Mx(MxResult.NONE)
    pairs = sorted((int(number), host) for number, host in (value.split(" ", 1) for value in answer.values))
    hosts = tuple(host for _, host in pairs)
    if hosts == (".",):
        if pairs[0][0] == 0:
            return Mx(MxResult.NULL, hosts)
        odd = ("null_preference", "Give the null MX the preference 0, or name a mail server in place of the dot.")
        return Mx(MxResult.WRONG, hosts, (odd,))
    problems: list[Problem] = []
    warnings: list[Problem] = []
    unclear: list[Problem] = []
    for host in hosts:
        _judge_host(host, lookup, problems, warnings, unclear)
    result = MxResult.WRONG if problems else MxResult.UNKNOWN if unclear else MxResult.OK
    return Mx(result, hosts, tuple(problems + unclear), tuple(warnings))


def _judge_host(
    host: str,
    lookup: Lookup,
    problems: list[Problem],
    warnings: list[Problem],
    unclear: list[Problem],
) -> None:
    if host == ".":
        problems.append(("null_beside_others", "Remove the null MX, or all the others."))
        return
    if is_address(host):
        problems.append(("address", f"Name the mail server; {host} is an IP address."))
        return
    four = lookup(host, "A")
    six = lookup(host, "AAAA") if not (four.values or four.is_pending) else four  # one address is enough
    chain = four.chain or six.chain
    if chain:
        warnings.append(("cname", f"Point the MX to {chain[-1]} itself; {host} is only an alias."))
    if four.values or six.values or four.is_pending or six.is_pending:
        return
    if four.is_loop or six.is_loop:
        problems.append(("unresolvable", f"Correct the MX: the alias {host} leads in a circle."))
    elif four.has_failed or six.has_failed:
        unclear.append(("unreadable", f"Check again later: the addresses of {host} could not be read."))
    else:
        problems.append(("unresolvable", f"Correct the MX: {host} has no address."))


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
