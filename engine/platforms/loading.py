"""Reads one platform file and refuses what does not keep the form, naming the file and the place."""

import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from engine.platforms.model import (
    Dns,
    Exports,
    Imports,
    Mark,
    Match,
    Move,
    Need,
    Note,
    Platform,
    Purpose,
    Record,
    Role,
    Trace,
    TraceKind,
    Value,
)

Word = TypeVar("Word", bound=StrEnum)

IMPORTS: dict[str, type] = {
    "file_types": list,
    "max_size": int,
    "max_rows": int,
    "max_rows_a_day": int,
    "max_columns_warn": int,
    "max_columns_fail": int,
    "max_files_a_day": int,
    "pause_minutes": int,
    "max_line": int,
    "max_text": int,
    "max_email_length": int,
    "email_letters": str,
    "email_refused": str,
    "role_addresses": str,
    "field_lengths": list,
    "zip_form": str,
    "country_form": str,
    "time_zone_form": str,
    "line_breaks": str,
    "emoji": str,
    "spaces": str,
    "max_tags_a_file": int,
    "required_columns": list,
    "paired_columns": list,
    "not_imported": list,
    "first_column": list,
    "header_names": list,
    "consent_words": list,
    "tag_separator": str,
    "tag_quote": str,
    "multi_value_separator": str,
    "tag_symbols": str,
    "tag_pattern": str,
    "max_tag_length": int,
    "date_form": str,
    "birthday_form": str,
    "phone_form": str,
    "phone_local": str,
    "encoding": str,
    "name_rule": str,
    "consent": list,
    "approval_days": int,
    "duplicates": str,
    "overwrite": str,
    "blocked": str,
}
EXPORTS: dict[str, type] = {
    "fingerprints": list,
    "date_form": str,
    "tag_separator": str,
    "delimiter": str,
    "encoding": str,
    "files": str,
    "status_words": dict,
}
COSTS: dict[str, type] = {"price_of_1000_contacts_a_month": str}
KINDS = (
    "landing_page",
    "sales_page",
    "checkout_page",
    "thank_you_page",
    "other_page",
    "funnel",
    "product",
    "price",
    "payment_gateway",
    "affiliate_programme",
    "email_sequence",
    "broadcast",
    "automation",
    "tag",
    "custom_field",
    "form",
    "membership_site",
    "course",
    "access_rule",
    "calendar",
    "survey",
    "media",
    "integration",
    "subscription",
    "contacts",
    "purchases",
    "affiliates",
)
SECTIONS = {"key", "name", "words", "roles", "imports", "exports", "dns", "structure", "moves", "costs", "notes"}
STATEMENT = {"value", "source", "read", "mark", "unit", "severity", "note"}
RECORD = {"host", "type", "need", "match", "purpose", "sentence", "source", "read", "mark", "value"}
RECORD |= {"per_account", "variant", "priority"}
GENERAL = Path(__file__).parent / "general"


class PlatformFileError(ValueError):
    """A platform file that does not keep the form."""


class _Place:
    """Where in which file the reader stands, so that a fault is found at once."""

    def __init__(self, *parts: str) -> None:
        self.parts = parts

    def at(self, part: object) -> "_Place":
        return _Place(*self.parts, str(part))

    def refuse(self, words: str) -> PlatformFileError:
        return PlatformFileError(f"{': '.join(self.parts)}: {words}")


def read_platform(path: Path) -> Platform:
    """The platform of one file; its key must be the file's name."""
    place = _Place(path.name)
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise place.refuse(f"is not readable TOML ({error}).") from error
    _only(raw, SECTIONS, place)
    if raw.get("key") != path.stem:
        raise place.refuse(f"give it the key {path.stem!r}, the name of the file.")
    dns = raw.get("dns", {})
    _only(dns, {"expected", "traces"}, place.at("dns"))
    return Platform(
        key=raw["key"],
        name=_text(raw, "name", place),
        words=_text(raw, "words", place),
        roles=tuple(_word(Role, one, place.at("roles")) for one in raw.get("roles", [])),
        imports=Imports(_values(raw.get("imports", {}), IMPORTS, place.at("imports"))),
        exports=Exports(_values(raw.get("exports", {}), EXPORTS, place.at("exports"))),
        dns=Dns(
            tuple(_record(one, place.at("dns.expected").at(n)) for n, one in enumerate(dns.get("expected", []), 1)),
            tuple(_trace(one, place.at("dns.traces").at(n)) for n, one in enumerate(dns.get("traces", []), 1)),
        ),
        structure=_statement(raw["structure"], list, place.at("structure")) if "structure" in raw else None,
        moves=_moves(raw.get("moves", {}), "target" in raw.get("roles", []), place.at("moves")),
        costs=_costs(raw.get("costs", {}), "target" in raw.get("roles", []), place.at("costs")),
        notes=tuple(_note(one, place.at("notes").at(n)) for n, one in enumerate(raw.get("notes", []), 1)),
    )


def _values(raw: Mapping[str, Any], form: Mapping[str, type], place: _Place) -> Mapping[str, Value[Any]]:
    _only(raw, set(form), place)
    return MappingProxyType({name: _statement(one, form[name], place.at(name)) for name, one in raw.items()})


