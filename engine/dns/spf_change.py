"""What the SPF record will be worth after a planned change, before anybody publishes it."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.dns.answers import Answers, Lookup
from engine.dns.asking import SECONDS, settled
from engine.dns.spf import Spf, SpfResult, check_spf
from engine.dns.spf_merge import merge, over, strings_of
from engine.dns.spf_syntax import BadSpf, Term, parse_spf

LAST = ("all", "redirect", "exp", "unknown")


@dataclass(frozen=True, slots=True)
class Simulation:
    """The record as it is and as it would be, each with its verdict and look-ups.

    `absent` names what was to be removed and does not stand there, `present` what was to be added and does already.
    """

    domain: str
    before: Spf
    after: Spf
    record: str = ""
    absent: tuple[str, ...] = ()
    present: tuple[str, ...] = ()

    @property
    def is_safe(self) -> bool:
        return self.after.result is SpfResult.VALID

    @property
    def sentence(self) -> str:
        """For the owner."""
        if self.after.result is SpfResult.TEMPERROR:
            return f"Nobody can tell yet what the change does. {self.after.problem}"
        if self.after.result is SpfResult.PERMERROR:
            return f"Do not publish this: receivers would reject the record. {self.after.problem}"
        return f"The changed record is valid and needs {self.after.lookups} of 10 look-ups."

    def as_json(self) -> dict[str, object]:
        return {
            "domain": self.domain, "record": self.record, "strings": strings_of(self.record),
            "before": {"result": self.before.result.value, "lookups": self.before.lookups},
            "after": {"result": self.after.result.value, "lookups": self.after.lookups},
            "safe": self.is_safe, "sentence": self.sentence, "absent": list(self.absent), "present": list(self.present),
        }  # fmt: skip


def simulate(domain: str, lookup: Lookup, add: Sequence[str] = (), remove: Sequence[str] = ()) -> Simulation:
    """Pure: what is still missing is noted in `lookup`. Terms as in a record, or a bare name for its include.

    Raises BadSpf, whose text is a sentence, for a term that is none.
    """
    new, gone = [as_term(text) for text in add], [as_term(text) for text in remove]
    before = check_spf(domain, lookup)
    if before.is_unread:
        return Simulation(domain, before, before)
    merged = merge(domain, before, lookup) if before.code == "multiple" else None
    base = merged.record if merged else before.record or "v=spf1 ~all"
    record, absent, present = _changed(base, new, gone)
    return Simulation(domain, before, check_spf(domain, over(domain, record, lookup)), record, absent, present)


def simulated(
    domain: str,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
    *,
    nameservers: Sequence[str] = (),
    known: Answers | None = None,
    seconds: float = SECONDS,
) -> Simulation:
    """The same, asking the name servers for what is missing; `known` are answers of an earlier check."""
    return settled(lambda lookup: simulate(domain, lookup, add, remove), nameservers, known, seconds)


def as_term(text: str) -> Term:
    """One term as people write it. Raises BadSpf."""
    text = text.strip().rstrip(".")
    if "." in text and ":" not in text and "=" not in text:
        text = f"include:{text}"
    terms = parse_spf(f"v=spf1 {text}")
    if len(terms) != 1:
        raise BadSpf("Give one term at a time, such as include:spf.example.net.")
    return terms[0]


def _key(term: Term) -> tuple[object, ...]:
    target = term.target.lower().removesuffix(".")
    return (term.name, target, term.network.lower(), term.cidr4, term.cidr6)


def _changed(record: str, new: list[Term], gone: list[Term]) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """New terms stand before what ends the record; a record that cannot be read is changed word by word."""
    words = [(word, _read(word)) for word in record.split()[1:]]
    there = {_key(term) for _, term in words if term}
    leaving = {_key(term) for term in gone}
    kept = [(word, term) for word, term in words if term is None or _key(term) not in leaving]
    at = next((n for n, (_, term) in enumerate(kept) if term and term.name in LAST), len(kept))
    fresh = [term.text for term in new if _key(term) not in there - leaving]
    result = [word for word, _ in kept]
    result[at:at] = fresh
    absent = tuple(term.text for term in gone if _key(term) not in there)
    present = tuple(term.text for term in new if _key(term) in there - leaving)
    return " ".join(["v=spf1", *result]), absent, present


def _read(word: str) -> Term | None:
    try:
        return parse_spf(f"v=spf1 {word}")[0]
    except BadSpf:
        return None
