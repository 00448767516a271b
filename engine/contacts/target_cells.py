"""How the cells of certain columns must be written for the target; told for many rows at once, because most lists
differ in great number.

A form is one pattern that the whole cell must match, in the part of the syntax that Python and Rust read alike.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from engine.contacts.columns import Columns, Kind, comparable
from engine.contacts.limits import TargetLimits
from engine.contacts.recipe import Recipe
from engine.contacts.target_columns import arriving_names, meanings
from engine.findings import Severity

if TYPE_CHECKING:
    import polars as pl

_BETWEEN = "[ ().\u00a0/\u2010-\u2013-]*"
# A country code makes a number clear everywhere (ITU-T E.164, 6.1: at most 15 digits, and no country begins with 0).
INTERNATIONAL = rf"'?(?:\+|00){_BETWEEN}[1-9](?:{_BETWEEN}[0-9]){{6,14}}"
_LOCAL = {"US": r"(?:1[ .-]?)?\(?[2-9][0-9]{2}\)?[ .-]*[2-9][0-9]{2}[ .-]*[0-9]{4}"}
_ZIP = {"5 digits": "[0-9]{5}"}
_COUNTRY = {"2-letter code": "(?:[A-TV-Za-tv-z][A-Za-z]|[Uu][A-JL-Za-jl-z])"}  # every pair but UK
_TIME_ZONE = {"tz database": "(?:[A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+|UTC|GMT|EST|MST|HST)"}


@dataclass(frozen=True)
class CellForm:
    """What every filled cell of one column should look like."""

    number: int
    code: str
    severity: Severity
    message: str
    pattern: str

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def fails(self, cell: str) -> bool:
        """True where the rule has something to say."""
        text = cell.strip()
        return bool(text) and not self._compiled.fullmatch(text)

    @property
    def failing(self) -> "pl.Expr":
        """The same for a whole column."""
        import polars as pl  # here, because the web process reads settings too

        cells = pl.col(str(self.number)).str.strip_chars()
        return (cells != "") & ~cells.str.contains(f"^(?:{self.pattern})$")


def cell_forms(columns: Columns, target: TargetLimits, recipe: Recipe) -> tuple[CellForm, ...]:
    """What the target states about cells of this file's columns; for most targets nothing."""
    found = [*_phones(columns, target, recipe)]
    for number, means in meanings(columns, recipe).items():
        if means == "zip" and target.zip_form in _ZIP:
            message = f"Put this post code into a text field: the ZIP field of {target.name} takes {target.zip_form}."
            found.append(CellForm(number, "contacts.zip.form", _weight(target, "zip_form"), message, _ZIP["5 digits"]))
        if means == "country" and target.country_form in _COUNTRY:
            message = f"Write the country as its two-letter code (GB, not UK) for the address field of {target.name}."
            found.append(
                CellForm(number, "contacts.country.form", Severity.NOTE, message, _COUNTRY[target.country_form])
            )
        if means == "time_zone" and target.time_zone_form in _TIME_ZONE:
            message = f"Write the time zone as the tz database has it (America/Los_Angeles), for {target.name}."
            severity, pattern = _weight(target, "time_zone_form"), _TIME_ZONE[target.time_zone_form]
            found.append(CellForm(number, "contacts.time_zone.form", severity, message, pattern))
    return tuple(found)


def phone_columns(columns: Columns, target: TargetLimits, recipe: Recipe) -> tuple[int, ...]:
    """Those whose numbers the target wants with a plus sign and the country code."""
    if target.phone_form != "E.164":
        return ()
    names, scope = arriving_names(columns, recipe), comparable(target.phone_scope)
    phones = {number for number, means in meanings(columns, recipe).items() if means == Kind.PHONE}
    phones |= {number for number in columns.specs if columns.is_told(number, Kind.PHONE)}
    phones |= {number for number, role in columns.roles.items() if role == Kind.PHONE}
    return tuple(sorted(n for n in phones - columns.ignored if scope in comparable(names[n]).split() or not scope))


def _phones(columns: Columns, target: TargetLimits, recipe: Recipe) -> Iterator[CellForm]:
    local = _LOCAL.get(target.phone_local)
    pattern = f"{INTERNATIONAL}|{local}" if local else INTERNATIONAL
    for number in phone_columns(columns, target, recipe):
        message = f"Write this number with its country code and no extension, as +13125555555, for {target.name}."
        yield CellForm(number, "contacts.phone.form", _weight(target, "phone_form"), message, pattern)


def _weight(target: TargetLimits, name: str) -> Severity:
    """What only others say of a platform is a note."""
    return Severity.WARNING if name in target.sure else Severity.NOTE
