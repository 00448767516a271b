"""SPF zones on a real name server, asked by UDP and TCP, and the verdict of the whole check."""

import pytest

from tests.engine.dns.bed import reports_of, said

NO_POLICY = {"_dmarc.{D}": {"TXT": ["v=DMARC1; p=none; rua=mailto:a@{D}"]}}
V4 = {"A": ["192.0.2.1"]}
HOSTS = {f"h{n}.{{D}}": V4 | {"AAAA": ["2001:db8::1"]} for n in range(1, 13)}


def own(*records, **more):
    return {"{D}": {"TXT": list(records)} | more}


def chain(count, last="v=spf1 ip4:192.0.2.1 -all"):
    """Includes one inside the other: `count` of them."""
    zone = {f"i{n}.{{D}}": {"TXT": [f"v=spf1 include:i{n + 1}.{{D}} -all"]} for n in range(1, count)}
    return zone | {f"i{count}.{{D}}": {"TXT": [last]}}


def hosts(count, kind="a"):
    return " ".join(f"{kind}:h{n}.{{D}}" for n in range(1, count + 1))


PERM, TEMP, VALID, NONE = ({"spf": word} for word in ("permerror", "temperror", "valid", "none"))
CASES = [
    ("two records", own("v=spf1 -all", "v=spf1 ~all"), PERM | {"lookups": 0}),
    ("spf10", own("v=spf10 -all"), NONE),
    ("leading space", own(" v=spf1 -all"), NONE),
    ("byte order mark", own("\ufeffv=spf1 -all".encode().decode("latin-1")), NONE),
    ("quote before it", own('"v=spf1 -all"'), NONE),
    ("spf10 beside the real one", own("v=spf10 -all", "v=spf1 -all"), VALID | {"record": "v=spf1 -all"}),
    ("nothing but the version", own("v=spf1"), VALID),
    ("spaces at the end", own("v=spf1 -all  "), VALID),
    ("other texts beside", own("google-site-verification=x", "v=spf1 -all"), VALID),
    ("case", own("V=SPF1 Include:I1.{D} -ALL") | chain(1), VALID | {"lookups": 1}),
    ("strings joined", own(["v=spf1 inclu", "de:i1.{D} -all"]) | chain(1), VALID | {"lookups": 1}),
    ("a space lost at the join", own(["v=spf1 include:i1.{D}", "include:i1.{D} -all"]) | chain(1), PERM),
    ("mistake behind all", own("v=spf1 -all foo:bar"), PERM | {"lookups": 0}),
    ("mistake before a silent include", own("v=spf1 include:s.{D} ip4:1.2.3 -all") | {"s.{D}": "SILENT"}, PERM),
    ("tab after the version", own("v=spf1\t-all"), NONE),
    ("tab inside", own("v=spf1 a\t-all"), PERM),
    ("line break inside", own("v=spf1 mx\n-all"), PERM),
    ("umlaut", own("v=spf1 a:bücher.{D} -all".encode().decode("latin-1")), PERM),
    ("CIDR only at the end", own("v=spf1 a:foo:bar/baz.{D} -all"), VALID | {"lookups": 1}),
    ("no top label", own("v=spf1 a:localhost -all"), PERM),
    ("address as name", own("v=spf1 a:1.2.3.4 -all"), PERM),
    ("digits as top label", own("v=spf1 mx:abc.123 -all"), PERM),
    ("exists with range", own("v=spf1 exists:d/24 -all"), PERM),
    ("exists with range and name", own("v=spf1 exists:d.{D}/24 -all"), PERM),
    ("ip4 short", own("v=spf1 ip4:192.0.2 -all"), PERM),
    ("ip4 too wide", own("v=spf1 ip4:192.0.2.0/33 -all"), PERM),
    ("ip6 in ip4", own("v=spf1 ip4:2001:db8::1 -all"), PERM),
    ("ip6", own("v=spf1 ip6:2001:db8::/32 -all"), VALID),
    ("all with a value", own("v=spf1 all:x -all"), PERM),
    ("include without a name", own("v=spf1 include: -all"), PERM),
    ("ten in a chain", own("v=spf1 include:i1.{D} -all") | chain(10), VALID | {"lookups": 10}),
    ("eleven in a chain", own("v=spf1 include:i1.{D} -all") | chain(11), PERM | {"lookups": 11}),
    ("ten side by side", own(f"v=spf1 {hosts(10)} -all") | HOSTS, VALID | {"lookups": 10}),
    ("eleven side by side", own(f"v=spf1 {hosts(11)} -all") | HOSTS, PERM | {"lookups": 11}),
    ("one include six times", own("v=spf1 " + "include:i1.{D} " * 6 + "-all") | chain(2), PERM | {"lookups": 12}),
    ("one include five times", own("v=spf1 " + "include:i1.{D} " * 5 + "-all") | chain(2), VALID | {"lookups": 10}),
    ("what is free", own(f"v=spf1 {hosts(10)} ip4:192.0.2.0/24 ip6:2001:db8::/32 exp=e.{{D}} moo=x -all") | HOSTS, VALID | {"lookups": 10}),
    ("redirect counts", own(f"v=spf1 {hosts(9)} redirect=i1.{{D}}") | HOSTS | chain(1), VALID | {"lookups": 10}),
    ("redirect as the eleventh", own(f"v=spf1 {hosts(10)} redirect=i1.{{D}}") | HOSTS | chain(1), PERM | {"lookups": 11}),
    ("mx hosts are free", own("v=spf1 mx -all", MX=[f"10 h{n}.{{D}}." for n in range(1, 11)]) | HOSTS, VALID | {"lookups": 1}),
    ("eleven mx hosts", own("v=spf1 mx -all", MX=[f"10 h{n}.{{D}}." for n in range(1, 12)]) | HOSTS, PERM),
    ("eleven mx hosts by name", own("v=spf1 mx:m.{D} -all") | HOSTS | {"m.{D}": {"MX": [f"10 h{n}.{{D}}." for n in range(1, 12)]}}, PERM),
    ("mx host without address", own("v=spf1 mx -all", MX=["10 gone.{D}."]), VALID | {"voids": 0}),
    ("null mx", own("v=spf1 mx -all", MX=["0 ."]), VALID | {"voids": 0, "mx": "null"}),
    ("two voids", own("v=spf1 a:v1.{D} exists:v2.{D} -all"), VALID | {"voids": 2}),
    ("three voids", own("v=spf1 a:v1.{D} exists:v2.{D} mx:v3.{D} -all"), PERM | {"voids": 3}),
    ("empty answers are void too", own("v=spf1 mx:h1.{D} mx:h2.{D} mx:h3.{D} -all") | HOSTS, PERM),
    ("voids in includes", own("v=spf1 include:i1.{D} a:v3.{D} -all") | chain(1, "v=spf1 a:v1.{D} a:v2.{D} -all"), PERM),
    ("hosts without IPv6", own("v=spf1 a:b1.{D} a:b2.{D} a:b3.{D} -all") | {f"b{n}.{{D}}": V4 for n in (1, 2, 3)}, VALID | {"ipv6": "permerror", "voids": 0}),
    ("include without SPF", own("v=spf1 include:h1.{D} -all") | HOSTS, PERM),
    ("include of nothing", own("v=spf1 include:gone.{D} -all"), PERM),
    ("include of two", own("v=spf1 include:t.{D} -all") | {"t.{D}": {"TXT": ["v=spf1 -all", "v=spf1 +all"]}}, PERM),
    ("include with a mistake", own("v=spf1 include:i1.{D} -all") | chain(1, "v=spf1 moo:x -all"), PERM),
    ("redirect to nothing", own("v=spf1 redirect=gone.{D}"), PERM),
    ("include SERVFAIL", own("v=spf1 include:f.{D} -all") | {"f.{D}": "SERVFAIL"}, TEMP),
    ("include silent", own("v=spf1 include:f.{D} -all") | {"f.{D}": "SILENT"}, TEMP),
    ("include refused", own("v=spf1 include:f.{D} -all") | {"f.{D}": "REFUSED"}, TEMP),
    ("include cut", own("v=spf1 include:f.{D} -all") | {"f.{D}": "CUT"}, TEMP),
    ("include garbage", own("v=spf1 include:f.{D} -all") | {"f.{D}": "GARBAGE"}, TEMP),
    ("include with wrong ids", own("v=spf1 include:f.{D} -all") | {"f.{D}": "WRONG_ID"}, TEMP),
    ("include answered for another name", own("v=spf1 include:f.{D} -all") | {"f.{D}": "OTHER_NAME"}, TEMP),
    ("a host that fails", own("v=spf1 a:f.{D} -all") | {"f.{D}": "SERVFAIL"}, TEMP),
    ("an mx host that fails", own("v=spf1 mx:m.{D} -all") | {"m.{D}": {"MX": ["10 f.{D}."]}, "f.{D}": "SERVFAIL"}, TEMP),
    ("void before a failure", own("v=spf1 include:gone.{D} include:f.{D} -all") | {"f.{D}": "SERVFAIL"}, PERM),
    ("failure before a void", own("v=spf1 include:f.{D} include:gone.{D} -all") | {"f.{D}": "SERVFAIL"}, TEMP),
    ("no TXT", {"{D}": V4}, NONE | {"failed": False}),
    ("no domain", {}, NONE | {"codes": {"dns.name.missing"}}),
    ("include loop", own("v=spf1 include:l.{D} -all") | {"l.{D}": {"TXT": ["v=spf1 include:{D} -all"]}}, PERM),
    ("itself", own("v=spf1 include:{D} -all"), PERM),
    ("redirect loop", own("v=spf1 redirect=l.{D}") | {"l.{D}": {"TXT": ["v=spf1 redirect={D}"]}}, PERM),
    ("redirect", own("v=spf1 redirect=i1.{D}") | chain(1), VALID | {"lookups": 1}),
    ("redirect beside all", own("v=spf1 redirect=gone.{D} ~all"), VALID | {"lookups": 0}),
    ("redirect twice", own("v=spf1 redirect=i1.{D} redirect=i1.{D}") | chain(1), PERM),
    ("exp twice", own("v=spf1 exp=i1.{D} exp=i1.{D} -all"), PERM),
    ("exp that leads nowhere", own("v=spf1 exp=gone.{D} -all"), VALID | {"lookups": 0, "voids": 0}),
    ("unknown modifier", own("v=spf1 moo=x -all"), VALID),
    ("unknown mechanism", own("v=spf1 moo -all"), PERM),
    ("macros", own("v=spf1 exists:%{ir}._x.{D} include:%{d}.spf.{D} -all"), VALID | {"lookups": 2, "voids": 0}),
    ("macro of exp", own("v=spf1 exists:%{c}.{D} -all"), PERM),
    ("half a macro", own("v=spf1 exists:%{i.{D} -all"), PERM),
    ("no such macro", own("v=spf1 exists:%x.{D} -all"), PERM),
    ("ptr", own("v=spf1 ptr -all"), VALID | {"lookups": 1}),
    ("open to all", own("v=spf1 +all"), VALID),
    ("open by all", own("v=spf1 all"), VALID),
    ("SPF behind a CNAME", {"{D}": {"CNAME": ["c.{D}."]}, "c.{D}": {"TXT": ["v=spf1 -all"]}}, VALID),
    ("include behind a CNAME", own("v=spf1 include:c.{D} -all") | {"c.{D}": {"CNAME": ["i1.{D}."]}} | chain(1), VALID | {"lookups": 1}),
    ("a wildcard include", own("v=spf1 include:any.w.{D} -all") | {"*.w.{D}": {"TXT": ["v=spf1 -all"]}}, VALID),
    ("own TXT fails", {"{D}": "SERVFAIL"}, TEMP),
    ("own TXT silent", {"{D}": "SILENT"}, TEMP),
    ("own TXT with wrong ids", {"{D}": "WRONG_ID"}, TEMP),
    ("own TXT for another name", {"{D}": "OTHER_NAME"}, TEMP),
    ("64 kB of TXT", own("v=spf1 -all", *["x" * 250 + str(n) for n in range(240)]), VALID | {"record": "v=spf1 -all"}),
    ("64 kB of SPF", own("v=spf1 " + "ip4:192.0.2.1 " * 4500 + "-all"), VALID),
    ("a thousand includes", own("v=spf1 " + "include:i1.{D} " * 1000 + "-all") | chain(1), PERM),
    ("script", own("v=spf1 <script>alert(1)</script> -all"), PERM),
]  # fmt: skip


