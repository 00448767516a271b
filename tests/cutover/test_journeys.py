"""Test journeys: written down, gone through, run again after a change, told as a fact."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.cutover import testing
from apps.cutover.journeys import Journey, JourneyRun, split_steps
from apps.findings.models import Fact
from apps.overview.digest import waiting_for
from apps.projects.models import Activity
from apps.projects.stored import StoredFile
from tests.factories_checklists import item

HERE = "/projects/move/cutover/"


@pytest.fixture
def journey(project):
    return Journey.objects.create(project=project, title="Buy", steps="Pay -> Charged once\nOpen it -> Access at once")


def told(project):
    fact = Fact.objects.filter(project=project, key=testing.KEY).first()
    return fact and (fact.verdict, fact.reason)


def begin(browser, journey):
    assert browser.post(f"{HERE}journeys/{journey.pk}/begin/").status_code == 302
    return journey.runs.first()


def mark(browser, run, place, result, note="", was=""):
    values = {"place": place, "result": result, "note": note, "was": was}
    return browser.post(f"{HERE}journey-runs/{run.pk}/mark/", values)


def go_through(browser, journey, *results):
    run = begin(browser, journey)
    for place, result in enumerate(results, 1):
        assert mark(browser, run, place, result, "It broke." if result == "failed" else "").status_code == 302
    run.refresh_from_db()
    return run


def text_of(answer):
    return answer.content.decode()


def test_the_built_in_journeys_are_made_once(project, consultant):
    assert "No test journeys yet" in text_of(consultant.get(f"{HERE}journeys/"))
    for _ in range(2):
        assert consultant.post(f"{HERE}journeys/make/").status_code == 302
    assert project.journeys.count() == len(testing.built_in_journeys()) == 4
    assert all(len(row.lines) >= 5 and all(expected for _, expected in row.lines) for row in project.journeys.all())
    assert told(project)[0] == "not_ready"
    assert "Somebody buys" in text_of(consultant.get(f"{HERE}journeys/"))


def test_steps_are_read_with_any_arrow_and_none():
    text = "Pay -> Charged\n\nOpen => a -> b\n Look | at it\nLast → one\nAlone"
    assert split_steps(text) == [
        ("Pay", "Charged"),
        ("Open", "a -> b"),
        ("Look", "at it"),
        ("Last", "one"),
        ("Alone", ""),
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "Fill this in"),
        ({"steps": " \n "}, "Fill this in"),
        ({"steps": "-> charged"}, "Step 1 says what is expected"),
        ({"steps": "\n".join(["x"] * 41)}, "These are 41 steps"),
        ({"steps": "x" * 301}, "longer than 300"),
        ({"owner": "999999"}, "valid choice"),
        ({"title": "nul\x00"}, "Null characters"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(changes, sentence, project, consultant):
    values = {"title": "Mine", "why": "kept words", "steps": "Pay", "is_essential": "on"} | changes
    answer = consultant.post(f"{HERE}journeys/new/", values)
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert "kept words" in text_of(answer)
    assert not project.journeys.exists()


def test_a_run_passes_only_when_every_step_has(project, consultant, journey):
    run = go_through(consultant, journey, "passed")
    assert (run.result, told(project)) == ("", ("not_ready", "Not passed: Buy (not finished)."))
    assert mark(consultant, run, 2, "passed").status_code == 302
    run.refresh_from_db()
    assert run.result == "passed"
    assert told(project) == ("ready", "The one essential journey passed; without evidence: Buy.")
    assert mark(consultant, run, 2, "", was="passed").status_code == 302  # the undo
    assert told(project)[0] == "not_ready"


def test_a_failed_step_needs_a_sentence_and_fails_the_whole(project, consultant, journey):
    run = begin(consultant, journey)
    answer = mark(consultant, run, 1, "failed")
    assert answer.status_code == 422
    assert "Say in a sentence what went wrong" in text_of(answer)
    mark(consultant, run, 1, "failed", "The card was charged twice.")
    mark(consultant, run, 2, "passed")
    assert told(project) == ("not_ready", "Not passed: Buy (failed).")
    assert "charged twice" in text_of(consultant.get(f"{HERE}journeys/{journey.pk}/"))
    go_through(consultant, journey, "passed", "passed")
    assert told(project)[0] == "ready"
    assert journey.runs.count() == 2
    assert mark(consultant, run, 1, "passed", was="failed").status_code == 422  # history is not rewritten


def test_a_run_that_is_not_finished_goes_on(consultant, journey):
    assert begin(consultant, journey) == begin(consultant, journey)
    assert journey.runs.count() == 1


@pytest.mark.parametrize("place", ["", "0", "3", "x", "99999999999999999999"])
def test_a_step_that_is_not_there_is_not_found(place, consultant, journey):
    assert mark(consultant, begin(consultant, journey), place, "passed").status_code == 404


def test_a_mark_sent_twice_is_one_word_and_ones_own_is_taken_back_with_it(consultant, owner, journey):
    run = begin(consultant, journey)
    for _ in range(2):
        assert mark(consultant, run, 1, "passed", "Order 12").status_code == 302
    assert not run.words.exists()
    mark(consultant, run, 1, "", was="passed")
    assert "Order 12" not in text_of(consultant.get(f"{HERE}journey-runs/{run.pk}/"))
    mark(consultant, run, 1, "passed", "Order 13")
    mark(owner, run, 1, "", was="passed")  # what somebody else takes back stays to be read
    assert [word.note for word in run.words.all()] == ["Order 13"]


def test_of_two_people_at_one_step_both_words_are_kept_and_failed_counts(consultant, owner, journey):
    run = begin(consultant, journey)
    mark(consultant, run, 1, "failed", "Charged twice.")
    mark(owner, run, 1, "passed", "Looked fine.")  # he had not seen the other's word
    mark(owner, run, 2, "passed", "The door was open.")
    mark(consultant, run, 2, "failed", "Asked for a code.")
    page = text_of(consultant.get(run.get_absolute_url()))
    for words in ("Charged twice.", "Looked fine.", "The door was open.", "Asked for a code."):
        assert words in page, words
    assert "both words are kept" in page
    assert [row.result for row in run.marks.all()] == ["failed", "failed"]
    mark(owner, run, 1, "", was="failed")
    assert {word.note for word in run.words.filter(place=1)} == {"Looked fine.", "Charged twice."}
    assert mark(consultant, run, 1, "", was="failed").status_code == 302  # open already: nothing is lost
    assert mark(consultant, run, 2, "", was="passed").status_code == 422  # failed by now, which he has not seen


def test_a_journey_that_passed_without_evidence_says_so(project, consultant, journey):
    run = go_through(consultant, journey, "passed", "passed")
    assert told(project) == ("ready", "The one essential journey passed; without evidence: Buy.")
    pages = [f"{HERE}journeys/", f"{HERE}journeys/{journey.pk}/", run.get_absolute_url()]
    assert all("ithout evidence" in text_of(consultant.get(page)) for page in pages)
    consultant.post(f"{HERE}journey-runs/{run.pk}/evidence/", {"text": "Order 4711, refunded."})
    assert told(project) == ("ready", "The one essential journey passed.")
    assert not any("ithout evidence" in text_of(consultant.get(page)) for page in pages)


def test_after_a_change_the_older_result_counts_no_more_and_the_undo_brings_it_back(project, consultant, journey):
    go_through(consultant, journey, "passed", "passed")
    other = Journey.objects.create(project=project, title="Sign in", steps="Sign in", is_essential=False)
    changed = f"{HERE}journeys/{journey.pk}/changed/"
    assert consultant.post(changed, {"reason": ""}).status_code == 422
    assert consultant.post(changed, {"reason": "New tax rule", "all": "on"}).status_code == 302
    assert told(project) == ("not_ready", "Not passed: Buy (to be run again).")
    assert other.changes.count() == 1
    assert "New tax rule" in text_of(consultant.get(f"{HERE}journeys/{journey.pk}/"))
    assert consultant.post(f"{changed}{other.changes.get().pk}/back/").status_code == 404  # of another journey
    consultant.post(f"{changed}{journey.changes.get().pk}/back/")
    assert told(project)[0] == "ready"
    assert Activity.objects.filter(project=project, reason="New tax rule").count() == 3


def test_whoever_is_to_go_through_is_told_once_if_he_may_see_it(project, consultant, client_person, journey):
    client_user = project.memberships.get(user__name="Maya Client").user
    values = {"title": "Buy", "why": "", "steps": journey.steps, "owner": client_user.pk, "is_essential": "on"}
    for version, seen in ((1, {}), (2, {"owner": ""}), (3, {"client_sees": "on"}), (4, {"client_sees": "on"})):
        answer = consultant.post(f"{HERE}journeys/{journey.pk}/edit/", values | {"version": version} | seen)
        assert answer.status_code == 302
    notice = client_user.notices.get(kind="todo")
    assert (notice.text, notice.link) == ("You are asked to go through “Buy”.", journey.get_absolute_url())


def test_what_the_client_is_to_go_through_stands_on_his_list_and_counts_once(
    project, consultant, client_person, journey
):
    item(project, "Send the logo", who="client")
    Journey.objects.create(project=project, title="Hidden", steps="Pay", owner=client_person.person)
    Journey.objects.filter(pk=journey.pk).update(owner=client_person.person, client_sees=True)
    page = text_of(client_person.get("/projects/move/my-list/"))
    assert "2 things wait for you" in page and 'side-count">2<' in page
    assert "Go through: Buy" in page and "Hidden" not in page
    assert [one.number for one in waiting_for(client_person.person)] == [2]
    go_through(client_person, journey, "passed", "passed")
    page = text_of(client_person.get("/projects/move/my-list/"))
    assert "One thing waits for you" in page and 'side-count">1<' in page and "Go through" not in page
    consultant.post(f"{HERE}journeys/{journey.pk}/changed/", {"reason": "New tax rule"})
    assert "Something was changed" in text_of(client_person.get("/projects/move/my-list/"))


def test_other_steps_ask_for_another_run_and_other_words_do_not(project, consultant, journey):
    run = go_through(consultant, journey, "passed", "passed")
    values = {"version": journey.version, "title": "Buy it", "why": "", "steps": journey.steps, "is_essential": "on"}
    assert consultant.post(f"{HERE}journeys/{journey.pk}/edit/", values).status_code == 302
    assert told(project)[0] == "ready"
    values |= {"version": journey.version + 1, "steps": "Pay twice"}
    assert consultant.post(f"{HERE}journeys/{journey.pk}/edit/", values).status_code == 302
    assert told(project)[1] == "Not passed: Buy it (to be run again)."
    assert [one.title for one in run.marks.all()] == ["Pay", "Open it"]
    assert consultant.post(f"{HERE}journeys/{journey.pk}/edit/", values | {"steps": "Mine"}).status_code == 409


def test_a_removed_journey_counts_no_more_and_comes_back_with_its_runs(project, consultant, journey):
    go_through(consultant, journey, "passed", "passed")
    consultant.post(f"{HERE}journeys/{journey.pk}/state/", {"do": "remove"})
    assert told(project) == ("not_ready", "No essential test journey is written down.")
    assert "Put it back" in text_of(consultant.get(f"{HERE}journeys/"))
    consultant.post(f"{HERE}journeys/{journey.pk}/state/", {"do": "back"})
    assert told(project)[0] == "ready"


def test_the_client_runs_what_is_shown_to_him_and_reads_no_reason(project, consultant, client_person, journey):
    hidden = HERE + f"journeys/{journey.pk}/"
    assert client_person.get(hidden).status_code == 404
    assert client_person.post(f"{hidden}begin/").status_code == 404
    run = go_through(consultant, journey, "passed")
    assert mark(client_person, run, 2, "passed").status_code == 404
    Journey.objects.filter(pk=journey.pk).update(client_sees=True)
    assert "Test journeys" in text_of(client_person.get("/projects/move/progress/"))
    assert mark(client_person, run, 2, "passed").status_code == 302
    consultant.post(f"{hidden}changed/", {"reason": "Our mistake"})
    shown = text_of(client_person.get(hidden))
    assert "Something was changed" in shown
    assert "Our mistake" not in shown


def test_evidence_is_a_link_words_or_a_file_through_the_door(project, consultant, client_person, journey):
    Journey.objects.filter(pk=journey.pk).update(client_sees=True)
    run = begin(client_person, journey)
    at = f"{HERE}journey-runs/{run.pk}/evidence/"
    assert client_person.post(at, {"text": ""}).status_code == 422
    picture = SimpleUploadedFile("receipt.png", b"picture")
    assert client_person.post(at, {"text": "both", "file": picture}).status_code == 422
    assert client_person.post(at, {"file": SimpleUploadedFile("empty.png", b"")}).status_code == 422
    picture.seek(0)
    assert client_person.post(at, {"file": picture}).status_code == 302
    for words in ("https://new.example.com/receipt", "javascript:alert(1)"):
        assert consultant.post(at, {"text": words}).status_code == 302
    file = StoredFile.objects.get(project=project, purpose="evidence")
    assert client_person.get(file.get_absolute_url()).status_code == 200
    page = text_of(client_person.get(run.get_absolute_url()))
    assert 'href="https://new.example.com/receipt"' in page
    assert 'href="javascript' not in page
    mine, theirs = run.proofs.first(), run.proofs.last()
    assert client_person.post(f"{at}{theirs.pk}/", {"state": "taken_back"}).status_code == 404
    for state, gone in (("taken_back", True), ("standing", False)):
        client_person.post(f"{at}{mine.pk}/", {"state": state})
        mine.refresh_from_db()
        assert bool(mine.taken_back_at) is gone


def test_a_journey_of_another_project_is_not_there(consultant, foreign):
    other = Journey.objects.create(project=foreign, title="Theirs", steps="Pay")
    run = JourneyRun.objects.create(project=foreign, journey=other)
    assert consultant.get(f"{HERE}journeys/{other.pk}/").status_code == 404
    assert consultant.get(f"{HERE}journey-runs/{run.pk}/").status_code == 404
    assert "Theirs" not in text_of(consultant.get(f"{HERE}journeys/"))
