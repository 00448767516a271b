"""Who stands in a file, small enough to be kept beside its verdict: one number for each address, no address.

A key file is a header and then, for n addresses, n hashes of 64 bits in order and n lines of 32; a line below zero says
that this file forbids mail to the address. Two of a million different addresses share a hash with a probability of
three in a hundred million. polars may hash otherwise in its next version, so the header holds the hashes of a few known
texts: a file whose probe does not fit is outdated and must be written again.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.contacts.seen import Hashes

NAME = "keys.bin"
MAGIC = b"MGKEYS01"
# One text for each way in which hashes treat lengths.
PROBES = ("", "a@b.org", "ada@example.org", "ada.lovelace+list@mail.example.org", "x" * 150, "x" * 300)
_HEAD = struct.Struct(f"<8sQ{len(PROBES)}Q")
_BATCH = 20_000


class Outdated(Exception):
    """The file was written with another hash, or is none of ours."""


def hashes_of(keys: pl.Series) -> Hashes:
    """64 bits for each key; 0 means no key, so no key may have it."""
    hashes: Hashes = np.maximum(keys.hash().to_numpy(), np.uint64(1))
    return hashes


def _probe() -> list[int]:
    told: list[int] = pl.Series(PROBES, dtype=pl.String).hash().to_list()
    return told


def write_keys(path: Path, hashes: Hashes, lines: NDArray[np.int64] | NDArray[np.int32]) -> int:
    """One entry for each hash: a line that forbids mail wins, then the first one. Returns how many there are."""
    order = np.argsort(hashes)
    ordered = hashes[order]
    is_first = np.ones(ordered.size, np.bool_)
    is_first[1:] = ordered[1:] != ordered[:-1]
    # The lowest number of each hash stands: forbidding lines are negative, and of those it is the last one.
    least = np.minimum.reduceat(lines[order], np.flatnonzero(is_first)) if ordered.size else lines
    kept, placed = ordered[is_first], least.astype("<i4")
    with path.open("wb") as stream:
        stream.write(_HEAD.pack(MAGIC, kept.size, *_probe()))
        kept.astype("<u8").tofile(stream)
        placed.tofile(stream)
    return int(kept.size)


@dataclass(frozen=True, slots=True)
class KeyFile:
    """An opened key file; its numbers are read from the disk as they are needed."""

    hashes: Hashes
    lines: NDArray[np.int32]

    @classmethod
    def open(cls, path: Path) -> "KeyFile":
        """Raises Outdated, and OSError where there is no such file."""
        with path.open("rb") as stream:
            head = stream.read(_HEAD.size)
        if len(head) < _HEAD.size:
            raise Outdated
        magic, count, *probe = _HEAD.unpack(head)
        if magic != MAGIC or probe != _probe() or path.stat().st_size != _HEAD.size + 12 * count:
            raise Outdated
        if not count:
            return cls(np.empty(0, np.uint64), np.empty(0, np.int32))
        hashes = np.memmap(path, "<u8", "r", _HEAD.size, (count,))
        return cls(hashes, np.memmap(path, "<i4", "r", _HEAD.size + 8 * count, (count,)))

    def lines_of(self, ordered: Hashes) -> NDArray[np.int32]:
        """For hashes in order: the line of each, below zero where mail is forbidden, 0 where it is not here."""
        if not self.hashes.size:
            return np.zeros(ordered.size, np.int32)
        places = np.minimum(np.searchsorted(self.hashes, ordered), self.hashes.size - 1)
        found: NDArray[np.int32] = np.where(self.hashes[places] == ordered, self.lines[places], np.int32(0))
        return found


class KeyList:
    """Addresses taken in one by one, for the files that are not judged in blocks. All of them forbid mail."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._hashes: list[Hashes] = []
        self._lines: list[int] = []

    def add(self, key: str, line: int) -> None:
        """One address; "" is none."""
        if not key:
            return
        self._texts.append(key)
        self._lines.append(-line)
        if len(self._texts) >= _BATCH:
            self._pack()

    def _pack(self) -> None:
        self._hashes.append(hashes_of(pl.Series(self._texts, dtype=pl.String)))
        self._texts = []

    def write(self, path: Path) -> int:
        """Returns how many different addresses there are."""
        self._pack()
        return write_keys(path, np.concatenate(self._hashes), np.array(self._lines, np.int64))


def in_order(hashes: Hashes) -> tuple[NDArray[np.int64], Hashes]:
    """Where the lowest hash stands and so on, and the hashes so; looking up goes faster in order."""
    order = np.argsort(hashes)
    return order, hashes[order]


def open_keys(path: Path) -> KeyFile | None:
    """None where it is outdated."""
    try:
        return KeyFile.open(path)
    except Outdated:
        return None