@pytest.fixture(scope="module")
def reports():
    return reports_of(
        [(title, NO_POLICY | zone) for title, zone, _ in CASES if title != "no domain"] + [("no domain", {})]
    )


@pytest.mark.parametrize(("title", "expected"), [(case[0], case[2]) for case in CASES], ids=[case[0] for case in CASES])
def test_the_zone_gets_its_verdict(reports, title, expected):
    found = said(reports[title])
    assert {key: found[key] for key in expected} == expected


HINTS = [
    ("ptr", "dns.spf.ptr"),
    ("open to all", "dns.spf.lets_everyone_in"),
    ("open by all", "dns.spf.lets_everyone_in"),
    ("64 kB of SPF", "dns.spf.long"),
    ("hosts without IPv6", "dns.spf.ipv6"),
    ("two records", "dns.spf.multiple"),
    ("nothing but the version", "dns.spf.neutral"),
]


@pytest.mark.parametrize(("title", "code"), HINTS)
def test_what_is_valid_and_harmful_is_told(reports, title, code):
    assert code in said(reports[title])["codes"]


def test_what_cannot_be_told_is_never_called_missing(reports):
    for title, _, expected in CASES:
        if expected["spf"] == "temperror":
            assert not {code for code in said(reports[title])["codes"] if code.endswith(".missing") and "spf" in code}
