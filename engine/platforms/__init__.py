"""The platform catalogue: what each platform takes, wants and leaves behind, one TOML file each in `data/`.

A value that no page states is None with the mark "unknown"; whoever asks then answers "cannot tell" and does not guess.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from engine.platforms.loading import PlatformFileError, read_platform
from engine.platforms.matching import name_matches
from engine.platforms.model import (
    Dns,
    Exports,
    Imports,
    Mark,
    Match,
    Move,
    Need,
    Note,
    Platform,
    Purpose,
    Record,
    Role,
    Trace,
    TraceKind,
    Value,
)

__all__ = [
    "Dns",
    "Exports",
    "Imports",
    "Mark",
    "Match",
    "Move",
    "Need",
    "Note",
    "Platform",
    "PlatformFileError",
    "Purpose",
    "Record",
    "Role",
    "Trace",
    "TraceKind",
    "UnknownPlatform",
    "Value",
    "catalogue",
    "load",
    "name_matches",
    "names",
]

DATA = Path(__file__).parent / "data"


class UnknownPlatform(KeyError):
    """No file of the catalogue has this key; the text of the error names the keys that come close."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key

    def __str__(self) -> str:
        shown = self.key if len(self.key) <= 40 else self.key[:40] + "…"
        close = _close_to(self.key)
        advice = f"did you mean {' or '.join(close)}" if close else "the list of platforms shows the keys there are"
        return f"There is no platform {shown!r}; {advice}."


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, Platform]:
    """Every platform by key, in the order of the names."""
    found = sorted((read_platform(path) for path in sorted(DATA.glob("*.toml"))), key=lambda one: one.name.casefold())
    return MappingProxyType({platform.key: platform for platform in found})


def load(key: str) -> Platform:
    """One platform; UnknownPlatform, with the keys that come close, where there is none."""
    try:
        return catalogue()[key]
    except KeyError:
        raise UnknownPlatform(key) from None


def names(role: Role | None = None) -> list[tuple[str, str]]:
    """Key and name of every platform, or of those with one role; ready to be the choices of a form."""
    return [(one.key, one.name) for one in catalogue().values() if role is None or role in one.roles]


def _close_to(key: str) -> list[str]:
    """People type names as well as keys."""
    spoken = {name.casefold(): known for known, name in names()} | {known: known for known, _ in names()}
    return list(dict.fromkeys(spoken[near] for near in get_close_matches(key[:40].casefold(), spoken, n=3)))
