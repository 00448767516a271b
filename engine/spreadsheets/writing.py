"""Workbooks that people open: typed cells, a header that stays, drop-down lists, and no formula ever."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from engine.spreadsheets.guarding import clean, is_harmless, whole_or_absent

LAST_ROW = 1_048_576
LONGEST = 10**15
_SHEET_NAME = 31
_FORMATS = {datetime: "yyyy-mm-dd hh:mm", date: "yyyy-mm-dd"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its header, how wide, whether hidden, and the words that may be chosen in it."""

    header: str
    width: int = 18
    choices: Sequence[str] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class SheetToWrite:
    """One sheet; `rows` may be a generator, it is read once and never held."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[object]]


def write_workbook(path: Path, sheets: Iterable[SheetToWrite]) -> dict[str, int]:
    """Write the sheets one after the other; the file is whole or absent. Returns the rows written per sheet."""
    book = Workbook(write_only=True)
    used: set[str] = set()
    counts = {}
    try:
        for sheet in sheets:
            name = _sheet_name(sheet.name, used)
            counts[sheet.name] = _write_sheet(book, name, sheet)
        if not counts:
            book.create_sheet("Empty")
        with whole_or_absent(path) as stream:
            book.save(stream)
    except BaseException:
        _drop_parts(book)
        raise
    return counts


def _drop_parts(book: Workbook) -> None:
    """openpyxl keeps each sheet in a temporary file and forgets it when the writing breaks."""
    for page in book.worksheets:
        page.close()
        writer: Any = getattr(page, "_writer", None)
        if writer is not None:
            writer.cleanup()


def _write_sheet(book: Workbook, name: str, sheet: SheetToWrite) -> int:
    page: Any = book.create_sheet(name)
    page.freeze_panes = "A2"
    for number, column in enumerate(sheet.columns, start=1):
        letter = get_column_letter(number)
        page.column_dimensions[letter].width = column.width
        page.column_dimensions[letter].hidden = column.hidden
    page.append([_header(page, column.header) for column in sheet.columns])
    count = 0
    for row in sheet.rows:
        count += 1
        if count >= LAST_ROW:
            raise ValueError("A sheet holds at most 1,048,575 rows; write these rows as CSV.")
        page.append([value if _is_ready(value) else _cell(page, value) for value in row])
    _offer_choices(page, sheet.columns, count)
    if sheet.columns:
        page.auto_filter.ref = f"A1:{get_column_letter(len(sheet.columns))}{count + 1}"
    return count


def _is_ready(value: object) -> bool:
    """Whether openpyxl may have it as it is: the usual case, so that a cell costs hardly more than without us."""
    kind = type(value)
    return value is None or (kind is str and is_harmless(value)) or (kind is int and -LONGEST < value < LONGEST)  # type: ignore[arg-type,operator]


def _header(page: Any, text: str) -> Any:
    cell = _text(page, text)
    cell.font = Font(bold=True)
    cell.fill = PatternFill("solid", fgColor="FFE9EEF2")
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell


def _cell(page: Any, value: object) -> Any:
    """Numbers and dates keep their type; everything else is text, and text is never a formula."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return _text(page, value)
    if isinstance(value, bool | int | float | Decimal):
        return _number(page, value)
    if isinstance(value, datetime | date):
        return _moment(page, value)
    return _text(page, str(value))


def _text(page: Any, text: str) -> Any:
    cell = WriteOnlyCell(page, value=clean(text))
    cell.data_type = "s"  # openpyxl takes "=..." for a formula and "#N/A" for an error unless told afterwards
    return cell


def _number(page: Any, value: bool | int | float | Decimal) -> Any:
    """Excel keeps 15 digits: a longer whole number (an id, a card) would come back changed, so it stays text."""
    if isinstance(value, float):
        is_odd = value != value or value in (float("inf"), float("-inf"))
    elif isinstance(value, Decimal):
        if not value.is_finite() or len(value.as_tuple().digits) > 15:
            return _text(page, str(value))
        return float(value)  # fifteen digits survive, and openpyxl writes it in half the time
    else:
        is_odd = not -LONGEST < value < LONGEST
    return _text(page, str(value)) if is_odd else value


def _moment(page: Any, value: datetime | date) -> Any:
    """Excel knows no time zones: the wall clock is kept as given, and a year before 1900 stays text."""
    if value.year < 1900:
        return _cell(page, value.isoformat())
    is_datetime = isinstance(value, datetime)
    if not is_datetime:
        return value  # openpyxl gives a date our format by itself
    cell: Any = WriteOnlyCell(page)
    cell.value = value.replace(tzinfo=None) if isinstance(value, datetime) else value
    cell.number_format = _FORMATS[datetime if is_datetime else date]
    return cell


def _offer_choices(page: Any, columns: Sequence[Column], count: int) -> None:
    """A list inside the validation holds at most 255 characters and no comma; ours are short words."""
    last = min(count + 1_000, LAST_ROW)
    for number, column in enumerate(columns, start=1):
        listed = ",".join(choice.replace('"', '""') for choice in column.choices)
        if not column.choices or len(listed) > 255 or any("," in choice for choice in column.choices):
            continue
        rule = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True, showErrorMessage=True)
        rule.error = "Choose one of the words in the list, or leave the cell blank."
        letter = get_column_letter(number)
        rule.add(f"{letter}2:{letter}{last}")
        page.data_validations.append(rule)  # the streaming sheet has the list but no method for it


def _sheet_name(name: str, used: set[str]) -> str:
    """Excel refuses some signs, more than 31 characters, and the same name twice."""
    plain = "".join("-" if sign in "[]:*?/\\" else sign for sign in clean(name)).strip("'")[:_SHEET_NAME] or "Sheet"
    unique, number = plain, 1
    while unique.casefold() in used:
        number += 1
        unique = f"{plain[: _SHEET_NAME - 4]} {number}"
    used.add(unique.casefold())
    return unique
