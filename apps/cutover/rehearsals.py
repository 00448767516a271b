"""Whether a way back was really gone through: what was done, what was left out, and whether it is still the same."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from apps.cutover.runsheets import Outcome, Result, Run, RunStep


def plan_of(steps: Iterable[RunStep]) -> str:
    """A digest of what is to be done, in which order. Times and people may change without undoing a rehearsal."""
    rows = [
        [step.record["zone"], step.record["name"], step.record["type"], step.record["snapshot"]]
        if step.record
        else [step.section, step.title, step.expected, step.fact, sorted(_titles(step))]
        for step in steps
    ]
    return hashlib.sha256(json.dumps(sorted(map(str, rows))).encode()).hexdigest()


def _titles(step: RunStep) -> list[str]:
    return [other.title for other in step.waits_for.all() if not other.record]


@dataclass(frozen=True)
class Tried:
    """The newest finished run in which anything was done, and what is to be said about it."""

    run: Run
    skipped: tuple[str, ...]
    failed: tuple[str, ...]
    has_changed: bool

    @property
    def said(self) -> str:
        """What stands in the way of calling it rehearsed; empty where nothing does."""
        words = [
            f"{len(titles)} of the steps {word} (“{titles[0]}”{' and others' if titles[1:] else ''})"
            for titles, word in ((self.failed, "failed"), (self.skipped, "skipped"))
            if titles
        ]
        if self.has_changed:
            words.append("changed since the rehearsal")
        return ", ".join(words)


def tried(steps: Iterable[RunStep], runs: Iterable[Run]) -> Tried | None:
    """Out of the runs of one sheet, the newest first, with their marks; None where it was never gone through."""
    for run in runs:
        marks = list(run.marks.all())
        if run.outcome == Outcome.FINISHED and any(mark.result == Result.DONE for mark in marks):
            left = {
                result: tuple(mark.step.title for mark in marks if mark.result == result)
                for result in (Result.SKIPPED, Result.FAILED)
            }
            has_changed = bool(run.plan) and run.plan != plan_of(steps)
            return Tried(run, left[Result.SKIPPED], left[Result.FAILED], has_changed)
    return None
