"""One record in place of two, and what a planned change does, before anybody publishes it."""

import pytest

from engine.dns.answers import Answer, Status, lookup_in
from engine.dns.spf import check_spf
from engine.dns.spf_change import simulate, simulated
from engine.dns.spf_merge import merge, over, strings_of
from engine.dns.spf_syntax import BadSpf
from tests.engine.dns.bed import Bed

D = "example.org"
FREE = {(f"i{n}.example.net", "TXT"): [f"v=spf1 ip4:192.0.2.{n} -all"] for n in range(1, 15)}
LARGE = {("big.example.net", "TXT"): ["v=spf1 " + " ".join(f"ip4:198.51.{n}.0/24" for n in range(60)) + " -all"]}


def merged(*records, **zone):
    lookup = lookup_in({(D, "TXT"): list(records)} | FREE | LARGE | zone.get("zone", {}))
    found = merge(D, check_spf(D, lookup), lookup)
    if found:
        assert check_spf(D, over(D, found.record, lookup)).result == found.result
    return found


def includes(first, last):
    return " ".join(f"include:i{n}.example.net" for n in range(first, last + 1))


def test_two_records_become_one_with_every_sender_once_and_the_stricter_end():
    found = merged("v=spf1 mx include:i1.example.net ~all", "v=spf1 include:I1.example.net. +ip4:192.0.2.9 -all")
    assert found.record == "v=spf1 mx include:i1.example.net ip4:192.0.2.9 -all"
    assert (found.result, found.lookups) == ("valid", 2)


@pytest.mark.parametrize(
    ("one", "two", "end"),
    [("+all", "?all", "~all"), ("~all", "", "~all"), ("?all", "-all", "-all"), ("", "redirect=i1.example.net", "-all")],
)
def test_the_end_is_the_strictest_that_is_stated_and_never_open(one, two, end):
    assert merged(f"v=spf1 mx {one}", f"v=spf1 a {two}").record.split()[-1] == end


def test_a_redirect_becomes_the_include_it_amounts_to():
    assert "include:i1.example.net" in merged("v=spf1 mx -all", "v=spf1 redirect=i1.example.net").record


def test_a_record_with_a_mistake_is_not_merged_blindly():
    assert merged("v=spf1 moo:x -all", "v=spf1 mx -all") is None


def test_repeated_includes_alone_may_bring_it_under_the_limit():
    found = merged(f"v=spf1 {includes(1, 6)} {includes(1, 6)} -all")
    assert (found.record, found.lookups, found.copied) == (f"v=spf1 {includes(1, 6)} -all", 6, ())


def test_an_include_that_another_holds_already_goes():
    nested = {("wide.example.net", "TXT"): [f"v=spf1 {includes(1, 3)} -all"]}
    found = merged(f"v=spf1 include:wide.example.net {includes(1, 8)} -all", zone=nested)
    assert found.record == f"v=spf1 include:wide.example.net {includes(4, 8)} -all"
    assert (found.result, found.lookups, found.copied) == ("valid", 9, ())


def test_small_includes_are_copied_only_as_far_as_needed_and_named():
    found = merged(f"v=spf1 {includes(1, 11)} include:big.example.net -all")
    assert (found.result, found.lookups) == ("valid", 10)
    assert len(found.copied) == 2
    assert "include:big.example.net" in found.record


def test_includes_that_lead_nowhere_and_ptr_are_left_out_and_named():
    found = merged(f"v=spf1 ptr include:gone.example.net {includes(1, 10)} -all")
    assert set(found.dropped) == {"ptr", "include:gone.example.net"}
    assert found.lookups == 10


def test_nothing_is_copied_while_an_include_cannot_be_read():
    found = merged(
        "v=spf1 mx -all", "v=spf1 include:f.example.net -all", zone={("f.example.net", "TXT"): Answer(Status.SERVFAIL)}
    )
    assert (found.result, found.copied, found.dropped) == ("temperror", (), ())


def test_a_long_record_is_cut_into_strings_that_join_again():
    record = "v=spf1 " + " ".join(f"ip4:192.0.2.{n}" for n in range(60)) + " -all"
    parts = strings_of(record)
    assert "".join(parts) == record
    assert max(map(len, parts)) <= 255
    assert "".join(strings_of("x" * 600)) == "x" * 600


def lookup(*records, **zone):
    return lookup_in({(D, "TXT"): list(records)} | FREE | zone.get("zone", {}))


def test_an_include_is_tried_before_it_is_published():
    found = simulate(D, lookup(f"v=spf1 {includes(1, 10)} -all"), add=["i11.example.net"])
    assert (found.before.result, found.after.result, found.after.lookups) == ("valid", "permerror", 11)
    assert not found.is_safe
    assert found.record.endswith("include:i10.example.net include:i11.example.net -all")


def test_removing_one_makes_room():
    found = simulate(
        D, lookup(f"v=spf1 {includes(1, 10)} -all"), add=["include:i11.example.net"], remove=["i3.example.net"]
    )
    assert (found.after.result, found.after.lookups) == ("valid", 10)
    assert "i3.example.net" not in found.record


def test_what_is_there_or_absent_already_is_told_and_changes_nothing():
    found = simulate(
        D, lookup("v=spf1 include:i1.example.net ~all"), add=["I1.example.net."], remove=["include:gone.example"]
    )
    assert (found.record, found.absent, found.present) == (
        "v=spf1 include:i1.example.net ~all", ("include:gone.example",), ("include:I1.example.net",),
    )  # fmt: skip


def test_without_a_record_the_change_makes_one():
    assert simulate(D, lookup("other text"), add=["i1.example.net"]).record == "v=spf1 include:i1.example.net ~all"


def test_a_record_that_cannot_be_read_is_not_simulated():
    found = simulate(D, lookup_in({(D, "TXT"): Answer(Status.TIMEOUT)}), add=["i1.example.net"])
    assert (found.after.result, found.record, found.is_safe) == ("temperror", "", False)


@pytest.mark.parametrize("term", ["", "moo", "a b", "include:", "ip4:x"])
def test_a_term_that_is_none_is_a_sentence(term):
    with pytest.raises(BadSpf, match=r"\.$"):
        simulate(D, lookup("v=spf1 -all"), add=[term])


def test_what_is_missing_is_asked_of_the_name_server():
    zone = {
        D: {"TXT": ["v=spf1 mx -all"], "MX": [f"10 {D}."], "A": ["192.0.2.1"]},
        "new.example.net": {"TXT": ["v=spf1 include:deep.example.net -all"]},
    }
    zone |= {"deep.example.net": {"TXT": ["v=spf1 ip4:192.0.2.7 -all"]}}
    with Bed(zone) as server:
        found = simulated(D, add=["new.example.net"], nameservers=[server.address])
    assert (found.after.result, found.after.lookups) == ("valid", 3)
    assert ("deep.example.net", "TXT") in server.asked
