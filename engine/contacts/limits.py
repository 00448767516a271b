"""What the target accepts and what the source writes: the engine's own words for the numbers in the catalogue."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.contacts.vocabulary import plain
from engine.platforms import Imports, Mark, Platform

_NAMES = {"first name": "first_name", "last name": "last_name", "name": "name"}
_REFUSED = "refused"
_PHONE_OR_ADDRESS = re.compile(r"(?i)\bemail\b.*\b(?:phone|sms)\b")


@dataclass(frozen=True, slots=True)
class TargetLimits:
    """The limits of one import. 0 or "" means that the platform states none, and then nothing is judged by it."""

    key: str
    name: str
    max_columns_warn: int = 0
    max_columns_fail: int = 0
    max_rows: int = 0
    max_rows_a_day: int = 0
    max_files_a_day: int = 0
    pause_minutes: int = 0  # between two imports
    max_text: int = 0
    text_unit: str = "characters"
    max_bytes: int = 0
    tag_separator: str = ""
    tag_pattern: str = ""
    tag_symbols: str = ""
    max_tag_length: int = 0
    max_tags: int = 0  # different ones in a file
    max_email_length: int = 0
    email_letters: str = ""  # "ascii": no others before the @
    email_refused: str = ""  # signs that no address may hold
    refuses_roles: bool = False  # info@ and its like
    date_form: str = ""  # as the platform writes it: "MM/DD/YYYY"
    birthday_form: str = ""
    phone_form: str = ""
    phone_scope: str = ""  # "SMS": only columns with this word in their name
    phone_local: str = ""  # the country whose own writing is taken too
    zip_form: str = ""
    country_form: str = ""
    time_zone_form: str = ""
    letters: str = ""  # "ascii": no others in any cell
    refuses_line_breaks: bool = False
    refuses_emoji: bool = False
    refuses_spaces: bool = False  # around a text
    max_line: int = 0  # characters of a whole record
    first_column: tuple[str, ...] = ()  # the names that the first column may have
    header_names: tuple[str, ...] = ()
    joins_names: bool = False  # one column for first and last name
    consent_words: Mapping[str, str] = field(default_factory=dict)  # yes, no: how the platform writes them
    value_separator: str = ""  # between several options in a cell
    tag_quote: str = ""  # around a tag that holds the separator
    not_imported: tuple[str, ...] = ()
    paired_columns: tuple[tuple[str, str], ...] = ()  # the first needs the second
    sure: frozenset[str] = frozenset()  # what the platform itself states, by the catalogue's names
    field_lengths: tuple[tuple[str, int], ...] = ()  # by the platform's own names of its fields
    measures_parts: bool = False  # the lengths hold for each part of an address that stands in one cell
    wanted: tuple[tuple[str, tuple[str, ...]], ...] = ()  # beside the address: words, and roles of which one will do
    is_wanted_surely: bool = False
    takes_phones: bool = False  # a phone number is enough for a contact

    def refuses_tag(self, tag: str) -> bool:
        """True for a tag with symbols that the platform does not take."""
        return bool(self.tag_pattern) and not re.fullmatch(self.tag_pattern, tag)

    @property
    def rows_a_file(self) -> int:
        """What one import takes at once, or on one day where that is less; 0 where neither is stated."""
        return min((most for most in (self.max_rows, self.max_rows_a_day) if most), default=0)

    def length(self, text: str) -> int:
        """The length as the platform counts it; some count bytes, so that an umlaut counts twice."""
        return len(text.encode("utf-8", "replace")) if self.text_unit == "bytes" else len(text)


@dataclass(frozen=True, slots=True)
class SourceProfile:
    """How the exports of one platform are recognised and read."""

    key: str
    name: str = ""
    fingerprints: tuple[frozenset[str], ...] = ()
    tag_separator: str = ""
    aliases: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)  # its own status words: what each means

    def wrote(self, header: Iterable[str]) -> bool:
        """True when every header of one fingerprint stands in the file, whatever the case."""
        present = {name.strip().casefold() for name in header}
        return any(fingerprint and fingerprint <= present for fingerprint in self.fingerprints)


def fingerprint(headers: Iterable[str]) -> frozenset[str]:
    """The headers that give a platform away, made comparable."""
    return frozenset(header.strip().casefold() for header in headers)


def recognise(header: Iterable[str], profiles: Iterable[SourceProfile]) -> SourceProfile | None:
    """The platform with the longest fingerprint in this header; None rather than a guess between two alike."""
    names = list(header)
    found = [
        (max(len(print_) for print_ in profile.fingerprints if print_), profile)
        for profile in profiles
        if profile.wrote(names)
    ]
    best = max((length for length, _ in found), default=0)
    longest = [profile for length, profile in found if length == best]
    return longest[0] if len(longest) == 1 else None


def limits_of(platform: Platform) -> TargetLimits:
    """The catalogue's import limits in the engine's words; what the catalogue does not know stays unjudged."""
    imports = platform.imports
    return TargetLimits(
        key=platform.key,
        name=platform.name,
        max_columns_warn=imports.max_columns_warn or 0,
        max_columns_fail=imports.max_columns_fail or 0,
        max_rows=imports.max_rows or 0,
        max_rows_a_day=_number(imports, "max_rows_a_day"),
        max_files_a_day=_number(imports, "max_files_a_day"),
        pause_minutes=_number(imports, "pause_minutes"),
        max_text=imports.max_text or 0,
        text_unit=imports.text_unit,
        max_bytes=imports.max_bytes or 0,
        tag_separator=imports.tag_separator or "",
        tag_pattern=imports.tag_pattern or "",
        tag_symbols=imports.tag_symbols or "",
        max_tag_length=imports.max_tag_length or 0,
        max_tags=imports.max_tags or 0,
        max_email_length=imports.max_email_length or 0,
        email_letters=imports.email_letters or "",
        email_refused=_text(imports, "email_refused"),
        refuses_roles=_is_refused(imports, "role_addresses"),
        date_form=imports.date_form or "",
        birthday_form=_text(imports, "birthday_form"),
        phone_form=_text(imports, "phone_form"),
        phone_scope=imports["phone_form"].unit if "phone_form" in imports.values else "",
        phone_local=_text(imports, "phone_local"),
        zip_form=_text(imports, "zip_form"),
        country_form=_text(imports, "country_form"),
        time_zone_form=_text(imports, "time_zone_form"),
        letters="ascii" if imports.encoding == "ASCII" else "",
        refuses_line_breaks=imports.line_breaks == _REFUSED,
        refuses_emoji=_is_refused(imports, "emoji"),
        refuses_spaces=_is_refused(imports, "spaces"),
        max_line=_number(imports, "max_line"),
        first_column=_texts(imports, "first_column"),
        header_names=_texts(imports, "header_names"),
        joins_names=imports.name_rule == "single",
        consent_words=dict(_pairs(imports, "consent_words")),
        value_separator=_text(imports, "multi_value_separator"),
        tag_quote=_text(imports, "tag_quote"),
        not_imported=_texts(imports, "not_imported"),
        paired_columns=tuple(_pairs(imports, "paired_columns")),
        sure=frozenset(name for name, value in imports.values.items() if value.mark is Mark.SURE),
        field_lengths=imports.field_lengths,
        measures_parts="field_lengths" in imports.values and imports["field_lengths"].unit.endswith("a line"),
        wanted=tuple(_wanted(imports.required_columns)),
        is_wanted_surely="required_columns" in imports.values and imports["required_columns"].mark is Mark.SURE,
        takes_phones=any(_PHONE_OR_ADDRESS.search(words) for words in imports.required_columns),
    )


def _value(imports: Imports, name: str, otherwise: Any) -> Any:
    return imports[name].value if name in imports.values and imports[name].is_known else otherwise


def _text(imports: Imports, name: str) -> str:
    return str(_value(imports, name, ""))


def _texts(imports: Imports, name: str) -> tuple[str, ...]:
    return tuple(map(str, _value(imports, name, ())))


def _number(imports: Imports, name: str) -> int:
    return int(_value(imports, name, 0))


def _is_refused(imports: Imports, name: str) -> bool:
    return _text(imports, name) == _REFUSED


def _pairs(imports: Imports, name: str) -> Iterator[tuple[str, str]]:
    """Values written "Province: Province Code"."""
    for one in _texts(imports, name):
        first, _, second = one.partition(": ")
        yield first, second


def _wanted(columns: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The names that an importer asks for; an address is needed everywhere and has rules of its own."""
    for words in columns:
        roles = tuple(_NAMES.get(plain(part), "") for part in re.split(r" or |, ", words))
        if all(roles):  # a full name is split before an import, but it says who somebody is
            yield words, roles if len(roles) == 1 and roles != ("name",) else tuple(_NAMES.values())


def profile_of(platform: Platform) -> SourceProfile:
    """The catalogue's export headers in the engine's words."""
    return SourceProfile(
        key=platform.key,
        name=platform.name,
        fingerprints=tuple(fingerprint(group) for group in platform.exports.fingerprints),
        tag_separator=platform.exports.tag_separator or "",
        words={plain(word): meaning for meaning, words in platform.exports.status_words.items() for word in words},
    )
