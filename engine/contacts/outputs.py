"""The files that a judged export comes back as: written beside their place, moved in when all are whole.

findings.csv and rejects.csv are opened by people, so text that begins like a formula is guarded in them. Packs go into
importers and keep every value exactly; the manifest says which is which.
"""

import csv
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from engine.contacts.report import Pack, Report
from engine.contacts.rows import Segment
from engine.findings import Finding, Place
from engine.spreadsheets import guard

VALUE_CUT = 200
FINDING_COLUMNS = ("code", "severity", "line", "record", "column", "value", "message", "suggestion")


class _Sheet:
    """One CSV file being written, with its count."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self.path, self.records = path, 0
        self._stream: TextIO = path.open("w", encoding="utf-8", errors="replace", newline="")
        self._writer = csv.writer(self._stream)
        self._writer.writerow(header)

    def write(self, cells: Sequence[object]) -> None:
        self._writer.writerow(cells)
        self.records += 1

    def close(self) -> Pack:
        """Sync, and tell what the file came to."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        with self.path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return Pack(self.path.name, self.records, digest)

    def abandon(self) -> None:
        self._stream.close()


class Outputs:
    """A folder in the making. Use as a context: leaving it without `finish` leaves nothing behind."""

    def __init__(self, out: Path, prefix: str, max_rows: int) -> None:
        self._out, self._prefix, self._max_rows = out, prefix, max_rows
        out.parent.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
        self._folder.chmod(0o700)
        self._header: list[str] = []
        self._findings = _Sheet(self._folder / "findings.csv", FINDING_COLUMNS)
        self._rejects: _Sheet | None = None
        self._open: dict[Segment, _Sheet] = {}
        self._closed: list[Pack] = []
        self._numbers: dict[Segment, int] = {}

    def __enter__(self) -> "Outputs":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for sheet in (self._findings, self._rejects, *self._open.values()):
            if sheet:
                sheet.abandon()
        shutil.rmtree(self._folder, ignore_errors=True)

    def begin(self, header: Sequence[str]) -> None:
        """The header of the judged file stands above every pack and, after our two columns, above the rejects."""
        self._header = list(header)

    def finding(self, finding: Finding) -> None:
        """One line of findings.csv; the value is cut, the original file holds the whole."""
        where = finding.where if isinstance(finding.where, Place) else Place(column=str(finding.where))
        texts = (finding.value[:VALUE_CUT], finding.message, finding.suggestion[:VALUE_CUT])
        place = (where.line or "", where.record or "", guard(where.column))
        self._findings.write((finding.code, finding.severity.value, *place, *(guard(text) for text in texts)))

    def record(self, segment: Segment, cells: list[str], line: int, codes: Sequence[str]) -> None:
        """Every record goes to exactly one file."""
        if segment is Segment.REJECTED:
            if self._rejects is None:
                self._rejects = _Sheet(self._folder / "rejects.csv", ["_line", "_reasons", *map(guard, self._header)])
            self._rejects.write([line, "; ".join(codes), *map(guard, cells)])
            return
        sheet = self._open.get(segment)
        if sheet is None:
            sheet = self._open[segment] = self._new_pack(segment)
        sheet.write(cells)
        is_import = segment not in (Segment.BLOCKED, Segment.DUPLICATE)
        if is_import and self._max_rows and sheet.records >= self._max_rows:
            self._closed.append(self._open.pop(segment).close())

    def _new_pack(self, segment: Segment) -> _Sheet:
        number = self._numbers[segment] = self._numbers.get(segment, 0) + 1
        name = "suppression" if segment is Segment.BLOCKED else segment.value
        return _Sheet(self._folder / f"{self._prefix}_{name}_{number}.csv", self._header)

    def finish(self, report: Report) -> None:
        """Close everything, prove that no record is lost or doubled, write the manifest, and move the folder in."""
        if self._rejects is None:
            self._rejects = _Sheet(self._folder / "rejects.csv", ["_line", "_reasons", *map(guard, self._header)])
        report.packs = sorted(
            [*self._closed, *(sheet.close() for sheet in self._open.values())], key=lambda pack: pack.file
        )
        findings, rejects = self._findings.close(), self._rejects.close()
        written = sum(pack.records for pack in report.packs) + rejects.records
        if written != report.records or sum(report.segments.values()) != report.records:
            raise RuntimeError(f"{report.records} records came in and {written} went out.")
        self._write_manifest(report, findings, rejects)
        self._move_in()

    def _write_manifest(self, report: Report, findings: Pack, rejects: Pack) -> None:
        manifest: dict[str, Any] = {
            "input": {"file": report.file, "sha256": report.sha256, "records": report.records, "lines": report.lines},
            "segments": report.segment_counts(),
            "packs": [asdict(pack) | {"values": "exact"} for pack in report.packs],
            "rejects": asdict(rejects) | {"values": "guarded with ' where a spreadsheet would see a formula"},
            "findings": asdict(findings) | {"values": "guarded with ' where a spreadsheet would see a formula"},
        }
        path = self._folder / "manifest.json"
        path.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")

    def _move_in(self) -> None:
        """A new folder appears at once; in one that stands already the manifest comes last and old packs of ours go."""
        if not self._out.exists():
            self._folder.replace(self._out)
            return
        for name in self._earlier_files():
            (self._out / name).unlink(missing_ok=True)
        for path in sorted(self._folder.iterdir(), key=lambda path: path.name == "manifest.json"):
            path.replace(self._out / path.name)

    def _earlier_files(self) -> Iterator[str]:
        """The packs that an earlier manifest names; only plain names, because the file may have been changed."""
        try:
            manifest = json.loads((self._out / "manifest.json").read_text("utf-8"))
            names = [str(pack["file"]) for pack in manifest["packs"]]
        except (OSError, ValueError, KeyError, TypeError):
            return
        yield "manifest.json"
        yield from (name for name in names if name == Path(name).name and name.endswith(".csv"))


@contextmanager
def outputs_to(out: Path | None, prefix: str, max_rows: int) -> Iterator[Outputs | None]:
    """The output folder where one is wanted."""
    if out is None:
        yield None
        return
    with Outputs(out, prefix, max_rows) as outputs:
        yield outputs
