"""The calendar: what the person sees alone, the right hour over a change of clocks, a secret that can end."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from apps.accounts.feeds import CalendarFeed
from apps.accounts.models import User
from apps.checklists.models import ChecklistItem
from apps.projects.models import Membership, Project, Role
from tests import factories
from tests.factories_checklists import item


def path_of(browser) -> str:
    """Made by the button on the profile page, where the address stands once."""
    browser.post("/me/calendar/")
    page = browser.get("/me/").content.decode()
    found = re.search(r"/calendar/[\w-]+\.ics", page)[0]
    assert found not in browser.get("/me/").content.decode()
    return found


def events(path: str) -> dict:
    answer = Client().get(path)
    assert answer.status_code == 200
    return {str(event["UID"]).split("@")[0]: event for event in Calendar.from_ical(answer.content).walk("VEVENT")}


@pytest.fixture
def plan(project):
    day = project.today + timedelta(days=3)
    return {
        "his": item(project, "Send the logo; both, please\\now", who="client", due=day),
        "ours": item(project, "Secret step", who="consultant", client_sees=False, due=day),
        "done": item(project, "Done", who="client", due=day, state="done"),
        "someday": item(project, "Some day", who="client", due=None),
    }


def test_a_client_gets_his_own_items_and_the_dates_of_the_move(client_person, project, plan):
    found = events(path_of(client_person))
    assert set(found) == {f"item-{plan['his'].pk}", f"go-live-{project.pk}", f"hold-end-{project.pk}"}
    event = found[f"item-{plan['his'].pk}"]
    assert str(event["SUMMARY"]) == "Send the logo; both, please\\now · Sunrise Yoga"
    assert event["DTSTART"].dt == plan["his"].due
    assert event["DTEND"].dt == plan["his"].due + timedelta(days=1)
    assert str(event["URL"]).endswith(f"/projects/move/checklist/{plan['his'].pk}/")


def test_a_consultant_gets_his_sides_items_and_a_helper_none_at_all(consultant, helper, project, plan):
    assert f"item-{plan['ours'].pk}" in events(path_of(consultant))
    assert f"item-{plan['his'].pk}" not in events(path_of(consultant))
    assert events(path_of(helper)) == {}


@pytest.mark.parametrize(("utc", "hour"), [((2026, 10, 24, 20, 0), 22), ((2026, 10, 26, 21, 0), 22)])
def test_go_live_keeps_its_hour_on_both_sides_of_a_change_of_clocks(utc, hour, client_person, project):
    Project.objects.update(go_live=datetime(*utc, tzinfo=UTC), time_zone="Europe/Berlin")
    text = Client().get(path_of(client_person)).content.decode()
    assert "BEGIN:VTIMEZONE" in text
    assert f"DTSTART;TZID=Europe/Berlin:{utc[0]}{utc[1]:02}{utc[2]:02}T{hour}0000" in text
    (event,) = [one for one in Calendar.from_ical(text).walk("VEVENT") if str(one["UID"]).startswith("go-live")]
    assert event["DTSTART"].dt.astimezone(UTC) == datetime(*utc, tzinfo=UTC)
    assert event["DTSTART"].dt.replace(tzinfo=ZoneInfo("Europe/Berlin")).hour == hour


def test_lines_are_folded_and_end_as_the_standard_says(client_person, project):
    item(project, "Überprüfen " * 14, who="client", due=project.today)
    text = Client().get(path_of(client_person)).content
    assert text.endswith(b"END:VCALENDAR\r\n")
    lines = text.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert b"\n" not in b"".join(lines)


def test_the_same_plan_is_not_sent_twice_and_a_moved_date_keeps_its_number(client_person, project, plan):
    path = path_of(client_person)
    first = Client().get(path)
    again = Client().get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    before = events(path)[f"item-{plan['his'].pk}"]
    row = ChecklistItem.objects.get(pk=plan["his"].pk)
    row.change(None, due=row.due + timedelta(days=1))
    after = events(path)[f"item-{plan['his'].pk}"]
    assert after["UID"] == before["UID"]
    assert after["DTSTAMP"].dt >= before["DTSTAMP"].dt
    assert Client().get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_the_address_can_be_renewed_and_ended_and_is_stored_as_a_digest_alone(client_person, project):
    old = path_of(client_person)
    new = path_of(client_person)
    assert Client().get(old).status_code == 404
    answer = Client().get(new)
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert new.split("/")[-1].removesuffix(".ics") not in str(CalendarFeed.objects.values())
    client_person.post("/me/calendar/end/")
    assert Client().get(new).status_code == 404


def test_whoever_leaves_the_project_or_the_house_loses_its_dates(client_person, project, plan):
    path = path_of(client_person)
    Membership.objects.filter(user=client_person.person).delete()
    assert events(path) == {}
    User.objects.filter(pk=client_person.person.pk).update(is_active=False)
    assert Client().get(path).status_code == 404


def test_guessing_is_slowed(client_person):
    statuses = [Client().get(f"/calendar/guess{number}.ics").status_code for number in range(121)]
    assert statuses[0] == 404
    assert statuses[-1] == 429


def test_a_calendar_of_many_projects_costs_as_many_questions_as_one_of_few(consultant, project, plan):
    path = path_of(consultant)

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            Client().get(path)
        return len(found)

    asked()
    few = asked()
    for _ in range(10):
        other = factories.project(project.organisation)
        factories.member(other, consultant.person, Role.CONSULTANT)
        item(other, "More", due=other.today)
    assert asked() == few <= 10
