"""What a check's report says in plain pairs, so that two looks can be compared. Unknown is never a change."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from engine.dns.answers import FAILURES
from engine.dns.records import RecordSet, from_json
from engine.dns.snapshot import shown_values

Report = Mapping[str, Any]
State = dict[str, str | None]  # "www.example.org CNAME": "x.kartra.com"; None = could not be learnt
UNKNOWN_RESULTS = ("unknown", "temperror")
_FAILED = {status.value for status in FAILURES} | {"pending"}


def zone_of(report: Report) -> list[RecordSet]:
    """What the zone's own servers said beside the check; empty where nothing was asked of them."""
    return from_json(report.get("zone", []))


def state_of(report: Report) -> State:
    """Records and results by name. Addresses behind an alias belong to somebody else and are left out."""
    state: State = {}
    for one in zone_of(report):
        state[f"{one.name} {one.type}"] = None if one.is_unknown else shown_values(one)
    records = report.get("records", [])
    aliased = {row["name"] for row in records if row["type"] == "CNAME" and row["values"]}
    for row in records:
        if row["type"] in ("A", "AAAA") and row["name"] in aliased:
            continue
        value = None if row["status"] in _FAILED else "; ".join(sorted(row["values"]))
        state.setdefault(f"{row['name']} {row['type']}", value)
    for row in report.get("expected", []):
        if row["need"] not in ("not_needed", "remove") and " " not in row["name"]:
            found = "; ".join(sorted(row.get("found_list", [])))
            state.setdefault(f"{row['name']} {row['type']}", None if row["verdict"] == "unknown" else found)
    for key in ("spf", "dmarc", "mx"):
        result = (report.get(key) or {}).get("result")
        state[f"{key.upper()} as receivers read it"] = None if result in (None, *UNKNOWN_RESULTS) else str(result)
    for one in report.get("dkim", []):
        name = f"DKIM selector {one['selector']}"
        state[name] = None if one["result"] in UNKNOWN_RESULTS else str(one["result"])
    return state


def verdicts_of(report: Report) -> State:
    """Each row's verdict."""
    return {
        f"{row['name']} {row['type']} {row.get('expected') or ''}".strip(): row["verdict"]
        for row in report.get("expected", [])
    }


def digest_of(report: Report) -> str:
    """Equal for two looks that found the same."""
    found = [sorted(state_of(report).items()), sorted(verdicts_of(report).items()), sorted(report.get("senders", []))]
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()


Difference = tuple[str, str, str]  # key, before, after


def differences(before: State, after: State) -> list[Difference]:
    """What two looks know otherwise; what one of them does not know is not compared."""
    found = []
    for key in sorted(before.keys() & after.keys()):
        old, new = before[key], after[key]
        if old is not None and new is not None and old != new:
            found.append((key, old, new))
    return found


def in_words(difference: Difference) -> str:
    """One change as a sentence for a mail or a page."""
    key, old, new = difference
    if not old:
        return f"{key}: added, {new}"
    return f"{key}: {old} → {new}" if new else f"{key}: removed, was {old}"
