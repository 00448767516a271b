"""One request with its redirects: resolve once, check every answer, connect to the checked address, bound the rest."""

import http.client
import socket
import ssl
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urljoin

import urllib3.connection
import urllib3.exceptions
from urllib3.response import BaseHTTPResponse

from engine.outbound.addresses import Network, is_allowed, unwrapped
from engine.outbound.deadline import Deadline
from engine.outbound.errors import Failed, Refused
from engine.outbound.naming import ask_dns
from engine.outbound.urls import Url, read_url

MAX_BYTES = 2_000_000
TOTAL_SECONDS = 15.0
MAX_HOPS = 5
MAX_ADDRESSES = 20
TRIED_ADDRESSES = 3
CONNECT_SECONDS = 5.0
CHUNK = 65_536
REDIRECTS = frozenset({301, 302, 303, 307, 308})
AGENT = "Migrator/0.1 (checks pages and redirects for the owner of the site)"

Resolve = Callable[[str], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect on the way: what was asked, with which status it answered, where it sent us."""

    url: str
    status: int
    location: str


@dataclass(frozen=True, slots=True)
class Response:
    """What came back at the end of the way, all of it a stranger's. The names of the headers are in small letters."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    hops: tuple[Hop, ...] = ()


@dataclass(frozen=True, slots=True)
class _Bounds:
    """What holds for every hop of one request."""

    method: str
    allow: tuple[Network, ...]
    ports: Collection[int]
    resolve: Resolve | None
    max_bytes: int
    tls: ssl.SSLContext | None
    deadline: Deadline


def fetch(
    url: str,
    *,
    method: str = "GET",
    allow: Sequence[Network] = (),
    ports: Collection[int] = (80, 443),
    resolve: Resolve | None = None,
    max_bytes: int = MAX_BYTES,
    total_seconds: float = TOTAL_SECONDS,
    max_hops: int = MAX_HOPS,
    accept_hops: bool = False,
    tls: ssl.SSLContext | None = None,
) -> Response:
    """The answer at the end of the redirects; Refused before a connection, Failed after one.

    `allow` names networks that may be reached although they are not public. With `accept_hops` the redirect that
    would be one too many is itself the answer: `max_hops=0, accept_hops=True` gives the first answer as it came.
    """
    if method not in ("GET", "HEAD"):
        raise ValueError(f"A check reads and never writes; {method} is not offered.")
    bounds = _Bounds(method, tuple(allow), ports, resolve, max_bytes, tls, Deadline(total_seconds))
    hops: list[Hop] = []
    here = read_url(url, ports)
    seen = {str(here)}
    while True:
        answer = _ask(here, bounds)
        if answer.status not in REDIRECTS or "location" not in answer.headers:
            return _with(answer, hops)
        if len(hops) >= max_hops:
            if accept_hops:
                return _with(answer, hops)
            raise Failed("hops", f"Shorten the chain of redirects; there are more than {max_hops}.")
        there = read_url(_next(here, answer.headers["location"]), ports)
        hops.append(Hop(str(here), answer.status, str(there)))
        if str(there) in seen:
            raise Failed("loop", f"Break the circle of redirects; it comes back to {there}.")
        seen.add(str(there))
        here = there


def _with(answer: Response, hops: list[Hop]) -> Response:
    return Response(answer.url, answer.status, answer.headers, answer.body, tuple(hops))


def _next(here: Url, location: str) -> str:
    try:
        return target_of(str(here), location)
    except ValueError as error:
        raise Refused("Correct the redirect; the address it names cannot be read.") from error


def target_of(here: str, location: str) -> str:
    """Where a redirect leads. Servers send UTF-8 here, which arrives read as Latin-1. Raises ValueError."""
    with suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")
    return urljoin(here, location.strip(" \t").replace(" ", "%20").partition("#")[0])


def _ask(url: Url, bounds: _Bounds) -> Response:
    """One hop, at the first of its addresses that takes the connection."""
    addresses = checked_addresses(url, bounds)
    last: Failed | None = None
    for address in addresses[:TRIED_ADDRESSES]:
        try:
            return _ask_at(address, url, bounds)
        except Failed as error:
            if error.reason != "connection":
                raise
            last = error
    raise last or Failed("name", f"The name {url.host} has no address.")


def checked_addresses(url: Url, bounds: _Bounds) -> list[str]:
    """Every address of the host, each of them allowed: one inside address among public ones is no slip."""
    if url.is_literal:
        found = [url.host]
    elif bounds.resolve is not None:
        found = list(bounds.resolve(url.host))
    else:
        found = ask_dns(url.host, bounds.deadline)
    bounds.deadline.left()
    if len(found) > MAX_ADDRESSES or not all(is_allowed(address, bounds.allow) for address in found):
        raise Refused("Give an address that the public can open; this one leads into a private network.")
    return [str(unwrapped(address)) for address in found]


def _ask_at(address: str, url: Url, bounds: _Bounds) -> Response:
    """The request itself, to an address and no longer to a name."""
    connection = _connection(address, url, bounds)
    try:
        connection.connect()
        connection.timeout = bounds.deadline.left()
        with bounds.deadline.guard(_socket_of(connection)):
            answer = _exchange(connection, url, bounds)
        if bounds.deadline.has_passed:
            raise bounds.deadline.failure()
        return answer
    except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError, zlib.error) as error:
        raise _failure(error, url, bounds) from error
    finally:
        connection.close()


