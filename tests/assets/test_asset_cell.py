"""Editing in place, and two people at the same cell (promise P5)."""

import pytest

from apps.assets.models import Asset
from apps.assets.services import change_asset
from apps.projects.models import Activity, StaleRow
from tests import factories

HTMX = {"HX-Request": "true"}


def cell(asset, field):
    return f"/projects/move/inventory/{asset.pk}/cell/{field}/"


def save(client, asset, field, value, version=None):
    data = {field: value, "version": asset.version if version is None else version}
    return client.post(cell(asset, field), data, headers=HTMX)


def test_the_input_stands_in_the_cell_and_saving_draws_the_row(consultant, asset):
    assert "<select" in consultant.get(cell(asset, "progress"), headers=HTMX).content.decode()
    answer = save(consultant, asset, "progress", "built")
    text = answer.content.decode()
    assert (answer.status_code, f'id="asset-{asset.pk}"' in text, "saved" in text) == (200, True, True)
    asset.refresh_from_db()
    assert (asset.progress, asset.version) == ("built", 2)
    line = Activity.objects.about(asset).get()
    assert line.changes == {"Progress": ["Not started", "Built"]}


def test_the_second_of_two_is_told_and_shown_both(consultant, owner, asset):
    save(consultant, asset, "name", "Front page")
    answer = save(owner, asset, "name", "Start page", version=1)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Front page" in text
    assert "Start page" in text
    asset.refresh_from_db()
    assert asset.name == "Front page"
    again = save(owner, asset, "name", "Start page", version=asset.version)
    assert again.status_code == 200


def test_a_thousand_stale_saves_lose_nothing(consultant, asset):
    save(consultant, asset, "name", "The first")
    for number in range(1000):
        late = Asset.objects.get(pk=asset.pk)
        with pytest.raises(StaleRow):
            change_asset(late, by=None, version=1, name=f"Late {number}")
    asset.refresh_from_db()
    assert (asset.name, asset.version) == ("The first", 2)


def test_without_the_version_the_change_would_be_lost(asset):
    """The twin that must fail: it shows that the race is real and that the version is what stops it."""
    first, second = Asset.objects.get(pk=asset.pk), Asset.objects.get(pk=asset.pk)
    first.name, second.name = "First", "Second"
    first.save()
    second.save()
    asset.refresh_from_db()
    assert asset.name == "Second"


def test_the_same_value_twice_is_fine(consultant, owner, asset):
    save(consultant, asset, "progress", "built")
    assert save(owner, asset, "progress", "built", version=1).status_code == 200


def test_the_clients_pages_say_nothing_of_what_he_does_not_see(consultant, client_person, project, asset):
    save(consultant, asset, "effort_hours", "4711")
    assert "4711" in consultant.get(asset.get_absolute_url()).content.decode()
    for address in (asset.get_absolute_url(), "/projects/move/", "/projects/move/progress/"):
        assert "4711" not in client_person.get(address, follow=True).content.decode(), address


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "Fill this in"),
        ("name", "x" * 10_000, "at most 200"),
        ("name", "a\x00b", "Null characters"),
        ("progress", "finished", "valid choice"),
        ("url", "javascript:alert(1)", "http"),
        ("revenue", "-1", "greater than or equal to 0"),
        ("revenue", "much", "number"),
        ("revenue", "9" * 40, "digits"),
        ("last_used", "2026-02-30", "valid date"),
        ("name", "login pw: hunter22", "password or a key"),
        ("owner", "999999", "valid choice"),
    ],
)
def test_bad_values_get_a_sentence_and_change_nothing(consultant, asset, field, value, words):
    answer = save(consultant, asset, field, value)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    asset.refresh_from_db()
    assert asset.version == 1


def test_fields_that_are_no_cells_are_not_taken(consultant, asset, project):
    for field in ("project", "version", "extra", "id"):
        save(consultant, asset, field, "5")
    consultant.post(cell(asset, "name"), {"name": "New", "version": 1, "project": 99, "required_status": "archive"})
    asset.refresh_from_db()
    assert (asset.project, asset.name, asset.required_status) == (project, "New", "")


def test_an_owner_comes_from_the_project(consultant, asset):
    assert save(consultant, asset, "owner", factories.person().pk).status_code == 422
