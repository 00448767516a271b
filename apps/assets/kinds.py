"""The kinds of assets, as data: the built-in ones, and those a consultancy has added."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.spreadsheets.cells import CellError, as_choice, as_day, as_moment, as_number, as_yes, number_text, plain

TYPES = {
    "text": "Text", "long": "Long text", "number": "Number", "money": "Amount of money", "day": "Date",
    "moment": "Date and time", "yes": "Yes or no", "choice": "Choice",
}  # fmt: skip
LENGTHS = {"text": 300, "long": 5000}
TOO_LARGE = Decimal(10) ** 12


@dataclass(frozen=True, slots=True)
class Field:
    """Something a kind says beyond the common columns. Its value is kept as plain text in one form, "" for none."""

    key: str
    label: str
    type: str
    choices: tuple[str, ...] = ()
    help: str = ""

    def read(self, text: str) -> str:
        """The text as it is kept. Raises CellError."""
        text = plain(text)
        if not text:
            return ""
        if self.type in LENGTHS:
            if len(text) > LENGTHS[self.type]:
                raise CellError(f"This is longer than {LENGTHS[self.type]:,} characters; shorten it.")
            return text
        if self.type == "choice":
            return as_choice(text, {choice: choice for choice in self.choices})
        if self.type == "yes":
            return plain(as_yes(text))
        if self.type in ("number", "money"):
            number = as_number(text, 2 if self.type == "money" else None)
            if number is None or not 0 <= number < TOO_LARGE:
                raise CellError(f"“{text[:40]}” is out of range; write a number from 0 up.")
            return number_text(number)
        return plain(as_day(text) if self.type == "day" else as_moment(text))

    def cell(self, text: str) -> str | Decimal | date | datetime | None:
        """What stands in a spreadsheet for a kept text: numbers and dates as such."""
        if not text:
            return None
        try:
            if self.type in ("number", "money"):
                return Decimal(text)
            if self.type == "day":
                return date.fromisoformat(text)
            return datetime.fromisoformat(text) if self.type == "moment" else text
        except (ValueError, ArithmeticError):  # the field had another type when this was kept
            return text


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: its label, its family (sheet), its own fields, and what must be saved of it."""

    key: str
    label: str
    family: str
    fields: tuple[Field, ...] = ()
    capture: tuple[str, ...] = ()
    hours: Decimal | None = None
    holds: tuple[str, ...] = ()
    is_own: bool = False

    def field(self, key: str) -> Field | None:
        return next((one for one in self.fields if one.key == key), None)

    def field_called(self, label: str) -> Field | None:
        return next((one for one in self.fields if one.label == label), None)


@dataclass(frozen=True, slots=True)
class Family:
    key: str
    label: str
    sheet: str


@dataclass(frozen=True, slots=True)
class KindBook:
    """Every kind that a project may use."""

    kinds: Mapping[str, Kind]
    families: Mapping[str, Family]
    captures: Mapping[str, str]
    _labels: dict[str, str] = field(default_factory=dict)

    def label(self, key: str) -> str:
        """A kind's label; the key itself where there is no such kind any more."""
        kind = self.kinds.get(key)
        return kind.label if kind else key

    def family(self, key: str) -> str:
        """The family of a kind; a kind that is no more stands with the others."""
        kind = self.kinds.get(key)
        return kind.family if kind else "other"

    def of_family(self, family: str) -> list[Kind]:
        return [kind for kind in self.kinds.values() if kind.family == family]

    def choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Grouped by family, for forms."""
        groups = [
            (family.label, [(kind.key, kind.label) for kind in self.of_family(family.key)])
            for family in self.families.values()
        ]
        return [(label, found) for label, found in groups if found]

    def headers(self, kinds: Iterable[Kind]) -> list[str]:
        """The labels of these kinds' own fields, each once, in order."""
        return list(dict.fromkeys(one.label for kind in kinds for one in kind.fields))

    @property
    def holders(self) -> list[str]:
        """Kinds that other assets may stand in: those that say so, and every one of a consultancy's own."""
        return [kind.key for kind in self.kinds.values() if kind.holds or kind.is_own]

    def field_of(self, key: str) -> Field | None:
        """A field by its key, whichever kind has it."""
        return next((found for kind in self.kinds.values() if (found := kind.field(key))), None)


@lru_cache(maxsize=1)
def builtin() -> KindBook:
    """The kinds of the file, in its order."""
    data = tomllib.loads(Path(__file__).with_name("kinds.toml").read_text(encoding="utf-8"))
    fields = {key: _field(key, row) for key, row in data["fields"].items()}
    kinds = {key: _kind(key, row, fields) for key, row in data["kinds"].items()}
    families = {key: Family(key, row["label"], row["sheet"]) for key, row in data["families"].items()}
    return KindBook(kinds, families, data["captures"])


def _field(key: str, row: Mapping[str, Any]) -> Field:
    return Field(key, row["label"], row["type"], tuple(row.get("choices", ())), row.get("help", ""))


def _kind(key: str, row: Mapping[str, Any], fields: Mapping[str, Field]) -> Kind:
    return Kind(
        key, row["label"], row["family"], tuple(fields[name] for name in row.get("fields", ())),
        tuple(row["capture"]), Decimal(str(row["hours"])), tuple(row.get("holds", ())),
    )  # fmt: skip


def with_own(rows: Iterable[Any]) -> KindBook:
    """The built-in kinds and a consultancy's own (rows of OwnKind)."""
    base = builtin()
    kinds = dict(base.kinds)
    for row in rows:
        own = tuple(Field(one["key"], one["label"], one["type"], tuple(one.get("choices", ()))) for one in row.fields)
        kinds[row.key] = Kind(row.key, row.label, row.family, own, tuple(row.capture), row.hours, (), True)
    return KindBook(kinds, base.families, base.captures)
