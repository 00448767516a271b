"""The files that a judged export comes back as: written beside their place, moved in when all are whole.

findings.csv and rejects.csv are opened by people, so text that begins like a formula is guarded in them. Packs go into
importers and keep every value exactly; the manifest says which is which.
"""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any

import polars as pl

from engine.contacts.block_judging import Judged
from engine.contacts.finding_frames import FINDING_COLUMNS
from engine.contacts.findings_file import FINDINGS, FindingRows, FindingsFile
from engine.contacts.known import Known
from engine.contacts.packs import IMPORT, PackCutter, PackRows, Packs
from engine.contacts.rejects import RejectRows, WholeLines
from engine.contacts.report import Pack, Report
from engine.contacts.rows import Setting
from engine.contacts.seen import Seen
from engine.contacts.wanted import Wanted
from engine.contacts.written import Sheet, csv_text
from engine.findings import Finding, Place
from engine.spreadsheets import guard
from engine.spreadsheets.guarding import DANGEROUS

VALUE_CUT = 200
_GUARDED = f"^'*[{re.escape(''.join(DANGEROUS))}]"


@dataclass(frozen=True, slots=True)
class Written:
    """A block as it goes into the files."""

    findings: FindingRows | None
    rejects: RejectRows
    packs: list[PackRows]
    conflicts: list[int]


class Writer:
    """Writes judged blocks down, for `Outputs` to put into files."""

    def __init__(self, setting: Setting, wanted: Wanted) -> None:
        self._with_index = wanted.index
        self._cutter = PackCutter(setting, with_frames=wanted.sample > 0) if wanted.packs else None

    def of(self, judged: Judged) -> Written:
        """Every finding of a block, and every record."""
        findings = judged.findings
        return Written(
            FindingRows.of(findings, csv_text(_for_people(findings)), with_index=self._with_index)
            if findings.height
            else None,
            RejectRows.of(judged.rejected),
            self._cutter.of(judged) if self._cutter else [],
            judged.conflicts,
        )


