"""What a platform wants in the DNS beside what stands there, and what the old one left behind."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from engine.dns.answers import Answer, Lookup, printable
from engine.dns.dkim import looks_like_key
from engine.dns.dmarc import DmarcResult
from engine.dns.facts import DomainFacts, Selector
from engine.dns.hosts import proxy_of
from engine.dns.names import absolute, registrable
from engine.dns.pasted import clean_value, holds_senders, same_key
from engine.dns.senders import PROBED, includes_in, includes_of, is_wildcard, values_of
from engine.dns.spf import named_in
from engine.dns.spf_syntax import is_spf
from engine.platforms import Mark, Match, Need, Platform, Purpose, Record, Trace, TraceKind
from engine.platforms.matching import address_matches

REMOVE = "remove"
OK, WRONG, MISSING, UNKNOWN = "ok", "wrong", "missing", "unknown"
_NO_DATE = date.min
GOOD_FIRST = {OK: 0, WRONG: 1, UNKNOWN: 2, MISSING: 3}


@dataclass(frozen=True, slots=True)
class Row:
    """One record: wanted (required, recommended, not_needed) or left over (remove)."""

    name: str
    type: str
    need: str
    expected: str
    found: tuple[str, ...]
    verdict: str
    purpose: str
    sentence: str
    variant: str = ""
    match: str = "exact"
    published: str = UNKNOWN  # all, some, none: of the zone's name servers that speak, how many have it
    missing_at: tuple[str, ...] = ()  # those that do not have it (of a left record: those that still have it)
    visible_until: datetime | None = None  # so long the old answer may be seen, although all of them have the new one

    @property
    def is_open(self) -> bool:
        """Its host is shown in the account alone, so it cannot be looked up yet."""
        return "." not in self.name or "*" in self.name or " " in self.name

    def as_json(self) -> dict[str, object]:
        """`found` is one text for programs, `found_list` the values one by one."""
        found = [printable(value) for value in self.found]
        return {
            "name": self.name, "type": self.type, "need": self.need, "expected": self.expected or None,
            "found": "; ".join(found) or None, "found_list": found, "verdict": self.verdict,
            "purpose": self.purpose, "match": self.match,
            "sentence": printable(self.sentence),
            "published": self.published, "missing_at": list(self.missing_at),
            "visible_until": self.visible_until.isoformat() if self.visible_until else None,
        }  # fmt: skip


OwnValue = Mapping[str, str]


def selectors_for(
    given: Sequence[str], own_values: Sequence[OwnValue], sources: Sequence[Platform], target: Platform | None
) -> tuple[Selector, ...]:
    """Which selectors are looked at: given and pasted ones and those the target wants; the others are probed."""
    words = [re.sub(r"\._domainkey.*", "", name.strip().lower()) for name in given]  # people paste the whole host
    found: dict[str, Selector] = {name: Selector(name) for name in words if name}
    for value in own_values:
        match = re.match(r"([a-z0-9._-]+)\._domainkey", value["host"].lower())
        if match:
            targets = (value["value"].rstrip(".").lower(),) if value["type"] == "CNAME" else ()
            found[match[1]] = Selector(match[1], targets)
    for record in target.dns.expected if target else ():
        name = record.host.removesuffix("._domainkey")
        if (
            record.purpose is Purpose.DKIM
            and name != record.host
            and "*" not in name
            and record.need != Need.NOT_NEEDED
        ):
            known = (record.value,) if record.type == "CNAME" and record.value else ()
            found.setdefault(name, Selector(name, known))
    for platform in (target, *sources):
        for name in platform.dns.selectors if platform else ():
            found.setdefault(name, Selector(name, is_asked=False))
    return tuple(found.values())


def expected_rows(
    facts: DomainFacts,
    lookup: Lookup,
    target: Platform | None,
    sources: Sequence[Platform],
    own_values: Sequence[OwnValue],
    uses: frozenset[str],
) -> list[Row]:
    """Pasted values first, then the catalogue's, then what the old platform left."""
    own = [own_row(value, facts, lookup) for value in own_values]
    pasted = {(row.purpose, row.type) for row in own}
    wanted = []
    for record in _for_uses(target, facts.name, uses):
        open_host = record.host == "" or "*" in record.host
        if not ((record.per_account or open_host) and (record.purpose.value, record.type) in pasted):
            wanted.append(replace(_row(record, facts, lookup), variant=record.variant, match=record.match.value))
    seen = {(row.name, row.type) for row in own}
    wanted = [row for row in _best_variants(wanted) if (row.name, row.type) not in seen]
    rows = _only_these_addresses([*own, *dict.fromkeys(wanted)])
    return [*rows, *left_rows(facts, lookup, sources, target)]


