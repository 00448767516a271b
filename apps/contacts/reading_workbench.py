"""The workbench in the order and words of its reader: what was found, what was decided, what is still open."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from apps.contacts.deciding import consent_key, decisions_about, digest_of_recipe, recipe_of, source_of
from apps.contacts.facts import known_limits
from apps.contacts.models import ContactFile, Decided, Decision
from apps.contacts.tag_groups import open_groups
from apps.contacts.wording import title_of
from apps.projects.models import platform_name
from engine.contacts.encodings import Survey
from engine.contacts.limits import TargetLimits
from engine.contacts.recipe import DEFAULT_TIERS, EVERY
from engine.contacts.records import RECORD_CHARACTERS
from engine.contacts.rows import Segment
from engine.contacts.tables import SheetTable, Table, TextTable
from engine.contacts.tags import TagGroup

SECTIONS = {
    "repairs": "Repairs", "tags": "Tags", "columns": "Columns", "consent": "Consent", "activity": "Activity",
}  # fmt: skip
TYPO = "contacts.email.typo"
REPAIRS = {
    "contacts.email.repairable": "Take away spaces, brackets and mailto: around addresses",
    "contacts.tags.symbols": "Take the symbols out of tags that the target refuses",
    "contacts.cell.nul": "Take out characters that no program shows (NUL)",
}
WORD_CHOICES = (
    ("subscribed", "On the list"), ("neutral", "Says nothing"), ("cold", "No longer reads its mail"),
    ("unsubscribed", "Has unsubscribed"), ("bounced", "Bounced"), ("complained", "Complained"), ("blocked", "Blocked"),
)  # fmt: skip
MEANINGS = dict(WORD_CHOICES) | {
    "yes": "Agreed", "no": "Did not agree", "unknown": "Not understood: no consent", "": "Blank: no consent",
}  # fmt: skip
ROLES = (
    ("email", "E-mail address"), ("first_name", "First name"), ("last_name", "Last name"), ("name", "Whole name"),
    ("phone", "Phone"), ("status", "Status"), ("consent", "Consent"), ("opted_in", "Day of the opt-in"),
    ("last_active", "Last sign of life"), ("tags", "Tags"), ("blocked_flag", "Unsubscribed or bounced"),
)  # fmt: skip
TAGS_A_PAGE, PREVIEWED, LOOKED_THROUGH, SAMPLED = 100, 5, 200_000, 200


@dataclass(frozen=True, slots=True)
class Repair:
    """One suggestion for all cells alike; `decision` when it was taken."""

    code: str
    value: str
    to: str
    count: int
    decision: Decision | None = None

    @property
    def key(self) -> str:
        return fix_key(self.code, self.value)

    @property
    def title(self) -> str:
        return f"{self.value} to {self.to}" if self.code == TYPO else REPAIRS.get(self.code, title_of(self.code))


@dataclass(frozen=True, slots=True)
class TagLine:
    """One tag, and what it becomes."""

    tag: str
    count: int
    mended: str
    to: str | None

    @property
    def is_dropped(self) -> bool:
        return self.to == ""

    @property
    def is_open(self) -> bool:
        """The target refuses it, and nobody has said what it becomes."""
        return bool(self.mended) and self.to is None


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """One column of the export, and what becomes of it."""

    number: int
    name: str
    role: str
    kind: str
    filled: int
    longest: int
    choice: dict[str, Any]
    is_over: bool


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """The contacts with one word in one column, and whether they agreed."""

    column: str
    value: str
    count: int
    meaning: str
    choice: str
    source: str
    decision: Decision | None

    @property
    def shown(self) -> str:
        return "Everybody else" if self.value == EVERY else self.value or "(blank)"

    @property
    def said(self) -> str:
        return MEANINGS.get(self.meaning, self.meaning)


def fix_key(code: str, value: str) -> str:
    """By this a taken repair is found again."""
    return f"{code} {value}"[:300]


class Workbench:
    """What templates/contacts/workbench.html shows of one file."""

    def __init__(self, contact_file: ContactFile) -> None:
        self.file = contact_file
        self.check = contact_file.latest_check
        self.report: dict[str, Any] = self.check.report if self.check else {}
        self.decisions = decisions_about(contact_file)
        self.by_key = {(one.kind, one.key): one for one in self.decisions}

    @property
    def source_name(self) -> str:
        source = source_of(self.file)
        return platform_name(source) if source else ""

    @cached_property
    def limits(self) -> TargetLimits | None:
        return known_limits(self.file.project.catalogue, self.file.project.target)

    @property
    def is_stale(self) -> bool:
        """The last check was made with other decisions than stand now."""
        return bool(self.check) and self.check.recipe_sha256 != digest_of_recipe(recipe_of(self.decisions))

    @property
    def mended(self) -> int:
        """Cells that were repaired in the last check."""
        return sum(self.report.get("mended", {}).values())

    def repairs(self) -> list[Repair]:
        """Suggestions, most first, then what was taken and is no longer found."""
        found = [
            Repair(one["code"], one["value"], one["suggestion"], one["count"],
                   self.by_key.get((Decided.FIX, fix_key(one["code"], one["value"]))))
            for one in self.report.get("proposals", [])
        ]  # fmt: skip
        shown = {repair.key for repair in found}
        taken = [one for one in self.decisions if one.kind == Decided.FIX and one.key not in shown]
        return found + [Repair(one.value["code"], one.value["value"], one.value["to"], 0, one) for one in taken]

    def mended_by(self) -> list[tuple[str, int]]:
        """What the decisions repaired in the last check, by its title."""
        return [(title_of(code), count) for code, count in sorted(self.report.get("mended", {}).items())]

    def tags(self, query: str = "") -> list[TagLine]:
        """Every tag of the last check."""
        named = {one.key: one.value["to"] for one in self.decisions if one.kind == Decided.TAG}
        lines = [
            TagLine(one["tag"], one["count"], one["mended"], named.get(one["tag"]))
            for one in self.report.get("tags", [])
        ]
        return [line for line in lines if query.casefold() in line.tag.casefold()]

    def renamed(self) -> list[Decision]:
        """Decisions about tags that the last check did not meet any more."""
        met = {one["tag"] for one in self.report.get("tags", [])}
        return [one for one in self.decisions if one.kind == Decided.TAG and one.key not in met]

    def tag_groups(self) -> list[TagGroup]:
        """Near-duplicates about which nobody has decided."""
        return open_groups(self.report, {one.key: one.value["to"] for one in self.decisions if one.kind == Decided.TAG})

    def columns(self) -> list[ColumnLine]:
        limit = self.limits.max_text if self.limits else 0
        return [
            ColumnLine(
                number, one["name"], one["role"], one["type"], one["filled"], one["longest"],
                choice.value if (choice := self.by_key.get((Decided.FIELD, one["name"]))) else {},
                bool(limit) and one["longest"] > limit and one["role"] != "tags",
            )
            for number, one in enumerate(self.report.get("columns_detail", []))
        ]  # fmt: skip

    def consent(self) -> list[ConsentLine]:
        """A line for each word of the columns that speak of consent, and one for everybody else."""
        lines = [
            self._consent_line(column, word, told["count"], told["meaning"])
            for column, words in sorted(self.report.get("words", {}).items())
            for word, told in sorted(words.items(), key=lambda one: (-one[1]["count"], one[0]))
        ]
        # Also who waits to be put right or has not been active for long; before there were groups, the segment alone.
        silent = self.check.in_segment(Segment.NO_CONSENT) if self.check else 0
        if groups := self.report.get("groups"):
            silent = sum(int(group["count"]) for group in groups if group["consent"] == "no_consent")
        return [*lines, self._consent_line("", EVERY, silent, "")]

    def _consent_line(self, column: str, value: str, count: int, meaning: str) -> ConsentLine:
        consent = self.by_key.get((Decided.CONSENT, consent_key(column, value)))
        word = self.by_key.get((Decided.WORD, value))
        choice = ("agreed" if consent.value["is_given"] else "not_agreed") if consent else ""
        choice = choice or (word.value["to"] if word else "")
        source = consent.value["source"] if consent else ""
        return ConsentLine(column, value, count, meaning, choice, source, consent or word)

    @property
    def tiers(self) -> tuple[str, int]:
        """The limits of the tiers as they are written into a field, and the day from which a contact is cold."""
        told = self.by_key.get((Decided.TIERS, "days"))
        value = told.value if told else {"tiers": list(DEFAULT_TIERS), "unengaged_days": 180}
        return ", ".join(map(str, value["tiers"])), value["unengaged_days"]

    @property
    def tier_counts(self) -> list[tuple[str, int]]:
        """Contacts by their tier, the most recent first; `older` and `never` come last."""
        counts: dict[str, int] = self.report.get("charts", {}).get("tiers", {})
        return sorted(
            counts.items(),
            key=lambda told: (not told[0].isdigit(), int(told[0]) if told[0].isdigit() else 0, told[0] == "never"),
        )

    @property
    def open_counts(self) -> dict[str, int]:
        """What still waits for a decision, by section."""
        return {
            "repairs": sum(repair.decision is None for repair in self.repairs()),
            "tags": sum(line.is_open for line in self.tags()) + len(self.tag_groups()),
            "columns": 0,
            "consent": sum(line.meaning == "unknown" and not line.choice for line in self.consent()),
            "activity": 0,
        }


def previews(contact_file: ContactFile, code: str, value: str) -> list[tuple[int, str, str]]:
    """A few lines with the cell before and after a repair, read from the list of findings; never kept."""
    check = contact_file.latest_check
    stored = check.findings_file if check else None
    if stored is None or stored.deleted_at is not None or not stored.path.is_file():
        return []
    csv.field_size_limit(RECORD_CHARACTERS)
    with stored.path.open(encoding="utf-8", newline="") as stream:
        rows = islice(csv.DictReader(stream), LOOKED_THROUGH)
        fitting = (row for row in rows if row["code"] == code and (value == EVERY or _ends(row["value"], value)))
        return [(int(row["line"] or 0), row["value"], row["suggestion"]) for row in islice(fitting, PREVIEWED)]


def _ends(cell: str, domain: str) -> bool:
    return cell.strip().strip("<>.,; ").lower().endswith(f"@{domain}")


def samples(contact_file: ContactFile) -> list[tuple[str, list[str]]]:
    """Each column with its first three values, read from the upload when asked; never kept."""
    check = contact_file.latest_check
    if check is None or contact_file.is_deleted or not contact_file.file.path.is_file():
        return []
    records = _table(contact_file, check.report).records()
    header: Sequence[str] = next((cells for _, cells, _ in records if any(cells)), [])
    values: list[list[str]] = [[] for _ in header]
    for _, cells, _ in islice(records, SAMPLED):
        for column, cell in zip(values, cells, strict=False):
            if cell.strip() and len(column) < 3:
                column.append(cell[:80])
    return list(zip(header, values, strict=True))


def _table(contact_file: ContactFile, report: dict[str, Any]) -> Table:
    if report.get("encoding") == "xlsx":
        return SheetTable(contact_file.file.path)
    looked = Survey(0, report["encoding"], "", has_damage=True, has_nul=True)
    return TextTable(contact_file.file.path, looked, report["delimiter"], _unseen)


def _unseen(count: int) -> None:
    """Nobody watches."""


def tag_map(contact_file: ContactFile) -> Iterator[tuple[str, str]]:
    """Every decided tag with what it becomes, for a spreadsheet."""
    for one in decisions_about(contact_file):
        if one.kind == Decided.TAG:
            yield one.key, one.value["to"]
