"""What each name server of a zone publishes, and what the resolvers still show: real servers on loopback."""

from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta

import pytest

from engine.dns.checking import check_domains
from engine.dns.published import is_newer
from engine.outbound.addresses import IPv4Network
from tests.dns_server import DnsServer

LOOPBACK = [IPv4Network("127.0.0.0/8")]
D = "example.org"
NEW = {
    D: {
        "A": ["192.0.2.1"],
        "MX": ["10 mail.example.org."],
        "TXT": ["v=spf1 -all"],
        "NS": ["ns1.host.net.", "ns2.host.net."],
    },
    "mail.example.org": {"A": ["192.0.2.2"]},
    "_dmarc.example.org": {"TXT": ["v=DMARC1; p=none; rua=mailto:a@example.org"]},
    "k2._domainkey.example.org": {"CNAME": ["dkim2.mcsv.net."]},
    "k3._domainkey.example.org": {"CNAME": ["dkim3.mcsv.net."]},
}
KEY = {"TXT": ["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]}
ELSEWHERE = {
    "ns1.host.net": {"A": ["127.0.0.2"]},
    "ns2.host.net": {"A": ["127.0.0.3"]},
    "ns3.host.net": {"A": ["127.0.0.4"]},
    "dkim2.mcsv.net": KEY,
    "dkim3.mcsv.net": KEY,
}


def without(*names):
    return {name: records for name, records in NEW.items() if name not in names}


@contextmanager
def zones(*own, seen=None, elsewhere=None):
    """A resolver that shows `seen`, and one name server for each of `own` (zone, serial), all on one port."""
    with ExitStack() as stack:
        resolver = stack.enter_context(DnsServer((seen or NEW) | ELSEWHERE | (elsewhere or {})))
        served = []
        for number, (zone, serial) in enumerate(own, 2):
            options = {"host": f"127.0.0.{number}", "port": served[0].port if served else 0}
            served.append(stack.enter_context(DnsServer(zone, serves=D, serial=serial, **options)))
        yield resolver, served


def look(resolver, served, name=D, **wanted):
    ports = [80, 443, *{server.port for server in served}]
    (report,) = check_domains([name], nameservers=[resolver.address], allow=LOOPBACK, ports=ports, **wanted)
    return report.as_report()


def states(report):
    return {server["name"]: server["result"] for server in report["nameservers"]}


def codes(report):
    return [finding["code"] for finding in report["findings"]]


def row(report, name, kind="CNAME"):
    return next(one for one in report["expected"] if (one["name"], one["type"]) == (name, kind))


def test_two_servers_that_say_the_same_are_in_order():
    with zones((NEW, 7), (NEW, 7)) as (resolver, served):
        report = look(resolver, served, target="mailchimp")
    assert report["nameservers"][0] == {
        "name": "ns1.host.net", "address": "127.0.0.2", "result": "ok", "serial": 7, "why": None,
    }  # fmt: skip
    assert states(report) == {"ns1.host.net": "ok", "ns2.host.net": "ok"}
    assert row(report, "k2._domainkey.example.org")["published"] == "all"
    assert row(report, "k2._domainkey.example.org")["visible_until"] is None
    assert not [code for code in codes(report) if "nameserver" in code]


@pytest.mark.parametrize(
    ("new", "old", "result"),
    [(8, 7, "stale"), (7, 7, "ok"), (5, 2**32 - 3, "stale"), (2026112401, 2026112309, "stale")],
)
@pytest.mark.parametrize("target", [None, "mailchimp"])
def test_an_older_serial_is_stale(new, old, result, target):
    with zones((NEW, new), (NEW, old)) as (resolver, served):
        report = look(resolver, served, target=target)
    assert states(report) == {"ns1.host.net": "ok", "ns2.host.net": result}
    assert ("dns.nameserver.stale" in codes(report)) is (result == "stale")


@pytest.mark.parametrize("changed", [D, "_dmarc.example.org"])
def test_older_data_under_the_same_serial_is_stale_also_without_a_task(changed):
    old = NEW | {changed: NEW[changed] | {"TXT": ["v=spf1 ~all" if changed == D else "v=DMARC1; p=reject"]}}
    with zones((NEW, 7), (old, 7)) as (resolver, served):
        report = look(resolver, served)
    assert states(report) == {"ns1.host.net": "ok", "ns2.host.net": "stale"}
    assert report["queries"] <= 20


def test_what_is_expected_is_newer_than_what_the_many_say():
    elsewhere = {D: NEW[D] | {"NS": ["ns1.host.net.", "ns2.host.net.", "ns3.host.net."]}}
    old = without("k2._domainkey.example.org")
    with zones((old, 7), (old, 7), (NEW, 7), elsewhere=elsewhere) as (resolver, served):
        report = look(resolver, served, target="mailchimp")
    assert states(report) == {"ns1.host.net": "stale", "ns2.host.net": "stale", "ns3.host.net": "ok"}
    found = row(report, "k2._domainkey.example.org")
    assert (found["published"], found["missing_at"]) == (
        "some",
        ["ns1.host.net (127.0.0.2)", "ns2.host.net (127.0.0.3)"],
    )
    assert "dns.expected.not_everywhere" in codes(report)


def test_addresses_that_differ_by_intention_are_not_stale():
    near = NEW | {D: NEW[D] | {"A": ["192.0.2.77"]}}
    with zones((NEW, 7), (near, 7)) as (resolver, served):
        report = look(resolver, served, target="kartra", records={D: [(D, "A")]})
    assert set(states(report).values()) == {"ok"}


@pytest.mark.parametrize("fault", ["REFUSED", "SERVFAIL"])
def test_a_lame_server_is_named_and_the_others_decide(fault):
    with zones((NEW, 7), (dict.fromkeys(NEW, fault), 7)) as (resolver, served):
        report = look(resolver, served, target="mailchimp")
    assert states(report) == {"ns1.host.net": "ok", "ns2.host.net": "lame"}
    assert row(report, "k2._domainkey.example.org")["published"] == "all"


def test_a_server_that_does_not_speak_for_the_zone_is_lame():
    with ExitStack() as stack:
        resolver, served = stack.enter_context(zones((NEW, 7)))
        stack.enter_context(DnsServer(NEW, host="127.0.0.3", port=served[0].port))  # answers, without AA
        report = look(resolver, served, target="mailchimp")
    assert states(report)["ns2.host.net"] == "lame"


def test_a_dead_server_is_named_and_costs_two_seconds_at_most():
    with zones((NEW, 7), (dict.fromkeys(NEW, "SILENT"), 7)) as (resolver, served):
        report = look(resolver, served, target="mailchimp")
    assert states(report) == {"ns1.host.net": "ok", "ns2.host.net": "dead"}
    assert row(report, "k2._domainkey.example.org")["published"] == "all"
    assert report["seconds"] < 2.5
    assert "dns.nameserver.dead" in codes(report)


def test_where_nobody_listens_the_server_is_dead_at_once():
    with zones((NEW, 7)) as (resolver, served):
        report = look(resolver, served)
    assert states(report) == {"ns1.host.net": "ok", "ns2.host.net": "dead"}
    assert report["seconds"] < 1


def test_when_no_server_can_be_reached_that_is_said_once():
    with zones() as (resolver, served):
        report = look(resolver, served)
    assert set(states(report).values()) == {"dead"}
    assert "dns.nameserver.unreachable" in codes(report)
    assert report["spf"]["result"] == "valid"


def test_servers_without_an_address_or_with_a_private_one_are_not_asked():
    elsewhere = {"ns2.host.net": {"A": ["169.254.169.254"]}}
    elsewhere[D] = NEW[D] | {"NS": ["ns1.host.net.", "ns2.host.net.", "nowhere.host.net."]}
    with zones((NEW, 7), elsewhere=elsewhere) as (resolver, served):
        report = look(resolver, served)
        (blind,) = check_domains([D], nameservers=[resolver.address], ports=[served[0].port])
    assert states(report) == {"ns1.host.net": "ok", "ns2.host.net": "no_address", "nowhere.host.net": "no_address"}
    assert set(states(blind.as_report()).values()) == {"no_address"}


def test_a_subdomain_is_asked_of_the_zone_that_holds_it():
    shop = NEW | {"shop.example.org": {"TXT": ["v=spf1 -all"]}}
    with zones((shop, 7), (shop, 8), seen=shop) as (resolver, served):
        report = look(resolver, served, "shop.example.org")
    assert states(report) == {"ns1.host.net": "stale", "ns2.host.net": "ok"}


def test_a_part_that_is_delegated_further_is_asked_there_and_nobody_is_lame():
    cut = {"_domainkey.example.org": {"NS": ["ns3.host.net."]}}
    upper = without("k2._domainkey.example.org", "k3._domainkey.example.org") | cut
    with zones((upper, 7), (upper, 7), elsewhere=cut) as (resolver, served):
        lower = {"k2._domainkey.example.org": NEW["k2._domainkey.example.org"]}
        options = {"host": "127.0.0.4", "port": served[0].port, "serves": "_domainkey.example.org"}
        with DnsServer(lower, **options):
            report = look(resolver, served, target="mailchimp")
    assert set(states(report).values()) == {"ok"}
    assert row(report, "k2._domainkey.example.org")["published"] == "all"
    assert row(report, "k3._domainkey.example.org")["published"] == "none"


def test_the_old_answer_may_be_seen_until_its_time_is_over():
    old = NEW | {"k2._domainkey.example.org": {"CNAME": ["old.example.net."], "TTL": 1200}}
    with zones((NEW, 8), (NEW, 8), seen=old) as (resolver, served):
        report = look(resolver, served, target="mailchimp")
    found = row(report, "k2._domainkey.example.org")
    assert (found["verdict"], found["published"]) == ("wrong", "all")
    until = datetime.fromisoformat(found["visible_until"])
    assert until - datetime.fromisoformat(report["asked_at"]) == timedelta(seconds=1200)
    assert f"until {until:%H:%M} UTC" in found["sentence"]


def test_nothing_there_is_remembered_too_for_as_long_as_the_zone_says():
    soa = {"SOA": ["ns1.host.net. admin.host.net. 7 3600 600 86400 900"], "TTL": 3600}
    before = without("k2._domainkey.example.org") | {D: NEW[D] | soa}
    with zones((NEW, 8), (NEW, 8), seen=before) as (resolver, served):
        report = look(resolver, served, target="mailchimp")
    found = row(report, "k2._domainkey.example.org")
    assert (found["verdict"], found["published"]) == ("missing", "all")
    until = datetime.fromisoformat(found["visible_until"]) - datetime.fromisoformat(report["asked_at"])
    assert until == timedelta(seconds=900)


def test_a_flattened_alias_is_not_called_unpublished():
    flat = NEW | {"www.example.org": {"A": ["192.0.2.50"]}}
    seen = flat | {"sunrise.kartra.com": {"A": ["192.0.2.50"]}}
    pasted = [{"host": "www", "type": "CNAME", "value": "sunrise.kartra.com"}]
    with zones((flat, 8), (flat, 8), seen=seen) as (resolver, served):
        report = look(resolver, served, target="kartra", own_values={D: pasted})
    found = row(report, "www.example.org")
    assert (found["verdict"], found["published"]) == ("ok", "unknown")


def test_without_a_task_the_usual_selectors_are_tried_while_there_is_room():
    quiet = {D: NEW[D] | {"NS": ["ns1.host.net."]}}
    with zones((NEW, 8), seen=NEW | quiet) as (resolver, served):
        report = look(resolver, served)
    assert report["senders"] == ["mailchimp"]
    assert report["queries"] <= 20


def test_every_resolver_is_asked_what_it_still_shows():
    old = NEW | {"k2._domainkey.example.org": {"CNAME": ["old.example.net."], "TTL": 900}}
    with zones((NEW, 8), (NEW, 8)) as (resolver, served), DnsServer(old | ELSEWHERE) as slow:
        servers = [resolver.address, slow.address]
        (report,) = check_domains([D], nameservers=servers, allow=LOOPBACK, ports=[served[0].port], target="mailchimp")
    found = row(report.as_report(), "k2._domainkey.example.org")
    assert (found["verdict"], found["published"]) == ("ok", "all")
    assert datetime.fromisoformat(found["visible_until"]) - report.asked_at == timedelta(seconds=900)


def test_the_old_senders_record_is_gone_at_some_servers():
    with zones((without("k2._domainkey.example.org"), 9), (NEW, 8)) as (resolver, served):
        report = look(resolver, served, sources=["mailchimp"], target="kartra")
    found = row(report, "k2._domainkey.example.org")
    assert (found["need"], found["published"], found["missing_at"]) == ("remove", "some", ["ns2.host.net (127.0.0.3)"])


def test_a_silent_zone_costs_two_and_a_half_seconds_at_most():
    with zones(seen={"*example.org": "SILENT"}) as (resolver, served):
        report = look(resolver, served, target="mailchimp", sources=["kajabi"], selectors={D: ["a", "b"]})
    assert report["failed"]
    assert report["seconds"] <= 2.5
    assert report["nameservers"] == []


def test_serials_turn_over_like_a_clock():
    assert is_newer(1, 2**32 - 1)
    assert not is_newer(2**32 - 1, 1)
    assert not is_newer(5, 5)
