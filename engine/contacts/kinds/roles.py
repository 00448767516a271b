"""Which column of an export is what, by its header; and which kind of file a header speaks for."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.contacts.columns import comparable, load_aliases
from engine.contacts.kinds import KEYS
from engine.contacts.kinds.amounts import CODES

WORDS = Path(__file__).parent / "words"
_MONEY = frozenset({"amount", "refunded", "balance", "paid_to_date", "commission"})
_PEOPLE = ("tags", "consent", "opted_in", "last_active")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The data file of one kind: names of columns by role, words by meaning, and what gives the kind away."""

    columns: Mapping[str, Mapping[str, int]]  # role: {comparable name: rank, the lower the better}
    telling: tuple[frozenset[str], ...]
    but_not: frozenset[str]
    needs: tuple[str, ...]
    exports: tuple[tuple[frozenset[str], Mapping[str, str]], ...]
    words: Mapping[str, str]  # word: meaning
    units: Mapping[str, str]  # word: unit of an interval


@lru_cache(maxsize=16)
def vocabulary(kind: str) -> Vocabulary:
    """Read once per process; LookupError where there is no such kind."""
    if kind not in KEYS:
        raise LookupError(f"no such kind: {kind}")
    raw: dict[str, Any] = json.loads((WORDS / f"{kind}.json").read_text("utf-8"))
    return Vocabulary(
        {role: {comparable(name): rank for rank, name in reversed(list(enumerate(names)))}
         for role, names in raw["columns"].items()},
        tuple(frozenset(roles) for roles in raw["telling"]),
        frozenset(raw.get("but_not", ())),
        tuple(raw["needs"]),
        tuple(
            (frozenset(comparable(name) for name in export["headers"]),
             {role: comparable(name) for role, name in export["columns"].items()})
            for export in raw["exports"]
        ),
        _by_word(raw["words"]),
        _by_word(raw.get("intervals", {})),
    )  # fmt: skip


def _by_word(groups: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {plain(word): meaning for meaning, words in groups.items() for word in words}


def plain(word: str) -> str:
    """A word without case, underscores and doubled spaces."""
    return " ".join(word.casefold().replace("_", " ").split())


@dataclass(frozen=True, slots=True)
class Roles:
    """The column of each role, and the currency that the header of a money column names."""

    columns: Mapping[str, int]
    currencies: Mapping[int, str]

    def __contains__(self, role: str) -> bool:
        return role in self.columns


def recognise_roles(header: Sequence[str], kind: str) -> Roles:
    """Columns of a known export first, then the best known name of each role; a column has one role."""
    told = vocabulary(kind)
    names = [comparable(name) for name in header]
    split = [_split_currency(name) for name in names]
    found: dict[str, int] = {}
    for headers, columns in told.exports:
        if headers <= set(names):
            found |= {role: names.index(name) for role, name in columns.items() if name in names}
    wanted = sorted(
        (rank, role, number)
        for role, ranks in told.columns.items()
        for number, (name, currency) in enumerate(split)
        if (rank := ranks.get(names[number], ranks.get(name, -1) if currency and role in _MONEY else -1)) >= 0
    )
    for _, role, number in wanted:
        if role not in found and number not in found.values():
            found[role] = number
    if "email" not in found and (number := _plain_email(names)) >= 0:
        found["email"] = number
    return Roles(found, {number: currency for number, (_, currency) in enumerate(split) if currency})


def _split_currency(name: str) -> tuple[str, str]:
    """ "total usd" is a total in dollars; "usd" alone names nothing."""
    words = name.split()
    for rest, code in ((words[:-1], words[-1:]), (words[1:], words[:1])):
        if rest and code and code[0].upper() in CODES and len(code[0]) == 3:
            return " ".join(rest), code[0].upper()
    return name, ""


def _plain_email(names: Sequence[str]) -> int:
    """The names that contact lists use; "subscriber" and "mail" there are addresses here too."""
    known = load_aliases()
    return next((number for number, name in enumerate(names) if known.get(name) == "email"), -1)


def suggest_kind(header: Sequence[str]) -> str:
    """The kind that the header speaks clearly for; "" where it might as well be a list of contacts."""
    known = load_aliases()
    is_people = sum(known.get(comparable(name), "") in _PEOPLE for name in header) >= 2
    for kind in KEYS:
        told, roles = vocabulary(kind), recognise_roles(header, kind)
        is_clear = any(all(role in roles for role in group) for group in told.telling)
        others = {role for other in KEYS if other != kind for role in recognise_roles(header, other).columns}
        if is_clear and not (told.but_not & others) and not is_people:
            return kind
    return ""
