"""SPF records made at random: the evaluator against a second, slow and obvious one; bounded work."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dns.answers import Answer, Answers, Status, lookup_in
from engine.dns.spf import COUNTED_AT_MOST, check_spf
from engine.dns.spf_change import simulate
from engine.dns.spf_merge import merge, over
from engine.dns.spf_syntax import BadSpf, parse_spf

NAMES = [f"n{number}.example" for number in range(6)]
D = NAMES[0]
HOSTS = ["four.example", "both.example", "gone.example", "bad.example"]
BASE = {
    ("four.example", "A"): ["192.0.2.1"],
    ("both.example", "A"): ["192.0.2.1"],
    ("both.example", "AAAA"): ["2001:db8::1"],
    ("both.example", "MX"): ["10 four.example"],
    ("bad.example", "A"): Answer(Status.SERVFAIL),
    ("bad.example", "AAAA"): Answer(Status.SERVFAIL),
    ("bad.example", "MX"): Answer(Status.TIMEOUT),
}
TERMS = st.one_of(
    st.sampled_from(["ip4:192.0.2.0/24", "ip6:2001:db8::/32", "ip4:192.0.2.1", "moo=x", "~all", "?all"]),
    st.sampled_from(["+all", "-all", "exp=x.example", "moo", "a:", "ip4:1.2.3"]),
    st.builds("{}:{}".format, st.sampled_from(["a", "mx", "exists", "-a", "?mx"]), st.sampled_from(HOSTS)),
    st.builds("include:{}".format, st.sampled_from([*NAMES, "gone.example"])),
    st.builds("?include:{}".format, st.sampled_from(NAMES)),
    st.builds("redirect={}".format, st.sampled_from([*NAMES, "gone.example"])),
)  # fmt: skip
RECORD = st.lists(TERMS, max_size=6).map(lambda terms: " ".join(["v=spf1", *terms]))
TXTS = st.one_of(st.lists(RECORD, min_size=1, max_size=1), st.lists(RECORD, max_size=2), st.just(["other text"]))
ZONE = st.fixed_dictionaries({name: st.one_of(TXTS, st.just(Answer(Status.SERVFAIL))) for name in NAMES})


def zone_of(texts):
    return lookup_in(BASE | {(name, "TXT"): value for name, value in texts.items() if value})


class Decided(Exception):
    """The first error."""


class Plain:
    """check_host() as RFC 7208 writes it, for a sender whose address is nowhere: one term after the other."""

    def __init__(self, lookup, family):
        self.lookup, self.family, self.lookups, self.voids, self.depth = lookup, family, 0, 0, 0

    def result(self, domain):
        try:
            return {None: "none"}.get(self.check(domain), "valid")
        except Decided as error:
            return str(error)

    def check(self, domain):
        """True for pass, False for anything else, None for no record."""
        answer = self.lookup(domain, "TXT")
        if answer.has_failed:
            raise Decided("temperror")
        records = [text for text in answer.values if re.match(r"v=spf1( |$)", text, re.IGNORECASE)]
        if not records:
            return None
        if len(records) > 1:
            raise Decided("permerror")
        try:
            terms = parse_spf(records[0])
        except BadSpf:
            raise Decided("permerror") from None
        for term in terms:
            if term.name in ("exp", "unknown", "redirect"):
                continue
            if self.matches(term, domain):
                return term.qualifier == "+"
        for term in terms:
            if term.name == "redirect" and not any(one.name == "all" for one in terms):
                return self.other(term)
        return False

    def matches(self, term, domain):
        if term.name == "all":
            return True
        if term.name in ("ip4", "ip6"):
            return False
        if term.name == "include":
            return self.other(term)
        self.count()
        kind = {"exists": "A", "mx": "MX"}.get(term.name, self.family)
        answer = self.ask(term.target or domain, kind)
        if term.name == "mx":
            for value in answer.values:
                if self.lookup(value.split(" ")[1], self.family).has_failed:
                    raise Decided("temperror")
        return term.name == "exists" and bool(answer.values)

    def other(self, term):
        self.count()
        if self.lookup(term.target, "TXT").is_absent:
            raise Decided("permerror")
        found = self.check(term.target)
        if found is None:
            raise Decided("permerror")
        return found

    def count(self):
        self.lookups += 1
        if self.lookups > 10:
            raise Decided("permerror")

    def ask(self, name, kind):
        answer = self.lookup(name, kind)
        if answer.has_failed:
            raise Decided("temperror")
        if answer.is_absent:
            self.voids += 1
            if self.voids > 2:
                raise Decided("permerror")
        return answer


@settings(max_examples=400)
@given(ZONE)
def test_both_evaluators_agree(texts):
    lookup = zone_of(texts)
    found = check_spf(D, lookup)
    assert found.result == Plain(lookup, "A").result(D)
    assert found.result_ipv6 == Plain(lookup, "AAAA").result(D)
    if found.result == "valid" == found.result_ipv6:
        assert found.lookups <= 10
        assert found.voids <= 2


@settings(max_examples=300)
@given(ZONE)
def test_rounds_of_questions_end_at_the_same_verdict_with_bounded_work(texts):
    """The driver learns a few answers at a time; what it asks stays bounded however the records point at each other."""
    whole, known = zone_of(texts), Answers()
    for _ in range(40):
        found = check_spf(D, known)
        if not known.missing:
            break
        known.learn([(question, whole(*question)) for question in sorted(known.missing)])
    assert not known.missing
    assert (found.result, found.lookups) == (check_spf(D, whole).result, check_spf(D, whole).lookups)
    assert found.lookups <= COUNTED_AT_MOST
    assert len(known.known) <= 60


@settings(max_examples=300)
@given(st.text(max_size=300).map(lambda text: "v=spf1 " + text))
def test_no_text_upsets_the_parser(text):
    try:
        terms = parse_spf(text)
    except BadSpf as error:
        assert str(error).endswith(".")
    else:
        assert len(terms) <= len(text.split(" "))
        assert check_spf(D, lookup_in({(D, "TXT"): [text]})).result in ("valid", "permerror")


GRAMMAR = st.text(alphabet="v=spf1 +-~?:/.%{}ailncudemxptrs46rdxh0129_", max_size=80)


@settings(max_examples=500)
@given(GRAMMAR)
def test_no_near_record_upsets_the_judge(text):
    check_spf(D, lookup_in({(D, "TXT"): ["v=spf1 " + text]}))


@settings(max_examples=300)
@given(ZONE, st.lists(st.sampled_from(NAMES), max_size=2), st.lists(st.sampled_from(NAMES), max_size=2))
def test_merging_and_simulating_keep_their_word(texts, add, remove):
    lookup = zone_of(texts)
    spf = check_spf(D, lookup)
    merged = merge(D, spf, lookup)
    if merged:
        again = check_spf(D, over(D, merged.record, lookup))
        assert (again.result, len(again.records)) == (merged.result, 1)
        assert " +all" not in merged.record
        parse_spf(merged.record)
    change = simulate(D, lookup, add, remove)
    if change.record:
        again = check_spf(D, over(D, change.record, lookup))
        assert (again.result, again.lookups) == (change.after.result, change.after.lookups)
        assert all(f"include:{name}" in change.record for name in add)
