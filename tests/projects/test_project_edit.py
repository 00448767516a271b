"""The project's settings: who may, bad input, two editors at once."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import lxml.html
import pytest
from django.utils import timezone

from apps.projects.models import Activity, Project

URL = "/projects/move/settings/"


def form(project: Project, **values) -> dict:
    fields = {
        "client": project.client, "sources": project.sources, "target": project.target, "time_zone": project.time_zone,
        "go_live": project.go_live.astimezone(project.zone).strftime("%Y-%m-%dT%H:%M"),
        "hold_days": project.hold_days, "keep_days": project.keep_days, "version": project.version,
    }  # fmt: skip
    return fields | values


def test_a_change_is_stored_and_logged_from_what_to_what(consultant, project):
    assert consultant.post(URL, form(project, client="Sunset Yoga")).status_code == 302
    assert Project.objects.get(pk=project.pk).client == "Sunset Yoga"
    assert Activity.objects.first().changes["client"] == ["Sunrise Yoga", "Sunset Yoga"]


def test_the_page_sends_all_that_saving_needs(consultant, project):
    drawn = lxml.html.fromstring(consultant.get(URL).content).xpath("//form[.//input[@name='hold_days']]")[0]
    sent = {name: drawn.fields[name] for name in drawn.fields if drawn.fields[name] is not None}
    sent |= {"sources": drawn.inputs["sources"].value, "hold_days": "9"}
    assert consultant.post(URL, sent).status_code == 302
    assert Project.objects.get(pk=project.pk).hold_days == 9


def test_the_second_of_two_editors_is_told_and_shown_both(consultant, owner, project):
    first, second = form(project, client="Sunset Yoga"), form(project, client="Moonlight Yoga")
    assert consultant.post(URL, first).status_code == 302
    answer = owner.post(URL, second)
    assert answer.status_code == 409
    assert "Sunset Yoga" in answer.content.decode()
    assert "Moonlight Yoga" in answer.content.decode()
    assert Project.objects.get(pk=project.pk).client == "Sunset Yoga"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"go_live": "2020-01-01T10:00"}, "This time has passed"),
        ({"go_live": "2027-03-28T02:30"}, "does not exist"),
        ({"go_live": "2027-10-31T02:30"}, "comes twice"),
        ({"go_live": "someday"}, "valid date"),
        ({"go_live": "9999-12-31T23:59"}, "between the years"),
        ({"target": "notion"}, "valid choice"),
        ({"target": "mailchimp"}, "also named as a source"),
        ({"sources": ["fax"]}, "valid choice"),
        ({"client": ""}, "required"),
        ({"client": "x" * 10_000}, "at most 120"),
        ({"client": "nul\x00byte"}, "Null characters"),
        ({"time_zone": "Mars/Olympus"}, "valid choice"),
        ({"hold_days": "-1"}, "greater than or equal to 0"),
    ],
)
def test_bad_input_gets_a_sentence_and_the_typed_text_stays(consultant, project, typed, sentence):
    answer = consultant.post(URL, form(project, **typed))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert Project.objects.get(pk=project.pk).version == 1


def test_go_live_is_meant_on_the_clients_clock(consultant, project, settings):
    consultant.person.time_zone = "America/Los_Angeles"
    consultant.person.save()
    there = datetime(timezone.now().year + 1, 7, 1, 22, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    consultant.post(URL, form(project, go_live=there.strftime("%Y-%m-%dT%H:%M")))
    assert Project.objects.get(pk=project.pk).go_live == there.astimezone(UTC)


def test_no_stale_save_is_lost_in_a_hundred_races(consultant, project):
    """Promise P5: each round two editors hold the same version; exactly one is stored, the other one is told."""
    for number in range(100):
        fresh = Project.objects.get(pk=project.pk)
        first = consultant.post(URL, form(fresh, client=f"first {number}"))
        second = consultant.post(URL, form(fresh, client=f"second {number}"))
        assert (first.status_code, second.status_code) == (302, 409)
    assert Activity.objects.filter(verb="changed the project").count() == 100
