"""The one way to the DNS: questions to name servers, on dnspython's messages and sockets.

EDNS with 1232 bytes and TCP where an answer was cut (RFC 6891, RFC 7766); 1 second a try, two tries, another server the
second time where there is one; at most 256 questions in flight; equal questions are asked once; a failure is never kept
for others.
"""

import asyncio
import ipaddress
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.TXT
import dns.resolver

from engine.dns.answers import Answer, Question, Status

PAYLOAD = 1232
TRY_SECONDS = 1.0
TRIES = 2
WINDOW = 256
PORT = 53
REST_AFTER = 3  # silent answers in a row, after which a server is left alone
REST_SECONDS = 60.0

Server = tuple[str, int]
Ask = Callable[[Question], Awaitable[Answer]]


class BadNameserver(ValueError):
    """Why a text is no name server, as a sentence."""


def parse_nameserver(text: str) -> Server:
    """`IP`, `IP:PORT` or `[IPv6]:PORT`. Raises BadNameserver."""
    match = re.fullmatch(r"\[(?P<six>[^\]]+)\](?::(?P<port6>\d{1,5}))?|(?P<host>[^:]+)(?::(?P<port>\d{1,5}))?", text)
    address = (match["six"] or match["host"]) if match else text
    port = int((match["port6"] or match["port"] or PORT) if match else PORT)
    try:
        address = str(ipaddress.ip_address(address))
    except ValueError as error:
        raise BadNameserver(
            f"{text[:60]} is no name server; write its IP address, with :PORT after it if needed."
        ) from error
    if not 0 < port < 65_536:
        raise BadNameserver(f"{port} is no port; the highest is 65535.")
    return address, port


def system_nameservers() -> list[Server]:
    """The machine's own; none where it has none."""
    with suppress(dns.exception.DNSException, OSError):
        return [(str(address), PORT) for address in dns.resolver.Resolver().nameservers]
    return []


class Resolver:
    """Asks; belongs to one event loop."""

    def __init__(self, servers: Sequence[Server], *, try_seconds: float = TRY_SECONDS, window: int = WINDOW) -> None:
        self.servers = list(servers)
        self.try_seconds = try_seconds
        self.asked = 0
        self._window = asyncio.Semaphore(window)
        self._known: dict[Question, asyncio.Future[Answer]] = {}
        self._silences: dict[Server, int] = {}
        self._resting: dict[Server, float] = {}

    async def ask(self, question: Question) -> Answer:
        """The answer; the same question at the same time is asked once. Failures are forgotten at once."""
        running = self._known.get(question)
        if running is None:
            running = asyncio.ensure_future(self._ask(question))
            self._known[question] = running
        answer = await asyncio.shield(running)
        if answer.has_failed and self._known.get(question) is running:
            del self._known[question]
        return answer

    async def _ask(self, question: Question) -> Answer:
        answer = Answer(Status.ERROR)
        for server in self._order():
            async with self._window:
                answer = await self._try(question, server)
            self._note(server, answer)
            if not answer.has_failed:
                break
        return answer

    def _order(self) -> list[Server]:
        """Which servers are tried, two tries in all; those that kept silent lately come last."""
        now = time.monotonic()
        awake = [server for server in self.servers if self._resting.get(server, 0) <= now]
        order = awake + [server for server in self.servers if server not in awake]
        return (order * TRIES)[: max(TRIES, min(len(awake), 3))] if order else []

    def _note(self, server: Server, answer: Answer) -> None:
        if answer.status is not Status.TIMEOUT:
            self._silences[server] = 0
            return
        self._silences[server] = self._silences.get(server, 0) + 1
        if self._silences[server] >= REST_AFTER and len(self.servers) > 1:
            self._resting[server] = time.monotonic() + REST_SECONDS

    async def _try(self, question: Question, server: Server) -> Answer:
        self.asked += 1
        shown = f"{server[0]}:{server[1]}" if server[1] != PORT else server[0]
        try:
            response = await self._exchange(question, server)
        except (dns.exception.Timeout, TimeoutError):
            return Answer(Status.TIMEOUT, server=shown)
        except (dns.exception.DNSException, OSError, EOFError, ValueError):
            return Answer(Status.ERROR, server=shown)
        return read_answer(response, question[1], shown)

    async def _exchange(self, question: Question, server: Server) -> dns.message.Message:
        name = dns.name.from_text(question[0])
        query = dns.message.make_query(name, question[1], use_edns=0, payload=PAYLOAD)
        response = await self._send(query, server)
        if response.rcode() in (dns.rcode.FORMERR, dns.rcode.NOTIMP):  # a server that does not know EDNS
            response = await self._send(dns.message.make_query(name, question[1]), server)
        return response

    async def _send(self, query: dns.message.Message, server: Server) -> dns.message.Message:
        """By UDP, strangers' packets ignored; by TCP where the answer was cut."""
        address, port = server
        try:
            return await dns.asyncquery.udp(
                query, address, self.try_seconds, port, ignore_unexpected=True, ignore_errors=True,
                ignore_trailing=True, raise_on_truncation=True,
            )  # fmt: skip
        except dns.message.Truncated:
            return await dns.asyncquery.tcp(query, address, self.try_seconds * 2, port, ignore_trailing=True)


