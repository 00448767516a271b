"""Values between two processes of ours: short words through a pipe, everything large through a file in memory.

Neither side ever waits for the other to read. Each value has a number, and numbers that are so many apart share a place
in the file: a place may be written again as soon as its value was read.
"""

import os
import pickle
import socket
import struct
import sys
import tempfile
from select import select
from typing import Any

PLACES = 8
APART = -1  # the number of values that belong to no block
_ROOM = 1 << 36  # bytes between places; the file is sparse
_WORD = struct.Struct("<4sqQ")  # what it is, its number, its size


class Gone(Exception):
    """The other side has ended."""


def new_memory() -> int:
    """A file without a name that lives in memory, or at least on no disk that anybody finds it on."""
    if sys.platform == "linux":
        return os.memfd_create("contacts")
    with tempfile.TemporaryFile() as stream:
        return os.dup(stream.fileno())


def _place(number: int) -> int:
    return _ROOM * (PLACES if number == APART else number % PLACES)


class Channel:
    """One end. `out` is the file that this side writes, `into` the one that it reads; both may be given up early."""

    def __init__(self, end: socket.socket, out: int, into: int) -> None:
        self._end, self._out, self._into = end, out, into

    def send(self, kind: str, number: int, value: Any) -> None:
        """Raises Gone."""
        data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        view, place = memoryview(data), _place(number)
        while view:
            written = os.pwrite(self._out, view, place)
            view, place = view[written:], place + written
        try:
            self._end.sendall(_WORD.pack(kind.encode(), number, len(data)))
        except OSError as error:
            raise Gone from error

    def is_waiting(self) -> bool:
        """True where `receive` has something to give at once."""
        return bool(select([self._end], [], [], 0)[0])

    def receive(self) -> tuple[str, int, Any]:
        """The next value, with what it is and its number; raises Gone."""
        word = b""
        while len(word) < _WORD.size:
            try:
                more = self._end.recv(_WORD.size - len(word))
            except OSError as error:
                raise Gone from error
            if not more:
                raise Gone
            word += more
        kind, number, size = _WORD.unpack(word)
        data = bytearray(size)
        view, place = memoryview(data), _place(number)
        while view:
            read = os.preadv(self._into, [view], place)
            if not read:
                raise Gone
            view, place = view[read:], place + read
        return kind.rstrip(b"\0").decode(), number, pickle.loads(data)  # noqa: S301 - our own other half wrote it

    def close(self) -> None:
        """The other side finds it gone."""
        self._end.close()
        for memory in {self._out, self._into}:
            os.close(memory)
