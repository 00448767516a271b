"""Findings of a block as a table: those that are told of many plain rows at once."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.contacts.blocks import Block
from engine.contacts.rows import Setting
from engine.contacts.screens import Flags
from engine.findings import Finding, Place, Severity

FINDING_COLUMNS = ("code", "severity", "line", "record", "column", "value", "message", "suggestion")
SCHEMA: dict[str, type[pl.DataType]] = {"place": pl.Int64, "step": pl.Int64} | {
    name: pl.Int64 if name in ("line", "record") else pl.String for name in FINDING_COLUMNS
}


@dataclass(frozen=True, slots=True)
class Places:
    """Makes findings of a block's plain rows."""

    block: Block
    rows: NDArray[np.int64]
    setting: Setting

    def findings(
        self,
        mask: Flags,
        column: int,
        step: int,
        severity: Severity,
        code: str,
        message: str | list[str],
        value: str | None = None,
    ) -> pl.DataFrame:
        """One finding for each row of the mask, about a column; its cell is the value unless one is given."""
        if column < 0 or not mask.any():
            return pl.DataFrame(schema=SCHEMA)
        cells = self.block.frame[str(column)].filter(pl.Series(mask))
        places = pl.DataFrame(
            {
                "place": self.rows[mask],
                "line": self.block.lines[mask],
                "record": self.block.records[mask],
                "cell": cells,
            }
        )
        return places.select(
            "place",
            pl.lit(100 + step, pl.Int64).alias("step"),
            pl.lit(code).alias("code"),
            pl.lit(severity.value).alias("severity"),
            "line",
            "record",
            pl.lit(self.setting.columns.name(column)).alias("column"),
            (pl.col("cell") if value is None else pl.lit(value)).alias("value"),
            (pl.lit(pl.Series(message)) if isinstance(message, list) else pl.lit(message)).alias("message"),
            pl.lit("").alias("suggestion"),
        )


def where_of(finding: Finding) -> tuple[int, int, str]:
    where = finding.where if isinstance(finding.where, Place) else Place(column=str(finding.where))
    return where.line, where.record, where.column


def texts_of(finding: Finding) -> tuple[str, str, str]:
    return finding.value, finding.message, finding.suggestion


def in_order(frames: list[pl.DataFrame]) -> pl.DataFrame:
    filled = [frame for frame in frames if frame.height]
    if not filled:
        return pl.DataFrame(schema=SCHEMA)
    return pl.concat(filled).sort("place", "step", maintain_order=True)
