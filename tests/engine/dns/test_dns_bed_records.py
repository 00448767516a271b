"""DKIM, DMARC, MX and platform records on a real name server, and the verdict of the whole check."""

import pytest

from engine.dns.checking import check_domains
from tests.engine.dns.bed import Bed, reports_of, said
from tests.engine.dns.keys import ED25519, KEY_512, KEY_1024, KEY_2048

OWN = {"{D}": {"TXT": ["v=spf1 -all"], "A": ["192.0.2.1"], "MX": ["10 h1.{D}."]}, "h1.{D}": {"A": ["192.0.2.2"]}}
S = "s1._domainkey.{D}"
M = "_dmarc.{D}"
GOOD = f"v=DKIM1; k=rsa; p={KEY_2048}"
LOOP = {S: {"CNAME": ["l.vendor.{D}."]}, "l.vendor.{D}": {"CNAME": ["s1._domainkey.{D}."]}}


def txt(*records):
    return {S: {"TXT": list(records)}}


def dmarc(*records, **more):
    return {M: {"TXT": list(records)}}


def mx(*records):
    return {"{D}": {"MX": list(records), "A": ["192.0.2.1"]}}


DKIM = [
    ("good", txt(GOOD), "ok"),
    ("in two strings", txt([GOOD[:200], GOOD[200:]]), "ok"),
    ("without v", txt(f"p={KEY_2048}"), "ok"),
    ("spaces in the value", txt(f"v=DKIM1; k=rsa; p={KEY_2048[:90]} {KEY_2048[90:]} ;"), "ok"),
    ("notes and flags", txt(f"v=DKIM1; n=hello; s=email; t=s; h=sha1:sha256; p={KEY_2048}"), "ok"),
    ("v behind", txt(f"k=rsa; v=DKIM1; p={KEY_2048}"), "invalid"),
    ("another version", txt(f"v=DKIM2; p={KEY_2048}"), "invalid"),
    ("small letters", txt(f"v=dkim1; p={KEY_2048}"), "invalid"),
    ("revoked", txt("v=DKIM1; p="), "revoked"),
    ("revoked in short", txt("p="), "revoked"),
    ("no p", txt("v=DKIM1; k=rsa"), "invalid"),
    ("a tag twice", txt(f"v=DKIM1; k=rsa; k=rsa; p={KEY_2048}"), "invalid"),
    ("damaged", txt(f"v=DKIM1; p={KEY_2048[:-9]}*!"), "invalid"),
    ("cut off", txt(f"v=DKIM1; p={KEY_2048[:200]}"), "invalid"),
    ("512 bits", txt(f"v=DKIM1; p={KEY_512}"), "weak"),
    ("1024 bits", txt(f"v=DKIM1; p={KEY_1024}"), "ok"),
    ("ed25519", txt(f"v=DKIM1; k=ed25519; p={ED25519}"), "ok"),
    ("ed25519 of another length", txt("v=DKIM1; k=ed25519; p=AAAA"), "invalid"),
    ("an unknown kind", txt(f"v=DKIM1; k=moo; p={KEY_2048}"), "invalid"),
    ("for another service", txt(f"v=DKIM1; s=other; p={KEY_2048}"), "invalid"),
    ("for SHA-1 alone", txt(f"v=DKIM1; h=sha1; p={KEY_2048}"), "invalid"),
    ("two keys", txt(GOOD, "v=DKIM1; p="), "invalid"),
    ("quotes pasted", txt(f'"{GOOD}"'), "invalid"),
    ("quotes between", txt(f'v=DKIM1; p={KEY_2048[:90]}" "{KEY_2048[90:]}'), "invalid"),
    ("backslashes pasted", txt(GOOD.replace(";", "\\;")), "invalid"),
    ("by CNAME", {S: {"CNAME": ["k.vendor.{D}."]}, "k.vendor.{D}": {"TXT": [GOOD]}}, "ok"),
    ("by two CNAMEs", {S: {"CNAME": ["k.v.{D}."]}, "k.v.{D}": {"CNAME": ["k.w.{D}."]}, "k.w.{D}": {"TXT": [GOOD]}}, "ok"),
    ("dangling", {S: {"CNAME": ["k.vendor.{D}."]}}, "dangling"),
    ("dangling on an empty name", {S: {"CNAME": ["h1.{D}."]}}, "dangling"),
    ("revoked at the vendor", {S: {"CNAME": ["k.vendor.{D}."]}, "k.vendor.{D}": {"TXT": ["v=DKIM1; p="]}}, "revoked"),
    ("a loop", LOOP, "dangling"),
    ("a vendor that fails", {S: {"CNAME": ["k.vendor.{D}."]}, "k.vendor.{D}": "SERVFAIL"}, "unknown"),
    ("host name as text", txt("k.vendor.example"), "invalid"),
    ("another text", txt("hello"), "invalid"),
    ("nothing", {}, "missing"),
    ("names below _domainkey", {"other._domainkey.{D}": {"TXT": [GOOD]}}, "missing"),
    ("_domainkey with a policy of old", {"_domainkey.{D}": {"TXT": ["o=~"]}}, "missing"),
    ("the domain twice", {f"{S}.{{D}}": {"TXT": [GOOD]}}, "missing"),
    ("wildcard text", {"*.{D}": {"TXT": ["v=spf1 -all"]}}, "missing"),
    ("wildcard policy", {"*.{D}": {"TXT": ["v=DMARC1; p=reject"]}}, "missing"),
    ("wildcard key-like text", {"*.{D}": {"TXT": ["hello; p=moo"]}}, "missing"),
    ("wildcard texts", {"*.{D}": {"TXT": ["v=spf1 -all", "google-site-verification=x"]}}, "missing"),
    ("wildcard CNAME", {"*.{D}": {"CNAME": ["host.platform.{D}."]}, "host.platform.{D}": {"A": ["192.0.2.9"]}}, "missing"),
    ("wildcard CNAME to nothing", {"*.{D}": {"CNAME": ["gone.platform.example."]}}, "missing"),
    ("wildcard CNAME to a text", {"*.{D}": {"CNAME": ["h.p.{D}."]}, "h.p.{D}": {"TXT": ["v=spf1 -all"]}}, "missing"),
    ("wildcard of withdrawn keys", {"*._domainkey.{D}": {"TXT": ["v=DKIM1; p="]}}, "revoked"),
    ("a real key beside a wildcard", {"*.{D}": {"TXT": ["x"]}} | txt(GOOD), "ok"),
    ("SERVFAIL", {S: "SERVFAIL"}, "unknown"),
    ("silent", {S: "SILENT"}, "unknown"),
    ("refused", {S: "REFUSED"}, "unknown"),
    ("cut", {S: "CUT"}, "unknown"),
    ("garbage", {S: "GARBAGE"}, "unknown"),
    ("wrong ids", {S: "WRONG_ID"}, "unknown"),
    ("another name", {S: "OTHER_NAME"}, "unknown"),
]  # fmt: skip

