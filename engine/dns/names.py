"""Domain names: as people type them, as the DNS is asked, as people read them (RFC 1035 2.3.4, RFC 5891)."""

import ipaddress
import re
from functools import lru_cache
from urllib.parse import urlsplit

import idna
from publicsuffixlist import PublicSuffixList

MAX_NAME = 253
MAX_LABEL = 63
PRIVATE = ("localhost", "local", "internal", "lan", "home.arpa", "onion", "in-addr.arpa", "ip6.arpa")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


class BadName(ValueError):
    """Why a text is no domain that can be checked, as a sentence."""


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def name_in(text: str) -> str:
    """The host inside a pasted web or e-mail address; any other text as it is."""
    text = text.strip()
    if "://" in text:
        try:
            return urlsplit(text).hostname or text
        except ValueError:
            return text
    if text.count("@") == 1:
        return text.split("@")[1]
    return text.split("/")[0] if "/" in text and " " not in text else text


def parse_domain(text: str) -> str:
    """The name to ask: lower case, A-labels, no final dot. Raises BadName."""
    plain = text.strip()
    _refuse_other_things(plain)
    plain = re.sub(r"[.。．｡]$", "", plain)  # the full stops of IDNA (RFC 3490 3.1)
    try:
        name = plain.lower() if _is_plain(plain) else idna.encode(plain, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise BadName(_why(plain)) from error
    if len(name) > MAX_NAME:
        raise BadName(f"A domain has at most {MAX_NAME} characters; this one has {len(name):,}.")
    labels = name.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise BadName("A domain is made of letters, digits and hyphens, with dots between; check the spelling.")
    _refuse_unusual(name, labels)
    return name


def _is_plain(text: str) -> bool:
    """Letters, digits and hyphens need no IDNA, which would refuse registered names such as ab--cd.example."""
    labels = text.lower().split(".")
    return all(_LABEL.fullmatch(label) and not label.startswith("xn--") for label in labels)


def _refuse_other_things(text: str) -> None:
    """What people paste in place of a name."""
    if not text:
        raise BadName("Type a domain, for example example.com.")
    if "://" in text or "/" in text:
        raise BadName("This is a web address; give only the domain in it.")
    if "@" in text:
        raise BadName("This is an e-mail address; give only the domain after the @.")
    if re.search(r"[\s\x00-\x1f\x7f]", text):
        raise BadName("A domain has no spaces; give one domain at a time.")
    if text.count(":") > 1:
        raise BadName("This is an IP address; give the domain that leads to it.")
    if ":" in text:
        raise BadName("Leave out the port; give only the domain.")
    if "_" in text:
        raise BadName("A name with an underscore is a single record; give the domain it belongs to.")


def _refuse_unusual(name: str, labels: list[str]) -> None:
    if len(labels) == 1:
        raise BadName("Give the whole domain with its ending, for example example.com.")
    if labels[-1].isdigit():
        raise BadName(
            "This is an IP address; give the domain that leads to it."
            if _is_address(name)
            else "No ending is a number."
        )
    if any(name == ending or name.endswith(f".{ending}") for ending in PRIVATE):
        raise BadName("This name exists only inside a network; the public DNS does not know it.")
    if registrable(name) is None:
        raise BadName(f"{name} is an ending that many share; give the whole domain.")


def _why(text: str) -> str:
    if len(text) > MAX_NAME:
        return f"A domain has at most {MAX_NAME} characters; this one has {len(text):,}."
    if ".." in text or text.startswith("."):
        return "Two dots follow each other, or the name begins with one; check the spelling."
    if any(len(label) > MAX_LABEL for label in text.split(".")):
        return f"Each part between two dots has at most {MAX_LABEL} characters."
    return "This is no domain; check the spelling."


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def shown_name(name: str) -> str:
    """The U-label form for people; the name itself where it cannot be decoded."""
    try:
        return idna.decode(name)
    except (idna.IDNAError, UnicodeError):
        return name


@lru_cache(maxsize=8192)
def registrable(name: str) -> str | None:
    """The registered domain by the public suffix list; None for a suffix itself."""
    found: str | None = _suffixes().privatesuffix(name)
    return found


def absolute(host: str, domain: str) -> str:
    """A host as the catalogue and DNS panels write it ("@", "www", or the whole name) below the domain."""
    host = host.strip().rstrip(".").lower()
    if host in ("", "@"):
        return domain
    return host if host == domain or host.endswith(f".{domain}") else f"{host}.{domain}"


@lru_cache(maxsize=16_384)
def is_askable(name: str) -> bool:
    """Whether a name fits into a DNS question at all (RFC 1035 2.3.4)."""
    plain = name.removesuffix(".")
    return 0 < len(plain) <= MAX_NAME and all(0 < len(label) <= MAX_LABEL for label in plain.split("."))
