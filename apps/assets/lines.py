"""What a comparison finds: cells, lines, and all of them together, waiting in a temporary file."""

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import IO, Any

from django.conf import settings


@dataclass(slots=True)
class Cell:
    """One cell that would change: old and new as people read them, and the value to store."""

    header: str
    name: str
    old: str
    new: str
    value: Any
    is_conflict: bool = False


@dataclass(slots=True)
class Line:
    """What becomes of one row of the file: new, changed, deleted, error; `same` and `skipped` are only counted."""

    what: str
    sheet: str
    number: int
    label: str = ""
    asset_pk: int | None = None
    asset_version: int | None = None
    cells: list[Cell] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)
    of: str = "asset"  # or account

    @property
    def conflicts(self) -> int:
        return sum(cell.is_conflict for cell in self.cells)


@dataclass(slots=True)
class Comparison:
    """Everything that an import would do, before it does anything. The lines wait in a temporary file."""

    counts: Counter[str] = field(default_factory=Counter)
    remarks: list[str] = field(default_factory=list)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    spool: IO[str] = field(default_factory=lambda: _spool())

    def add(self, line: Line) -> None:
        if line.what == "error":
            self.counts["errors"] += len(line.errors)
        else:
            self.counts["conflicts"] += line.conflicts
            self.counts[line.what] += line.what != "changed" or line.conflicts < len(line.cells)
        if line.what not in ("same", "skipped"):
            self.spool.write(json.dumps(asdict(line)) + "\n")

    def lines(self) -> Iterator[Line]:
        """All lines that change something or cannot be taken, in the order of the file."""
        self.spool.seek(0)
        for text in self.spool:
            row = json.loads(text)
            row["cells"] = [Cell(**cell) for cell in row["cells"]]
            yield Line(**row)

    def close(self) -> None:
        self.spool.close()

    def __str__(self) -> str:
        return summary(self.counts)


def is_untouched(text: str, now: str, base: Mapping[str, str] | None, header: str) -> bool:
    """Whether the file says nothing new in a cell: what stands here, or what it said when it left.

    Without a base (a row known by its name alone) an empty cell says nothing either.
    """
    return text == now or (not text if base is None else text == base.get(header, ""))


def clashes(now: str, new: str, base: Mapping[str, str] | None, header: str) -> bool:
    """Whether both sides changed the cell, to different things."""
    return base is not None and now not in (base.get(header, ""), new)


def _spool() -> IO[str]:
    """Lives as long as the comparison; without a name, so that a killed worker leaves nothing behind."""
    settings.FILE_UPLOAD_TEMP_DIR.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryFile("w+", dir=settings.FILE_UPLOAD_TEMP_DIR, encoding="utf-8")


def summary(counts: Mapping[str, int]) -> str:
    """12 new, 5 changed, 240 same, 3 conflicts, 2 errors"""
    found = [f"{counts.get(name, 0):,} {name}" for name in ("new", "changed", "same")]
    for name in ("conflict", "error"):
        number = counts.get(f"{name}s", 0)
        found.append(f"{number:,} {name}{'' if number == 1 else 's'}")
    return ", ".join(found + [f"{counts[name]:,} {name}" for name in ("deleted", "skipped") if counts.get(name)])
