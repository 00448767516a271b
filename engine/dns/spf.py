"""What receivers make of a domain's SPF record: check_host() of RFC 7208 for a sender that matches nothing.

Such a sender walks the whole record, so its result is the record's own state: none, permerror, temperror, or valid.
IPv4 and IPv6 senders are judged apart, since an `a:` host without AAAA is a void look-up for one of them (4.6.4).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from engine.dns.answers import Answer, Lookup
from engine.dns.names import is_askable, registrable
from engine.dns.spf_syntax import BadSpf, Term, is_spf, parse_spf

MAX_LOOKUPS = 10
MAX_VOIDS = 2
MAX_MX = 10
_NAMED = re.compile(r"(?:[+~?]?include:|redirect=)([^%]+)", re.IGNORECASE)
COUNTED_AT_MOST = 30  # the count goes on past the limit, so that people see how far they are over it


class SpfResult(StrEnum):
    NONE = "none"
    VALID = "valid"
    PERMERROR = "permerror"
    TEMPERROR = "temperror"


@dataclass(slots=True)
class Node:
    """One record in the tree: the term that led here, what it says, how many look-ups it costs.

    `lookups` counts the term that led here and all below it, so that it says what removing the term saves.
    """

    name: str
    term: str = ""
    record: str = ""
    lookups: int = 0
    problem: str = ""
    terms: list[Term] = field(default_factory=list)
    children: list["Node"] = field(default_factory=list)

    def as_tree(self) -> dict[str, object]:
        """For JSON."""
        return {
            "name": self.name, "term": self.term, "record": self.record, "lookups": self.lookups,
            "problem": self.problem, "includes": [child.as_tree() for child in self.children],
        }  # fmt: skip

    def walk(self) -> Iterator["Node"]:
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def ending(self) -> str:
        """The sign of the all that ends this record, or the record it redirects to; "?" without one (4.7)."""
        for term in self.terms:
            if term.name == "all":
                return term.qualifier
        for child in self.children:
            if child.term.lower().startswith("redirect="):
                return child.ending
        is_open = not self.terms or any(term.name == "redirect" for term in self.terms)
        return "" if is_open and self.record.strip().lower() != "v=spf1" else "?"


@dataclass(frozen=True, slots=True)
class Spf:
    """The verdict on one domain's SPF. `problem` says in a sentence why it is not valid; `records` are all found."""

    result: SpfResult
    problem: str = ""
    code: str = ""
    lookups: int = 0
    voids: int = 0
    records: tuple[str, ...] = ()
    tree: Node | None = None
    matches_all: bool = False
    result_ipv6: SpfResult = SpfResult.NONE
    problem_ipv6: str = ""

    @property
    def record(self) -> str:
        return self.records[0] if self.records else ""

    @property
    def own_terms(self) -> list[Term]:
        return self.tree.terms if self.tree else []

    @property
    def ending(self) -> str:
        """What becomes of a sender that nothing matches: "-", "~", "?" or "+"; "" where nothing is known."""
        return self.tree.ending if self.tree else ""

    @property
    def senders(self) -> tuple[tuple[str, str], ...]:
        """(record, included name): of every record of the domain, and of records kept in parts under the same roof.

        A broken record, or one of two, still says whom its owner meant.
        """
        own = self.tree.name if self.tree else ""
        found = [(own, name) for text in self.records for name in named_in(text)]
        for node in self.tree.walk() if self.tree else ():
            is_part = node.term.lower().startswith("redirect=") or registrable(node.name) == registrable(own)
            if node is not self.tree and is_part:
                found += [(node.name, name) for name in named_in(node.record)]
        return tuple(dict.fromkeys(found))

    @property
    def is_unread(self) -> bool:
        """The domain's own record could not be read, so what stands in it is not known."""
        return self.result is SpfResult.TEMPERROR and not self.records


def named_in(record: str) -> list[str]:
    """The names that a record includes or redirects to, also where another part of it is broken."""
    return [match[1].rstrip(".").lower() for word in record.split() if (match := _NAMED.fullmatch(word))]


