"""The run sheet, minute by minute around T, and each time it was run: rehearsed or live."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import Organisation, User
from apps.projects.models import Project, ProjectRow, Role
from engine.runsheet import Step


class SheetKind(models.TextChoices):
    GO_LIVE = "go_live", "Go-live"
    ROLLBACK = "rollback", "Rollback"


class Mode(models.TextChoices):
    REHEARSAL = "rehearsal", "Rehearsal"
    LIVE = "live", "Live"


class Result(models.TextChoices):
    """How a step ended; blank while it runs."""

    DONE = "done", "Done"
    SKIPPED = "skipped", "Skipped"
    FAILED = "failed", "Failed"


class Outcome(models.TextChoices):
    """How a run ended; blank while it runs."""

    FINISHED = "finished", "Finished"
    ABORTED = "aborted", "Aborted"


class RunSheet(ProjectRow):
    """A list of steps around T. One of a project is for go-live; each way back has its own."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="runsheets")
    kind = models.CharField(max_length=10, choices=SheetKind.choices, default=SheetKind.GO_LIVE)
    name = models.CharField(max_length=120)

    class Meta:
        ordering = ["kind", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["project"], condition=Q(kind="go_live"), name="one_go_live_sheet"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{self.project.get_absolute_url()}cutover/run-sheets/{self.pk}/"


class RunStepQuerySet(models.QuerySet["RunStep"]):
    def shown_to(self, role: int) -> "RunStepQuerySet":
        return self if role >= Role.CONSULTANT else self.filter(client_sees=True)

    def whole(self) -> "RunStepQuerySet":
        """With owner and what each waits for, two queries however many."""
        return self.select_related("owner").prefetch_related("waits_for")


class StandingSteps(models.Manager.from_queryset(RunStepQuerySet)):  # type: ignore[misc]
    """Without the steps that were deleted, or replaced by newer ones; the runs that they were part of keep them."""

    def get_queryset(self) -> RunStepQuerySet:
        rows: RunStepQuerySet = super().get_queryset().filter(retired_at=None)
        return rows


class RunStep(ProjectRow):
    """One step: who, when and how long as planned, what should come of it, and how that is checked."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="runsteps")
    sheet = models.ForeignKey(RunSheet, models.CASCADE, related_name="steps")
    key = models.CharField(max_length=60, blank=True, default="")  # of the built-in sheet
    section = models.CharField(max_length=60)
    title = models.CharField(max_length=160)
    start = models.IntegerField("minutes from T", validators=[MinValueValidator(-86_400), MaxValueValidator(86_400)])
    minutes = models.PositiveIntegerField("takes, in minutes", default=5, validators=[MaxValueValidator(20_160)])
    owner = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    owner_name = models.CharField("or somebody else", max_length=80, blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")
    expected = models.CharField("expected result", max_length=500, blank=True, default="")
    fact = models.CharField("checked by", max_length=60, blank=True, default="")
    client_sees = models.BooleanField("the client sees this", default=False)
    waits_for = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="followers")
    record = models.JSONField(null=True, editable=False)  # the exact DNS values, where the step is made of a record
    retired_at = models.DateTimeField(null=True, editable=False)  # deleted, or newer steps have replaced it

    objects = StandingSteps()
    every = RunStepQuerySet.as_manager()
    kept_waits: tuple[int, ...] | None = None  # of a step as it stood when a run ended

    class Meta:
        ordering = ["start", "pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def who(self) -> str:
        return str(self.owner) if self.owner_id else self.owner_name

    @property
    def waits(self) -> tuple[int, ...]:
        """The numbers of the steps it waits for."""
        return tuple(other.pk for other in self.waits_for.all()) if self.kept_waits is None else self.kept_waits

    @property
    def step(self) -> Step:
        """For the engine."""
        return Step(self.pk, self.title, self.start, self.minutes, self.waits)


def for_engine(steps: Iterable[RunStep]) -> list[Step]:
    """As the engine takes them; what one waits for and is not among them was not part of that run."""
    found = [step.step for step in steps]
    known = {step.key for step in found}
    return [replace(step, waits_for=tuple(key for key in step.waits_for if key in known)) for step in found]


class RunQuerySet(models.QuerySet["Run"]):
    def active(self) -> "RunQuerySet":
        return self.filter(ended_at=None)


class Run(models.Model):
    """One time the sheet was run. `zero` is T: go-live when live; in a rehearsal the moment that stands for it."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="runs")
    sheet = models.ForeignKey(RunSheet, models.CASCADE, related_name="runs")
    mode = models.CharField(max_length=10, choices=Mode.choices)
    zero = models.DateTimeField()
    started_at = models.DateTimeField(default=timezone.now)
    started_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    paused_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True, default="")
    reason = models.CharField(max_length=500, blank=True, default="")
    kept_steps = models.JSONField(default=list)  # as they stood when it ended
    plan = models.CharField(max_length=64, blank=True, default="")  # a way back: the digest of its steps as it began
    acts_count = models.PositiveIntegerField(default=0)  # moves with every act: whoever looks on asks for this number

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["sheet"], condition=Q(ended_at=None), name="one_run_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.get_mode_display()} of {self.sheet}"

    def get_absolute_url(self) -> str:
        return f"{self.project.get_absolute_url()}cutover/runs/{self.pk}/"

    @property
    def is_live(self) -> bool:
        return self.mode == Mode.LIVE

    @property
    def in_words(self) -> str:
        return "live run" if self.is_live else "rehearsal"

    @property
    def took(self) -> int:
        """Minutes from its start to its end, or to now."""
        return max(0, round(((self.ended_at or timezone.now()) - self.started_at).total_seconds() / 60))

    def minute(self, moment: datetime) -> float:
        """Minutes from T."""
        return (moment - self.zero).total_seconds() / 60

    def moment(self, minute: float) -> datetime:
        return self.zero + timedelta(minutes=minute)


