"""Which column is what: by the header's name in several languages; the address, if need be, by its content."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from engine.contacts.dates import Order, day_of
from engine.contacts.vocabulary import status_of

ALIASES_FILE = Path(__file__).parent / "words" / "columns.json"
_SIGNS = re.compile(r"[\s_\-.:*()/]+")
_ADDRESS = re.compile(r"\s*[^\s@]{1,64}@[^\s@.]{1,63}\.[^\s@]{2,190}\s*")


class Kind(StrEnum):
    """The types a column may be given with `--fields`."""

    EMAIL = "email"
    TEXT = "text"
    PHONE = "phone"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    URL = "url"
    OPTION = "option"
    TAGS = "tags"
    STATUS = "status"
    CONSENT = "consent"


_ROLE_KINDS = frozenset((Kind.EMAIL, Kind.TAGS, Kind.STATUS, Kind.CONSENT))
_TWO_MEANINGS = frozenset(("estado", "stato"))  # status, and the state or country of an address
_VAGUE = frozenset((Kind.TEXT, Kind.OPTION, Kind.BOOLEAN))
_MACHINE_MADE = ("email", "status", "consent", "opted_in", "last_active", "tags", "blocked_flag", "phone")


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """What a person told us about one column."""

    name: str
    kind: Kind
    max_length: int = 0
    required: bool = False
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Columns:
    """The header and what its columns are for; a role without a column has the number -1."""

    header: tuple[str, ...]
    email: int = -1
    status: int = -1
    consent: int = -1
    opted_in: int = -1
    last_active: int = -1
    tags: tuple[int, ...] = ()
    blocked_flags: tuple[int, ...] = ()
    specs: Mapping[int, FieldSpec] = field(default_factory=dict)
    machine_made: frozenset[int] = frozenset()  # numbers and addresses that no person typed as text
    ignored: frozenset[int] = frozenset()  # columns that are left behind, so that nothing in them is judged
    roles: Mapping[int, str] = field(default_factory=dict)
    types: Mapping[int, str] = field(default_factory=dict)  # a Kind, told or guessed from the first records
    serials: frozenset[int] = frozenset()  # told as dates, and all numbers of days, as spreadsheets count them
    missing: tuple[FieldSpec, ...] = ()  # columns that a person described and that are not there
    secrets: frozenset[int] = frozenset()  # columns of passwords and card data, which are ignored too

    @property
    def dates(self) -> tuple[int, ...]:
        """The columns in which the days stand that the rules look at."""
        return tuple(number for number in (self.opted_in, self.last_active) if number >= 0)

    @property
    def other_dates(self) -> tuple[int, ...]:
        """Further columns of dates, told or guessed, that only have to be written as the target has them."""
        typed = (number for number, kind in self.types.items() if kind == Kind.DATE)
        return tuple(number for number in typed if number not in self.dates and number not in self.ignored)

    @property
    def told_dates(self) -> tuple[int, ...]:
        """Those of them that a person called dates."""
        return tuple(number for number in self.other_dates if self.is_told(number, Kind.DATE))

    @cached_property
    def unsearched(self) -> frozenset[int]:
        """Where no card number is looked for."""
        return self.machine_made | self.ignored

    @cached_property
    def unmeasured(self) -> frozenset[int]:
        """Where the length of the whole cell does not count; an address is bounded by a rule of its own."""
        return frozenset((*self.tags, self.email)) | self.ignored

    def is_told(self, number: int, kind: Kind) -> bool:
        """True where a person said that the column is of this kind."""
        return number in self.specs and self.specs[number].kind is kind

    def most_told(self, number: int) -> int:
        """The length that a person gave the column, 0 for none."""
        return self.specs[number].max_length if number in self.specs else 0

    def name(self, number: int) -> str:
        """The header of a column; its place when it has none or stands to the right of the header."""
        told = self.header[number].strip() if number < len(self.header) else ""
        return told or f"column {number + 1}"


def comparable(header: str) -> str:
    """A header without case and punctuation: "E-Mail_Address:" and "e mail address" are one."""
    return _SIGNS.sub(" ", header.replace("\ufeff", "").casefold()).strip()


def lacks_names(header: Sequence[str], specs: Sequence[FieldSpec] = ()) -> bool:
    """True where the first line is no header but a contact: it holds an address and no name that is known."""
    known = set(load_aliases()) | {comparable(spec.name) for spec in specs}
    return any(_ADDRESS.fullmatch(cell) for cell in header) and known.isdisjoint(map(comparable, header))


def load_aliases() -> dict[str, str]:
    """Every known name of a column with its role."""
    roles: dict[str, list[str]] = json.loads(ALIASES_FILE.read_text("utf-8"))
    return {comparable(name): role for role, names in roles.items() for name in names}


def read_fields(raw: Any) -> tuple[FieldSpec, ...]:
    """The list of `--fields`; ValueError with a sentence when it does not have that shape."""
    if not isinstance(raw, list) or not all(isinstance(item, dict) for item in raw):
        raise ValueError("The fields file must hold a JSON list of objects, each with a name and a type.")
    return tuple(_read_field(item) for item in raw)


def _read_field(item: Mapping[str, Any]) -> FieldSpec:
    name, kind = item.get("name"), item.get("type", "text")
    if not isinstance(name, str) or kind not in set(Kind):
        raise ValueError(f"Give each field a name and one of these types: {', '.join(Kind)}.")
    length, options = item.get("max_length") or 0, item.get("options") or ()
    if not isinstance(length, int) or isinstance(length, bool) or not isinstance(options, list | tuple):
        raise ValueError(f"Give {name!r} a whole number as max_length and a list as options.")
    return FieldSpec(name, Kind(kind), length, bool(item.get("required")), tuple(str(option) for option in options))


def recognise_columns(
    header: Sequence[str],
    sample: Iterable[Sequence[str]],
    specs: Sequence[FieldSpec] = (),
    aliases: Mapping[str, str] = {},
) -> Columns:
    """Told columns first, then known names, then, for the address alone, the content of the first records."""
    names = [comparable(name) for name in header]
    told = _told(names, specs)
    known = load_aliases() | {comparable(name): role for name, role in aliases.items()}
    sample = [list(cells) for cells in sample]
    for number, name in enumerate(names):
        if name in _TWO_MEANINGS and number not in told and not _holds_words(number, sample):
            known.pop(name, None)
    if any(spec.kind is Kind.EMAIL for spec in told.values()):
        known = {name: role for name, role in known.items() if role != "email"}
    roles: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        roles.setdefault(_role(told.get(number), known.get(name, "")), []).append(number)
    email = _first(roles, "email")
    return Columns(
        tuple(header),
        email if email >= 0 else _looks_like_addresses(len(header), sample),
        _first(roles, "status"),
        _first(roles, "consent"),
        _first(roles, "opted_in", sample),
        _first(roles, "last_active", sample),
        tuple(roles.get("tags", ())),
        tuple(roles.get("blocked_flag", ())),
        told,
        frozenset(number for role in _MACHINE_MADE for number in roles.get(role, ()))
        | {number for number, name in enumerate(names) if name == "id" or name.endswith(" id")},
        roles={number: role for role, numbers in roles.items() for number in numbers if role},
        types={number: str(spec.kind) for number, spec in told.items()},
        missing=tuple(spec for spec in specs if comparable(spec.name) not in names),
    )


def _holds_words(number: int, sample: Sequence[Sequence[str]]) -> bool:
    """True unless most of the filled cells are words that no status column has: states of Mexico, say."""
    cells = [cells[number] for cells in sample if number < len(cells) and cells[number].strip()]
    return sum(status_of(cell) == "unknown" for cell in cells) * 2 <= len(cells)


def _role(told: FieldSpec | None, known: str) -> str:
    """What a person said about a column goes before its name; a date may still be the day of the opt-in.

    A status is still one where it is said to be text, one of some options, or yes and no: nobody may be mailed because
    the description of the columns was short.
    """
    if told is None or told.kind in _VAGUE:
        return known
    return known if told.kind not in _ROLE_KINDS and known not in _ROLE_KINDS else str(told.kind)


def _told(names: Sequence[str], specs: Sequence[FieldSpec]) -> dict[int, FieldSpec]:
    by_name = {comparable(spec.name): spec for spec in specs}
    return {number: by_name[name] for number, name in enumerate(names) if name in by_name}


def _first(roles: Mapping[str, Sequence[int]], role: str, sample: Sequence[Sequence[str]] = ()) -> int:
    """The first column with the role; of several with dates the first that holds any."""
    numbers = roles.get(role, ())
    if len(numbers) > 1 and sample:
        return next((number for number in numbers if _holds_days(number, sample)), numbers[0])
    return numbers[0] if numbers else -1


def _holds_days(number: int, sample: Sequence[Sequence[str]]) -> bool:
    cells = [cells[number] for cells in sample if number < len(cells) and cells[number].strip()]
    return bool(cells) and sum(day_of(cell, Order.UNCLEAR) != "!" for cell in cells) * 2 > len(cells)


def _looks_like_addresses(width: int, sample: Iterable[Sequence[str]]) -> int:
    """The column in which more than half of the filled cells look like an address; the fullest of several."""
    filled, alike = [0] * width, [0] * width
    for cells in sample:
        for number, cell in enumerate(cells[:width]):
            if cell.strip():
                filled[number] += 1
                alike[number] += bool(_ADDRESS.fullmatch(cell))
    fit = [number for number in range(width) if alike[number] * 2 > filled[number]]
    return max(fit, key=lambda number: alike[number], default=-1)
