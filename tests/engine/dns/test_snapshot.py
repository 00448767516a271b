"""Record sets kept, compared, written down and led back."""

import dns.rrset
import dns.zone
import pytest
from hypothesis import given
from hypothesis import strategies as some

from engine import platforms
from engine.dns.answers import Answer, Status
from engine.dns.records import RecordSet, bind_lines, digest, exact, from_answer, quoted, to_bytes
from engine.dns.snapshot import Back, What, compare, drift, leaving, revert

D = "sunrise-yoga.example"


def rs(name, kind, *values, ttl=3600, status=None, via="published"):
    return RecordSet(name, kind, values, ttl if values else None, status or ("ok" if values else "nodata"), via)


def row(name, kind, expected="", found=(), need="required", verdict="ok", match="exact", purpose="dkim"):
    return {
        "name": name, "type": kind, "need": need, "expected": expected, "found_list": list(found), "verdict": verdict,
        "match": match, "purpose": purpose,
    }  # fmt: skip


@given(some.binary(max_size=900))
def test_every_text_survives_the_way_into_a_zone_file(data):
    value = exact(data.decode("latin-1"))
    assert value.isprintable()
    assert to_bytes(value) == data
    read = dns.rrset.from_text(f"{D}.", 60, "IN", "TXT", quoted(value))
    assert b"".join(read[0].strings) == data
    assert all(len(part) <= 255 for part in read[0].strings)


def test_a_zone_written_down_is_read_by_dnspython_as_it_was():
    records = [
        rs(D, "A", "192.0.2.1"), rs(D, "MX", "10 mail.sunrise-yoga.example"), rs(D, "NS", "ns1.host.example"),
        rs(D, "TXT", "v=spf1 -all", 'a "quoted" ; \\\\ text', "x" * 600), rs(D, "CAA", '0 issue "letsencrypt.org"'),
        rs(f"_sip._tls.{D}", "SRV", "100 1 443 sip.host.example."), rs(f"www.{D}", "CNAME", "x.kartra.com", ttl=300),
    ]  # fmt: skip
    text = "$ORIGIN .\n" + "\n".join(bind_lines(records)) + "\n"
    zone = dns.zone.from_text(text, f"{D}.", relativize=False, check_origin=False)
    assert {(n.to_text(), r.ttl) for n, r in zone.iterate_rdatasets()} >= {(f"www.{D}.", 300), (f"{D}.", 3600)}
    texts = {b"".join(one.strings) for one in zone.get_rdataset(f"{D}.", "TXT")}
    assert texts == {b"v=spf1 -all", b'a "quoted" ; \\ text', b"x" * 600}
    assert zone.get_rdataset(f"www.{D}.", "CNAME")[0].target.to_text() == "x.kartra.com."


def test_addresses_behind_an_alias_are_not_the_names_own():
    answer = Answer(Status.OK, ("192.0.2.9",), 60, ("x.kartra.com",))
    assert from_answer(f"www.{D}", "A", answer, "published").status == "nodata"


def test_unknown_is_no_change():
    old = [rs(D, "A", "192.0.2.1"), rs(D, "MX"), rs(D, "TXT", status="timeout")]
    new = [rs(D, "A", status="servfail"), rs(D, "MX", status="refused"), rs(D, "TXT", "new")]
    assert compare(old, new) == []
    assert compare(old, []) == []


def test_added_removed_changed_and_ttl_are_told_apart():
    old = [rs("a", "A", "1"), rs("b", "A"), rs("c", "A", "1"), rs("d", "A", "1", "2"), rs("e", "A", "1", ttl=60)]
    new = [rs("a", "A"), rs("b", "A", "1"), rs("c", "A", "2"), rs("d", "A", "2", "1"), rs("e", "A", "1", ttl=300)]
    found = {change.name: change.what for change in compare(old, new, with_ttl=True)}
    assert found == {"a": What.REMOVED, "b": What.ADDED, "c": What.CHANGED, "e": What.TTL}
    assert "was 1, is now 2" in compare(old, new)[2].line
    remaining = [rs("e", "A", "1", ttl=10, via="resolver")]
    assert compare(old, remaining, with_ttl=True) == []  # what a resolver has left is not what stands there


