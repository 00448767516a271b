"""Ticking: gates, evidence, overrides, two people at once, and what a client may do (promises P4, P5)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.checklists import services
from apps.checklists.models import ChecklistItem, NotYet, State
from apps.projects.models import Activity
from tests.factories_checklists import item, waits


def post(browser, row, verb="tick", htmx=False, **fields):
    values = {"version": row.version} | fields
    headers = {"HX-Request": "true"} if htmx else {}
    return browser.post(f"/projects/move/checklist/{row.pk}/{verb}/", values, headers=headers)


def state(row) -> str:
    return ChecklistItem.objects.get(pk=row.pk).state


def test_a_tick_is_stored_and_logged_and_may_be_taken_back(consultant, project):
    row = item(project)
    assert post(consultant, row, state="done").status_code == 302
    assert state(row) == State.DONE
    assert Activity.objects.about(row).first().actor == consultant.person
    row.refresh_from_db()
    post(consultant, row, state="open")
    assert state(row) == State.OPEN


def test_an_item_cannot_be_done_before_what_it_waits_for_and_says_for_whom(consultant, project):
    first, second = item(project, "SPF verified", who="client"), item(project, "Send")
    waits(second, first)
    answer = post(consultant, second, state="done")
    assert answer.status_code == 422
    assert "Waits for: SPF verified (client)" in answer.content.decode()
    page = consultant.get("/projects/move/checklist/").content.decode()
    assert "Waits for: SPF verified (client)" in page
    assert state(second) == State.OPEN
    post(consultant, first, state="done")
    post(consultant, second, state="done")
    assert state(second) == State.DONE


def test_an_override_needs_a_reason_and_is_shown(consultant, project):
    first, second = item(project, "SPF verified"), item(project, "Send")
    waits(second, first)
    assert post(consultant, second, state="done", override=" ").status_code == 422
    post(consultant, second, state="done", override="The client insists")
    assert state(second) == State.DONE
    assert Activity.objects.about(second).first().reason == "The client insists"
    assert "overridden: The client insists" in consultant.get("/projects/move/checklist/").content.decode()


def test_a_client_cannot_override(client_person, project):
    first, second = item(project, "SPF verified"), item(project, "Send", who="client")
    waits(second, first)
    assert post(client_person, second, state="done", override="I want to").status_code == 422
    assert state(second) == State.OPEN


def test_opening_an_item_opens_what_was_done_after_it(consultant, project):
    first, second, third = item(project, "one"), item(project, "two"), item(project, "three")
    waits(second, first)
    waits(third, second)
    for row in (first, second, third):
        post(consultant, row, state="done")
    first.refresh_from_db()
    post(consultant, first, state="open")
    assert {state(row) for row in (first, second, third)} == {State.OPEN}
    assert "open again" in Activity.objects.about(third).first().reason


def test_two_people_ticking_the_same_item_lose_nothing(consultant, owner, project):
    row = item(project)
    assert post(consultant, row, state="done").status_code == 302
    assert post(owner, row, state="done").status_code == 302
    assert ChecklistItem.objects.get(pk=row.pk).done_by == consultant.person
    assert Activity.objects.about(row).count() == 1


def test_a_stale_page_cannot_undo_what_somebody_else_did(consultant, owner, project):
    row = item(project)
    post(consultant, row, state="done")
    answer = post(owner, row, state="open")
    assert answer.status_code == 409
    assert "dana@northstar.example was faster" in answer.content.decode()
    assert state(row) == State.DONE


def test_evidence_is_asked_for_before_the_tick(client_person, project):
    row = item(project, who="client", evidence_kind="count")
    assert post(client_person, row, state="done").status_code == 422
    assert post(client_person, row, "evidence", text="many").status_code == 422
    assert post(client_person, row, "evidence", text="412").status_code == 302
    post(client_person, row, state="done")
    assert state(row) == State.DONE


def test_not_applicable_needs_a_reason_and_holds_nobody_up(consultant, project):
    first, second = item(project, "Affiliates"), item(project, "Close")
    waits(second, first)
    assert post(consultant, first, "not-applicable", reason="").status_code == 422
    post(consultant, first, "not-applicable", reason="There is no programme")
    assert post(consultant, second, state="done").status_code == 302
    assert state(second) == State.DONE


def test_stuck_needs_a_sentence_and_goes_to_the_top(client_person, consultant, project):
    row = item(project, "Export the contacts", who="client")
    assert post(client_person, row, "stuck", reason="").status_code == 422
    post(client_person, row, "stuck", reason="The old account asks for a code")
    page = consultant.get("/projects/move/checklist/").content.decode()
    assert "Your client waits for an answer" in page
    assert "asks for a code" in page


def test_a_client_sees_and_ticks_only_what_is_his(client_person, project):
    hidden = item(project, "Our margin", client_sees=False)
    theirs = item(project, "Set the DNS", who="consultant")
    page = client_person.get("/projects/move/checklist/?show=").content.decode()
    assert "Our margin" not in page
    assert "Set the DNS" in page
    assert post(client_person, hidden, state="done").status_code == 404
    assert post(client_person, theirs, state="done").status_code == 403
    assert post(client_person, theirs, "not-applicable", reason="no").status_code == 403


def test_a_client_takes_none_of_the_fields_that_are_not_his(client_person, project):
    row = item(project, who="client")
    post(client_person, row, state="done", title="Mine", who="consultant", client_sees="", done_how="fact", fact="x")
    fresh = ChecklistItem.objects.get(pk=row.pk)
    assert (fresh.title, fresh.who, fresh.client_sees, fresh.done_how, fresh.fact) == (
        "Do it",
        "client",
        True,
        "person",
        "",
    )


def test_a_comment_of_a_client_is_never_internal_and_internal_ones_stay_inside(client_person, consultant, project):
    row = item(project)
    post(consultant, row, "comment", body="He never answers", is_internal="on")
    post(client_person, row, "comment", body="When is my turn", is_internal="on")
    page = client_person.get(f"/projects/move/checklist/{row.pk}/").content.decode()
    assert "He never answers" not in page
    assert "When is my turn" in page


def test_the_second_editor_is_told_and_shown_both(consultant, owner, project):
    row = item(project, "Old title")
    fields = {
        "guidance": "", "phase": 1, "section": "Audit", "who": "consultant", "days": 0, "client_sees": "on",
        "evidence_kind": "",
    }  # fmt: skip
    assert post(consultant, row, "edit", title="Dana's title", **fields).status_code == 302
    answer = post(owner, row, "edit", title="Olga's title", **fields)
    assert answer.status_code == 409
    assert "Dana&#x27;s title" in answer.content.decode()
    assert "Olga&#x27;s title" in answer.content.decode()


def test_items_cannot_wait_for_one_another(project):
    first, second, third = item(project, "one"), item(project, "two"), item(project, "three")
    services.set_waits(second, [first])
    services.set_waits(third, [second])
    with pytest.raises(NotYet, match="wait for one another"):
        services.set_waits(first, [third])
    assert not first.waits.exists()


def test_the_list_asks_the_same_number_of_queries_however_long(consultant, project):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert consultant.get("/projects/move/checklist/").status_code == 200
        return len(found)

    rows = [item(project, f"item {n}") for n in range(10)]
    waits(rows[1], rows[0])
    few = queries()
    rows = [item(project, f"more {n}") for n in range(200)]
    for one, other in zip(rows[1:], rows, strict=False):
        waits(one, other)
    assert queries() == few
    assert few <= 25
