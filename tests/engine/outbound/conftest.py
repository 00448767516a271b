"""Peers on loopback for the guarded way out: a trap that counts who came, a site, and servers no library would play."""

import ipaddress
import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from engine.outbound import fetch

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]


class Trap:
    """A server on loopback that only counts who came."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            peer.close()

    def close(self):
        self.socket.close()


@pytest.fixture
def trap():
    trap = Trap()
    yield trap
    trap.close()


@pytest.fixture
def attempts(monkeypatch):
    """Every attempt to connect, anywhere."""
    tried, real = [], socket.socket.connect

    def connect(self, address):
        tried.append(address)
        return real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    return tried


class Pages(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        answer = self.server.pages.get(self.path, (404, {}, b"nothing here"))
        status, headers, body = answer(self) if callable(answer) else answer
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *args):
        pass


@pytest.fixture
def site():
    """A real HTTP server on 127.0.0.2, so that 127.0.0.1 can be the inside that it tries to lead to."""
    server = ThreadingHTTPServer(("127.0.0.2", 0), Pages)
    server.daemon_threads = True
    server.handle_error = lambda *args: None  # a client that left is what the tests are about
    server.pages, server.asked = {}, []
    server.port = server.server_address[1]
    server.base = f"http://127.0.0.2:{server.port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def get(site):
    """Asks the site, which is allowed although it is inside."""

    def ask(path="/", **kwargs):
        return fetch(site.base + path, **{"allow": LOOPBACK, "ports": (site.port,), **kwargs})

    return ask


@pytest.fixture
def ask_raw():
    """Asks a server that runs `script` on its one connection."""

    def ask(script, scheme="http", **kwargs):
        listener = socket.create_server(("127.0.0.2", 0))

        def serve():
            with listener, suppress(OSError, ValueError):
                peer, _ = listener.accept()
                with peer:
                    script(peer)

        threading.Thread(target=serve, daemon=True).start()
        port = listener.getsockname()[1]
        return fetch(f"{scheme}://127.0.0.2:{port}/", allow=LOOPBACK, ports=(port,), **kwargs)

    return ask
