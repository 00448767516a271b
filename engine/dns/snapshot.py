"""Two looks at a zone compared, and the table that leads back from the second to the first. Pure; asks nothing."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from engine.dns.names import absolute
from engine.dns.records import Key, RecordSet, by_key, readable
from engine.platforms import Platform, TraceKind


class What(StrEnum):
    """How a name and type differ between two looks."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    TTL = "ttl"


@dataclass(frozen=True, slots=True)
class Change:
    """One name and type that differ, before and after."""

    name: str
    type: str
    what: What
    old: RecordSet
    new: RecordSet

    @property
    def line(self) -> str:
        """In words, for a page or a mail."""
        before, after = shown_values(self.old), shown_values(self.new)
        words = {
            What.ADDED: f"added: {after}",
            What.REMOVED: f"removed, was {before}",
            What.CHANGED: f"was {before}, is now {after}",
            What.TTL: f"time to live was {self.old.ttl} s, is now {self.new.ttl} s",
        }
        return f"{self.name} {self.type} {words[self.what]}"


def shown_values(record: RecordSet) -> str:
    """All values in one text."""
    values = [readable(value) if record.type == "TXT" else value for value in record.values]
    return "; ".join(values)


def compare(old: Iterable[RecordSet], new: Iterable[RecordSet], *, with_ttl: bool = False) -> list[Change]:
    """What differs. What one of the looks did not ask, or could not learn, is not compared: unknown is no change."""
    before, after = by_key(old), by_key(new)
    changes = []
    for key in sorted(before.keys() & after.keys()):
        first, second = before[key], after[key]
        if first.is_unknown or second.is_unknown:
            continue
        if sorted(first.values) != sorted(second.values):
            what = What.ADDED if not first.values else What.REMOVED if not second.values else What.CHANGED
            changes.append(Change(*key, what, first, second))
        elif with_ttl and first.is_there and first.is_exact and second.is_exact and first.ttl != second.ttl:
            changes.append(Change(*key, What.TTL, first, second))
    return changes


Row = Mapping[str, Any]  # a row of a check's "expected"
Leaves = Callable[[str, str, str], bool]  # whether name, type and value are something the plan removes


def drift(old: Iterable[RecordSet], new: Iterable[RecordSet], rows: Sequence[Row], leaves: Leaves) -> list[Change]:
    """The changes since the snapshot that the plan does not ask for. `rows` are those of the check beside `new`."""
    return [change for change in compare(old, new) if not is_planned(change, rows, leaves)]


def is_planned(change: Change, rows: Sequence[Row], leaves: Leaves) -> bool:
    """Whether the rows of the check, and what leaves with the old platform, explain a change whole."""
    added = [value for value in change.new.values if value not in change.old.values]
    gone = [value for value in change.old.values if value not in change.new.values]
    kinds = ("A", "AAAA", "CNAME") if change.type in ("A", "AAAA", "CNAME") else (change.type,)
    here = [row for row in rows if row["name"] == change.name and row["type"] in kinds]
    if change.type == "TXT":
        added, gone = _without_planned_spf(change, added, gone, here, leaves)
    is_replaced = change.type != "TXT" and any(_is_good(row) for row in here)
    return all(_is_wanted(value, here) for value in added) and all(
        is_replaced or leaves(change.name, change.type, value) for value in gone
    )


def _is_good(row: Row) -> bool:
    return row["verdict"] == "ok" and row["need"] in ("required", "recommended")


def _is_wanted(value: str, here: Sequence[Row]) -> bool:
    """A value that came: one of those which the check found right, where the row names a value at all."""
    plain = readable(value).rstrip(".")
    for row in here:
        expected = (row.get("expected") or "").strip().rstrip(".")
        if not _is_good(row) or row.get("match") == "include":
            continue
        if row.get("match") == "exact" and expected and row["type"] == "TXT":
            if plain == expected:
                return True
        elif any(plain.lower() == one or plain.lower().endswith(f" {one}") for one in _found(row)):
            return True
    return False


def _found(row: Row) -> list[str]:
    return [value.rstrip(".").lower() for value in row.get("found_list", [])]


