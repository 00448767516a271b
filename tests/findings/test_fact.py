"""Facts: one row a key, never turned back by older news, stale in time (promise P21)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.findings.models import Fact, FactChange
from engine.findings import Verdict


@pytest.fixture(autouse=True)
def heard(settings, monkeypatch):
    """Who listens in production is tested with the checklist; here the calls are counted."""
    calls = []
    settings.FACT_LISTENERS = ["one.who.listens"]
    monkeypatch.setattr("apps.findings.models.import_string", lambda name: lambda fact: calls.append(fact.verdict))
    return calls


def publish(project, verdict: Verdict, minutes_ago: int = 0, reason: str = "because") -> Fact:
    as_of = timezone.now() - timedelta(minutes=minutes_ago)
    return Fact.publish(project, "inventory.decided", verdict, reason, as_of=as_of)


def test_listeners_hear_of_turns_only(project, heard):
    publish(project, Verdict.NOT_READY, 3)
    publish(project, Verdict.NOT_READY, 2)
    publish(project, Verdict.READY, 1)
    assert heard == ["not_ready", "ready"]
    assert list(FactChange.objects.values_list("before", "after")) == [("not_ready", "ready"), ("", "not_ready")]


def test_an_older_result_that_comes_late_never_overwrites_a_newer_one(project):
    publish(project, Verdict.READY, 1, "newer")
    publish(project, Verdict.NOT_READY, 10, "older")
    assert Fact.objects.get().reason == "newer"


def test_unknown_changes_nothing_and_the_last_good_state_keeps_its_age(project):
    good = publish(project, Verdict.READY, 30)
    publish(project, Verdict.UNKNOWN)
    fact = Fact.objects.get()
    assert fact.verdict == Verdict.READY
    assert fact.as_of == good.as_of


def test_an_old_fact_is_stale_and_not_ready(project, monkeypatch):
    from engine import facts

    kind = facts.FactKind("inventory.decided", "Inventory decided", "says", "assets", 24)
    monkeypatch.setitem(facts.FACTS, "inventory.decided", kind)
    assert publish(project, Verdict.READY, 23 * 60).is_ready
    Fact.objects.update(as_of=timezone.now() - timedelta(hours=25))
    assert Fact.objects.get().is_stale
    assert not Fact.objects.get().is_ready
