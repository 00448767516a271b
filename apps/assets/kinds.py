"""The kinds of assets, as data."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: its label, the family (sheet) it belongs to, and what must be saved of it."""

    key: str
    label: str
    family: str
    capture: tuple[str, ...]


@lru_cache(maxsize=1)
def kinds() -> dict[str, Kind]:
    """Every kind by key, in the order of the file."""
    data = tomllib.loads(Path(__file__).with_name("kinds.toml").read_text(encoding="utf-8"))
    families = data["families"]
    return {
        key: Kind(key, row["label"], families[row["family"]], tuple(row["capture"]))
        for key, row in data["kinds"].items()
    }


def kind_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Grouped by family, for forms."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for kind in kinds().values():
        groups.setdefault(kind.family, []).append((kind.key, kind.label))
    return list(groups.items())


def label_of(key: str) -> str:
    """A kind's label; the key itself where the file no longer has it."""
    return kinds()[key].label if key in kinds() else key
