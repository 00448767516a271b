"""Asking a real name server on loopback which domains of a list take mail, and what comes of it."""

import csv
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.contacts import asking, packing, services
from apps.contacts.mail_domains import MailCheck, MailDomain
from apps.contacts.models import ContactFile
from apps.contacts.tasks import ask_mail
from apps.jobs.models import Job, State
from engine.dns import mail
from tests import factories
from tests.dns_server import DnsServer
from tests.factories_contacts import contact_file

ZONE = {
    "good.example.com": {"MX": ["10 mail.good.example.com."]},
    "web.example.com": {"A": ["192.0.2.1"]},
    "null.example.com": {"MX": ["0 ."]},
    "broken.example.com": "SERVFAIL",
    "silent.example.com": "SILENT",
}
PEOPLE = [
    "a@good.example.com", "b@good.example.com", "c@good.example.com", "a@web.example.com", "b@web.example.com",
    "a@null.example.com", "b@null.example.com", "one@gone.example.com", "a@broken.example.com", "a@silent.example.com",
]  # fmt: skip
LIST = "Email,Consent\n" + "".join(f"{address},yes\n" for address in PEOPLE)
DEAD_CODE = "contacts.email.no_mail_server"


@pytest.fixture
def server(settings):
    with DnsServer(ZONE) as running:
        settings.DNS_NAMESERVERS = [running.address]
        yield running


def checked(project, content=LIST, **fields) -> ContactFile:
    file = contact_file(project, content, **fields)
    services.judge_now(file)
    return fresh(file)


def fresh(file) -> ContactFile:
    return ContactFile.objects.select_related("project", "file", "latest_check").get(pk=file.pk)


def asked(file) -> Job:
    job = Job.start(ask_mail, file.project, by=None, key=file.job_key, contact_file_id=file.pk)
    ask_mail.run(job.pk)
    job.refresh_from_db()
    return job


def rows_of(file):
    with file.mail_checks.get().list_file.path.open(encoding="utf-8", newline="") as stream:
        return {
            row["domain"]: (int(row["contacts"]), int(row["first_line"]), row["result"])
            for row in csv.DictReader(stream)
        }


def page_of(browser, file, part=""):
    return " ".join(browser.get(f"/projects/move/contacts/{file.pk}/{part}").content.decode().split())


def test_each_domain_is_asked_once_and_the_most_frequent_first(project, server):
    job = asked(checked(project))
    assert (job.state, job.message) == (State.DONE, "6 domains, 2 take no mail, 2 could not be told.")
    first = [name for name, _ in server.asked if name.endswith("good.example.com")]
    assert first == ["good.example.com"] and server.asked.count(("gone.example.com", "MX")) == 1


def test_the_counts_and_the_list_say_what_the_dns_said(project, server):
    file = checked(project)
    asked(file)
    check = MailCheck.objects.get()
    assert check.dead == {"domains": 2, "contacts": 3, "line": 7}
    assert (check.total("domains", "ok"), check.total("domains", "unknown"), check.left) == (2, 2, 0)
    assert rows_of(file) == {
        "null.example.com": (2, 7, "null_mx"), "gone.example.com": (1, 9, "none"),
        "broken.example.com": (1, 10, "unknown"), "silent.example.com": (1, 11, "unknown"),
    }  # fmt: skip


def test_the_next_check_sends_contacts_of_dead_domains_to_be_fixed_and_never_the_unknown(project, server):
    file = checked(project)
    assert DEAD_CODE not in file.latest_check.report["counts"]
    asked(file)
    services.judge_now(fresh(file))
    check = fresh(file).latest_check
    assert (check.report["counts"][DEAD_CODE], check.report["segments"]["fix"]) == (3, 3)
    assert [finding.line for finding in check.findings.filter(code=DEAD_CODE).order_by("line")] == [7, 8, 9]
    assert check.has_errors and check.report["segments"]["consented"] == 7


