"""A workbook handed back with a comment on each cell that could not be taken."""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from engine.spreadsheets.guarding import clean, whole_or_absent
from engine.spreadsheets.kinds import Kind, kind_of_file
from engine.spreadsheets.reading import Sheet, open_table

AUTHOR = "Migrator"
RED = PatternFill("solid", fgColor="FFF8D7DA")
LARGEST = 300_000  # cells; openpyxl holds about 700 bytes for each of a workbook it changes

Place = tuple[str, int, str]  # sheet, row, title of the column


def mark_cells(source: Path, target: Path, comments: Mapping[Place, str]) -> None:
    """Write `source` to `target` with the comments. Above LARGEST cells, and for CSV, only the rows they stand on.

    A place whose column is unknown or empty gets its comment on the first cell of the row. Raises Unreadable.
    """
    sheets = open_table(source)
    cells = sum(sheet.last_row * sheet.width for sheet in sheets if isinstance(sheet, Sheet))
    if kind_of_file(source) is Kind.XLSX and cells <= LARGEST:
        try:
            _mark_in_place(source, target, comments)
            return
        except Exception:  # openpyxl refuses workbooks that other programs open; the rows are told all the same
            sheets = open_table(source)
    _mark_copy(sheets, target, comments)


def _note(text: str) -> Comment:
    return Comment(clean(text), AUTHOR, height=120, width=320)


def _mark_in_place(source: Path, target: Path, comments: Mapping[Place, str]) -> None:
    with source.open("rb") as stream:  # stored files have no ending, which openpyxl would insist on
        book = load_workbook(stream)
    titles: dict[str, dict[str, int]] = {}
    for (name, row, title), text in comments.items():
        page: Any = book[name] if name in book.sheetnames else book.worksheets[0]
        if page.title not in titles:
            titles[page.title] = _titles(page.iter_rows(max_row=10, values_only=True), [one for _, _, one in comments])
        cell = page.cell(row=row, column=titles[page.title].get(title.casefold(), 1))
        if type(cell).__name__ == "MergedCell":  # the rest of a merged range can hold nothing
            cell = page.cell(row=_start(page, cell)[0], column=_start(page, cell)[1])
        cell.comment = _note(text)
        cell.fill = copy(RED)
    with whole_or_absent(target) as stream:
        book.save(stream)
    book.close()


def _start(page: Any, cell: Any) -> tuple[int, int]:
    for found in page.merged_cells.ranges:
        if cell.coordinate in found:
            return found.min_row, found.min_col
    return cell.row, cell.column


def _titles(rows: Any, wanted: list[str]) -> dict[str, int]:
    """Where the titles stand: the row, among the first, that has most of the wanted ones."""
    words = {title.casefold() for title in wanted if title} | {"name"}
    best: dict[str, int] = {}
    for row in rows:
        found = {" ".join(str(cell).split()).casefold(): at for at, cell in enumerate(row, start=1) if cell is not None}
        if len(words & found.keys()) > len(words & best.keys()):
            best = found
    return best


def _mark_copy(sheets: Sequence[Any], target: Path, comments: Mapping[Place, str]) -> None:
    """The marked rows alone under their titles, written as a stream."""
    book = Workbook(write_only=True)
    for sheet in sheets:
        here = {(row, title): text for (name, row, title), text in comments.items() if name == sheet.name}
        if not here:
            continue
        page: Any = book.create_sheet(sheet.name or "Rows to correct")
        head = [cells for _, cells in zip(range(10), (cells for _, cells in sheet.rows()), strict=False)]
        titles = _titles(head, [title for _, title in here])
        rows = {row for row, _ in here}
        for number, cells in sheet.rows():
            if number == 1 or number in rows:
                page.append(list(_cells(page, number, cells, titles, here)))
    if not book.worksheets:
        book.create_sheet("Rows to correct")
    with whole_or_absent(target) as stream:
        book.save(stream)


def _cells(
    page: Any, number: int, cells: list[Any], titles: dict[str, int], here: Mapping[tuple[int, str], str]
) -> Iterator[Any]:
    notes = {titles.get(title.casefold(), 1): text for (row, title), text in here.items() if row == number}
    for at in range(1, max(len(cells), *notes, 0) + 1 if notes else len(cells) + 1):
        value = cells[at - 1] if at <= len(cells) else ""
        cell: Any = WriteOnlyCell(page, value=clean(value) if isinstance(value, str) else value)
        if isinstance(value, str):
            cell.data_type = "s"
        if at in notes:
            cell.comment, cell.fill = _note(notes[at]), copy(RED)
        yield cell