RCODES = {dns.rcode.NXDOMAIN: Status.NXDOMAIN, dns.rcode.SERVFAIL: Status.SERVFAIL, dns.rcode.REFUSED: Status.REFUSED}


def read_answer(response: dns.message.Message, kind: str, server: str) -> Answer:
    """One response as an answer. Records for names that were not asked do not count."""
    code = response.rcode()
    if code not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return Answer(RCODES.get(code, Status.ERROR), server=server)
    if not isinstance(response, dns.message.QueryMessage) or not response.question:
        return Answer(Status.ERROR, server=server)
    if response.answer and not _is_to_the_point(response):
        return Answer(Status.ERROR, server=server)
    chain, ttl, values = _walk(response, dns.rdatatype.from_text(kind))
    status = Status.OK if values else Status.NXDOMAIN if code == dns.rcode.NXDOMAIN else Status.NODATA
    return Answer(status, tuple(values), ttl, tuple(chain), server)


def _is_to_the_point(response: dns.message.QueryMessage) -> bool:
    """Records about other names alone are no answer: resolvers throw them away and so learn nothing."""
    return any(rrset.name == response.question[0].name for rrset in response.answer)


def _walk(response: dns.message.QueryMessage, kind: dns.rdatatype.RdataType) -> tuple[list[str], int | None, list[str]]:
    """From the name that was asked along the CNAMEs to the records: (chain, smallest TTL, values)."""
    name, chain, ttls = response.question[0].name, list[str](), list[int]()
    while True:
        found = response.get_rrset(response.answer, name, dns.rdataclass.IN, kind)
        if found is not None:
            ttls.append(found.ttl)
            return chain, min(ttls), [_text(record) for record in found]
        cname = response.get_rrset(response.answer, name, dns.rdataclass.IN, dns.rdatatype.CNAME)
        if cname is None or len(chain) > 16:
            return chain, min(ttls, default=None), []
        ttls.append(cname.ttl)
        name = cname[0].target
        chain.append(_name(name))


def _name(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower() or "."


def _text(record: object) -> str:
    """A record's value as Answer promises it."""
    if isinstance(record, dns.rdtypes.ANY.TXT.TXT):
        return b"".join(record.strings).decode("latin-1")
    if hasattr(record, "exchange"):
        return f"{record.preference} {_name(record.exchange)}"  # type: ignore[attr-defined]
    if hasattr(record, "target") and not hasattr(record, "port"):
        return _name(record.target)
    return str(record.address) if hasattr(record, "address") else str(record)