def _statement(raw: Any, kind: type, place: _Place) -> Value[Any]:
    """A value with its source; an unknown one has no value, a known one must have it."""
    if not isinstance(raw, dict):
        raise place.refuse("write it as { value = …, source = …, read = …, mark = … }.")
    _only(raw, STATEMENT, place)
    source, read_on, mark = _origin(raw, place)
    value = raw.get("value")
    if (value is None) != (mark is Mark.UNKNOWN):
        raise place.refuse("leave the value out when the mark is unknown, and only then.")
    if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
        raise place.refuse(f"the value must be of the type {kind.__name__}.")
    words = {name: str(raw.get(name, "")) for name in ("unit", "severity", "note")}
    return Value(frozen(value), source, read_on, mark, **words)


def _record(raw: Mapping[str, Any], place: _Place) -> Record:
    _only(raw, RECORD, place)
    source, read_on, mark = _origin(raw, place)
    match = _word(Match, raw.get("match"), place)
    if "value" not in raw and match not in (Match.PRESENT, Match.PER_ACCOUNT):
        raise place.refuse(f"the match {match} needs a value.")
    return Record(
        host=str(raw.get("host", "")),
        type=_text(raw, "type", place),
        need=_word(Need, raw.get("need"), place),
        match=match,
        purpose=_word(Purpose, raw.get("purpose"), place),
        sentence=_text(raw, "sentence", place),
        source=source,
        read_on=read_on,
        mark=mark,
        value=raw.get("value"),
        per_account=bool(raw.get("per_account", match is Match.PER_ACCOUNT)),
        variant=str(raw.get("variant", "")),
        priority=raw.get("priority"),
    )


def _trace(raw: Mapping[str, Any], place: _Place) -> Trace:
    _only(raw, {"kind", "value", "source", "read", "mark", "hosts", "type", "alone", "note"}, place)
    source, read_on, mark = _origin(raw, place)
    value, hosts = raw.get("value"), tuple(raw.get("hosts", ()))
    if not value and not hosts:
        raise place.refuse("name a value or the hosts to look at.")
    return Trace(
        kind=_word(TraceKind, raw.get("kind"), place),
        value=value,
        source=source,
        read_on=read_on,
        mark=mark,
        hosts=hosts,
        type=str(raw.get("type", "")),
        alone=bool(raw.get("alone", value is not None)),
        note=str(raw.get("note", "")),
    )


def _note(raw: Mapping[str, Any], place: _Place) -> Note:
    _only(raw, {"about", "text", "source", "read", "mark"}, place)
    if raw.get("about") not in ("imports", "exports", "dns", "scope"):
        raise place.refuse("say what the note is about: imports, exports, dns or scope.")
    return Note(raw["about"], _text(raw, "text", place), *_origin(raw, place))


def _moves(raw: Mapping[str, Any], is_target: bool, place: _Place) -> Mapping[str, Value[Move]]:
    """Every kind of asset: what the platform's own pages say, else, for a target, the general guide."""
    stated = {**(_general("moves") if is_target else {}), **raw}
    _only(stated, set(KINDS), place)
    found = {kind: _statement(stated[kind], str, place.at(kind)) for kind in KINDS if kind in stated}
    return MappingProxyType({kind: _as_move(value, place.at(kind)) for kind, value in found.items()})


def _costs(raw: Mapping[str, Any], is_target: bool, place: _Place) -> Mapping[str, Value[Any]]:
    """What a target asks for; where its file has no price, the page says that it is not known."""
    return _values({**(_general("costs") if is_target else {}), **raw}, COSTS, place)


def _as_move(stated: Value[str], place: _Place) -> Value[Move]:
    move = _word(Move, stated.value, place) if stated.value else None
    return Value(move, stated.source, stated.read_on, stated.mark, note=stated.note)


@lru_cache(maxsize=2)
def _general(name: str) -> dict[str, Any]:
    return tomllib.loads((GENERAL / f"{name}.toml").read_text("utf-8"))


def _origin(raw: Mapping[str, Any], place: _Place) -> tuple[str, date, Mark]:
    """Source, date and mark, without which nothing enters the catalogue."""
    read_on = raw.get("read")
    if not isinstance(read_on, date) or isinstance(read_on, datetime):
        raise place.refuse("say when it was read, as read = 2026-11-01.")
    return _text(raw, "source", place), read_on, _word(Mark, raw.get("mark"), place)


def _text(raw: Mapping[str, Any], name: str, place: _Place) -> str:
    text = raw.get(name)
    if not isinstance(text, str) or not text.strip():
        raise place.refuse(f"the text {name!r} is missing.")
    return text


def _word(words: Callable[[Any], Word], word: Any, place: _Place) -> Word:
    try:
        return words(word)
    except ValueError as error:
        raise place.refuse(f"{error}.") from error


def _only(raw: Mapping[str, Any], allowed: set[str], place: _Place) -> None:
    """A misspelt name must not vanish without a word."""
    odd = sorted(set(raw) - allowed)
    if odd:
        raise place.refuse(f"there is no place for {', '.join(odd)}.")


def frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(frozen(one) for one in value)
    if isinstance(value, dict):
        return MappingProxyType({name: frozen(one) for name, one in value.items()})
    return value
