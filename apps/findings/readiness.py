"""Is the move ready? Worked out from the facts; "unknown" never counts as ready."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from apps.findings.models import Fact
from apps.projects.models import Project
from engine.facts import FACTS, FactKind
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


def expected_now(project: Project) -> list[FactKind]:
    """What can be true at this time: before go-live nobody waits for what only the switch brings."""
    is_after = timezone.now() >= project.go_live
    return [kind for kind in FACTS.values() if is_after or not kind.only_after]


def readiness_of(project: Project) -> Readiness:
    """One query. A fact never established is unknown; the gravest verdict speaks for the project."""
    expected = {kind.key: kind for kind in expected_now(project)}
    facts = [fact for fact in project.facts.all() if fact.key in expected]
    facts.sort(key=lambda fact: ORDER.index(verdict_now(fact)))
    for fact in facts:
        fact.now = verdict_now(fact)
    if not facts:
        return Readiness(Verdict.UNKNOWN, "Nothing has been checked yet.", None, [])
    gravest = facts[0].now
    unchecked = [kind.title for key, kind in expected.items() if key not in {fact.key for fact in facts}]
    if gravest in (Verdict.READY, Verdict.CONDITIONS) and unchecked:
        return Readiness(Verdict.UNKNOWN, f"Not checked yet: {', '.join(unchecked[:4])}.", None, facts)
    standing = [fact for fact in facts if fact.now == gravest]
    reason = "Everything that was checked is ready." if gravest == Verdict.READY else standing[0].reason
    if len(standing) > 1 and gravest != Verdict.READY:
        reason = f"{reason} And {len(standing) - 1} more."
    return Readiness(gravest, reason, min(fact.as_of for fact in standing), facts)


AREAS = {
    "inventory": ("Inventory", "inventory/"), "contacts": ("Contacts", "contacts/"),
    "domains": ("Domains and mail", "domains/"), "cutover": ("The switch itself", "cutover/"),
}  # fmt: skip

PAGES = {
    "cutover.redirects_prepared": "cutover/redirects/", "cutover.redirects_right": "cutover/redirects/",
    "cutover.journeys_passed": "cutover/journeys/", "cutover.payments_decided": "cutover/payments/",
    "cutover.rollback_ready": "cutover/rollback/", "cutover.warmed_up": "cutover/warm-up/",
    "cutover.watch_calm": "cutover/watch/", "cutover.accounts_closed": "cutover/closing/",
}  # fmt: skip


@dataclass(frozen=True)
class Condition:
    """One thing that must be known: its kind, the fact (None where nobody has looked), and what counts now."""

    kind: FactKind
    fact: Fact | None
    verdict: Verdict
    reason: str
    link: str

    @property
    def is_met(self) -> bool:
        return self.verdict == Verdict.READY


@dataclass(frozen=True)
class Area:
    """The conditions of one part of the move; the gravest speaks."""

    key: str
    title: str
    link: str
    conditions: list[Condition]

    @property
    def verdict(self) -> Verdict:
        return min((one.verdict for one in self.conditions), key=ORDER.index, default=Verdict.UNKNOWN)

    @property
    def unmet(self) -> list[Condition]:
        return [one for one in self.conditions if not one.is_met]


def areas_of(project: Project, kinds: list[FactKind] | None = None) -> list[Area]:
    """Every area with its conditions, those that are not met first; one query."""
    known = project.facts.by_key()
    found: dict[str, list[Condition]] = {}
    for kind in kinds if kinds is not None else expected_now(project):
        fact = known.get(kind.key)
        home = project.get_absolute_url() + PAGES.get(kind.key, AREAS[kind.key.partition(".")[0]][1])
        verdict = verdict_now(fact) if fact else Verdict.UNKNOWN
        reason = fact.reason if fact else f"Not checked yet. Ready means: {kind.says}"
        one = Condition(kind, fact, verdict, reason, (fact.link if fact else "") or home)
        found.setdefault(kind.key.partition(".")[0], []).append(one)
    return [
        Area(key, *_named(project, key), sorted(found[key], key=lambda one: ORDER.index(one.verdict)))
        for key in AREAS
        if key in found
    ]


def _named(project: Project, key: str) -> tuple[str, str]:
    title, path = AREAS[key]
    return title, project.get_absolute_url() + path
