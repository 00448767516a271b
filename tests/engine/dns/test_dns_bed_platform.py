"""Platform records, pasted values, aliases, proxies and what stands around the mail, on a real name server."""

import pytest

from engine.dns.checking import check_domains
from engine.dns.pasted import clean_value
from tests.engine.dns.bed import Bed, named
from tests.engine.dns.keys import KEY_1024, KEY_2048

D = "move.example"
OWN = {
    D: {"TXT": ["v=spf1 include:i.{D} -all"], "A": ["192.0.2.1"], "MX": ["10 h.{D}."]},
    "h.{D}": {"A": ["192.0.2.2"]},
}
OWN |= {
    "i.{D}": {"TXT": ["v=spf1 ip4:192.0.2.9 -all"]},
    "_dmarc.{D}": {"TXT": ["v=DMARC1; p=reject; rua=mailto:a@{D}"]},
}


def report(zone, *pasted, **wanted):
    values = [dict(zip(("host", "type", "value"), row.split(" ", 2), strict=True)) for row in pasted]
    merged = named({"{D}": OWN[D]} | {key: value for key, value in OWN.items() if key != D} | zone, D)
    with Bed(merged) as server:
        (found,) = check_domains([D], nameservers=[server.address], own_values={D: values}, **wanted)
    return found.as_report()


def verdict(zone, pasted):
    row = report(zone, pasted)["expected"][0]
    return row["verdict"]


def codes(found):
    return {one["code"] for one in found["findings"]}


