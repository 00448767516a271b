"""Sets of records as they are kept: exact values, time to live, how a zone file writes them (RFC 1035 5.1).

TXT values are kept in zone-file letters without the quotes: a backslash is doubled, a byte that is no printable ASCII
is \\DDD. So no byte is lost, nothing unprintable reaches a database, and the value can be put back as it was.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.dns.answers import FAILURES, Answer, Status

PUBLISHED, RESOLVER = "published", "resolver"
STRING_BYTES = 255  # one character-string of a TXT record holds no more (RFC 1035 3.3)
_NAMES = {"CNAME", "NS", "MX", "SRV", "PTR", "DNAME"}  # their last word is a name
_ESCAPE = re.compile(rb"\\(\d{3}|.)", re.DOTALL)

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class RecordSet:
    """All records of one name and type. `via` says who answered: the zone's own servers, or a resolver whose TTL is
    only what was left of it. `is_exact` tells whether the TTL is the one that stands in the zone."""

    name: str
    type: str
    values: tuple[str, ...] = ()
    ttl: int | None = None
    status: str = Status.OK.value
    via: str = PUBLISHED

    @property
    def key(self) -> Key:
        return self.name, self.type

    @property
    def is_there(self) -> bool:
        return bool(self.values)

    @property
    def is_unknown(self) -> bool:
        return self.status in {status.value for status in FAILURES} or self.status == Status.PENDING.value

    @property
    def is_exact(self) -> bool:
        return self.ttl is not None and self.via == PUBLISHED

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name, "type": self.type, "values": list(self.values), "ttl": self.ttl, "status": self.status,
            "via": self.via,
        }  # fmt: skip


def from_json(rows: Iterable[Mapping[str, Any]]) -> list[RecordSet]:
    """Back from what `as_json` gave."""
    return [
        RecordSet(row["name"], row["type"], tuple(row["values"]), row.get("ttl"), row["status"], row.get("via", ""))
        for row in rows
    ]


def from_answer(name: str, kind: str, answer: Answer, via: str) -> RecordSet:
    """One answer; values reached over an alias belong to the alias's target and are not this name's."""
    if answer.chain and kind != "CNAME" and not answer.has_failed:
        return RecordSet(name, kind, (), None, Status.NODATA.value, via)
    values = tuple(sorted(exact(value) if kind == "TXT" else exact_line(value) for value in answer.values))
    return RecordSet(name, kind, values, answer.ttl if values else None, answer.status.value, via)


def exact(text: str) -> str:
    """A TXT value (one character a byte) in zone-file letters."""
    return _escaped(text.encode("latin-1", "replace"))


def exact_line(text: str) -> str:
    """Any other value: printable already, unless somebody plays tricks."""
    return "".join(sign if " " <= sign <= "~" else f"\\{ord(sign) % 1000:03d}" for sign in text)


def _escaped(data: bytes) -> str:
    return "".join("\\\\" if byte == 0x5C else chr(byte) if 0x20 <= byte <= 0x7E else f"\\{byte:03d}" for byte in data)


def to_bytes(value: str) -> bytes:
    """The bytes of a kept TXT value."""

    def one(match: re.Match[bytes]) -> bytes:
        word = match[1]
        return bytes([int(word) & 0xFF]) if word.isdigit() and len(word) == 3 else word

    return _ESCAPE.sub(one, value.encode("utf-8"))


def readable(value: str) -> str:
    """A kept TXT value for people: UTF-8 where it is."""
    try:
        text = to_bytes(value).decode("utf-8")
    except UnicodeDecodeError:
        return value
    return text if text.isprintable() else value


def quoted(value: str) -> str:
    """A TXT value as a zone file writes it: quoted strings of at most 255 bytes each."""
    data = to_bytes(value)
    parts = [data[at : at + STRING_BYTES] for at in range(0, len(data), STRING_BYTES)] or [b""]
    return " ".join('"' + _escaped(part).replace('"', '\\"') + '"' for part in parts)


def zone_value(kind: str, value: str) -> str:
    """A value as a zone file writes it: names end in a dot, texts stand in quotes."""
    if kind == "TXT":
        return quoted(value)
    if kind in _NAMES and not value.endswith("."):
        return f"{value}."
    return value


def bind_lines(records: Iterable[RecordSet]) -> list[str]:
    """One line a record: name, TTL, IN, type, value. Nothing is left out or shortened."""
    return [
        f"{one.name}.\t{'' if one.ttl is None else one.ttl}\tIN\t{one.type}\t{zone_value(one.type, value)}"
        for one in records
        for value in one.values
    ]


def csv_rows(records: Iterable[RecordSet]) -> list[tuple[str, str, str, int | None]]:
    """Name, type, value, TTL; a text whole and without quotes, as DNS panels take it."""
    return [(one.name, one.type, value, one.ttl) for one in records for value in one.values]


CSV_HEADER: Sequence[str] = ("name", "type", "value", "ttl")


def digest(records: Iterable[RecordSet]) -> str:
    """SHA-256 over everything that was kept, whatever the order."""
    rows = sorted([one.name, one.type, sorted(one.values), one.ttl, one.status, one.via] for one in records)
    return hashlib.sha256(json.dumps(rows, separators=(",", ":")).encode()).hexdigest()


def by_key(records: Iterable[RecordSet]) -> dict[Key, RecordSet]:
    return {one.key: one for one in records}


def with_ttl(record: RecordSet, ttl: int) -> RecordSet:
    return replace(record, ttl=ttl)
