"""The cases that checkers in the field get wrong: zone content and the verdict it must get. No network."""

import pytest

from engine.dns.answers import Answer, Status, lookup_in
from engine.dns.dkim import check_dkim
from engine.dns.dmarc import check_dmarc
from engine.dns.mx import check_mx
from engine.dns.spf import check_spf
from tests.engine.dns.keys import KEY_512, KEY_1024, KEY_2048

D = "example.org"


def failing(status):
    return Answer(Status(status))


def spf(records, **more):
    zone = {(D, "TXT"): records if isinstance(records, list) else [records]}
    zone |= {tuple(key.split(" ")): value for key, value in more.pop("zone", {}).items()}
    return check_spf(D, lookup_in(zone))


def chain(count, ending="-all"):
    """`count` includes, one inside the other."""
    zone = {f"i{n}.example.net TXT": [f"v=spf1 include:i{n + 1}.example.net -all"] for n in range(1, count)}
    return zone | {f"i{count}.example.net TXT": [f"v=spf1 {ending}"]}


A = {f"h{n}.example.net A": ["192.0.2.1"] for n in range(1, 15)}
SPF = [
    ("two records are an error", ["v=spf1 -all", "v=spf1 ~all"], {}, "permerror"),
    ("spf10 is not SPF", "v=spf10 -all", {}, "none"),
    ("a leading space hides it", " v=spf1 -all", {}, "none"),
    ("case does not matter", "V=SPF1 Include:I1.example.NET -ALL", chain(1), "valid"),
    ("a mistake behind all counts", "v=spf1 -all foo:bar", {}, "permerror"),
    ("a tab between terms", "v=spf1\tinclude:x.example -all", {}, "none"),
    ("a tab inside", "v=spf1 a\t-all", {}, "permerror"),
    ("the CIDR is only the end", "v=spf1 a:foo:bar/baz.example -all", {}, "valid"),
    ("no dot", "v=spf1 a:localhost -all", {}, "permerror"),
    ("an address is no name", "v=spf1 a:1.2.3.4 -all", {}, "permerror"),
    ("digits alone end no name", "v=spf1 mx:abc.123 -all", {}, "permerror"),
    ("exists takes no range", "v=spf1 exists:d/24 -all", {}, "permerror"),
    ("ten look-ups", "v=spf1 include:i1.example.net -all", chain(10), "valid"),
    ("eleven look-ups", "v=spf1 include:i1.example.net -all", chain(11), "permerror"),
    ("ip4 and exp are free", "v=spf1 " + " ".join(f"a:h{n}.example.net" for n in range(1, 11)) + " ip4:192.0.2.0/24 exp=e.example.net -all", A, "valid"),
    ("redirect counts", "v=spf1 " + " ".join(f"a:h{n}.example.net" for n in range(1, 11)) + " redirect=i1.example.net", A | chain(1), "permerror"),
    ("two voids", "v=spf1 a:v1.example.net exists:v2.example.net -all", {}, "valid"),
    ("three voids", "v=spf1 a:v1.example.net exists:v2.example.net mx:v3.example.net -all", {}, "permerror"),
    ("include without a record", "v=spf1 include:nothing.example.net -all", {}, "permerror"),
    ("redirect to nothing", "v=spf1 redirect=nothing.example.net", {}, "permerror"),
    ("include that fails", "v=spf1 include:b.example.net -all", {"b.example.net TXT": failing("servfail")}, "temperror"),
    ("include in silence", "v=spf1 include:b.example.net -all", {"b.example.net TXT": failing("timeout")}, "temperror"),
    ("include refused", "v=spf1 include:b.example.net -all", {"b.example.net TXT": failing("refused")}, "temperror"),
    ("include cut short", "v=spf1 include:b.example.net -all", {"b.example.net TXT": failing("error")}, "temperror"),
    ("own record fails", failing("servfail"), {}, "temperror"),
    ("no TXT", failing("nodata"), {}, "none"),
    ("include loop", "v=spf1 include:l.example.net -all", {"l.example.net TXT": ["v=spf1 include:l.example.net"]}, "permerror"),
    ("redirect loop", "v=spf1 redirect=example.org", {}, "permerror"),
    ("redirect beside all is ignored", "v=spf1 ~all redirect=nothing.example.net", {}, "valid"),
    ("redirect twice", "v=spf1 redirect=a.example redirect=b.example", {}, "permerror"),
    ("exp twice", "v=spf1 exp=a.example exp=b.example -all", {}, "permerror"),
    ("unknown modifier", "v=spf1 moo=x -all", {}, "valid"),
    ("unknown mechanism", "v=spf1 moo:x -all", {}, "permerror"),
    ("macros are not expanded", "v=spf1 exists:%{ir}._x.example.net include:%{d}.x.example.net -all", {}, "valid"),
    ("c outside exp", "v=spf1 exists:%{c}.example.net -all", {}, "permerror"),
    ("no such macro", "v=spf1 exists:%x.example.net -all", {}, "permerror"),
    ("eleven mail servers", "v=spf1 mx:m.example.net -all", {"m.example.net MX": [f"10 h{n}.example.net" for n in range(1, 12)]} | A, "permerror"),
    ("ten mail servers", "v=spf1 mx:m.example.net -all", {"m.example.net MX": [f"10 h{n}.example.net" for n in range(1, 11)]} | A, "valid"),
    ("no space between strings", "v=spf1 include:i1.example.netinclude:b.example -all", {}, "permerror"),
]  # fmt: skip


