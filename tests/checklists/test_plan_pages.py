"""The timeline, the report and moving go-live: what each shows, to whom, and what bad input does."""

import io
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from apps.checklists import approving, services
from apps.checklists.models import ChecklistItem
from apps.projects.models import Project
from tests.factories_checklists import item, waits

BASE = "/projects/move/"


def page_of(browser, address) -> str:
    answer = browser.get(f"{BASE}{address}")
    assert answer.status_code == 200
    return answer.content.decode()


def dated(project, title, days, **fields) -> ChecklistItem:
    row = item(project, title, days=days, **fields)
    row.due = row.due_for(project)
    row.save()
    return row


def moved(project, days) -> str:
    return f"{project.go_live.astimezone(project.zone) + timedelta(days=days):%Y-%m-%dT%H:%M}"


def test_each_step_shows_planned_now_baseline_and_slip(consultant, project):
    row = dated(project, "Import the contacts", 10)
    approving.approve_plan(project, by=consultant.person)
    was = row.due
    ChecklistItem.objects.filter(pk=row.pk).update(due=was + timedelta(days=3))
    page = page_of(consultant, "timeline/?open=1")
    assert f'data-label="Baseline">{was.day} {was:%b %Y}' in page
    assert "3 days late" in page
    assert "Import the contacts: planned" in page  # the drawing says it as well


def test_what_is_done_stands_on_the_day_it_was_done(consultant, project):
    row = dated(project, "Early bird", 5)
    services.complete(row, by=consultant.person, version=row.version)
    assert "35 days early" in page_of(consultant, "timeline/")


def test_the_client_sees_his_steps_and_not_the_name_of_what_makes_go_live_late(client_person, project):
    item(project, "Secret margin", client_sees=False, due=project.today - timedelta(days=1))
    Project.objects.filter(pk=project.pk).update(go_live=timezone.now())
    for address in ("timeline/?open=1,2,3,4", "plan-report/"):
        page = page_of(client_person, address)
        assert "Secret margin" not in page
        assert "waits for a step of your consultant" in page


@pytest.mark.parametrize("opened", ["", "9", "x,y", "1," * 500, "-1", "²"])
def test_nonsense_in_the_address_of_the_timeline_does_no_harm(consultant, project, opened):
    dated(project, "One", 5)
    assert consultant.get(f"{BASE}timeline/", {"open": opened}).status_code == 200


def test_dates_far_apart_and_items_without_one_are_drawn(consultant, project):
    item(project, "No date")
    dated(project, "Long ago", 0, fixed_on=date(2001, 1, 1))
    dated(project, "Far", 0, fixed_on=date(2099, 12, 31))
    assert "No date" in page_of(consultant, "timeline/?open=1")


def test_before_go_live_moves_the_page_names_what_would_no_longer_fit_and_writes_nothing(consultant, project):
    bank = dated(project, "Bank holiday", 0, fixed_on=project.go_live_day - timedelta(days=12))
    pay = dated(project, "Open the checkout", 10)
    dated(project, "Still fine", 1)
    waits(pay, bank)
    page = page_of(consultant, f"go-live/?go_live={moved(project, -5)}")
    assert "What would no longer fit" in page
    assert "Bank holiday" in page
    assert "after this one, which waits for it" in page
    assert "2 open items would move" in page
    assert Project.objects.get(pk=project.pk).go_live == project.go_live
    assert "Everything that fitted before still fits" in page_of(consultant, f"go-live/?go_live={moved(project, 5)}")


def test_go_live_moves_and_is_moved_back(consultant, project):
    row = dated(project, "Open the checkout", 38)
    before = row.due
    answer = consultant.post(f"{BASE}go-live/", {"go_live": moved(project, -5), "version": project.version})
    assert answer.status_code == 302
    page = consultant.get(answer.headers["Location"]).content.decode()
    assert "What no longer fits" in page
    assert "which has passed" in page
    assert "Undo: move it back" in page
    row.refresh_from_db()
    assert row.due == before - timedelta(days=5)
    version = Project.objects.get(pk=project.pk).version
    consultant.post(f"{BASE}go-live/", {"go_live": moved(project, 0), "version": version})
    row.refresh_from_db()
    assert row.due == before


