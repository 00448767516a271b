"""Which columns of a file become what the target has limits or wishes for."""

from collections.abc import Mapping
from functools import lru_cache

from engine.contacts.columns import Columns, comparable, load_aliases
from engine.contacts.limits import TargetLimits


@lru_cache(maxsize=1)
def _roles() -> Mapping[str, str]:
    return load_aliases()


def lengths_by_column(columns: Columns, target: TargetLimits) -> dict[int, int]:
    """The columns that become fields of the target with a length of their own."""
    if not target.field_lengths:
        return {}
    told = {_meaning(name): length for name, length in target.field_lengths}
    found = {number: told.get(_meaning(name), 0) for number, name in enumerate(columns.header)}
    return {number: most for number, most in found.items() if most and number not in columns.unmeasured}


def _meaning(name: str) -> str:
    """The role of a column by its name; the name itself where it has none."""
    plain = comparable(name)
    return _roles().get(plain, plain)


def wanted_columns(columns: Columns, target: TargetLimits) -> list[tuple[str, tuple[int, ...]]]:
    """What every contact needs, in the platform's words, and the columns of which one must be filled."""
    return [
        (words, tuple(number for number, role in columns.roles.items() if role in roles and _counts(columns, number)))
        for words, roles in target.wanted
    ]


def _counts(columns: Columns, number: int) -> bool:
    return number not in columns.ignored