@pytest.mark.parametrize(("record", "zone", "result"), [case[1:] for case in SPF], ids=[case[0] for case in SPF])
def test_spf(record, zone, result):
    if isinstance(record, Answer):
        assert check_spf(D, lookup_in({(D, "TXT"): record})).result == result
    else:
        assert spf(record, zone=zone).result == result


def test_hosts_without_ipv6_are_void_for_ipv6_senders_alone():
    found = spf("v=spf1 a:h1.example.net a:h2.example.net a:h3.example.net -all", zone=A)
    assert (found.result, found.result_ipv6) == ("valid", "permerror")


def test_the_count_goes_on_past_the_limit_so_that_people_see_how_far_it_is():
    found = spf("v=spf1 include:i1.example.net -all", zone=chain(14))
    assert (found.result, found.lookups) == ("permerror", 14)


def test_an_include_that_lets_everybody_in_ends_the_walk():
    found = spf("v=spf1 include:i1.example.net include:nothing.example.net -all", zone=chain(1, "+all"))
    assert found.result == "valid"


S = f"s1._domainkey.{D}"
DKIM = [
    ("no v", {f"{S} TXT": [f"p={KEY_2048}"]}, "ok"),
    ("v first", {f"{S} TXT": [f"v=DKIM1; k=rsa; p={KEY_2048}"]}, "ok"),
    ("v not first", {f"{S} TXT": [f"k=rsa; v=DKIM1; p={KEY_2048}"]}, "invalid"),
    ("another version", {f"{S} TXT": [f"v=DKIM2; p={KEY_2048}"]}, "invalid"),
    ("p empty", {f"{S} TXT": ["v=DKIM1; p="]}, "revoked"),
    ("p missing", {f"{S} TXT": ["v=DKIM1; k=rsa"]}, "invalid"),
    ("a tag twice", {f"{S} TXT": [f"v=DKIM1; p={KEY_2048}; p={KEY_2048}"]}, "invalid"),
    ("damaged", {f"{S} TXT": ["v=DKIM1; p=MIIB*"]}, "invalid"),
    ("512 bits", {f"{S} TXT": [f"v=DKIM1; p={KEY_512}"]}, "weak"),
    ("1024 bits", {f"{S} TXT": [f"v=DKIM1; p={KEY_1024}"]}, "ok"),
    ("ed25519", {f"{S} TXT": ["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]}, "ok"),
    ("two keys", {f"{S} TXT": [f"v=DKIM1; p={KEY_2048}", "v=DKIM1; p="]}, "invalid"),
    ("by CNAME", {f"{S} CNAME": ["k.vendor.example"], "k.vendor.example TXT": [f"p={KEY_2048}"]}, "ok"),
    ("dangling", {f"{S} CNAME": ["k.vendor.example"]}, "dangling"),
    ("a loop", {f"{S} CNAME": ["l.vendor.example"], "l.vendor.example CNAME": [S]}, "dangling"),
    ("a loop that the resolver refuses", {f"{S} TXT": failing("servfail"), f"{S} CNAME": ["l.vendor.example"], "l.vendor.example CNAME": [S]}, "dangling"),
    ("host name as text", {f"{S} TXT": ["k.vendor.example"]}, "invalid"),
    ("nothing", {}, "missing"),
    ("nothing, but names below", {f"other._domainkey.{D} TXT": ["p="]}, "missing"),
    ("failing", {f"{S} TXT": failing("servfail")}, "unknown"),
    ("silent", {f"{S} TXT": failing("timeout")}, "unknown"),
    ("wildcard", {f"{S} TXT": ["v=spf1 -all"], f"migrator-asks-for-nothing._domainkey.{D} TXT": ["v=spf1 -all"]}, "missing"),
]  # fmt: skip


def zone_of(rows):
    return lookup_in({tuple(key.split(" ")): value for key, value in rows.items()})


@pytest.mark.parametrize(("zone", "result"), [case[1:] for case in DKIM], ids=[case[0] for case in DKIM])
def test_dkim(zone, result):
    assert check_dkim(D, "s1", zone_of(zone)).result == result


def test_a_cname_to_another_vendor_is_the_wrong_target():
    zone = {f"{S} CNAME": ["k.other.example"], "k.other.example TXT": [f"p={KEY_2048}"]}
    found = check_dkim(D, "s1", zone_of(zone), ("vendor.example",))
    assert (found.result, found.target) == ("wrong_target", "k.other.example")


def test_the_domain_typed_twice_is_told():
    found = check_dkim(D, "s1", zone_of({f"{S}.{D} TXT": [f"p={KEY_2048}"]}))
    assert found.result == "missing"
    assert "second time" in found.problem


M = f"_dmarc.{D}"
DMARC = [
    ("plain", {f"{M} TXT": ["v=DMARC1; p=reject; rua=mailto:a@example.org"]}, D, ("valid", "reject")),
    ("two records", {f"{M} TXT": ["v=DMARC1; p=reject", "v=DMARC1; p=none"]}, D, ("invalid", None)),
    ("wrong word with reports", {f"{M} TXT": ["v=DMARC1; p=rejct; rua=mailto:a@example.org"]}, D, ("invalid", "none")),
    ("wrong word without", {f"{M} TXT": ["v=DMARC1; p=rejct"]}, D, ("invalid", None)),
    ("small letters", {f"{M} TXT": ["v=dmarc1; p=reject"]}, D, ("invalid", None)),
    ("other texts beside", {f"{M} TXT": ["hello", "v=DMARC1; p=none"]}, D, ("valid", "none")),
    ("none", {}, D, ("none", None)),
    ("from the parent", {f"{M} TXT": ["v=DMARC1; p=reject; sp=quarantine"], f"mail.{D} TXT": ["x"]}, f"mail.{D}", ("valid", "quarantine")),
    ("np for what does not exist", {f"{M} TXT": ["v=DMARC1; p=none; np=reject"]}, f"mail.{D}", ("valid", "reject")),
    ("psd=n ends the walk", {"_dmarc.b.example.org TXT": ["v=DMARC1; p=reject; psd=n"], f"{M} TXT": ["v=DMARC1; p=none"], "a.b.example.org TXT": ["x"]}, "a.b.example.org", ("valid", "reject")),
    ("psd=y is the registry", {"_dmarc.org TXT": ["v=DMARC1; p=none; psd=y"], f"{M} TXT": ["v=DMARC1; p=reject"], "a.example.org TXT": ["x"]}, "a.example.org", ("valid", "reject")),
    ("by CNAME", {f"{M} CNAME": ["d.vendor.example"], "d.vendor.example TXT": ["v=DMARC1; p=none"]}, D, ("valid", "none")),
    ("failing", {f"{M} TXT": failing("servfail")}, D, ("unknown", None)),
    ("failing below a good parent", {f"_dmarc.mail.{D} TXT": failing("servfail"), f"{M} TXT": ["v=DMARC1; p=reject"]}, f"mail.{D}", ("unknown", None)),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "name", "expected"), [case[1:] for case in DMARC], ids=[case[0] for case in DMARC])
def test_dmarc(zone, name, expected):
    found = check_dmarc(name, zone_of(zone))
    assert (found.result, found.policy) == expected


def test_the_walk_asks_at_most_eight_names_and_jumps_in_long_ones():
    asked = zone_of({})
    names = []

    def lookup(name, kind):
        names.append(name)
        return asked(name, kind)

    check_dmarc("a.b.c.d.e.f.g.h.i.example.org", lookup)
    names = list(dict.fromkeys(names))
    assert len([name for name in names if name.startswith("_dmarc.")]) == 8
    assert names[1] == "_dmarc.e.f.g.h.i.example.org"


def test_old_and_unknown_tags_are_warned_of_and_ignored():
    found = check_dmarc(D, zone_of({f"{M} TXT": ["v=DMARC1; p=none; pct=50; moo=1; rua=mailto:a@example.org"]}))
    assert found.result == "valid"
    assert [code for code, _ in found.warnings] == ["removed_tag", "unknown_tag"]


def test_reports_to_another_organization_need_its_permission():
    rows = {f"{M} TXT": ["v=DMARC1; p=none; rua=mailto:a@reports.example"]}
    refused = check_dmarc(D, zone_of(rows))
    allowed = check_dmarc(D, zone_of(rows | {f"{D}._report._dmarc.reports.example TXT": ["v=DMARC1;"]}))
    unclear = check_dmarc(D, zone_of(rows | {f"{D}._report._dmarc.reports.example TXT": failing("timeout")}))
    codes = [[code for code, _ in found.warnings] for found in (refused, allowed, unclear)]
    assert codes == [["reports_refused"], [], ["reports_unknown"]]


MX = [
    ("null", {f"{D} MX": ["0 ."]}, "null", []),
    ("null beside others", {f"{D} MX": ["0 .", "10 h1.example.net"]} | A, "wrong", []),
    ("missing host", {f"{D} MX": ["10 gone.example.net"]}, "wrong", []),
    ("a CNAME", {f"{D} MX": ["10 c.example.net"], "c.example.net CNAME": ["h1.example.net"]} | A, "ok", ["cname"]),
    ("an address", {f"{D} MX": ["10 192.0.2.1"]}, "wrong", []),
    ("good", {f"{D} MX": ["20 h1.example.net", "10 h2.example.net"]} | A, "ok", []),
    ("none", {f"{D} TXT": ["x"]}, "none", []),
    ("failing", {f"{D} MX": failing("servfail")}, "unknown", []),
    ("host failing", {f"{D} MX": ["10 f.example.net"], "f.example.net A": failing("timeout"), "f.example.net AAAA": failing("timeout")}, "unknown", []),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "result", "warnings"), [case[1:] for case in MX], ids=[case[0] for case in MX])
def test_mx(zone, result, warnings):
    found = check_mx(D, zone_of(zone))
    assert (found.result, [code for code, _ in found.warnings]) == (result, warnings)
