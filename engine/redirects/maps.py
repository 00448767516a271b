"""A list of redirects: each address in its one reading, the rules of the list, and where an address would lead."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from engine.findings import Finding, Place, Severity
from engine.outbound import Refused, Url, read_url

ANY_PORT = range(1, 65_536)
MANY_TO_ONE = 10  # so many pages led to one front page are read as "not found" by search engines
LONGEST_CHAIN = 20
LONGEST = 2_000  # characters of an address in standard form, where ü is six of them (%C3%BC)
MADE_UP = r"^https?://([^/:?]*\.)?(example|test|invalid|localhost)(:[0-9]+)?([/?]|$)"  # as a database reads it too
_OTHER_SCHEME = re.compile(r"(?!https?:)[a-z][a-z0-9+-]*:(?!\d+(?:/|$))", re.I)  # no host with a port
_ESCAPED = re.compile(r"%[0-9a-fA-F]{2}")


@dataclass(frozen=True, slots=True)
class Redirect:
    """One line. `old` may end in /* for everything below it, then `new` may too; `is_gone`: answer 410, no `new`."""

    old: str
    new: str = ""
    is_gone: bool = False
    line: int = 0

    @property
    def is_prefix(self) -> bool:
        return self.old.endswith("/*")


class CannotRead(ValueError):
    """Why an address of the list cannot be used: `code` of the finding, and a sentence that says what to do."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def standard(text: str, site: str = "") -> str:
    """The one way to write this address, with the /* at its end if it has one. `site` completes a path.

    Raises CannotRead. What stands after # never reaches a server (RFC 9110, 7.1) and is cut off; %c3 and %C3 are the
    same (RFC 3986, 6.2.2.1).
    """
    text = text.strip()
    body, star = (text[:-1], "*") if text.endswith("/*") else (text, "")
    if "*" in body:
        raise CannotRead("wildcard", "Put the * at the end, behind a slash; it can stand nowhere else.")
    if _OTHER_SCHEME.match(body):
        raise CannotRead(
            "unreadable", "Give an address that begins with https:// or http://; servers redirect no other."
        )
    if "://" not in body.partition("?")[0]:
        body = _completed(body, site)
    try:
        url = read_url(body.partition("#")[0], ANY_PORT)
    except Refused as error:
        raise CannotRead("unreadable", str(error)) from error
    if star and "?" in url.target:
        raise CannotRead("wildcard", "Leave the question mark out of an address that ends in *.")
    whole = _ESCAPED.sub(lambda found: found.group().upper(), f"{url}{star}")
    if len(whole) > LONGEST:
        raise CannotRead("long", f"Give a shorter address; {LONGEST:,} characters are the most, as a server reads it.")
    return whole


def _completed(path: str, site: str) -> str:
    if not path.startswith("/"):
        first = path.partition("/")[0]
        if "." in first and " " not in first and not first.endswith((".html", ".htm", ".php", ".asp", ".aspx")):
            return f"https://{path}"
        path = f"/{path}"
    if not site:
        raise CannotRead("relative", "Give the whole address; a path alone does not say on which site.")
    return urljoin(site, path)


def place(url: str) -> str:
    """What a server sees of an address: host and target. http and https are one place."""
    return url.partition("://")[2]


def _path(where: str) -> str:
    return where.partition("?")[0]


class RedirectMap:
    """The list as servers read it: an exact line first, then the longest /* that fits."""

    def __init__(self, redirects: Iterable[Redirect]) -> None:
        self.exact: dict[str, Redirect] = {}
        self.below: dict[str, Redirect] = {}
        for one in redirects:
            if one.is_prefix:
                self.below.setdefault(place(one.old)[:-1], one)
            else:
                self.exact.setdefault(place(one.old), one)

    def find(self, url: str) -> Redirect | None:
        """The line that catches this address."""
        where = place(url)
        if found := self.exact.get(where) or self.exact.get(_path(where)):
            return found
        return next((self.below[start] for start in starts(where) if start in self.below), None)

    def leads(self, one: Redirect, url: str) -> str:
        """Where the line sends this address; empty for 410."""
        if one.is_prefix and one.new.endswith("/*"):
            return one.new[:-1] + place(url)[len(place(one.old)) - 1 :]
        return one.new

    def follow(self, one: Redirect) -> tuple[list[str], bool]:
        """The addresses that the list itself leads through, from the line's own target on; and whether in a circle."""
        way, seen = [one.new], {place(one.old)}
        while (url := way[-1]) and len(way) <= LONGEST_CHAIN:
            if place(url) in seen:
                return way, True
            seen.add(place(url))
            found = self.find(url)
            if found is None:
                return way, False
            way.append(self.leads(found, url))
        return way, bool(way[-1])


def starts(where: str) -> Iterator[str]:
    """host/a/b/ and host/a/ and host/ of host/a/b/c?d, the longest first."""
    path = _path(where)
    while (at := path.rfind("/")) > 0:
        yield path[: at + 1]
        path = path[:at]


def judge_map(redirects: Sequence[Redirect]) -> list[Finding]:
    """Everything wrong with the list, each at its line. The addresses are in their standard form."""
    found: list[Finding] = []
    whole = RedirectMap(redirects)
    first: dict[str, Redirect] = {}
    earlier: dict[str, Redirect] = {}
    for one in redirects:
        key = place(one.old)
        if (before := first.get(key)) is not None:
            found.append(_twice(one, before))
            continue
        first[key] = one
        if (above := _covering(one, earlier)) is not None:
            found.append(_shadowed(one, above))
        if one.is_prefix:
            earlier[key[:-1]] = one
        found += _one_line(one, whole)
    return [*found, *_one_page_for_all(redirects)]


def _finding(severity: Severity, code: str, message: str, one: Redirect, suggestion: str = "") -> Finding:
    return Finding(severity, f"redirects.{code}", message, Place(line=one.line), one.old, suggestion)


def _twice(one: Redirect, before: Redirect) -> Finding:
    if (one.new, one.is_gone) == (before.new, before.is_gone):
        return _finding(Severity.NOTE, "duplicate.same", "An earlier line says the same; keep one of the two.", one)
    where = f"to {before.new}" if before.new else "nowhere: it is gone"
    message = f"An earlier line sends this address {where}; keep the right one of the two."
    return _finding(Severity.ERROR, "duplicate.different", message, one, before.new)


def _covering(one: Redirect, earlier: dict[str, Redirect]) -> Redirect | None:
    where = place(one.old)
    where = where.removesuffix("/*") if one.is_prefix else where
    return next((earlier[start] for start in starts(where) if start in earlier), None)


def _shadowed(one: Redirect, above: Redirect) -> Finding:
    message = (
        f"The line for {above.old} stands before this one and would catch it; move this one in front of it. "
        "The files written here have the longest first, so they are right already."
    )
    return _finding(Severity.WARNING, "shadowed", message, one)


def _one_line(one: Redirect, whole: RedirectMap) -> Iterator[Finding]:
    if one.is_gone:
        return
    if place(one.old) == place(one.new):
        if one.old.startswith("http://") and one.new.startswith("https://"):
            message = "This line only changes http to https; let the server do that for the whole site."
            yield _finding(Severity.NOTE, "only_scheme", message, one)
        else:
            yield _finding(Severity.ERROR, "loop", "This address leads to itself; give it another target.", one)
        return
    if one.old.startswith("https://") and one.new.startswith("http://"):
        secure = "https://" + place(one.new)
        yield _finding(Severity.ERROR, "insecure", "The new address is not encrypted; use https.", one, secure)
    way, is_circle = whole.follow(one)
    if is_circle:
        message = f"These redirects run in a circle: {_shown([one.old, *way])}. Give one of them another target."
        yield _finding(Severity.ERROR, "loop", message, one)
    elif len(way) > 1:
        message = f"This leads through {len(way)} redirects; send it straight to its end."
        if not way[-1]:
            message = "This leads to an address that is marked as gone; give it another target."
        yield _finding(Severity.WARNING, "chain", message, one, way[-1])


def _shown(way: Sequence[str]) -> str:
    return " → ".join([*way[:5], "…"] if len(way) > 5 else way)


def _one_page_for_all(redirects: Sequence[Redirect]) -> Iterator[Finding]:
    """Search engines take many pages sent to a front page for pages that are missing (a "soft 404")."""
    fronts = Counter(one.new for one in redirects if one.new and place(one.new).endswith("/") and is_front(one.new))
    for front, count in fronts.items():
        if count >= MANY_TO_ONE:
            first = next(one for one in redirects if one.new == front)
            message = (
                f"{count} addresses lead to this front page, which search engines read as “not found”. "
                "Give the pages that matter a target of their own."
            )
            yield Finding(Severity.WARNING, "redirects.front_page", message, Place(line=first.line), front)


def is_front(url: str) -> bool:
    return place(url).count("/") == 1 and "?" not in url


def read_pair(
    old: str, new: str, *, is_gone: bool, line: int, old_site: str = "", new_site: str = ""
) -> Redirect | Finding:
    """A line as typed in its standard form, or the finding that says why not."""
    where = Place(line=line)
    if not old.strip():
        return Finding(Severity.ERROR, "redirects.old.missing", "Give the old address.", where, new)
    side = "old"
    try:
        left = standard(old, old_site)
        if is_gone:
            return Redirect(left, is_gone=True, line=line)
        if not new.strip():
            words = "Give the new address, or mark the page as gone (410)."
            return Finding(Severity.ERROR, "redirects.new.missing", words, where, old)
        side = "new"
        right = standard(new, new_site or old_site)
    except CannotRead as error:
        value = (old if side == "old" else new)[:500]
        return Finding(Severity.ERROR, f"redirects.{side}.{error.code}", str(error), where, value)
    if right.endswith("/*") and not left.endswith("/*"):
        words = "Only an address that ends in /* can lead to one that does."
        return Finding(Severity.ERROR, "redirects.new.wildcard", words, where, new)
    return Redirect(left, right, line=line)


def host_of(url: str) -> str:
    return place(url).partition("/")[0]


def is_made_up(url: str) -> bool:
    """Under a name that never leads to anybody (RFC 2606, 2; RFC 6761, 6)."""
    return re.match(MADE_UP, url) is not None


def parts_of(url: str) -> tuple[str, str, str]:
    """Host with port, path, query (without its question mark) of an address in standard form."""
    host, slash, target = place(url).partition("/")
    path, _, query = (slash + target).partition("?")
    return host, path, query


__all__ = [
    "CannotRead",
    "Redirect",
    "RedirectMap",
    "Url",
    "host_of",
    "is_made_up",
    "judge_map",
    "parts_of",
    "place",
    "read_pair",
    "standard",
]
