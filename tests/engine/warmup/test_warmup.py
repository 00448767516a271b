"""The arithmetic of a warm-up: nobody is lost, nobody is written to before a more engaged one, no day is too large."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.warmup import Pace, Rules, Sent, TooLong, Word, judge, plan

START = date(2026, 11, 30)  # a Monday
RULES = Rules(Decimal(2), Decimal("0.1"), Decimal("0.3"))
paces = st.builds(
    Pace,
    first=st.integers(50, 2_000),
    growth=st.decimals("1.1", "3", places=2),
    longest=st.integers(500, 20_000),
    days_off=st.frozensets(st.integers(0, 6), max_size=6),
)


@settings(max_examples=150)
@given(st.lists(st.integers(0, 20_000), max_size=5), paces, st.none() | st.integers(1, 9_000), st.booleans())
def test_every_person_once_most_engaged_first_and_no_day_above_its_bounds(tiers, pace, base, hold):
    days = plan(tiers, START, pace, base=base, hold=hold)
    assert sum(day.volume for day in days) == sum(tiers)
    row = [place for day in days for place, many in day.parts if many]
    assert row == sorted(row)
    for place, many in enumerate(tiers):
        assert sum(n for day in days for at, n in day.parts if at == place) == many
    assert all(0 < day.volume <= pace.longest and day.on.weekday() not in pace.days_off for day in days)
    assert all(later.volume <= earlier.volume * pace.growth + 1 for earlier, later in pairwise(days))
    if days and base is None:
        assert days[0].volume <= pace.first
    if days and base is not None:
        assert days[0].volume <= (base if hold else base * pace.growth + 1)


def test_a_weekend_is_left_out_and_the_last_day_takes_what_is_left():
    days = plan([300, 250], START, Pace(100, Decimal("1.5"), 200, frozenset({5, 6})))
    assert [day.volume for day in days] == [100, 150, 200, 100]
    assert days[2].parts == ((0, 50), (1, 150))


def test_a_plan_that_nobody_would_follow_is_refused_with_what_to_change():
    with pytest.raises(TooLong, match="Raise the growth"):
        plan([1_000_000], START, Pace(100, Decimal(1), 100))


@pytest.mark.parametrize(
    ("sent", "word"),
    [
        (Sent(1_000, 5, 0), Word.GO_ON), (Sent(1_000, 20, 1), Word.GO_ON), (Sent(1_000, 21, 0), Word.STOP),
        (Sent(1_000, 0, 2), Word.HOLD), (Sent(1_000, 0, 3), Word.STOP), (Sent(200, 0, 1), Word.HOLD),
        (Sent(1_000, None, 0), Word.HOLD), (Sent(1_000, 0, None), Word.HOLD), (Sent(1_000, None, 5), Word.STOP),
        (Sent(0, None, None), Word.UNKNOWN),
    ],
)  # fmt: skip
def test_a_day_is_judged_and_what_is_not_known_is_never_good(sent, word):
    assert judge(sent, RULES)[0] == word
