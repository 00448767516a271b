"""What the target accepts and what the source writes: the engine's own words for the numbers in the catalogue."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


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


def _get(source: Any, name: str, default: Any) -> Any:
    value = source.get(name) if isinstance(source, Mapping) else getattr(source, name, None)
    return default if value is None else value


def limits_of(platform: Any) -> TargetLimits:
    """The catalogue's import limits in the engine's words; what the catalogue does not know stays unjudged."""
    imports = _get(platform, "imports", {})
    tags = _get(imports, "tags", {})
    return TargetLimits(
        key=str(_get(platform, "key", "")),
        name=str(_get(platform, "name", _get(platform, "key", ""))),
        max_columns_warn=_number(imports, "max_columns_warn", "columns_warn"),
        max_columns_fail=_number(imports, "max_columns_fail", "columns_fail", "max_columns"),
        max_rows=_number(imports, "max_rows", "rows"),
        max_text=_number(imports, "max_text", "max_field_length", "text_length"),
        text_unit=str(_get(imports, "text_unit", "characters")),
        max_bytes=_number(imports, "max_bytes", "bytes"),
        tag_separator=str(_get(imports, "tag_separator", _get(tags, "separator", ""))),
        tag_pattern=str(_get(imports, "tag_pattern", _get(tags, "pattern", ""))),
        tag_symbols=str(_get(imports, "tag_symbols", _get(tags, "symbols", ""))),
        max_tag_length=_number(imports, "max_tag_length") or _number(tags, "max_length"),
    )


def profile_of(platform: Any) -> SourceProfile:
    """The catalogue's export headers in the engine's words."""
    exports = _get(platform, "exports", {})
    listed = _get(exports, "fingerprints", _get(exports, "headers", ()))
    groups = [listed] if listed and isinstance(listed[0], str) else listed
    return SourceProfile(
        key=str(_get(platform, "key", "")),
        name=str(_get(platform, "name", "")),
        fingerprints=tuple(fingerprint(group) for group in groups),
        tag_separator=str(_get(exports, "tag_separator", "")),
    )


def _number(source: Any, *names: str) -> int:
    """The first of the names that holds a whole number."""
    values = (_get(source, name, None) for name in names)
    return next((value for value in values if isinstance(value, int) and not isinstance(value, bool)), 0)