def _without_planned_spf(
    change: Change, added: list[str], gone: list[str], here: Sequence[Row], leaves: Leaves
) -> tuple[list[str], list[str]]:
    """One SPF record in place of another counts as planned where only terms of the plan came or went."""
    new = [value for value in added if value.lower().startswith("v=spf1")]
    old = [value for value in gone if value.lower().startswith("v=spf1")]
    if len(new) != 1 or len(old) > 1:
        return added, gone
    before = set(old[0].lower().split()) if old else {"v=spf1", "~all", "-all", "?all"}
    after = set(new[0].lower().split())
    wanted = {f"include:{row['expected']}".lower() for row in here if row.get("match") == "include"}
    lost = before - after if old else set[str]()
    if after - before - wanted or not all(leaves(change.name, "TXT", term) for term in lost):
        return added, gone
    return [value for value in added if value not in new], [value for value in gone if value not in old]


def leaving(domain: str, sources: Sequence[Platform], target: Platform | None) -> Leaves:
    """What the old platforms' traces say: their includes, keys and mail servers go once they send no more."""
    kept = {trace.value for trace in target.dns.traces if trace.value} if target else set()
    traces = [trace for one in sources for trace in one.dns.traces if trace.value is None or trace.value not in kept]

    def leaves(name: str, kind: str, value: str) -> bool:
        if value.startswith("include:"):
            target_of = value.removeprefix("include:").rstrip(".")
            return any(one.kind is TraceKind.SPF_INCLUDE and one.accepts(target_of) for one in traces)
        plain = value.split(" ", 1)[-1] if kind == "MX" else value
        return any(
            one.kind is not TraceKind.SPF_INCLUDE
            and one.value is not None
            and one.accepts(plain)
            and (one.kind is TraceKind.MX or name in {absolute(host, domain) for host in one.hosts})
            for one in traces
        )

    return leaves


class Back(StrEnum):
    """What leads one name and type back."""

    PUT_BACK = "put_back"
    DELETE = "delete"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class RevertRow:
    """One name and type on the way back: what stood there, what the plan sets, what stands there now."""

    name: str
    type: str
    action: Back
    old: RecordSet
    planned: tuple[str, ...]
    now: RecordSet | None

    @property
    def is_back(self) -> bool:
        """Whether it stands as it stood already."""
        return self.now is not None and not self.now.is_unknown and sorted(self.now.values) == sorted(self.old.values)

    @property
    def put_back(self) -> list[str]:
        """The values to put back, readable. Texts that nothing touches stay where they are and are not repeated."""
        if self.type != "TXT":
            return list(self.old.values)
        values = [readable(value) for value in self.old.values]
        if self.now is not None and not self.now.is_unknown and not self.is_back:
            there = {readable(value) for value in self.now.values}
            return [value for value in values if value not in there]
        starts = {text.split(" ")[0].lower() for text in self.planned}
        return [value for value in values if value.split(" ")[0].lower() in starts] if starts == {"v=spf1"} else values

    @property
    def take_out(self) -> list[str]:
        """Texts that came since, beside those that were there."""
        if self.type != "TXT" or self.now is None or self.action is not Back.PUT_BACK:
            return []
        before = {readable(value) for value in self.old.values}
        return [text for text in map(readable, self.now.values) if text not in before]

    @property
    def others(self) -> int:
        """How many texts at the name stay as they are."""
        return len(self.old.values) - len(self.put_back) if self.type == "TXT" else 0


def revert(old: Iterable[RecordSet], now: Iterable[RecordSet], planned: Mapping[Key, Sequence[str]]) -> list[RevertRow]:
    """Every name and type that the plan touches or that has changed already, and what leads it back."""
    before, after = by_key(old), by_key(now)
    touched = set(planned) | {(change.name, change.type) for change in compare(before.values(), after.values())}
    aliases = {name for name, kind in touched if kind in ("A", "AAAA", "CNAME")}
    touched |= {key for key, record in before.items() if key[0] in aliases and record.is_there and _gives_way(key[1])}
    rows = []
    for key in sorted(touched):
        first = before.get(key)
        if first and first.is_there and _stays(first, after.get(key), planned.get(key)):
            continue
        if first is None or first.is_unknown:
            first = first or RecordSet(*key, status="pending")
            action = Back.CANNOT_TELL
        else:
            action = Back.PUT_BACK if first.is_there else Back.DELETE
        rows.append(RevertRow(*key, action, first, tuple(planned.get(key, ())), after.get(key)))
    return rows


def _gives_way(kind: str) -> bool:
    return kind in ("A", "AAAA", "CNAME")


def _stays(old: RecordSet, now: RecordSet | None, planned: Sequence[str] | None) -> bool:
    """Whether the plan wants exactly what stood there, and it still does."""
    is_same = now is None or sorted(now.values) == sorted(old.values)
    return is_same and planned is not None and sorted(planned) == sorted(readable(value) for value in old.values)
