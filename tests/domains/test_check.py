"""The job that looks domains up: what it stores, when it is run twice, and what it says about the project."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.domains import services
from apps.domains.models import Domain, DomainCheck
from apps.domains.tasks import check_domains
from apps.jobs.models import Job, State
from engine.findings import Finding, Severity
from tests import factories

PASTED = [{"host": "k1._domainkey", "type": "CNAME", "value": "dkim1.kartra.example"}]


@pytest.fixture
def domain(project):
    name = "sunrise-yoga.example"
    return Domain.objects.create(project=project, name=name, shown=name, own_values=PASTED)


def run(project, times=1, **args):
    job = Job.start(check_domains, project, by=None, title="Check", **args)
    for _ in range(times):
        check_domains.run(job.pk)
    job.refresh_from_db()
    return job


def facts(project):
    return {fact.key: fact.verdict for fact in project.facts.all()}


@pytest.mark.parametrize("times", [1, 3])
def test_a_check_is_stored_once_however_often_it_is_delivered(project, domain, name_server, times):
    job = run(project, times)
    assert (job.state, job.message) == (State.DONE, "1 checked")
    (check,) = domain.checks.all()
    assert check.report["spf"]["result"] == "valid"
    assert check.report["expected"][0]["verdict"] == "ok"
    assert check.findings.count() == len(check.report["findings"])


def test_the_project_learns_what_the_records_say(project, domain, name_server):
    run(project)
    said = facts(project)
    assert said["domains.checked"] == "ready"
    assert said["domains.target_authenticated"] == "ready"
    assert said["domains.old_sender_gone"] == "not_ready"
    name_server.zone["sunrise-yoga.example"]["TXT"] = ["v=spf1 -all"]
    try:
        run(project)
        assert facts(project)["domains.old_sender_gone"] == "ready"
    finally:
        name_server.zone["sunrise-yoga.example"]["TXT"] = ["v=spf1 include:servers.mcsv.net ~all"]


def test_silence_changes_no_fact_and_keeps_the_last_good_look(project, domain, name_server, consultant):
    run(project)
    before = facts(project)
    name_server.zone = dict.fromkeys([*name_server.zone, "_dmarc.example"], "SILENT")
    run(project)
    assert facts(project) == before
    assert domain.newest.verdict == "unknown"
    page = consultant.get(domain.get_absolute_url()).content.decode()
    assert "The last good look was" in page


def test_a_check_asked_earlier_and_stored_later_does_not_speak_for_the_domain(project, domain):
    now = timezone.now()
    new = services.record_check(domain, report={"failed": False}, findings=[], as_of=now, by=None)
    late = Finding(Severity.ERROR, "dns.spf.multiple", "Merge the SPF records.", domain.name)
    services.record_check(domain, report={"failed": False}, findings=[late], as_of=now - timedelta(hours=1), by=None)
    assert domain.newest == new
    assert Domain.objects.with_status().get().newest == new


def test_only_the_named_domains_are_asked(project, domain, name_server):
    other = Domain.objects.create(project=project, name="other.example", shown="other.example")
    run(project, domain_ids=[domain.pk])
    assert other.checks.count() == 0
    assert not facts(project)  # what is not known of every domain is not said of the project


def test_another_projects_domain_is_not_touched(project, domain, name_server):
    foreign = Domain.objects.create(project=factories.project(), name="foreign.example", shown="foreign.example")
    run(project, domain_ids=[domain.pk, foreign.pk])
    assert DomainCheck.objects.get().domain == domain


def test_no_domain_left_ends_with_words(project, domain, name_server):
    domain.delete()
    job = run(project)
    assert (job.state, job.message) == (State.FAILED, "There is no domain to check any more. Add one first.")


def test_a_wrong_setting_ends_with_words(project, domain, settings):
    settings.DNS_NAMESERVERS = ["ns.example"]
    job = run(project)
    assert job.state == State.FAILED
    assert "IP address" in job.message


def test_evil_texts_are_stored_and_shown_as_text(project, domain, name_server, consultant):
    name_server.zone["sunrise-yoga.example"] = {"TXT": [["<script>alert(1)</script>\x00"]]}
    run(project)
    page = consultant.get(domain.get_absolute_url()).content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    "texts",
    [
        ["v=spf1 " + "ip4:192.0.2.1 " * 4500 + "-all"],
        ["v=spf1 include:servers.mcsv.net " + "ip4:192.0.2.1 " * 400 + "-all", "v=spf1 mx -all"],
        ["v=spf1 " + " ".join(f"a:h{n}.sunrise-yoga.example" for n in range(600)) + " -all"],
    ],
)
def test_enormous_records_are_judged_and_stored(project, domain, name_server, consultant, texts):
    name_server.zone = dict(name_server.zone) | {"sunrise-yoga.example": {"TXT": texts, "A": ["192.0.2.1"]}}
    assert run(project).state == State.DONE
    assert domain.newest.report["spf"]["result"] in ("valid", "permerror")
    assert consultant.get(domain.get_absolute_url()).status_code == 200
    for finding in domain.newest.findings.all():
        assert not finding.suggestion.startswith("v=spf1") or finding.suggestion.endswith("all")


@pytest.mark.parametrize(
    ("key", "verdict"),
    [({"TXT": ["v=DKIM1; p="]}, "not_ready"), ({"A": ["192.0.2.1"]}, "not_ready"), ("SERVFAIL", "unknown")],
)
def test_a_right_cname_without_a_living_key_is_not_ready(project, domain, name_server, key, verdict):
    name_server.zone = dict(name_server.zone) | {"dkim1.kartra.example": key}
    run(project)
    assert facts(project).get("domains.target_authenticated") == verdict
