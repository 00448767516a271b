"""Cells that hold several tags: counted for the whole file, and looked at once for each tag."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.contacts.rows import Setting

MOST_TAGS = 20_000
_WITHOUT_MARKS = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "Ae", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "œ": "oe", "Œ": "Oe"}
)


def split_tags(cell: str, separator: str = "") -> list[str]:
    """The tags of a cell; Mailchimp puts each in quotes. Without a known separator: semicolons, bars, else commas."""
    sign = separator or next((sign for sign in (";", "|") if sign in cell), ",")
    tags = (tag.strip().strip('"').strip() for tag in cell.split(sign))
    return [tag for tag in tags if tag]


def shared_tags(sent: frozenset[str], found: frozenset[str]) -> frozenset[str]:
    """Which of the tags sent were found; platforms differ in how they write capitals."""
    there = {tag.casefold() for tag in found}
    return frozenset(tag for tag in sent if tag.casefold() in there)


def separator_in(cells: Iterable[str], told: str) -> str:
    """The separator that the source is known for; "" where the cells hold another one and never this."""
    filled = [cell for cell in cells if cell]
    is_other = not any(told in cell for cell in filled) and any(sign in cell for cell in filled for sign in ";|")
    return "" if is_other else told


def mended_tag(tag: str, pattern: str = "") -> str:
    """The tag with letters, digits and spaces alone; without accents where the target's pattern refuses these too."""
    mended = " ".join(re.sub(r"[\W_]+", " ", tag).split())
    if not pattern or not mended or re.fullmatch(pattern, mended):
        return mended
    plain = unicodedata.normalize("NFKD", mended.translate(_WITHOUT_MARKS)).encode("ascii", "ignore").decode()
    return " ".join(plain.split())


class TagCells:
    """Looks at the tags of one file. A cell is split once for each text that occurs."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._is_odd: dict[str, bool] = {}
        self._tags: dict[str, list[str]] = {}

    def odd_rows(self, frame: pl.DataFrame) -> tuple[NDArray[np.bool_], Counter[str]]:
        """Rows with a tag that the target refuses, and how often each tag occurs."""
        odd, counts = np.zeros(frame.height, np.bool_), Counter[str]()
        for number in self._setting.columns.tags:
            cells = frame[str(number)]
            told = cells.value_counts().iter_rows()
            refused = [cell for cell, count in told if cell and self._count(cell, count, counts)]
            if refused:
                odd |= cells.is_in(refused).to_numpy()
        return odd, counts

    def _count(self, cell: str, count: int, counts: Counter[str]) -> bool:
        tags = self._tags.get(cell)
        if tags is None:
            tags = split_tags(cell, self._setting.tag_separator)
            if len(self._tags) < MOST_TAGS:
                self._tags[cell] = tags
        for tag in tags:
            counts[tag] += count
        return any(self.is_odd(tag) for tag in tags)

    def is_odd(self, tag: str) -> bool:
        """True where the target refuses the tag for its symbols or its length."""
        known = self._is_odd.get(tag)
        if known is None:
            target = self._setting.target
            known = target.refuses_tag(tag) or bool(target.max_tag_length and len(tag) > target.max_tag_length)
            if len(self._is_odd) < MOST_TAGS:
                self._is_odd[tag] = known
        return known
