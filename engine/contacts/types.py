"""Whether a cell is of the type that a person gave its column."""

import re
from collections.abc import Callable, Sequence
from datetime import date

from engine.contacts.addresses import read_address
from engine.contacts.columns import Columns, FieldSpec, Kind
from engine.contacts.vocabulary import consent_of

_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:[ ,.'\u00a0]\d{3})++|\d++)(?:[.,]\d++)?%?")
_PHONE = re.compile(r"\+?[\d\s().\-/]{5,30}(?:\s*(?:x|ext\.?)\s*\d{1,6})?", re.I)
_URL = re.compile(r"(?:https?://)?[^\s/?#@]{1,253}\.[^\s/?#@.]{2,63}(?:[/?#]\S*)?", re.I)
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:\s?(?:Z|UTC|[+-]\d\d:?\d\d))?)?")
_TRIPLE = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})(?:[T ,].{0,20})?")


def fits(cell: str, spec: FieldSpec) -> str:
    """ "" when the (stripped) cell is of its type; else the sentence that says what to do."""
    check = _CHECKS.get(spec.kind)
    return check(cell, spec) if check else ""


def _is_number(cell: str, spec: FieldSpec) -> str:
    return "" if _NUMBER.fullmatch(cell) else "Write a number here, or leave the cell blank."


def _is_phone(cell: str, spec: FieldSpec) -> str:
    return "" if _PHONE.fullmatch(cell) else "Write a phone number here, or leave the cell blank."


def _is_boolean(cell: str, spec: FieldSpec) -> str:
    return "" if consent_of(cell) in ("yes", "no") else "Write yes or no here, or leave the cell blank."


def _is_url(cell: str, spec: FieldSpec) -> str:
    return "" if len(cell) <= 2_048 and _URL.fullmatch(cell) else "Write a web address here, or leave the cell blank."


def _is_address(cell: str, spec: FieldSpec) -> str:
    return "" if read_address(cell).text else "Write an e-mail address here, or leave the cell blank."


def _is_option(cell: str, spec: FieldSpec) -> str:
    known = {option.strip().casefold() for option in spec.options}
    if not known or cell.casefold() in known:
        return ""
    return f"Choose one of the known options: {', '.join(spec.options)[:200]}."


def _is_date(cell: str, spec: FieldSpec) -> str:
    return "" if _reads_as_date(cell) else "Write this date as YYYY-MM-DD."


def _reads_as_date(cell: str) -> bool:
    """A real day in some order of its parts; which order a column uses is decided for the column as a whole, later."""
    if match := _ISO.fullmatch(cell):
        return _is_day(match.group(1), match.group(2), match.group(3))
    match = _TRIPLE.fullmatch(cell)
    if not match:
        return False
    first, second, third = match.groups()
    if len(first) == 4:
        return _is_day(first, second, third)
    return _is_day(third, second, first) or _is_day(third, first, second)


def _is_day(year: str, month: str, day: str) -> bool:
    try:
        date(int(year) if len(year) == 4 else 2000 + int(year), int(month), int(day))
    except ValueError:
        return False
    return True


_GUESSES = (Kind.BOOLEAN, Kind.NUMBER, Kind.DATE, Kind.EMAIL, Kind.URL, Kind.PHONE)
_BY_ROLE = {"opted_in": Kind.DATE, "last_active": Kind.DATE}


def guessed_types(columns: Columns, sample: Sequence[Sequence[str]]) -> dict[int, str]:
    """The type of each column: as told, by its role, or as nine of ten filled cells of the sample have it."""
    return {
        number: columns.types.get(number) or _guess(columns, number, sample) for number in range(len(columns.header))
    }


def _guess(columns: Columns, number: int, sample: Sequence[Sequence[str]]) -> str:
    role = columns.roles.get(number, "")
    if role in set(Kind) or role in _BY_ROLE:
        return str(_BY_ROLE.get(role, role))
    cells = [row[number].strip() for row in sample if number < len(row) and row[number].strip()]
    for kind in _GUESSES:
        spec = FieldSpec("", kind)
        if cells and sum(not _CHECKS[kind](cell, spec) for cell in cells) >= 0.9 * len(cells):
            return str(kind)
    return str(Kind.TEXT)


_CHECKS: dict[Kind, Callable[[str, FieldSpec], str]] = {
    Kind.EMAIL: _is_address,
    Kind.NUMBER: _is_number,
    Kind.PHONE: _is_phone,
    Kind.BOOLEAN: _is_boolean,
    Kind.URL: _is_url,
    Kind.OPTION: _is_option,
    Kind.DATE: _is_date,
}
