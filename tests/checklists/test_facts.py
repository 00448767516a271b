"""Facts open and close the gates: ready ticks, a turn back opens again, unknown changes nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.checklists import services
from apps.checklists.models import ChecklistItem, How, NotYet, State
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


ACTS = st.lists(
    st.tuples(st.sampled_from(["done", "open", "override", "na", "ready", "not_ready", "unknown"]), st.integers(0, 4)),
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS, edges=st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=7))
@pytest.mark.django_db
def test_no_order_of_acts_leaves_an_item_done_behind_a_shut_gate(consultant, project, acts, edges):
    project.items.all().delete()
    Fact.objects.filter(project=project).delete()
    rows = [item(project, f"item {n}", fact=KEY if n % 2 else "") for n in range(5)]
    for late, early in edges:
        if late > early:
            waits(rows[late], rows[early])
    for act, number in acts:
        row, by = fresh(rows[number]), consultant.person
        try:
            if act == "done":
                services.complete(row, by=by, version=row.version)
            elif act == "override":
                services.complete(row, by=by, version=row.version, override="because")
            elif act == "open":
                services.reopen(row, by=by, version=row.version)
            elif act == "na":
                services.set_not_applicable(row, by=by, version=row.version, reason="because")
            else:
                publish(project, Verdict(act))
        except NotYet:
            pass
        for one in ChecklistItem.objects.filter(project=project, state=State.DONE).exclude(done_how=How.OVERRIDE):
            assert not one.blockers, (act, number, one)
