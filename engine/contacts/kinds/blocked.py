"""Lists of addresses to keep out: whatever else stands in the file, only who must not be written to counts."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from engine.contacts.kinds.entries import Entry, Setting
from engine.contacts.kinds.files import Files
from engine.contacts.kinds.kind import RecordKind
from engine.contacts.kinds.shared import address_is_well_formed, person_is_named
from engine.contacts.kinds.sums import key_of
from engine.findings import Finding, Rule, Severity

REASONS_KEPT = 50
DOMAINS_KEPT = 2_000
REASONS_MOST = 1_000
_DOMAIN = re.compile(r"(?:\*?@)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.I)


def domain_of(entry: Entry) -> str:
    """ "@example.com" or "example.com": a whole domain that is kept out, "" where the cell is none."""
    raw = entry.address.raw.strip()
    return raw.lstrip("*@").lower() if entry.address.problem and _DOMAIN.fullmatch(raw) else ""


def address_can_be_matched(entry: Entry) -> Iterator[Finding]:
    """A broken address keeps nobody out; a whole domain is another matter."""
    if not domain_of(entry):
        yield from address_is_well_formed(entry)


def domain_is_meant(entry: Entry) -> Iterator[Finding]:
    """Few platforms can block a domain."""
    if domain_of(entry):
        message = "Block this whole domain by hand in the target too; here nobody at it is put into an import file."
        yield entry.finding(Severity.WARNING, "domain", message, "email", entry.address.raw)


def address_stands_once(entry: Entry) -> Iterator[Finding]:
    """Harmless, and told so that the numbers add up."""
    if entry.earlier:
        message = f"Nothing to do: this address stands on line {entry.earlier} already and is kept out once."
        yield entry.finding(Severity.NOTE, "duplicate", message, "email")


RULES: list[Rule[Entry]] = [person_is_named, address_can_be_matched, domain_is_meant, address_stands_once]


class BlockedTally:
    """Every address once."""

    def __init__(self, setting: Setting, files: Files | None) -> None:
        self._seen: dict[int, int] = {}
        self._counts, self._reasons = Counter[str](), Counter[str]()
        self._domains: set[str] = set()
        title = "Addresses to keep out, each once"
        self._list = files.list("blocked.csv", ["email", "reason"], title) if files else None

    def look(self, entry: Entry) -> None:
        """The same address stood before."""
        if entry.address.text:
            first = self._seen.setdefault(key_of(entry.address.key), entry.line)
            entry.earlier = 0 if first == entry.line else first

    def take(self, entry: Entry) -> None:
        """Count it, and write it once."""
        if not entry.address.text:
            if (domain := domain_of(entry)) and len(self._domains) < DOMAINS_KEPT:
                self._domains.add(domain)
            self._counts["domains"] += bool(domain)
            return
        if entry.earlier:
            self._counts["duplicates"] += 1
            return
        self._counts["people"] += 1
        reason = (entry.text("reason") or entry.text("blocked_reason"))[:60]
        if reason and "@" not in reason and (reason in self._reasons or len(self._reasons) < REASONS_MOST):
            self._reasons[reason] += 1
        if self._list:
            self._list.write([entry.address.text, reason])

    def close(self) -> Iterator[Finding]:
        """Nothing that a record had not said already."""
        yield from ()

    def results(self) -> dict[str, Any]:
        """How many are kept out, and why."""
        return {
            "people": self._counts["people"],
            "duplicates": self._counts["duplicates"],
            "domains": self._counts["domains"],
            "domain_names": sorted(self._domains),
            "reasons": [{"reason": word, "people": count} for word, count in self._reasons.most_common(REASONS_KEPT)],
        }

    def write(self) -> None:
        """The list was written on the way."""


BLOCKED = RecordKind("blocked", "contacts.blocked", money=(), days=(), rules=RULES, tally=BlockedTally)
