"""Files that are no contact lists: purchases, affiliates, course members, subscriptions, addresses to keep out.

Their judging is imported when a file of theirs is judged: a contact list starts faster without it.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.contacts.kinds.judging import KINDS, judge_records
    from engine.contacts.kinds.report import KindReport
    from engine.contacts.kinds.roles import suggest_kind
    from engine.contacts.report import Report

__all__ = ["CONTACTS", "KEYS", "KINDS", "KindReport", "judge_as", "judge_records", "suggest_kind"]
CONTACTS = "contacts"
KEYS = ("subscriptions", "purchases", "affiliates", "members", "blocked")
_HOMES = {"KINDS": "judging", "judge_records": "judging", "KindReport": "report", "suggest_kind": "roles"}
_TAKEN = ("as_of", "encoding", "delimiter", "out", "progress", "switch", "active_days", "wanted", "name")
_OURS = ("switch", "active_days")


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"engine.contacts.kinds.{_HOMES[name]}"), name)


def judge_as(kind: str, path: Path, **settings: Any) -> "Report":
    """Judge a file as what it is said to hold; each side takes the settings that mean something to it."""
    if kind == CONTACTS:
        from engine.contacts.judging import judge_file

        return judge_file(path, **{name: value for name, value in settings.items() if name not in _OURS})
    from engine.contacts.kinds.judging import judge_records

    return judge_records(path, kind, **{name: value for name, value in settings.items() if name in _TAKEN})
