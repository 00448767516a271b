"""A new project from the form, with its checklist; what the form refuses."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.checklists.builtin import four_phases
from apps.projects.models import Project
from tests import factories

URL = "/new-project/"


def typed(organisation, **changes):
    day = timezone.now() + timedelta(days=60)
    data = {
        "client": "Harbour Books", "sources": ["mailchimp", "wordpress"], "target": "kartra",
        "time_zone": "Europe/Berlin", "go_live": f"{day:%Y-%m-%d}T22:00", "hold_days": "7", "keep_days": "30",
        "organisation": organisation.pk,
    }  # fmt: skip
    return data | changes


def test_the_plan_is_copied_with_every_date_counted_back_from_go_live(consultant, organisation):
    answer = consultant.post(URL, typed(organisation))
    project = Project.objects.get(client="Harbour Books")
    assert answer.headers["Location"] == project.get_absolute_url()
    assert project.items.count() == len(four_phases().items)
    assert project.waits.count() == sum(len(item.waits_for) for item in four_phases().items)
    for item in project.items.all():
        assert item.due == project.go_live_day - timedelta(days=item.days)
    assert project.go_live.astimezone(project.zone).hour == 22


def test_a_new_go_live_moves_the_dates_with_it(consultant, organisation):
    consultant.post(URL, typed(organisation))
    project = Project.objects.get(client="Harbour Books")
    later = project.go_live_day + timedelta(days=10)
    data = typed(organisation, go_live=f"{later:%Y-%m-%d}T22:00", version=str(project.version))
    assert consultant.post(f"{project.get_absolute_url()}settings/", data).status_code == 302
    for item in project.items.all():
        assert item.due == later - timedelta(days=item.days)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client": ""}, "Fill this in"),
        ({"client": "x" * 10_000}, "at most"),
        ({"client": "a\x00b"}, "Null characters"),
        ({"target": "spaceship"}, "valid choice"),
        ({"target": "postmark"}, "valid choice"),
        ({"sources": ["spaceship"]}, "valid choice"),
        ({"sources": ["kartra"]}, "also named as a source"),
        ({"go_live": "2020-01-01T10:00"}, "has passed"),
        ({"go_live": "tomorrow"}, "valid date"),
        ({"go_live": "9999-12-31T23:59"}, "between the years"),
        ({"time_zone": "Mars/Olympus"}, "valid choice"),
        ({"hold_days": "-1"}, "greater than or equal"),
    ],
)
def test_bad_input_gets_a_sentence_and_the_typed_text_stays(consultant, organisation, project, changes, words):
    answer = consultant.post(URL, typed(organisation, **changes))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert "Europe/Berlin" in page
    assert Project.objects.count() == 1


def test_a_project_cannot_be_put_into_another_consultancy(consultant, project):
    other = factories.organisation()
    consultant.post(URL, typed(other))
    assert not Project.objects.filter(organisation=other).exists()
