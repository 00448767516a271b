"""The client's list: what waits for him, done, stuck, not mine, evidence, undo; and what he must not reach (A5, P4)."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.checklists.models import ChecklistItem, Evidence, State
from apps.projects.models import Activity, Comment, Role
from apps.projects.stored import StoredFile
from tests import factories
from tests.factories_checklists import item, waits

MINE = "/projects/move/my-list/"


@pytest.fixture
def row(project):
    return item(project, "Export the contacts", who="client", guidance="Open the old account.")


def act(browser, row, verb, htmx=True, **fields):
    headers = {"HX-Request": "true"} if htmx else {}
    return browser.post(f"{MINE}{row.pk}/{verb}/", {"version": row.version} | fields, headers=headers)


def page(browser, address=MINE) -> str:
    return browser.get(address).content.decode()


def fresh(row) -> ChecklistItem:
    return ChecklistItem.objects.get(pk=row.pk)


def test_it_is_the_clients_first_page_and_the_biggest_thing_stands_on_top(client_person, project, row):
    late = item(project, "Send the logo", who="client", due=project.today.replace(year=2020))
    essential = item(project, "Say yes", who="client", is_essential=True)
    text = client_person.get("/projects/move/", follow=True).content.decode()
    order = [text.index(f'id="mine-{one.pk}"') for one in (late, essential, row)]
    assert order == sorted(order)
    assert "3 things wait for you" in text
    assert "Open the old account." in text


def test_what_comes_next_says_what_it_waits_for_without_internal_titles(client_person, project, row):
    hidden, later = item(project, "Haggle", client_sees=False), item(project, "Look at the pages", who="client")
    waits(later, row, hidden)
    text = page(client_person)
    assert "Waits for: Export the contacts (you), a step of your consultant" in text
    assert "Haggle" not in text
    assert f'id="mine-{later.pk}"' not in text


def test_done_moves_it_away_with_a_way_back_and_lets_the_next_one_in(client_person, project, row):
    later = item(project, "Look at the pages", who="client")
    waits(later, row)
    text = act(client_person, row, "done").content.decode()
    assert "Done: <b>Export the contacts</b>" in text
    assert f'id="mine-{later.pk}"' in text
    assert fresh(row).done_by == client_person.person
    text = act(client_person, fresh(row), "undo").content.decode()
    assert "Done: <b>" not in text
    assert fresh(row).state == State.OPEN


@pytest.mark.parametrize(
    ("kind", "wrong", "right"),
    [("url", "ftp://nowhere", "https://example.org/list"), ("count", "many", "1,412"), ("text", "", "All of them")],
)
def test_what_the_item_asks_for_is_given_in_the_same_step(client_person, project, kind, wrong, right):
    row = item(project, "Export", who="client", evidence_kind=kind)
    answer = act(client_person, row, "done", words=wrong)
    assert answer.status_code == 422
    assert fresh(row).state == State.OPEN
    if wrong:
        assert wrong in answer.content.decode(), "what was typed is still there"
    assert act(client_person, row, "done", words=right).status_code == 200
    assert fresh(row).state == State.DONE
    assert Evidence.objects.get(item=row).text.startswith(right[:5])


def test_a_file_is_uploaded_in_the_row_and_is_the_clients_to_fetch(client_person, project):
    row = item(project, "Export", who="client", evidence_kind="file")
    assert act(client_person, row, "done").status_code == 422
    empty = SimpleUploadedFile("empty.csv", b"")
    assert act(client_person, row, "done", file=empty).status_code == 422
    assert not StoredFile.objects.exists()
    assert act(client_person, row, "done", file=SimpleUploadedFile("list.csv", b"email\n")).status_code == 200
    assert fresh(row).state == State.DONE
    assert client_person.get(StoredFile.objects.get().get_absolute_url()).status_code == 200


def test_stuck_needs_a_sentence_stands_on_top_for_the_consultant_and_is_answered(client_person, consultant, row):
    answer = act(client_person, row, "stuck", words=" ")
    assert answer.status_code == 422
    assert "Say in a sentence what stands in your way." in answer.content.decode()
    act(client_person, row, "stuck", words="It asks for a code")
    for address in ("/projects/move/", "/projects/move/checklist/", "/projects/move/checklist/?show=overdue"):
        text = page(consultant, address)
        assert "It asks for a code" in text
        assert "just now" in text
    row = fresh(row)
    consultant.post(f"/projects/move/checklist/{row.pk}/answer/", {"version": row.version, "words": "It is 4711."})
    assert fresh(row).stuck_note == ""
    assert fresh(row).stuck_at is None
    text = page(client_person)
    assert "It is 4711." in text
    assert "You are stuck" not in text
    last = Activity.objects.about(row).first()
    assert (last.verb, last.reason, last.is_internal) == ("answered about", "It is 4711.", False)
    assert "Your client waits for an answer" not in page(consultant, "/projects/move/")


def test_not_mine_hands_it_back_and_can_be_undone(client_person, consultant, project, row):
    text = act(client_person, row, "not-mine", words="Ask the web designer").content.decode()
    assert "With your consultant" in text
    assert f'id="not_mine-{row.pk}-' not in text
    assert "Ask the web designer" in page(consultant, "/projects/move/")
    assert "Export the contacts" in page(consultant, "/projects/move/checklist/?show=mine")
    assert Activity.objects.about(row).first().verb == "handed back"
    act(client_person, fresh(row), "undo")
    assert f'id="not_mine-{row.pk}-' in page(client_person)
    act(client_person, fresh(row), "not-mine")
    row = fresh(row)
    consultant.post(f"/projects/move/checklist/{row.pk}/answer/", {"version": row.version, "keeps": "on"})
    assert (fresh(row).who, fresh(row).assignee) == ("consultant", consultant.person)
    assert "Nothing waits for you" in page(client_person) or "still empty" in page(client_person)


def test_a_comment_is_written_once_however_often_it_is_sent(client_person, row):
    for _ in range(2):
        assert act(client_person, row, "comment", words="Is Tuesday fine?", once="a").status_code in (200, 302)
    assert Comment.objects.get().body == "Is Tuesday fine?"
    assert not Comment.objects.get().is_internal


@pytest.mark.parametrize(("length", "status"), [(10_000, 200), (10_001, 422)])
def test_a_comment_may_be_ten_thousand_characters_long_and_is_not_lost_when_longer(client_person, row, length, status):
    answer = act(client_person, row, "comment", words="a" * length)
    assert answer.status_code == status
    assert "a" * length in answer.content.decode()


@pytest.mark.parametrize("verb", ["done", "stuck", "not-mine"])
def test_a_stale_page_is_told_both_sides(client_person, consultant, row, verb):
    consultant.post(f"/projects/move/checklist/{row.pk}/stuck/", {"reason": "The code is missing"})
    if verb == "done":
        consultant.post(f"/projects/move/checklist/{row.pk}/tick/", {"version": row.version + 1, "state": "done"})
        consultant.post(f"/projects/move/checklist/{row.pk}/tick/", {"version": row.version + 2, "state": "open"})
    answer = act(client_person, row, verb, words="My own sentence")
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "My own sentence" in text
    assert "State now: Open" in text if verb == "done" else "The code is missing" in text
    assert fresh(row).state == State.OPEN


def test_what_was_settled_meanwhile_cannot_be_stuck(client_person, consultant, row):
    consultant.post(f"/projects/move/checklist/{row.pk}/tick/", {"version": row.version, "state": "done"})
    assert act(client_person, row, "stuck", words="Too late").status_code == 409


@pytest.mark.parametrize("verb", ["done", "undo", "stuck", "not-mine", "comment"])
def test_what_is_not_his_is_not_his_to_settle(client_person, project, foreign, verb):
    somebody = factories.person()
    factories.member(project, somebody, Role.CLIENT)
    for made, status in (
        (item(project, client_sees=False, who="client"), 404), (item(foreign, who="client"), 404),
        (item(project, who="consultant"), 403), (item(project, who="client", assignee=somebody), 403),
    ):  # fmt: skip
        assert act(client_person, made, verb, words="mine").status_code == status
        assert fresh(made).version == made.version
    assert not Comment.objects.exists()


@pytest.mark.parametrize("version", ["", "abc", "٣", "9" * 40])
def test_a_form_without_a_version_is_refused_in_words(client_person, row, version):
    answer = act(client_person, row, "done", version=version)
    assert answer.status_code == 422
    assert "Reload the page" in answer.content.decode()


def test_without_scripts_every_verb_returns_to_the_list(client_person, row):
    assert act(client_person, row, "stuck", htmx=False, words="A code").url == f"{MINE}#mine-{row.pk}"


def test_an_empty_list_is_calm(client_person, project):
    assert "Your list is still empty" in page(client_person)
    row = item(project, who="client")
    act(client_person, row, "done")
    ChecklistItem.objects.update(done_at=timezone.now() - timedelta(days=1))
    assert "You have done 1 of 1" in page(client_person)


def test_the_list_asks_as_much_for_many_items_as_for_few(client_person, project):
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            client_person.get(MINE)
        return len(asked)

    def fill(number):
        for at in range(number):
            one, two = item(project, f"A {at}", who="client"), item(project, f"B {at}", who="client")
            waits(two, one)
            Comment.objects.create(
                project=project, subject_type="checklists.checklistitem", subject_id=one.pk, body="x"
            )
            Evidence.objects.create(project=project, item=one, kind="text", text="x")

    fill(2)
    few = count()
    fill(20)
    assert count() == few <= 25


def test_what_is_asked_to_be_approved_stands_on_top_of_the_clients_list(client_person, consultant, project):
    row = item(project, "Look at the pages", who="client", needs_approval=True)
    assert "Read and approve" in page(client_person)
    assert act(client_person, row, "done").status_code == 422
    consultant.post("/projects/move/approvals/ask/", {"subject": "item", "item": row.pk, "question": "Fine so?"})
    asked = project.approvals.get()
    text = page(client_person)
    assert text.index(asked.get_absolute_url()) < text.index(f'id="mine-{row.pk}"')
    assert "Fine so?" in text
