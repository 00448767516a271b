"""Files that are no contact lists: purchases, affiliates, course members, subscriptions, addresses to keep out."""

from pathlib import Path
from typing import Any

from engine.contacts.judging import judge_file
from engine.contacts.kinds.judging import KINDS, judge_records
from engine.contacts.kinds.report import KindReport
from engine.contacts.kinds.roles import suggest_kind
from engine.contacts.report import Report

__all__ = ["CONTACTS", "KINDS", "KindReport", "judge_as", "judge_records", "suggest_kind"]
CONTACTS = "contacts"
_TAKEN = ("as_of", "encoding", "delimiter", "out", "progress", "switch", "active_days", "wanted", "name")
_OURS = ("switch", "active_days")


def judge_as(kind: str, path: Path, **settings: Any) -> Report:
    """Judge a file as what it is said to hold; each side takes the settings that mean something to it."""
    if kind == CONTACTS:
        return judge_file(path, **{name: value for name, value in settings.items() if name not in _OURS})
    return judge_records(path, kind, **{name: value for name, value in settings.items() if name in _TAKEN})
