"""Zone files (BIND) and the CSV exports of DNS hosts: the names that nobody can list from outside.

A file is data from elsewhere: bounded in size and records, $INCLUDE and $GENERATE refused, nothing looked up.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import dns.exception
import dns.rdatatype
import dns.zone
from dns.rdtypes.ANY.TXT import TXT

from engine.dns.names import absolute
from engine.dns.records import RecordSet, exact, exact_line
from engine.spreadsheets.kinds import Kind, Unreadable, kind_of_file
from engine.spreadsheets.reading import open_table

MAX_BYTES = 2 * 1024 * 1024
MAX_RECORDS = 5_000
TYPES = ("A", "AAAA", "CNAME", "MX", "TXT", "CAA", "NS", "SRV")
FILE = "file"
_DIRECTIVE = re.compile(rb"^\s*\$(INCLUDE|GENERATE)", re.IGNORECASE | re.MULTILINE)
_HEADS = {
    "name": ("name", "host", "hostname", "record name", "record", "domain", "dns name", "label"),
    "type": ("type", "record type", "dns type", "rr type"),
    "value": ("value", "content", "data", "target", "points to", "answer", "rdata", "record data", "destination"),
    "ttl": ("ttl", "time to live", "ttl (seconds)", "ttl (s)"),
    "priority": ("priority", "prio", "preference", "mx priority"),
}


class BadZone(ValueError):
    """Why a file cannot be taken, as a sentence."""


def read_zone(path: Path, domain: str) -> list[RecordSet]:
    """The records of a file that belong to the domain; a table by its header, a zone file otherwise."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise BadZone(f"This file is larger than {MAX_BYTES // (1024 * 1024)} MB; export the one zone alone.")
    if size == 0:
        raise BadZone("This file is empty.")
    data = path.read_bytes()
    records = _read_table(path, domain) if kind_of_file(path) is Kind.XLSX else None
    if records is None and b"\x00" not in data:
        records = _read_table(path, domain) or _read_bind(data, domain)
    if not records:
        raise BadZone(f"No record of {domain} is in it. Export the zone as a BIND file, or as name, type, value.")
    return records


def _read_bind(data: bytes, domain: str) -> list[RecordSet]:
    if _DIRECTIVE.search(data):
        raise BadZone("This zone file includes others ($INCLUDE or $GENERATE); export it as one plain file.")
    text = "$TTL 3600\n" + data.decode("utf-8-sig", "replace")  # what the file itself says comes after and counts
    try:
        zone = dns.zone.from_text(
            text, f"{domain}.", relativize=False, check_origin=False, allow_include=False,
            allow_directives=["$ORIGIN", "$TTL"],
        )  # fmt: skip
    except (dns.exception.DNSException, UnicodeError, ValueError) as error:
        where = re.search(r":(\d+):", str(error))
        line = f" (line {int(where[1]) - 1})" if where else ""
        raise BadZone(f"This file is neither a table of records nor a zone file that can be read{line}.") from error
    return _sets_of(zone, domain)


def _sets_of(zone: dns.zone.Zone, domain: str) -> list[RecordSet]:
    found = []
    for name, rdataset in zone.iterate_rdatasets():
        kind = dns.rdatatype.to_text(rdataset.rdtype)
        owner = name.to_text(omit_final_dot=True).lower()
        if kind in TYPES and (owner == domain or owner.endswith(f".{domain}")):
            values = tuple(sorted(_value(kind, one) for one in rdataset))
            found.append(RecordSet(owner, kind, values, rdataset.ttl, "ok", FILE))
    if len(found) > MAX_RECORDS:
        raise BadZone(f"This zone has more than {MAX_RECORDS:,} records; export the names that matter.")
    return sorted(found, key=lambda one: one.key)


def _value(kind: str, record: object) -> str:
    if isinstance(record, TXT):
        return exact(b"".join(record.strings).decode("latin-1"))
    text = str(record)
    if kind in ("CNAME", "NS", "MX"):
        text = text.rstrip(".").lower()
    return exact_line(text)


def _read_table(path: Path, domain: str) -> list[RecordSet] | None:
    """The first sheet whose first rows name the columns; None where there is none."""
    try:
        sheet = open_table(path)[0]
        rows = list(_bounded(sheet))
    except (Unreadable, IndexError):
        return None
    for number, row in enumerate(rows[:20]):
        columns = _columns(row)
        if columns is not None:
            return _sets_in(rows[number + 1 :], columns, domain)
    return None


def _bounded(sheet: object) -> list[list[str]]:
    rows = []
    for number, cells in sheet.rows():  # type: ignore[attr-defined]
        rows.append([str(cell).strip() for cell in cells])
        if number > MAX_RECORDS + 20:
            raise BadZone(f"This table has more than {MAX_RECORDS:,} rows; export the one zone alone.")
    return rows


def _columns(row: Sequence[str]) -> dict[str, int] | None:
    """Which column is which, in any order."""
    heads = [cell.strip().strip(";").casefold().replace("_", " ") for cell in row]
    found = {}
    for wanted, words in _HEADS.items():
        place = next((heads.index(word) for word in words if word in heads), None)
        if place is not None:
            found[wanted] = place
    return found if {"name", "type", "value"} <= found.keys() else None


def _sets_in(rows: Sequence[Sequence[str]], columns: dict[str, int], domain: str) -> list[RecordSet]:
    values: dict[tuple[str, str], list[str]] = {}
    ttls: dict[tuple[str, str], int | None] = {}
    for row in rows:
        cell = {what: row[place] if place < len(row) else "" for what, place in columns.items()}
        kind, name = cell["type"].upper(), _owner(cell["name"], domain)
        if kind not in TYPES or name is None or not cell["value"]:
            continue
        value = _table_value(kind, cell["value"], cell.get("priority", ""), domain)
        known = values.setdefault((name, kind), [])
        if value not in known:
            known.append(value)
        ttls[name, kind] = _seconds(cell.get("ttl", ""))
    return [
        RecordSet(name, kind, tuple(sorted(found)), ttls[name, kind], "ok", FILE)
        for (name, kind), found in sorted(values.items())
    ]


def _owner(text: str, domain: str) -> str | None:
    """The whole name. One that ends in a dot is whole already, and may be another domain's."""
    plain = text.strip().lower()
    if any(sign.isspace() for sign in plain) or not plain.isascii():
        return None
    if plain.endswith("."):
        whole = plain.rstrip(".")
        return whole if whole == domain or whole.endswith(f".{domain}") else None
    name = absolute(plain, domain)
    return name if len(name) <= 253 else None


def _table_value(kind: str, text: str, priority: str, domain: str) -> str:
    if kind == "TXT":
        strings = re.findall(r'"((?:[^"\\]|\\.)*)"', text) if text.startswith('"') else []
        plain = "".join(strings).replace('\\"', '"') if strings else text
        return exact(plain.encode("utf-8").decode("latin-1"))
    if kind in ("CNAME", "NS"):
        return exact_line(domain if text == "@" else text.rstrip(".").lower())
    if kind == "MX":
        words = text.rstrip(".").lower().split()
        number = words[0] if len(words) == 2 else (priority or "10")
        return exact_line(f"{number} {words[-1]}")
    return exact_line(f"{priority} {text}" if kind == "SRV" and priority and len(text.split()) == 3 else text)


def _seconds(text: str) -> int | None:
    """A TTL; "Auto", "1 hour" and the like are no number and stay unknown."""
    plain = text.strip().removesuffix(".0")
    return int(plain) if plain.isdigit() and len(plain) < 10 else None
