"""One record with the facts that the rules look at; gathered once, so that no rule looks anything up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property

from engine.contacts.addresses import Address, read_address
from engine.contacts.columns import Columns, Kind, comparable
from engine.contacts.dates import DateColumns, is_day, no_dates
from engine.contacts.limits import TargetLimits
from engine.contacts.recipe import EVERY, Recipe
from engine.contacts.target_cells import CellForm, cell_forms
from engine.contacts.target_columns import lengths_by_column, wanted_columns
from engine.contacts.vocabulary import BLOCKING, consent_of, flag_of, plain, status_of
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


@dataclass(frozen=True)
class Setting:
    """What holds for every row of one file: its columns, the target, today, and what the survey saw."""

    columns: Columns
    target: TargetLimits
    as_of: date
    dates: DateColumns = field(default_factory=no_dates)
    recipe: Recipe = field(default_factory=Recipe)
    words: Mapping[str, str] = field(default_factory=dict)  # what a status word means here, before the general list
    tag_separator: str = ""
    has_nul: bool = False
    has_damage: bool = False
    is_as_of_told: bool = False
    no_mail: frozenset[str] = frozenset()  # domains that are known to take no mail
    kept_out_domains: frozenset[str] = frozenset()  # nobody at these may be mailed, as another list says
    file_status: str = ""  # what the file's name says of everybody in it
    has_garble: bool = False  # it holds signs that come of text that was decoded wrongly
    has_control: bool = False  # it holds control characters that are neither white space nor NUL

    @cached_property
    def field_lengths(self) -> dict[int, int]:
        """The columns that become fields of the target with a length of their own."""
        return lengths_by_column(self.columns, self.target, self.recipe)

    @cached_property
    def cell_forms(self) -> tuple[CellForm, ...]:
        """How the target wants the cells of certain columns to be written."""
        return cell_forms(self.columns, self.target, self.recipe)

    @cached_property
    def phones(self) -> tuple[int, ...]:
        """The columns of phone numbers, where the target takes a contact that has no more than one."""
        columns = self.columns
        told = (n for n, role in columns.roles.items() if role == Kind.PHONE or columns.is_told(n, Kind.PHONE))
        return tuple(told) if self.target.takes_phones else ()

    @cached_property
    def wanted_columns(self) -> list[tuple[str, tuple[int, ...]]]:
        """What the target wants of every contact, and the columns of which one must be filled."""
        return wanted_columns(self.columns, self.target)

    @cached_property
    def odd_domains(self) -> frozenset[str]:
        """About which a rule has something to say, whatever stands before the @."""
        return self.no_mail | self.kept_out_domains

    @cached_property
    def cold_before(self) -> str:
        """The ISO day; ISO days compare as text."""
        return (self.as_of - timedelta(days=self.recipe.unengaged_days)).isoformat()

    @cached_property
    def future_after(self) -> str:
        """Today; where nobody said which day that is, the day that it may already be somewhere on earth."""
        return (self.as_of + timedelta(days=not self.is_as_of_told)).isoformat()

    @cached_property
    def tier_days(self) -> list[tuple[str, str]]:
        """Each tier by its name and the first day that is within it."""
        return [(str(days), (self.as_of - timedelta(days=days)).isoformat()) for days in self.recipe.tiers]

    def tier_of(self, day: str) -> int:
        """How many tiers a last sign of life is older than; one more than there are where its day is not known."""
        if not is_day(day):
            return len(self.tier_days) + 1
        return sum(day < first for _, first in self.tier_days)

    @cached_property
    def tier_names(self) -> list[str]:
        """The names of the tiers, by the numbers of `tier_of`."""
        return [*(name for name, _ in self.tier_days), "older", "never"]

    @cached_property
    def choices(self) -> dict[int, dict[str, bool]]:
        """What was decided about the words of a column: who has one of them agreed, or did not."""
        by_name = {comparable(name): number for number, name in enumerate(self.columns.header)}
        told: dict[int, dict[str, bool]] = {}
        for choice in self.recipe.consent:
            number = by_name.get(comparable(choice.column)) if choice.value != EVERY else None
            if number is not None:
                told.setdefault(number, {})[plain(choice.value)] = choice.is_given
        return told

    @cached_property
    def choice_for_rest(self) -> bool | None:
        """What was decided for everybody that nothing else speaks for."""
        return next((choice.is_given for choice in self.recipe.consent if choice.value == EVERY), None)

    def status_of(self, cell: str) -> str:
        """What a status cell means, by this source's own words first."""
        return (self.words and self.words.get(plain(cell))) or status_of(cell)

    def consent_of(self, cell: str) -> str:
        """What a consent cell means; `words` speaks for it only where it forbids mail."""
        own = self.words.get(plain(cell), "") if self.words else ""
        return own if own in BLOCKING else consent_of(cell)


