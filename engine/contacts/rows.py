"""One record with the facts that the rules look at; gathered once, so that no rule looks anything up."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from engine.contacts.addresses import Address, read_address
from engine.contacts.columns import Columns
from engine.contacts.limits import TargetLimits
from engine.contacts.vocabulary import BLOCKING, consent_of, flag_of, status_of
from engine.findings import Finding, Place, Severity


class Segment(StrEnum):
    """Where a record goes: the first that fits, in this order. Every record goes to exactly one."""

    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    BLOCKED = "blocked"
    FIX = "fix"
    UNENGAGED = "unengaged"
    CONSENTED = "consented"
    NO_CONSENT = "no_consent"


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds for every row of one file: its columns, the target, today, and what the survey saw."""

    columns: Columns
    target: TargetLimits
    as_of: date
    unengaged_days: int = 180
    tag_separator: str = ""
    has_nul: bool = False
    has_damage: bool = False
    cold_before: str = field(init=False, default="")  # the ISO day; ISO dates compare as text

    def __post_init__(self) -> None:
        object.__setattr__(self, "cold_before", (self.as_of - timedelta(days=self.unengaged_days)).isoformat())


class Row:
    """One record: its cells, its place, its address, and what it says about permission."""

    __slots__ = ("address", "blocked_by", "cells", "consent", "line", "record", "setting")

    def __init__(self, cells: list[str], line: int, record: int, setting: Setting) -> None:
        self.cells, self.line, self.record, self.setting = cells, line, record, setting
        columns = setting.columns
        self.address = read_address(cells[columns.email]) if columns.email >= 0 else Address("")
        self.consent = consent_of(cells[columns.consent]) if columns.consent >= 0 else ""
        self.blocked_by = self._blocked_by(columns)

    def _blocked_by(self, columns: Columns) -> tuple[str, int] | None:
        """What forbids mail, and the column that says so; any of them is enough."""
        if columns.status >= 0 and (told := status_of(self.cells[columns.status])) in BLOCKING:
            return told, columns.status
        if self.consent in BLOCKING:
            return self.consent, columns.consent
        for number in columns.blocked_flags:
            if self.cells[number] and (told := flag_of(columns.header[number], self.cells[number])):
                return told, number
        return None

    @property
    def has_consent(self) -> bool:
        """Only a documented yes counts: the consent column where there is one, else the status, else an opt-in date."""
        columns = self.setting.columns
        if columns.consent >= 0:
            return self.consent == "yes"
        if columns.status >= 0 and status_of(self.cells[columns.status]) == "subscribed":
            return True
        return columns.opted_in >= 0 and bool(self.cells[columns.opted_in].strip())

    def finding(
        self, severity: Severity, code: str, message: str, column: int, value: str = "", suggestion: str = ""
    ) -> Finding:
        """A finding about one cell of this row."""
        where = Place(self.line, self.record, self.setting.columns.name(column))
        return Finding(severity, code, message, where, value, suggestion)
