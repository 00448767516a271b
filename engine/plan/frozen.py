"""What an approval froze: lines of named values in a canonical form, its hash, and what changed since."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """One row of what is approved: an item, an asset. `key` stays when its name changes."""

    key: str
    name: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; `label` is empty where a whole line came or went."""

    name: str
    label: str
    before: str
    after: str


def canonical(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """The same for the same content, in whatever order lines and values came; can be stored as JSON."""
    rows = ({"key": line.key, "name": line.name, "values": dict(sorted(line.values.items()))} for line in lines)
    return sorted(rows, key=lambda row: str(row["key"]))


def digest(rows: list[dict[str, Any]]) -> str:
    """SHA-256 of a canonical form."""
    text = json.dumps(rows, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def changes(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[Change]:
    """What is different between two canonical forms; empty exactly when their hashes are equal."""
    old, new = ({row["key"]: row for row in rows} for rows in (before, after))
    found = []
    for key in sorted(old.keys() | new.keys()):
        if key not in new:
            found.append(Change(old[key]["name"], "", "was there", "taken out"))
        elif key not in old:
            found.append(Change(new[key]["name"], "", "", "added"))
        else:
            found.extend(_of_line(old[key], new[key]))
    return found


def _of_line(old: dict[str, Any], new: dict[str, Any]) -> Iterable[Change]:
    if old["name"] != new["name"]:
        yield Change(new["name"], "Name", old["name"], new["name"])
    for label in sorted(old["values"].keys() | new["values"].keys()):
        before, after = old["values"].get(label), new["values"].get(label)
        if before != after:
            yield Change(new["name"], label, before or "", after or "")


@dataclass(frozen=True, slots=True)
class Approvable:
    """A thing as it stands now, ready to be approved: what it is called, where it is seen, and its lines."""

    title: str
    url: str
    lines: tuple[Line, ...]

    @property
    def rows(self) -> list[dict[str, Any]]:
        return canonical(self.lines)

    @property
    def digest(self) -> str:
        return digest(self.rows)
