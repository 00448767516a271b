"""What strangers' zones taught: each case once got a wrong verdict."""

from engine.dns.answers import Answer, Answers, Status
from engine.dns.checking import check_domains
from engine.dns.dkim import check_dkim
from engine.outbound.addresses import IPv4Network
from tests.dns_server import DnsServer
from tests.engine.dns.bed import Bed, named, reports_of
from tests.engine.dns.keys import KEY_2048

A = {"A": ["192.0.2.1"]}
KEY = {"TXT": [f"v=DKIM1; p={KEY_2048}"]}
KAJABI = {
    "{D}": A | {"TXT": ["v=spf1 -all"]},
    "kjbm.{D}": {"TXT": ["v=spf1 include:mailgun.org ~all"], "MX": ["10 mxa.mailgun.org.", "20 mxb.mailgun.org."]},
    "k1._domainkey.kjbm.{D}": KEY,
    "mailgun.org": {"TXT": ["v=spf1 ip4:192.0.2.9 ~all"], "A": ["192.0.2.9"]},
}


def one(zone, **wanted):
    return reports_of([("one", zone)], **wanted)["one"]


def rows(report, need):
    """{(host, type): verdict} of the rows of one need."""
    own = f".{report['domain']}"
    return {
        (row["name"].removesuffix(own), row["type"]): row["verdict"]
        for row in report["expected"]
        if row["need"] == need
    }


def test_an_include_wanted_at_a_sub_domain_is_looked_for_there():
    assert rows(one(KAJABI, target="kajabi"), "required")["kjbm", "TXT"] == "ok"
    bare = KAJABI | {"kjbm.{D}": {"TXT": ["v=spf1 -all"]}, "{D}": {"TXT": ["v=spf1 include:mailgun.org -all"]}}
    assert rows(one(bare, target="kajabi"), "required")["kjbm", "TXT"] == "missing"


def test_a_key_of_the_sending_sub_domain_is_a_key():
    assert "dns.dkim.none_at_all" not in {found["code"] for found in one(KAJABI, target="kajabi")["findings"]}


def test_everything_an_old_sender_left_at_its_sub_domain_is_named():
    left = rows(one(KAJABI, target="kartra", sources=["kajabi"]), "remove")
    assert set(left) == {("kjbm", "TXT"), ("kjbm", "MX"), ("k1._domainkey.kjbm", "TXT")}


def test_a_wildcard_is_nothing_that_an_old_sender_left():
    zone = {"{D}": A, "*.{D}": {"TXT": ["v=spf1 -all"]}}
    sources = ["ontraport", "campaign_monitor", "google_workspace", "zoho", "mandrill"]
    assert rows(one(zone, target="kartra", sources=sources), "remove") == {}


def test_a_record_that_several_senders_leave_counts_where_one_of_them_is_left():
    zone = {"{D}": A, "s1._domainkey.{D}": {"CNAME": ["s1.domainkey.u1.wl2.sendgrid.net."]}}
    report = one(zone | {"s1.domainkey.u1.wl2.sendgrid.net": KEY}, target="kartra", sources=["drip"])
    assert rows(report, "remove") == {("s1._domainkey", "CNAME"): "wrong"}


def test_an_old_key_under_a_given_selector_is_known_by_its_target():
    zone = {"{D}": A, "ab12._domainkey.{D}": {"CNAME": ["dkim.infusionmail.com."]}, "dkim.infusionmail.com": KEY}
    with Bed(named(zone, "keap.example")) as server:
        (found,) = check_domains(
            ["keap.example"], nameservers=[server.address], selectors={"keap.example": ["ab12"]}, sources=["keap"]
        )
    assert rows(found.as_report(), "remove") == {("ab12._domainkey", "CNAME"): "wrong"}


def test_a_key_that_was_withdrawn_proves_no_sender():
    zone = {"{D}": A, "google._domainkey.{D}": {"TXT": ["v=DKIM1; p="]}}
    assert one(zone)["senders"] == []
    assert one(zone, target="kartra")["senders"] == []


def test_senders_without_a_key_are_looked_for_within_the_twenty_questions():
    zone = {"{D}": A, "cf2mail.{D}": {"CNAME": ["mailer.myclickfunnels.com."]}}
    report = one(zone)
    assert report["senders"] == ["clickfunnels"]
    assert report["queries"] <= 20


def test_a_mail_servers_alias_that_leads_in_a_circle_is_wrong():
    zone = {"{D}": {"MX": ["10 m.{D}."]}, "m.{D}": {"CNAME": ["n.{D}."]}, "n.{D}": {"CNAME": ["m.{D}."]}}
    assert one(zone)["mx"]["result"] == "wrong"


def test_a_silent_selector_is_not_waited_for_twice():
    lookup = Answers({("s1._domainkey.a.example", "TXT"): Answer(Status.TIMEOUT)})
    assert check_dkim("a.example", "s1", lookup).result == "unknown"
    assert not lookup.missing


def test_an_answer_that_is_cut_by_tcp_too_says_nothing():
    with DnsServer({"a.example": "CUT_ALWAYS"}) as server:
        (found,) = check_domains(["a.example"], nameservers=[server.address])
    assert found.as_report()["spf"]["result"] == "temperror"


def zone_of(number, servers):
    """A domain with a record of eleven look-ups, two mail servers and some name servers."""
    domain = f"d{number}.example"
    includes = " ".join(f"include:s{at}.sender.example" for at in range(11))
    zone = {
        domain: {"TXT": [f"v=spf1 {includes} -all"], "MX": [f"10 m1.{domain}.", f"20 m2.{domain}."]}
        | A
        | {"NS": [f"{server}." for server in servers]},
        f"m1.{domain}": A,
        f"m2.{domain}": A,
        f"_dmarc.{domain}": {"TXT": ["v=DMARC1; p=reject"]},
    }
    return zone | {f"s{at}.sender.example": {"TXT": ["v=spf1 -all"]} for at in range(11)}


def test_the_largest_record_is_judged_to_its_end_before_the_name_servers_are_asked():
    hosts = {f"ns{n}.host.net": {"A": [f"127.0.0.{n}"]} for n in (2, 3, 4, 5)}
    with DnsServer(zone_of(1, hosts) | hosts) as server:
        (found,) = check_domains(["d1.example"], nameservers=[server.address], allow=[IPv4Network("127.0.0.0/8")])
    report = found.as_report()
    assert (report["spf"]["result"], report["spf"]["lookups"]) == ("permerror", 11)
    assert report["queries"] <= 20


def test_a_name_server_that_listens_at_the_second_port_alone_answers_for_all_its_domains():
    """Nobody listens at port 53; after three refusals there the second port is tried all the same."""
    names = [f"d{number}.example" for number in range(8)]
    ns = {"ns1.host.net": {"A": ["127.0.0.2"]}}
    zone = {name: A | {"NS": ["ns1.host.net."]} for name in names}
    with DnsServer(zone | ns) as resolver, DnsServer(zone, host="127.0.0.2", port=resolver.port, serves="example"):
        found = check_domains(names, nameservers=[resolver.address], allow=[IPv4Network("127.0.0.0/8")])
    results = {server["result"] for report in found for server in report.as_report()["nameservers"]}
    assert "dead" not in results
