"""One SPF record in place of several, or of one that asks too much: every sender once, within the limits if possible.

Steps, each only while the record is still over the limit: repeated terms go, ptr and includes that lead nowhere go, an
include that another one contains goes, names become addresses, small includes are copied as their addresses.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.dns.answers import Answer, Lookup, Status, normal
from engine.dns.names import is_askable
from engine.dns.spf import MAX_LOOKUPS, Node, Spf, SpfResult, check_spf
from engine.dns.spf_syntax import BadSpf, Term, is_spf, parse_spf

STRING = 255
SENDERS_AT_MOST = 60  # a record with more is no record of a business, and trying steps on it takes long
COPIED_AT_MOST = 12  # addresses of one include that may be written out


@dataclass(frozen=True, slots=True)
class Merged:
    """The record offered, and what receivers will make of it. `copied` includes are written out as addresses."""

    record: str
    result: SpfResult
    lookups: int
    copied: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    @property
    def is_valid(self) -> bool:
        return self.result is SpfResult.VALID

    def as_json(self) -> dict[str, object]:
        return {
            "record": self.record, "strings": strings_of(self.record), "result": self.result.value,
            "lookups": self.lookups, "copied": list(self.copied), "dropped": list(self.dropped),
        }  # fmt: skip


def strings_of(record: str) -> list[str]:
    """The parts of at most 255 bytes in which a TXT holds a long record; joined they are the record again."""
    parts: list[str] = []
    while len(record) > STRING:
        cut = record.rfind(" ", 0, STRING) + 1 or STRING
        parts.append(record[:cut])
        record = record[cut:]
    return [*parts, record]


def answer_bytes(name: str, texts: Iterable[str]) -> int:
    """The size of the answer that carries all TXTs of a name, with its EDNS record (RFC 1035 4.1)."""
    size = 12 + len(name) + 2 + 4 + 11
    for text in texts:
        size += 12 + len(text) + max(1, -(-len(text) // STRING))
    return size


def over(domain: str, record: str | None, lookup: Lookup) -> Lookup:
    """The same answers with another SPF record at the domain (None for none at all)."""

    def answer(name: str, kind: str) -> Answer:
        found = lookup(name, kind)
        if kind != "TXT" or normal(name) != normal(domain) or found.is_pending:
            return found
        texts = tuple(text for text in found.values if not is_spf(text)) if not found.has_failed else ()
        return _with(found, (*texts, record) if record is not None else texts)

    return answer


def _with(found: Answer, values: tuple[str, ...]) -> Answer:
    return Answer(Status.OK if values else Status.NODATA, values, found.ttl, found.chain, found.server)


def merge(domain: str, spf: Spf, lookup: Lookup) -> Merged | None:
    """The record to publish instead, where two stand or one asks too much; None where there is nothing to merge."""
    if spf.code not in ("multiple", "too_many_lookups", "too_many_voids", "include_without_spf", "include_multiple"):
        return None
    terms: list[Term] = []
    for text in sorted(set(spf.records), reverse=True):  # name servers turn the order round; the offer stays the same
        try:
            terms += parse_spf(text)
        except BadSpf:
            return None
    senders = _senders(terms)
    if len(senders) > SENDERS_AT_MOST:
        return None
    work = _Work(domain, lookup, senders, _ending(terms, domain, lookup), _rest(terms))
    for step in (work.drop_broken, work.drop_contained, work.name_addresses, work.copy_small):
        if work.judged().result is not SpfResult.PERMERROR:
            break
        step()
    found = work.judged()
    return Merged(work.record, found.result, found.lookups, tuple(work.copied), tuple(work.dropped))


def _senders(terms: Sequence[Term]) -> list[str]:
    """Every mechanism once in its order, without all; a redirect becomes the include that it amounts to."""
    kept: dict[str, str] = {}
    for term in terms:
        if term.name in ("all", "exp", "unknown"):
            continue
        text = f"include:{term.target}" if term.name == "redirect" else term.text.removeprefix("+")
        kept.setdefault(text.lower().removesuffix("."), text)
    return list(kept.values())


def _rest(terms: Sequence[Term]) -> list[str]:
    """exp= and modifiers of others, each name once."""
    kept: dict[str, str] = {}
    for term in terms:
        if term.name in ("exp", "unknown"):
            kept.setdefault(term.text.split("=")[0].lower(), term.text)
    return list(kept.values())


def _ending(terms: Sequence[Term], domain: str, lookup: Lookup) -> str:
    """The strictest all that one of the records states; one that lets everybody in becomes ~all."""
    stated = [term.qualifier for term in terms if term.name == "all"]
    for term in terms:
        if term.name == "redirect" and not stated and not term.has_macros:
            there = check_spf(term.target.removesuffix(".").lower(), lookup)
            stated.append(there.ending)
    return "-all" if "-" in stated else "~all"


class _Work:
    """The record on its way."""

    def __init__(self, domain: str, lookup: Lookup, senders: list[str], ending: str, rest: list[str]) -> None:
        self.domain, self.lookup, self.senders, self.ending, self.rest = domain, lookup, senders, ending, rest
        self.copied: list[str] = []
        self.dropped: list[str] = []

    @property
    def record(self) -> str:
        return " ".join(["v=spf1", *self.senders, *self.rest, self.ending])

    def judged(self) -> Spf:
        return check_spf(self.domain, over(self.domain, self.record, self.lookup))

    def _nodes(self) -> dict[str, Node]:
        tree = self.judged().tree
        return {child.term: child for child in tree.children} if tree else {}

    def drop_broken(self) -> None:
        """ptr, includes without a record, names without addresses: they let nobody in."""
        nodes = self._nodes()
        for text in list(self.senders):
            (term,) = parse_spf(f"v=spf1 {text}")
            node = nodes.get(text)
            is_broken = node is not None and node.problem in ("no SPF record", "several SPF records")
            if term.name == "ptr" or is_broken or self._is_void(term):
                self.senders.remove(text)
                self.dropped.append(text)

    def _is_void(self, term: Term) -> bool:
        name = term.target.removesuffix(".") or self.domain
        if term.name not in ("a", "mx", "exists") or term.has_macros or not is_askable(name):
            return False
        if term.name == "mx":
            return self.lookup(name, "MX").is_absent
        return self.lookup(name, "A").is_absent and (term.name == "exists" or self.lookup(name, "AAAA").is_absent)

    def drop_contained(self) -> None:
        """An include that another one holds already, with all that it lets in."""
        nodes = self._nodes()
        for text, node in nodes.items():
            held = {
                below.name
                for other, child in nodes.items()
                if other != text and other in self.senders
                for below in list(child.walk())[1:]
                if not below.term.startswith(("-", "~", "?"))
            }
            if node.name in held and text in self.senders:
                self.senders.remove(text)

    def name_addresses(self) -> None:
        """a and mx as the addresses they stand for now."""
        for text in list(self.senders):
            (term,) = parse_spf(f"v=spf1 {text}")
            if self.judged().lookups <= MAX_LOOKUPS:
                return
            addresses = self._addresses(term)
            if addresses and term.qualifier == "+" and (term.cidr4, term.cidr6) == (32, 128):
                self._replace(text, addresses)

    def _addresses(self, term: Term) -> list[str]:
        name = term.target.removesuffix(".") or self.domain
        if term.name not in ("a", "mx") or term.has_macros:
            return []
        hosts = [name]
        if term.name == "mx":
            hosts = [value.split(" ", 1)[1] for value in self.lookup(name, "MX").values]
        answers = [(kind, self.lookup(host, kind)) for host in hosts for kind in ("A", "AAAA") if is_askable(host)]
        if any(answer.has_failed or answer.is_pending for _, answer in answers):
            return []
        return [f"{'ip4' if kind == 'A' else 'ip6'}:{value}" for kind, answer in answers for value in answer.values]

    def copy_small(self) -> None:
        """Includes that are nothing but a few addresses, the shortest first."""
        nodes = {text: _plain_addresses(node) for text, node in self._nodes().items()}
        small = sorted((len(found), text) for text, found in nodes.items() if found)
        for _, text in small:
            if self.judged().lookups <= MAX_LOOKUPS:
                return
            if text in self.senders:
                self._replace(text, nodes[text])

    def _replace(self, text: str, addresses: list[str]) -> None:
        at = self.senders.index(text)
        fresh = [one for one in dict.fromkeys(addresses) if one not in self.senders]
        self.senders[at : at + 1] = fresh
        self.copied.append(text)


def _plain_addresses(node: Node) -> list[str]:
    """The addresses of a record that holds nothing else; none where it holds more, or too many."""
    senders = [term for term in node.terms if term.name not in ("all", "exp", "unknown")]
    if node.term.startswith(("-", "~", "?")) or len(senders) > COPIED_AT_MOST:
        return []
    if any(term.name not in ("ip4", "ip6") or term.qualifier != "+" for term in senders):
        return []
    return [term.text.removeprefix("+") for term in senders]
