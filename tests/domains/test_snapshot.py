"""A domain's snapshot: read from its own servers, signed once, never changed, compared by every later check."""

import pytest
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.utils import timezone

from apps.domains import services, snapshots, tasks
from apps.domains.models import DnsSnapshot
from apps.projects.models import Activity
from tests.domains.conftest import run

D = "sunrise-yoga.example"
WWW = f"www.{D}"


def kept(snapshot):
    return {(one.name, one.type): one for one in snapshot.there}


def fact(project, key):
    found = project.facts.filter(key=f"domains.{key}").first()
    return found.verdict if found else None


def post(client, domain, text, name="zone.txt"):
    file = TemporaryUploadedFile(name, "text/plain", len(text), "utf-8")
    file.write(text.encode())
    file.seek(0)
    return client.post(f"{domain.get_absolute_url()}snapshot/import/", {"file": file})


def test_everything_known_is_kept_with_the_times_of_the_zone_itself(project, domain, own_server):
    job = run(tasks.take_snapshots, project)
    assert job.state == "done", job.message
    found = kept(domain.snapshots.get())
    assert found[D, "A"].ttl == 14400
    assert found[D, "A"].is_exact
    assert found[D, "CAA"].values == ('0 issue "letsencrypt.org"',)
    assert found[f"_autodiscover._tcp.{D}", "SRV"].values == ("0 0 443 mail.hosting.example.",)
    assert found[f"k2._domainkey.{D}", "CNAME"].values == ("dkim2.mcsv.net",)
    assert {(D, "MX"), (D, "NS"), (D, "TXT"), (f"mail.{D}", "A"), (f"_dmarc.{D}", "TXT")} <= found.keys()
    assert (f"hidden.{D}", "A") not in found  # nobody can list a zone from outside


def test_names_of_an_imported_file_are_asked_too(project, domain, own_server, consultant):
    assert post(consultant, domain, "Name,Type,Value,TTL\nhidden,A,192.0.2.9,60\n", "export.csv").status_code == 302
    run(tasks.take_snapshots, project)
    snapshot = domain.snapshots.get()
    assert kept(snapshot)[f"hidden.{D}", "A"].values == ("192.0.2.77",)
    assert [change.name for change in snapshots.told_otherwise(snapshot)] == [f"hidden.{D}"]
    page = consultant.get(f"{domain.get_absolute_url()}snapshot/").content.decode()
    assert "the file says 192.0.2.9, the DNS answers 192.0.2.77" in page


@pytest.mark.parametrize(
    ("text", "words"), [("nonsense here\n", "neither a table"), ("$INCLUDE /etc/passwd\n", "plain")]
)
def test_a_file_that_cannot_be_read_is_told_and_kept_nowhere(domain, consultant, text, words):
    answer = post(consultant, domain, text)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not domain.imported_zones.exists()


def test_a_resolver_alone_gives_times_that_are_marked(project, domain, own_server, settings, consultant):
    settings.OUTBOUND_ALLOW = []  # loopback is not reached as a zone's own server
    run(tasks.take_snapshots, project)
    snapshot = domain.snapshots.get()
    assert snapshot.servers == []
    assert not kept(snapshot)[D, "A"].is_exact
    assert "what was left of it" in consultant.get(f"{domain.get_absolute_url()}snapshot/").content.decode()


def test_a_zone_that_does_not_answer_is_not_kept_as_an_empty_one(project, domain, own_server):
    own_server.refuses = True
    job = run(tasks.take_snapshots, project)
    assert (job.state, "nothing to keep" in job.message) == ("failed", True)
    assert not domain.snapshots.exists()


def test_what_did_not_answer_is_kept_as_unread(project, domain, own_server):
    own_server.zone[f"mail.{D}"] = "SERVFAIL"
    run(tasks.take_snapshots, project)
    snapshot = domain.snapshots.get()
    assert {one.name for one in snapshot.unknown} == {f"mail.{D}"}
    assert snapshot.unread == len(snapshot.unknown) > 3


def test_it_is_signed_once_and_the_fact_follows(project, domain, own_server, consultant, owner):
    run(tasks.check_domains, project)
    run(tasks.take_snapshots, project)
    assert fact(project, "snapshot_taken") == "not_ready"
    snapshot = domain.snapshots.get()
    for client in (consultant, owner):
        assert client.post(f"{domain.get_absolute_url()}snapshot/sign/", {"snapshot": snapshot.pk}).status_code == 302
    snapshot.refresh_from_db()
    assert snapshot.signed_by == consultant.person
    assert fact(project, "snapshot_taken") == "ready"
    (line,) = Activity.objects.filter(verb="signed off the DNS snapshot of")
    assert snapshot.sha256[:16] in line.detail
    run(tasks.take_snapshots, project)
    assert DnsSnapshot.objects.count() == 2  # a new look is a new row
    assert domain.signed_snapshot == snapshot


def test_what_changes_outside_the_plan_is_named_and_what_the_plan_asks_for_is_not(project, domain, signed, own_server):
    assert fact(project, "stable") == "ready"
    zone = own_server.zone
    zone[f"k1._domainkey.{D}"] = {"CNAME": ["dkim1.kartra.example."]}
    zone[WWW] = {"CNAME": ["sunrise.kartra.com."]}
    run(tasks.check_domains, project)
    assert fact(project, "stable") == "ready"
    zone[f"mail.{D}"] = {"A": ["198.51.100.66"]}
    run(tasks.check_domains, project)
    found = project.facts.get(key="domains.stable")
    assert found.verdict == "not_ready"
    assert f"mail.{D} A was 192.0.2.2, is now 198.51.100.66" in found.reason


def test_silence_is_no_drift(project, domain, signed, own_server):
    own_server.zone[f"mail.{D}"] = "SERVFAIL"
    own_server.zone[WWW] = "SILENT"
    run(tasks.check_domains, project)
    assert fact(project, "stable") == "ready"


def test_the_page_names_the_way_back(project, domain, signed, own_server, consultant):
    own_server.zone[WWW] = {"CNAME": ["sunrise.kartra.com."]}
    run(tasks.check_domains, project)
    page = consultant.get(f"{domain.get_absolute_url()}snapshot/").content.decode()
    assert "Put back" in page
    assert "14400 s" in page
    assert "nothing stood there" in page
    assert "Signed off" in page


def test_the_zone_file_and_the_table_can_be_taken_away(domain, signed, consultant):
    zone = consultant.get(f"{domain.get_absolute_url()}snapshot/file/zone/").content.decode()
    assert f"{D}.\t14400\tIN\tMX\t10 mail.{D}." in zone
    assert '\t14400\tIN\tTXT\t"site=\\"x\\"; \\233"' in zone
    table = consultant.get(f"{domain.get_absolute_url()}snapshot/file/csv/").content.decode()
    assert f'{D},CAA,"0 issue ""letsencrypt.org""",14400' in table


def test_the_page_asks_as_much_for_many_snapshots_as_for_one(domain, signed, consultant, django_assert_max_num_queries):
    for _ in range(10):
        signed.pk = None
        signed.save()
    with django_assert_max_num_queries(25):
        consultant.get(f"{domain.get_absolute_url()}snapshot/")


def test_names_where_a_sender_was_found_are_kept_too(project, domain, own_server):
    key = f"google._domainkey.{domain.name}"
    report = {"sender_signs": [{"name": key}], "mx": {"hosts": []}, "expected": [], "failed": False}
    services.record_check(domain, report=report, findings=[], as_of=timezone.now(), by=None)
    assert key in snapshots.names_to_keep(domain)