class _End(Exception):
    """The first thing that decides the result; what comes after is only counted."""


@dataclass(slots=True)
class _Walk:
    """One evaluation, for one family of addresses."""

    lookup: Lookup
    family: str  # "A" or "AAAA"
    lookups: int = 0
    voids: int = 0
    result: SpfResult | None = None
    problem: str = ""
    code: str = ""
    lets_all_in: bool = False  # a sender that matches nothing else passes all the same

    def decide(self, result: SpfResult, code: str, problem: str) -> None:
        """The first error stands; the walk goes on for the count alone."""
        if self.result is None:
            self.result, self.code, self.problem = result, code, problem

    def count(self, node: Node) -> None:
        self.lookups += 1
        if self.lookups > MAX_LOOKUPS:
            text = f"Receivers stop at {MAX_LOOKUPS} look-ups; remove or merge includes until the record needs no more."
            self.decide(SpfResult.PERMERROR, "too_many_lookups", text)
        if self.lookups >= COUNTED_AT_MOST:
            raise _End

    def void(self, answer: Answer, term: Term) -> None:
        """An answer without content (4.6.4); a failed one ends in temperror (4.4)."""
        if answer.has_failed:
            self.fail(answer, term.text)
        elif answer.is_absent:
            self.voids += 1
            if self.voids > MAX_VOIDS:
                text = f"Remove the terms that lead nowhere, such as “{term.text[:60]}”; receivers accept {MAX_VOIDS}."
                self.decide(SpfResult.PERMERROR, "too_many_voids", text)

    def fail(self, answer: Answer, what: str) -> None:
        text = f"Check again later: {answer.why} ({what[:60]})."
        self.decide(SpfResult.TEMPERROR, "unreadable", text)


def check_spf(domain: str, lookup: Lookup) -> Spf:
    """The record-level verdict for both families. Reads the same answers twice; asks nothing itself."""
    four, node4, records = _check(domain, lookup, "A")
    six, _, _ = _check(domain, lookup, "AAAA")
    return Spf(
        result=four.result or SpfResult.VALID,
        problem=four.problem,
        code=four.code,
        lookups=max(four.lookups, six.lookups),
        voids=four.voids,
        records=records,
        tree=node4,
        matches_all=four.lets_all_in or six.lets_all_in,
        result_ipv6=six.result or SpfResult.VALID,
        problem_ipv6=six.problem,
    )


def _check(domain: str, lookup: Lookup, family: str) -> tuple[_Walk, Node, tuple[str, ...]]:
    walk, node = _Walk(lookup, family), Node(domain)
    records: tuple[str, ...] = ()
    answer = lookup(domain, "TXT") if _can_have_spf(domain) else None
    if answer is None or answer.is_absent:
        walk.decide(SpfResult.NONE, "", "")
    elif answer.has_failed:
        walk.fail(answer, f"TXT of {domain}")
    elif not answer.is_pending:
        records = tuple(text for text in answer.values if is_spf(text))
        _judge_records(walk, node, records, (domain,))
    return walk, node, records


def _judge_records(walk: _Walk, node: Node, records: tuple[str, ...], above: tuple[str, ...]) -> None:
    if not records:
        walk.decide(SpfResult.NONE, "", "")
    elif len(records) > 1:
        walk.decide(SpfResult.PERMERROR, "multiple", "Merge the SPF records into one; with two, receivers reject both.")
    else:
        try:
            matches = _evaluate(walk, node, records[0], above)
            walk.lets_all_in = matches and walk.result is None
        except _End:
            return


def _can_have_spf(domain: str) -> bool:
    """A malformed or single-label name has no policy (4.3)."""
    return is_askable(domain) and "." in domain.removesuffix(".")


