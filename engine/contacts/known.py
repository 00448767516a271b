"""What is kept of a contact list for later: its addresses as numbers, and how often each mail domain occurs."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.contacts.keys import NAME, write_keys
from engine.contacts.screens import Looks
from engine.contacts.seen import Hashes, Seen, lines_of

DOMAINS, DOMAIN_COLUMNS = "domains.csv", ("domain", "contacts", "first_line")
_MOST_FRAMES = 40


@dataclass(frozen=True, slots=True)
class KnownPart:
    """What is kept of one block: people whom it forbids to mail although an earlier row allows it, and its domains."""

    hashes: Hashes
    lines: NDArray[np.int64]
    domains: pl.DataFrame


class Known:
    """Adds up block by block; `write` puts two files into a folder."""

    def __init__(self) -> None:
        self._hashes: list[Hashes] = []  # of people whom a later row forbids to mail, with that row
        self._lines: list[NDArray[np.int64]] = []
        self._domains: list[pl.DataFrame] = []

    def add(self, part: KnownPart) -> None:
        """One more block."""
        if part.hashes.size:
            self._hashes.append(part.hashes)
            self._lines.append(-part.lines)
        self._domains.append(part.domains)
        if len(self._domains) > _MOST_FRAMES:
            self._domains = [_summed(pl.concat(self._domains))]

    def write(self, folder: Path, seen: Seen) -> int:
        """keys.bin and domains.csv, the most frequent domain first; returns how many domains there are."""
        hashes, numbers = seen.entries()
        lines = lines_of(numbers)
        write_keys(folder / NAME, np.concatenate([hashes, *self._hashes]), np.concatenate([lines, *self._lines]))
        with (folder / DOMAINS).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(DOMAIN_COLUMNS)
            if not self._domains:
                return 0
            told = _summed(pl.concat(self._domains)).sort(["contacts", "domain"], descending=[True, False])
            writer.writerows(told.iter_rows())
            return told.height


def known_part(
    looks: Looks,
    lines: NDArray[np.int64],
    hashes: Hashes,
    forbidden: tuple[Hashes, NDArray[np.int64]],
    exact: Sequence[tuple[str, int]],
) -> KnownPart:
    """A block: its rows, who is forbidden although an earlier row allows it, and the keys that the rules found."""
    is_plain = ~looks.has_odd_address & (hashes != 0)
    told = {"domain": looks.domains.filter(pl.Series(is_plain)), "line": lines[is_plain]}
    rows = pl.DataFrame(told, schema={"domain": pl.String, "line": pl.Int64})
    if exact:
        others = [(key.rpartition("@")[2], line) for key, line in exact]
        rows = pl.concat([rows, pl.DataFrame(others, schema=rows.schema, orient="row")])
    return KnownPart(*forbidden, _summed(rows.select("domain", pl.lit(1, pl.Int64).alias("contacts"), "line")))


def _summed(frame: pl.DataFrame) -> pl.DataFrame:
    """Each domain once."""
    return frame.group_by("domain").agg(pl.col("contacts").sum(), pl.col("line").min())
