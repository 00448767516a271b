"""A consultancy's own values in place of the catalogue's: what may be said under which name, read from text, checked.

Own values travel as plain data, `{platform: {path: {"value": …, "unit": …}}}`, so that a process without a database can
be told of them. DNS records are not among them: those that differ are pasted at the domain itself.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.platforms.loading import EXPORTS, IMPORTS, KINDS, frozen
from engine.platforms.model import Mark, Move, Platform, Value

Told = Mapping[str, Mapping[str, Mapping[str, Any]]]
MEANINGS = ("subscribed", "unsubscribed", "bounced", "complained", "neutral", "blocked", "cold", "yes", "no")
MOST_LINES, LONGEST_LINE, LONGEST_TEXT = 60, 200, 300
_SET_OF_SIGNS = re.compile(r"\[(?:[^\[\]\\]|\\(?:[dws\-\]\[\\.]|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}))+\]\+")
_WHOLE = re.compile(r"[0-9]{1,12}|[0-9]{1,3}(?:[ ,.'_\u00a0\u202f][0-9]{3}){1,3}")


class BadValue(ValueError):
    """The text is no such value; the sentence says what to write."""


@dataclass(frozen=True, slots=True)
class Form:
    """How one value is typed. `choices` has (value, words); `is_long` wants several lines; `unit` a currency."""

    read: Callable[[str], Any]
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    is_long: bool = False
    is_number: bool = False
    has_currency: bool = False


def _number(least: int, most: int, nothing: str = "0 means no limit") -> Form:
    def read(text: str) -> int:
        number = int(re.sub(r"[^0-9]", "", text)) if _WHOLE.fullmatch(text) else -1
        if number and not least <= number <= most:
            raise BadValue(f"Write a whole number from {least:,} to {most:,}; {nothing}.")
        return number

    return Form(read, f"A whole number; {nothing}.", is_number=True)


def _price(text: str) -> str:
    plain = text.replace(",", ".") if "." not in text and text.count(",") == 1 else text.replace(",", "")
    try:
        price = Decimal(plain)
    except InvalidOperation:
        price = Decimal(-1)
    if not price.is_finite() or not 0 <= price < 1_000_000 or price != round(price, 2):
        raise BadValue("Write the price as a number with at most two decimals, such as 12.50.")
    return f"{price:.2f}"


def _text(most: int = LONGEST_TEXT, hint: str = "") -> Form:
    def read(text: str) -> str:
        if not text or len(text) > most or not text.isprintable():
            raise BadValue(f"Write one line of at most {most} characters.")
        return text

    return Form(read, hint)


def _pattern(text: str) -> str:
    """One set of signs and no other expression: what is read here runs over every tag of a million rows."""
    try:
        if len(text) <= LONGEST_TEXT and _SET_OF_SIGNS.fullmatch(text) and re.compile(text):
            return text
    except re.error:
        pass
    raise BadValue("Write the allowed signs as one set in brackets with a plus, such as [A-Za-z0-9 _]+.")


def _choice(*choices: tuple[str, str]) -> Form:
    def read(text: str) -> str:
        if text not in dict(choices):
            raise BadValue(f"Choose one of: {', '.join(words for _, words in choices)}.")
        return text

    return Form(read, choices=choices)


def _lines(read_one: Callable[[str], Any] = str, hint: str = "One a line.", most: int = MOST_LINES) -> Form:
    def read(text: str) -> tuple[Any, ...]:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if not lines or len(lines) > most or any(len(one) > LONGEST_LINE or not one.isprintable() for one in lines):
            raise BadValue(f"Write one to {most} lines of at most {LONGEST_LINE} characters each.")
        return tuple(read_one(line) for line in lines)

    return Form(read, hint, is_long=True)


def _length(line: str) -> str:
    name, colon, length = line.rpartition(":")
    if not colon or not name.strip() or not re.fullmatch(r"\s*[1-9][0-9]{0,5}\s*", length):
        raise BadValue("Write each field with its length, such as First Name: 50.")
    return f"{name.strip()}: {int(length)}"


def _pair(line: str) -> str:
    name, colon, other = (part.strip() for part in line.partition(":"))
    if not colon or not name or not other:
        raise BadValue("Write two words or names a line, with a colon between them.")
    return f"{name}: {other}"


def _headers(line: str) -> tuple[str, ...]:
    found = tuple(name.strip() for name in line.split(",") if name.strip())
    if len(found) < 2:  # one common name would claim every file
        raise BadValue("Write at least two column names a line, with commas between them.")
    return found


def _meanings(text: str) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in _lines().read(text):
        meaning, _, words = line.partition(":")
        listed = tuple(word.strip() for word in words.split(",") if word.strip())
        if meaning.strip() not in MEANINGS or not listed:
            raise BadValue(f"Write each line as meaning: word, word. The meanings are {', '.join(MEANINGS)}.")
        found[meaning.strip()] = found.get(meaning.strip(), ()) + listed
    return dict(found)


_MOVES = tuple((move.value, move.value.replace("_", " ").capitalize()) for move in Move if move is not Move.UNKNOWN)
_STATUS_HINT = f"A line a meaning: subscribed: active, confirmed. The meanings are {', '.join(MEANINGS)}."
FORMS: dict[str, Form] = {
    "imports.file_types": _lines(hint="One ending a line: csv.", most=12),
    "imports.max_size": _number(1, 100_000),
    "imports.max_rows": _number(100, 100_000_000),
    "imports.max_rows_a_day": _number(100, 1_000_000_000),
    "imports.max_columns_warn": _number(1, 100_000),
    "imports.max_columns_fail": _number(1, 100_000),
    "imports.max_text": _number(1, 1_000_000),
    "imports.max_email_length": _number(20, 320),
    "imports.email_letters": _choice(("ascii", "ASCII before the @"), ("any", "Any letters")),
    "imports.field_lengths": _lines(_length, "A field a line, with its length: First Name: 50."),
    "imports.max_line": _number(100, 1_000_000),
    "imports.max_files_a_day": _number(1, 1_000_000),
    "imports.pause_minutes": _number(1, 10_000, "0 means that none is asked for"),
    "imports.first_column": _lines(hint="The names that the first column may have, one a line."),
    "imports.not_imported": _lines(hint="The names of columns that are left out, one a line."),
    "imports.paired_columns": _lines(_pair, "A column a line, with the one that it needs: Province: Province Code."),
    "imports.consent_words": _lines(_pair, "The words for yes and no, one a line: yes: Subscribed."),
    "imports.tag_quote": _text(1, "The sign around a tag that holds the separator."),
    "imports.zip_form": _choice(("5 digits", "5 digits"), ("any", "Any")),
    "imports.country_form": _choice(("2-letter code", "2-letter code"), ("any", "Any")),
    "imports.time_zone_form": _choice(("tz database", "As the tz database has it"), ("any", "Any")),
    "imports.phone_form": _choice(("E.164", "Plus sign, country code, digits"), ("any", "Any")),
    "imports.phone_local": _choice(("US", "Local numbers of the US too"), ("none", "No local numbers")),
    "imports.max_tags_a_file": _number(1, 1_000_000),
    "imports.max_tag_length": _number(1, 10_000),
    "imports.required_columns": _lines(),
    "imports.header_names": _lines(),
    "imports.tag_separator": _text(5, "The sign between two tags."),
    "imports.multi_value_separator": _text(5, "The sign between two values of one field."),
    "imports.tag_symbols": _text(hint="In words, for people; the tag pattern says it for the check."),
    "imports.tag_pattern": Form(_pattern, "The allowed signs as one set in brackets with a plus: [A-Za-z0-9 ]+."),
    "imports.name_rule": _choice(
        ("first_last", "First and last name apart"), ("single", "One name column"), ("first_only", "First name alone")
    ),
    "imports.consent": _lines(hint="One question a line."),
    "imports.approval_days": _number(1, 365, "0 means that nobody looks at imports first"),
    "exports.fingerprints": _lines(_headers, "A set of column names a line, with commas between them."),
    "exports.delimiter": _choice((",", "Comma"), (";", "Semicolon"), ("|", "Pipe")),
    "exports.tag_separator": _text(5, "The sign between two tags."),
    "exports.status_words": Form(_meanings, _STATUS_HINT, is_long=True),
    "structure": _lines(hint="One level a line, the widest first.", most=10),
    "costs.price_of_1000_contacts_a_month": Form(
        _price, "A number and the currency.", is_number=True, has_currency=True
    ),
}
FORMS |= {
    f"imports.{name}": _choice(("refused", "Refused"), ("allowed", "Allowed"))
    for name in ("line_breaks", "emoji", "spaces", "role_addresses")
}
FORMS |= {f"imports.{name}": _text() for name in IMPORTS if f"imports.{name}" not in FORMS}
FORMS |= {f"exports.{name}": _text() for name in EXPORTS if f"exports.{name}" not in FORMS}
FORMS |= {f"moves.{kind}": _choice(*_MOVES) for kind in KINDS}


def stated(platform: Platform, path: str) -> Value[Any] | None:
    """What stands under a path: None where the catalogue has no word about it."""
    section, _, name = path.partition(".")
    if section == "structure":
        return platform.structure
    values: Mapping[str, Value[Any]] = {
        "imports": platform.imports.values, "exports": platform.exports.values,
        "costs": platform.costs, "moves": platform.moves,
    }[section]  # fmt: skip
    return values.get(name)


def read_value(platform: Platform, path: str, text: str) -> Any:
    """The value that a person typed for this platform; BadValue with a sentence where it cannot be one."""
    if path not in FORMS:
        raise BadValue("This value cannot be changed.")
    value = FORMS[path].read(text.strip())
    imports = with_own(platform, {path: {"value": value}}).imports
    warn, fail = imports.max_columns_warn, imports.max_columns_fail
    if path.startswith("imports.max_columns") and warn and fail and warn > fail:
        raise BadValue(f"The warning must not come after the limit: it stands at {warn}, the limit at {fail}.")
    return value


def as_typed(value: Any) -> str:
    """A value as `read_value` takes it again."""
    if isinstance(value, Mapping):
        return "\n".join(f"{meaning}: {', '.join(words)}" for meaning, words in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "\n".join(one if isinstance(one, str) else ", ".join(one) for one in value)
    return "" if value is None else str(value)


def with_own(
    platform: Platform, own: Mapping[str, Mapping[str, Any]], source: str = "Own value", read_on: date | None = None
) -> Platform:
    """The platform with plain own values; units and severities stay the catalogue's where none is told."""
    changes = {path: _value(stated(platform, path), path, told, source, read_on) for path, told in own.items()}
    return platform.with_values(changes) if changes else platform


def _value(
    before: Value[Any] | None, path: str, told: Mapping[str, Any], source: str, read_on: date | None
) -> Value[Any]:
    value = Move(told["value"]) if path.startswith("moves.") else frozen(told["value"])
    day = told.get("read_on") or read_on or date.today()
    unit, severity = (before.unit, before.severity) if before else ("", "")
    return Value(value, source, day, Mark.SURE, told.get("unit") or unit, severity)


def read_told(told: Any) -> Told:
    """Own values as a program hands them over; ValueError where they are none."""
    try:
        return {
            key: {path: {"value": one["value"], "unit": str(one.get("unit", ""))} for path, one in own.items()}
            for key, own in told.items()
            if all(path in FORMS for path in own) or _refuse(own)
        }
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("they are not of the form {platform: {path: {value, unit}}}") from error


def _refuse(own: Mapping[str, Any]) -> bool:
    unknown = [path for path in own if path not in FORMS]
    raise ValueError(f"there is no value {unknown[0]!r}")
