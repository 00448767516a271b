"""A CSV file as one sheet: its encoding by rule, its separator by its first lines, its cells as people typed them."""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path

from engine.spreadsheets.guarding import unguard
from engine.spreadsheets.kinds import HEAD, Unreadable, wide_text

CELL_LIMIT = 1_000_000
_SEPARATORS = ",;\t|"


@dataclass(slots=True)
class DelimitedSheet:
    """Has the same `rows` as a sheet of a workbook; a row's number is the record's, headers included."""

    path: Path
    encoding: str
    delimiter: str
    name: str = ""
    merged: tuple[tuple[int, int, int, int], ...] = ()
    formulas: frozenset[tuple[int, int]] = field(default_factory=frozenset)
    errors: frozenset[tuple[int, int]] = field(default_factory=frozenset)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Every record that holds something, as (number, cells); the ' that guards a cell is taken away."""
        csv.field_size_limit(CELL_LIMIT)
        with self.path.open("rb") as raw:
            stream = TextIOWrapper(raw, encoding=self.encoding, errors="replace", newline="")
            reader = csv.reader((line.replace("\x00", "") for line in stream), delimiter=self.delimiter)
            number = 0
            try:
                for number, cells in enumerate(reader, start=1):
                    if any(cells):
                        yield number, [unguard(cell) for cell in cells]
            except csv.Error as error:
                words = "holds a cell of more than a million characters; a quote is probably never closed"
                raise Unreadable(f"Row {number + 1:,} {words}.", "damaged") from error


def open_delimited(path: Path) -> DelimitedSheet:
    """By its mark, then UTF-16 by its NULs, then strict UTF-8 over the whole file, then Windows-1252."""
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    encoding = _encoding(path, head)
    first = head.decode(encoding, "replace").lstrip("\ufeff").splitlines()[:5]
    line = next((line for line in first if line.strip()), "")
    return DelimitedSheet(path, encoding, _delimiter(line))


def _encoding(path: Path, head: bytes) -> str:
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if wide := wide_text(head):
        return wide
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _delimiter(line: str) -> str:
    """The sign that cuts the header into most cells, outside of quotes."""
    counts = {sign: len(next(csv.reader([line], delimiter=sign), [])) for sign in _SEPARATORS}
    return max(_SEPARATORS, key=lambda sign: (counts[sign], -_SEPARATORS.index(sign)))
