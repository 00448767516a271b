"""The one way to the DNS: questions to name servers, by name or by address.

EDNS with 1232 bytes and TCP where an answer was cut (RFC 6891, RFC 7766); 1 second a try, two tries, another server the
second time where there is one; at most 256 questions in flight, fewer and not too fast to any one foreign server; equal
questions are asked once; a failure is never kept for others. A name server of a zone that kept silent three times in
a row is left alone for a minute; the resolvers we were given are always asked, since without them nothing is known.
"""

import asyncio
import errno
import ipaddress
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import dns.exception
import dns.resolver

from engine.dns.answers import Answer, At, Question, Status
from engine.dns.lines import Garbled, Line, Server, is_cut
from engine.dns.reach import PORT, Reach, is_public
from engine.dns.reading import NO_EDNS, query_bytes, question_bytes, rcode_of, read_packet

TRY_SECONDS = 1.0
TRIES = 2
WINDOW = 256
REST_AFTER = 3  # silent answers in a row, after which a server is left alone
REST_SECONDS = 60.0
NOT_LISTENING = "nobody listens there"
NO_WAY = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL)  # such as IPv6 on a machine without it


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


@dataclass(frozen=True, slots=True)
class Pace:
    """What one server is asked at most: so many questions at a time, so many a second, a few more at once."""

    in_flight: int
    a_second: float
    at_once: int = 100


OURS = Pace(in_flight=128, a_second=5000, at_once=500)  # what a socket of usual size holds, should the server be busy
THEIRS = Pace(in_flight=50, a_second=200)
TEST_BED = Pace(in_flight=50, a_second=5000)  # not public, and allowed by a setting: nobody else's machine


@dataclass(slots=True)
class Peer:
    """One server: the line to it, its pace, and whether it keeps silent."""

    server: Server
    pace: Pace
    line: Line
    room: asyncio.Semaphore
    knows_edns: bool = True
    silences: int = 0
    silence: str = ""  # what is known about it: nobody listens there
    rests_until: float = 0.0
    due: float = field(default=0.0)

    @property
    def shown(self) -> str:
        return f"{self.server[0]}:{self.server[1]}" if self.server[1] != PORT else self.server[0]

    @property
    def rests(self) -> bool:
        return self.rests_until > time.monotonic()

    @property
    def at_rest(self) -> Answer:
        """What it is taken to say while it is left alone."""
        return Answer(Status.TIMEOUT, server=self.shown, note=self.silence)

    async def wait_for_turn(self) -> None:
        """Hold the pace."""
        now = time.monotonic()
        self.due = max(self.due, now - self.pace.at_once / self.pace.a_second) + 1 / self.pace.a_second
        if self.due > now:
            await asyncio.sleep(self.due - now)

    def note(self, answer: Answer) -> None:
        """Count the silences in a row."""
        self.silences = self.silences + 1 if answer.status is Status.TIMEOUT else 0
        self.silence = answer.note if self.silences else ""
        if self.silences >= REST_AFTER:
            self.rests_until = time.monotonic() + REST_SECONDS
        elif self.silences == 0:
            self.rests_until = 0.0


