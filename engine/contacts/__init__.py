"""Contact files judged and split; see `judge_file`."""

from engine.contacts.columns import FieldSpec, read_fields
from engine.contacts.encodings import known_encoding
from engine.contacts.judging import judge_file
from engine.contacts.limits import SourceProfile, TargetLimits
from engine.contacts.report import Report

__all__ = ["FieldSpec", "Report", "SourceProfile", "TargetLimits", "judge_file", "known_encoding", "read_fields"]
