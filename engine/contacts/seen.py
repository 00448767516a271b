"""Which address stood where first: a hash table of its own, because a million Python objects would not fit.

Twelve bytes a place, at most two thirds full: about 20 bytes an address. Two of ten million different addresses share
their 64 bits with a probability of three in a million.
"""

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Lines = NDArray[np.int64]
_FULL = 0.66


def lines_of(numbers: Lines) -> Lines:
    """The lines in numbers of twice a line and one more, where the person has agreed there; both with their sign."""
    lines: Lines = np.sign(numbers) * (np.abs(numbers) >> 1)
    return lines


class Seen:
    """Remembers the first number given with each hash. 0 is no hash."""

    def __init__(self, expected: int = 0) -> None:
        size = 1 << max(16, int(expected / _FULL).bit_length())
        self._hashes = np.zeros(size, np.uint64)
        self._lines = np.zeros(size, np.int32)
        self._count = 0

    def first(self, hashes: Hashes, lines: Lines) -> Lines:
        """For each hash, in order, the number it was first given with; 0 where that is here. Numbers are not 0."""
        if (self._count + hashes.size) > _FULL * self._hashes.size:
            self._grow(self._count + hashes.size)
        return self._insert(hashes, lines.astype(np.int32))

    def entries(self) -> tuple[Hashes, Lines]:
        """All hashes, in no order, with the number that each was first given with."""
        kept = np.flatnonzero(self._hashes)
        return self._hashes[kept], self._lines[kept].astype(np.int64)

    def _insert(self, hashes: Hashes, lines: NDArray[np.int32]) -> Lines:
        first = np.zeros(hashes.size, np.int64)
        mask = np.uint64(self._hashes.size - 1)
        slots = (hashes & mask).astype(np.int64)
        left = np.flatnonzero(hashes)
        while left.size:
            at, own = slots[left], hashes[left]
            free = self._hashes[at] == 0
            # The last of several writes to one place holds, so the first row is written last.
            claimed, rows = at[free][::-1], left[free][::-1]
            self._hashes[claimed], self._lines[claimed] = hashes[rows], lines[rows]
            is_ours = self._hashes[at] == own
            found = left[is_ours]
            told = self._lines[at[is_ours]]
            is_new = told == lines[found]
            self._count += int(np.count_nonzero(is_new))
            first[found] = np.where(is_new, 0, told)
            left = left[~is_ours]
            slots[left] = (slots[left] + 1) & int(mask)
        return first

    def _grow(self, wanted: int) -> None:
        size = self._hashes.size
        while wanted > _FULL * size / 2:
            size *= 2
        hashes, lines = self._hashes, self._lines
        self._hashes, self._lines, self._count = np.zeros(size, np.uint64), np.zeros(size, np.int32), 0
        kept = np.flatnonzero(hashes)
        for start in range(0, kept.size, 1 << 20):
            some = kept[start : start + (1 << 20)]
            self._insert(hashes[some], lines[some])