R = "rua=mailto:a@{D}"
DMARC = [
    ("plain", dmarc(f"v=DMARC1; p=reject; {R}"), ("valid", "reject")),
    ("capital words", dmarc(f"V=DMARC1; P=Reject; {R}"), ("valid", "reject")),
    ("spaces", dmarc(f"v = DMARC1 ; p = none ; {R} ;"), ("valid", "none")),
    ("no semicolon at the end", dmarc("v=DMARC1;p=none"), ("valid", "none")),
    ("two strings", dmarc(["v=DMARC1; p=quar", "antine"]), ("valid", "quarantine")),
    ("other texts beside", dmarc("hello", "v=spf1 -all", "v=DMARC1; p=none"), ("valid", "none")),
    ("two records", dmarc("v=DMARC1; p=reject", "v=DMARC1; p=none"), ("invalid", None)),
    ("the same twice", dmarc("v=DMARC1; p=reject; x=1", "v=DMARC1; p=reject"), ("invalid", None)),
    ("wrong word with reports", dmarc(f"v=DMARC1; p=rejct; {R}"), ("invalid", "none")),
    ("wrong word alone", dmarc("v=DMARC1; p=rejct"), ("invalid", None)),
    ("wrong sp with reports", dmarc(f"v=DMARC1; p=reject; sp=nothing; {R}"), ("invalid", "none")),
    ("wrong sp alone", dmarc("v=DMARC1; p=reject; sp=nothing"), ("invalid", None)),
    ("no p", dmarc(f"v=DMARC1; {R}"), ("valid", "none")),
    ("version alone", dmarc("v=DMARC1"), ("valid", "none")),
    ("small version", dmarc("v=dmarc1; p=reject"), ("invalid", None)),
    ("version behind", dmarc("p=reject; v=DMARC1"), ("none", None)),
    ("a space before", dmarc(" v=DMARC1; p=reject"), ("invalid", None)),
    ("no semicolon", dmarc("v=DMARC1 p=reject"), ("invalid", None)),
    ("another version", dmarc("v=DMARC10; p=reject"), ("invalid", None)),
    ("rubbish between", dmarc(f"v=DMARC1; p=reject; moo; {R}"), ("valid", "reject")),
    ("a tag twice", dmarc("v=DMARC1; p=none; p=reject"), ("invalid", "none")),
    ("rua without mailto", dmarc("v=DMARC1; p=reject; rua=a@{D}"), ("valid", "reject")),
    ("old tags", dmarc(f"v=DMARC1; p=reject; pct=20; rf=afrf; ri=86400; {R}"), ("valid", "reject")),
    ("unknown tag", dmarc(f"v=DMARC1; p=reject; moo=1; {R}"), ("valid", "reject")),
    ("size in rua", dmarc("v=DMARC1; p=reject; rua=mailto:a@{D}!10m"), ("valid", "reject")),
    ("by CNAME", {M: {"CNAME": ["d.v.{D}."]}, "d.v.{D}": {"TXT": ["v=DMARC1; p=reject"]}}, ("valid", "reject")),
    ("CNAME to nothing", {M: {"CNAME": ["d.v.{D}."]}}, ("none", None)),
    ("wildcard text", {"*.{D}": {"TXT": ["v=spf1 -all"]}}, ("none", None)),
    ("wildcard CNAME", {"*.{D}": {"CNAME": ["h1.{D}."]}}, ("none", None)),
    ("nothing", {}, ("none", None)),
    ("SERVFAIL", {M: "SERVFAIL"}, ("unknown", None)),
    ("silent", {M: "SILENT"}, ("unknown", None)),
    ("refused", {M: "REFUSED"}, ("unknown", None)),
    ("cut", {M: "CUT"}, ("unknown", None)),
    ("another name", {M: "OTHER_NAME"}, ("unknown", None)),
    ("CNAME that fails", {M: {"CNAME": ["d.v.{D}."]}, "d.v.{D}": "SERVFAIL"}, ("unknown", None)),
]  # fmt: skip
MX = [
    ("null", mx("0 ."), "null"),
    ("a dot with a preference", mx("10 ."), "wrong"),
    ("null beside others", mx("0 .", "10 h1.{D}."), "wrong"),
    ("missing host", mx("10 gone.{D}."), "wrong"),
    ("a host without addresses", mx("10 s1._domainkey.{D}.") | txt("x"), "wrong"),
    ("an address", mx("10 192.0.2.1."), "wrong"),
    ("a CNAME", mx("10 c.{D}.") | {"c.{D}": {"CNAME": ["h1.{D}."]}}, "ok"),
    ("a CNAME to nothing", mx("10 c.{D}.") | {"c.{D}": {"CNAME": ["gone.{D}."]}}, "wrong"),
    ("IPv6 alone", mx("10 six.{D}.") | {"six.{D}": {"AAAA": ["2001:db8::1"]}}, "ok"),
    ("good", mx("20 h1.{D}.", "10 {D}."), "ok"),
    ("none", {"{D}": {"TXT": ["x"]}}, "none"),
    ("failing", {"{D}": "SERVFAIL"}, "unknown"),
    ("host failing", mx("10 f.{D}.") | {"f.{D}": "SERVFAIL"}, "unknown"),
    ("host silent", mx("10 f.{D}.") | {"f.{D}": "SILENT"}, "unknown"),
]  # fmt: skip


