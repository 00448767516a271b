"""Why the business moves, and whether it is ready to: objectives with their values, answers to the four questions."""

from decimal import Decimal

from django.db import models
from django.utils import timezone

from apps.accounts.models import User
from apps.projects.models import Project, ProjectRow
from apps.projects.stored import StoredFile


class Direction(models.TextChoices):
    """Which way is better."""

    UP = "up", "More is better"
    DOWN = "down", "Less is better"


class ObjectiveQuerySet(models.QuerySet["Objective"]):
    def with_values(self) -> "ObjectiveQuerySet":
        """Each objective with what was measured, oldest first; one query more, however many there are."""
        values = Measurement.objects.select_related("by")
        return self.prefetch_related(models.Prefetch("measurements", queryset=values, to_attr="values"))

    def with_newest(self) -> list["Objective"]:
        """Each objective with its newest value alone, in one query."""
        newest = Measurement.objects.filter(objective=models.OuterRef("pk")).order_by("-on", "-pk")
        now, on = (models.Subquery(newest.values(name)[:1]) for name in ("value", "on"))
        rows = list(self.annotate(now=now, now_on=on))
        for row in rows:
            row.values = [Measurement(value=row.now, on=row.now_on)] if row.now_on else []
        return rows


class Objective(ProjectRow):
    """One reason to move, as a number that is compared again after go-live. The client sees it."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="objectives")
    sentence = models.CharField("why we move", max_length=300)
    metric = models.CharField("what is measured", max_length=120)
    unit = models.CharField(max_length=20, blank=True, default="")
    baseline = models.DecimalField("value before the move", max_digits=14, decimal_places=2)
    target = models.DecimalField("value wanted", max_digits=14, decimal_places=2)
    direction = models.CharField(max_length=4, choices=Direction.choices, default=Direction.UP)
    due = models.DateField("reached by", null=True, blank=True)
    client_measures = models.BooleanField("the client may enter measured values", default=False)

    objects = ObjectiveQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.sentence[:200]

    def get_absolute_url(self) -> str:
        return f"{self.project.get_absolute_url()}objectives/#objective-{self.pk}"

    @property
    def newest(self) -> "Measurement | None":
        return self.values[-1] if self.values else None  # type: ignore[attr-defined]

    @property
    def outcome(self) -> str:
        """Reached, worse than before, not yet; empty where nothing was measured."""
        newest = self.newest
        if newest is None:
            return ""
        sign = 1 if self.direction == Direction.UP else -1
        if sign * (newest.value - self.target) >= 0:
            return "reached"
        return "worse" if sign * (newest.value - self.baseline) < 0 else "not_yet"


class Measurement(models.Model):
    """What was measured on one day. Another value for the same day corrects it."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="measurements")
    objective = models.ForeignKey(Objective, models.CASCADE, related_name="measurements")
    value = models.DecimalField(max_digits=14, decimal_places=2)
    on = models.DateField()
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["on", "pk"]
        constraints = [models.UniqueConstraint(fields=["objective", "on"], name="one_value_a_day")]

    def __str__(self) -> str:
        return f"{plain(self.value)} on {self.on:%d %b %Y}"


class Said(models.TextChoices):
    """An answer of the self-assessment."""

    NOT_YET = "", "Not answered"
    YES = "yes", "Yes"
    PARTLY = "partly", "Partly"
    NO = "no", "No"
    NOT_APPLICABLE = "not_applicable", "Not applicable"


class Answer(ProjectRow):
    """The answer to one sub-question of the self-assessment, and what it put on the plan."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="answers")
    key = models.CharField(max_length=60)
    question = models.CharField(max_length=200)  # as it read when it was answered; the log names it
    said = models.CharField("answer", max_length=16, choices=Said.choices, blank=True, default="")
    note = models.CharField(max_length=2000, blank=True, default="")
    link = models.URLField("evidence", max_length=500, blank=True, default="")
    file = models.ForeignKey(StoredFile, models.SET_NULL, null=True, related_name="+")
    said_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    said_at = models.DateTimeField(null=True)
    added = models.JSONField("items added", default=list)  # numbers of the items that a "no" added to the plan
    marked = models.JSONField("items marked", default=list)  # of those that it marked essential

    unlogged = frozenset({"said_by", "said_at", "file", "added", "marked"})

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "key"], name="one_answer_a_question")]

    def __str__(self) -> str:
        return self.question

    @property
    def is_on_plan(self) -> bool:
        return bool(self.added or self.marked)


def plain(number: Decimal) -> str:
    """A number as people write it: 3 rather than 3.00."""
    text = f"{number:,.2f}"
    return text.rstrip("0").rstrip(".")


class LessonKind(models.TextChoices):
    KEEP = "keep", "Went well"
    CHANGE = "change", "Do otherwise"


class LessonQuerySet(models.QuerySet["Lesson"]):
    def standing(self) -> "LessonQuerySet":
        return self.filter(removed_at=None)

    def shown_to_clients(self) -> "LessonQuerySet":
        return self.standing().filter(client_sees=True)


class Lesson(ProjectRow):
    """What somebody learnt from the move, kept for the next one. Removed ones wait for their undo."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="lessons")
    kind = models.CharField(max_length=6, choices=LessonKind.choices, default=LessonKind.CHANGE)
    text = models.CharField("what was learnt", max_length=500)
    client_sees = models.BooleanField("the client reads this", default=False)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    removed_at = models.DateTimeField(null=True)

    objects = LessonQuerySet.as_manager()
    unlogged = frozenset({"removed_at"})

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text[:200]


class SharedReport(models.Model):
    """The after-action report is open to the client since then; without a row it is not."""

    project = models.OneToOneField(Project, models.CASCADE, related_name="shared_report")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"shared {self.at:%Y-%m-%d}"
