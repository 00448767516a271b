"""A CSV file being written, row by row or by the block."""

import csv
import hashlib
import io
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.contacts.report import Pack
from engine.contacts.splitting import Places
from engine.spreadsheets.guarding import DANGEROUS

_LF, _QUOTE = 10, 34
_CALCULATED = f"^'*[{re.escape(''.join(DANGEROUS))}]"


class Sheet:
    """One CSV file being written, with its count and its SHA-256."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self.path, self.records, self.size = path, -1, 0  # the header is no record
        self._digest = hashlib.sha256()
        self._stream = path.open("wb")
        self.write(header)

    def write(self, cells: Sequence[object]) -> None:
        """One row."""
        self.write_all([cells])

    def write_all(self, rows: Iterable[Sequence[object]]) -> None:
        """Several rows."""
        written = list(rows)
        self.put(rows_text(written), len(written))

    def put(self, data: bytes | memoryview, records: int) -> None:
        """Rows as they are to stand in the file."""
        self._stream.write(data)
        self._digest.update(data)
        self.size += len(data)
        self.records += records

    def close(self) -> Pack:
        """Sync, and tell what the file came to."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        return Pack(self.path.name, self.records, self._digest.hexdigest())

    def abandon(self) -> None:
        """Close it without a word; the folder goes."""
        self._stream.close()


def rows_text(rows: Iterable[Sequence[object]]) -> bytes:
    """Rows of Python values as CSV."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def csv_text(frame: pl.DataFrame) -> bytes:
    """Rows of text as CSV; polars would put an empty text in quotes, and nothing at all for a null."""
    if frame.width > 1:
        frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()))
    text = io.BytesIO()
    frame.write_csv(text, include_header=False, line_terminator="\r\n")
    return text.getvalue()


def guarded(frame: pl.DataFrame) -> pl.DataFrame:
    """For files that people open: nothing in it that a spreadsheet would calculate, as `guard` does for one text."""
    return frame.with_columns(
        pl.when(pl.col(name).str.contains(_CALCULATED)).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name in frame.columns
    )


def record_ends(text: bytes) -> Places:
    """The offset behind each record of well-formed CSV: line ends with an even number of quotes before them."""
    data = np.frombuffer(text, np.uint8)
    ends: Places = np.flatnonzero(data == _LF) + 1
    if b'"' in text:
        ends = ends[np.searchsorted(np.flatnonzero(data == _QUOTE), ends) % 2 == 0]
    return ends


def parted(path: Path, is_out: NDArray[np.bool_]) -> tuple[bytes, bytes]:
    """The rows of a file that we wrote, without its header: those that stay and those that go, as they stand."""
    text = path.read_bytes()
    ends = record_ends(text)
    lengths = np.diff(ends)
    data, goes = np.frombuffer(text, np.uint8)[ends[0] :], np.repeat(is_out, lengths)
    return data[~goes].tobytes(), data[goes].tobytes()
