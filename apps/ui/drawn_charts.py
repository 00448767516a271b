"""Small charts as numbers: where each bar, column and point of a line stands. The templates draw them as SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

MOST_COLUMNS = 24
WIDTH, HEIGHT = 340, 130
_LABELS = 4  # as many as a phone shows side by side


def bars_of(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each row with its share of all, which is the width of its bar."""
    total = sum(row["count"] for row in rows)
    return [
        {"tone": "grey", "url": ""}
        | row
        | {
            "width": round(100 * row["count"] / total, 2) if total else 0,
            "percent": _percent(row["count"], total),
        }
        for row in rows
    ]


def _percent(count: int, total: int) -> str:
    """What is there is never shown as 0 %, and what is not all never as 100 %."""
    share = 100 * count / total if total else 0
    if 0 < share < 1:
        return "under 1 %"
    if 99 < share < 100:
        return "over 99 %"
    return f"{share:.0f} %"


@dataclass(frozen=True, slots=True)
class Column:
    """One stretch of time: what came in it, and what there was at its end."""

    label: str
    count: int
    total: int
    x: float
    width: float
    y: float
    height: float
    line_x: float
    line_y: float
    tick: str = ""
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Growth:
    """New ones a stretch as columns, and the sum of them as a line."""

    unit: str
    columns: list[Column]
    highest: Column
    total: int
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def path(self) -> str:
        return " ".join(f"{column.line_x:.1f},{column.line_y:.1f}" for column in self.columns)

    @property
    def last(self) -> Column:
        return self.columns[-1]


def growth_of(months: Mapping[str, int]) -> Growth | None:
    """Counts by month (2026-09) by the month, the quarter or the year, so that few enough columns stay readable.

    Years before the last 24 stand in one column, which says so. None where there is nothing to draw.
    """
    counts = {key: count for month, count in months.items() if (key := _month(month)) is not None and count > 0}
    if not counts:
        return None
    unit, size = _unit(max(counts) - min(counts) + 1)
    sums: dict[int, int] = {}
    for month, count in counts.items():
        sums[month // size] = sums.get(month // size, 0) + count
    last = max(sums)
    first = max(min(sums), last - MOST_COLUMNS + 1)
    early = sum(count for key, count in sums.items() if key < first)
    rows = [(_name(key, size), sums.get(key, 0)) for key in range(first, last + 1)]
    if early:
        rows[0] = (f"up to {rows[0][0]}", rows[0][1] + early)
    columns = _columns(rows)
    return Growth(unit, columns, max(columns, key=lambda column: column.count), columns[-1].total)


def _month(text: str) -> int | None:
    """Months since the year 0."""
    year, _, month = text.partition("-")
    if not (year.isdigit() and month.isdigit() and 1 <= int(month) <= 12):
        return None
    return int(year) * 12 + int(month) - 1


def _unit(months: int) -> tuple[str, int]:
    if months <= MOST_COLUMNS:
        return "month", 1
    return ("quarter", 3) if months <= 3 * (MOST_COLUMNS - 1) else ("year", 12)


_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def _name(key: int, size: int) -> str:
    year, part = divmod(key * size, 12)
    if size == 12:
        return f"{year}"
    return f"Q{part // 3 + 1} {year}" if size == 3 else f"{_MONTHS[part]} {year}"


def _columns(rows: list[tuple[str, int]]) -> list[Column]:
    totals = list(accumulate(count for _, count in rows))
    most, total, step = max(count for _, count in rows), totals[-1], WIDTH / len(rows)
    ticks = _ticks(len(rows))
    columns = []
    for number, ((label, count), so_far) in enumerate(zip(rows, totals, strict=True)):
        height = HEIGHT * count / most
        middle = (number + 0.5) * step
        anchor = "start" if number == 0 and len(rows) > 2 else "end" if number == len(rows) - 1 > 1 else "middle"
        x = round(number * step + step * 0.12, 2)
        columns.append(
            Column(
                label, count, so_far, x, round(step * 0.76, 2), round(HEIGHT - height, 2), round(height, 2),
                round(middle, 2), round(HEIGHT - HEIGHT * so_far / total, 2), label if number in ticks else "", anchor,
            )
        )  # fmt: skip
    return columns


def _ticks(count: int) -> set[int]:
    """Which columns are named: the first, the last and a few between."""
    if count <= _LABELS:
        return set(range(count))
    return {round(number * (count - 1) / (_LABELS - 1)) for number in range(_LABELS)}