class StepMark(models.Model):
    """What happened to one step in one run; where there is no row, it has not begun."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="step_marks")
    run = models.ForeignKey(Run, models.CASCADE, related_name="marks")
    step = models.ForeignKey(RunStep, models.CASCADE, related_name="marks")
    started_at = models.DateTimeField(null=True)
    started_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")  # empty = the system's own check
    result = models.CharField(max_length=8, choices=Result.choices, blank=True, default="")
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "step"], name="one_mark_of_a_step")]

    def __str__(self) -> str:
        return f"{self.step_id}: {self.result or 'running'}"

    @property
    def took(self) -> float | None:
        """Minutes from its start to its end; None where one of them is missing."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds() / 60


class Aside(models.TextChoices):
    """The acts of a run that are a deviation by themselves; the report lists them."""

    PAUSED = "paused"
    WENT_ON = "went_on"
    OPENED = "opened", "opened again"
    EARLY = "early", "begun before its turn"
    PASSED = "passed", "passed by hand"
    NO_GO = "no_go", "begun without a go"
    ONCE_MORE = "once_more", "begun after a live run that finished"
    OFF_TIME = "off_time", "begun far from go-live"
    CHANGED = "changed", "changed while it ran"


class RunAct(models.Model):
    """One line of a run's log. Rows are only ever added. Where a client sees the step he reads `words`, never `why`."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="run_acts")
    run = models.ForeignKey(Run, models.CASCADE, related_name="acts")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    words = models.CharField(max_length=400)
    aside = models.CharField(max_length=10, choices=Aside, blank=True)
    why = models.CharField(max_length=500, blank=True)
    step = models.ForeignKey(RunStep, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.words

    @property
    def is_failure(self) -> bool:
        """A step that failed, in the words of `end_step`; a remark has no step."""
        return bool(self.step_id) and self.words.startswith("failed: ")


class LearntLength(models.Model):
    """How long a step of the built-in sheet really took a consultancy: the plan of its next project."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="learnt_lengths")
    key = models.CharField(max_length=60)
    minutes = models.FloatField()
    runs = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "key"], name="one_length_of_a_step")]

    def __str__(self) -> str:
        return f"{self.key}: {self.minutes:.0f} min"
