"""Files of other kinds for tests, judged by the real engine."""

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from engine.contacts.kinds import KindReport, judge_records

AS_OF = date(2026, 11, 23)
SWITCH = date(2026, 12, 20)


@dataclass
class Judged:
    report: KindReport
    out: Path

    @property
    def results(self) -> dict[str, Any]:
        return self.report.as_json()["results"]

    def found(self) -> list[tuple[str, int]]:
        """Every finding with its line, in the order of the file."""
        return [(row["code"].split(".", 1)[1], int(row["line"] or 0)) for row in self.rows("findings.csv")]

    def lines(self, code: str) -> list[int]:
        return [line for found, line in self.found() if found == code]

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.out / name).open(newline="", encoding="utf-8") as stream:
            return list(csv.DictReader(stream))


def judged_as(kind: str, folder: Path, content: str | bytes, **options: Any) -> Judged:
    """Judge the content as a file of this kind; a text begins on line 1 with its header."""
    path, out = folder / "in.csv", folder / "out"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    report = judge_records(path, kind, **({"as_of": AS_OF, "switch": SWITCH, "out": out} | options))
    return Judged(report, out)