LEAVES = leaving(D, [platforms.load("mailchimp")], platforms.load("kartra"))
OLD = [
    rs(D, "TXT", "v=spf1 include:servers.mcsv.net ~all", "google-site-verification=x"), rs(D, "A", "192.0.2.1"),
    rs(f"www.{D}", "A", "192.0.2.1"), rs(f"www.{D}", "CNAME"), rs(f"k2._domainkey.{D}", "CNAME", "dkim2.mcsv.net"),
    rs(f"kartra1._domainkey.{D}", "CNAME"), rs(f"_dmarc.{D}", "TXT", "v=DMARC1; p=reject"),
    rs(D, "NS", "ns1.host.example"),
    rs(f"_dmarc.shop.{D}", "TXT"),
]  # fmt: skip
ROWS = [
    row(f"kartra1._domainkey.{D}", "CNAME", "t.example", ["t.example"]),
    row(f"www.{D}", "CNAME", "kartra.com", ["sunrise.kartra.com"], match="suffix", purpose="pages"),
    row(D, "TXT", "spf.new.example", ["include:spf.new.example"], match="include", purpose="spf"),
    row(f"_dmarc.{D}", "TXT", "", ["v=DMARC1; p=none"], match="present", need="recommended", purpose="dmarc"),
]


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ([rs(f"kartra1._domainkey.{D}", "CNAME", "t.example")], False),
        ([rs(f"www.{D}", "A"), rs(f"www.{D}", "CNAME", "sunrise.kartra.com")], False),
        ([rs(f"www.{D}", "A", "198.51.100.7")], True),
        ([rs(D, "TXT", "v=spf1 include:spf.new.example ~all", "google-site-verification=x")], False),
        ([rs(D, "TXT", "v=spf1 include:servers.mcsv.net include:spf.new.example ~all")], True),  # verification went
        ([rs(D, "TXT", "v=spf1 include:evil.example ~all", "google-site-verification=x")], True),
        ([rs(D, "TXT", "v=spf1 +all", "google-site-verification=x")], True),
        ([rs(f"k2._domainkey.{D}", "CNAME")], False),
        ([rs(f"k2._domainkey.{D}", "CNAME", "evil.example")], True),
        ([rs(f"_dmarc.{D}", "TXT", "v=DMARC1; p=none")], True),
        ([rs(D, "NS", "ns1.evil.example")], True),
        ([rs(D, "A", status="timeout")], False),
    ],
)
def test_only_what_the_plan_does_not_ask_for_is_named(now, told):
    assert bool(drift(OLD, now, ROWS, LEAVES)) is told


def test_the_way_back_names_what_to_put_back_and_what_to_delete():
    planned = {(f"www.{D}", "CNAME"): ["sunrise.kartra.com"], (f"kartra1._domainkey.{D}", "CNAME"): ["t.example"]}
    now = [rs(f"www.{D}", "A", "192.0.2.1"), rs(f"www.{D}", "CNAME"), rs(D, "A", "198.51.100.1")]
    found = {(one.name, one.type): one for one in revert(OLD, now, planned)}
    assert found[f"www.{D}", "CNAME"].action is Back.DELETE
    assert found[f"www.{D}", "A"].action is Back.PUT_BACK  # an alias will take its place
    assert found[f"www.{D}", "A"].is_back
    assert found[f"kartra1._domainkey.{D}", "CNAME"].action is Back.DELETE
    assert found[D, "A"].put_back == ["192.0.2.1"]
    assert not found[D, "A"].is_back
    assert (D, "NS") not in found


def test_what_was_not_read_cannot_be_put_back():
    (one,) = revert([rs(D, "A", status="timeout")], [], {(D, "A"): ["192.0.2.9"]})
    assert one.action is Back.CANNOT_TELL


def test_the_digest_is_of_the_content_and_not_of_the_order():
    assert digest(OLD) == digest(list(reversed(OLD)))
    assert digest(OLD) != digest([*OLD[1:], rs(D, "TXT", "other")])
