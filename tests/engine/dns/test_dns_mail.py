"""Which domains take mail, by a real name server on loopback."""

import pytest

from engine.dns import mail
from engine.dns.answers import Answer, Status, lookup_in
from engine.dns.mail import Mail, NobodyAnswers, mail_verdicts, takes_mail
from tests.dns_server import DnsServer

ZONE = {
    "good.example.com": {"MX": ["10 mail.good.example.com."]},
    "null.example.com": {"MX": ["0 ."]},
    "odd.example.com": {"MX": ["0 .", "10 mail.good.example.com."]},
    "web.example.com": {"A": ["192.0.2.1"]},
    "six.example.com": {"AAAA": ["2001:db8::1"]},
    "text.example.com": {"TXT": ["nothing else"]},
    "alias.example.com": {"CNAME": ["good.example.com."]},
    "dangling.example.com": {"CNAME": ["gone.example.com."]},
    "xn--mller-kva.example.com": {"MX": ["10 mail.good.example.com."]},
    "broken.example.com": "SERVFAIL",
    "refusing.example.com": "REFUSED",
    "silent.example.com": "SILENT",
    "garbage.example.com": "GARBAGE",
}
EXPECTED = {
    "good.example.com": Mail.OK, "null.example.com": Mail.NULL_MX, "odd.example.com": Mail.OK,
    "web.example.com": Mail.OK, "six.example.com": Mail.OK, "text.example.com": Mail.NONE,
    "alias.example.com": Mail.OK, "dangling.example.com": Mail.NONE, "gone.example.com": Mail.NONE,
    "m\u00fcller.example.com": Mail.OK, "broken.example.com": Mail.UNKNOWN, "refusing.example.com": Mail.UNKNOWN,
    "silent.example.com": Mail.UNKNOWN, "garbage.example.com": Mail.UNKNOWN, "under_score.example.com": Mail.UNKNOWN,
    "printer.local": Mail.UNKNOWN,
}  # fmt: skip


@pytest.fixture
def server():
    with DnsServer(ZONE) as running:
        yield running


def asked(server, names, **options):
    return dict(mail_verdicts(names, nameservers=[server.address], **options))


def test_every_kind_of_domain_gets_its_verdict(server):
    assert asked(server, EXPECTED) == EXPECTED


def test_addresses_are_asked_only_where_there_is_no_mx(server):
    asked(server, ["good.example.com", "null.example.com", "gone.example.com", "broken.example.com"])
    assert {kind for _, kind in server.asked} == {"MX"}
    asked(server, ["web.example.com"])
    assert {kind for name, kind in server.asked if name == "web.example.com"} == {"MX", "A", "AAAA"}


def test_an_address_that_could_not_be_read_is_unknown_and_one_that_was_read_is_enough():
    zone = {("a.example.com", "MX"): Answer(Status.NODATA), ("a.example.com", "A"): Answer(Status.TIMEOUT)}
    assert (
        takes_mail("a.example.com", lookup_in(zone | {("a.example.com", "AAAA"): Answer(Status.NODATA)})) == "unknown"
    )
    assert takes_mail("a.example.com", lookup_in(zone | {("a.example.com", "AAAA"): ["2001:db8::1"]})) == "ok"


def test_no_more_than_so_many_are_under_way_and_the_first_come_first(server):
    names = [f"n{number}.example.com" for number in range(30)]
    coming = iter(names)
    told = mail_verdicts(coming, nameservers=[server.address], active=3)
    for _ in range(5):
        next(told)
    told.close()
    assert {name for name, _ in server.asked} <= set(names[:9])


def test_many_domains_by_several_resolvers(server, monkeypatch):
    monkeypatch.setattr(mail, "FORGET_AFTER", 50)
    names = [f"n{number}.example.com" for number in range(170)] + ["good.example.com"]
    told = asked(server, names)
    assert len(told) == 171 and told["good.example.com"] == "ok"


def test_a_name_server_that_keeps_silent_is_not_asked_to_the_end(server, monkeypatch):
    monkeypatch.setattr(mail, "SILENT_AFTER", 5)
    names = [f"n{number}.silent.example.com" for number in range(100)]
    server.zone |= dict.fromkeys(names, "REFUSED")
    with pytest.raises(NobodyAnswers):
        asked(server, names, active=4)
    assert len({name for name, _ in server.asked}) < 20
    assert len(asked(server, ["good.example.com", *names], active=4)) == 101  # it has answered once
