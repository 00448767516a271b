"""The plan of one project: items, what they wait for, and the evidence that was given."""

from datetime import date, timedelta
from typing import Any

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.accounts.models import User
from apps.checklists.agreed import Answer, item_with_evidence
from apps.checklists.agreed import Approval as Approval  # models of this app, in a file of their own
from apps.checklists.agreed import Baseline as Baseline
from apps.checklists.plans import Plan as Plan  # models of this app, in a file of their own
from apps.checklists.plans import PlanTemplate as PlanTemplate
from apps.checklists.plans import TemplateVersion as TemplateVersion
from apps.projects.models import Comment, Project, ProjectRow, Role
from apps.projects.stored import StoredFile


class Who(models.TextChoices):
    CONSULTANT = "consultant", "Consultant"
    CLIENT = "client", "Client"


class CountedFrom(models.TextChoices):
    """Where the days of an item are counted: before go-live, or after the start of the project."""

    GO_LIVE = "go_live", "before go-live"
    START = "start", "after the start"


class State(models.TextChoices):
    OPEN = "open", "Open"
    DONE = "done", "Done"
    NOT_APPLICABLE = "not_applicable", "Not applicable"


class How(models.TextChoices):
    """What an item was ticked by."""

    PERSON = "person", "by hand"
    FACT = "fact", "by the system's own check"
    OVERRIDE = "override", "by override"
    HELD = "held", "by hand, and again when its gate opens"


class EvidenceKind(models.TextChoices):
    NONE = "", "None"
    FILE = "file", "A file"
    URL = "url", "A link"
    COUNT = "count", "A number"
    TEXT = "text", "A few words"
    CHECK = "check", "The system's own check"


# What an item says of the client's calls to his consultant once they are answered.
NO_CALL = {"stuck_note": "", "stuck_at": None, "stuck_by": None,
           "handed_back_note": "", "handed_back_at": None, "handed_back_by": None}  # fmt: skip
OF_THE_BLOCKER = ("waits_for__project", "waits_for__assignee")


class NotYet(Exception):
    """Why an item cannot be ticked, in a sentence for the person who tried."""


class ItemQuerySet(models.QuerySet["ChecklistItem"]):
    def open(self) -> "ItemQuerySet":
        return self.filter(state=State.OPEN)

    def settled(self) -> "ItemQuerySet":
        return self.exclude(state=State.OPEN)

    def overdue(self, today: date) -> "ItemQuerySet":
        return self.open().filter(due__lt=today)

    def stuck(self) -> "ItemQuerySet":
        return self.open().exclude(stuck_note="")

    def called(self) -> "ItemQuerySet":
        """What a client is stuck with or handed back, the one who waits longest first."""
        called = self.open().filter(~Q(stuck_note="") | Q(handed_back_at__isnull=False))
        since = Coalesce("stuck_at", "handed_back_at", "updated_at")
        return called.select_related("project", "stuck_by", "handed_back_by").order_by(since, "pk")

    def shown_to(self, role: int) -> "ItemQuerySet":
        return self if role >= Role.CONSULTANT else self.filter(client_sees=True)

    def waiting_on(self, user: User | None) -> "ItemQuerySet":
        """Open items a client of the project is asked to do himself, without those that he handed back."""
        mine = Q(assignee=None, who=Who.CLIENT)
        if user is not None:
            mine |= Q(assignee=user)
        return self.open().filter(mine, client_sees=True, handed_back_at=None)

    def handed_back(self) -> "ItemQuerySet":
        """Open items of which a client said that they are not his."""
        return self.open().exclude(handed_back_at=None)

    def of_consultant(self, user: User) -> "ItemQuerySet":
        """Open items that are this consultant's: assigned to him, or nobody's and his side's."""
        his = Q(assignee=user) | Q(assignee=None, who=Who.CONSULTANT) | Q(handed_back_at__isnull=False)
        return self.open().filter(his)

    def blocked(self) -> "ItemQuerySet":
        return self.filter(Exists(Wait.objects.filter(item=OuterRef("pk"), waits_for__state=State.OPEN)))

    def free(self) -> "ItemQuerySet":
        """Nothing that they wait for is open."""
        return self.exclude(Exists(Wait.objects.filter(item=OuterRef("pk"), waits_for__state=State.OPEN)))

    def with_blockers(self, role: int = Role.OWNER) -> "ItemQuerySet":
        """Each item with `open_waits` and the comments this role may read, counted; two queries however many."""
        waits = Wait.objects.filter(waits_for__state=State.OPEN).select_related(
            "waits_for__project", "waits_for__assignee"
        )
        comments = Comment.objects.filter(subject_type="checklists.checklistitem", subject_id=OuterRef("pk"))
        comments = comments.shown_to(role).order_by().values("subject_id").annotate(n=Count("pk")).values("n")
        return (
            self.select_related("done_by", "assignee")
            .annotate(comment_count=models.Subquery(comments))
            .prefetch_related(Prefetch("waits", queryset=waits, to_attr="open_waits"))
        )

    def per_phase(self, phases: list[str]) -> list[dict[str, Any]]:
        """Number, name, items settled and in all, of each phase of the plan; one query."""
        settled = Count("pk", filter=~Q(state=State.OPEN))
        rows = self.order_by().values("phase").annotate(done=settled, total=Count("pk"))
        found = {row["phase"]: row for row in rows}
        empty = {"done": 0, "total": 0}
        return [
            {"number": number, "name": name} | _counts(found.get(number, empty))
            for number, name in enumerate(phases, 1)
        ]