def _connection(address: str, url: Url, bounds: _Bounds) -> urllib3.connection.HTTPConnection:
    """Goes to the address; the certificate is still asked for, and compared with, the name."""
    seconds = min(bounds.deadline.left(), CONNECT_SECONDS)
    if url.scheme == "http":
        return urllib3.connection.HTTPConnection(address, url.port, timeout=seconds)
    context = bounds.tls or _usual_tls()
    secure = _Tls(address, url.port, timeout=seconds, ssl_context=context, server_hostname=url.host)
    return secure.within(bounds.deadline)


@lru_cache(maxsize=1)
def _usual_tls() -> ssl.SSLContext:
    """The certificates this machine trusts; reading them takes longer than many an answer."""
    return ssl.create_default_context()


class _Tls(urllib3.connection.HTTPSConnection):
    """Gives the handshake what the connection has left of the time, not the whole of it again."""

    deadline: Deadline

    def within(self, deadline: Deadline) -> "_Tls":
        self.deadline = deadline
        return self

    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        sock.settimeout(min(self.deadline.left(), CONNECT_SECONDS))
        return sock


def _socket_of(connection: urllib3.connection.HTTPConnection) -> socket.socket:
    if connection.sock is None:
        raise OSError("no connection")
    return connection.sock


def _exchange(connection: urllib3.connection.HTTPConnection, url: Url, bounds: _Bounds) -> Response:
    headers = {
        "Host": url.authority,
        "User-Agent": AGENT,
        "Accept": "text/html,*/*;q=0.5",
        "Accept-Encoding": "gzip",
        "Connection": "close",
    }
    connection.request(bounds.method, url.target, headers=headers, preload_content=False, decode_content=False)
    raw = connection.getresponse()
    found = {name.lower(): value for name, value in raw.headers.iteritems()}
    is_wanted = bounds.method == "GET" and not (raw.status in REDIRECTS and "location" in found)
    body = _body(raw, found.get("content-encoding", ""), bounds) if is_wanted else b""
    return Response(str(url), raw.status, found, body)


def _body(raw: BaseHTTPResponse, encoding: str, bounds: _Bounds) -> bytes:
    """The decoded body; both what travels and what it unpacks to are counted, so that no bomb goes off."""
    unpack = _unpacker(encoding.strip().lower(), bounds.max_bytes)
    body, travelled = bytearray(), 0
    while chunk := raw.read1(CHUNK, decode_content=False):
        travelled += len(chunk)
        body += unpack(chunk, len(body))
        if travelled > bounds.max_bytes or len(body) > bounds.max_bytes:
            raise Failed("too_large", f"The answer is larger than {bounds.max_bytes / 1_000_000:g} MB.")
        bounds.deadline.left()
    return bytes(body)


def _unpacker(encoding: str, max_bytes: int) -> Callable[[bytes, int], bytes]:
    """Unpacks a chunk to one byte more than may be held, which is enough to know that it is too much."""
    if encoding in ("", "identity"):
        return lambda chunk, held: chunk
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise Failed("encoding", "The answer is packed in a way that was not asked for.")
    unpacker = zlib.decompressobj(wbits=47)
    return lambda chunk, held: unpacker.decompress(chunk, max_bytes + 1 - held)


def _failure(error: Exception, url: Url, bounds: _Bounds) -> Failed:
    """What went wrong, in words; the time comes first, since running out of it breaks everything else."""
    if bounds.deadline.has_passed:
        return bounds.deadline.failure()
    if isinstance(error, zlib.error):
        return Failed("encoding", f"The answer of {url.host} cannot be unpacked.")
    if isinstance(error, urllib3.exceptions.SSLError | ssl.SSLError):
        return Failed("tls", f"The certificate of {url.host} was not accepted.")
    return Failed("connection", f"The server of {url.host} did not give a proper answer.")
