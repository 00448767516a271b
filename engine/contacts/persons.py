"""The persons of a file as numbers: a million of them fit where a million addresses would not."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.contacts.addresses import read_address
from engine.contacts.ahead import ahead
from engine.contacts.columns import Columns, recognise_columns
from engine.contacts.encodings import Survey
from engine.contacts.keys import hashes_of
from engine.contacts.screens import PLAIN_ADDRESS, mailboxes
from engine.contacts.splitting import Places
from engine.contacts.tables import TextTable
from engine.contacts.tag_cells import split_tags

Hashes = NDArray[np.uint64]
Numbers = NDArray[np.int64]
MOST_TAG_CELLS = 100_000
_SAMPLE = 200


def keys_of(cells: pl.Series) -> pl.Series:
    """By these two rows are the same person, as `Address.key` tells it; "" where a cell holds no address."""
    keys = cells.str.strip_chars().str.to_lowercase()
    is_odd = ~keys.str.contains(PLAIN_ADDRESS) | (keys.str.len_bytes() > 64)
    keys = mailboxes(keys)
    if not is_odd.any():
        return keys
    meaning = {cell: read_address(cell).key for cell in cells.filter(is_odd).unique()}
    return keys.zip_with(~is_odd, cells.replace_strict(meaning, default="", return_dtype=pl.String))


def persons_of(cells: pl.Series) -> Hashes:
    """One number for the person of each cell, 0 for none."""
    keys = keys_of(cells)
    return np.where((keys == "").to_numpy(), np.uint64(0), hashes_of(keys))


def is_among(hashes: Hashes, those: Hashes) -> NDArray[np.bool_]:
    """Which of them stand in a sorted array; 0 stands nowhere."""
    found: NDArray[np.bool_] = (places_among(hashes, those) >= 0) & (hashes != 0)
    return found


def places_among(hashes: Hashes, those: Hashes) -> Numbers:
    """Where each stands in a sorted array without doubles, -1 where it does not."""
    if not those.size:
        return np.full(hashes.size, -1, np.int64)
    places = np.minimum(np.searchsorted(those, hashes), those.size - 1)
    return np.where(those[places] == hashes, places, -1).astype(np.int64)


class TagCodes:
    """A small number for each set of tags that cells hold; 0 for cells beyond the bound, of which nothing is told."""

    def __init__(self, *separators: str) -> None:
        self._separators = separators
        self._codes: dict[str, int] = {}
        self._sets: dict[frozenset[str], int] = {}
        self._names: dict[str, str] = {}  # each tag is one text, however many cells hold it
        self.tags: list[frozenset[str] | None] = [None]

    def of(self, frame: pl.DataFrame, numbers: Sequence[int]) -> NDArray[np.uint32]:
        """The code of each row, over all its columns of tags."""
        if not numbers:
            return np.full(frame.height, self._code(""), np.uint32)
        cells = frame[str(numbers[0])]
        if len(numbers) > 1:
            names = [str(number) for number in numbers]
            cells = frame.select(pl.concat_str(names, separator="\x1f").alias("cells"))["cells"]
        codes = {cell: self._code(cell) for cell in cells.unique()}
        return cells.replace_strict(codes, return_dtype=pl.UInt32).to_numpy()

    def _code(self, text: str) -> int:
        code = self._codes.get(text)
        if code is None:
            if len(self._codes) >= MOST_TAG_CELLS:
                return 0
            cells = [(cell, sign) for cell in text.split("\x1f") for sign in self._separators]
            told = (tag for cell, sign in cells for tag in split_tags(cell, sign))
            tags = frozenset(self._names.setdefault(tag, tag) for tag in told)
            code = self._codes[text] = self._sets.setdefault(tags, len(self.tags))
            if code == len(self.tags):
                self.tags.append(tags)
        return code


def tag_pairs(
    older: NDArray[np.uint32], newer: NDArray[np.uint32], of_older: TagCodes, of_newer: TagCodes
) -> list[tuple[frozenset[str] | None, frozenset[str] | None, int]]:
    """The tags of the same persons twice, with how many have this pair; None where they are not known."""
    both, counts = np.unique(older.astype(np.uint64) << np.uint64(32) | newer, return_counts=True)
    low = np.uint64(0xFFFFFFFF)
    pairs = zip((both >> np.uint64(32)).tolist(), (both & low).tolist(), counts.tolist(), strict=True)
    return [(of_older.tags[first], of_newer.tags[second], count) for first, second, count in pairs]


class OwnFile:
    """A file that we wrote for an import, read once more."""

    def __init__(self, path: Path) -> None:
        self._table = TextTable(
            path, Survey(path.stat().st_size, "utf-8", "", has_damage=False, has_nul=False), ",", _unseen
        )
        records = self._table.records()
        self.header = next(records, (1, [""], None))[1]
        self._header_end = self._table.read_to
        sample = [cells for _, (_, cells, _) in zip(range(_SAMPLE), records, strict=False)]
        records.close()
        self.columns: Columns = recognise_columns(self.header, sample)

    def blocks(self) -> Iterator[tuple[pl.DataFrame, Places]]:
        """Its rows by the block, with their lines; in the same order each time."""
        width = len(self.header)
        for block in ahead(self._table.blocks(width, self._header_end)):
            odd = [one for one in block.odd if len(one.cells) == width]
            if not odd:
                yield block.frame, block.lines
                continue
            extra = pl.DataFrame([one.cells for one in odd], schema=block.frame.schema, orient="row")
            yield pl.concat([block.frame, extra]), np.append(block.lines, [one.line for one in odd])


def _unseen(count: int) -> None:
    """Tells nobody."""
