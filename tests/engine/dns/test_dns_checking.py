"""Whole checks against a real name server on loopback."""

import pytest

from engine.dns.checking import NoNameserver, check_domains
from engine.dns.resolver import BadNameserver, parse_nameserver
from tests.dns_server import DnsServer

BASE = {
    "A": ["192.0.2.1"],
    "MX": ["10 mail.example.org."],
    "TXT": ["v=spf1 include:servers.mcsv.net ~all"],
    "NS": ["ns1.example.net."],
}
ZONE = {
    "example.org": BASE,
    "mail.example.org": {"A": ["192.0.2.2"]},
    "servers.mcsv.net": {"TXT": ["v=spf1 ip4:192.0.2.0/24 ?all"]},
    "k2._domainkey.example.org": {"CNAME": ["dkim2.mcsv.net."]},
    "dkim2.mcsv.net": {"TXT": ["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]},
    "_dmarc.example.org": {"TXT": ["v=DMARC1; p=none; rua=mailto:a@example.org"]},
}


def check(zone, *names, **wanted):
    with DnsServer(zone) as server:
        reports = check_domains(names or ["example.org"], nameservers=[server.address], **wanted)
        return [report.as_report() for report in reports], server.asked


def codes(report):
    return [finding["code"] for finding in report["findings"]]


def test_a_domain_in_order_is_read_as_it_stands():
    (report,), _ = check(ZONE, target="mailchimp", sources=["kartra"])
    assert report["spf"]["result"] == "valid"
    assert report["spf"]["lookups"] == 1
    assert (report["dmarc"]["policy"], report["dmarc"]["found_at"]) == ("none", "_dmarc.example.org")
    assert report["mx"] == {"result": "ok", "hosts": ["mail.example.org"]}
    assert report["senders"] == ["mailchimp"]
    (k2,) = [key for key in report["dkim"] if key["selector"] == "k2"]
    assert (k2["result"], k2["target"]) == ("ok", "dkim2.mcsv.net")
    verdicts = {(row["name"], row["type"]): row["verdict"] for row in report["expected"]}
    assert verdicts["k2._domainkey.example.org", "CNAME"] == "ok"
    assert verdicts["k3._domainkey.example.org", "CNAME"] == "missing"


def test_the_old_senders_records_are_named_for_removal():
    (report,), _ = check(ZONE, target="kartra", sources=["mailchimp"])
    left = [(row["name"], row["found"]) for row in report["expected"] if row["need"] == "remove"]
    assert left == [("example.org", "include:servers.mcsv.net"), ("k2._domainkey.example.org", "dkim2.mcsv.net")]


def test_a_pasted_value_is_compared_letter_by_letter():
    pasted = [{"host": "k2._domainkey", "type": "CNAME", "value": "DKIM2.mcsv.net."}]
    wrong = [{"host": "k2._domainkey", "type": "CNAME", "value": "dkim9.mcsv.net"}]
    (right,), _ = check(ZONE, target="kartra", own_values={"example.org": pasted})
    (other,), _ = check(ZONE, target="kartra", own_values={"example.org": wrong})
    assert right["expected"][0]["verdict"] == "ok"
    assert other["expected"][0]["verdict"] == "wrong"
    assert "dns.dkim.wrong_target" in codes(other)


@pytest.mark.parametrize("fault", ["SERVFAIL", "REFUSED", "SILENT", "GARBAGE", "OTHER_NAME", "CUT"])
def test_a_name_server_with_a_fault_is_unknown_and_never_missing(fault):
    zone = {name: fault for name in ZONE if name.endswith("example.org")}
    zone |= dict.fromkeys(["www.example.org", "k3._domainkey.example.org", "_dmarc.org"], fault)
    (report,), _ = check(zone, target="mailchimp")
    assert report["failed"]
    assert report["spf"]["result"] == "temperror"
    assert report["dmarc"]["result"] == "unknown"
    assert report["mx"]["result"] == "unknown"
    assert codes(report) == ["dns.name.unreadable"]
    assert {key["result"] for key in report["dkim"]} == {"unknown"}


def test_one_silent_include_costs_the_spf_verdict_alone():
    (report,), _ = check(ZONE | {"servers.mcsv.net": "SILENT"})
    assert report["spf"]["result"] == "temperror"
    assert report["dmarc"]["result"] == "valid"


def test_a_long_answer_comes_by_tcp():
    many = [f"note {number} {'x' * 200}" for number in range(30)]
    (report,), asked = check(ZONE | {"example.org": BASE | {"TXT": [*many, "v=spf1 -all"]}})
    assert report["spf"]["record"] == "v=spf1 -all"
    assert asked.count(("example.org", "TXT")) == 2


def test_domains_ask_a_shared_include_once():
    zone = {f"d{number}.example": BASE for number in range(20)} | ZONE
    reports, asked = check(zone, *[f"d{number}.example" for number in range(20)])
    assert {report["spf"]["result"] for report in reports} == {"valid"}
    assert asked.count(("servers.mcsv.net", "TXT")) == 1


def test_a_domain_that_does_not_exist_is_told_so_and_nothing_else():
    (report,), _ = check(ZONE, "nowhere.example", target="kartra")
    assert codes(report) == ["dns.name.missing"]


def test_control_characters_and_scripts_in_a_txt_stay_text():
    evil = "<script>alert(1)</script>\x00\x1b[2J"
    (report,), _ = check(ZONE | {"example.org": BASE | {"TXT": [[evil]]}})
    (texts,) = [row["values"] for row in report["records"] if (row["name"], row["type"]) == ("example.org", "TXT")]
    assert texts == ["<script>alert(1)</script>\\000\\027[2J"]


def test_progress_is_told_and_may_end_the_check():
    told = []
    with DnsServer(ZONE) as server:
        check_domains(
            ["example.org", "mail.example.org"],
            nameservers=[server.address],
            progress=lambda done, total: told.append((done, total)),
        )
        assert told[-1] == (2, 2)

        def stop(done, total):
            raise KeyError("enough")

        with pytest.raises(KeyError):
            check_domains(["example.org"], nameservers=[server.address], progress=stop)


def test_dead_name_servers_are_left_for_the_living():
    with DnsServer(ZONE) as dead, DnsServer(ZONE) as living:
        dead.zone = dict.fromkeys([*ZONE, "www.example.org", "_dmarc.org"], "SILENT")
        (report,) = check_domains(["example.org"], nameservers=[dead.address, living.address])
    assert report.as_report()["spf"]["result"] == "valid"


@pytest.mark.parametrize("text", ["ns.example.org", "127.0.0.1:0", "127.0.0.1:99999", "", "[::1", "127.0.0.1:x"])
def test_a_bad_name_server_is_a_sentence(text):
    with pytest.raises(BadNameserver, match=r"\.$"):
        parse_nameserver(text)


def test_name_servers_are_addresses_with_ports():
    texts = ["127.0.0.1", "127.0.0.1:5353", "::1", "[::1]:5353"]
    expected = [("127.0.0.1", 53), ("127.0.0.1", 5353), ("::1", 53), ("::1", 5353)]
    assert [parse_nameserver(text) for text in texts] == expected


def test_nobody_to_ask_is_a_sentence(monkeypatch):
    monkeypatch.setattr("engine.dns.checking.system_nameservers", list)
    with pytest.raises(NoNameserver, match="DNS_NAMESERVERS"):
        check_domains(["example.org"])


def test_a_host_name_as_text_is_the_wrong_type_and_other_texts_are_none():
    wrong = ZONE | {"k3._domainkey.example.org": {"TXT": ["dkim3.mcsv.net"]}}
    (report,), _ = check(wrong, target="mailchimp")
    rows = {(row["name"], row["type"]): row for row in report["expected"]}
    assert rows["k3._domainkey.example.org", "CNAME"]["verdict"] == "wrong"
    shop = ZONE | {"shop.example.org": {"TXT": ["v=spf1 -all"]}}
    (report,), _ = check(shop, "shop.example.org", target="kartra", uses={"shop.example.org": {"pages"}})
    (row,) = report["expected"]
    assert (row["name"], row["type"], row["verdict"]) == ("shop.example.org", "CNAME", "missing")