@pytest.fixture(scope="module")
def reports():
    cases = [(f"{area}: {title}", OWN | zone) for area, rows in AREAS.items() for title, zone, _ in rows]
    return reports_of(cases, selectors={f"case{n}.example": ["s1"] for n in range(len(cases))})


AREAS = {"dkim": DKIM, "dmarc": DMARC, "mx": MX}


@pytest.mark.parametrize(("title", "result"), [(case[0], case[2]) for case in DKIM], ids=[case[0] for case in DKIM])
def test_dkim(reports, title, result):
    assert said(reports[f"dkim: {title}"])["s1"] == result


@pytest.mark.parametrize(("title", "result"), [(case[0], case[2]) for case in DMARC], ids=[case[0] for case in DMARC])
def test_dmarc(reports, title, result):
    found = said(reports[f"dmarc: {title}"])
    assert (found["dmarc"], found["policy"]) == result


@pytest.mark.parametrize(("title", "result"), [(case[0], case[2]) for case in MX], ids=[case[0] for case in MX])
def test_mx(reports, title, result):
    assert said(reports[f"mx: {title}"])["mx"] == result


SENTENCES = [
    ("dkim: quotes pasted", "quotation marks"),
    ("dkim: quotes between", "quotation marks"),
    ("dkim: backslashes pasted", "backslashes"),
    ("dkim: host name as text", "from TXT to CNAME"),
    ("dkim: the domain twice", "second time"),
    ("dkim: dangling", "nothing stands at k.vendor"),
    ("dkim: a loop", "in a circle"),
    ("dkim: wildcard CNAME", "only a wildcard answers"),
    ("dmarc: no semicolon", "with the semicolon"),
    ("dmarc: old tags", "pct="),
    ("dmarc: rubbish between", "“moo”"),
    ("mx: a dot with a preference", "preference 0"),
    ("mx: a CNAME", "only an alias"),
]


