"""One record of such a file with the facts that its rules look at; gathered once, so that no rule looks anything up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from engine.contacts.addresses import Address, read_address
from engine.contacts.columns import Columns
from engine.contacts.kinds.amounts import Amount, currency_of, read_amount
from engine.contacts.kinds.dates import Day, read_day
from engine.contacts.kinds.roles import Roles, plain, vocabulary
from engine.findings import Finding, Place, Severity

NO_AMOUNT = Amount(is_blank=True)
NO_DAY = Day(is_blank=True)


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds for every record of one file."""

    kind: str
    code: str  # the first two parts of every code, as in contacts.purchase
    columns: Columns
    roles: Roles
    forms: Mapping[int, str]  # decimal sign or order of the day, by column
    as_of: date
    switch: date | None = None
    active_days: int = 365

    def finding(self, severity: Severity, problem: str, message: str, where: Place, value: str = "") -> Finding:
        """A finding of this kind of file."""
        return Finding(severity, f"{self.code}.{problem}", message, where, value)


class Entry:
    """One record. A role without a column is blank everywhere. `earlier` is the line on which its like stood first."""

    __slots__ = ("address", "cells", "earlier", "is_new_word", "line", "record", "setting")

    def __init__(self, cells: list[str], line: int, record: int, setting: Setting) -> None:
        self.cells, self.line, self.record, self.setting = cells, line, record, setting
        number = setting.roles.columns.get("email", -1)
        self.address = read_address(cells[number]) if number >= 0 else Address("")
        self.earlier = 0
        self.is_new_word = False

    def has(self, role: str) -> bool:
        """True when the file has a column for it."""
        return role in self.setting.roles.columns

    def text(self, role: str) -> str:
        """The cell without space around it."""
        number = self.setting.roles.columns.get(role, -1)
        return self.cells[number].strip() if number >= 0 else ""

    def amount(self, role: str) -> Amount:
        """Money, read with the decimal sign of its column."""
        number = self.setting.roles.columns.get(role, -1)
        return read_amount(self.cells[number], self.setting.forms[number]) if number >= 0 else NO_AMOUNT

    def day(self, role: str) -> Day:
        """A day, read in the order of its column."""
        number = self.setting.roles.columns.get(role, -1)
        return read_day(self.cells[number], self.setting.forms[number]) if number >= 0 else NO_DAY

    def word(self, role: str = "status") -> str:
        """What a word means in this kind of file: "" when blank, "unknown" when we do not know it."""
        cell = self.text(role)
        return _meaning(cell, self.setting.kind) if cell else ""

    def currency(self, role: str = "amount") -> str | None:
        """The code beside the amount, in its own column or in the header; "" when not named, None when unknown."""
        told = currency_of(self.text("currency"))
        if told is None or told:
            return told
        own = self.amount(role).currency
        number = self.setting.roles.columns.get(role, -1)
        return own or self.setting.roles.currencies.get(number, "")

    def finding(
        self, severity: Severity, problem: str, message: str, role: str = "", value: str = "", suggestion: str = ""
    ) -> Finding:
        """A finding about one cell, or about the record where no role is given."""
        number = self.setting.roles.columns.get(role, -1)
        column = self.setting.columns.name(number) if number >= 0 else ""
        where = Place(self.line, self.record, column)
        shown = value or (self.text(role) if role else "")
        code = problem if problem.startswith("contacts.") else f"{self.setting.code}.{problem}"
        return Finding(severity, code, message, where, shown, suggestion)


@lru_cache(maxsize=8_192)
def _meaning(cell: str, kind: str) -> str:
    return vocabulary(kind).words.get(plain(cell), "unknown")