def _only_these_addresses(rows: list[Row]) -> list[Row]:
    """An address of the old host beside the new one sends every other visitor to the old pages."""
    wanted: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        if row.type in ("A", "AAAA") and row.expected:
            wanted.setdefault((row.name, row.type), set()).add(row.expected)
    judged = []
    for row in rows:
        expected = wanted.get((row.name, row.type), set())
        others = [one for one in row.found if not any(address_matches(one, good) for good in expected)]
        if row.verdict == OK and row.need != "not_needed" and expected and others:
            text = f"Remove {', '.join(others[:3])} at {row.name}: it sends visitors elsewhere."
            row = replace(row, verdict=WRONG, sentence=text)
        judged.append(row)
    return judged


def _for_uses(target: Platform | None, domain: str, uses: frozenset[str]) -> Iterator[Record]:
    """The target's records for what the domain is used for. A sub-domain shows its pages itself, not at its www."""
    is_sub = registrable(domain) != domain
    for record in target.dns.expected if target else ():
        if ("pages" if record.purpose is Purpose.PAGES else "mail") not in uses:
            continue
        if is_sub and record.purpose is Purpose.PAGES and record.host in ("@", "www"):
            if record.type == "CNAME":
                yield replace(record, host="@")
            continue
        yield record


def _best_variants(rows: list[Row]) -> list[Row]:
    """Of variants for the same purpose one complete one is enough; where none is, the one that came furthest."""
    kept: list[Row] = []
    for _, of_purpose in groupby(rows, key=lambda row: row.purpose):
        group = list(of_purpose)
        variants = list(dict.fromkeys(row.variant for row in group if row.variant))
        best = min(variants, key=lambda name: _distance([row for row in group if row.variant == name]), default="")
        kept += [row for row in group if row.variant in ("", best)]
    return kept


def _distance(rows: list[Row]) -> float:
    return sum(GOOD_FIRST[row.verdict] for row in rows) / len(rows)


def own_row(value: OwnValue, facts: DomainFacts, lookup: Lookup) -> Row:
    """A record pasted from the account, compared letter by letter (names without regard to case)."""
    name = absolute(value["host"], facts.name)
    kind = value["type"].upper()
    purpose = _purpose(name, kind, value["value"])
    record = Record(
        host=value["host"], type=kind, need=Need.REQUIRED, match=Match.EXACT, purpose=purpose,
        sentence="Set this record as the new platform's account shows it.", source="", read_on=_NO_DATE,
        mark=Mark.SURE, value=clean_value(kind, value["value"]),
    )  # fmt: skip
    row = _row(record, facts, lookup)
    return _pasted_text(row, facts) if kind == "TXT" and row.verdict in (WRONG, MISSING) else row


def _pasted_text(row: Row, facts: DomainFacts) -> Row:
    """A text that differs in letters and says the same: a key spaced otherwise, an SPF with more in it, any policy."""
    if row.name == f"_dmarc.{facts.name}" and facts.dmarc.result is DmarcResult.VALID:
        return replace(row, verdict=OK, sentence="A DMARC record stands there already; leave it as it is.")
    if row.purpose == Purpose.DKIM and any(same_key(text, row.expected) for text in row.found):
        return replace(row, verdict=OK, sentence="The key is the account's.")
    if row.purpose != Purpose.SPF:
        return row
    known = {name for _, name in facts.spf.senders} if row.name == facts.name else set()
    wanted = set(named_in(row.expected))
    if any(holds_senders(text, row.expected) for text in row.found) or (wanted and wanted <= known):
        return replace(row, verdict=OK, sentence="The SPF record holds this sender.")
    if any(is_spf(text) for text in row.found) and wanted:
        words = " ".join(f"include:{name}" for name in sorted(wanted - known))
        return replace(row, sentence=f"Add {words} to the SPF record that stands there; never publish a second one.")
    return row


def _purpose(name: str, kind: str, value: str) -> Purpose:
    if "_domainkey" in name:
        return Purpose.DKIM
    if name.startswith("_dmarc"):
        return Purpose.DMARC
    if kind == "TXT":
        return Purpose.SPF if value.lower().startswith("v=spf1") else Purpose.OWNERSHIP
    if kind == "MX":
        return Purpose.RETURN_PATH
    return Purpose.PAGES if kind in ("A", "AAAA") or name.startswith("www.") else Purpose.RETURN_PATH


