"""Reads a URL strictly, so that what is checked is what is asked: two readings of one text fool a check."""

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

import idna

from engine.outbound.errors import Refused

LONGEST = 2_048
DEFAULT_PORTS = {"http": 80, "https": 443}
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_INSIDE_ENDINGS = (
    ".localhost",
    ".local",
    ".localdomain",
    ".internal",
    ".intranet",
    ".lan",
    ".home",
    ".corp",
    ".private",
    ".home.arpa",
    ".in-addr.arpa",
    ".ip6.arpa",
    ".onion",
    ".alt",
    ".invalid",
)


@dataclass(frozen=True, slots=True)
class Url:
    """A URL in its one reading. `host` has no brackets and no dot at the end."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """What stands in the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def is_literal(self) -> bool:
        """True where an address stands in place of a name."""
        return ":" in self.host or self.host.replace(".", "").isdigit()

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def read_url(text: str, ports: Collection[int] = (80, 443)) -> Url:
    """The URL, or Refused with what to change."""
    parts = _split(text)
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS:
        raise Refused("Give an address that begins with http:// or https://.")
    if "@" in parts.netloc:
        raise Refused("Leave the name and password out of the address.")
    port = _port(parts) or DEFAULT_PORTS[scheme]
    if port not in ports:
        raise Refused(f"Give an address without the port {port}; only {_listed(ports)} may be asked.")
    host = _bracketed(parts.netloc) if "[" in parts.netloc else _host(parts.netloc.partition(":")[0])
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._[]|^")
    query = "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?[]|^") if parts.query else ""
    return Url(scheme, host, port, path + query)


def _split(text: str) -> SplitResult:
    if len(text) > LONGEST:
        raise Refused(f"Give a shorter address; {LONGEST:,} characters are the most.")
    if "\\" in text or any(sign.isspace() or not sign.isprintable() for sign in text):
        raise Refused("Take the spaces, backslashes and invisible characters out of the address.")
    try:
        return urlsplit(text)
    except ValueError as error:
        raise Refused("Correct this address; it cannot be read.") from error


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError as error:
        raise Refused("Correct the port in this address.") from error


def _listed(ports: Collection[int]) -> str:
    return " and ".join(str(port) for port in sorted(ports)) or "none"


def _bracketed(netloc: str) -> str:
    """An IPv6 address; a zone (%eth0) names a cable of this machine and is refused."""
    inner, _, rest = netloc.removeprefix("[").partition("]")
    try:
        address = ipaddress.IPv6Address(inner)
    except ValueError as error:
        raise Refused("Correct this address; the part in brackets is not an IPv6 address.") from error
    if not netloc.startswith("[") or address.scope_id is not None or (rest and not rest.startswith(":")):
        raise Refused("Correct this address; the part in brackets is not an IPv6 address.")
    return str(address)


def _host(written: str) -> str:
    """The host in small ASCII letters. Full-width digits and other scripts are brought into the form the DNS uses."""
    host = (written if written.isascii() else _from_other_script(written)).lower().removesuffix(".")
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _dotted(host)
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise Refused("Correct the name in this address; it is not one that the DNS can hold.")
    if len(labels) < 2 or f".{host}".endswith(_INSIDE_ENDINGS):
        raise Refused("Give a full public name, such as www.example.org; this one works only inside a network.")
    return host


def _from_other_script(written: str) -> str:
    try:
        return idna.encode(written, uts46=True).decode("ascii")
    except UnicodeError as error:
        raise Refused("Correct the name in this address; it is not one that the DNS can hold.") from error


def _dotted(host: str) -> str:
    """A host that ends in a number is an address, written as 192.0.2.1 and in no other way (0x7f.1, 017.0.0.1)."""
    try:
        return str(ipaddress.IPv4Address(host))
    except ValueError as error:
        raise Refused("Write this address as four plain numbers, or give a name.") from error
