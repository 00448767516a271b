"""Which of many domains take mail: the MX, and the address records only where there is no MX (RFC 5321, 5.1).

A null MX says that a domain takes none (RFC 7505). A failure of the DNS is a verdict of its own: nothing is concluded
from it. At most 64 domains are under way at once, and no more than that many stand in memory.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import islice

from engine.dns.answers import Answers, Lookup, Status
from engine.dns.checking import NoNameserver
from engine.dns.lines import Server
from engine.dns.names import BadName, parse_domain
from engine.dns.resolver import Resolver, parse_nameserver, system_nameservers

ACTIVE = 64
SILENT_AFTER = 2 * ACTIVE
FORGET_AFTER = 2_000  # names; a resolver remembers every answer


class Mail(StrEnum):
    """Whether a domain takes mail."""

    OK = "ok"
    NONE = "none"  # neither MX nor address, or no such domain
    NULL_MX = "null_mx"
    UNKNOWN = "unknown"


DEAD = frozenset({Mail.NONE, Mail.NULL_MX})
Told = tuple[str, Mail]


class NobodyAnswers(Exception):
    """So many questions in a row got no answer that the rest is not asked."""


def takes_mail(name: str, lookup: Lookup) -> Mail | None:
    """The verdict out of the answers there are; None while one is still to come. Pure."""
    mx = lookup(name, "MX")
    if mx.is_pending:
        return None
    if mx.has_failed:
        return Mail.UNKNOWN
    hosts = {value.rpartition(" ")[2] for value in mx.values}
    if hosts:
        return Mail.NULL_MX if hosts == {"."} else Mail.OK
    if mx.status is Status.NXDOMAIN:  # of no type then (RFC 8020)
        return Mail.NONE
    found = [lookup(name, kind) for kind in ("A", "AAAA")]
    if any(answer.values for answer in found):
        return Mail.OK
    if any(answer.is_pending for answer in found):
        return None
    return Mail.UNKNOWN if any(answer.has_failed for answer in found) else Mail.NONE


def mail_verdicts(names: Iterable[str], *, nameservers: Sequence[str] = (), active: int = ACTIVE) -> Iterator[Told]:
    """Each name with its verdict, as the answers come; what the caller does meanwhile stops nothing but new questions.

    `nameservers` are `IP[:PORT]`, the system's where none is given. Raises BadNameserver, NoNameserver, NobodyAnswers.
    """
    servers = [parse_nameserver(text) for text in nameservers] or system_nameservers()
    if not servers:
        raise NoNameserver("This machine knows no name server. Set DNS_NAMESERVERS to the address of one.")
    coming, silent, has_heard = iter(names), 0, False
    while some := list(islice(coming, FORGET_AFTER)):
        for name, verdict in _ask_some(some, servers, active):
            silent = silent + 1 if verdict is Mail.UNKNOWN else 0
            has_heard = has_heard or verdict is not Mail.UNKNOWN
            yield name, verdict
            if silent >= SILENT_AFTER and not has_heard:
                raise NobodyAnswers("The name server gives no answers now; try again later.")


def _ask_some(names: Sequence[str], servers: list[Server], active: int) -> Iterator[Told]:
    with asyncio.Runner() as runner:
        loop, resolver = runner.get_loop(), Resolver(servers)
        coming = iter(names)
        running = {loop.create_task(_ask(name, resolver)) for name in islice(coming, active)}
        while running:
            done, running = runner.run(_some(running))
            running |= {loop.create_task(_ask(name, resolver)) for name in islice(coming, active - len(running))}
            yield from (task.result() for task in done)


async def _some(running: set[asyncio.Task[Told]]) -> tuple[set[asyncio.Task[Told]], set[asyncio.Task[Told]]]:
    return await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)


async def _ask(name: str, resolver: Resolver) -> Told:
    """One domain, by as few questions as it takes. What is no name of the public DNS cannot be told."""
    try:
        asked = parse_domain(name)
    except BadName:
        return name, Mail.UNKNOWN
    lookup = Answers()
    while (verdict := takes_mail(asked, lookup)) is None:
        questions = sorted(lookup.missing)
        answers = await asyncio.gather(*(resolver.ask(question) for question in questions))
        lookup.learn(zip(questions, answers, strict=True))
    return name, verdict
