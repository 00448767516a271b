"""The grammar of an SPF record (RFC 7208 section 12): text in, terms out, or the mistake in words."""

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache

KEPT_BELOW = 2000  # longer records are rare and would fill the memory
MECHANISMS = frozenset({"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"})
WITH_LOOKUP = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})

_VERSION = re.compile(r"v=spf1(?: |$)", re.IGNORECASE)
_MODIFIER = re.compile(r"([a-z][a-z0-9._-]*)=(.*)", re.IGNORECASE | re.DOTALL)
_MECHANISM = re.compile(r"([+?~-]?)([a-z][a-z0-9-]*)(.*)", re.IGNORECASE | re.DOTALL)
_LETTERS = {False: "slodiphv", True: "slodiphvcrt"}
_EXPAND = r"%(?:\{{[{letters}](?:[1-9]\d*)?r?[.\-+,/_=]*\}}|[%_-])"
_LITERAL = r"[\x21-\x24\x26-\x7e]"
_MACROS = {exp: re.compile(_EXPAND.format(letters=letters), re.IGNORECASE) for exp, letters in _LETTERS.items()}
_STRING = {
    exp: re.compile(rf"(?:{_EXPAND.format(letters=letters)}|{_LITERAL})*", re.IGNORECASE)
    for exp, letters in _LETTERS.items()
}
_TOP_LABEL = re.compile(r"\.(?!-)(?=[a-z0-9-]*[a-z-])[a-z0-9-]+(?<!-)\.?$", re.IGNORECASE)
_CIDR4 = r"/(0|[1-9]\d?)"
_CIDR6 = r"//(0|[1-9]\d{0,2})"
_DUAL_CIDR = re.compile(rf"(?:{_CIDR4})?(?:{_CIDR6})?$")
_QUAD = re.compile(r"(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}")


class BadSpf(ValueError):
    """The mistake, as a sentence. Receivers answer permerror before any look-up (section 4.6)."""


@dataclass(frozen=True, slots=True)
class Term:
    """One mechanism or modifier. `target` is the domain-spec as written, "" for the domain itself."""

    text: str
    name: str
    qualifier: str = "+"
    target: str = ""
    cidr4: int = 32
    cidr6: int = 128
    network: str = ""

    @property
    def has_macros(self) -> bool:
        """Its target depends on the message and is not known in advance (section 7)."""
        return "%" in self.target

    @property
    def costs(self) -> bool:
        return self.name in WITH_LOOKUP


def is_spf(text: str) -> bool:
    """Whether a TXT counts as an SPF record at all (section 4.5): "v=spf10" and " v=spf1" do not."""
    return _VERSION.match(text) is not None


@lru_cache(maxsize=4096)  # providers' records are read for every domain, round by round
def parse_spf(text: str) -> list[Term]:
    """The terms in their order. Raises BadSpf on the first mistake anywhere in the record."""
    read = _parsed if len(text) <= KEPT_BELOW else _parsed.__wrapped__
    return list(read(text))  # a record is read for both families, in each round, and shared by many domains


@lru_cache(maxsize=1024)
def _parsed(text: str) -> tuple[Term, ...]:
    if any(not 0x20 <= ord(sign) <= 0x7E for sign in text):
        raise BadSpf("Take the control character, line break or accented letter out of the SPF record.")
    terms = [_term(word) for word in text[len("v=spf1") :].split(" ") if word]
    for name in ("redirect", "exp"):
        if sum(term.name == name for term in terms) > 1:
            raise BadSpf(f"Keep only one {name}= in the SPF record.")
    return tuple(terms)


def _term(word: str) -> Term:
    modifier = _MODIFIER.fullmatch(word)
    if modifier:
        return _modifier(word, modifier[1].lower(), modifier[2])
    mechanism = _MECHANISM.fullmatch(word)
    name = mechanism[2].lower() if mechanism else ""
    if mechanism is None or name not in MECHANISMS:
        raise BadSpf(f"Correct or remove “{word[:60]}”, which no receiver understands.")
    return _READERS[name](word, name, mechanism[1] or "+", mechanism[3])


