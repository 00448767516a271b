"""Questions by UDP and TCP to one name server; what does not fit the question is not an answer.

One connected socket serves many questions, so the system drops the packets of strangers; each question has a random id
of its own and its bytes are compared (RFC 5452). A socket is changed for a new one, with another port, now and then.
Before a time-out is called, what lies unread in the socket is read: an event loop that was busy is no silence.
"""

import asyncio
import os
import socket
from contextlib import suppress

Server = tuple[str, int]

QUESTIONS_A_SOCKET = 250
RECEIVE_BUFFER = 1 << 20
BIGGEST = 65_535
HEADER = 12
_QR_AND_OPCODE = 0xF8
_ANSWER_TO_QUERY = 0x80
_CUT = 0x02


class Garbled(Exception):
    """The server sent something that is no answer to the question."""


class Socket:
    """One port of ours, and who waits for what on it."""

    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop) -> None:
        family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
        self._loop = loop
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._waiting: dict[int, tuple[bytes, asyncio.Future[bytes]]] = {}
        self._late: dict[bytes, int] = {}  # at most as many as a socket asks
        self.asked = 0
        try:
            self._socket.setblocking(False)
            with suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            self._socket.connect(server)
        except OSError:
            self._socket.close()
            raise
        loop.add_reader(self._socket, self._drain)

    @property
    def is_used_up(self) -> bool:
        return self.asked >= QUESTIONS_A_SOCKET

    @property
    def is_idle(self) -> bool:
        return not self._waiting

    async def ask(self, question: bytes, rest: bytes, seconds: float) -> bytes:
        """The answer on the wire. Raises TimeoutError, OSError (nobody listens there).

        A question that is asked again keeps its id, so that a late answer to the first try is taken too.
        """
        number = self._late.pop(rest, None)
        if number is None or number in self._waiting:
            number = self._free_id()
        found: asyncio.Future[bytes] = self._loop.create_future()
        self._waiting[number] = (question, found)
        self.asked += 1
        timer = self._loop.call_later(seconds, self._too_late, found)
        try:
            with suppress(BlockingIOError):  # as good as lost on the way: the second try follows
                self._socket.send(number.to_bytes(2, "big") + rest)
            return await found
        except TimeoutError:
            self._late[rest] = number
            raise
        finally:
            timer.cancel()
            self._waiting.pop(number, None)

    def knows(self, rest: bytes) -> bool:
        """The question was asked here in vain, so its answer may still come."""
        return rest in self._late

    def _free_id(self) -> int:
        while True:
            number = int.from_bytes(os.urandom(2), "big")
            if number not in self._waiting:
                return number

    def _drain(self) -> None:
        """Read all there is."""
        while True:
            try:
                packet = self._socket.recv(BIGGEST)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                self._fail_all(error)
                return
            if len(packet) >= HEADER:
                question, found = self._waiting.get(int.from_bytes(packet[:2], "big"), (b"", None))
                if found is not None and not found.done() and fits(packet, question):
                    found.set_result(packet)

    def _fail_all(self, error: OSError) -> None:
        """The other side says that nobody listens: no question of this socket will be answered."""
        for _, found in list(self._waiting.values()):
            if not found.done():
                found.set_exception(error)

    def _too_late(self, found: asyncio.Future[bytes]) -> None:
        self._drain()
        if not found.done():
            found.set_exception(TimeoutError())

    def close(self) -> None:
        self._loop.remove_reader(self._socket)
        self._socket.close()


def fits(packet: bytes, question: bytes) -> bool:
    """Whether a packet answers this question. Servers that fail may leave the question out."""
    if packet[2] & _QR_AND_OPCODE != _ANSWER_TO_QUERY:
        return False
    count = packet[4:6]
    if count == b"\x00\x00":
        return packet[3] & 0x0F != 0
    end = HEADER + len(question)
    name_end = end - 4
    same_name = packet[HEADER:name_end].lower() == question[:-4].lower()
    return count == b"\x00\x01" and same_name and packet[name_end:end] == question[-4:]


def is_cut(packet: bytes) -> bool:
    return bool(packet[2] & _CUT)


class Line:
    """The way to one server, for one event loop."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._sockets: list[Socket] = []

    async def by_udp(self, question: bytes, rest: bytes, seconds: float) -> bytes:
        """Ask. `rest` is the whole query without its id."""
        asked_before = next((one for one in self._sockets if one.knows(rest)), None)
        return await (asked_before or self._current()).ask(question, rest, seconds)

    def _current(self) -> Socket:
        if not self._sockets or self._sockets[-1].is_used_up:
            for old in [one for one in self._sockets if one.is_idle]:
                old.close()
                self._sockets.remove(old)
            self._sockets.append(Socket(self.server, asyncio.get_running_loop()))
        return self._sockets[-1]

    async def by_tcp(self, question: bytes, rest: bytes, seconds: float) -> bytes:
        """Ask by TCP (RFC 7766). Raises TimeoutError, OSError, EOFError, Garbled."""
        query = os.urandom(2) + rest
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(*self.server)
            try:
                writer.write(len(query).to_bytes(2, "big") + query)
                size = int.from_bytes(await reader.readexactly(2), "big")
                packet = await reader.readexactly(size)
            finally:
                writer.close()
        if len(packet) < HEADER or packet[:2] != query[:2] or not fits(packet, question):
            raise Garbled
        return packet

    def close(self) -> None:
        for one in self._sockets:
            one.close()
        self._sockets.clear()
