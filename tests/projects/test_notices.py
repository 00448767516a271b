"""What happened that concerns me: under the bell for each, in one mail where it cannot wait, never too much."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import KeptMail, User
from apps.accounts.tasks import send_mails
from apps.checklists import calls, services
from apps.findings.models import Fact
from apps.jobs.models import Job
from apps.jobs.telling import tell_ended
from apps.projects.models import Membership
from apps.projects.notice import Notice, NoticeKind
from apps.projects.tasks import mail_urgent
from apps.projects.telling import tell, tell_decision
from engine.findings import Verdict
from tests.factories_checklists import item, waits
from tests.smtp_server import smtp_server, use

KEYS = ["dns.spf", "dns.dkim", "dns.dmarc", "inventory.decided"]


def later(**passed):
    return time_machine.travel(timezone.now() + timedelta(**passed))


def texts(browser) -> list[str]:
    return list(Notice.objects.filter(recipient=browser.person).values_list("text", flat=True))


@pytest.fixture
def lost(project, consultant, client_person):
    """Four checks that were ready and have turned back; two of their items are seen by the client."""
    for number, key in enumerate(KEYS):
        item(project, f"Item {number}", fact=key, evidence_kind="check", client_sees=number in (1, 3))
        Fact.publish(project, key, Verdict.READY, "All is well.")
    for key in KEYS:
        Fact.publish(project, key, Verdict.NOT_READY, f"Reason of {key}.")


def test_lost_facts_of_a_minute_make_one_mail_a_person_and_each_side_reads_only_its_own(
    lost, consultant, client_person, settings
):
    with smtp_server() as (box, port):
        use(settings, port)
        mail_urgent()
        assert KeptMail.objects.count() == 0  # more may come within the minute
        with later(seconds=70):
            for _ in range(3):
                mail_urgent()
                send_mails()
        (his,) = box.to(client_person.person.email)
        (ours,) = box.to(consultant.person.email)
    assert len(box.mails) == 2
    assert ours["Subject"] == "Sunrise Yoga: 4 things that cannot wait"
    mine = his.get_body(("plain",)).get_content()
    assert "“Item 1” is open again. Reason of dns.dkim." in mine
    assert "“Item 3” is open again." in mine
    assert "Reason of inventory.decided" not in mine
    assert "Item 0" not in mine
    assert "Reason of dns.spf" not in mine
    assert his["List-Unsubscribe"]


def test_what_waited_for_a_lost_check_is_named_with_it(project, consultant, client_person):
    first = item(project, "SPF is right", fact="dns.spf", evidence_kind="check", client_sees=False)
    after = item(project, "Send a test", client_sees=True)
    waits(after, first)
    Fact.publish(project, "dns.spf", Verdict.READY, "One record.")
    services.complete(after, by=consultant.person, version=after.version)
    Fact.publish(project, "dns.spf", Verdict.NOT_READY, "Two records.")
    assert texts(consultant) == ["“SPF is right”, “Send a test” are open again. Two records."]
    assert texts(client_person) == ["“Send a test” is open again."]


def test_a_stuck_client_is_mailed_to_consultants_alone(project, consultant, client_person, sibling_client):
    row = item(project, "Send the logo", who="client")
    calls.mark_stuck(row, by=client_person.person, sentence="I have no file")
    with later(seconds=70):
        mail_urgent()
    mail = KeptMail.objects.get()
    assert mail.recipient == consultant.person
    assert "Maya Client is stuck with “Send the logo”: I have no file" in mail.body
    assert f"/projects/move/checklist/{row.pk}/" in mail.body
    assert mail.subject.startswith("Sunrise Yoga: Maya Client is stuck")


def test_whoever_wants_no_such_mails_still_has_the_bell(project, consultant, client_person):
    User.objects.filter(pk=consultant.person.pk).update(mail_at_once=False)
    calls.mark_stuck(item(project, who="client"), by=client_person.person, sentence="Help")
    with later(seconds=70):
        mail_urgent()
    assert KeptMail.objects.count() == 0
    assert len(texts(consultant)) == 1


def test_go_or_no_go_reaches_both_sides_and_not_the_one_who_decided(project, consultant, client_person, helper):
    for _ in range(2):
        tell_decision(project, "Go on Sat 12 Sep 22:00.", link="/projects/move/", key="go:1", by=consultant.person)
    assert Notice.objects.get().recipient == client_person.person
    assert Notice.objects.get().is_urgent


def test_comments_reach_those_concerned_and_internal_ones_never_the_client(project, consultant, client_person):
    row = item(project, "Choose a plan", who="client")
    calls.say(row, by=consultant.person, words="Which one is it?", is_internal=False)
    assert texts(client_person) == [f"{consultant.person} on “Choose a plan”: Which one is it?"]
    calls.say(row, by=client_person.person, words="The big one.", is_internal=False)
    assert len(texts(consultant)) == 1
    calls.say(row, by=consultant.person, words="They cannot pay.", is_internal=True)
    assert len(texts(client_person)) == 1
    assert not Notice.objects.filter(is_urgent=True).exists()


def test_long_or_failed_work_is_told_to_whoever_started_it(project, consultant):
    now = timezone.now()
    for number, (state, seconds) in enumerate([("done", 3), ("done", 60), ("failed", 1), ("cancelled", 60)]):
        job = Job.objects.create(
            project=project, task="t", key=str(number), title=f"Work {number}", state=state,
            created_by=consultant.person, started_at=now - timedelta(seconds=seconds), ended_at=now,
        )  # fmt: skip
        tell_ended(job)
        tell_ended(job)
    assert sorted(texts(consultant)) == ["Work 1: done.", "Work 2: failed."]


def told(project, browser, number: int) -> Notice:
    people = [browser.person]
    tell(
        project, people, NoticeKind.COMMENT, f"Notice {number}", link="/projects/move/checklist/", key=f"test:{number}"
    )
    return Notice.objects.get(key=f"test:{number}")


def test_the_bell_counts_what_is_unread_and_each_can_be_read(project, client_person, consultant):
    first, second = told(project, client_person, 1), told(project, client_person, 2)
    page = client_person.get("/notices/").content.decode()
    assert '2<span class="visually-hidden"> new' in page
    assert consultant.post(f"/notices/{first.pk}/read/").status_code == 404
    assert client_person.post(f"/notices/{first.pk}/read/").url == "/projects/move/checklist/"
    first.refresh_from_db()
    assert first.read_at
    client_person.post("/notices/read/")
    second.refresh_from_db()
    assert second.read_at
    assert "top-dot" not in client_person.get("/notices/").content.decode()


def test_whoever_was_taken_out_reads_and_is_mailed_nothing_of_the_project(project, client_person):
    tell_decision(project, "Go.", link="/projects/move/", key="go:1", by=None)
    Membership.objects.filter(user=client_person.person).delete()
    page = client_person.get("/notices/").content.decode()
    assert "Go." not in page
    assert "top-dot" not in page
    with later(seconds=70):
        mail_urgent()
    assert not KeptMail.objects.filter(recipient=client_person.person).exists()


def test_the_page_of_notices_asks_as_much_for_many_as_for_one(project, client_person):
    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client_person.get("/notices/").status_code == 200
        return len(found)

    told(project, client_person, 0)
    asked()
    few = asked()
    for number in range(1, 30):
        told(project, client_person, number)
    assert asked() == few <= 12
