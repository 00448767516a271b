"""E-mail addresses: read once per row into facts, from which the rules decide.

A linear pattern accepts what is plainly well formed (99 % of a list, in under a microsecond); only the rest is repaired
and asked of email-validator, whose answer about a domain is kept. Quoted local parts and address literals are refused:
no platform imports them.
"""

import json
import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import idna
from disposable_email_domains import blocklist
from email_validator import EmailNotValidError, validate_email

WORDS_FILE = Path(__file__).parent / "words" / "addresses.json"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++"
_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}+(?<!-)"
_PLAIN_LABEL = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ENDING = r"(?:[Xx][Nn]--[A-Za-z0-9-]{1,58}[A-Za-z0-9]|[A-Za-z]{2,63})"
_PLAIN = re.compile(rf"({_ATOM}(?:\.{_ATOM})*+)@((?:{_LABEL}\.)++{_ENDING})")
_LETTERS = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]++(?:\.[\w!#$%&'*+/=?^`{|}~-]++)*+")
_NAMED = re.compile(r"[^<>@]{0,200}<\s*([^<>\s]{3,320})\s*>")
# Not the white space: what stands before a line end or a tab is no part of the address behind it.
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_AROUND_SIGN = re.compile("[ \u00a0]*@[ \u00a0]*")
_AROUND_DOTS = re.compile("[ \u00a0]*\\.[ \u00a0]*")
_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")  # as East Asian keyboards write it (RFC 3490, section 3.1)
_LINK = re.compile(r"mailto:\s*", re.I)
GMAIL = ("gmail.com", "googlemail.com")  # support.google.com/mail/answer/7436150 and /10313
LONGEST = 254
LONGEST_LOCAL = 64


class Address(NamedTuple):
    """What one cell says: `text` is the usable address ("" when there is none), `problem` why the cell is not one.

    `is_ordinary` promises that no rule about addresses has anything to say.
    """

    raw: str
    text: str = ""
    local: str = ""
    domain: str = ""
    problem: str = ""
    is_ordinary: bool = False

    @property
    def is_repaired(self) -> bool:
        """True when only a repair made the cell an address."""
        return bool(self.text) and self.text != self.raw

    @property
    def key(self) -> str:
        """By this two rows are the same person: case and space do not count, nor do dots at Gmail.

        A domain counts as the DNS has it, so that münchen.de and xn--mnchen-3ya.de are one.
        """
        return mailbox(self.text.lower())


def read_address(raw: str) -> Address:
    """The address in a cell, repaired where one cannot be mistaken."""
    match = _PLAIN.fullmatch(raw)
    if match and len(raw) <= LONGEST and len(match.group(1)) <= LONGEST_LOCAL:
        local, domain = match.groups()
        return Address(raw, raw, local, domain, "", is_ordinary_domain(domain) and not is_role(local))
    if not raw.strip():
        return Address(raw)
    mended = repaired(raw)
    problem = _problem(mended)
    if problem:
        return Address(raw, problem=problem)
    local, _, domain = mended.rpartition("@")
    return Address(raw, mended, local, domain)


def mailbox(address: str) -> str:
    """The mailbox of an address in lower case: Gmail knows no dots, and once was Google Mail.

    What stands behind a plus sign is kept: somebody chose it, and platforms take it for another contact.
    """
    local, _, domain = address.rpartition("@")
    if domain in GMAIL:
        return f"{local.replace('.', '')}@gmail.com"
    return address if domain.isascii() else f"{local}@{_as_asked(domain)}"


@lru_cache(maxsize=65_536)
def _as_asked(domain: str) -> str:
    """An international domain as the DNS has it, which is how some programs write it (RFC 5891)."""
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return domain


def repaired(raw: str) -> str:
    """Take away what programs and people put around an address: spaces, brackets, mailto:, a last dot or comma."""
    text = _INVISIBLE.sub("", raw).strip().replace("\uff20", "@")
    if named := _NAMED.fullmatch(text):
        text = named.group(1)
    text = _unquoted(text.strip("<>() \u00a0,;"))
    if link := _LINK.match(text):
        text = text[link.end() :]
    text = text.rstrip(".,;: ").lstrip(" ")
    return _closed_up(text) if text.count("@") == 1 and len(text) <= 400 else text


def _closed_up(text: str) -> str:
    """Without spaces around the @ and in the domain; before it they may part a title from the address: "Dr. ada@"."""
    local, _, domain = _AROUND_SIGN.sub("@", text).partition("@")
    return f"{local}@{_AROUND_DOTS.sub('.', domain.translate(_DOTS))}"


def _unquoted(text: str) -> str:
    """Quotes go only in pairs: an apostrophe may belong to the name."""
    is_quoted = len(text) > 2 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1].strip() if is_quoted else text


def _problem(text: str) -> str:
    """Why the text is no address, as the end of a sentence; "" when it is one."""
    if (size := len(text.encode("utf-8", "replace"))) > LONGEST:
        return f"it has {size:,} bytes and an address has at most {LONGEST}"
    if text.count("@") != 1:
        return "it has no @" if "@" not in text else "it has more than one @"
    if "\ufffd" in text:
        return "a character in it could not be decoded"
    local, _, domain = text.rpartition("@")
    if len(local.encode("utf-8", "replace")) > LONGEST_LOCAL:
        return f"the part before the @ is longer than {LONGEST_LOCAL} characters"
    if local.startswith('"') or domain.startswith("["):
        return "no platform imports quoted names or numeric hosts"
    if _PLAIN.fullmatch(text):
        return ""
    return _domain_problem(domain) or _local_problem(local)


@lru_cache(maxsize=65_536)
def _domain_problem(domain: str) -> str:
    if "." not in domain:
        return "the part after the @ is not a domain"
    ending = domain.rpartition(".")[2]
    if ending.isascii() and not re.fullmatch(_ENDING, ending):
        return f"no domain ends with .{ending}"
    return "" if _is_plainly_international(domain.lower()) else _asked(f"a@{domain}")


def _is_plainly_international(domain: str) -> bool:
    """True where letters alone show that the library would agree; asking it costs a hundred times as much."""
    if domain.isascii() or len(domain) > 100:
        return False
    return all(map(_is_plain_label, domain.split("."))) and not domain.rpartition(".")[2].isdigit()


def _is_plain_label(label: str) -> bool:
    if label.isascii():
        return len(label) <= 63 and bool(_PLAIN_LABEL.fullmatch(label))
    return all(map(_is_plain_letter, label)) and len(label.encode("punycode")) <= 59


@lru_cache(maxsize=65_536)
def _is_plain_letter(sign: str) -> bool:
    """A letter that any label may hold, at any place of it, as it stands (RFC 5892; RFC 5893 for the direction)."""
    if sign.isascii():
        return sign.isdigit() or sign.isalpha()
    is_letter = unicodedata.category(sign) in ("Ll", "Lo") and unicodedata.bidirectional(sign) == "L"
    return is_letter and not _asked(f"a@{sign}{sign}.com") and not _asked(f"a@x{sign}x.com")


@lru_cache(maxsize=65_536)
def _local_problem(local: str) -> str:
    if not local or local[0] == "." or local[-1] == "." or ".." in local:
        return "two dots stand side by side before the @" if ".." in local else "a dot or nothing stands beside the @"
    if any(map(str.isspace, local)):
        return "a space stands before the @"
    if _LETTERS.fullmatch(local):  # letters of any language; asking the library costs a hundred times as much
        return ""
    return _asked(f"{local}@example.com")


def _asked(text: str) -> str:
    """Without looking at the DNS; reserved endings such as .test are well formed too."""
    try:
        validate_email(text, check_deliverability=False, test_environment=True, globally_deliverable=False)
    except (EmailNotValidError, UnicodeError) as error:
        told = str(error).rstrip(".")
        return told[:1].lower() + told[1:]
    return ""


_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE = {
    letter: row[max(place - 1, 0) : place] + row[place + 1 : place + 2]
    for row in _KEYBOARD
    for place, letter in enumerate(row)
}


def _slips(domain: str) -> set[str]:
    """A letter lost, doubled, the one beside it on the keyboard, or two letters swapped: the slips of quick typing."""
    name, _, ending = domain.partition(".")
    places = range(len(name))
    lost = {name[:i] + name[i + 1 :] for i in places}
    doubled = {name[:i] + name[i] + name[i:] for i in places}
    swapped = {name[:i] + name[i + 1] + name[i] + name[i + 2 :] for i in places[:-1]}
    beside = {name[:i] + near + name[i + 1 :] for i in places[1:] for near in _BESIDE.get(name[i], "")}
    return {f"{slip}.{ending}" for slip in (lost | doubled | swapped | beside) - {name}}


def _load() -> tuple[frozenset[str], dict[str, str], dict[str, str]]:
    words = json.loads(WORDS_FILE.read_text("utf-8"))
    kept = set(words["real"]) | set(words["providers"])
    slips = {slip: domain for domain in words["providers"] for slip in _slips(domain) if slip not in kept}
    return frozenset(words["roles"]), slips | words["typos"], words["endings"]


ROLES, _TYPOS, _ENDINGS = _load()


def typo_suggestion(domain: str) -> str:
    """The domain that was probably meant, or ""."""
    domain = domain.lower()
    if meant := _TYPOS.get(domain):
        return meant
    name, _, ending = domain.rpartition(".")
    if ending in _ENDINGS:
        mended = f"{name}.{_ENDINGS[ending]}"
        return _TYPOS.get(mended, mended)
    return ""


@lru_cache(maxsize=65_536)
def is_ordinary_domain(domain: str) -> bool:
    return not typo_suggestion(domain) and not is_disposable(domain)


def is_disposable(domain: str) -> bool:
    """True for throw-away mailboxes, and for hosts below such a domain."""
    rest = domain.lower()
    while "." in rest:
        if rest in blocklist:
            return True
        rest = rest.partition(".")[2]
    return False


def is_role(local: str) -> bool:
    """True when the mailbox belongs to a function, not to a person."""
    return local.lower().partition("+")[0] in ROLES