def _counts(row: dict[str, Any]) -> dict[str, int]:
    percent = round(100 * row["done"] / row["total"]) if row["total"] else 0
    return {"done": row["done"], "total": row["total"], "percent": percent}


class ChecklistItem(ProjectRow):
    """One thing to do. Whether it is blocked is worked out from what it waits for, never stored."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="items")
    key = models.CharField(max_length=60, blank=True)
    phase = models.PositiveSmallIntegerField()
    section = models.CharField(max_length=80)
    position = models.PositiveIntegerField(default=0)
    title = models.CharField(max_length=160)
    guidance = models.TextField(blank=True, max_length=4000)
    who = models.CharField("who does it", max_length=10, choices=Who.choices, default=Who.CONSULTANT)
    assignee = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    days = models.SmallIntegerField("days", default=0)
    counted_from = models.CharField(
        "counted", max_length=8, choices=CountedFrom.choices, default=CountedFrom.GO_LIVE, blank=True
    )
    fixed_on = models.DateField("fixed date", null=True, blank=True)  # stays where it is when go-live moves
    due = models.DateField(null=True, blank=True)
    evidence_kind = models.CharField("evidence", max_length=8, choices=EvidenceKind.choices, blank=True, default="")
    fact = models.CharField(max_length=60, blank=True)
    needs_approval = models.BooleanField("the client approves it", default=False)
    client_sees = models.BooleanField("the client sees this", default=False)
    is_essential = models.BooleanField("essential", default=False)
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    done_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)
    done_how = models.CharField(max_length=10, choices=How.choices, blank=True, default="")
    state_reason = models.CharField("reason", max_length=500, blank=True, default="")  # of an open one: why again
    reopened_at = models.DateTimeField(null=True)
    stuck_note = models.CharField("stuck", max_length=500, blank=True, default="")

    stuck_at = models.DateTimeField(null=True)
    stuck_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    handed_back_note = models.CharField("not mine", max_length=500, blank=True, default="")
    handed_back_at = models.DateTimeField(null=True)
    handed_back_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    unlogged = frozenset(
        {"done_by", "done_at", "done_how", "state_reason", "reopened_at", "stuck_note", "handed_back_note"}
        | {"stuck_at", "stuck_by", "handed_back_at", "handed_back_by"}
    )
    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ["phase", "position", "pk"]
        indexes = [
            models.Index(fields=["project", "phase", "position"], name="item_in_order"),
            models.Index(fields=["project", "state", "due"], name="item_due"),
            models.Index(fields=["project", "fact"], name="item_of_fact"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["project", "key"], condition=~Q(key=""), name="one_item_per_key"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"{self.project.get_absolute_url()}checklist/{self.pk}/"

    @property
    def is_settled(self) -> bool:
        return self.state != State.OPEN

    @property
    def blockers(self) -> list["ChecklistItem"]:
        """The open items this one waits for; from the prefetch where the list has one."""
        if hasattr(self, "open_waits"):
            return [wait.waits_for for wait in self.open_waits]
        waits = self.waits.filter(waits_for__state=State.OPEN).select_related(
            "waits_for__project", "waits_for__assignee"
        )
        return [wait.waits_for for wait in waits]

    @property
    def waits_sentence(self) -> str:
        """For the disabled box: waits for: SPF verified (consultant), contacts approved (client)."""
        names = self.blocker_names(self.viewer, self.viewer_role)
        return f"Waits for: {', '.join(names)}" if names else ""

    # Who reads the sentences of this row; set by `seen_by`. Without it they are the consultancy's own.
    viewer: User | None = None
    viewer_role: int = Role.OWNER

    def seen_by(self, viewer: User | None, role: int) -> "ChecklistItem":
        """From now on the row speaks to this person: "you" is he, and what he may not see is not named."""
        self.viewer, self.viewer_role = viewer, role
        return self

    @property
    def visible_blockers(self) -> list["ChecklistItem"]:
        """Of the blockers those whose titles this reader may know."""
        is_staff = self.viewer_role >= Role.CONSULTANT
        return [item for item in self.blockers if is_staff or item.client_sees]

    def blocker_names(self, viewer: User | None, role: int) -> list[str]:
        """SPF verified (you), contacts approved (client). A client is not told the title of what he does not see."""
        shown = [item for item in self.blockers if role >= Role.CONSULTANT or item.client_sees]
        names = [f"{item.title} ({item.doer(viewer, role)})" for item in shown]
        return [*names, "a step of your consultant"] if len(shown) < len(self.blockers) else names

    def doer(self, viewer: User | None, role: int) -> str:
        """Who does it in the reader's words: you, a name, client or consultant."""
        if self.assignee_id is not None:
            return "you" if viewer is not None and viewer.pk == self.assignee_id else str(self.assignee)
        is_own_side = (self.who == Who.CONSULTANT) == (role >= Role.CONSULTANT)
        return "you" if viewer is not None and is_own_side else self.get_who_display().lower()

    def due_for(self, project: Project) -> date:
        """Its fixed date, or counted from the start or back from go-live, on the calendar where the client is."""
        if self.fixed_on is not None:
            return self.fixed_on
        if self.counted_from == CountedFrom.START:
            return project.started_on + timedelta(days=self.days)
        return project.go_live_day - timedelta(days=self.days)

    def may_be_ticked_by(self, user: User | None, role: int) -> bool:
        """Clients tick what they see and are asked to do; consultants everything."""
        if role >= Role.CONSULTANT:
            return True
        is_named = user is not None and self.assignee_id == user.pk
        is_his = is_named or (self.assignee_id is None and self.who == Who.CLIENT)
        return role == Role.CLIENT and self.client_sees and is_his

    def what_is_missing(self) -> str:
        """Why it cannot be ticked by hand now, as a sentence; empty when it can."""
        if sentence := self.waits_sentence:
            return f"{sentence}."
        if self.evidence_kind == EvidenceKind.CHECK:
            return "The system ticks this item itself when its check is ready; a consultant may override with a reason."
        if not self.has_evidence:
            return f"This item asks for evidence first: {self.get_evidence_kind_display().lower()}."
        if self.needs_approval and not self.is_approved:
            return "This item asks for the client's approval first."
        return ""

    @property
    def all_evidence(self) -> models.QuerySet["Evidence"]:
        """What was taken back too."""
        return Evidence.all_given.filter(item=self)

    @property
    def has_evidence(self) -> bool:
        """What it asks for was given, and still stands."""
        given = self.evidence.filter(kind=self.evidence_kind)
        if self.evidence_kind == EvidenceKind.FILE:
            given = given.filter(file__deleted_at=None, file__isnull=False)
        return not self.evidence_kind or self.evidence_kind == EvidenceKind.CHECK or given.exists()

    @property
    def is_approved(self) -> bool:
        """The client said yes to it as it stands now, words and evidence; after a change he is asked again."""
        said_yes = set(self.approvals.filter(state=Answer.APPROVED).values_list("digest", flat=True))
        return bool(said_yes) and item_with_evidence(self, self.evidence.select_related("file")).digest in said_yes


