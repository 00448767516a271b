"""Where each tag of a file stands first, so that tags which are probably meant to be one are told with their lines."""

from collections import Counter
from collections.abc import Callable, Iterator

import polars as pl

from engine.contacts.block_judging import Judged
from engine.contacts.columns import Columns
from engine.contacts.rows import Setting
from engine.contacts.tag_cells import MOST_TAGS, split_tags
from engine.contacts.tags import near_duplicates
from engine.findings import Finding, Place, Severity

TAG_CUT = 80
Fresh = dict[str, tuple[int, int, int]]  # the line of a tag, its place in the block, its column


class FreshTags:
    """The tags that a block shows for the first time to whoever reads it; above a bound no further ones."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._tags: set[str] = set()  # that are told

    def of(self, judged: Judged) -> Fresh:
        """One block. Most show none, so the cells are looked through only where some tag is new."""
        fresh: Fresh = {}
        unseen = judged.looks.tags.keys() - self._tags
        if not unseen or len(self._tags) >= MOST_TAGS:
            return fresh
        for number in self._setting.columns.tags:
            told = judged.frame.select(pl.col(str(number)).alias("cell")).with_row_index()
            for row, cell in told.unique("cell", keep="first", maintain_order=True).iter_rows():
                place = int(judged.rows[row])
                for tag in unseen.intersection(split_tags(cell, self._setting.tag_separator)):
                    fresh.setdefault(tag, (int(judged.lines[place]), place, number))
        self._tags |= unseen
        return fresh


class TagPlaces:
    """The first place of each tag of the file."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._first: dict[str, Place] = {}

    def add(self, fresh: Fresh, before: int) -> None:
        """A block, in the order of the file; `before` is the number of records before it."""
        for tag, (line, place, number) in fresh.items():
            self._first.setdefault(tag, Place(line, before + place + 1, self._columns.name(number)))

    def findings(self, counts: Counter[str], is_odd: Callable[[str], bool]) -> Iterator[Finding]:
        """Each tag that is written like a more frequent one, where it stands first; refused tags have another rule."""
        listed = counts.most_common(MOST_TAGS)
        told = {tag: count for tag, count in listed if tag in self._first and not is_odd(tag)}
        for group in near_duplicates(told):
            meant = group.tags[0][:TAG_CUT]
            for tag in group.tags[1:]:
                words = tag[:TAG_CUT], meant
                message = f"Say whether {words[0]!r} and {words[1]!r} are meant to be one tag, and merge them if so."
                yield Finding(Severity.NOTE, "contacts.tags.similar", message, self._first[tag], *words)
