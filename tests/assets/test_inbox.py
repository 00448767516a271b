"""The client's inbox: undecided assets one by one or several at once, suggestions, questions, and the way back."""

import pytest

from apps.assets.models import Asset, Batch
from apps.checklists.models import ChecklistItem
from apps.findings.models import Fact
from apps.projects.models import Comment

URL = "/projects/move/inventory/decisions/"


@pytest.fixture
def waiting(project):
    rows = [("Poor", None, ""), ("Rich", 900, "rebuild"), ("Middling", 100, "archive")]
    return {
        name: Asset.objects.create(project=project, name=name, kind="product", revenue=revenue, suggestion=suggestion,
                                   suggestion_why="It is old." if suggestion else "")
        for name, revenue, suggestion in rows
    }  # fmt: skip


def page(client, **query):
    answer = client.get(URL, query)
    assert answer.status_code == 200
    return answer.content.decode()


def decide(client, asset, status, version=1, **headers):
    return client.post(f"{URL}{asset.pk}/", {"required_status": status, "version": version}, headers=headers)


def test_the_most_valuable_comes_first_with_what_is_known_and_suggested(client_person, waiting):
    text = page(client_person)
    card = text[text.index('class="card decision"') : text.index("Several at once")]
    assert "Rich" in card
    assert "900" in card
    assert "Approve: Rebuild/Update" in card
    assert "It is old." in card
    assert text.index("Middling") < text.index("Poor")


def test_a_decision_shows_the_next_and_can_be_undone(client_person, waiting):
    answer = decide(client_person, waiting["Rich"], "archive", **{"HX-Request": "true"}).content.decode()
    assert answer.lstrip().startswith('<div id="inbox"')
    assert "Undo" in answer
    card = answer[answer.index('class="card decision"') : answer.index("Several at once")]
    assert "Middling" in card
    waiting["Rich"].refresh_from_db()
    assert waiting["Rich"].required_status == "archive"
    answer = decide(client_person, waiting["Rich"], "", version=2)
    assert answer.headers["Location"].endswith(f"?at={waiting['Rich'].pk}")
    waiting["Rich"].refresh_from_db()
    assert waiting["Rich"].required_status == ""


def test_two_people_deciding_at_once_lose_nothing(client_person, consultant, waiting):
    decide(consultant, waiting["Rich"], "migrate")
    answer = decide(client_person, waiting["Rich"], "archive").content.decode()
    assert "Somebody else has just changed “Rich”" in answer
    waiting["Rich"].refresh_from_db()
    assert waiting["Rich"].required_status == "migrate"


def test_all_suggestions_are_approved_at_once_and_taken_back_by_the_client(client_person, project, waiting):
    client_person.post(f"{URL}many/", {"all": "yes", "required_status": "suggestion"})
    assert dict(project.assets.values_list("name", "required_status")) == {
        "Rich": "rebuild", "Middling": "archive", "Poor": "",
    }  # fmt: skip
    batch = Batch.objects.get()
    assert "Take it back" in client_person.get(f"/projects/move/inventory/?batch={batch.pk}").content.decode()
    client_person.post(f"/projects/move/inventory/bulk/{batch.pk}/undo/")
    assert project.assets.undecided().count() == 3


def test_a_client_cannot_take_back_what_somebody_else_did(client_person, consultant, project, waiting):
    consultant.post(f"{URL}many/", {"ids": [waiting["Poor"].pk], "required_status": "archive"})
    batch = Batch.objects.get()
    assert client_person.post(f"/projects/move/inventory/bulk/{batch.pk}/undo/").status_code == 404
    assert project.assets.get(name="Poor").required_status == "archive"


def test_internal_assets_are_neither_shown_nor_decided_by_a_client(client_person, project, waiting):
    Asset.objects.filter(pk=waiting["Poor"].pk).update(client_sees=False)
    assert "Poor" not in page(client_person)
    assert decide(client_person, waiting["Poor"], "archive").status_code == 404
    client_person.post(f"{URL}many/", {"ids": [waiting["Poor"].pk], "required_status": "archive"})
    assert project.assets.get(name="Poor").required_status == ""


def test_a_question_goes_to_the_consultant_and_the_asset_to_the_end(client_person, consultant, waiting):
    client_person.post(f"{URL}{waiting['Rich'].pk}/ask/", {"question": "What does it cost to rebuild?"})
    assert Comment.objects.get().body == "What does it cost to rebuild?"
    text = page(client_person)
    assert text.index("Middling") < text.index("Rich")
    table = consultant.get("/projects/move/inventory/", {"required": "asked"}).content.decode()
    assert "client asks" in table
    assert "Rich" in table
    assert "Poor" not in table
    decide(consultant, waiting["Rich"], "rebuild", version=2)
    waiting["Rich"].refresh_from_db()
    assert waiting["Rich"].asked_at is None


@pytest.mark.parametrize("data", [{"required_status": "burn", "version": 1}, {"required_status": "archive"}, {}])
def test_nonsense_changes_nothing(client_person, waiting, data):
    assert client_person.post(f"{URL}{waiting['Rich'].pk}/", data).status_code == 302
    waiting["Rich"].refresh_from_db()
    assert waiting["Rich"].required_status == ""


def test_everything_decided_is_said_and_opens_the_gate(client_person, project, waiting):
    for asset in waiting.values():
        decide(client_person, asset, "archive")
    assert "Everything is decided" in page(client_person)
    assert Fact.objects.get(project=project, key="inventory.decided").verdict == "ready"


def test_phase_one_names_the_undecided_and_stays_open(client_person, consultant, project, waiting):
    decide(client_person, waiting["Rich"], "archive")
    fact = Fact.objects.get(project=project, key="inventory.decided")
    assert fact.reason == "Undecided: Middling, Poor."
    bound = ChecklistItem.objects.filter(project=project, fact="inventory.decided")
    assert not bound.filter(state="done").exists()
    overview = consultant.get("/projects/move/").content.decode()
    assert "Undecided: Middling, Poor." in overview


def test_an_odd_address_shows_the_first(client_person, waiting):
    for at in ("999999", "x", "٣", "9" * 40):
        assert "Rich" in page(client_person, at=at)
