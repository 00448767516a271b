"""Why a rule matters for the target: our sentence, and what the platform itself says, with source and date."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.platforms import Platform, Value

FILE = Path(__file__).with_name("reasons.toml")


@dataclass(frozen=True, slots=True)
class Said:
    """One statement of the catalogue about the target."""

    sentence: str
    source: str
    read_on: date


@dataclass(frozen=True, slots=True)
class Reason:
    """What a client reads below a rule."""

    why: str
    said: tuple[Said, ...] = ()


@lru_cache(maxsize=1)
def _told() -> tuple[Mapping[str, str], Mapping[str, dict[str, Any]]]:
    """The phrases by the catalogue's name of the value, and the reasons by code."""
    told = tomllib.loads(FILE.read_text("utf-8"))
    reasons = {code: reason for reason in told["reason"] for code in reason["codes"]}
    return told["says"], reasons


def known_codes() -> frozenset[str]:
    """The codes that have a reason; one that ends in .* stands for all that begin so."""
    return frozenset(_told()[1])


def reason_for(code: str, platform: Platform | None, target_name: str) -> Reason | None:
    """What matters for this target, as the consultancy sees it. None for a code that nobody has given a reason yet."""
    phrases, reasons = _told()
    told = reasons.get(code) or reasons.get(code.rpartition(".")[0] + ".*")
    if told is None:
        return None
    said = [_said(platform, name, phrases[name]) for name in told.get("says", ())] if platform else []
    return Reason(told["why"].replace("{target}", target_name), tuple(one for one in said if one))


def _said(platform: Platform, name: str, phrase: str) -> Said | None:
    """What the platform's pages state; nothing where they do not."""
    value = platform.imports.values.get(name)
    if value is None or not value.is_known or value.value in (None, 0, (), []):
        return None
    words = phrase.replace("{value}", _shown(value.value)).replace("{unit}", value.unit).strip()
    sentence = f"{platform.name} {words}"
    ending = "" if sentence.endswith((".", "?")) else "."
    return Said(f"{sentence}{ending}{_note(value)}", value.source, value.read_on)


def _shown(value: Any) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list | tuple):
        return (" " if all(str(one).endswith(("?", ".")) for one in value) else "; ").join(map(str, value))
    return str(value)


def _note(value: Value[Any]) -> str:
    return f" {value.note}" if value.note else ""
