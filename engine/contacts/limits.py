"""What the target accepts and what the source writes: the engine's own words for the numbers in the catalogue."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from engine.contacts.vocabulary import plain
from engine.platforms import Mark, Platform

_NAMES = {"first name": "first_name", "last name": "last_name"}


@dataclass(frozen=True, slots=True)
class TargetLimits:
    """The limits of one import. 0 or "" means that the platform states none, and then nothing is judged by it."""

    key: str
    name: str
    max_columns_warn: int = 0
    max_columns_fail: int = 0
    max_rows: int = 0
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
    date_form: str = ""  # as the platform writes it: "MM/DD/YYYY"
    letters: str = ""  # "ascii": no others in any cell
    refuses_line_breaks: bool = False
    field_lengths: tuple[tuple[str, int], ...] = ()  # by the platform's own names of its fields
    wanted: tuple[tuple[str, tuple[str, ...]], ...] = ()  # beside the address: words, and roles of which one will do
    is_wanted_surely: bool = False

    def refuses_tag(self, tag: str) -> bool:
        """True for a tag with symbols that the platform does not take."""
        return bool(self.tag_pattern) and not re.fullmatch(self.tag_pattern, tag)

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
        date_form=imports.date_form or "",
        letters="ascii" if imports.encoding == "ASCII" else "",
        refuses_line_breaks=imports.line_breaks == "refused",
        field_lengths=imports.field_lengths,
        wanted=tuple(_wanted(imports.required_columns)),
        is_wanted_surely="required_columns" in imports.values and imports["required_columns"].mark is Mark.SURE,
    )


def _wanted(columns: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The names that an importer asks for; an address is needed everywhere and has rules of its own."""
    for words in columns:
        roles = tuple(_NAMES.get(plain(part), "") for part in re.split(r" or |, ", words))
        if all(roles):  # a full name is split before an import, but it says who somebody is
            yield words, (*roles, "name") if len(roles) > 1 else roles


def profile_of(platform: Platform) -> SourceProfile:
    """The catalogue's export headers in the engine's words."""
    return SourceProfile(
        key=platform.key,
        name=platform.name,
        fingerprints=tuple(fingerprint(group) for group in platform.exports.fingerprints),
        tag_separator=platform.exports.tag_separator or "",
        words={plain(word): meaning for meaning, words in platform.exports.status_words.items() for word in words},
    )