def _modifier(word: str, name: str, value: str) -> Term:
    if name in ("redirect", "exp"):
        return Term(word, name, target=_domain_spec(word, value))
    if not _STRING[False].fullmatch(value):
        raise BadSpf(f"Correct the macro in “{word[:60]}”.")
    return Term(word, "unknown")


def _domain_spec(word: str, spec: str) -> str:
    """A domain, perhaps with macros; it must end in a real top label or in a macro (section 7.1)."""
    if not spec:
        raise BadSpf(f"Add the domain that is missing in “{word[:60]}”.")
    if not _STRING[False].fullmatch(spec):
        raise BadSpf(f"Correct the macro in “{word[:60]}”.")
    last = list(_MACROS[False].finditer(spec))
    ends_in_macro = bool(last) and last[-1].end() == len(spec)
    if not ends_in_macro and not _TOP_LABEL.search(spec):
        raise BadSpf(f"Correct the domain in “{word[:60]}”; it does not end like a domain.")
    return spec


def _all(word: str, name: str, qualifier: str, rest: str) -> Term:
    if rest:
        raise BadSpf(f"Write “{qualifier if qualifier != '+' else ''}all” alone in place of “{word[:60]}”.")
    return Term(word, name, qualifier)


def _with_domain(word: str, name: str, qualifier: str, rest: str) -> Term:
    if not rest.startswith(":"):
        raise BadSpf(f"Add the domain that is missing in “{word[:60]}”.")
    return Term(word, name, qualifier, _domain_spec(word, rest[1:]))


def _with_cidr(word: str, name: str, qualifier: str, rest: str) -> Term:
    """a and mx: [":" domain] ["/" cidr4] ["//" cidr6]; the CIDR is only the end (section 5.3)."""
    cidr = _DUAL_CIDR.search(rest)
    cut = cidr.start() if cidr else len(rest)
    spec, four, six = rest[:cut], cidr[1] if cidr else None, cidr[2] if cidr else None
    if spec and not spec.startswith(":"):
        raise BadSpf(f"Correct or remove “{word[:60]}”, which no receiver understands.")
    target = _domain_spec(word, spec[1:]) if spec else ""
    bits4, bits6 = int(four) if four else 32, int(six) if six else 128
    if bits4 > 32 or bits6 > 128:
        raise BadSpf(f"Correct the range in “{word[:60]}”; it is wider than addresses are.")
    return Term(word, name, qualifier, target, bits4, bits6)


def _ptr(word: str, name: str, qualifier: str, rest: str) -> Term:
    if rest and not rest.startswith(":"):
        raise BadSpf(f"Correct or remove “{word[:60]}”, which no receiver understands.")
    return Term(word, name, qualifier, _domain_spec(word, rest[1:]) if rest else "")


def _network(word: str, name: str, qualifier: str, rest: str) -> Term:
    address, slash, bits = rest[1:].partition("/")
    widest = 32 if name == "ip4" else 128
    is_number = re.fullmatch(r"0|[1-9]\d{0,2}", bits) is not None
    if not rest.startswith(":") or (slash and (not is_number or int(bits) > widest)) or not _is_ip(address, name):
        raise BadSpf(f"Correct the address in “{word[:60]}”.")
    size = int(bits) if slash else widest
    return Term(
        word,
        name,
        qualifier,
        cidr4=size if name == "ip4" else 32,
        cidr6=size if name == "ip6" else 128,
        network=address,
    )


def _is_ip(text: str, name: str) -> bool:
    if name == "ip4" and not _QUAD.fullmatch(text):
        return False
    try:
        return ipaddress.ip_address(text).version == int(name[2]) and "%" not in text
    except ValueError:
        return False


_READERS = {
    "all": _all, "include": _with_domain, "exists": _with_domain, "a": _with_cidr, "mx": _with_cidr, "ptr": _ptr,
    "ip4": _network, "ip6": _network,
}  # fmt: skip
