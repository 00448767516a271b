"""A list of subscriptions as a file: read by the words of its header, and the register written as a workbook."""

import tempfile
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db.models import F, QuerySet
from django.http import HttpResponse

from apps.contacts.models import ResultList
from apps.projects.models import Project
from engine.contacts.kinds.amounts import AmountColumn, currency_of, read_amount
from engine.contacts.kinds.dates import DateColumn, read_day
from engine.contacts.kinds.intervals import read_interval
from engine.contacts.kinds.roles import Roles, plain, recognise_roles, vocabulary
from engine.spreadsheets import Limits, Unreadable, open_table
from engine.spreadsheets.writing import Column, SheetToWrite, write_workbook

MOST = 10_000  # rows of one register
BIGGEST = 5 * 1024 * 1024
_LIMITS = Limits(unpacked=60 * 1024 * 1024, cells=400_000, columns=400)
_ENDED = ("cancelled", "ended")
_NAMES = ("name", "full name", "customer name", "member", "customer", "who pays", "who")
_HIGHEST = Decimal("9999999999.99")


@dataclass
class Reading:
    """Rows to add, and what was left out: [(line, sentence)] without a word of the line itself."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    ended: int = 0
    left: list[tuple[int, str]] = field(default_factory=list)


def judged_lists(project: Project) -> QuerySet[ResultList]:
    """The lists of running subscriptions that the newest check of each file made."""
    newest = project.result_lists.filter(file_check=F("file_check__contact_file__latest_check"))
    there = newest.filter(file__name__endswith="-running.csv", file__deleted_at=None)
    return there.select_related("file", "file__project").order_by("-pk")


def read(path: Path) -> Reading:
    """Raises Unreadable with a sentence."""
    lines = []
    for sheet in open_table(path, _LIMITS)[:1]:
        for number, cells in sheet.rows():
            lines.append((number, [_text(cell) for cell in cells]))
            if len(lines) > MOST + 1:
                raise Unreadable(f"This list has more than {MOST:,} rows; split it.", "long")
    if len(lines) < 2:
        raise Unreadable("This file has no rows under a header. The first line names the columns.", "empty")
    header, body = lines[0][1], lines[1:]
    roles = recognise_roles(header, "subscriptions")
    who = next((at for at, name in enumerate(header) if plain(name) in _NAMES and at not in roles.columns.values()), -1)
    if "amount" not in roles or (who < 0 and "email" not in roles and "customer" not in roles):
        raise Unreadable(
            "No column says who pays or how much. Name the columns in the first line: email, plan, amount, currency, "
            "interval, next charge, gateway.", "columns")  # fmt: skip
    return _read_rows(body, roles, who)


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return (cell.isoformat() if hasattr(cell, "isoformat") else str(cell)).replace("\x00", "").strip()


def _read_rows(body: list[tuple[int, list[str]]], roles: Roles, who: int) -> Reading:
    found, money, days = Reading(), AmountColumn("amount"), DateColumn("next_charge")

    def cell(cells: list[str], role: str) -> str:
        at = roles.columns.get(role, -1)
        return cells[at] if 0 <= at < len(cells) else ""

    for _, cells in body:
        money.see(cell(cells, "amount"))
        days.see(cell(cells, "next_charge"))
    named = roles.currencies.get(roles.columns["amount"], "")
    for number, cells in body:
        if vocabulary("subscriptions").words.get(plain(cell(cells, "status"))) in _ENDED:
            found.ended += 1
            continue
        name = cells[who] if 0 <= who < len(cells) else ""
        payer = name or cell(cells, "email") or cell(cells, "customer")
        amount = read_amount(cell(cells, "amount"), money.decimal())
        day = read_day(cell(cells, "next_charge")[:40], days.order)
        wrong = _wrong(payer, amount, day)
        interval = read_interval(cell(cells, "interval")[:60]) if cell(cells, "interval") else (1, "month")
        if interval is None or interval[0] > 120:
            wrong = wrong or "The interval cannot be read; write month, year or every 3 months."
        currency = (currency_of(cell(cells, "currency")) or amount.currency or named)[:4]
        if wrong:
            found.left.append((number, wrong))
            continue
        found.rows.append({
            "who": payer[:120], "email": _address(cell(cells, "email")),
            "plan": cell(cells, "plan")[:160], "amount": amount.value, "every": interval[0], "unit": interval[1],  # type: ignore[index]
            "currency": currency if len(currency) == 3 and currency.isascii() else "",
            "next_bill": day.day, "gateway": cell(cells, "processor")[:80],
        })  # fmt: skip
    return found


def _address(text: str) -> str:
    return text if "@" in text and len(text) <= 254 else ""


def _wrong(payer: str, amount: Any, day: Any) -> str:
    if not payer:
        return "Nobody is named in this row."
    if amount.value is None and not amount.is_blank:
        return "The amount cannot be read; write it as 49.00."
    if amount.value is not None and not 0 <= amount.value <= _HIGHEST:
        return "The amount is negative or too large."
    if day.day is None and not day.is_blank:
        return "The next bill date cannot be read; write it as 2026-12-31."
    return ""


_COLUMNS = [
    ("Who pays", 26), ("E-mail", 30), ("Plan", 24), ("Amount", 12), ("Currency", 10), ("Interval", 16),
    ("A month", 12), ("Next bill", 14), ("Gateway", 16), ("Decision", 26), ("Done", 8), ("Needs access", 14),
    ("To what", 24), ("Access given on", 16),
]  # fmt: skip


def workbook(project: Project, rows: Any) -> HttpResponse:
    """The register with every name: for the consultancy alone."""
    cells = [[
        row.who, row.email, row.plan, row.amount, row.currency, row.interval, row.monthly, row.next_bill, row.gateway,
        row.get_decision_display() or "undecided", _yes(row.is_done), _yes(row.needs_access), row.course,
        row.reinstated_on,
    ] for row in rows]  # fmt: skip
    name = f"{project.slug}-payments.xlsx"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write_workbook(path, [SheetToWrite("Payments", [Column(*column) for column in _COLUMNS], cells)])
        response = HttpResponse(path.read_bytes(), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _yes(value: bool) -> str:
    return "yes" if value else "no"
