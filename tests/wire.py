"""A cable between a browser and the product, for tests: it can be slowed down, cut and mended."""

import contextlib
import socket
import threading
import time


class Wire:
    """Listens on a port of loopback and hands everything on to another; `with Wire(8000) as wire: wire.port`."""

    def __init__(self, to: int) -> None:
        self.to = to
        self.rate = 0  # bytes a second towards the product, of all connections together; 0 = as fast as it goes
        self.sent = 0  # towards the product
        self.is_cut = False
        self.ends: set[socket.socket] = set()
        self.guard = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def __enter__(self) -> "Wire":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.cut()
        self.listener.close()

    def cut(self) -> None:
        """All connections end in the middle, and new ones are dropped."""
        self.is_cut = True
        for end in list(self.ends):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self.is_cut = False

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                if self.is_cut:
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self.to))
                self.ends |= {near, far}
                threading.Thread(target=self._copy, args=(near, far, True), daemon=True).start()
                threading.Thread(target=self._copy, args=(far, near, False), daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket, is_up: bool) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                if is_up:
                    self._wait_for(len(chunk))
                target.sendall(chunk)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self.ends -= {source, target}

    def _wait_for(self, size: int) -> None:
        with self.guard:
            self.sent += size
            if self.rate:
                time.sleep(size / self.rate)