@pytest.mark.parametrize(("title", "words"), SENTENCES)
def test_the_mistake_is_named(reports, title, words):
    assert any(words in one["message"] for one in reports[title]["findings"])


def test_an_invalid_policy_is_shown_as_it_stands(reports):
    for title, _, (result, _) in DMARC:
        if result == "invalid":
            assert reports[f"dmarc: {title}"]["dmarc"]["record"]


CHAIN = {f"a.{'x.' * 6}{{D}}": {"TXT": ["v=spf1 -all"]}}
WALK = [
    ("from the parent", "mail.{D}", {"mail.{D}": {"A": ["192.0.2.1"]}, M: {"TXT": [f"v=DMARC1; p=reject; sp=quarantine; {R}"]}}, ("valid", "quarantine", "_dmarc.{D}")),
    ("p where no sp", "mail.{D}", {"mail.{D}": {"A": ["192.0.2.1"]}, M: {"TXT": ["v=DMARC1; p=reject"]}}, ("valid", "reject", "_dmarc.{D}")),
    ("np where nothing is", "mail.{D}", {M: {"TXT": ["v=DMARC1; p=none; sp=quarantine; np=reject"]}}, ("valid", "reject", "_dmarc.{D}")),
    ("np and an alias", "mail.{D}", {"mail.{D}": {"CNAME": ["gone.{D}."]}, M: {"TXT": ["v=DMARC1; p=none; sp=quarantine; np=reject"]}}, ("valid", "quarantine", "_dmarc.{D}")),
    ("np and a name that cannot be asked", "mail.{D}", {"mail.{D}": "SERVFAIL", M: {"TXT": ["v=DMARC1; p=none; np=reject"]}}, ("unknown", None, "_dmarc.{D}")),
    ("own sp is not for itself", "mail.{D}", {"mail.{D}": {"A": ["192.0.2.1"]}, "_dmarc.mail.{D}": {"TXT": ["v=DMARC1; p=none; sp=reject"]}, M: {"TXT": ["v=DMARC1; p=reject"]}}, ("valid", "none", "_dmarc.mail.{D}")),
    ("two of its own, one above", "mail.{D}", {"mail.{D}": {"A": ["192.0.2.1"]}, "_dmarc.mail.{D}": {"TXT": ["v=DMARC1; p=none", "v=DMARC1; p=none; x=1"]}, M: {"TXT": ["v=DMARC1; p=reject"]}}, ("valid", "reject", "_dmarc.{D}")),
    ("a failure on the way up", "a.b.{D}", {"a.b.{D}": {"A": ["192.0.2.1"]}, "_dmarc.b.{D}": "SERVFAIL", M: {"TXT": ["v=DMARC1; p=reject"]}}, ("unknown", None, None)),
    ("psd=n ends the walk", "a.b.{D}", {"a.b.{D}": {"A": ["192.0.2.1"]}, "_dmarc.b.{D}": {"TXT": ["v=DMARC1; p=quarantine; psd=n"]}, M: {"TXT": ["v=DMARC1; p=reject"]}}, ("valid", "quarantine", "_dmarc.b.{D}")),
    ("the highest without psd", "a.b.{D}", {"a.b.{D}": {"A": ["192.0.2.1"]}, "_dmarc.b.{D}": {"TXT": ["v=DMARC1; p=quarantine"]}, M: {"TXT": ["v=DMARC1; p=reject"]}}, ("valid", "reject", "_dmarc.{D}")),
    ("psd=y is the registry", "a.b.{D}", {"a.b.{D}": {"A": ["192.0.2.1"]}, "_dmarc.b.{D}": {"TXT": ["v=DMARC1; p=quarantine"]}, M: {"TXT": ["v=DMARC1; p=none; sp=reject; psd=y"]}}, ("valid", "quarantine", "_dmarc.b.{D}")),
    ("only the registry's", "a.b.{D}", {"a.b.{D}": {"A": ["192.0.2.1"]}, M: {"TXT": ["v=DMARC1; p=none; sp=reject; psd=y"]}}, ("valid", "reject", "_dmarc.{D}")),
    ("a registry that is silent above a record", "mail.{D}", {"mail.{D}": {"A": ["192.0.2.1"]}, M: {"TXT": ["v=DMARC1; p=reject"]}, "_dmarc.example": "SILENT"}, ("valid", "reject", "_dmarc.{D}")),
    ("a registry that refuses", "{D}", {"{D}": {"A": ["192.0.2.1"]}, "_dmarc.example": "REFUSED"}, ("none", None, None)),
    ("a registry that is silent above nothing", "{D}", {"{D}": {"A": ["192.0.2.1"]}, "_dmarc.example": "SILENT"}, ("unknown", None, None)),
    ("a name of nine labels", "1.2.3.4.5.6.7.{D}", {"1.2.3.4.5.6.7.{D}": {"A": ["192.0.2.1"]}, M: {"TXT": ["v=DMARC1; p=reject"]}}, ("valid", "reject", "_dmarc.{D}")),
    ("a record in the gap of a long name", "1.2.3.4.5.6.7.8.9.{D}", {"1.2.3.4.5.6.7.8.9.{D}": {"A": ["192.0.2.1"]}, "_dmarc.3.4.5.6.7.8.9.{D}": {"TXT": ["v=DMARC1; p=reject"]}}, ("none", None, None)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "zone", "expected"), [case[1:] for case in WALK], ids=[case[0] for case in WALK])
def test_the_tree_walk(name, zone, expected):
    domain = "walk.example"
    filled = {key.replace("{D}", domain): value for key, value in zone.items()}
    with Bed({k: _filled(v, domain) for k, v in filled.items()}) as server:
        (report,) = check_domains([name.replace("{D}", domain)], nameservers=[server.address])
    found = report.as_report()["dmarc"]
    result, policy, place = expected
    assert (found["result"], found["policy"], found["found_at"]) == (
        result,
        policy,
        place and place.replace("{D}", domain),
    )
    asked = [one for one, kind in dict.fromkeys(server.asked) if one.startswith("_dmarc.")]
    assert len(asked) <= 8


def _filled(value, domain):
    if isinstance(value, str):
        return value.replace("{D}", domain)
    return {key: [one.replace("{D}", domain) for one in rows] for key, rows in value.items()}
