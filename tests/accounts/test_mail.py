"""Mails over a real SMTP server: written down, sent once, tried again with words, switched off with one click."""

import re
import threading
from datetime import timedelta

import pytest
import time_machine
from django.core import mail as django_mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts.mail import write_down
from apps.accounts.models import KeptMail, MailKind, MailState
from apps.accounts.posting import trouble
from apps.accounts.tasks import send_mails
from apps.accounts.unsubscribing import unsubscribe_url
from tests import factories
from tests.servers import spare_port
from tests.smtp_server import smtp_server, use


@pytest.fixture(scope="module")
def server():
    with smtp_server() as one:
        yield one


@pytest.fixture
def box(server, settings):
    mailbox, port = server
    mailbox.__init__()
    use(settings, port)
    return mailbox


@pytest.fixture
def maya(db):
    return factories.person("maya@sunrise.example", name="Maya")


def write(user, kind=MailKind.NOTICES, **fields):
    fields = {"recipient": user, "organisation_id": None} | fields
    return write_down(
        user.email, "Sunrise Yoga: one item", "Something waits.\nhttp://127.0.0.1/x/", kind=kind, **fields
    )


def test_an_invitation_is_mailed_by_the_worker_and_its_secret_is_not_kept(
    box, consultant, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        consultant.post("/projects/move/people/", {"email": "new@example.org", "role": "20"})
    assert box.mails == []  # the request waits for no mail server
    link = re.search(r"/invitations/[\w-]+/", consultant.get("/projects/move/people/").content.decode())[0]
    send_mails()
    (mail,) = box.to("new@example.org")
    assert link in mail.get_content()
    assert mail["Subject"] == "Your invitation to Sunrise Yoga"
    assert mail["List-Unsubscribe"] is None
    assert "X-Organisation" not in mail
    row = KeptMail.objects.get()
    assert (row.state, row.body, row.organisation.slug) == (MailState.SENT, "", "north-star")


@pytest.mark.django_db(transaction=True)
def test_a_run_three_times_in_a_row_and_twice_at_once_sends_one_mail(box, maya):
    write(maya)

    def run():
        try:
            send_mails()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for _ in range(3):
        send_mails()
    assert len(box.mails) == 1


def test_a_mail_with_a_key_is_written_once(maya):
    assert write(maya, key="digest:1") is not None
    assert write(maya, key="digest:1") is None
    assert KeptMail.objects.count() == 1


def test_a_server_that_is_away_loses_nothing_and_owners_are_told_in_words(settings, maya, owner, consultant):
    port = spare_port()
    use(settings, port)
    write(maya)
    send_mails()
    row = KeptMail.objects.get()
    assert (row.state, row.error, row.attempts) == (MailState.WAITING, "connection refused", 1)
    page = owner.get("/consultancies/north-star/mails/").content.decode()
    assert "Mail could not be sent since" in page
    assert "connection refused" in page
    assert "Mail could not be sent since" in owner.get("/projects/").content.decode()
    assert "Mail could not be sent" not in consultant.get("/projects/").content.decode()
    send_mails()
    assert KeptMail.objects.get().attempts == 1  # not before its time
    with smtp_server(port) as (box, _), time_machine.travel(timezone.now() + timedelta(minutes=3)):
        send_mails()
        send_mails()
        assert len(box.mails) == 1
    assert trouble() is None


@pytest.mark.parametrize(
    ("says", "state", "words"),
    [
        ("550 no such user", MailState.FAILED, "the mail server refuses this recipient (550)"),
        ("451 later", MailState.WAITING, "the mail server answered 451"),
        ("554 spam", MailState.FAILED, "the mail server answered 554"),
    ],
)
def test_a_no_for_ever_ends_a_mail_and_a_no_for_now_does_not(box, maya, says, state, words):
    box.says = says
    write(maya, kind=MailKind.DIGEST)
    if says.startswith("554"):
        words = "the mail server refuses this recipient (554)"
    send_mails()
    row = KeptMail.objects.get()
    assert (row.state, row.error) == (state, words)
    assert "maya@" not in row.error


@pytest.mark.parametrize(("kind", "tries"), [(MailKind.DIGEST, 1), (MailKind.ACCESS, 2)])
def test_a_line_that_breaks_in_the_middle_repeats_invitations_and_never_the_mail_of_the_day(box, maya, kind, tries):
    box.breaks = True
    write(maya, kind=kind)
    send_mails()
    box.breaks = False
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        send_mails()
    assert box.tries == tries
    assert KeptMail.objects.get().state == (MailState.UNCLEAR if tries == 1 else MailState.SENT)


@pytest.mark.parametrize(("kind", "count"), [(MailKind.DIGEST, 0), (MailKind.NOTICES, 1)])
def test_a_worker_that_died_while_sending_is_noticed_after_ten_minutes(box, maya, kind, count):
    write(maya, kind=kind)
    KeptMail.objects.update(state=MailState.SENDING, claimed_at=timezone.now() - timedelta(minutes=11))
    send_mails()
    assert len(box.mails) == count
    assert KeptMail.objects.get().state == (MailState.SENT if count else MailState.UNCLEAR)


def test_the_same_mail_always_bears_the_same_number(box, maya):
    row = write(maya)
    send_mails()
    KeptMail.objects.update(state=MailState.WAITING)
    send_mails()
    assert [mail["Message-ID"] for mail in box.mails] == [box.mails[0]["Message-ID"]] * 2
    assert box.mails[0]["Message-ID"].startswith(f"<mail-{row.pk}-")


def test_one_click_in_the_mail_ends_the_mails_of_its_kind_without_signing_in(box, maya):
    write(maya, kind=MailKind.DIGEST)
    send_mails()
    (mail,) = box.mails
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = re.fullmatch(r"<http://[^/]+(/unsubscribe/.+/)>", "".join(mail["List-Unsubscribe"].split())).group(1)
    browser = Client(enforce_csrf_checks=True)
    page = browser.get(path)
    assert page.status_code == 200
    maya.refresh_from_db()
    assert maya.mail_digest  # opening the link changes nothing
    assert browser.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    maya.refresh_from_db()
    assert not maya.mail_digest
    assert maya.mail_at_once
    browser.post(path, {"again": "yes"})
    maya.refresh_from_db()
    assert maya.mail_digest
    changed = path[:-2] + ("A" if path[-2] != "A" else "B") + "/"
    assert browser.post(changed).status_code == 404


def test_invitations_and_passwords_cannot_be_switched_off(maya):
    assert unsubscribe_url(maya, MailKind.ACCESS) == ""
    assert unsubscribe_url(maya, MailKind.WATCH) == ""


def test_without_a_server_each_reads_his_own_and_owners_those_of_their_consultancy(
    settings, owner, consultant, client_person, stranger, project
):
    settings.EMAIL_BACKEND, settings.EMAIL_URL = "apps.accounts.mail.Outbox", ""
    write(client_person.person, organisation_id=project.organisation_id)
    assert KeptMail.objects.get().state == MailState.KEPT
    words = "Something waits."
    assert words in client_person.get("/me/mails/").content.decode()
    assert words in owner.get("/consultancies/north-star/mails/").content.decode()
    assert words not in consultant.get("/me/mails/").content.decode()
    assert words not in stranger.get("/me/mails/").content.decode()
    assert django_mail.outbox == []


def test_a_person_chooses_what_he_gets_and_when(client_person):
    answer = client_person.post("/me/mail/", {"mail_hour": "9", "mail_at_once": "on"})
    assert answer.status_code == 302
    user = type(client_person.person).objects.get(pk=client_person.person.pk)
    assert (user.mail_digest, user.mail_hour, user.mail_at_once) == (False, 9, True)
    assert client_person.post("/me/mail/", {"mail_hour": "25"}).status_code == 422