KEY = "s1._domainkey.{D}"
LEFT = {"{D}": OWN[D] | {"TXT": ["v=spf1 include:servers.mcsv.net ~all"]}, "servers.mcsv.net": {"TXT": ["v=spf1 -all"]}}
PASTED = [
    ("SPF that is there", {}, "@ TXT v=spf1 include:i.move.example ~all", "ok"),
    ("SPF that is not", {}, "@ TXT v=spf1 include:other.example ~all", "missing"),
    ("SPF in a part", {"i.{D}": {"TXT": ["v=spf1 include:other.example -all"]}, "other.example": {"TXT": ["v=spf1 -all"]}}, "@ TXT v=spf1 include:other.example ~all", "ok"),
    ("a policy", {}, "_dmarc TXT v=DMARC1; p=none;", "ok"),
    ("a policy where none is", {"_dmarc.{D}": {"TXT": ["x"]}}, "_dmarc TXT v=DMARC1; p=none;", "missing"),
    ("a key spaced otherwise", {KEY: {"TXT": [f"v=DKIM1;k=rsa;p={KEY_2048}"]}}, f"s1._domainkey TXT v=DKIM1; p={KEY_2048}; k=rsa", "ok"),
    ("a key in strings", {KEY: {"TXT": [f"v=DKIM1; p={KEY_2048}"]}}, f's1._domainkey TXT "v=DKIM1; p={KEY_2048[:200]}" "{KEY_2048[200:]}"', "ok"),
    ("another key", {KEY: {"TXT": [f"v=DKIM1; p={KEY_1024}"]}}, f"s1._domainkey TXT v=DKIM1; p={KEY_2048}", "wrong"),
    ("MX with its preference", {"send.{D}": {"MX": ["10 feedback.vendor.example."]}}, "send MX 10 feedback.vendor.example.", "ok"),
    ("a CNAME by way of another", {"www.{D}": {"CNAME": ["w.{D}."]}, "w.{D}": {"CNAME": ["p.vendor.example."]}, "p.vendor.example": {"A": ["192.0.2.7"]}}, "www CNAME p.vendor.example", "ok"),
    ("an old address beside the new", {"www.{D}": {"A": ["192.0.2.7", "192.0.2.8"]}}, "www A 192.0.2.7", "wrong"),
    ("an address behind a proxy", {"www.{D}": {"A": ["104.16.0.1", "172.64.0.1"]}}, "www A 192.0.2.7", "unknown"),
    ("a name typed twice", {"k.{D}.{D}": {"CNAME": ["k.vendor.example."]}}, "k CNAME k.vendor.example", "wrong"),
    ("a name that fails", {"k.{D}": "SERVFAIL"}, "k CNAME k.vendor.example", "unknown"),
    ("a name answered for another", {"k.{D}": "OTHER_NAME"}, "k CNAME k.vendor.example", "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "pasted", "expected"), [one[1:] for one in PASTED], ids=[one[0] for one in PASTED])
def test_a_pasted_value_is_compared_by_what_it_says(zone, pasted, expected):
    assert verdict(zone, pasted) == expected


def test_a_second_spf_record_is_never_advised():
    (row,) = report({}, "@ TXT v=spf1 include:other.example ~all")["expected"]
    assert "never publish a second" in row["sentence"]


def test_quotes_and_preferences_are_no_part_of_a_value():
    assert clean_value("TXT", '"a b" "c"') == "a bc"
    assert clean_value("TXT", "v=DMARC1; p=none") == "v=DMARC1; p=none"
    assert clean_value("MX", "10 mx.example.") == "mx.example"
    assert clean_value("CNAME", '"x.example."') == "x.example"


@pytest.mark.parametrize(
    ("txt", "left"),
    [
        (["v=spf1 include:servers.mcsv.net ~all"], ["wrong"]),
        (["v=spf1 mx -all", "v=spf1 include:servers.mcsv.net ~all"], ["wrong"]),
        (["v=spf1 include:servers.mcsv.net moo ~all"], ["wrong"]),
        (["v=spf1 redirect=i.{D}"], ["wrong"]),
        (["v=spf1 -all"], []),
    ],
)
def test_the_old_senders_include_is_seen_wherever_it_stands(txt, left):
    zone = LEFT | {"{D}": OWN[D] | {"TXT": txt}, "i.{D}": {"TXT": ["v=spf1 include:servers.mcsv.net -all"]}}
    found = report(zone, target="kartra", sources=["mailchimp"])
    assert [row["verdict"] for row in found["expected"] if row["need"] == "remove"] == left
    assert ("mailchimp" in found["senders"]) == bool(left)


def test_an_old_include_that_cannot_be_read_is_not_called_gone():
    found = report({"{D}": "SERVFAIL"}, target="kartra", sources=["mailchimp"])
    assert {row["verdict"] for row in found["expected"] if row["need"] == "remove"} == {"unknown"}


AROUND = [
    ("the root as an alias", {"{D}": {"CNAME": ["p.{D}."]}, "p.{D}": OWN[D]}, "dns.host.apex_cname"),
    ("an alias to nothing", {"www.{D}": {"CNAME": ["gone.mykajabi.com."]}}, "dns.host.dangling"),
    ("TLS reports", {"_smtp._tls.{D}": {"TXT": ["v=TLSRPTv1; rua=mailto:a@{D}"]}}, "dns.mx.tls_rpt"),
    ("MTA-STS", {"_mta-sts.{D}": {"TXT": ["v=STSv1; id=1"]}}, "dns.mx.mta_sts"),
    ("CAA", {"{D}": OWN[D] | {"CAA": ['0 issue "letsencrypt.org"']}}, "dns.caa.unknown"),
    ("CAA that forbids all", {"{D}": OWN[D] | {"CAA": ['0 issue ";"']}}, "dns.caa.forbids_all"),
    ("a policy in force", {}, "dns.dmarc.not_ready"),
    ("strict SPF", {"_dmarc.{D}": {"TXT": ["v=DMARC1; p=none; aspf=s"]}}, "dns.dmarc.strict_spf"),
    ("strict DKIM", {"_dmarc.{D}": {"TXT": ["v=DMARC1; p=none; adkim=s"]}}, "dns.dmarc.strict_dkim"),
]
BELOW = ["s1._domainkey.send CNAME k.vendor.example", "bounce CNAME b.vendor.example"]


@pytest.mark.parametrize(("zone", "code"), [one[1:] for one in AROUND], ids=[one[0] for one in AROUND])
def test_what_stands_around_is_told(zone, code):
    assert code in codes(report(zone, *BELOW, target="kajabi"))


def test_a_domain_in_order_hears_nothing_of_it():
    zone = {"www.{D}": {"CNAME": ["ssl.kajabi.com."]}, "ssl.kajabi.com": {"A": ["192.0.2.3"]}}
    told = codes(report(zone, "s1._domainkey CNAME k.{D}".replace("{D}", D), target="kajabi"))
    assert not {code for code in told if code.startswith(("dns.host", "dns.caa", "dns.mx", "dns.dmarc.strict"))}


def test_a_dangling_alias_names_the_platform():
    found = report({"www.{D}": {"CNAME": ["gone.mykajabi.com."]}})
    assert any("Kajabi" in one["message"] for one in found["findings"])


def test_a_whole_host_pasted_as_selector_is_read():
    found = report({KEY: {"TXT": [f"p={KEY_2048}"]}}, selectors={D: ["S1._domainkey.move.example"]})
    assert [(key["selector"], key["result"]) for key in found["dkim"]] == [("s1", "ok")]


def test_no_selector_is_no_verdict_unless_nothing_at_all_exists_below():
    nothing, something = report({}), report({"moo._domainkey.{D}": {"TXT": ["p="]}})
    assert "dns.dkim.none_at_all" in codes(nothing)
    assert "dns.dkim.no_selector" in codes(something)
    assert "dns.dkim.no_selector" in codes(report({"_domainkey.{D}": "SERVFAIL"}))
    assert "dns.dkim.no_selector" in codes(report({"*.{D}": {"A": ["192.0.2.1"]}}))


def test_a_domain_without_open_tasks_costs_at_most_twenty_questions():
    hosts = {f"m{n}.{{D}}": {"A": ["192.0.2.2"]} for n in (1, 2)} | {"www.{D}": {"A": ["192.0.2.1"]}}
    zone = hosts | {
        "{D}": OWN[D] | {"MX": ["10 m1.{D}.", "20 m2.{D}."], "TXT": ["v=spf1 include:i.{D} include:j.{D} -all"]}
    }
    assert report(zone | {"j.{D}": {"TXT": ["v=spf1 -all"]}})["queries"] <= 20
