"""The forecast of a plan: properties that hold for every plan, and the cases that its page explains."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.plan.fitting import Misfit, Why, misfits
from engine.plan.forecast import Step, expect, forecast

TODAY = date(2027, 3, 1)
GO_LIVE = date(2027, 3, 31)


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


@st.composite
def plans(draw):
    """Plans without circles: each step waits only for earlier ones; some days are unknown."""
    steps = []
    for number in range(draw(st.integers(1, 9))):
        waits = draw(st.sets(st.integers(0, number - 1), max_size=3)) if number else set()
        steps.append(
            Step(
                key=number,
                planned=draw(st.none() | st.integers(-20, 50).map(day)),
                who=draw(st.sampled_from(["consultant", "client"])),
                is_open=draw(st.booleans()),
                is_stuck=draw(st.booleans()),
                waits_for=tuple(sorted(waits)),
            )
        )
    return steps


def with_state(steps, number, is_open):
    return [replace(step, is_open=is_open) if step.key == number else step for step in steps]


@given(plans())
def test_open_work_is_never_expected_before_today_nor_before_what_it_waits_for(steps):
    found = expect(steps, TODAY)
    assert found.keys() == {step.key for step in steps if step.is_open}
    for step in steps:
        if step.is_open:
            assert found[step.key].day >= max(TODAY, step.planned or TODAY)
            assert all(found[key].day <= found[step.key].day for key in step.waits_for if key in found)


@given(plans(), st.data())
def test_finishing_never_delays_and_opening_never_hastens(steps, data):
    number = data.draw(st.integers(0, len(steps) - 1))
    is_open = forecast(with_state(steps, number, True), go_live=GO_LIVE, today=TODAY)
    is_done = forecast(with_state(steps, number, False), go_live=GO_LIVE, today=TODAY)
    assert is_done.go_live <= is_open.go_live
    assert all(is_done.steps[key].day <= is_open.steps[key].day for key in is_done.steps)
    assert is_open.is_open_ended >= is_done.is_open_ended


@given(plans(), st.integers(0, 30))
def test_waiting_a_day_never_brings_go_live_nearer(steps, days):
    now = forecast(steps, go_live=GO_LIVE, today=TODAY)
    later = forecast(steps, go_live=GO_LIVE, today=day(days))
    assert later.go_live >= now.go_live >= GO_LIVE


@given(plans())
def test_a_plan_that_fits_and_is_not_late_is_forecast_as_it_is_planned(steps):
    steps = [replace(step, planned=step.planned or day(3)) for step in steps]
    if misfits(steps, TODAY):
        return
    assert {key: one.day for key, one in expect(steps, TODAY).items()} == {s.key: s.planned for s in steps if s.is_open}
    assert forecast(steps, go_live=GO_LIVE, today=TODAY).days_late == 0


@given(plans())
def test_a_late_go_live_names_an_open_step_that_begins_the_chain(steps):
    found = forecast(steps, go_live=GO_LIVE, today=TODAY)
    if found.days_late:
        root = next(step for step in steps if step.key == found.root)
        assert root.is_open
        assert found.steps[root.key].because == root.key


def test_an_overdue_step_of_the_client_makes_go_live_late_and_is_named():
    steps = [
        Step("consent", day(-5), "client"),
        Step("import", day(-1), waits_for=("consent",)),
        Step("switch", day(0), waits_for=("import",)),
    ]
    found = forecast(steps, go_live=day(0), today=TODAY)
    assert (found.days_late, found.root) == (4, "consent")  # 2 for the client, then 1 and 1


def test_slack_in_the_plan_is_used_up_before_go_live_moves():
    steps = [Step("late", day(-5), "client"), Step("switch", day(20), waits_for=("late",))]
    assert forecast(steps, go_live=day(20), today=TODAY).days_late == 0


def test_work_planned_after_go_live_does_not_hold_it_up():
    assert forecast([Step("close", day(40))], go_live=day(20), today=TODAY).days_late == 0


def test_a_stuck_step_makes_the_forecast_open_ended_and_is_named():
    found = forecast([Step("ask", day(5), "client", is_stuck=True)], go_live=day(20), today=TODAY)
    assert (found.is_open_ended, found.root, found.days_late) == (True, "ask", 0)


def test_steps_in_a_circle_are_open_ended_rather_than_an_endless_loop():
    found = expect([Step("a", day(1), waits_for=("b",)), Step("b", day(2), waits_for=("a",))], TODAY)
    assert all(one.is_open_ended for one in found.values())


def test_what_does_not_fit_is_named_from_the_end_that_can_be_moved():
    steps = [
        Step("past", day(-1)),
        Step("done", day(-1), is_open=False),
        Step("bank", day(9), is_fixed=True),
        Step("pay", day(5), waits_for=("bank", "done")),
        Step("first", day(8)),
        Step("second", day(7), waits_for=("first",)),
        Step("whenever", None, waits_for=("first",)),
    ]
    assert misfits(steps, TODAY) == [
        Misfit(Why.PAST, "past"),
        Misfit(Why.FIXED_TOO_LATE, "bank", "pay"),
        Misfit(Why.TOO_EARLY, "second", "first"),
    ]
