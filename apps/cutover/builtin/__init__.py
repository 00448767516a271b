"""The built-in run sheets as data, read and checked once."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.facts import FACTS
from engine.runsheet import Step, check_sheet

HERE = Path(__file__).parent


@lru_cache
def built_in(name: str) -> tuple[dict[str, Any], ...]:
    """The steps of the go-live sheet, each with every field. Raises WrongSheet or KeyError on bad data."""
    return _steps(tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))["step"])


@lru_cache
def systems() -> dict[str, dict[str, Any]]:
    """The ways back: {system: {title, trigger, dns, step}}; `dns`: the records of the snapshot become steps."""
    rows = tomllib.loads((HERE / "rollback.toml").read_text(encoding="utf-8"))["system"]
    return {row["key"]: {"dns": False} | row | {"step": _steps(row["step"])} for row in rows}


@lru_cache
def keys() -> frozenset[str]:
    """Of every built-in step: those of which a length is learnt."""
    return frozenset(lengths())


@lru_cache
def lengths() -> dict[str, int]:
    """What each built-in step takes before anything is learnt."""
    backs = [row for system in systems().values() for row in system["step"]]
    return {row["key"]: row["minutes"] for row in [*built_in("go_live"), *backs]}


def _steps(rows: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    steps = tuple({"waits_for": [], "expected": "", "fact": "", "client_sees": False} | row for row in rows)
    check_sheet(
        [Step(row["key"], row["title"], row["start"], row["minutes"], tuple(row["waits_for"])) for row in steps]
    )
    for row in steps:
        if row["fact"]:
            FACTS[row["fact"]]
    return steps
