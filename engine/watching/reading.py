"""Lines of time and value, as tables and tools write them: any separator, decimal commas, days in either order."""

import csv
import re
from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from engine.contacts.kinds.amounts import AmountColumn, read_amount
from engine.contacts.kinds.dates import DateColumn, read_day

MOST = 20_000
_TIME = re.compile(r"[T ,](\d{1,2}):(\d\d)(?::\d\d(?:\.\d+)?)?\s*([ap]m)?", re.I)
HIGHEST = Decimal("999999999999")


class Unclear(Exception):
    """Lines that cannot be taken; one sentence."""


def read_values(text: str, zone: tzinfo) -> dict[datetime, Decimal]:
    """All or nothing. A header is passed over; a time without a zone is that of the client. Raises Unclear."""
    if text.count("\n") > MOST + 1:
        raise Unclear(f"These are more than {MOST:,} lines; keep the days around go-live.")
    rows = [(number, cells) for number, cells in enumerate(_split(text), 1) if any(cells)]
    if rows and not re.search(r"\d", rows[0][1][0]):
        rows = rows[1:]
    if not rows:
        raise Unclear("Paste at least one line: the time and the value.")
    days, numbers = DateColumn("time"), AmountColumn("value")
    for number, cells in rows:
        if len(cells) < 2 or not cells[1]:
            raise Unclear(f"Line {number} has no value after the time.")
        days.see(cells[0][:60])
        numbers.see(cells[1][:60])
    found: dict[datetime, Decimal] = {}
    times = [_moment(cells[0][:60], days.order) for _, cells in rows]
    known = [at.replace(tzinfo=None) for at in times if at]
    folds = (0, 1) if not known or known[0] <= known[-1] else (1, 0)
    for (number, cells), at in zip(rows, times, strict=True):
        value = read_amount(cells[1][:60], numbers.decimal()).value
        if at is None:
            raise Unclear(f"Line {number}: “{cells[0][:30]}” is no time; write it as 2026-12-31 14:00.")
        if value is None or abs(value) > HIGHEST:
            raise Unclear(f"Line {number}: “{cells[1][:30]}” is no number that can be kept.")
        if at.tzinfo is None:
            at = _placed(at, zone, folds, found)
        if found.get(at, value) != value:
            raise Unclear(f"Line {number}: {cells[0][:30]} stands here twice with different values; keep one.")
        found[at] = value
    return found


def _split(text: str) -> list[list[str]]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    sign = next((sign for sign in "\t;," if sign in first), ",")
    try:
        lines = list(csv.reader(text.replace("\x00", "").lstrip("\ufeff").splitlines(), delimiter=sign))
    except csv.Error as error:
        raise Unclear(
            "A line is far too long or its quotes do not close; paste the time and the value alone."
        ) from error
    return [[cell.strip() for cell in cells] or [""] for cells in lines]


def _placed(at: datetime, zone: tzinfo, folds: tuple[int, int], found: dict[datetime, Decimal]) -> datetime:
    """The instant of a time on the zone's clock. When the clock is set back an hour comes twice: the first line of such
    a time is the earlier one, or the later where the lines run backwards."""
    first, second = (at.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in folds)
    comes_twice = sorted(folds, key=lambda fold: at.replace(tzinfo=zone, fold=fold).astimezone(UTC)) == [0, 1]
    return second if first != second and comes_twice and first in found else first


def _moment(cell: str, order: str) -> datetime | None:
    """Without a zone where the cell names none."""
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        moment = None
    if moment is None:
        day, clock = read_day(cell, order).day, _TIME.search(cell)
        if day is None:
            return None
        hour, minute = (int(clock[1]), int(clock[2])) if clock else (0, 0)
        if clock and clock[3]:
            hour = hour % 12 + (12 if clock[3].lower() == "pm" else 0)
        if hour > 23 or minute > 59:
            return None
        moment = datetime(day.year, day.month, day.day, hour, minute)
    if not 2000 < moment.year < 2100:
        return None
    return moment
