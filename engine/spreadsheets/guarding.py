"""Text that a spreadsheet program must not take for a formula, and characters that it cannot hold."""

import csv
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import IO, TextIO

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
TEXT_LIMIT = 32_767
CUT_MARK = " [cut]"
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """XLSX cannot hold control characters or half characters; a longer cell makes Excel refuse the file."""
    text = _ILLEGAL.sub("", text)
    return text if len(text) <= TEXT_LIMIT else text[: TEXT_LIMIT - len(CUT_MARK)] + CUT_MARK


def is_harmless(text: str) -> bool:
    """Whether a text may go to openpyxl as it is: nothing to clean, and nothing it takes for a formula or an error."""
    return text.isprintable() and text[:1] not in ("=", "#", "") and len(text) <= TEXT_LIMIT


def guard(text: str) -> str:
    """Excel runs a CSV cell that begins like a formula (OWASP, CSV injection); a leading ' keeps it text.

    A text that already begins with ' and a dangerous sign gets one more, so that `unguard` gives back exactly it.
    """
    return "'" + text if text.lstrip("'").startswith(DANGEROUS) else text


def unguard(text: str) -> str:
    """Take away the ' that `guard` put there, when a file comes back."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(DANGEROUS) else text


@contextmanager
def whole_or_absent(path: Path) -> Iterator[IO[bytes]]:
    """Write beside the file, sync, and rename: whoever opens `path` sees the whole file or none."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """The rename itself is only safe on disk when its folder is synced too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_csv(target: Path | TextIO, header: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write a CSV for people to open: UTF-8 with a mark (Excel needs it), dangerous text guarded; returns the rows."""
    if not isinstance(target, Path):
        return _write_rows(target, header, rows)
    with whole_or_absent(target) as raw:
        stream = open(raw.fileno(), "w", encoding="utf-8-sig", newline="", closefd=False)  # noqa: SIM115
        with stream:
            return _write_rows(stream, header, rows)


def _write_rows(stream: TextIO, header: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    writer = csv.writer(stream)
    writer.writerow([guard(clean(name)) for name in header])
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007
        writer.writerow([_as_text(value) for value in row])
    return count


def _as_text(value: object) -> object:
    """Only text is guarded: a negative number is a number."""
    if isinstance(value, str):
        return guard(clean(value))
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else value
