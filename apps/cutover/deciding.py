"""Go or no-go: what is not met, who accepts which risk, and the decision with what was known when it was made."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.findings.readiness import ORDER, Area, Condition, areas_of
from apps.projects.models import Activity, Project
from apps.projects.telling import tell_decision
from engine.facts import FACTS
from engine.findings import Verdict

BEFORE = [kind for kind in FACTS.values() if not kind.only_after]


class Word(models.TextChoices):
    GO = "go", "Go"
    NO_GO = "no_go", "No-go"


class CannotDecide(Exception):
    """Why there is no go yet, in a sentence."""


class Risk(models.Model):
    """One unmet condition that somebody takes on: which, as it stood then, who, when, why."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="risks")
    key = models.CharField(max_length=60)
    verdict = models.CharField(max_length=12)
    reason = models.CharField("as it stood", max_length=500)
    note = models.CharField(max_length=500)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "key"], condition=models.Q(revoked_at=None), name="one_acceptance_of_a_risk"
            )
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.note}"

    @property
    def title(self) -> str:
        return FACTS[self.key].title if self.key in FACTS else self.key


class Decision(models.Model):
    """Go or no-go; `conditions` and `risks` are what was known and accepted then, and never change."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="decisions")
    word = models.CharField(max_length=6, choices=Word.choices)
    reason = models.CharField(max_length=1000, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    conditions = models.JSONField(default=list)  # [[key, title, verdict, reason]]
    risks = models.JSONField(default=list)  # [[key, title, note, who, when as ISO, as it stood]]

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        count = len(self.risks) if self.word == Word.GO else 0
        words = f" with {count} accepted {'risk' if count == 1 else 'risks'}" if count else ""
        return f"{self.get_word_display()}{words}"


@dataclass(frozen=True)
class Standing:
    """Where the decision stands now."""

    areas: list[Area]
    unmet: list[tuple[Condition, Risk | None]]  # with the acceptance that still holds

    @property
    def open(self) -> list[Condition]:
        return [condition for condition, risk in self.unmet if risk is None]

    @property
    def accepted(self) -> list[Risk]:
        return [risk for _, risk in self.unmet if risk is not None]


def standing(project: Project) -> Standing:
    """Two queries. A risk that has grown since it was accepted is open again."""
    areas = areas_of(project, BEFORE)
    risks = {risk.key: risk for risk in project.risks.filter(revoked_at=None).select_related("by")}
    unmet = [
        (condition, risks.get(condition.kind.key) if _holds(condition, risks.get(condition.kind.key)) else None)
        for area in areas
        for condition in area.unmet
    ]
    return Standing(areas, unmet)


def _holds(condition: Condition, risk: Risk | None) -> bool:
    """The same verdict, and nothing in its reason that was not there when it was accepted: a name that is gone is no
    new risk; another number or name is one that nobody has accepted."""
    if risk is None or risk.verdict != condition.verdict:
        return False
    return not Counter(_words(condition.reason)) - Counter(_words(risk.reason))


def _words(reason: str) -> list[str]:
    return re.findall(r"[\w.@/:-]*\w", reason)


@transaction.atomic
def accept(project: Project, key: str, note: str, *, by: User) -> None:
    """Take one unmet condition on. Accepting anew replaces the older acceptance."""
    Project.objects.select_for_update().get(pk=project.pk)
    found = next((one for one, _ in standing(project).unmet if one.kind.key == key), None)
    if found is None:
        raise CannotDecide("This is met by now; there is no risk to accept.")
    if not note.strip():
        raise CannotDecide(f"Say in a sentence why “{found.kind.title}” can be lived with.")
    project.risks.filter(key=key, revoked_at=None).update(revoked_at=timezone.now())
    Risk.objects.create(
        project=project, key=key, verdict=found.verdict.value, reason=found.reason[:500], note=note[:500], by=by
    )
    Activity.record(project, f"accepted the risk: {found.kind.title}", by=by, reason=note[:500])


@transaction.atomic
def revoke(project: Project, key: str, *, by: User) -> None:
    if project.risks.filter(key=key, revoked_at=None).update(revoked_at=timezone.now()):
        Activity.record(project, f"no longer accepts the risk: {FACTS[key].title if key in FACTS else key}", by=by)


@transaction.atomic
def decide(project: Project, word: str, reason: str, *, by: User, seen: str | None = None) -> Decision:
    """Write the decision down with everything known. Go needs every unmet condition met or accepted.

    `seen`: the newest decision that the one who decides has read; nobody decides over one that he has not.
    """
    Project.objects.select_for_update().get(pk=project.pk)
    newest = project.decisions.select_related("by").first()
    if seen is not None and newest is not None and seen != str(newest.pk):
        raise CannotDecide(
            f"{newest.by or 'Somebody'} has decided meanwhile: {newest}. Read it below, then decide again."
        )
    now = standing(project)
    if word == Word.GO and now.open:
        names = ", ".join(one.kind.title for one in now.open[:5])
        more = f" and {len(now.open) - 5} more" if len(now.open) > 5 else ""
        raise CannotDecide(f"Not met and not accepted: {names}{more}. Mend them, or let somebody accept each risk.")
    if word == Word.NO_GO and not reason.strip():
        raise CannotDecide("Say in a sentence why it is a no-go, so that everybody knows what to mend.")
    row = Decision.objects.create(
        project=project, word=word, reason=reason[:1000], by=by,
        conditions=[
            [one.kind.key, one.kind.title, one.verdict.value, one.reason]
            for area in now.areas
            for one in area.conditions
        ],
        risks=[
            [risk.key, risk.title, risk.note, str(risk.by or ""), risk.at.isoformat(), risk.reason]
            for risk in now.accepted
        ],
    )  # fmt: skip
    Activity.record(project, f"decided: {row}", by=by, reason=reason[:500], is_internal=False)
    text = f"{row} for the switch of {project.client}."  # clients have no page of the switch: their own first page
    tell_decision(project, text, link=project.get_absolute_url(), key=f"decision-{row.pk}", by=by)
    return row


def turned_since(decision: Decision | None, now: Standing) -> list[dict[str, Any]]:
    """Conditions that stand worse now than when the decision was made, and risks that have grown since."""
    if decision is None:
        return []
    then = {key: verdict for key, _, verdict, _ in decision.conditions}
    accepted = {risk[0] for risk in decision.risks}
    open_ = {one.kind.key for one in now.open}
    return [
        {"condition": one, "was": then.get(one.kind.key, "")}
        for area in now.areas
        for one in area.unmet
        if ORDER.index(one.verdict) < ORDER.index(then.get(one.kind.key, Verdict.NOT_READY))
        or one.kind.key in accepted & open_
    ]