class Row:
    """One record: its cells, its place, its address, and, once asked, what it says about permission."""

    def __init__(self, cells: Sequence[str], line: int, record: int, setting: Setting) -> None:
        self.cells, self.line, self.record, self.setting = cells, line, record, setting
        email = setting.columns.email
        self.address = read_address(cells[email]) if email >= 0 else Address("")

    @cached_property
    def consent(self) -> str:
        """What the consent column means; "" where it is blank or missing."""
        number = self.setting.columns.consent
        return self.setting.consent_of(self.cells[number]) if number >= 0 else ""

    @cached_property
    def days(self) -> dict[int, str]:
        """The day of each date column, as `dates.day_of` tells it."""
        dates = self.setting.dates
        return {number: dates.day(self.cells[number], number) for number in self.setting.columns.dates}

    @cached_property
    def blocked_by(self) -> tuple[str, int] | None:
        """What forbids mail, and the column that says so; any of them is enough."""
        columns = self.setting.columns
        if columns.status >= 0 and (told := self.setting.status_of(self.cells[columns.status])) in BLOCKING:
            return told, columns.status
        if self.consent in BLOCKING:
            return self.consent, columns.consent
        for number in columns.blocked_flags:
            if self.cells[number] and (told := flag_of(columns.header[number], self.cells[number])):
                return told, number
        return (self.setting.file_status, columns.email) if self.setting.file_status in BLOCKING else None

    @property
    def is_called_cold(self) -> bool:
        """True where the old platform itself says that this contact does not read its mail."""
        columns = self.setting.columns
        return columns.status >= 0 and self.setting.status_of(self.cells[columns.status]) == "cold"

    @property
    def has_consent(self) -> bool:
        """Only a documented yes counts: what a person decided, else the consent column, the status, an opt-in date.

        A status of somebody who never opted in goes before them.
        """
        columns, setting = self.setting.columns, self.setting
        for number, words in setting.choices.items():
            if (told := words.get(plain(self.cells[number]))) is not None:
                return told
        status = setting.status_of(self.cells[columns.status]) if columns.status >= 0 else ""
        if status == "no":
            return False
        if columns.consent >= 0 and self.consent:
            return self.consent == "yes"
        if columns.consent < 0:
            if status in ("subscribed", "cold"):
                return True
            is_told = status != "unknown" and not setting.file_status
            if self.day(columns.opted_in) not in ("", "!") and is_told:
                return True
        return bool(setting.choice_for_rest)

    @property
    def is_consent_decided(self) -> bool:
        """True when a person decided about the words of this row, or about everybody."""
        setting = self.setting
        told = (plain(self.cells[number]) in words for number, words in setting.choices.items())
        return setting.choice_for_rest is not None or any(told)

    def day(self, column: int) -> str:
        """The day in a date column, as `dates.day_of` tells it; "" where there is no such column."""
        return self.days.get(column, "")

    def finding(
        self, severity: Severity, code: str, message: str, column: int, value: str = "", suggestion: str = ""
    ) -> Finding:
        """A finding about one cell of this row."""
        columns = self.setting.columns
        where = Place(self.line, self.record, columns.name(column))
        if column in columns.secrets:
            value = suggestion = ""
        return Finding(severity, code, message, where, value, suggestion)
