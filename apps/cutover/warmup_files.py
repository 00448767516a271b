"""Days of a warm-up as lines of a table: pasted text read, and the plan written as a workbook."""

import csv
import re
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from django.http import HttpResponse

from apps.cutover.warming import Outlook
from apps.cutover.warmups import MOST_A_DAY
from apps.projects.models import Project
from engine.contacts.kinds.dates import DateColumn, read_day
from engine.spreadsheets.writing import Column, SheetToWrite, write_workbook

MOST = 1_000
Told = dict[date, tuple[int, int | None, int | None]]
_NUMBER = re.compile(r"\d{1,3}(?:[.,'\u2019\u00a0\u202f ]\d{3})+|\d+")


class Unclear(Exception):
    """A line that cannot be read; one sentence."""


def read_days(text: str, today: date) -> Told:
    """Lines of day, sent, bounced, complained; a header is passed over. All or nothing. Raises Unclear."""
    rows = [(number, cells) for number, cells in enumerate(_split(text), 1) if any(cells)]
    if rows and not re.search(r"\d", rows[0][1][0]):
        rows = rows[1:]
    if not rows:
        raise Unclear("Paste at least one line: the day, how many were sent, bounced and complained.")
    if len(rows) > MOST:
        raise Unclear(f"These are more than {MOST:,} lines; paste one line for each day.")
    days, found = DateColumn("day"), {}
    for _, cells in rows:
        days.see(cells[0][:40])
    for number, cells in rows:
        on = read_day(cells[0][:40], days.order).day
        if on is None:
            raise Unclear(f"Line {number}: “{cells[0][:30]}” is not a day; write it as 2026-12-31.")
        if on > today:
            raise Unclear(f"Line {number}: {on} is still to come; enter what was really sent.")
        if on in found:
            raise Unclear(f"Line {number}: {on} stands here twice; keep one line for each day.")
        found[on] = _values(number, [*cells[1:4], "", "", ""])
    return found


def _split(text: str) -> list[list[str]]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    sign = next((sign for sign in "\t;," if sign in first), ",")
    try:
        lines = list(csv.reader(text.replace("\x00", "").splitlines(), delimiter=sign))
    except csv.Error as error:
        raise Unclear("A line is far too long or its quotes do not close; paste the day and the numbers.") from error
    return [[cell.strip() for cell in cells] or [""] for cells in lines]


def _values(number: int, cells: list[str]) -> tuple[int, int | None, int | None]:
    read: list[int | None] = []
    for name, cell in zip(("sent", "bounced", "complained"), cells, strict=False):
        if cell and (len(cell) > 20 or not _NUMBER.fullmatch(cell)):
            raise Unclear(f"Line {number}: “{cell[:30]}” is no whole number of mails {name}.")
        read.append(int(re.sub(r"\D", "", cell)) if cell else None)
    sent, bounced, complained = read
    return check_values(sent, bounced, complained, f"Line {number}: ")


def check_values(
    sent: int | None, bounced: int | None, complained: int | None, where: str = ""
) -> tuple[int, int | None, int | None]:
    if sent is None:
        raise Unclear(f"{where}say how many were sent; 0 where nothing was.")
    if sent > MOST_A_DAY:
        raise Unclear(f"{where}more than {MOST_A_DAY:,} mails on one day cannot be right.")
    if max(bounced or 0, complained or 0) > sent:
        raise Unclear(f"{where}more came back than were sent; check the numbers.")
    return sent, bounced, complained


_COLUMNS = [("Day", 14), ("Weekday", 12), ("Planned", 12), ("Sent", 12), ("Bounced", 12), ("Complained", 12),
            ("Verdict", 12), ("Why", 60), ("Who", 70)]  # fmt: skip


def workbook(project: Project, found: Outlook) -> HttpResponse:
    """The same numbers as on the page."""
    cells: list[list[Any]] = []
    for line in [*found.past, *found.ahead]:
        told = line.told.values if line.told else [None, None, None]
        who = ", ".join(f"{name}: {many:,}" for name, many in line.parts)
        word = line.word.replace("_", " ") if line.told else "not told" if line.sentence else "planned"
        cells.append([line.on, f"{line.on:%A}", line.planned, *told, word, line.sentence, who])
    name = f"{project.slug}-warm-up.xlsx"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write_workbook(path, [SheetToWrite("Warm-up", [Column(*column) for column in _COLUMNS], cells)])
        response = HttpResponse(path.read_bytes(), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
