"""Old accounts as a sheet of the workbook: out for consultants, back with the same three-way merge as assets."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from apps.assets.columns import ACTION, BASE, ID, VERSION, base_of, stored
from apps.assets.limits import without_secrets
from apps.assets.lines import Cell, Comparison, Line, clashes, is_untouched
from apps.assets.models import Account, AccountIs
from apps.projects.models import Project
from engine import platforms
from engine.spreadsheets.cells import CellError, as_day, as_number, plain
from engine.spreadsheets.writing import Column, SheetToWrite

SHEET = "Accounts"
CLOSED_NOT_DELETED = "An old account is not deleted: close it under Cutover, once nothing holds it open."
CLOSED_ON_ITS_PAGE = "Close or open an account under Cutover, where its checks stand; leave this cell as it was."


def _checked(name: str) -> Callable[[str], Any]:
    return lambda text: Account._meta.get_field(name).clean(without_secrets(text), None)


def _money(text: str) -> Any:
    number = as_number(text, 2)
    return number if number is None else Account._meta.get_field("monthly_cost").clean(number, None)


def _platform(text: str) -> str:
    known = {name: name for name in AccountIs.values}
    for key, name in platforms.names():
        known |= {key: key, name.casefold(): key}
    try:
        return known[text.strip().casefold()]
    except KeyError:
        raise CellError("Write a platform's name, web_host, tool, or nothing.") from None


def _closed(text: str) -> Any:
    raise CellError(CLOSED_ON_ITS_PAGE)


@dataclass(frozen=True, slots=True)
class AccountColumn:
    header: str
    name: str
    width: int
    value: Callable[[str], Any]


COLUMNS = [
    AccountColumn("Account", "name", 30, _checked("name")),
    AccountColumn("What it does", "does", 34, _checked("does")),
    AccountColumn("Which of them it is", "platform", 20, _platform),
    AccountColumn("Cost a month", "monthly_cost", 13, _money),
    AccountColumn("Currency", "currency", 10, _checked("currency")),
    AccountColumn("Renews on", "renews_on", 12, as_day),
    AccountColumn("Replaced by", "replaced_by", 24, _checked("replaced_by")),
    AccountColumn("What still runs in it", "still_runs", 40, _checked("still_runs")),
    AccountColumn("Keep until", "keep_until", 12, as_day),
    AccountColumn("Closed on", "closed_on", 12, _closed),
]
BY_HEADER = {one.header: one for one in COLUMNS}
HEADERS = [one.header for one in COLUMNS]


def accounts_sheet(project: Project) -> SheetToWrite:
    """Every old account; costs are for consultants, so is the sheet."""
    columns = [Column(one.header, one.width) for one in COLUMNS]
    columns += [Column(header, 10, hidden=True) for header in (ID, VERSION, BASE)]
    return SheetToWrite(SHEET, columns, _rows(project))


def _rows(project: Project) -> Iterator[list[Any]]:
    for account in Account.objects.filter(project=project):
        cells = [getattr(account, one.name) for one in COLUMNS]
        yield [*cells, account.pk, account.version, base_of(zip(HEADERS, cells, strict=True))]


def target(title: str) -> str:
    """Our header that a title of the sheet means; "" where none."""
    wanted = title.casefold()
    return next((one for one in (*HEADERS, ID, VERSION, BASE, ACTION) if one.casefold() == wanted), "")


def compare_accounts(project: Project, plan: Any, found: Comparison) -> None:
    """Compare the sheet with the accounts there are; a client has a handful, so they are held."""
    there = {account.pk: account for account in Account.objects.filter(project=project)}
    rows = list(plan.rows())
    id_at, name_at = plan.place(ID), plan.place("Account")
    ids = [cells[id_at] for _, cells in rows if id_at >= 0 and cells[id_at]]
    for number, cells in rows:
        given = {to: text for to, text in zip(plan.targets, cells, strict=False) if to in BY_HEADER}
        if not any(given.values()):
            continue
        line = Line("same", plan.sheet.name, number, cells[name_at][:80], of="account")
        try:
            account = _meant(plan, cells, there, ids)
        except CellError as error:
            line.errors.append((ID, str(error)))
        else:
            _compare_row(plan, line, account, given, cells)
        if line.errors:
            line.what, line.cells = "error", []
        found.add(line)


def _meant(plan: Any, cells: Sequence[str], there: Mapping[int, Account], ids: Sequence[str]) -> Account | None:
    key = cells[plan.place(ID)] if plan.place(ID) >= 0 else ""
    if plan.place(ACTION) >= 0 and cells[plan.place(ACTION)].casefold() == "delete":
        raise CellError(CLOSED_NOT_DELETED)
    if not key:
        name = cells[plan.place("Account")].casefold()
        same = [one for one in there.values() if one.name.casefold() == name and str(one.pk) not in ids]
        return same[0] if same else None
    account = there.get(int(key)) if key.isascii() and key.isdigit() and len(key) < 18 else None
    if account is None or ids.count(key) > 1:
        words = "stands twice in this file" if account else "is not in this project"
        raise CellError(f"Row id {key[:20]} {words}; clear the cell to add the row as a new account.")
    return account


def _compare_row(
    plan: Any, line: Line, account: Account | None, given: Mapping[str, str], cells: Sequence[str]
) -> None:
    has_id = plan.place(ID) >= 0 and bool(cells[plan.place(ID)])
    base = _base(cells[plan.place(BASE)] if plan.place(BASE) >= 0 else "") if has_id else None
    if account is not None:
        line.asset_pk, line.asset_version, line.label = account.pk, account.version, line.label or account.name[:80]
    for at, to in enumerate(plan.targets):
        if to and (line.number, at + 1) in plan.sheet.formulas:
            line.errors.append((to, "This cell holds a formula; paste its value instead."))
    for header, text in given.items():
        _compare_cell(line, account, header, text, base)
    if account is None:
        line.what = "new"
        if not given.get("Account"):
            line.errors.append(("Account", "Give it a name."))
    elif line.cells:
        line.what = "changed"


def _compare_cell(line: Line, account: Account | None, header: str, text: str, base: Mapping[str, str] | None) -> None:
    column = BY_HEADER[header]
    now = plain(getattr(account, column.name)) if account else ""
    if account is None:
        text = text or ("USD" if header == "Currency" else "")
    if not text if account is None else is_untouched(text, now, base, header):
        return
    try:
        value = column.value(text)
    except CellError as error:
        line.errors.append((header, str(error)))
    except ValidationError as error:
        line.errors.append((header, " ".join(error.messages)))
    else:
        new = plain(value)
        if account is None or new != now:
            is_conflict = account is not None and clashes(now, new, base, header)
            line.cells.append(Cell(header, column.name, now, new, stored(value), is_conflict))


def _base(text: str) -> dict[str, str]:
    try:
        base = json.loads(text)
    except ValueError:
        return {}
    return {str(name): plain(value) for name, value in base.items()} if isinstance(base, dict) else {}
