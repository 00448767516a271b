"""Who sends mail for a domain, on its page; a sender that nobody knows is explained by a person."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.domains import services
from apps.domains.models import Domain
from apps.domains.senders import sender_rows
from apps.domains.tasks import check_domains
from apps.jobs.models import Job
from apps.projects.models import Activity

NAME = "sunrise-yoga.example"


@pytest.fixture
def domain(project):
    return Domain.objects.create(project=project, name=NAME, shown=NAME)


def report(*unknown, senders=("mailchimp",), failed=False):
    signs = [
        {
            "key": key,
            "sender": key.capitalize(),
            "how": "SPF include",
            "name": NAME,
            "value": "include:x",
            "weak": False,
        }
        for key in senders
    ]
    return {"failed": failed, "senders": list(senders), "sender_signs": signs, "unknown_senders": list(unknown)}


def recorded(domain, *unknown, **more):
    return services.record_check(domain, report=report(*unknown, **more), findings=[], as_of=timezone.now(), by=None)


def known(project):
    services.publish_facts(project)
    return project.facts.get(key="domains.no_unknown_senders")


def explain(client, domain, trace, what):
    return client.post(f"{domain.get_absolute_url()}sender/", {"trace": trace, "what": what}, follow=True)


def test_a_real_check_names_the_sender_and_the_record_it_was_seen_in(project, domain, name_server, consultant):
    name_server.zone[NAME]["TXT"] = ["v=spf1 include:servers.mcsv.net include:mail.invoices.example ~all"]
    try:
        check_domains.run(Job.start(check_domains, project, by=None, title="Check").pk)
    finally:
        name_server.zone[NAME]["TXT"] = ["v=spf1 include:servers.mcsv.net ~all"]
    page = consultant.get(domain.get_absolute_url()).content.decode()
    assert "Mailchimp" in page
    assert "include:servers.mcsv.net" in page
    assert "Somebody we do not know" in page
    assert "include:mail.invoices.example" in page
    assert known(project).verdict == "not_ready"
    assert "ns1.hosting.example" in page
    assert "No address" in page


def test_an_unknown_sender_is_explained_and_the_fact_turns(consultant, project, domain):
    recorded(domain, "include:mail.invoices.example")
    assert known(project).verdict == "not_ready"
    page = explain(consultant, domain, "include:mail.invoices.example", "The invoice tool").content.decode()
    assert "The invoice tool" in page
    assert "Somebody we do not know" not in page
    assert project.facts.get(key="domains.no_unknown_senders").verdict == "ready"
    assert Activity.objects.filter(project=project, verb__startswith="explained include:mail").exists()


@pytest.mark.parametrize(("trace", "what"), [("include:other.example", "x"), ("include:mail.invoices.example", "")])
def test_what_is_not_there_or_says_nothing_changes_nothing(consultant, project, domain, trace, what):
    recorded(domain, "include:mail.invoices.example")
    page = explain(consultant, domain, trace, what).content.decode()
    assert "Nothing was changed" in page
    domain.refresh_from_db()
    assert domain.known_senders == []


def test_a_trace_from_the_records_stays_text(consultant, project, domain):
    recorded(domain, "include:<script>alert(1)</script>.example")
    page = consultant.get(domain.get_absolute_url()).content.decode()
    assert "<script>alert" not in page


@pytest.mark.parametrize("made", [{"failed": True}, {"unknown_senders": None}])
def test_what_could_not_be_read_is_unknown(project, domain, made):
    found = report() | made
    if made.get("unknown_senders", 0) is None:  # a check of an older version
        del found["unknown_senders"]
    services.record_check(domain, report=found, findings=[], as_of=timezone.now(), by=None)
    services.publish_facts(project)
    fact = project.facts.filter(key="domains.no_unknown_senders").first()
    assert fact is None or fact.verdict == "unknown"


def test_since_which_check_a_sender_was_seen(consultant, project, domain):
    now = timezone.now()
    for days, senders in ((9, ["mailchimp"]), (6, []), (4, ["mailchimp"]), (1, ["mailchimp"])):
        services.record_check(
            domain, report=report(senders=senders), findings=[], as_of=now - timedelta(days=days), by=None
        )
    (row,) = sender_rows(domain, domain.newest)["senders"]
    assert row["since"] == now - timedelta(days=4)


def test_a_viewer_without_the_role_cannot_explain(helper, project, domain):
    assert explain(helper, domain, "include:x.example", "x").status_code in (403, 404)
