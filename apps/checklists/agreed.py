"""What was agreed: approvals, each with what it froze, and the baselines of dates that approved plans leave behind."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import User
from apps.projects.models import Project
from engine.plan.frozen import Approvable, Line


class Side(models.TextChoices):
    CONSULTANT = "consultant", "Consultant"
    CLIENT = "client", "Client"


class Answer(models.TextChoices):
    ASKED = "asked", "Asked"
    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Taken back"


PLAN, ITEM = "plan", "item"


def item_with_evidence(item: Any, evidence: Iterable[Any]) -> Approvable:
    """The item's words and what was given for it by people; what a check said changes by itself and is not in it."""
    lines = [Line("words", item.title, {"What to do": item.guidance, "Who": item.get_who_display()})]
    for one in evidence:
        if one.kind == "check":
            continue
        values = {"Text": one.text}
        if one.file is not None:
            values = {"File": one.file.name, "SHA-256": one.file.sha256}
        lines.append(Line(f"evidence-{one.pk}", f"Evidence: {one.get_kind_display().lower()}", values))
    return Approvable(item.title, item.get_absolute_url(), tuple(lines))


class Baseline(models.Model):
    """The dates of every item on the day on which the plan was approved. Never changed; the newest counts."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="baselines")
    number = models.PositiveIntegerField()
    go_live = models.DateTimeField()
    time_zone = models.CharField(max_length=64)
    dates = models.JSONField(default=dict)  # {pk of an item: its due date, ISO}
    digest = models.CharField(max_length=64)  # of the whole plan as the consultancy sees it
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="one_baseline_per_number")]

    def __str__(self) -> str:
        return f"Baseline {self.number}"

    def due_of(self, item_pk: int) -> date | None:
        text = self.dates.get(str(item_pk))
        return date.fromisoformat(text) if text else None

    @property
    def go_live_day(self) -> date:
        zone = Project(time_zone=self.time_zone).zone
        return self.go_live.astimezone(zone).date()


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def waiting(self) -> "ApprovalQuerySet":
        """Asked of the client and not answered."""
        return self.filter(state=Answer.ASKED, side=Side.CLIENT)

    def shown_to_clients(self) -> "ApprovalQuerySet":
        """The client's own; not those about an item that he does not see (any more)."""
        return self.filter(side=Side.CLIENT).exclude(subject=ITEM, item__client_sees=False).exclude(
            subject=ITEM, item=None
        )  # fmt: skip


class Approval(models.Model):
    """One person's yes or no to one thing as it stood then. `frozen` is that thing in its canonical form."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="approvals")
    subject = models.CharField(max_length=20)  # plan, item, or a key of settings.APPROVAL_SOURCES
    item = models.ForeignKey("checklists.ChecklistItem", models.SET_NULL, null=True, related_name="approvals")
    title = models.CharField(max_length=200)
    side = models.CharField(max_length=10, choices=Side.choices)
    state = models.CharField(max_length=10, choices=Answer.choices, default=Answer.ASKED)
    question = models.CharField(max_length=500, blank=True)
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    comment = models.CharField(max_length=500, blank=True)
    frozen = models.JSONField(default=list)
    digest = models.CharField(max_length=64, blank=True)
    baseline = models.ForeignKey(Baseline, models.SET_NULL, null=True, related_name="approvals")

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        indexes = [models.Index(fields=["project", "subject", "state"], name="approval_of_subject")]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "subject"],
                condition=Q(state="asked", item=None),
                name="one_question_per_subject",
            ),
            models.UniqueConstraint(fields=["item"], condition=Q(state="asked"), name="one_question_per_item"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"{self.project.get_absolute_url()}approvals/{self.pk}/"

    @property
    def short_digest(self) -> str:
        """Enough of the hash to compare it by eye."""
        return self.digest[:12]

    def frozen_at(self) -> Any:
        return self.decided_at or self.asked_at
