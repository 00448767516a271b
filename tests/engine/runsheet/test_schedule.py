"""Minutes around T: the plan, how late it is, and what decides the end."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.runsheet import Progress, Step, WrongSheet, check_sheet, outlook

PLAN = [
    Step("freeze", "Freeze the old site", -30, 10),
    Step("dns", "Switch the DNS", 0, 15, ("freeze",)),
    Step("test", "Buy something", 20, 10, ("dns",)),
    Step("post", "Announce it", 60, 5, ("test",)),
    Step("watch", "Watch the mail", 0, 30),
]


def times(found):
    return {key: (one.start, one.end) for key, one in found.steps.items()}


def test_a_plan_that_is_not_running_is_as_planned():
    found = outlook(PLAN, {}, None)
    assert times(found)["post"] == (60, 65)
    assert (found.planned_end, found.end, found.late) == (65, 65, 0)


def test_a_late_step_moves_what_waits_for_it_as_far_as_there_is_no_slack():
    done = {"freeze": Progress(-30, -20), "dns": Progress(0, None)}
    found = outlook(PLAN, done, 30)
    assert times(found)["dns"] == (0, 30)
    assert times(found)["test"] == (30, 40)
    assert times(found)["post"] == (60, 65)
    assert found.late == 0
    assert found.steps["test"].late == 10


def test_lateness_beyond_the_slack_moves_the_end_and_names_the_chain():
    done = {"freeze": Progress(-30, -20), "dns": Progress(0, None), "watch": Progress(0, 30)}
    found = outlook(PLAN, done, 90)
    assert found.end == 90 + 10 + 5
    assert found.late == 40
    assert found.critical == ("dns", "test", "post")
    assert [key for key, one in found.steps.items() if one.is_critical] == ["dns", "test", "post"]


def test_what_has_not_begun_begins_no_earlier_than_now():
    found = outlook(PLAN, {}, 100)
    assert times(found)["freeze"] == (100, 110)
    assert times(found)["post"] == (135, 140)


def test_a_skipped_step_holds_nobody_up():
    found = outlook(PLAN, {"freeze": Progress(None, -25)}, -25)
    assert times(found)["dns"] == (0, 15)


def test_an_empty_sheet_has_an_outlook():
    assert outlook([], {}, 5).late == 0


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        ([Step(1, "A", 0, 5, (2,)), Step(2, "B", 0, 5, (1,))], "wait for one another: A → B → A|B → A → B"),
        ([Step(1, "A", 0, 5, (1,))], "wait for one another"),
        ([Step(1, "A", 0, -5)], "between 0 minutes"),
        ([Step(1, "A", 0, 1e9)], "between 0 minutes"),
        ([Step(1, "A", 1e9, 5)], "at most 60 days"),
        ([Step(1, "A", 0, 5, (7,))], "does not exist"),
    ],
)
def test_a_sheet_that_cannot_be_run_says_why(steps, sentence):
    with pytest.raises(WrongSheet, match=sentence):
        check_sheet(steps)


@st.composite
def sheets(draw):
    """Any sheet without circles, any honest progress up to now."""
    steps, progress, now = [], {}, draw(st.integers(-60, 200))
    for key in range(draw(st.integers(1, 7))):
        waits = tuple(sorted(draw(st.sets(st.integers(0, key - 1), max_size=2)))) if key else ()
        steps.append(Step(key, f"S{key}", draw(st.integers(-60, 120)), draw(st.integers(0, 40)), waits))
        can_begin = all(progress.get(other, Progress()).ended is not None for other in waits)
        if can_begin and draw(st.booleans()):
            earliest = max([-120, *(progress[other].ended for other in waits)])
            if earliest <= now:
                started = draw(st.integers(earliest, now))
                progress[key] = Progress(started, draw(st.none() | st.integers(started, now)))
    return steps, progress, now


@settings(max_examples=300)
@given(sheets())
def test_the_forecast_keeps_its_promises(made):
    steps, progress, now = made
    found = outlook(steps, progress, now)
    for step in steps:
        one, done = found.steps[step.key], progress.get(step.key, Progress())
        if done.ended is None:
            assert one.end >= now
        if done.started is None:
            assert one.start >= max([now, step.start, *(found.steps[other].end for other in step.waits_for)])
            assert one.end == one.start + step.minutes
        assert one.late == one.end - one.planned_end
    assert found.end == max(one.end for one in found.steps.values())
    assert found.steps[found.critical[-1]].end == found.end
    for before, after in zip(found.critical, found.critical[1:], strict=False):
        assert before in next(step for step in steps if step.key == after).waits_for


@settings(max_examples=200)
@given(sheets(), st.integers(1, 60))
def test_as_time_goes_by_without_anything_done_nothing_is_foreseen_earlier(made, minutes):
    steps, progress, now = made
    sooner, later = outlook(steps, progress, now), outlook(steps, progress, now + minutes)
    assert later.end >= sooner.end
    assert all(later.steps[step.key].end >= sooner.steps[step.key].end for step in steps)


@settings(max_examples=200)
@given(sheets(), st.data())
def test_a_longer_step_never_brings_the_end_forward(made, data):
    steps, progress, now = made
    at = data.draw(st.integers(0, len(steps) - 1))
    slow = steps[at]
    longer = [*steps[:at], Step(slow.key, slow.title, slow.start, slow.minutes + 30, slow.waits_for), *steps[at + 1 :]]
    assert outlook(longer, progress, now).end >= outlook(steps, progress, now).end
