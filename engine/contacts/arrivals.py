"""Who was sent and who arrived, as numbers: what a reconciliation compares."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.contacts.block_judging import Judged
from engine.contacts.persons import Hashes, Numbers, OwnFile, TagCodes, is_among, persons_of
from engine.contacts.recipe import Recipe, read_recipe
from engine.contacts.rows import Setting
from engine.contacts.settings import reading_from
from engine.findings import Finding

IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that was imported, or one of people to keep out."""

    path: Path
    file: str
    consent: str = ""
    segment: str = ""
    purpose: str = IMPORT


@dataclass(frozen=True, slots=True)
class Original:
    """An upload from which the files were made: tells the lines of whoever is missing."""

    path: Path
    label: str
    recipe: Recipe = field(default_factory=Recipe)
    encoding: str | None = None
    delimiter: str | None = None


def read_plan(raw: Any) -> tuple[list[Sent], list[Original]]:
    """The plan in plain data; ValueError with a sentence when it does not have that shape."""
    try:
        sent = [Sent(Path(one["path"]), *(one.get(name, "") for name in _SENT)) for one in raw["packs"]]
        originals = [
            Original(
                Path(one["path"]),
                one["label"],
                read_recipe(one.get("recipe") or {}),
                **reading_from(one.get("encoding"), one.get("delimiter")),
            )
            for one in raw.get("originals", [])
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            "A plan names packs with path, file and purpose, and originals with path and label."
        ) from error
    return sent, originals


_SENT = ("file", "consent", "segment", "purpose")


@dataclass(slots=True)
class SentPeople:
    """All who were sent, each once: person, file, row in it, tags; in the order of the files."""

    files: list[Sent]
    hashes: Hashes
    file_of: NDArray[np.uint16]
    row: Numbers
    tags: NDArray[np.uint32]
    codes: TagCodes
    to_keep_out: Hashes  # sorted

    @classmethod
    def read(cls, sent: Sequence[Sent], separator: str) -> "SentPeople":
        imports, codes = [one for one in sent if one.purpose == IMPORT], TagCodes(separator)
        hashes: list[Hashes] = [np.empty(0, np.uint64)]
        numbers: list[Numbers] = [np.empty(0, np.int64)]
        tags: list[NDArray[np.uint32]] = [np.empty(0, np.uint32)]
        places: list[NDArray[np.uint16]] = [np.empty(0, np.uint16)]
        for place, one in enumerate(imports):
            for found, start, frame, file in _people(one.path):
                hashes.append(found)
                numbers.append(np.arange(start, start + found.size, dtype=np.int64))
                tags.append(codes.of(frame, file.columns.tags))
                places.append(np.full(found.size, place, np.uint16))
        out = [people for one in sent if one.purpose != IMPORT for people, _, _, _ in _people(one.path)]
        keep_out = np.unique(np.concatenate([np.empty(0, np.uint64), *out]))
        everybody = np.concatenate(hashes)
        _, first = np.unique(everybody, return_index=True)
        first = np.sort(first)
        first = first[(everybody[first] != 0) & ~is_among(everybody[first], keep_out)]
        return cls(
            imports,
            everybody[first],
            np.concatenate(places)[first],
            np.concatenate(numbers)[first],
            np.concatenate(tags)[first],
            codes,
            keep_out[keep_out != 0],
        )


def _people(path: Path) -> Iterator[tuple[Hashes, int, pl.DataFrame, OwnFile]]:
    """The persons of a file of ours by the block, with the number of rows before."""
    file, before = OwnFile(path), 0
    if file.columns.email < 0:
        return
    for frame, _ in file.blocks():
        yield persons_of(frame[str(file.columns.email)]), before, frame, file
        before += frame.height


class ArrivedPeople:
    """The persons of the target's export, each once; who may not be mailed by one row may not by any."""

    def __init__(self) -> None:
        self.setting: Setting | None = None
        self.rows = 0
        self._hashes: list[Hashes] = [np.empty(0, np.uint64)]
        self._blocked: list[NDArray[np.bool_]] = [np.empty(0, np.bool_)]
        self._tags: list[NDArray[np.uint32]] = [np.empty(0, np.uint32)]
        self.codes = TagCodes("")

    def begin(self, setting: Setting) -> None:
        self.setting = setting
        # A platform may write another sign into its exports than it takes: a tag counts when either reading shows it.
        self.codes = TagCodes(*dict.fromkeys((setting.tag_separator, setting.target.tag_separator, "")))

    def finding(self, finding: Finding) -> None:
        """The report of the file tells it."""

    def block(self, judged: Judged) -> None:
        frame, places = judged.every_row()
        self.rows += judged.segments.size
        self._hashes.append(judged.hashes[places])
        self._blocked.append(judged.is_blocked[places])
        self._tags.append(self.codes.of(frame, self.setting.columns.tags if self.setting else ()))

    def close(self) -> None:
        """Sorted persons, and what is known of each."""
        hashes, blocked = np.concatenate(self._hashes), np.concatenate(self._blocked)
        self.persons, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
        self.is_blocked = np.zeros(self.persons.size, np.bool_)
        np.logical_or.at(self.is_blocked, inverse, blocked)
        self.tags = np.concatenate(self._tags)[first]
        known = self.persons != 0
        self.persons, self.is_blocked, self.tags = self.persons[known], self.is_blocked[known], self.tags[known]

    @property
    def tells_status(self) -> bool:
        """The export has a column that could say that somebody may not be mailed."""
        columns = self.setting.columns if self.setting else None
        return columns is not None and (columns.status >= 0 or columns.consent >= 0 or bool(columns.blocked_flags))
