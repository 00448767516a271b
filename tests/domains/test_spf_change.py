"""The page that tries a change of the SPF record before anybody publishes it, and the tree on a domain's page."""

import pytest

from apps.domains.models import Domain
from apps.domains.services import record_check
from engine.dns.checking import check_domains

NAME = "sunrise-yoga.example"


@pytest.fixture
def domain(project, name_server):
    return Domain.objects.create(project=project, name=NAME, shown=NAME)


def checked(domain, name_server, **wanted):
    (found,) = check_domains([NAME], nameservers=[name_server.address], **wanted)
    return record_check(domain, report=found.as_report(), findings=found.findings, as_of=found.asked_at, by=None)


def test_a_change_is_judged_and_its_record_ready_to_copy(consultant, domain):
    page = consultant.get(f"{domain.get_absolute_url()}spf/", {"add": "ip4:192.0.2.7", "remove": "servers.mcsv.net"})
    text = page.content.decode()
    assert page.status_code == 200
    assert 'data-copy="v=spf1 ip4:192.0.2.7 ~all"' in text
    assert "needs 0 of 10 look-ups" in text


def test_a_change_that_breaks_the_record_offers_nothing_to_copy(consultant, domain):
    text = consultant.get(f"{domain.get_absolute_url()}spf/", {"add": "nowhere.example"}).content.decode()
    assert "Do not publish this" in text
    assert "data-copy" not in text


def test_what_is_no_term_is_said_and_the_typed_text_stays(consultant, domain):
    page = consultant.get(f"{domain.get_absolute_url()}spf/", {"add": "ipv4:1.2.3.4"})
    assert page.status_code == 422
    assert "ipv4:1.2.3.4" in page.content.decode()


def test_the_fields_hold_what_the_move_asks_for(consultant, domain, name_server):
    checked(domain, name_server, sources=["mailchimp"], target="mailerlite")
    text = consultant.get(f"{domain.get_absolute_url()}spf/").content.decode()
    assert "include:_spf.mlsend.com" in text
    assert "include:servers.mcsv.net" in text


def test_a_domains_page_shows_the_tree_and_the_one_record_to_publish(consultant, domain, name_server):
    two = name_server.zone[NAME] | {"TXT": ["v=spf1 include:servers.mcsv.net ~all", "v=spf1 ip4:192.0.2.9 -all"]}
    name_server.zone = dict(name_server.zone) | {NAME: two}
    checked(domain, name_server)
    text = consultant.get(domain.get_absolute_url()).content.decode()
    assert 'data-copy="v=spf1 ip4:192.0.2.9 include:servers.mcsv.net -all"' in text
    name_server.zone[NAME] = two | {"TXT": ["v=spf1 include:servers.mcsv.net ~all"]}
    checked(domain, name_server)
    text = consultant.get(domain.get_absolute_url()).content.decode()
    assert "1 of 10 look-ups" in text
    assert "v=spf1 ip4:192.0.2.0/24 ?all" in text


def test_every_mail_record_stands_on_the_page_with_its_result(consultant, domain, name_server):
    checked(domain, name_server, selectors={NAME: ["k1"]}, target="kartra")
    text = consultant.get(domain.get_absolute_url()).content.decode()
    for words in ("v=DMARC1; p=none; rua=mailto:a@sunrise-yoga.example", "dkim1.kartra.example", "policy none"):
        assert words in text


def test_a_suffix_is_not_offered_as_a_value_to_copy(consultant, domain, name_server):
    name_server.zone = dict(name_server.zone) | {f"www.{NAME}": {"CNAME": ["elsewhere.example."]}}
    checked(domain, name_server, target="kartra")
    assert 'data-copy="kartra.com"' not in consultant.get(domain.get_absolute_url()).content.decode()
