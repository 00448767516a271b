"""Contact files judged and split; see `judge_file`.

The names below are imported when they are asked for: whoever wants a light part of this package (the web process) must
not get polars with it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.contacts.columns import FieldSpec, read_fields
    from engine.contacts.encodings import known_encoding
    from engine.contacts.judging import judge_file
    from engine.contacts.limits import SourceProfile, TargetLimits
    from engine.contacts.report import Report

__all__ = ["FieldSpec", "Report", "SourceProfile", "TargetLimits", "judge_file", "known_encoding", "read_fields"]
_HOMES = {
    "FieldSpec": "columns",
    "Report": "report",
    "SourceProfile": "limits",
    "TargetLimits": "limits",
    "judge_file": "judging",
    "known_encoding": "encodings",
    "read_fields": "columns",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"engine.contacts.{_HOMES[name]}"), name)
