"""Which of the platforms' values a verdict went by, and what of them is different now."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Protocol

from apps.projects.models import platform_name
from apps.projects.platform_values import Catalogue
from engine import platforms
from engine.contacts.limits import limits_of, profile_of
from engine.platforms.own import stated

# Too many rows are cut into files: that a file is within the limits does not hang on these.
CUT_BY = frozenset({"max_rows", "max_bytes", "max_size", "max_rows_a_day", "max_files_a_day", "pause_minutes"})
_NOT_SHOWN = frozenset({"key", "name", "is_wanted_surely", "sure"})
_IN_EXPORTS = ("fingerprints", "tag_separator", "words")
_NAMES = {
    "fingerprints": "columns by which its exports are known",
    "words": "status words of its exports",
    "status_words": "status words of its exports",
    "tag_separator": "tag separator of its exports",
}


@dataclass(frozen=True, slots=True)
class Changed:
    """One value that is no longer the one a verdict went by."""

    platform: str
    name: str
    label: str
    then: str
    now: str


@dataclass(frozen=True, slots=True)
class OwnThen:
    """An own value that held when the verdict was made, and what the catalogue said."""

    platform: str
    label: str
    value: str
    catalogue: str


def values_of(catalogue: Catalogue, target: str, source: str) -> dict[str, Any]:
    """What a check goes by, as plain data: the target's limits, the source's words, and which are own values."""
    here, there = catalogue.find(target), catalogue.find(source)
    profile = asdict(profile_of(there)) if there else {}
    told = {
        "target": asdict(limits_of(here)) if here else {},
        "source": {name: profile[name] for name in _IN_EXPORTS} if profile else {},
        "own": [*_own(catalogue, target, "imports."), *_own(catalogue, source, "exports.")],
    }
    plain: dict[str, Any] = json.loads(json.dumps(told, default=sorted))
    return plain


def _own(catalogue: Catalogue, key: str, section: str) -> Iterator[list[Any]]:
    for path, row in sorted(catalogue.own.get(key, {}).items()):
        if path.startswith(section):
            said = stated(platforms.load(key), path)
            yield [key, path, row.value, said.value if said else None]


def own_then(judged: Mapping[str, Any]) -> list[OwnThen]:
    """The own values that a verdict went by."""
    return [
        OwnThen(platform_name(key), _label(path.partition(".")[2]), shown(value), shown(said))
        for key, path, value, said in judged.get("own", [])
    ]


class Judgement(Protocol):
    """A check, or a set of files that were made."""

    target: str
    as_of: datetime
    judged_with: dict[str, Any]


def changed_since(made: Judgement, catalogue: Catalogue, source: str | None = None) -> list[Changed]:
    """What is different now; without a source of the target's limits alone, with "" of one that nobody knew.

    Of a judgement from before this was kept only later own values are known to be different.
    """
    if not made.judged_with:
        return [*_later(made, catalogue, made.target, "imports."), *_later(made, catalogue, source or "", "exports.")]
    judged, now = made.judged_with, values_of(catalogue, made.target, source or "")
    found = list(_differences(platform_name(made.target), judged["target"], now["target"], {}))
    if judged["source"] and source:
        found += _differences(platform_name(source), judged["source"], now["source"], _NAMES)
    if source == "":  # its columns may be known by now
        found += [one for key in catalogue.own for one in _later(made, catalogue, key, "exports.fingerprints")]
    return found


def _later(made: Judgement, catalogue: Catalogue, key: str, section: str) -> Iterator[Changed]:
    """Own values that were stated after a judgement, of one platform."""
    for path, row in catalogue.own.get(key, {}).items():
        if path.startswith(section) and row.set_at > made.as_of:
            name, said = path.partition(".")[2], stated(platforms.load(key), path)
            before = shown(said.value) if said else shown(None)
            yield Changed(platform_name(key), name, _NAMES.get(name) or _label(name), before, shown(row.value))


def _differences(
    platform: str, then: Mapping[str, Any], now: Mapping[str, Any], names: Mapping[str, str]
) -> Iterator[Changed]:
    """By the names that both have: a later version may judge by more."""
    for name in now:
        if name in then and name not in _NOT_SHOWN and then[name] != now[name]:
            yield Changed(platform, name, names.get(name) or _label(name), shown(then[name]), shown(now[name]))


def _label(name: str) -> str:
    return name.replace("_", " ")


def shown(value: Any) -> str:
    """As people read it; nothing, and 0 where it is a limit, are no limit at all."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if value else "none"
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {shown(words)}" for name, words in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(shown(one) for one in value) or "none"
    return str(value) if value else "none"