def test_import_files_leave_out_who_cannot_be_reached(project, server):
    file = checked(project)
    asked(file)
    with packing.packing(fresh(file)) as packed:
        run = packing.record_packs(packed, by=None)
    assert sum(pack.records for pack in run.packs.for_import()) == 7
    assert run.packs.get(segment="fix").records == 3


def test_only_domains_of_several_contacts_are_kept_for_others_and_no_failure_is(project, server):
    asked(checked(project))
    known = dict(MailDomain.objects.values_list("name", "verdict"))
    assert known == {"good.example.com": "ok", "web.example.com": "ok", "null.example.com": "null_mx"}


def test_what_is_known_is_not_asked_again_until_it_is_too_old(project, server):
    asked(checked(project))
    server.asked.clear()
    other = checked(factories.project(slug="elsewhere"), LIST)
    asked(other)
    names = {name for name, _ in server.asked}
    assert names == {"gone.example.com", "broken.example.com", "silent.example.com"}
    MailDomain.objects.update(as_of=timezone.now() - timedelta(days=2))
    server.asked.clear()
    asked(other)
    assert "null.example.com" in {name for name, _ in server.asked}
    assert "good.example.com" not in {name for name, _ in server.asked}
    MailDomain.objects.update(as_of=timezone.now() - timedelta(days=31))
    server.asked.clear()
    asked(other)
    assert "good.example.com" in {name for name, _ in server.asked}


def test_a_domain_without_mail_stops_counting_after_a_day_and_the_pages_say_so(project, server, consultant):
    file = checked(project)
    asked(file)
    MailDomain.objects.update(as_of=timezone.now() - timedelta(days=2))
    stored = MailCheck.objects.get().list_file
    day = timezone.now().date().isoformat()
    before = (timezone.now() - timedelta(days=2)).date().isoformat()
    stored.path.write_text(stored.path.read_text().replace(day, before))
    MailCheck.objects.update(as_of=timezone.now() - timedelta(days=2))
    services.judge_now(fresh(file))
    assert DEAD_CODE not in fresh(file).latest_check.report["counts"]
    assert "no longer counts" in page_of(consultant, file)
    assert "took no mail when the DNS was asked" in page_of(consultant, file, "packs/")


def test_a_domain_that_takes_mail_again_is_let_in_again(project, server):
    file = checked(project)
    asked(file)
    server.zone["gone.example.com"] = {"MX": ["10 mail.good.example.com."]}
    asked(file)
    assert MailCheck.objects.count() == 1 and "gone.example.com" not in rows_of(file)


def test_cancelled_half_way_keeps_what_was_learnt(project, server, monkeypatch):
    file = checked(project, LIST + "".join(f"p@n{number}.example.com,yes\n" for number in range(300)))
    job = Job.start(ask_mail, project, by=None, key=file.job_key, contact_file_id=file.pk)
    real, moves = Job.progress, []

    def progress(self, done, total=None, message=None, *, at_once=False):
        moves.append(done)
        if done == 50:
            Job.objects.filter(pk=self.pk).update(cancel_requested=True)
        real(self, done, total, message, at_once=at_once or done == 50)

    monkeypatch.setattr(Job, "progress", progress)
    ask_mail.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.message) == (State.CANCELLED, "Cancelled. What was learnt of 50 domains is kept.")
    check = MailCheck.objects.get()
    assert (check.asked, check.left) == (50, 256)
    assert MailDomain.objects.filter(name="good.example.com").exists()
    assert moves == sorted(moves) and moves[-1] == 50


def test_name_servers_that_keep_silent_end_the_job_in_words_and_lose_nothing(project, server, monkeypatch):
    monkeypatch.setattr(mail, "SILENT_AFTER", 3)
    file = checked(project)
    MailDomain.objects.learn({"good.example.com": "ok"}, timezone.now())
    server.zone |= dict.fromkeys(["web.example.com", "null.example.com", "gone.example.com"], "REFUSED")
    job = asked(file)
    assert (job.state, job.message) == (State.FAILED, "The name server gives no answers now; try again later.")
    check = MailCheck.objects.get()
    assert check.total("domains", "ok") == 1 and check.left == 6 - 1 - check.asked


