"""A test message as it was pasted or saved (.eml): what it says about its sender. Nothing of it is kept or logged."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import Message as Parsed
from email.parser import HeaderParser
from email.utils import getaddresses

import idna

from engine.dns.names import is_askable

MOST_BYTES = 5_000_000
MOST_SIGNATURES = 8
LONGEST_HEADER = 20_000


class BadMessage(ValueError):
    """Why a text is no message, as a sentence."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One DKIM-Signature: who signs, with which key. `index` is its place among them."""

    index: int
    domain: str
    selector: str
    algorithm: str


@dataclass(frozen=True, slots=True)
class Said:
    """What the receiver wrote into the message: method, result, the domain it is about."""

    by: str
    method: str
    result: str
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """`authors` are the domains in From, `bounce` the one that SPF is about."""

    raw: bytes = field(repr=False)
    authors: tuple[str, ...]
    bounce: str
    signatures: tuple[Signature, ...]
    said: tuple[Said, ...]
    has_body: bool

    def said_of(self, method: str) -> Said | None:
        return next((one for one in self.said if one.method == method), None)


def read_message(data: bytes) -> Message:
    """Raises BadMessage."""
    if len(data) > MOST_BYTES:
        raise BadMessage("The message is larger than 5 MB; send a short test message without attachments.")
    raw = re.sub(rb"\A(?:\xef\xbb\xbf)?\s*(?:From [^\n]*\n)?", b"", data)
    head, _, body = re.sub(rb"\r\n?", b"\n", raw).partition(b"\n\n")
    headers = HeaderParser().parsestr(head.decode("utf-8", "replace"))
    if not headers.get_all("From") and not headers.get_all("DKIM-Signature"):
        raise BadMessage("Paste the whole source of the message: no From line was found.")
    said = _said(headers)
    return Message(
        raw=raw,
        authors=tuple(dict.fromkeys(_domains(_values(headers, "From")))),
        bounce=_bounce(headers, said),
        signatures=tuple(_signatures(_values(headers, "DKIM-Signature"))),
        said=said,
        has_body=bool(body.strip()),
    )


def _values(headers: Parsed, name: str) -> list[str]:
    return [str(value)[:LONGEST_HEADER] for value in headers.get_all(name, [])]


def _domains(values: Sequence[str]) -> list[str]:
    try:
        pairs = getaddresses([value[:2000] for value in values])
    except RecursionError:  # comments inside comments inside comments
        return []
    found = [_domain(address.rpartition("@")[2]) for _, address in pairs if "@" in address]
    return [name for name in found if name]


def _domain(text: str) -> str:
    """A name that can be asked, or ""."""
    name = text.strip().strip("<>\"' ").rstrip(".").lower()
    if not name.isascii():
        with suppress(idna.IDNAError, UnicodeError):
            name = idna.encode(name, uts46=True).decode("ascii")
    is_name = re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+", name) is not None
    return name if is_name and is_askable(name) else ""


def _bounce(headers: Parsed, said: Sequence[Said]) -> str:
    """Return-Path is written by the receiver; without it his results name the domain (RFC 5321 4.4)."""
    paths = _domains(_values(headers, "Return-Path")[:1])
    spf = next((one.domain for one in said if one.method == "spf" and one.domain), "")
    return paths[0] if paths else spf


def _signatures(values: Sequence[str]) -> list[Signature]:
    found = []
    for index, value in enumerate(values[:MOST_SIGNATURES]):
        pairs = (part.partition("=") for part in re.sub(r"\s", "", value).split(";"))
        tags = {name.lower(): text for name, _, text in pairs}
        domain, selector = _domain(tags.get("d", "")), tags.get("s", "").lower()
        if domain and re.fullmatch(r"[a-z0-9_.-]{1,190}", selector):
            found.append(Signature(index, domain, selector, tags.get("a", "").lower()[:30]))
    return found


def _said(headers: Parsed) -> tuple[Said, ...]:
    """The topmost results alone: what stands further down may come from anybody (RFC 8601 5)."""
    found: list[Said] = []
    for value in _values(headers, "Authentication-Results")[:1]:
        by, _, rest = _without_comments(value).partition(";")
        for part in rest.split(";"):
            match = re.match(r"\s*(spf|dkim|dmarc)\s*=\s*([a-z]+)", part, re.IGNORECASE)
            if match:
                about = re.search(r"(?:smtp\.mailfrom|header\.d|header\.from)\s*=\s*(\S+)", part, re.IGNORECASE)
                name = _domain(about[1].rpartition("@")[2]) if about else ""
                found.append(Said(by.split()[0][:100] if by.split() else "", match[1].lower(), match[2].lower(), name))
    for value in _values(headers, "Received-SPF")[:1]:
        result = re.match(r"\s*([a-z]+)", value, re.IGNORECASE)
        about = re.search(r"envelope-from\s*=\s*\"?([^\s;\"]+)", value, re.IGNORECASE)
        if result and not any(one.method == "spf" for one in found):
            name = _domain(about[1].rpartition("@")[2]) if about else ""
            found.append(Said("", "spf", result[1].lower(), name))
    return tuple(found)


def _without_comments(text: str) -> str:
    for _ in range(3):
        text = re.sub(r"\([^()]*\)", " ", text)
    return text