def _evaluate(walk: _Walk, node: Node, record: str, above: tuple[str, ...]) -> bool:
    """Walk one record; True where it lets every sender in, so that an include of it matches."""
    node.record = record
    try:
        node.terms = parse_spf(record)
    except BadSpf as error:
        node.problem = str(error)
        walk.decide(SpfResult.PERMERROR, "syntax", f"{node.name}: {error}" if len(above) > 1 else str(error))
        return False
    before = walk.lookups
    try:
        return _run_terms(walk, node, above)
    finally:
        node.lookups = walk.lookups - before


def _run_terms(walk: _Walk, node: Node, above: tuple[str, ...]) -> bool:
    for term in node.terms:
        if term.name == "all":
            return term.qualifier == "+"
        matched = _run(walk, node, term, above) if term.name not in ("redirect", "exp", "unknown") else False
        if matched:
            return term.qualifier == "+"
    for term in node.terms:
        if term.name == "redirect":
            return _descend(walk, node, term, above)
    return False


def _run(walk: _Walk, node: Node, term: Term, above: tuple[str, ...]) -> bool:
    """One mechanism for a sender that matches nothing but what matches everybody."""
    if not term.costs:
        return (term.cidr4 if walk.family == "A" else term.cidr6) == 0
    if term.name == "include":
        return _descend(walk, node, term, above)
    walk.count(node)
    target = term.target.removesuffix(".") or node.name
    if term.has_macros or term.name == "ptr" or not is_askable(target):
        return False
    if term.name == "mx":
        return _run_mx(walk, term, target)
    answer = walk.lookup(target, "A" if term.name == "exists" else walk.family)
    walk.void(answer, term)
    is_open = (term.cidr4 if walk.family == "A" else term.cidr6) == 0 or term.name == "exists"
    return bool(answer.values) and is_open


def _run_mx(walk: _Walk, term: Term, target: str) -> bool:
    """The MX names, at most ten, and their addresses, which do not count (4.6.4)."""
    answer = walk.lookup(target, "MX")
    walk.void(answer, term)
    hosts = [value.split(" ", 1)[1] for value in answer.values]
    if len(hosts) > MAX_MX:
        text = f"“{term.text[:60]}” has more than {MAX_MX} mail servers; name their addresses instead."
        walk.decide(SpfResult.PERMERROR, "too_many_mx", text)
        return False
    found = False
    for host in hosts:
        if host != "." and is_askable(host):
            addresses = walk.lookup(host, walk.family)
            if addresses.has_failed:
                walk.fail(addresses, host)
            found = found or bool(addresses.values)
    return found and (term.cidr4 if walk.family == "A" else term.cidr6) == 0


def _descend(walk: _Walk, node: Node, term: Term, above: tuple[str, ...]) -> bool:
    """include and redirect: the other domain's record must exist and be right (5.2, 6.1)."""
    walk.count(node)
    target = term.target.removesuffix(".").lower()
    if term.has_macros:
        node.children.append(Node(term.target, term.text, lookups=1, problem="depends on each message"))
        return False
    child = Node(target, term.text)
    node.children.append(child)
    before = walk.lookups - 1
    try:
        return _enter(walk, child, term, above)
    finally:
        child.lookups = walk.lookups - before


def _enter(walk: _Walk, child: Node, term: Term, above: tuple[str, ...]) -> bool:
    target = child.name
    if target in above:
        child.problem = f"Remove “{term.text[:60]}”: it leads back to itself."
        walk.decide(SpfResult.PERMERROR, "loop", child.problem)
        return False
    answer = walk.lookup(target, "TXT") if _can_have_spf(target) else None
    if answer is not None and answer.is_pending:
        return False
    if answer is not None and answer.has_failed:
        child.problem = answer.why
        walk.fail(answer, term.text)
        return False
    if answer is not None:
        walk.void(answer, term)
    records = tuple(text for text in answer.values if is_spf(text)) if answer else ()
    if len(records) != 1:
        child.problem = "no SPF record" if not records else "several SPF records"
        code = "include_without_spf" if not records else "include_multiple"
        text = f"Remove “{term.text[:60]}”: {target} has {child.problem}."
        walk.decide(SpfResult.PERMERROR, code, text)
        return False
    return _evaluate(walk, child, records[0], (*above, target))