class Outputs:
    """A folder in the making. Use as a context: leaving it without `finish` leaves nothing behind."""

    def __init__(self, out: Path, prefix: str, wanted: Wanted) -> None:
        self._out, self._prefix, self._wanted = out, prefix, wanted
        out.parent.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
        self._folder.chmod(0o700)
        self._header: list[str] = []
        self._findings = FindingsFile(self._folder, FINDING_COLUMNS, with_index=wanted.index)
        self._rejects: Sheet | None = None
        self._packs: Packs | None = None
        self._lines: WholeLines | None = None
        self._delimiter, self._is_void = "", False

    def __enter__(self) -> "Outputs":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for sheet in (self._findings, self._rejects, self._packs):
            if sheet:
                sheet.abandon()
        if self._lines:
            self._lines.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def read_from(self, path: Path, encoding: str, delimiter: str) -> None:
        """Where records stand that are too long to be carried along."""
        self._lines, self._delimiter = WholeLines(path, encoding), delimiter

    def begin(self, setting: Setting) -> None:
        """The header of the judged file stands, after our two columns, above the rejects."""
        self._header = list(setting.columns.header)
        if self._wanted.packs:
            self._packs = Packs(self._folder, self._prefix, setting, self._wanted.sample)

    def write_known(self, known: Known, seen: Seen) -> int:
        """What other lists need of this one stands beside the findings; returns how many mail domains there are."""
        return known.write(self._folder, seen)

    def finding(self, finding: Finding) -> None:
        """One line of findings.csv; the value is cut, the original file holds the whole."""
        where = finding.where if isinstance(finding.where, Place) else Place(column=str(finding.where))
        texts = (finding.value[:VALUE_CUT], finding.message, finding.suggestion[:VALUE_CUT])
        place = (where.line or "", where.record or "", guard(where.column))
        cells = (finding.code, finding.severity.value, *place, *(guard(text) for text in texts))
        self._findings.write(cells)

    def put(self, written: Written) -> None:
        """Every finding of a block, and every record to exactly one file."""
        if written.findings:
            self._findings.put(written.findings)
        if written.rejects.count:
            self._put_rejects(written.rejects)
        if self._packs:
            self._packs.put(written.packs, written.conflicts)

    def _put_rejects(self, rejects: RejectRows) -> None:
        if not rejects.long or self._lines is None:
            self._rejected.put(rejects.text, rejects.count)
            return
        for part in rejects.parts(self._lines, self._delimiter):
            self._rejected.put(part, 0)
        self._rejected.put(b"", rejects.count)

    @property
    def _rejected(self) -> Sheet:
        if self._rejects is None:
            self._rejects = Sheet(self._folder / "rejects.csv", ["_line", "_reasons", *map(guard, self._header)])
        return self._rejects

    def void(self) -> None:
        """Nothing that was made of the records counts: no pack, no reject; what was found is told all the same."""
        for sheet in (self._packs, self._rejects):
            if sheet:
                sheet.abandon()
        for path in self._folder.glob("*.csv"):
            if path.name != FINDINGS:
                path.unlink()
        self._packs = self._rejects = None
        self._is_void = True

    def finish(self, report: Report) -> None:
        """Close everything, prove that no record is lost or doubled, write the manifest, and move the folder in."""
        packs = self._packs.close() if self._packs else []
        report.packs = [replace(pack, refused=report.refused) if pack.purpose == IMPORT else pack for pack in packs]
        if self._packs and (sample := self._packs.sample()):
            report.sample = replace(sample[0], refused=report.refused).as_json() | sample[1]
        findings, rejects = self._findings.close(), self._rejected.close()
        written = sum(pack.records for pack in report.packs) + rejects.records
        is_whole = written == report.records or not self._packs
        if not is_whole or sum(report.segments.values()) != report.records:
            raise RuntimeError(f"{report.records} records came in and {written} went out.")
        self._write_manifest(report, findings, rejects)
        self._move_in()

    def _write_manifest(self, report: Report, findings: Pack, rejects: Pack) -> None:
        manifest: dict[str, Any] = {
            "input": {"file": report.file, "sha256": report.sha256, "records": report.records, "lines": report.lines},
            "segments": report.segment_counts(),
            "packs": [pack.as_json() for pack in report.packs],
            "sample": report.sample | {"counts": "its contacts stand in their import files too and are counted there"}
            if report.sample
            else None,
            "rejects": rejects.as_json() | {"values": "guarded with ' where a spreadsheet would see a formula"},
            "findings": findings.as_json() | {"values": "guarded with ' where a spreadsheet would see a formula"},
        }
        if self._is_void:
            manifest["void"] = "The file was not read as a whole, so the counts hold for nothing and no file was made."
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
            names = [str(pack["file"]) for pack in [*manifest["packs"], manifest.get("sample") or {"file": ""}]]
        except (OSError, ValueError, KeyError, TypeError):
            return
        yield "manifest.json"
        yield from (name for name in names if name == Path(name).name and name.endswith(".csv"))


def _for_people(findings: pl.DataFrame) -> pl.DataFrame:
    """The findings as they stand in findings.csv: long values cut, and nothing that a spreadsheet would calculate."""
    texts = [pl.col(name).str.slice(0, VALUE_CUT) for name in ("value", "suggestion")]
    cut = findings.select(FINDING_COLUMNS).with_columns(*texts, pl.col("line", "record").cast(pl.String))
    guarded = ("column", "value", "suggestion")  # our own sentences begin with a letter
    return cut.with_columns(
        pl.when(pl.col(name).str.contains(_GUARDED)).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name in guarded
    )


@contextmanager
def outputs_to(out: Path | None, prefix: str, wanted: Wanted) -> Iterator[Outputs | None]:
    """The output folder where one is wanted."""
    if out is None:
        yield None
        return
    with Outputs(out, prefix, wanted) as outputs:
        yield outputs
