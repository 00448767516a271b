"""Which columns of a file become what the target has limits or wishes for."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from engine.contacts.columns import Columns, comparable, load_aliases
from engine.contacts.limits import TargetLimits
from engine.contacts.recipe import Recipe

FIELDS_FILE = Path(__file__).parent / "words" / "fields.json"


@lru_cache(maxsize=1)
def _known() -> Mapping[str, str]:
    """Every known name of a column with what it means: a role of ours, or a usual field of platforms."""
    fields: dict[str, list[str]] = json.loads(FIELDS_FILE.read_text("utf-8"))
    return {comparable(name): field for field, names in fields.items() for name in names} | load_aliases()


def meaning(name: str) -> str:
    """What a column of this name holds; the name itself, made comparable, where nobody knows."""
    plain = comparable(name)
    return _known().get(plain, plain)


def arriving_names(columns: Columns, recipe: Recipe) -> list[str]:
    """The names under which the columns reach the target: as somebody chose, else as the source wrote them."""
    chosen = {comparable(choice.header): choice.to for choice in recipe.fields if choice.to}
    return [chosen.get(comparable(name), name) for name in columns.header]


def meanings(columns: Columns, recipe: Recipe) -> dict[int, str]:
    """What each column that goes along means to the target."""
    names = enumerate(arriving_names(columns, recipe))
    return {number: meaning(name) for number, name in names if number not in columns.ignored}


def lengths_by_column(columns: Columns, target: TargetLimits, recipe: Recipe) -> dict[int, int]:
    """The columns that become fields of the target with a length of their own."""
    if not target.field_lengths:
        return {}
    told = {meaning(name): length for name, length in target.field_lengths}
    found = {number: told.get(means, 0) for number, means in meanings(columns, recipe).items()}
    return {number: most for number, most in found.items() if most and number not in columns.unmeasured}


def wanted_columns(columns: Columns, target: TargetLimits) -> list[tuple[str, tuple[int, ...]]]:
    """What every contact needs, in the platform's words, and the columns of which one must be filled."""
    return [
        (words, tuple(number for number, role in columns.roles.items() if role in roles and _counts(columns, number)))
        for words, roles in target.wanted
    ]


def _counts(columns: Columns, number: int) -> bool:
    return number not in columns.ignored
