"""The self-assessment: the guide's four questions, their answers, and what a "no" does to the plan."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.checklists.builtin import four_phases
from apps.checklists.models import ChecklistItem
from apps.overview.assessing import questions
from apps.overview.models import Answer
from apps.projects.models import Activity, Comment
from tests.factories_checklists import item

URL = "/projects/move/self-assessment/"


def say(browser, key, said, version=0, htmx=True, **fields):
    headers = {"HX-Request": "true"} if htmx else {}
    return browser.post(f"{URL}{key}/answer/", {"said": said, "version": version} | fields, headers=headers)


def plan(browser, key, **fields):
    return browser.post(f"{URL}{key}/plan/", fields)


def test_every_question_of_the_guide_is_there_and_names_items_that_exist():
    known = {one.key for one in four_phases().items}
    asks = [ask for question in questions() for ask in question.asks]
    assert [len(question.asks) for question in questions()] == [5, 4, 5, 6]
    assert len({ask.key for ask in asks}) == len(asks)
    assert all(ask.items and set(ask.items) <= known for ask in asks)
    assert all(ask.new and len(ask.new) <= 160 and len(ask.text) <= 200 for ask in asks)


def test_an_answer_is_kept_with_note_evidence_person_and_time_and_counted(consultant, project):
    file = SimpleUploadedFile("consent.pdf", b"x")
    text = say(consultant, "data.consent", "partly", note="Half of them", link="https://example.org", file=file)
    text = text.content.decode()
    assert "1 of 4 answered" in text
    row = Answer.objects.get()
    assert (row.said, row.note, row.said_by, row.file.name) == (
        "partly",
        "Half of them",
        consultant.person,
        "consent.pdf",
    )
    assert not row.file.client_sees
    log = Activity.objects.about(row).get()
    assert log.is_internal
    assert log.changes["Answer"] == ["Not answered", "Partly"]
    say(consultant, "data.consent", "", version=row.version)
    assert "0 of 4 answered" in consultant.get(URL).content.decode()


def test_a_no_shows_what_it_would_mark_and_does_it_after_the_button_and_back(consultant, project):
    row = item(project, "Give the dates", key="sample-import")
    text = say(consultant, "data.sample", "no").content.decode()
    assert "This would mark as essential" in text
    assert "Give the dates" in text
    assert not ChecklistItem.objects.get().is_essential
    plan(consultant, "data.sample")
    plan(consultant, "data.sample")
    row.refresh_from_db()
    assert row.is_essential
    assert project.items.count() == 1
    assert Activity.objects.about(row).first().verb == "marked as essential"
    text = say(consultant, "data.sample", "yes", version=Answer.objects.get().version).content.decode()
    assert "The answer is another one now" in text
    plan(consultant, "data.sample", back="yes")
    row.refresh_from_db()
    assert not row.is_essential
    assert "The answer is another one now" not in consultant.get(URL).content.decode()


def test_a_no_adds_the_item_that_the_plan_does_not_have_and_takes_it_back(consultant, project):
    assert "would add to the plan" in say(consultant, "switch.back", "no").content.decode()
    assert not project.items.exists()
    plan(consultant, "switch.back")
    added = project.items.get()
    assert (added.title, added.is_essential, added.client_sees) == (
        "Write what happens if something critical fails", True, False,
    )  # fmt: skip
    assert "On the plan because of this" in consultant.get(URL).content.decode()
    plan(consultant, "switch.back", back="yes")
    assert not project.items.exists()
    assert "would add to the plan" in consultant.get(URL).content.decode()


def test_what_somebody_worked_on_stays_when_the_no_is_taken_back(consultant, project):
    say(consultant, "switch.back", "no")
    plan(consultant, "switch.back")
    row = project.items.get()
    Comment.objects.create(project=project, subject_type=row._meta.label_lower, subject_id=row.pk, body="Half done")
    answer = consultant.post(f"{URL}switch.back/plan/", {"back": "yes"}, follow=True)
    assert "stays on the plan" in answer.content.decode()
    assert project.items.get() == row


def test_an_item_that_was_taken_out_is_opened_again(consultant, project):
    row = item(project, key="sample-import", state="not_applicable", is_essential=True)
    assert "open it again" in say(consultant, "data.sample", "no").content.decode()
    plan(consultant, "data.sample")
    row.refresh_from_db()
    assert row.state == "open"


def test_a_yes_puts_nothing_on_the_plan(consultant, project):
    say(consultant, "switch.back", "yes")
    plan(consultant, "switch.back")
    assert not project.items.exists()


def test_the_second_of_two_people_is_told_both_sides(consultant, owner, project):
    say(consultant, "data.sample", "yes", note="The first note")
    answer = say(owner, "data.sample", "no", note="The second note")
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "The first note" in text
    assert "The second note" in text
    assert Answer.objects.get().said == "yes"


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"said": "perhaps"}, 422), ({"note": "a" * 2001}, 422), ({"link": "javascript:alert(1)"}, 422),
     ({"version": ""}, 422), ({"version": "-1"}, 422)],
)  # fmt: skip
def test_bad_input_gets_a_sentence_and_keeps_what_was_typed(consultant, project, fields, status):
    answer = consultant.post(f"{URL}data.sample/answer/", {"said": "no", "version": 0} | fields)
    assert answer.status_code == status
    assert "a" * 2001 in answer.content.decode() if "note" in fields else True
    assert not Answer.objects.exists()


@pytest.mark.parametrize("verb", ["answer", "plan"])
def test_an_unknown_question_is_not_there(consultant, project, verb):
    assert consultant.post(f"{URL}nonsense/{verb}/", {"said": "no", "version": 0}).status_code == 404
