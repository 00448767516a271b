"""Planned dates: counted from go-live or from the start, where the client is; fixed dates stay."""

from datetime import UTC, date, datetime

import pytest

from apps.checklists import services
from apps.checklists.models import ChecklistItem
from apps.projects.models import Project
from tests.factories_checklists import item

EDIT = "/projects/move/settings/"


def settings_form(project: Project, **values) -> dict:
    moment = project.go_live.astimezone(project.zone)
    fields = {
        "client": project.client, "sources": project.sources, "target": project.target, "time_zone": project.time_zone,
        "go_live": f"{moment:%Y-%m-%dT%H:%M}", "hold_days": 7, "keep_days": 30, "version": project.version,
        "started_on": f"{project.started_on}",
    }  # fmt: skip
    return fields | values


def dated(project, **fields) -> ChecklistItem:
    row = item(project, **fields)
    ChecklistItem.objects.filter(pk=row.pk).update(due=row.due_for(project))
    return row


def due(row) -> date:
    return ChecklistItem.objects.get(pk=row.pk).due


@pytest.mark.parametrize(
    ("zone", "moment", "days", "expected"),
    [
        ("Pacific/Auckland", datetime(2027, 3, 1, 12, tzinfo=UTC), 1, date(2027, 3, 1)),  # already the 2nd there
        ("America/Los_Angeles", datetime(2027, 3, 1, 4, tzinfo=UTC), 1, date(2027, 2, 27)),  # still February there
        ("Europe/Berlin", datetime(2027, 3, 28, 0, 30, tzinfo=UTC), 1, date(2027, 3, 27)),  # the clocks go forward
        ("Europe/Berlin", datetime(2027, 10, 31, 0, 30, tzinfo=UTC), -1, date(2027, 11, 1)),  # and back
    ],
)
def test_a_date_is_counted_on_the_clients_calendar_whatever_the_clocks_do(project, zone, moment, days, expected):
    project.time_zone, project.go_live = zone, moment
    assert ChecklistItem(project=project, days=days).due_for(project) == expected


def test_an_item_may_count_from_the_start_and_moves_with_it_alone(consultant, project):
    first, last = dated(project, days=3, counted_from="start"), dated(project, days=3)
    assert due(first) == date.fromordinal(project.started_on.toordinal() + 3)
    before = due(last)
    answer = consultant.post(EDIT, settings_form(project, started_on="2026-01-10"))
    assert answer.status_code == 302
    assert (due(first), due(last)) == (date(2026, 1, 13), before)


def test_a_fixed_date_stays_when_go_live_moves(consultant, project):
    fixed = dated(project, days=3, fixed_on=date(2027, 1, 5))
    counted = dated(project, days=3)
    project.go_live = datetime(2027, 2, 1, 20, tzinfo=UTC)
    services.reschedule(project)
    assert (due(fixed), due(counted)) == (date(2027, 1, 5), date(2027, 1, 29))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("1999-12-31", "between the years"), ("2099-01-01", "The start lies after go-live"), ("soon", "valid date"),
        ("0000-00-00", "valid date"),
    ],
)  # fmt: skip
def test_a_start_that_cannot_be_is_refused_with_words(consultant, project, typed, words):
    answer = consultant.post(EDIT, settings_form(project, started_on=typed))
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_an_empty_start_keeps_the_one_that_stands(consultant, project):
    assert consultant.post(EDIT, settings_form(project, started_on="", hold_days=9)).status_code == 302
    assert Project.objects.get(pk=project.pk).started_on == project.started_on


def item_form(**values) -> dict:
    return {"title": "Meet the bank", "phase": 1, "section": "Money", "who": "consultant", "days": 5} | values


def test_the_form_of_an_item_takes_its_fixed_date_and_where_its_days_are_counted(consultant, project):
    consultant.post("/projects/move/checklist/new/", item_form(fixed_on="2027-01-05", counted_from="start"))
    row = project.items.get(title="Meet the bank")
    assert (row.due, row.counted_from) == (date(2027, 1, 5), "start")
    values = item_form(version=row.version, counted_from="start", fixed_on="")
    assert consultant.post(f"{row.get_absolute_url()}edit/", values).status_code == 302
    assert due(row) == date.fromordinal(project.started_on.toordinal() + 5)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"fixed_on": "1800-01-01"}, "between the years"), ({"fixed_on": "next week"}, "valid date"),
        ({"counted_from": "never"}, "valid choice"), ({"needs_approval": "on"}, "let him see it"),
    ],
)  # fmt: skip
def test_an_item_with_a_date_that_cannot_be_is_refused_with_words(consultant, project, typed, words):
    answer = consultant.post("/projects/move/checklist/new/", item_form(**typed))
    assert answer.status_code == 422
    assert words in answer.content.decode()