class Wait(models.Model):
    """One item waits for another one."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="waits")
    item = models.ForeignKey(ChecklistItem, models.CASCADE, related_name="waits")
    waits_for = models.ForeignKey(ChecklistItem, models.CASCADE, related_name="waited_for_by")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "waits_for"], name="waits_once"),
            models.CheckConstraint(condition=~Q(item=F("waits_for")), name="waits_not_for_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} waits for {self.waits_for_id}"


class StandingEvidence(models.Manager["Evidence"]):
    """Without what was taken back: nobody counts or shows that by mistake."""

    def get_queryset(self) -> models.QuerySet["Evidence"]:
        return super().get_queryset().filter(taken_back_at=None)


class Evidence(models.Model):
    """What was given to show that an item is done. Taken back, it stays as a row that no longer counts."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="evidence")
    item = models.ForeignKey(ChecklistItem, models.CASCADE, related_name="evidence")
    kind = models.CharField(max_length=8, choices=EvidenceKind.choices)
    text = models.CharField(max_length=2000, blank=True)  # words, a link, a number, or what a check said
    file = models.ForeignKey(StoredFile, models.SET_NULL, null=True, related_name="+")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    all_given = models.Manager()
    objects = StandingEvidence()

    class Meta:
        default_manager_name = "objects"
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.text or str(self.file or "")

    @property
    def number(self) -> str:
        """A count without the separators that were typed; what is no number stays as it is."""
        return self.text.replace(",", "").strip()

    @property
    def is_link(self) -> bool:
        return self.kind == EvidenceKind.URL or self.text.startswith("/projects/")
