"""Whether a cell is of the type that a person gave its column."""

import re
from collections.abc import Callable, Sequence

from engine.contacts.addresses import read_address
from engine.contacts.columns import Columns, FieldSpec, Kind
from engine.contacts.dates import Order, day_of, is_serial
from engine.contacts.vocabulary import TRUTHS, plain

# Thousands are parted by one sign throughout, which is not the sign of the decimals; India counts in pairs.
_NUMBER = re.compile(
    r"[+\u2212-]?\s?(?:\d++(?:[.,]\d++)?(?:[Ee][+-]?\d{1,3})?|[.,]\d++"
    r"|\d{1,3}(?:,\d{3})++(?:\.\d++)?|\d{1,2}(?:,\d\d)+,\d{3}(?:\.\d++)?"
    r"|\d{1,3}(?:\.\d{3})++(?:,\d++)?|\d{1,3}(?:([ '\u2019\u00a0\u2009\u202f])\d{3})(?:\1\d{3})*+(?:[.,]\d++)?)"
    r"\s?%?"
)
_PHONE = re.compile(
    r"\(?\+?(?=[(\d])([\d\s().\-/\u2010-\u2013]{5,40}?)(?:[\s,;]*(?:x|ext\.?|extension|#)\s*\.?:?\s*\d{1,6})?", re.I
)
_TRUNK = re.compile(r"^(?:00|011)|\(0\)")
_LEAST_DIGITS, _MOST_DIGITS = 6, 15  # ITU-T E.164, 6.1, for the most
_LABEL = r"[\w](?:[\w-]{0,61}[\w])?"
_URL = re.compile(
    rf"(?:https?://)?(?:{_LABEL}\.)+(?:[^\W\d_]{{2,63}}|xn--[a-z0-9-]{{1,59}})\.?(?::\d{{1,5}})?(?:[/?#]\S*)?"
    r"|https?://(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?(?:[/?#]\S*)?",
    re.I,
)


def fits(cell: str, spec: FieldSpec) -> str:
    """ "" when the (stripped) cell is of its type; else the sentence that says what to do."""
    check = _CHECKS.get(spec.kind)
    return check(cell, spec) if check else ""


def _is_number(cell: str, spec: FieldSpec) -> str:
    return "" if _NUMBER.fullmatch(cell) else "Write a number here, or leave the cell blank."


def _is_phone(cell: str, spec: FieldSpec) -> str:
    match = _PHONE.fullmatch(cell)
    digits = sum(sign.isdigit() for sign in _TRUNK.sub("", match.group(1))) if match else 0
    if _LEAST_DIGITS <= digits <= _MOST_DIGITS:
        return ""
    return "Write a phone number here, or leave the cell blank."


def _is_boolean(cell: str, spec: FieldSpec) -> str:
    return "" if plain(cell) in TRUTHS else "Write yes or no here, or leave the cell blank."


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
    """A real day in some order of its parts; which order a column uses is decided for the column as a whole, later."""
    return "" if day_of(cell, Order.UNCLEAR) != "!" else "Write this date as YYYY-MM-DD."


def fits_joined(cell: str, spec: FieldSpec, separator: str) -> str:
    """The same where the target takes several options in a cell: each of them must be known."""
    amiss = fits(cell, spec)
    if not amiss or spec.kind is not Kind.OPTION or not separator or separator not in cell:
        return amiss
    known = {option.strip().casefold() for option in spec.options}
    odd = next((part.strip() for part in cell.split(separator) if part.strip().casefold() not in known), None)
    return "" if odd is None or not known else fits(odd or separator, spec)


def serial_columns(columns: Columns, sample: Sequence[Sequence[str]]) -> frozenset[int]:
    """Columns told as dates in which every filled cell of the sample is a number of days: it is no slip of one cell."""
    told = (number for number in columns.specs if columns.is_told(number, Kind.DATE))
    filled = {n: [row[n].strip() for row in sample if n < len(row) and row[n].strip()] for n in told}
    return frozenset(number for number, cells in filled.items() if len(cells) > 1 and all(map(is_serial, cells)))


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