def _row(record: Record, facts: DomainFacts, lookup: Lookup) -> Row:
    expected = record.value or ""
    if record.host == "" or "*" in record.host:
        name = record.host or "(from the account)"
        return Row(
            name, record.type, record.need.value, expected, (), UNKNOWN, record.purpose.value,
            f"{record.sentence} Paste the value, then it can be checked.",
        )  # fmt: skip
    name = absolute(record.host, facts.name)
    answer = lookup(name, record.type)
    verdict, found, sentence = _judge(record, name, answer, facts, lookup)
    if record.need is Need.NOT_NEEDED:
        verdict = OK
    return Row(name, record.type, record.need.value, expected, found, verdict, record.purpose.value, sentence)


Judgement = tuple[str, tuple[str, ...], str]


def _judge(record: Record, name: str, answer: Answer, facts: DomainFacts, lookup: Lookup) -> Judgement:
    if record.purpose is Purpose.DMARC and record.match is Match.PRESENT:
        return _judge_dmarc(record, facts)
    if answer.has_failed or answer.is_pending:
        return UNKNOWN, (), f"Check again later: {answer.why}."
    if record.match is Match.INCLUDE:
        return _judge_include(record, facts) if name == facts.name else _judge_include_below(record, answer)
    found = tuple(value.split(" ", 1)[1] if record.type == "MX" else value for value in answer.values)
    answers = [record.accepts(value) for value in found]
    if any(answers) or _leads_there(record, name, lookup, found):
        return OK, found, record.sentence
    if found and None in answers:
        return UNKNOWN, found, f"Compare this with the account of the platform. {record.sentence}"
    if record.type in ("A", "AAAA") and (proxy := proxy_of(found)):
        return UNKNOWN, found, f"{proxy} stands in front of {name}, so its target cannot be seen: accept it by hand."
    if found and (record.type != "TXT" or record.purpose is Purpose.DKIM):
        return WRONG, found, f"Change {name} to this value. {record.sentence}"
    if found:  # texts stand beside one another
        return MISSING, found, f"Add this TXT. {record.sentence}"
    return _judge_absent(record, name, facts, lookup)


def _leads_there(record: Record, name: str, lookup: Lookup, found: tuple[str, ...]) -> bool:
    """A CNAME by way of another alias ends at the same place."""
    if record.type != "CNAME" or not found or record.value is None:
        return False
    chain = lookup(name, "TXT" if record.purpose is Purpose.DKIM else "A").chain
    return any(record.accepts(step) for step in chain)


def _judge_absent(record: Record, name: str, facts: DomainFacts, lookup: Lookup) -> Judgement:
    """Nothing of the type: perhaps the wrong type, perhaps the domain typed twice, perhaps hidden by a proxy."""
    if record.type == "CNAME":
        texts = tuple(text for text in lookup(name, "TXT").values if record.accepts(text) or _is_host(text))
        if texts:
            return WRONG, texts, f"Change {name} from TXT to CNAME: the host name stands there as text."
        addresses = lookup(name, "A")
        if addresses.values:
            return _behind_addresses(record, name, addresses, lookup)
    twice = lookup(f"{name}.{facts.name}", record.type) if name != facts.name else None
    if twice and record.match is not Match.PRESENT and any(record.accepts(value) for value in twice.values):
        host = name.removesuffix(f".{facts.name}")
        return WRONG, twice.values, f"Enter only {host} as the host: the panel added {facts.name} a second time."
    return MISSING, (), record.sentence


