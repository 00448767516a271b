"""findings.csv and, where somebody will look through it page by page, its index; written together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.contacts.findings_index import IndexWriter
from engine.contacts.report import Pack
from engine.contacts.splitting import Places
from engine.contacts.written import Sheet, record_ends
from engine.spreadsheets import guard

FINDINGS, INDEX = "findings.csv", "findings.idx"
BETWEEN = "\n"  # stands in no code


@dataclass(frozen=True, slots=True)
class FindingRows:
    """Findings of a block as CSV, and what the index needs of them; each row has the places of two names."""

    data: bytes
    count: int
    ends: Places
    lines: NDArray[np.int64]
    rules: tuple[list[str], NDArray[np.integer[Any]]]
    columns: tuple[list[str], NDArray[np.integer[Any]]]

    @classmethod
    def of(cls, findings: pl.DataFrame, data: bytes, *, with_index: bool) -> "FindingRows":
        """Without an index nothing but the text is kept."""
        if not with_index:
            none = np.empty(0, np.int64)
            return cls(data, findings.height, none, none, ([], none), ([], none))
        rules = findings.select(pl.concat_str("code", "severity", separator=BETWEEN)).to_series()
        lines = findings["line"].to_numpy()
        return cls(data, findings.height, record_ends(data), lines, _named(rules), _named(findings["column"]))


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

    def put(self, rows: FindingRows) -> None:
        """The findings of a block."""
        if index := self._index:
            starts = np.concatenate((np.zeros(1, rows.ends.dtype), rows.ends[:-1])) + self._sheet.size
            (rules, by_rule), (columns, by_column) = rows.rules, rows.columns
            rule_numbers = np.array([index.rule(*rule.split(BETWEEN)) for rule in rules], np.uint16)
            column_numbers = np.array([index.column(guard(name)) for name in columns], np.uint16)
            index.add(starts, rows.lines, rule_numbers[by_rule], column_numbers[by_column])
        self._sheet.put(rows.data, rows.count)

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


def _named(names: pl.Series) -> tuple[list[str], NDArray[np.integer[Any]]]:
    """The names that occur, and for each row the place of its own among them."""
    known = names.unique(maintain_order=True).to_list()
    return known, names.cast(pl.Enum(known)).to_physical().to_numpy()
