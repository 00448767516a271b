"""The mail of the day: one at most, in the person's morning, with what waits for him alone, and nothing else."""

import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import DigestDay, KeptMail, User
from apps.accounts.tasks import send_mails
from apps.assets.models import Asset
from apps.checklists import calls
from apps.overview.digest import send_digests, waiting_for
from apps.overview.tasks import send_digests as task
from apps.projects.models import Role
from tests import factories
from tests.factories_checklists import item, waits
from tests.smtp_server import smtp_server, use

TODAY = timedelta(0)


def due(project, days: int) -> dict:
    return {"due": project.today + timedelta(days=days)}


@pytest.fixture
def plan(project):
    """Items of both sides, late and early, seen and hidden."""
    first = item(project, "Send the logo", who="client", **due(project, -2))
    item(project, "Choose a plan", who="client", **due(project, 30))
    waits(item(project, "Say yes", who="client", **due(project, 3)), first)
    item(project, "Secret step", who="consultant", client_sees=False, **due(project, 1))
    Asset.objects.create(project=project, name="Old course", kind="course", client_sees=True)
    Asset.objects.create(project=project, name="Hidden funnel", kind="funnel", client_sees=False)
    return first


def morning(user) -> datetime:
    """Half past the person's hour, today."""
    return timezone.now().astimezone(UTC).replace(hour=user.mail_hour, minute=30)


def body_for(user) -> str:
    User.objects.exclude(pk=user.pk).update(mail_digest=False)
    send_digests(morning(user))
    return "".join(KeptMail.objects.filter(recipient=user).values_list("body", flat=True))


def test_a_client_reads_what_waits_for_him_with_dates_and_nothing_internal(client_person, plan):
    body = body_for(client_person.person)
    assert "Send the logo (overdue by 2 days, " in body
    assert "1 decision to take" in body
    assert "and 1 more, later" in body
    for hidden in ("Secret step", "Hidden funnel", "Say yes", "Old course"):
        assert hidden not in body
    mail = KeptMail.objects.get()
    assert mail.subject == "Sunrise Yoga: 2 things wait for you"
    assert mail.organisation.slug == "north-star"
    assert "<script" not in mail.html


def test_a_consultant_reads_his_own_and_whom_the_client_calls(consultant, client_person, project, plan):
    calls.mark_stuck(plan, by=client_person.person, sentence="No file")
    body = body_for(consultant.person)
    assert "Secret step (tomorrow, " in body
    assert "Maya Client is stuck: Send the logo" in body
    assert "Choose a plan" not in body


def test_nothing_is_sent_when_nothing_waits_to_the_switched_off_or_to_strangers(
    client_person, sibling_client, stranger, helper, consultant, plan
):
    User.objects.filter(pk__in=[client_person.person.pk, consultant.person.pk]).update(mail_digest=False)
    assert send_digests(morning(sibling_client.person)) == 0
    assert KeptMail.objects.count() == 0


@pytest.mark.parametrize(
    ("zone", "utc", "is_due"),
    [
        ("Europe/Berlin", (2026, 7, 1, 4, 59), False),  # 6:59 in summer
        ("Europe/Berlin", (2026, 7, 1, 5, 1), True),
        ("Europe/Berlin", (2026, 12, 1, 5, 59), False),
        ("Europe/Berlin", (2026, 12, 1, 6, 1), True),
        ("America/Los_Angeles", (2026, 7, 1, 14, 1), True),
        ("America/Los_Angeles", (2026, 7, 1, 5, 1), False),  # ten in the evening
        ("Not/AZone", (2026, 7, 1, 7, 1), True),
    ],
)
def test_the_mail_comes_in_the_morning_where_the_person_is(zone, utc, is_due, client_person, project):
    User.objects.update(time_zone=zone)
    with time_machine.travel(datetime(*utc, tzinfo=UTC), tick=False):
        item(project, "Send the logo", who="client", due=project.today)
        assert send_digests() == int(is_due)


def test_over_a_day_of_runs_there_is_one_mail_and_the_next_day_another(client_person, project, plan):
    start = timezone.now().replace(hour=0, minute=2)
    for minutes in range(0, 24 * 60, 20):
        send_digests(start + timedelta(minutes=minutes))
    assert KeptMail.objects.filter(recipient=client_person.person).count() == 1
    with time_machine.travel(start + timedelta(days=1, hours=8)):
        send_digests()
    assert KeptMail.objects.filter(recipient=client_person.person).count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_and_three_in_a_row_mail_one_to_a_real_server(client_person, project, settings):
    item(project, "Send the logo", who="client", due=project.today)
    User.objects.update(mail_hour=timezone.now().hour)
    with smtp_server() as (box, port):
        use(settings, port)

        def run():
            try:
                task()
                send_mails()
            finally:
                connection.close()

        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for _ in range(3):
            run()
        (mail,) = box.to(client_person.person.email)
    assert DigestDay.objects.filter(user=client_person.person).count() == 1
    plain, html = mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()
    assert re.search(rf"{settings.BASE_URL}/projects/move/checklist/\d+/", plain)
    assert "Send the logo" in html
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_person_of_many_projects_costs_as_many_questions_as_one_of_few(consultant, client_person, project, plan):
    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            assert waiting_for(consultant.person)
        return len(found)

    few = asked()
    for _ in range(10):
        other = factories.project(project.organisation)
        factories.member(other, consultant.person, Role.CONSULTANT)
        item(other, "More", due=other.today)
    assert asked() == few <= 12