class Resolver:
    """Asks; belongs to one event loop; is closed at the end."""

    def __init__(
        self,
        servers: Sequence[Server],
        *,
        reach: Reach | None = None,
        try_seconds: float = TRY_SECONDS,
        window: int = WINDOW,
    ) -> None:
        self.servers = list(servers)
        self.try_seconds = try_seconds
        self.asked = 0
        self._reach = reach or Reach()
        self._window = asyncio.Semaphore(window)
        self._known: dict[Question | At, asyncio.Future[Answer]] = {}
        self._peers: dict[Server, Peer] = {}

    async def ask(self, question: Question | At) -> Answer:
        return await asyncio.shield(self.start(question))

    def start(self, question: Question | At) -> asyncio.Future[Answer]:
        """The answer to come; the same question at the same time is asked once. Failures are forgotten at once."""
        running = self._known.get(question)
        if running is None:
            work = self._ask_at(question) if isinstance(question, At) else self._ask(question)
            running = asyncio.ensure_future(work)
            self._known[question] = running
            running.add_done_callback(lambda done: self._forget_failure(question, done))
        return running

    def _forget_failure(self, question: Question | At, done: asyncio.Future[Answer]) -> None:
        is_kept = not done.cancelled() and done.exception() is None and not done.result().has_failed
        if not is_kept and self._known.get(question) is done:
            del self._known[question]

    def close(self) -> None:
        for peer in self._peers.values():
            peer.line.close()

    def _peer(self, server: Server) -> Peer:
        found = self._peers.get(server)
        if found is None:
            pace = OURS if server in self.servers else THEIRS if is_public(server[0]) else TEST_BED
            found = Peer(server, pace, Line(server), asyncio.Semaphore(pace.in_flight))
            self._peers[server] = found
        return found

    async def _ask(self, question: Question) -> Answer:
        answer = Answer(Status.ERROR)
        for peer in self._order():
            answer = await self._try(peer, question, recursive=True)
            if not answer.has_failed:
                break
        return answer

    def _order(self) -> list[Peer]:
        """Which resolvers are tried, two tries in all; those that kept silent lately come last."""
        peers = [self._peer(server) for server in self.servers]
        awake = [peer for peer in peers if not peer.rests]
        order = awake + [peer for peer in peers if peer.rests]
        return (order * TRIES)[: max(TRIES, min(len(awake), 3))] if order else []

    async def _ask_at(self, at: At) -> Answer:
        """One question to one server: a resolver of ours (with its port), or a name server of a zone."""
        if at.port is not None and (at.address, at.port) in self.servers:
            return await self._twice(self._peer((at.address, at.port)), at, recursive=True)
        answer = Answer(Status.ERROR, server=at.address)
        for port in self._reach.ports_of(at.address):
            answer = await self._twice(self._peer((at.address, port)), at, recursive=False)
            if answer.status is not Status.TIMEOUT:  # who does not listen at one port may do so at the next
                break
        return answer

    async def _twice(self, peer: Peer, at: At, *, recursive: bool) -> Answer:
        """A server that said no, or does not listen, is not asked again; one that kept silent or was garbled is."""
        answer = peer.at_rest
        for number in range(TRIES):
            if number == 0 and peer.rests and not recursive:
                return answer
            answer = await self._try(peer, (at.name, at.kind), recursive=recursive, is_first=number == 0)
            if answer.status not in (Status.TIMEOUT, Status.ERROR) or answer.note == NOT_LISTENING:
                break
        return answer

    async def _try(self, peer: Peer, question: Question, *, recursive: bool, is_first: bool = False) -> Answer:
        async with peer.room:
            if is_first and peer.rests and not recursive:  # fell silent while this one waited for its turn
                return peer.at_rest
            await peer.wait_for_turn()
            async with self._window:
                answer = await self._exchange(peer, question, recursive=recursive)
        peer.note(answer)
        return answer

    async def _exchange(self, peer: Peer, question: Question, *, recursive: bool) -> Answer:
        self.asked += 1
        try:
            wire = question_bytes(*question)
            packet = await self._send(peer, wire, recursive=recursive)
            return read_packet(packet, *question, peer.shown)
        except TimeoutError:
            return Answer(Status.TIMEOUT, server=peer.shown)
        except ConnectionError:
            return Answer(Status.TIMEOUT, server=peer.shown, note=NOT_LISTENING)
        except OSError as error:
            if error.errno in NO_WAY:
                return Answer(Status.TIMEOUT, server=peer.shown, note="there is no way to it from here")
            return Answer(Status.ERROR, server=peer.shown)
        except (dns.exception.DNSException, EOFError, ValueError, Garbled):
            return Answer(Status.ERROR, server=peer.shown)

    async def _send(self, peer: Peer, wire: bytes, *, recursive: bool) -> bytes:
        """By UDP, without EDNS to a server that does not know it; by TCP where the answer was cut."""
        rest = query_bytes(wire, recursive=recursive, edns=peer.knows_edns)
        packet = await peer.line.by_udp(wire, rest, self.try_seconds)
        if peer.knows_edns and rcode_of(packet) in NO_EDNS:
            rest = query_bytes(wire, recursive=recursive, edns=False)
            packet = await peer.line.by_udp(wire, rest, self.try_seconds)
            peer.knows_edns = rcode_of(packet) in NO_EDNS
        if not is_cut(packet):
            return packet
        try:
            packet = await peer.line.by_tcp(wire, rest, self.try_seconds)
        except (TimeoutError, ConnectionError) as error:
            raise Garbled from error
        if is_cut(packet):  # by TCP too: what is missing is not known
            raise Garbled
        return packet
