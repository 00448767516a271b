"""What the options of a call mean to the engine."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from engine import platforms
from engine.contacts.calling import CallError, read_json
from engine.contacts.columns import read_fields
from engine.contacts.encodings import known_encoding
from engine.contacts.kinds import CONTACTS, KEYS
from engine.contacts.limits import limits_of, profile_of
from engine.contacts.recipe import Recipe, read_recipe
from engine.contacts.wanted import Wanted
from engine.platforms import Platform
from engine.platforms.own import read_told, with_own


def settings_from(options: Any) -> dict[str, Any]:
    """The keyword arguments of `judge_as`; CallError with a sentence where an option makes no sense."""
    known = _catalogue(getattr(options, "own_values", None))
    return {
        "target": limits_of(_platform(known, options.target)),
        "source": profile_of(_platform(known, options.source)) if options.source else None,
        "known_sources": [profile_of(platform) for platform in known.values()],
        "fields": _fields(options.fields),
        "as_of": _day(options.as_of),
        "encoding": _encoding(options.encoding),
        "delimiter": _delimiter(options.delimiter),
        "recipe": _recipe(options.recipe),
        "kind": _kind(options.kind),
        "wanted": Wanted(sample=_sample(options.sample)),
        "switch": _day(options.switch),
        "active_days": _days(options.active_days),
    }


def surroundings_from(options: Any) -> dict[str, Any]:
    """What is known beside the file: the project's other lists, and domains that take no mail."""
    from engine.contacts.beside import read_beside  # with it comes numpy

    try:
        others = read_beside(options.beside) if options.beside else []
        no_mail, kept_out = (
            path.read_text("utf-8").split() if path else [] for path in (options.no_mail, options.keep_out)
        )
    except OSError as error:
        raise CallError("Check again: another list of the project changed at this moment.") from error
    except ValueError as error:
        raise CallError(f"The other lists cannot be used: {error}") from error
    return {"beside": others, "no_mail": no_mail, "kept_out_domains": kept_out}


def _kind(key: str) -> str:
    if key != CONTACTS and key not in KEYS:
        raise CallError(f"A file is one of these kinds: {CONTACTS}, {', '.join(KEYS)}.")
    return key


def of_contacts(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings that mean something where contact files are compared."""
    return {name: value for name, value in settings.items() if name not in ("kind", "switch", "active_days", "wanted")}


def _sample(number: int) -> int:
    if not 0 <= number <= 1_000:
        raise CallError("Give the size of the sample as a whole number up to 1000.")
    return number


def _days(number: int) -> int:
    if not 1 <= number <= 36_500:
        raise CallError("Give the days of an active buyer as a whole number from 1 to 36500.")
    return number


def _catalogue(own: Path | None) -> Mapping[str, Platform]:
    """The catalogue, with the own values of the file where one is named."""
    known = platforms.catalogue()
    if own is None:
        return known
    try:
        told = read_told(read_json(own, "file of own values"))
    except ValueError as error:
        raise CallError(f"The own values in {own} cannot be used: {error}.") from error
    return {key: with_own(platform, told.get(key, {})) for key, platform in known.items()}


def _platform(known: Mapping[str, Platform], key: str) -> Platform:
    try:
        return known[key]
    except KeyError as error:
        raise CallError(f"No platform has the key {key!r}.") from error


def _fields(path: Path | None) -> Any:
    if path is None:
        return None
    try:
        return read_fields(json.loads(path.read_text("utf-8")))
    except OSError as error:
        raise CallError(f"The fields file {path} cannot be opened.") from error
    except ValueError as error:
        raise CallError(f"The fields file {path} cannot be used: {error}") from error


def _recipe(path: Path | None) -> Recipe | None:
    if path is None:
        return None
    try:
        return read_recipe(json.loads(path.read_text("utf-8")))
    except OSError as error:
        raise CallError(f"The recipe {path} cannot be opened.") from error
    except ValueError as error:
        raise CallError(f"The recipe {path} cannot be used: {error}") from error


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise CallError(f"Write the day as YYYY-MM-DD, not {text!r}.") from error


def reading_from(encoding: str | None, delimiter: str | None) -> dict[str, str | None]:
    """How the text of another file is read, as somebody chose it."""
    return {"encoding": _encoding(encoding), "delimiter": _delimiter(delimiter)}


def _encoding(name: str | None) -> str | None:
    try:
        return known_encoding(name) if name else None
    except LookupError as error:
        raise CallError(f"No encoding is called {name!r}.") from error


def _delimiter(text: str | None) -> str | None:
    """One sign, or its name; a shell passes a tab badly."""
    if not text:
        return None
    sign = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|"}.get(text.lower(), text)
    if len(sign) != 1 or sign in '"\r\n\0':
        raise CallError("The delimiter is one sign, or comma, semicolon, tab or pipe.")
    return sign
