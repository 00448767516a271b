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
    """The steps of go_live or of a way back, each with every field. Raises WrongSheet or KeyError on bad data."""
    rows = tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))["step"]
    steps = tuple({"waits_for": [], "expected": "", "fact": "", "client_sees": False} | row for row in rows)
    check_sheet(
        [Step(row["key"], row["title"], row["start"], row["minutes"], tuple(row["waits_for"])) for row in steps]
    )
    for row in steps:
        if row["fact"]:
            FACTS[row["fact"]]
    return steps
