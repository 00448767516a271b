"""The hold period ends by the clock, ticks its item, and begins anew when go-live moves."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from apps.checklists.models import State
from apps.cutover.tasks import watch_holds
from apps.projects.services import move_go_live
from engine.findings import Verdict
from migrator.celery import app
from tests.factories_checklists import item


@pytest.fixture
def row(project):
    project.go_live = timezone.now() - timedelta(days=1)
    project.save()
    return item(project, "Hold period over", fact="cutover.hold_over", evidence_kind="check")


def said(project) -> str:
    return project.facts.get(key="cutover.hold_over").verdict


def test_the_clock_asks_and_says_nothing_before_go_live(project):
    assert app.conf.beat_schedule["watch-holds"]["task"] == "cutover.watch_holds"
    assert "apps.cutover.holding.publish_hold" in settings.GO_LIVE_LISTENERS
    watch_holds()
    assert not project.facts.exists()


def test_the_item_ticks_itself_on_the_day_and_opens_when_go_live_moves(consultant, project, row):
    watch_holds()
    assert said(project) == Verdict.NOT_READY
    with time_machine.travel(project.hold_until + timedelta(minutes=1), tick=False):
        watch_holds()
        row.refresh_from_db()
        assert (said(project), row.state, row.done_how) == (Verdict.READY, State.DONE, "fact")
        project.refresh_from_db()
        later = timezone.now() + timedelta(days=3)
        move_go_live(project, later, version=str(project.version), by=consultant.person)
        row.refresh_from_db()
        assert (said(project), row.state) == (Verdict.NOT_READY, State.OPEN)
        assert "can still take over" in row.state_reason


def test_a_longer_hold_period_turns_it_back_too_and_the_statement_does_not_grow_old(project, row):
    with time_machine.travel(project.hold_until + timedelta(days=120), tick=False):
        watch_holds()
        first = project.facts.get().as_of
    with time_machine.travel(project.hold_until + timedelta(days=220), tick=False):
        watch_holds()
        assert project.facts.get().as_of > first
        assert not project.facts.get().is_stale
