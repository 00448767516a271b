"""Facts open and close the gates: ready ticks, a turn back opens again, unknown changes nothing."""

from datetime import timedelta

from django.utils import timezone

from apps.checklists import services
from apps.checklists.models import ChecklistItem, How, State
from apps.findings.models import Fact
from apps.projects.models import Activity
from engine.findings import Verdict
from tests.factories_checklists import item, waits

KEY = "inventory.decided"


def publish(project, verdict, reason="12 assets decided"):
    Fact.publish(project, KEY, verdict, reason, as_of=timezone.now())


def fresh(row) -> ChecklistItem:
    return ChecklistItem.objects.get(pk=row.pk)


def test_a_ready_fact_ticks_its_item_with_the_evidence(project):
    row = item(project, fact=KEY, evidence_kind="check")
    publish(project, Verdict.READY)
    assert (fresh(row).state, fresh(row).done_how, fresh(row).done_by) == (State.DONE, How.FACT, None)
    assert "12 assets decided" in row.evidence.get().text
    assert Activity.objects.about(row).first().source == "system"


def test_a_fact_that_turns_back_opens_its_item_and_says_why(project):
    row = item(project, fact=KEY)
    publish(project, Verdict.READY)
    publish(project, Verdict.NOT_READY, "Undecided: PayPal")
    assert fresh(row).state == State.OPEN
    line = Activity.objects.about(row).first()
    assert line.reason == "Undecided: PayPal"
    assert not line.is_internal


def test_unknown_changes_nothing(project):
    row = item(project, fact=KEY)
    publish(project, Verdict.READY)
    publish(project, Verdict.UNKNOWN, "could not tell")
    assert fresh(row).state == State.DONE


def test_a_fact_does_not_touch_what_a_person_overrode(consultant, project):
    row = item(project, fact=KEY, evidence_kind="check")
    services.complete(row, by=consultant.person, version=1, override="Decided by phone")
    publish(project, Verdict.NOT_READY)
    assert fresh(row).state == State.DONE


def test_a_ready_fact_waits_for_the_gate(consultant, project):
    first, second = item(project, "first"), item(project, "second", fact=KEY)
    waits(second, first)
    publish(project, Verdict.READY)
    assert fresh(second).state == State.OPEN
    services.complete(first, by=consultant.person, version=1)
    assert fresh(second).state == State.DONE


def test_a_stale_fact_ticks_nothing(consultant, project):
    first, second = item(project, "first"), item(project, "second", fact=KEY)
    waits(second, first)
    publish(project, Verdict.READY)
    Fact.objects.update(as_of=timezone.now() - timedelta(days=1000))
    services.complete(first, by=consultant.person, version=1)
    assert fresh(second).state == State.OPEN


def test_a_diamond_opens_whole(consultant, project):
    first, left, last = item(project, "first"), item(project, "left"), item(project, "last")
    waits(left, first)
    waits(last, first, left)
    for row in (first, left, last):
        services.complete(row, by=consultant.person, version=1)
    services.reopen(fresh(first), by=consultant.person)
    assert [fresh(row).state for row in (first, left, last)] == [State.OPEN] * 3


def test_a_ready_fact_that_was_stale_ticks_when_it_is_fresh_again(consultant, project):
    first, second = item(project, "first"), item(project, "second", fact=KEY)
    waits(second, first)
    publish(project, Verdict.READY)
    Fact.objects.update(as_of=timezone.now() - timedelta(days=1000))
    services.complete(first, by=consultant.person, version=1)
    publish(project, Verdict.READY)
    assert fresh(second).state == State.DONE


def test_conditions_do_not_tick_and_open_what_ready_had_ticked(project):
    row = item(project, fact=KEY)
    publish(project, Verdict.CONDITIONS, "two files not read")
    assert fresh(row).state == State.OPEN
    publish(project, Verdict.READY)
    publish(project, Verdict.CONDITIONS, "two files not read")
    assert fresh(row).state_reason == "Ready with conditions: two files not read"


def test_what_the_system_shut_is_done_again_by_whom_it_was_done_when_the_gate_opens(consultant, project):
    first, second = item(project, "first", fact=KEY), item(project, "second")
    waits(second, first)
    publish(project, Verdict.READY)
    services.complete(second, by=consultant.person, version=1)
    before = fresh(second)
    publish(project, Verdict.NOT_READY)
    assert (fresh(second).state, fresh(second).done_how) == (State.OPEN, How.HELD)
    publish(project, Verdict.READY)
    after = fresh(second)
    assert (after.state, after.done_how, after.done_by, after.done_at, after.reopened_at) == (
        State.DONE, How.PERSON, consultant.person, before.done_at, None,
    )  # fmt: skip
    assert Activity.objects.about(second).first().source == "system"


def test_what_is_held_behind_something_a_person_opened_is_done_anew(consultant, project):
    first, second, third = item(project, "first", fact=KEY), item(project, "second"), item(project, "third")
    waits(second, first)
    waits(third, second)
    publish(project, Verdict.READY)
    for row in (second, third):
        services.complete(row, by=consultant.person, version=1)
    services.reopen(fresh(second), by=consultant.person)
    services.complete(fresh(second), by=consultant.person, version=fresh(second).version)
    assert fresh(third).state == State.OPEN


def test_both_sides_are_told_that_and_why_an_item_was_opened_again(consultant, client_person, project):
    row = item(project, "Decide", fact=KEY, evidence_kind="check", who="client")
    follower = item(project, "Build", who="client")
    waits(follower, row)
    publish(project, Verdict.READY)
    services.complete(follower, by=client_person.person, version=1)
    publish(project, Verdict.NOT_READY, "Undecided: PayPal")
    page = consultant.get("/projects/move/checklist/").content.decode()
    assert page.count("opened again") == 2
    assert "It waits for “Decide”, which is open again." in page
    assert "Undecided: PayPal" in consultant.get(f"/projects/move/checklist/{row.pk}/").content.decode()
    page = client_person.get(f"/projects/move/checklist/{row.pk}/").content.decode()
    assert "its check is not ready any more" in page
    assert "PayPal" not in page


def test_a_stale_fact_says_how_old_it_is_beside_the_tick(consultant, project):
    row = item(project, "Decide", fact=KEY, evidence_kind="check")
    publish(project, Verdict.READY)
    Fact.objects.update(as_of=timezone.now() - timedelta(days=100))
    for address in ("/projects/move/checklist/", f"/projects/move/checklist/{row.pk}/"):
        assert "stale, checked" in consultant.get(address).content.decode()
    assert fresh(row).state == State.DONE