def test_go_live_moved_over_the_end_of_summer_time_moves_by_whole_days(consultant, project):
    zone = ZoneInfo("Europe/Berlin")
    Project.objects.filter(pk=project.pk).update(go_live=datetime(2027, 10, 25, 23, 30, tzinfo=zone))
    row = dated(Project.objects.get(pk=project.pk), "Lower the TTL", 2)
    consultant.post(f"{BASE}go-live/", {"go_live": "2027-11-01T23:30", "version": project.version})
    row.refresh_from_db()
    assert row.due == date(2027, 10, 30)
    assert Project.objects.get(pk=project.pk).go_live == datetime(2027, 11, 1, 23, 30, tzinfo=zone)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("2020-01-01T10:00", "This time has passed"), ("soon", "valid date"), ("", "Fill this in"),
        ("2027-03-28T02:30", "does not exist"), ("9999-12-31T23:59", "between the years"),
    ],
)  # fmt: skip
def test_a_go_live_that_cannot_be_is_refused_with_words(consultant, project, typed, words):
    answer = consultant.post(f"{BASE}go-live/", {"go_live": typed, "version": project.version})
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_the_second_of_two_who_move_go_live_is_told(consultant, owner, project):
    consultant.post(f"{BASE}go-live/", {"go_live": moved(project, 5), "version": project.version})
    answer = owner.post(f"{BASE}go-live/", {"go_live": moved(project, 9), "version": project.version})
    assert answer.status_code == 409


@pytest.mark.parametrize("was", ["x", "9" * 200, "2027-13-45T00:00:00Z", "2027-01-01"])
def test_nonsense_in_the_address_after_a_move_does_no_harm(consultant, project, was):
    assert "Undo" not in page_of(consultant, f"go-live/?was={was}")


def test_the_report_and_its_workbook_hold_evidence_overrides_and_approvals(consultant, project):
    first, second = dated(project, "Count them", 5, evidence_kind="count"), dated(project, "Forced", 3)
    services.give_evidence(first, by=consultant.person, kind="count", text="1412")
    services.give_evidence(second, by=consultant.person, kind="text", text="=cmd|' /C calc'!A0")
    waits(second, first)
    services.complete(second, by=consultant.person, version=second.version, override="Agreed by phone")
    approving.approve_plan(project, by=consultant.person, comment="Good to go")
    page = page_of(consultant, "plan-report/")
    for words in ("1,412", "Agreed by phone", "Done by override", "Good to go", "Approved"):
        assert words in page
    file = b"".join(consultant.get(f"{BASE}plan-report/xlsx/").streaming_content)
    book = load_workbook(io.BytesIO(file))
    rows = {row[2].value: row for row in book["Plan"].iter_rows(min_row=2)}
    assert rows["Count them"][12].value == "1412"
    assert (rows["Forced"][11].value, rows["Forced"][12].data_type) == ("Agreed by phone", "s")
    assert [cell.value for cell in book["Approvals"][2]][:2] == ["The plan", "Approved"]


def test_the_client_gets_the_report_of_what_he_sees(client_person, project):
    item(project, "Secret margin", client_sees=False)
    item(project, "Shown")
    file = b"".join(client_person.get(f"{BASE}plan-report/xlsx/").streaming_content)
    titles = [row[2].value for row in load_workbook(io.BytesIO(file))["Plan"].iter_rows(min_row=2)]
    assert titles == ["Shown"]


def test_the_settings_page_leads_to_what_no_longer_fits(consultant, project):
    values = {
        "client": project.client, "sources": project.sources, "target": project.target, "time_zone": project.time_zone,
        "go_live": moved(project, 3), "hold_days": 7, "keep_days": 30, "version": project.version,
    }  # fmt: skip
    answer = consultant.post(f"{BASE}settings/", values)
    assert "/go-live/?was=" in answer.headers["Location"]


def test_the_client_finds_what_to_approve_on_top_of_his_list(consultant, client_person, project):
    approving.ask(project, "plan", by=consultant.person, question="Do the dates suit you?")
    page = page_of(client_person, "my-list/")
    assert "Your approval is asked for" in page
    assert "Do the dates suit you?" in page
