"""What a kind of file is made of: its columns, its rules, and the tally that adds its records up."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from engine.contacts.kinds.entries import Entry, Setting
from engine.contacts.kinds.files import Files
from engine.findings import Finding, Rule


class Tally(Protocol):
    """Adds up records without holding them."""

    def look(self, entry: Entry) -> None:
        """Before the rules: tell the record what stood before it."""

    def take(self, entry: Entry) -> None:
        """After the rules: count a record that was not set aside."""

    def close(self) -> Iterator[Finding]:
        """What only the whole file shows."""

    def results(self) -> dict[str, Any]:
        """Plain data; amounts are text with two or more decimals, because JSON numbers are floats."""

    def write(self) -> None:
        """The lists, into the folder that was given at the beginning."""


@dataclass(frozen=True, slots=True)
class RecordKind:
    """One kind of file. `money` and `days` are the roles whose columns are looked over before anything is judged."""

    key: str
    code: str
    money: Sequence[str]
    days: Sequence[str]
    rules: Sequence[Rule[Entry]]
    tally: Callable[[Setting, Files | None], Tally]
    rejecting: frozenset[str] = frozenset()
