"""Rows out of an XLSX file without trusting it: every limit is checked before the parser sees a byte."""

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import ParseError

import python_calamine
from defusedxml.ElementTree import fromstring

from engine.spreadsheets.delimited import DelimitedSheet, open_delimited
from engine.spreadsheets.kinds import SENTENCES, Kind, Unreadable, kind_of_file

Value = str | int | float | bool | date | datetime | time | timedelta
_CHUNK = 1 << 18
_OVERLAP = 256
_CELL = re.compile(rb"<(?:\w+:)?c(?=[\s/>])(?:[^<>]{0,200}?\sr=[\"']\$?([A-Za-z]{1,3})\$?(\d{1,7})[\"'])?")
_ROW = re.compile(rb"<(?:\w+:)?row(?=[\s/>])")
_FORMULA = re.compile(rb"<(?:\w+:)?c\s[^<>]{0,200}?r=[\"']([A-Z]{1,3})(\d{1,7})[\"'][^<>]{0,200}>\s*<(?:\w+:)?f[\s/>]")
_ERROR = re.compile(rb"<(?:\w+:)?c\s(?=[^<>]{0,200}?\bt=[\"']e[\"'])[^<>]{0,200}?\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']")
_FORMULAS_KEPT = 100_000
_MEANT = (".xml", ".rels", ".vml")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a workbook may cost us. A cell takes about 32 bytes while a sheet is read, used or not."""

    members: int = 2_000
    unpacked: int = 400 * 1024 * 1024
    ratio: int = 200
    cells: int = 10_000_000
    columns: int = 2_000
    elements: int = 40_000_000


@dataclass(slots=True)
class _Extent:
    """The corner cells of one sheet, told by a scan that keeps nothing."""

    cells: int = 0
    rows: int = 0
    last_row: int = 0
    last_column: int = 0
    formulas: set[tuple[int, int]] = field(default_factory=set)
    errors: set[tuple[int, int]] = field(default_factory=set)


@dataclass(slots=True)
class Sheet:
    """One sheet: its name and its rows with the row number that the spreadsheet program shows."""

    name: str
    _source: python_calamine.CalamineSheet = field(repr=False)
    formulas: frozenset[tuple[int, int]] = field(default_factory=frozenset, repr=False)  # (row, column) from 1
    errors: frozenset[tuple[int, int]] = field(default_factory=frozenset, repr=False)  # cells that show #REF! or alike

    @property
    def width(self) -> int:
        """The number of the last column that holds anything."""
        end = self._source.end
        return 0 if end is None else end[1] + 1

    @property
    def merged(self) -> tuple[tuple[int, int, int, int], ...]:
        """Merged ranges as (first row, first column, last row, last column), counted from 1."""
        found = self._source.merged_cell_ranges or []
        return tuple((start[0] + 1, start[1] + 1, end[0] + 1, end[1] + 1) for start, end in found)

    @property
    def last_row(self) -> int:
        """The number of the last row that holds anything."""
        end = self._source.end
        return 0 if end is None else end[0] + 1

    def rows(self) -> Iterator[tuple[int, list[Value]]]:
        """Every row that holds something, as (row number, cells); blank rows are left out, their numbers are not."""
        start = self._source.start
        if start is None:
            return
        lead: list[Value] = [""] * start[1]
        # `iter_rows` begins at the first row of the sheet, also when the data begin lower down.
        for number, cells in enumerate(self._source.iter_rows(), start=1):
            if any(cell != "" for cell in cells):
                yield number, lead + cells


@dataclass(slots=True)
class Workbook:
    """An opened workbook that has passed every check."""

    sheets: list[Sheet]

    def sheet(self, name: str) -> Sheet | None:
        """The sheet of that name, whatever its case; None when there is none."""
        wanted = name.casefold()
        return next((sheet for sheet in self.sheets if sheet.name.casefold() == wanted), None)


def open_workbook(path: Path, limits: Limits | None = None) -> Workbook:
    """Check the file, then open it. Raises Unreadable with a sentence for the person who sent it."""
    return _open(path, kind_of_file(path), limits or Limits())


def open_table(path: Path, limits: Limits | None = None) -> Sequence[Sheet | DelimitedSheet]:
    """The sheets of a workbook, or a CSV file as one sheet without a name. Raises Unreadable."""
    kind = kind_of_file(path)
    if kind is Kind.TEXT:
        return [open_delimited(path)]
    return _open(path, kind, limits or Limits()).sheets


def _open(path: Path, kind: Kind, limits: Limits) -> Workbook:
    if kind is not Kind.XLSX:
        raise Unreadable(SENTENCES[kind], kind.value)
    try:
        odd = _check_members(path, limits)
        book = python_calamine.CalamineWorkbook.from_path(path)
        return Workbook(
            [Sheet(name, book.get_sheet_by_name(name), *odd.get(name, _NOTHING)) for name in _data_sheets(book)]
        )
    except python_calamine.PasswordError as error:
        raise Unreadable(SENTENCES[Kind.LOCKED], Kind.LOCKED.value) from error
    except _DAMAGED as error:
        raise Unreadable(_BROKEN, "damaged") from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # the parser's own give-up, which is no Exception
            raise Unreadable(_BROKEN, "damaged") from error
        raise


_BROKEN = "This workbook is damaged or cut off; open it, save it again and upload that."
_DAMAGED = (
    python_calamine.CalamineError,
    zipfile.BadZipFile,
    zipfile.zlib.error,  # type: ignore[attr-defined]
    EOFError,
    OSError,
    NotImplementedError,
    UnicodeDecodeError,
    ValueError,
    KeyError,
    ParseError,
)


def _data_sheets(book: python_calamine.CalamineWorkbook) -> list[str]:
    wanted = python_calamine.SheetTypeEnum.WorkSheet
    return [meta.name for meta in book.sheets_metadata if meta.typ == wanted]


Cells = frozenset[tuple[int, int]]
_NOTHING: tuple[Cells, Cells] = (frozenset(), frozenset())


def _check_members(path: Path, limits: Limits) -> dict[str, tuple[Cells, Cells]]:
    """Judge what the ZIP says it unpacks to; then read each part once, to see that it is true.

    Returns the cells of each sheet that hold a formula, and those that show an error: the parser hands out the last
    value of the former, and nothing for the latter.
    """
    odd = {}
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) > limits.members:
            raise Unreadable(f"This workbook has {len(members):,} parts inside; save the rows as CSV instead.", "bomb")
        if any(member.flag_bits & 1 for member in members):
            raise Unreadable(SENTENCES[Kind.LOCKED], Kind.LOCKED.value)
        _check_sizes(members, path.stat().st_size, limits)
        for member in members:
            if member.filename.lower().endswith(_MEANT):
                extent = _check_part(archive, member, limits)
                if extent.formulas or extent.errors:
                    odd[member.filename] = (frozenset(extent.formulas), frozenset(extent.errors))
        return _by_sheet(archive, odd) if odd else {}


def _by_sheet(archive: zipfile.ZipFile, odd: dict[str, tuple[Cells, Cells]]) -> dict[str, tuple[Cells, Cells]]:
    """From the name of the part to the name of the sheet, by the workbook's own list (ECMA-376, 18.2.19)."""
    targets = {}
    for relation in fromstring(archive.read("xl/_rels/workbook.xml.rels")):
        target = relation.get("Target", "")
        targets[relation.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    found = {}
    for sheet in fromstring(archive.read("xl/workbook.xml")).findall(".//{*}sheet"):
        part = next((targets.get(value, "") for name, value in sheet.attrib.items() if name.endswith("}id")), "")
        if part in odd:
            found[sheet.get("name", "")] = odd[part]
    return found


def _check_sizes(members: list[zipfile.ZipInfo], packed: int, limits: Limits) -> None:
    unpacked = sum(member.file_size for member in members)
    if unpacked > limits.unpacked:
        size = f"{unpacked // (1024 * 1024):,} MB"
        raise Unreadable(
            f"This workbook unpacks to {size}, too much to open here; save the rows as CSV instead.", "bomb"
        )
    if unpacked > 20 * 1024 * 1024 and unpacked > limits.ratio * max(packed, 1):
        raise Unreadable(
            "This workbook unpacks to far more than a real one would; save the rows as CSV and upload that.", "bomb"
        )


def _check_part(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: Limits) -> _Extent:
    is_sheet = "/worksheets/" in member.filename and member.filename.lower().endswith(".xml")
    extent = _Extent()
    with archive.open(member) as stream:
        for window, fresh in _windows(stream):
            if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
                raise Unreadable(
                    "This workbook holds definitions that no spreadsheet needs; save it again as XLSX.", "bomb"
                )
            if is_sheet:
                _measure(window, fresh, extent)
    if is_sheet:
        _check_extent(extent, limits)
    return extent


def _windows(stream: IO[bytes]) -> Iterator[tuple[bytes, int]]:
    """Pieces of the part, each led by the end of the one before (no element is cut), and where new text begins."""
    tail = b""
    while chunk := stream.read(_CHUNK):
        yield tail + chunk, len(tail)
        tail = (tail + chunk)[-_OVERLAP:]


def _measure(window: bytes, fresh: int, extent: _Extent) -> None:
    """Count cells and find the corner. What ended inside the old part was counted with it."""
    extent.rows += len(_ROW.findall(window, max(fresh - 5, 0)))
    for match in _CELL.finditer(window):
        if match.end() <= fresh:
            continue
        extent.cells += 1
        if match.group(2):
            extent.last_row = max(extent.last_row, int(match.group(2)))
            extent.last_column = max(extent.last_column, _column_number(match.group(1)))
    if len(extent.formulas) < _FORMULAS_KEPT and (b"<f" in window or b":f" in window):
        for match in _FORMULA.finditer(window):
            extent.formulas.add((int(match.group(2)), _column_number(match.group(1))))
    if len(extent.errors) < _FORMULAS_KEPT and (b't="e"' in window or b"t='e'" in window):
        for match in _ERROR.finditer(window):
            extent.errors.add((int(match.group(2)), _column_number(match.group(1))))


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _check_extent(extent: _Extent, limits: Limits) -> None:
    """The parser lays out the whole rectangle up to the last cell: two cells far apart would cost gigabytes."""
    rows, columns = max(extent.last_row, 1), max(extent.last_column, 1)
    if extent.cells > limits.elements or extent.rows > limits.elements:
        raise Unreadable(f"A sheet has {extent.cells:,} cells; save the rows as CSV and upload that.", "bomb")
    if columns > limits.columns:
        raise Unreadable(
            f"A sheet reaches to column {columns:,}; delete the empty columns beside the data and save it again.",
            "bomb",
        )
    if rows * columns > limits.cells:
        raise Unreadable(
            f"A sheet reaches to row {rows:,} and column {columns:,}; delete what is empty around the data, "
            "or save the rows as CSV.",
            "bomb",
        )
