"""The one shape of a result: a rule looks at a subject and yields findings; facts about a project carry a verdict."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar


class Severity(StrEnum):
    """How much a finding weighs; UNKNOWN means "could not tell" and is neither good nor bad."""

    FATAL = "fatal"
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    UNKNOWN = "unknown"

    @property
    def rank(self) -> int:
        """0 is the gravest. "Could not tell" stands above a warning: it may hide an error."""
        return _RANKS[self]


_RANKS = {Severity.FATAL: 0, Severity.ERROR: 1, Severity.UNKNOWN: 2, Severity.WARNING: 3, Severity.NOTE: 4}


class Verdict(StrEnum):
    """What a fact says about readiness; UNKNOWN never counts as ready and never as missing."""

    READY = "ready"
    CONDITIONS = "conditions"
    NOT_READY = "not_ready"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file: the line (1-based, physical) on which the record starts, the record number, the column."""

    line: int = 0
    record: int = 0
    column: str = ""

    def __str__(self) -> str:
        parts = [f"line {self.line}" if self.line else "", f"column {self.column}" if self.column else ""]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of one rule. `message` is one sentence that says what to do; `code` is area.subject.problem."""

    severity: Severity
    code: str
    message: str
    where: str | Place = ""
    value: str = ""
    suggestion: str = ""


Subject = TypeVar("Subject")
Rule = Callable[[Subject], Iterable[Finding]]


def judge(subject: Subject, rules: Iterable[Rule[Subject]]) -> Iterator[Finding]:
    """Run every rule on the subject, in the order of the list."""
    for rule in rules:
        yield from rule(subject)


def worst(findings: Iterable[Finding]) -> Severity | None:
    """The gravest severity among the findings, or None where there are none."""
    return min((finding.severity for finding in findings), key=lambda severity: severity.rank, default=None)
