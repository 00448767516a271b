"""The project's other lists: who is forbidden there must not be imported from here, and who stands there is told.

Only numbers of the other lists are at hand (see keys.py): their label, the line, and whether mail is forbidden there.
What the other lists say about one another does not count, so that a list which was put right is believed at once.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.contacts.keys import KeyFile, in_order, open_keys
from engine.contacts.screens import Flags
from engine.contacts.seen import Hashes
from engine.findings import Severity

KEPT_OUT, IN_OTHER = "contacts.email.kept_out", "contacts.email.in_other_file"
LABEL_CUT = 100


@dataclass(slots=True)
class Other:
    """One other list. `keys` is None where its key file was written with another hash: nothing is known of it then."""

    label: str
    keys: KeyFile | None
    kept_out: int = 0  # records of the judged file that it forbids
    in_other: int = 0  # records that stand in it as well

    def as_json(self) -> dict[str, Any]:
        """For the report."""
        told = {"label": self.label, "is_outdated": self.keys is None}
        return told | {"kept_out": self.kept_out, "in_other": self.in_other}


def read_beside(path: Path) -> list[Other]:
    """The lists of a file with a JSON list of {keys, label}. ValueError with a sentence where it is none; OSError."""
    told = json.loads(path.read_text("utf-8"))
    if not isinstance(told, list):
        raise ValueError("it must be a list.")
    return [_other(one) for one in told]


def _other(told: Any) -> Other:
    keys, label = (told.get(name) for name in ("keys", "label")) if isinstance(told, Mapping) else (None, None)
    if not isinstance(keys, str) or not isinstance(label, str):
        raise ValueError("each entry needs the texts keys and label.")
    return Other(" ".join(label.split())[:LABEL_CUT], open_keys(Path(keys)))


@dataclass(frozen=True, slots=True)
class Hits:
    """For each record of a block the list that forbids it and the one in which it stands: a place from 1, 0 for none.

    The lines are those of the other list.
    """

    labels: Sequence[str]
    forbidden_by: NDArray[np.int16]
    also_in: NDArray[np.int16]
    lines: NDArray[np.int32]

    @property
    def forbids(self) -> Flags:
        """Who must not be imported."""
        told: Flags = self.forbidden_by > 0
        return told

    def told_of(self, place: int, *, is_blocked: bool) -> Iterator[tuple[Severity, str, str]]:
        """What is to be said of one record; one that its own file forbids needs no second reason."""
        number = int(self.forbidden_by[place])
        if number and not is_blocked:
            yield Severity.NOTE, KEPT_OUT, self.kept_out_message(number, int(self.lines[place]))
        elif not number and (number := int(self.also_in[place])):
            yield Severity.NOTE, IN_OTHER, self.in_other_message(number, int(self.lines[place]))

    def kept_out_message(self, number: int, line: int) -> str:
        """What to do about somebody who is forbidden elsewhere."""
        label = self.labels[number - 1]
        return f"Keep this contact out of every import: line {abs(line)} of {label} forbids mail to this address."

    def in_other_message(self, number: int, line: int) -> str:
        """What to do about somebody who stands in two lists."""
        return f"Import this contact once: the address stands also on line {line} of {self.labels[number - 1]}."


@dataclass(slots=True)
class Beside:
    """All other lists of one run."""

    others: Sequence[Other] = field(default_factory=list)

    def look(self, hashes: Hashes) -> Hits | None:
        """Where the addresses of a block stand elsewhere; None where they stand nowhere."""
        open_lists = [(number, other.keys) for number, other in enumerate(self.others, 1) if other.keys is not None]
        if not open_lists or not hashes.size:
            return None
        order, ordered = in_order(hashes)
        forbidden_by, also_in = np.zeros(hashes.size, np.int16), np.zeros(hashes.size, np.int16)
        lines = np.zeros(hashes.size, np.int32)
        for number, keys in open_lists:
            found = keys.lines_of(ordered)
            # The first list that forbids is told; without one the first list in which the address stands.
            fresh = (found < 0) & (forbidden_by == 0)
            forbidden_by[fresh], lines[fresh] = number, found[fresh]
            fresh = (found > 0) & (forbidden_by == 0) & (also_in == 0)
            also_in[fresh], lines[fresh] = number, found[fresh]
        if not forbidden_by.any() and not also_in.any():
            return None
        back = np.empty_like(order)
        back[order] = np.arange(order.size)
        return Hits([other.label for other in self.others], forbidden_by[back], also_in[back], lines[back])

    def count(self, hits: Hits, is_blocked: Flags) -> None:
        """Add a block to the counts of the lists."""
        forbidden = np.bincount(hits.forbidden_by[~is_blocked], minlength=len(self.others) + 1)
        also = np.bincount(hits.also_in[hits.forbidden_by == 0], minlength=len(self.others) + 1)
        for number, other in enumerate(self.others, 1):
            other.kept_out += int(forbidden[number])
            other.in_other += int(also[number])

    def as_json(self) -> list[dict[str, Any]]:
        """For the report, in the order that was given."""
        return [other.as_json() for other in self.others]
