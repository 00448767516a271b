"""What is written beside the verdict: findings, rejects and the lists of the kind; all appear at once, or none.

findings.csv and rejects.csv are opened by people, so text that begins like a formula is guarded in them. The lists go
into importers and joins and keep every value exactly.
"""

import csv
import hashlib
import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TextIO

from engine.contacts.findings_file import FindingsFile
from engine.contacts.keys import NAME, KeyList
from engine.contacts.kinds.cards import masked, masked_pieces
from engine.contacts.private import covered, secret_columns
from engine.contacts.rejects import TOO_LONG, WholeLines, rest_of_row
from engine.contacts.structure import UNUSABLE
from engine.findings import Finding, Place
from engine.spreadsheets import guard

VALUE_CUT = 200
FINDING_COLUMNS = ("code", "severity", "line", "record", "column", "value", "message", "suggestion")


@dataclass(frozen=True, slots=True)
class Written:
    """One list that was made: `title` says to people what it is for."""

    file: str
    title: str
    records: int
    sha256: str


class Sheet:
    """One CSV file being written, with its count of rows."""

    def __init__(self, path: Path, header: Sequence[str], title: str = "") -> None:
        self.path, self.title, self.records = path, title, 0
        self.stream: TextIO = path.open("w", encoding="utf-8", errors="replace", newline="")
        self._writer = csv.writer(self.stream)
        self._writer.writerow(header)

    def write(self, cells: Sequence[object]) -> None:
        """One row."""
        self._writer.writerow(cells)
        self.records += 1

    def write_whole(self, first: Sequence[object], rest: Iterable[str]) -> None:
        """One row of which most is CSV already."""
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="").writerow(first)
        self.stream.write(text.getvalue())
        self.stream.writelines(rest)
        self.records += 1


class Files:
    """A folder in the making. Use as a context: leaving it without `finish` leaves nothing behind."""

    def __init__(self, out: Path, *, with_index: bool = False) -> None:
        self._out = out
        out.parent.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
        self._folder.chmod(0o700)
        self._open = ExitStack()
        self._sheets: list[Sheet] = []
        self._bundled: list[tuple[str, str, int]] = []
        self._findings = FindingsFile(self._folder, FINDING_COLUMNS, with_index=with_index)
        self._open.callback(self._findings.abandon)
        self._rejects: Sheet | None = None
        self._lines: WholeLines | None = None
        self._delimiter = ""

    def __enter__(self) -> "Files":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _sheet(self, name: str, header: Sequence[str], title: str = "") -> Sheet:
        sheet = Sheet(self._folder / name, header, title)
        self._open.callback(sheet.stream.close)
        return sheet

    def read_from(self, path: Path, encoding: str, delimiter: str) -> None:
        """Where records stand that are too long to be carried along."""
        self._lines, self._delimiter = WholeLines(path, encoding), delimiter
        self._open.callback(self._lines.close)

    def begin(self, header: Sequence[str]) -> None:
        """The rejects have the header of the judged file after our two columns."""
        self._secrets = secret_columns(header)
        self._rejects = self._sheet("rejects.csv", ["_line", "_reasons", *map(guard, header)])

    def finding(self, finding: Finding) -> None:
        """One line of findings.csv; the value is cut, the original file holds the whole."""
        where = finding.where if isinstance(finding.where, Place) else Place(column=str(finding.where))
        texts = (masked(finding.value)[:VALUE_CUT], finding.message, finding.suggestion[:VALUE_CUT])
        place = (where.line or "", where.record or "", guard(where.column))
        self._findings.write((finding.code, finding.severity.value, *place, *(guard(text) for text in texts)))

    def reject(self, cells: Sequence[str], line: int, findings: Sequence[Finding]) -> None:
        """A record that could not be used, as it stood, with its reasons; only card numbers and secrets are covered."""
        if self._rejects is None:
            return
        first = [line, guard("; ".join(f"{finding.code}: {finding.message}" for finding in findings))]
        if self._secrets:
            is_trusted = not any(finding.code in UNUSABLE for finding in findings)
            cells = covered(cells, self._secrets, is_trusted=is_trusted)
        if self._lines and not self._secrets and any(finding.code == TOO_LONG for finding in findings):
            pieces = rest_of_row(masked_pieces(self._lines.line(line)), self._delimiter)
            self._rejects.write_whole(first, (piece.decode() for piece in pieces))
        else:
            self._rejects.write([*first, *(guard(masked(cell)) for cell in cells)])

    def write_keys(self, keys: KeyList) -> None:
        """What the contact lists need to know of this one."""
        keys.write(self._folder / NAME)

    def spill(self) -> TextIO:
        """A file of ours for the time of the run: what need not be held in memory."""
        path = self._folder / "spill.tmp"
        stream = self._open.enter_context(path.open("w+", encoding="utf-8", errors="replace", newline=""))
        path.unlink()
        return stream

    def list(self, name: str, header: Sequence[str], title: str) -> Sheet:
        """One of the lists that the kind gives back."""
        sheet = self._sheet(name, header, title)
        self._sheets.append(sheet)
        return sheet

    def bundle(self, name: str, title: str, sheets: Sequence[Sheet]) -> None:
        """Put lists that were begun with `list` into one ZIP, which stands for them."""
        with zipfile.ZipFile(self._folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for sheet in sheets:
                sheet.stream.close()
                archive.write(sheet.path, sheet.path.name)
                sheet.path.unlink()
                self._sheets.remove(sheet)
        self._bundled.append((name, title, sum(sheet.records for sheet in sheets)))

    def finish(self) -> Sequence[Written]:
        """Close everything and move it in; the lists by name."""
        if self._rejects is None:
            self.begin([])
        self._findings.close()
        self._open.close()
        made = [(sheet.path.name, sheet.title, sheet.records) for sheet in self._sheets] + self._bundled
        written = [Written(name, title, count, _digest(self._folder / name)) for name, title, count in sorted(made)]
        self._move_in()
        return written

    def _move_in(self) -> None:
        if not self._out.exists():
            self._folder.replace(self._out)
            return
        for path in sorted(self._folder.iterdir()):
            path.replace(self._out / path.name)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def files_to(out: Path | None, *, with_index: bool = False) -> Iterator[Files | None]:
    """The output folder where one is wanted."""
    if out is None:
        yield None
        return
    with Files(out, with_index=with_index) as files:
        yield files


def lines_of(stream: TextIO) -> Iterator[str]:
    """What was spilled, one text a line, from its beginning."""
    stream.seek(0)
    for line in stream:
        yield line.rstrip("\n")
