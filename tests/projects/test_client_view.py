"""The consultant's switch: the client's own pages, in the client's eyes, for reading alone (A4)."""

import pytest

from tests import factories
from tests.factories_checklists import item

SWITCH, MINE = "/projects/move/client-view/", "/projects/move/my-list/"


@pytest.fixture
def looking(consultant, client_person, project):
    """The consultant, looking as Maya."""
    item(project, "Send the logo", who="client")
    item(project, "Haggle over the price", client_sees=False)
    item(project, "Dana's own", client_sees=True, assignee=consultant.person)
    assert consultant.post(SWITCH, {"on": "yes"}).url == "/projects/move/"
    return consultant


def test_he_sees_the_clients_pages_with_a_bar_on_top(looking):
    page = looking.get("/projects/move/", follow=True).content.decode()
    assert "This is what <b>Maya Client</b> sees" in page
    assert "Send the logo" in page
    assert "Haggle" not in page
    assert "Dana&#x27;s own" not in page, "what is assigned to the consultant is not in the client's list"
    assert page.count('<nav class="bottom"') == 1
    assert [word for word in ("My list", "Decisions", "Files", "Progress") if f"<span>{word}</span>" not in page] == []
    assert "<span>Checklist</span>" not in page


def test_nothing_can_be_changed_and_the_consultants_pages_are_shut(looking, project):
    row = project.items.get(title="Send the logo")
    answer = looking.post(f"{MINE}{row.pk}/done/", {"version": row.version})
    assert answer.status_code == 403
    assert "there nothing can be changed" in answer.content.decode()
    row.refresh_from_db()
    assert row.state == "open"
    answer = looking.get("/projects/move/people/")
    assert answer.status_code == 403
    assert "The client does not have this page" in answer.content.decode()
    hidden = project.items.get(title="Haggle over the price")
    assert looking.get(hidden.get_absolute_url()).status_code == 404


def test_back_again_leads_to_the_page_where_he_was(looking, project):
    assert looking.post(SWITCH, {"next": "/projects/move/people/?a=1"}).url == "/projects/move/people/?a=1"
    assert looking.get("/projects/move/people/").status_code == 200


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/projects/other/", "/projects/move/none"]
)
def test_the_way_back_leads_nowhere_else(looking, elsewhere):
    assert looking.post(SWITCH, {"next": elsewhere}).url == "/projects/move/"


def test_another_project_is_seen_with_ones_own_eyes(looking, project):
    other = factories.project(project.organisation, slug="other")
    factories.member(other, looking.person, 30)
    assert "Nothing can be changed here" not in looking.get("/projects/other/checklist/").content.decode()


def test_a_client_has_no_switch(client_person, project):
    assert client_person.post(SWITCH, {"on": "yes"}).status_code == 403
    assert "View as client" not in client_person.get(MINE).content.decode()