def _is_host(text: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+\.?", text.strip()) is not None


def _behind_addresses(record: Record, name: str, addresses: Answer, lookup: Lookup) -> Judgement:
    """A flattened or proxied CNAME shows only addresses; the same as the target's mean the same."""
    wanted = lookup(record.value, "A") if record.value and "*" not in record.value else None
    if wanted is not None and set(wanted.values) & set(addresses.values):
        return OK, addresses.values, record.sentence
    if wanted is not None and wanted.values and not record.per_account and record.match is Match.EXACT:
        text = (
            f"Only addresses are seen at {name}: make it a CNAME, or accept it by hand where a proxy hides the target."
        )
        return UNKNOWN, addresses.values, text
    proxy = proxy_of(addresses.values) or "a proxy"
    return UNKNOWN, addresses.values, f"Only addresses are seen at {name}; {proxy} may hide the target."


def _judge_dmarc(record: Record, facts: DomainFacts) -> Judgement:
    dmarc = facts.dmarc
    found = (dmarc.record,) if dmarc.record else ()
    verdicts = {
        DmarcResult.VALID: OK,
        DmarcResult.NONE: MISSING,
        DmarcResult.UNKNOWN: UNKNOWN,
        DmarcResult.INVALID: WRONG,
    }
    return verdicts[dmarc.result], found, dmarc.problem or record.sentence


def _judge_include(record: Record, facts: DomainFacts) -> Judgement:
    """An include further down the tree serves as well as one in the record itself."""
    spf = facts.spf
    found = tuple(f"include:{target}" for target in includes_of(facts))
    below = [node.name for node in spf.tree.walk()][1:] if spf.tree else []
    if any(record.accepts(target) for target in (*includes_of(facts), *below)):
        return OK, found, record.sentence
    if spf.tree is None or spf.result == "temperror":
        return UNKNOWN, found, spf.problem or record.sentence
    return MISSING, found, f"Add include:{record.value} to the SPF record. {record.sentence}"


def _judge_include_below(record: Record, answer: Answer) -> Judgement:
    """An include in the SPF of a sending sub-domain, which has a record of its own."""
    found = tuple(f"include:{target}" for target in includes_in(answer.values))
    if any(record.accepts(value.removeprefix("include:")) for value in found):
        return OK, found, record.sentence
    return MISSING, found, f"Add include:{record.value} to the SPF record. {record.sentence}"


def left_rows(facts: DomainFacts, lookup: Lookup, sources: Sequence[Platform], target: Platform | None) -> list[Row]:
    """Records of the old senders that still stand; what the new one uses too is left alone."""
    rows: list[Row] = []
    for source, trace in ((one, trace) for one in sources for trace in one.dns.traces):
        if trace.kind in (TraceKind.PAGES, TraceKind.OWNERSHIP, TraceKind.NS):
            continue
        if trace.value and target and any(trace.value == kept.value for kept in target.dns.traces):
            continue
        rows += _left_of(trace, facts, lookup, source.name)
    return list(dict.fromkeys(rows))


def _left_of(trace: Trace, facts: DomainFacts, lookup: Lookup, sender: str) -> list[Row]:
    words = f"Remove this once {sender} has sent its last message."
    if not trace.alone:
        words = f"{words[:-1]}, unless another sender uses it: several leave the same record."
    rows = [
        Row(f"{key.selector}._domainkey.{facts.name}", "CNAME", REMOVE, "", (key.target,), WRONG, "old", words)
        for key in facts.dkim
        if trace.kind is TraceKind.DKIM and key.target and trace.accepts(key.target) and "*._domainkey" in trace.hosts
    ]
    if trace.kind is TraceKind.SPF_INCLUDE and (not trace.hosts or "@" in trace.hosts):
        if facts.spf.is_unread:
            return [Row(facts.name, "TXT", REMOVE, "", (), UNKNOWN, "old", facts.spf.problem)]
        terms = [(place, f"include:{target}") for place, target in facts.spf.senders if trace.accepts(target)]
        rows += [Row(place, "TXT", REMOVE, "", (term,), WRONG, "old", words) for place, term in terms]
    return [*rows, *_left_at_hosts(trace, facts, lookup, words)]


def _left_at_hosts(trace: Trace, facts: DomainFacts, lookup: Lookup, words: str) -> Iterator[Row]:
    """What still stands at the names that the sender asks for; a wildcard's answer is no record of its own."""
    kind = trace.type or PROBED.get(trace.kind, "CNAME")
    for host in trace.hosts:
        if "*" in host or (trace.kind is TraceKind.SPF_INCLUDE and host == "@"):
            continue
        name = absolute(host, facts.name)
        answer = lookup(name, kind)
        still = tuple(values_of(trace, kind, answer))
        if trace.kind is TraceKind.DKIM and trace.value is None:
            still = tuple(text for text in answer.values if looks_like_key(text))
        if still and (host == "@" or not is_wildcard(facts.name, host, kind, answer, lookup)):
            yield Row(name, kind, REMOVE, "", still, WRONG, "old", words)
        elif answer.has_failed:
            yield Row(name, kind, REMOVE, "", (), UNKNOWN, "old", f"Check again later: {answer.why}.")
