"""One clock for a whole request: a peer that sends a byte now and then must not hold a worker."""

import socket
import threading
import time
from contextlib import suppress
from types import TracebackType

from engine.outbound.errors import Failed


class Deadline:
    """A socket's own timeout begins anew with each byte; this one does not."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def has_passed(self) -> bool:
        return time.monotonic() >= self._end

    def left(self) -> float:
        """Seconds left; Failed when there are none."""
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise self.failure()
        return seconds

    def failure(self) -> Failed:
        return Failed("timeout", f"The answer was not complete after {self.seconds:g} seconds.")

    def guard(self, sock: socket.socket) -> "_Guard":
        return _Guard(self, sock)


class _Guard:
    """Shuts the socket when the time is up, so that any wait on it ends, in whatever layer it stands."""

    def __init__(self, deadline: Deadline, sock: socket.socket) -> None:
        self._sock = sock
        self._timer = threading.Timer(deadline.left(), self._shut)
        self._timer.daemon = True

    def _shut(self) -> None:
        with suppress(OSError):
            # Not the method of an SSLSocket, which would drop its encryption under the reader's hands.
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()
