"""A CSV file being written, row by row or by the block."""

import csv
import hashlib
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl

from engine.contacts.records import RECORD_CHARACTERS
from engine.contacts.report import Pack


class Sheet:
    """One CSV file being written, with its count and its SHA-256."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self.path, self.records = path, -1
        self._digest = hashlib.sha256()
        self._stream = path.open("wb")
        self.write(header)

    def write(self, cells: Sequence[object]) -> None:
        """One row."""
        self.write_all([cells])

    def write_all(self, rows: Iterable[Sequence[object]]) -> None:
        """Several rows."""
        text, written = io.StringIO(newline=""), list(rows)
        csv.writer(text).writerows(written)
        self._put(text.getvalue().encode("utf-8", "replace"))
        self.records += len(written)

    def write_frame(self, frame: pl.DataFrame) -> None:
        """Many rows of text; polars would put an empty text in quotes, and nothing at all for a null."""
        if frame.width > 1:
            frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()))
        text = io.BytesIO()
        frame.write_csv(text, include_header=False, line_terminator="\r\n")
        self._put(text.getbuffer())
        self.records += frame.height

    def _put(self, data: bytes | memoryview) -> None:
        self._stream.write(data)
        self._digest.update(data)

    def close(self) -> Pack:
        """Sync, and tell what the file came to."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        return Pack(self.path.name, self.records, self._digest.hexdigest())

    def abandon(self) -> None:
        """Close it without a word; the folder goes."""
        self._stream.close()


def read_sheet(path: Path) -> list[list[str]]:
    """The rows of a file that we wrote, without its header; for files as small as one import."""
    csv.field_size_limit(RECORD_CHARACTERS * 2)
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))[1:]
