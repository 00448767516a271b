"""The page of the person who sets the DNS: what is to be set now, by itself green, and a look at most once a minute."""

from datetime import timedelta

from django.utils import timezone

from apps.domains import tasks
from apps.jobs.models import Job
from tests.domains.conftest import run

PAGE, STATE = "/projects/move/dns-records/", "/projects/move/dns-records/state/"
D = "sunrise-yoga.example"


def looks():
    return Job.objects.filter(key="helper")


def aged(project):
    """As if the last look were two minutes old."""
    project.jobs.update(created_at=timezone.now() - timedelta(minutes=2))


def test_he_sees_what_is_to_be_set_now_and_not_what_waits(project, domain, signed, helper):
    page = helper.get(PAGE).content.decode()
    assert 'data-copy="dkim1.kartra.example"' in page
    assert 'data-copy="k1._domainkey"' in page
    assert 'data-copy="sunrise.kartra.com"' not in page  # the pages wait for the inventory
    assert "Not yet" in page
    assert "hx-post" in page


def test_nothing_is_to_be_set_before_the_snapshot_is_signed(project, domain, own_server, helper):
    run(tasks.check_domains, project)
    page = helper.get(PAGE).content.decode()
    assert "data-copy" not in page
    assert "hx-post" not in page  # nothing to wait for
    assert "snapshot" in page


def test_the_open_page_starts_a_look_at_most_once_a_minute(project, domain, signed, helper, client_person):
    aged(project)
    for client in (helper, client_person, helper):
        assert client.post(STATE).status_code == 200
    assert looks().count() == 1
    assert looks().get().args == {"domain_ids": [domain.pk]}
    assert helper.get(STATE).status_code == 405


def test_a_line_turns_green_by_itself(project, domain, signed, own_server, helper):
    aged(project)
    assert "tone-green" not in helper.post(STATE).content.decode().split("k1._domainkey")[0]
    own_server.zone[f"k1._domainkey.{D}"] = {"CNAME": ["dkim1.kartra.example."]}
    tasks.check_domains.run(looks().get().pk)
    part = helper.post(STATE).content.decode()
    assert "<html" not in part
    assert 'data-copy="dkim1.kartra.example"' not in part
    assert f"<b>k1._domainkey.{D} CNAME</b>" in part


def test_the_demo_is_not_asked_for(project, domain, signed, helper):
    aged(project)
    project.organisation.is_demo = True
    project.organisation.save()
    helper.post(STATE)
    assert not looks().exists()


def test_names_and_answers_are_text(project, domain, signed, own_server, helper):
    own_server.zone[f"k1._domainkey.{D}"] = {"CNAME": ["evil.example."]}
    own_server.zone[D]["TXT"] = ["v=spf1 <script>alert(1)</script> ~all"]
    run(tasks.check_domains, project)
    assert "<script>alert" not in helper.get(PAGE).content.decode()
