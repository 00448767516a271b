"""Lines of time and value in the forms of many tools; bounds against the usual; what is not known is never fine."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from engine.watching import Bounds, Unclear, Word, judge, read_values, usual

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
BOUNDS = Bounds(Decimal(60), Decimal(200), 6)


@pytest.mark.parametrize(
    "text",
    [
        "time,value\n2026-12-01 10:00,1234.5\n2026-12-13 11:00,7",
        "01.12.2026 10:00;1.234,50\n13.12.2026 11:00;7,00",
        "12/01/2026 10:00\t1234.50\n12/13/2026 11:00 AM\t7",
        "\ufeffWhen;What\n2026-12-01T10:00:00+00:00;1234,5\n\n2026-12-13T11:00Z;7\n",
    ],
)
def test_many_ways_to_write_the_same_values(text):
    found = read_values(text, UTC)
    assert list(found.values()) == [Decimal("1234.5"), 7]
    assert list(found) == [datetime(2026, 12, 1, 10, tzinfo=UTC), datetime(2026, 12, 13, 11, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "at least one line"), ("2026-12-01", "no value"), ("2026-13-41,3", "is no time"),
        ("2026-12-01,many", "no number"), ("2026-12-01,1\n2026-12-01,2", "twice"),
        ("2026-12-01,1\n" * 100_000, "more than 20,000"), ('"2026-12-01,1\n' + "x" * 200_000, "no value|far too long"),
    ],
)  # fmt: skip
def test_bad_lines_are_told_in_one_sentence(text, sentence):
    with pytest.raises(Unclear, match=sentence):
        read_values(text, UTC)


@pytest.mark.parametrize(
    ("value", "age", "baseline", "word"),
    [
        (38, 1, 100, Word.WRONG), (60, 1, 100, Word.FINE), (201, 1, 100, Word.WRONG), (100, 7, 100, Word.UNKNOWN),
        (None, 1, 100, Word.UNKNOWN), (100, 1, None, Word.UNKNOWN), (100, 1, 0, Word.UNKNOWN),
    ],
)  # fmt: skip
def test_a_value_is_judged_against_what_is_usual(value, age, baseline, word):
    at = NOW - timedelta(hours=age)
    said = judge(
        None if value is None else Decimal(value), at, None if baseline is None else Decimal(baseline), BOUNDS, NOW
    )
    assert said[0] == word
    assert value != 38 or said[1] == "62 % below the usual"


def test_one_odd_day_does_not_move_the_usual():
    assert usual([Decimal(10), Decimal(11), Decimal(900)]) == 11
    assert usual([]) is None


@pytest.mark.parametrize(
    ("value", "baseline", "bounds", "word", "said"),
    [
        ("2.4", None, Bounds(None, None, 6, highest=Decimal(2)), Word.WRONG, "is above 2"),
        ("0.3", "0.1", Bounds(None, None, 6, highest=Decimal("0.10")), Word.WRONG, "200 % above the usual"),
        ("4", "3", Bounds(None, None, 6, lowest=Decimal(5)), Word.WRONG, "is below 5"),
        ("2", None, Bounds(None, None, 6, highest=Decimal(2)), Word.FINE, "within its bounds"),
        ("70", "100", Bounds(Decimal(60), None, 6, lowest=Decimal(80)), Word.WRONG, "30 % below the usual"),
        ("2", None, Bounds(Decimal(60), None, 6, highest=Decimal(3)), Word.FINE, "within its bounds"),
        ("2", "1", Bounds(None, None, 6), Word.UNKNOWN, "has no alarm bound"),
    ],
)
def test_a_bound_may_be_a_value_itself(value, baseline, bounds, word, said):
    usual_value = None if baseline is None else Decimal(baseline)
    assert judge(Decimal(value), NOW, usual_value, bounds, NOW) == (word, said)


@pytest.mark.parametrize("order", [1, -1])
def test_the_hour_that_comes_twice_is_two_hours_in_either_order(order):
    lines = [f"2026-10-25 {clock};{value}" for value, clock in enumerate(("01:00", "02:00", "02:00", "03:00"))]
    found = read_values("\n".join(lines[::order]), ZoneInfo("Europe/Berlin"))
    assert [value for _, value in sorted(found.items())] == [0, 1, 2, 3]
    assert {(b - a).seconds for a, b in pairwise(sorted(found))} == {3600}
