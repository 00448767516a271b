"""What a cell says, alike whichever program wrote it: one plain text in, one plain text or value out.

Every reader takes the text as people write it and gives it back in one form, so that two texts are equal exactly when
the cells say the same. A text that could mean two things is refused with what to write instead.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from engine.spreadsheets.guarding import TEXT_LIMIT, clean

_THOUSANDS_POINT = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_THOUSANDS_COMMA = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+|[+-]?\d{1,3}(?:\.\d{3}){2,}")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d{1,2}")
_PLAIN = re.compile(r"[+-]?\d+(?:\.\d+)?")
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DOTTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_DAY_MONTH = re.compile(r"(\d{1,2})\.?\s+([A-Za-z]+)\.?,?\s+(\d{4})")
_MONTH_DAY = re.compile(r"([A-Za-z]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_TIME = re.compile(r"(?:[T ]+|, )(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?$")


_TWO_WAYS = (-1, 0, 0)


class CellError(ValueError):
    """Why a cell cannot be taken, as a sentence that says what to write."""


def plain(value: object) -> str:
    """A cell as text: no trailing .0, ISO dates, one kind of line end. A date and time is rounded to the minute."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        if value.isprintable() and len(value) <= TEXT_LIMIT:  # the usual case, told ten times faster
            return value.strip()
        return clean(value).replace("\r\n", "\n").replace("\r", "\n").strip() if value else ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return _moment_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat(timespec="minutes")
    if isinstance(value, timedelta):
        return str(value)
    return number_text(Decimal(str(value)) if not isinstance(value, Decimal) else value)


def _moment_text(value: datetime) -> str:
    """Spreadsheets keep a moment as a fraction of a day, which is off by microseconds."""
    rounded = value.replace(tzinfo=None) + timedelta(seconds=30)
    rounded = rounded.replace(second=0, microsecond=0)
    return rounded.date().isoformat() if rounded.time() == time() else rounded.isoformat(sep=" ", timespec="minutes")


def number_text(number: Decimal) -> str:
    """Without exponent and without zeros at the end."""
    if not number.is_finite():
        return str(number)
    if number == number.to_integral_value():
        return f"{number.quantize(Decimal(1)):f}" if abs(number) < Decimal(10) ** 27 else f"{number:f}"
    return f"{number.normalize():f}"


def as_number(text: str, places: int | None = None) -> Decimal | None:
    """A number as people write it: 1234.5, 1,234.50, 1.234,50, 1 234, with a currency sign or not; "" is None."""
    bare = text.strip().strip("$€£").replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace("'", "")
    if not bare:
        return None
    if _THOUSANDS_POINT.fullmatch(bare):
        bare = bare.replace(",", "")
    elif _THOUSANDS_COMMA.fullmatch(bare) or _DECIMAL_COMMA.fullmatch(bare):
        bare = bare.replace(".", "").replace(",", ".")
    elif not _PLAIN.fullmatch(bare):
        raise CellError(f"“{text[:40]}” is no number; write it as 1234.56.")
    try:
        number = Decimal(bare)
    except InvalidOperation as error:  # pragma: no cover - the patterns above leave nothing to refuse
        raise CellError(f"“{text[:40]}” is no number; write it as 1234.56.") from error
    if places is not None and len(bare.partition(".")[2].rstrip("0")) > places:
        raise CellError(f"“{text[:40]}” has too many decimals; round it to {places}.")
    return number


def as_day(text: str) -> date | None:
    """A calendar day; 01/02/2026 is refused, because half the world reads it the other way round."""
    if not text:
        return None
    wrong = CellError(f"“{text[:40]}” is no date; write it as 2026-12-31.")
    bare = _TIME.sub("", text.strip())
    parts = _day_parts(bare)
    if parts is None:
        raise wrong
    if parts == _TWO_WAYS:
        raise CellError(f"“{text[:40]}” can be read in two ways; write the date as 2026-12-31.")
    try:
        return date(*parts)
    except ValueError as error:
        raise wrong from error


def _day_parts(text: str) -> tuple[int, int, int] | None:
    """Year, month, day; _TWO_WAYS where two readings are possible, None where none is."""
    if match := _ISO.fullmatch(text):
        return int(match[1]), int(match[2]), int(match[3])
    if match := _DOTTED.fullmatch(text):
        return int(match[3]), int(match[2]), int(match[1])
    if match := _SLASHED.fullmatch(text):
        first, second, year = int(match[1]), int(match[2]), int(match[3])
        if first == second or second > 12:
            return year, first, second
        return (year, second, first) if first > 12 else _TWO_WAYS
    if (match := _DAY_MONTH.fullmatch(text)) and match[2].lower() in _MONTHS:
        return int(match[3]), _MONTHS[match[2].lower()], int(match[1])
    if (match := _MONTH_DAY.fullmatch(text)) and match[1].lower() in _MONTHS:
        return int(match[3]), _MONTHS[match[1].lower()], int(match[2])
    return None


def as_moment(text: str) -> datetime | None:
    """A day with or without a time of day, on the wall clock; a day alone is its midnight."""
    if not text:
        return None
    day = as_day(text)
    match = _TIME.search(text.strip())
    if day is None or match is None:
        return None if day is None else datetime.combine(day, time())
    try:
        return datetime.combine(day, time(int(match[1]), int(match[2])))
    except ValueError as error:
        raise CellError(f"“{text[:40]}” is no time of day; write it as 2026-12-31 22:00.") from error


YES = frozenset({"yes", "y", "true", "1", "x", "ja", "oui", "si", "sí"})
NO = frozenset({"no", "n", "false", "0", "nein", "non"})


def as_yes(text: str) -> bool | None:
    """Yes or no, in the words that people and programs write; "" is None."""
    word = text.strip().casefold()
    if not word:
        return None
    if word in YES:
        return True
    if word in NO:
        return False
    raise CellError(f"“{text[:40]}” is neither yes nor no; write one of the two.")


def as_choice(text: str, labels: Mapping[str, str]) -> str:
    """The key whose label (or key) this is, whatever its case."""
    wanted = text.strip().casefold()
    for key, label in labels.items():
        if wanted in (label.casefold(), key.casefold()):
            return key
    named = ", ".join(label for label in labels.values() if label)
    raise CellError(f"“{text[:40]}” is none of the words; choose {named}.")
