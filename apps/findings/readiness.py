"""Is the move ready? Worked out from the facts; "unknown" never counts as ready."""

from dataclasses import dataclass
from datetime import datetime

from apps.findings.models import Fact
from apps.projects.models import Project
from engine.facts import FACTS
from engine.findings import Verdict


@dataclass(frozen=True)
class Readiness:
    """The verdict over all facts with its reason; `facts` are those that stand in the way, gravest first."""

    verdict: Verdict
    reason: str
    as_of: datetime | None
    facts: list[Fact]


ORDER = [Verdict.NOT_READY, Verdict.UNKNOWN, Verdict.CONDITIONS, Verdict.READY]


def verdict_now(fact: Fact) -> Verdict:
    """A stale "ready" is unknown: it may have changed since."""
    verdict = Verdict(fact.verdict)
    return Verdict.UNKNOWN if fact.is_stale and verdict in (Verdict.READY, Verdict.CONDITIONS) else verdict


def readiness_of(project: Project) -> Readiness:
    """One query. A fact never established is unknown; the gravest verdict speaks for the project."""
    facts = sorted(project.facts.all(), key=lambda fact: ORDER.index(verdict_now(fact)))
    for fact in facts:
        fact.now = verdict_now(fact)
    if not facts:
        return Readiness(Verdict.UNKNOWN, "Nothing has been checked yet.", None, [])
    gravest = facts[0].now
    unchecked = [kind.title for key, kind in FACTS.items() if key not in {fact.key for fact in facts}]
    if gravest in (Verdict.READY, Verdict.CONDITIONS) and unchecked:
        return Readiness(Verdict.UNKNOWN, f"Not checked yet: {', '.join(unchecked[:4])}.", None, facts)
    standing = [fact for fact in facts if fact.now == gravest]
    reason = "Everything that was checked is ready." if gravest == Verdict.READY else standing[0].reason
    if len(standing) > 1 and gravest != Verdict.READY:
        reason = f"{reason} And {len(standing) - 1} more."
    return Readiness(gravest, reason, min(fact.as_of for fact in standing), facts)
