"""findings.csv and, where somebody will look through it page by page, its index; written together."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.contacts.findings_index import IndexWriter
from engine.contacts.report import Pack
from engine.contacts.written import Sheet, record_ends
from engine.spreadsheets import guard

FINDINGS, INDEX = "findings.csv", "findings.idx"
BETWEEN = "\n"  # stands in no code


class FindingsFile:
    """Findings being written, one by one or by the block."""

    def __init__(self, folder: Path, header: Sequence[str], *, with_index: bool) -> None:
        self._sheet = Sheet(folder / FINDINGS, header)
        self._index = IndexWriter(folder / INDEX) if with_index else None

    def write(self, cells: Sequence[object]) -> None:
        """One row: code, severity, line, record, column and what follows."""
        if index := self._index:
            code, severity, line, _, column = cells[:5]
            rule = index.rule(str(code), str(severity))
            index.add([self._sheet.size], [line or 0], [rule], [index.column(str(column))])
        self._sheet.write(cells)

    def put(self, findings: pl.DataFrame, data: bytes) -> None:
        """A block of findings, and the same as CSV."""
        if self._index:
            self._enter(self._index, findings, data)
        self._sheet.put(data, findings.height)

    def _enter(self, index: IndexWriter, findings: pl.DataFrame, data: bytes) -> None:
        ends = record_ends(data)
        starts = np.concatenate((np.zeros(1, ends.dtype), ends[:-1])) + self._sheet.size
        rules = findings.select(pl.concat_str("code", "severity", separator=BETWEEN)).to_series()
        index.add(
            starts,
            findings["line"].to_numpy(),
            _numbers(rules, lambda rule: index.rule(*rule.split(BETWEEN))),
            _numbers(findings["column"], lambda name: index.column(guard(name))),
        )

    def close(self) -> Pack:
        """Both are whole; tells what findings.csv came to."""
        if self._index:
            self._index.close()
        return self._sheet.close()

    def abandon(self) -> None:
        """Close both without a word; the folder goes."""
        if self._index:
            self._index.abandon()
        self._sheet.abandon()


def _numbers(names: pl.Series, number: Callable[[str], int]) -> NDArray[np.uint16]:
    """The number of each name."""
    known = names.unique(maintain_order=True).to_list()
    places = names.cast(pl.Enum(known)).to_physical().to_numpy()
    numbers: NDArray[np.uint16] = np.array([number(name) for name in known], np.uint16)[places]
    return numbers