def test_without_any_name_server_the_job_says_so(project, settings, monkeypatch):
    file = checked(project)
    monkeypatch.setattr(mail, "system_nameservers", list)
    assert asked(file).message.startswith("This machine knows no name server.")


def test_a_file_without_domains_or_without_its_bytes_is_a_sentence(project, server):
    assert "check it first" in asked(contact_file(project, LIST)).message
    file = checked(project)
    services.delete_file(file, by=factories.person())
    assert "no longer there" in asked(file).message and server.asked == []


def test_the_lists_go_with_the_upload_and_with_the_next_round(project, server, django_capture_on_commit_callbacks):
    file = checked(project)
    asked(file)
    first = MailCheck.objects.get().list_file
    assert first.delete_after == file.file.delete_after
    with django_capture_on_commit_callbacks(execute=True):
        asked(file)
    assert not first.path.exists()
    services.delete_file(fresh(file), by=factories.person())
    assert not project.files.present().exists()


def test_a_file_deleted_while_the_dns_is_asked_leaves_nothing(project, server, monkeypatch):
    file = checked(project)
    real = asking.ask

    def ask(learnt, watch):
        real(learnt, watch)
        services.delete_file(fresh(file), by=factories.person())

    monkeypatch.setattr(asking, "ask", ask)
    asked(file)
    assert MailCheck.objects.count() == 0 and not project.files.present().exists()


def test_no_address_is_in_the_database_or_sent_to_anybody(project, server):
    job = asked(checked(project))
    assert "@" not in f"{job.message}{job.title}" and all("@" not in name for name, _ in server.asked)
    assert all("@" not in name for name in MailDomain.objects.values_list("name", flat=True))


def test_the_consultant_starts_it_and_sees_what_came_of_it(project, server, consultant):
    file = checked(project)
    page = page_of(consultant, file)
    assert "Ask the DNS about 6 domains" in page and "Only names of domains are asked" in page
    answer = consultant.post(f"/projects/move/contacts/{file.pk}/mail/")
    assert answer.headers["Location"] == f"/projects/move/contacts/{file.pk}/#mail"
    assert 'hx-select="#mail"' in page_of(consultant, file)
    ask_mail.run(Job.objects.get(task="contacts.ask_mail").pk)
    page = page_of(consultant, file)
    assert '2 domains <span class="muted">with 3 contacts, the first on line 7</span>' in page
    assert "List of these domains" in page and "Check again, so that these contacts" in page


def test_the_client_who_uploaded_it_sees_the_counts_and_cannot_start_it(project, server, client_person):
    file = checked(project, client_sees=True, by=client_person.person)
    assert "Ask the DNS" not in page_of(client_person, file)
    assert client_person.post(f"/projects/move/contacts/{file.pk}/mail/").status_code == 403
    asked(file)
    page = page_of(client_person, file)
    assert "with 3 contacts, the first on line 7" in page
    assert client_person.get(f"/projects/move/files/{MailCheck.objects.get().list_file_id}/").status_code == 200


def test_a_file_of_another_project_is_not_found(project, consultant, foreign):
    file = checked(foreign)
    assert consultant.post(f"/projects/move/contacts/{file.pk}/mail/").status_code == 404


def test_the_page_asks_the_same_questions_however_many_domains(project, server, consultant):
    numbers = []
    for content in (LIST, LIST + "".join(f"p@n{number}.example.com,yes\n" for number in range(40))):
        file = checked(project, content, name=f"list {len(content)}.csv")
        asked(file)
        with CaptureQueriesContext(connection) as queries:
            page_of(consultant, file)
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]
