"""Small charts: shares that do not lie, spans of any length that stay readable."""

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from apps.ui.drawn_charts import HEIGHT, MOST_COLUMNS, WIDTH, bars_of, growth_of


def draw(tag: str, **context) -> str:
    return Template("{% load charts %}" + tag).render(Context(context))


def months(first: int, last: int, count: int = 10) -> dict[str, int]:
    return {f"{year:04}-{month:02}": count for year in range(first, last + 1) for month in range(1, 13)}


def test_a_bar_is_as_wide_as_its_share():
    rows = bars_of([{"label": "Agreed", "count": 3}, {"label": "Blank", "count": 1}])
    assert [(row["width"], row["percent"]) for row in rows] == [(75, "75 %"), (25, "25 %")]


def test_what_is_there_is_never_nothing_and_what_is_not_all_never_all():
    rows = bars_of([{"label": "a", "count": 99_999}, {"label": "b", "count": 1}, {"label": "c", "count": 0}])
    assert [row["percent"] for row in rows] == ["over 99 %", "under 1 %", "0 %"]


def test_bars_say_their_numbers_and_escape_their_labels():
    page = draw('{% bars rows "Status" %}', rows=[{"label": "<b>Agreed</b>", "count": 1234, "tone": "green"}])
    assert "1,234" in page
    assert "<b>Agreed" not in page
    assert "style=" not in page


@pytest.mark.parametrize(
    ("first", "last", "unit", "count"),
    [(2025, 2026, "month", 24), (2022, 2026, "quarter", 20), (2006, 2026, "year", 21)],
)
def test_long_spans_are_drawn_by_quarter_or_year(first, last, unit, count):
    growth = growth_of(months(first, last))
    assert (growth.unit, len(growth.columns)) == (unit, count)
    assert growth.total == 10 * 12 * (last - first + 1)


def test_a_month_in_which_nobody_came_is_an_empty_column():
    growth = growth_of({"2026-01": 2, "2026-04": 3})
    assert [(one.label, one.count, one.total) for one in growth.columns] == [
        ("Jan 2026", 2, 2), ("Feb 2026", 0, 2), ("Mar 2026", 0, 2), ("Apr 2026", 3, 5),
    ]  # fmt: skip


def test_dates_from_another_age_share_one_column():
    growth = growth_of({"0002-01": 1, "1970-01": 4} | months(2020, 2026))
    assert growth.columns[0].label == "up to 2003"
    assert growth.columns[0].count == 5
    assert len(growth.columns) == MOST_COLUMNS


@given(
    st.dictionaries(st.builds("{:04}-{:02}".format, st.integers(0, 9999), st.integers(1, 12)), st.integers(0, 10**9))
)
def test_no_one_is_lost_and_everything_stays_in_the_picture(counts):
    growth = growth_of(counts)
    if growth is None:
        assert not any(counts.values())
        return
    assert growth.total == sum(counts.values()) == sum(column.count for column in growth.columns)
    assert 1 <= len(growth.columns) <= MOST_COLUMNS + 1
    for column in growth.columns:
        assert column.x >= -0.1
        assert column.x + column.width <= WIDTH + 0.1
        assert -0.1 <= column.y <= HEIGHT + 0.1
        assert 0 <= column.line_y <= HEIGHT
    assert 1 <= sum(bool(column.tick) for column in growth.columns) <= 4


@pytest.mark.parametrize("counts", [{}, {"2026-01": 0}, {"nonsense": 3, "2026-13": 1}])
def test_where_there_is_nothing_to_draw_nothing_is_drawn(counts):
    assert growth_of(counts) is None
    assert draw("{% growth counts %}", counts=counts).strip() == ""


def test_growth_has_its_numbers_beneath():
    page = draw('{% growth counts "Growth" %}', counts=months(2026, 2026, 1500))
    assert "<td>Dec 2026</td>" in page
    assert "18,000" in page
    assert "polyline" in page
    assert "style=" not in page
