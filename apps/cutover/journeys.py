"""What a customer goes through, tried by hand: journeys, each time they were gone through, what proves it."""

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from apps.accounts.models import User
from apps.projects.models import Project, ProjectRow, Role
from apps.projects.stored import StoredFile

ARROWS = ("->", "=>", "→", "|")


def split_steps(text: str) -> list[tuple[str, str]]:
    """One step a line: what is done, what should come of it."""
    found = []
    for line in text.splitlines():
        arrow = min((mark for mark in ARROWS if mark in line), key=line.index, default="")
        done, _, expected = line.partition(arrow) if arrow else (line, "", "")
        if line.strip():
            found.append((done.strip(), expected.strip()))
    return found


def join_steps(steps: list[tuple[str, str]]) -> str:
    return "\n".join(f"{done} -> {expected}" if expected else done for done, expected in steps)


class JourneyQuerySet(models.QuerySet["Journey"]):
    def standing(self) -> "JourneyQuerySet":
        return self.filter(removed_at=None)

    def shown_to(self, role: int) -> "JourneyQuerySet":
        return self if role >= Role.CONSULTANT else self.standing().filter(client_sees=True)

    def with_newest(self) -> "JourneyQuerySet":
        """Each with the numbers of its newest run and of the newest change that stands."""
        runs = JourneyRun.objects.filter(journey=OuterRef("pk"))
        changes = JourneyChange.objects.filter(journey=OuterRef("pk"), taken_back_at=None)
        rows = self.select_related("owner").annotate(change_pk=Subquery(changes.values("pk")[:1]))
        return rows._with_evidence(runs)

    def _with_evidence(self, runs: models.QuerySet["JourneyRun"]) -> "JourneyQuerySet":
        """The newest run's number, and whether anything proves it: a file, a link, or a sentence."""
        proofs = JourneyProof.objects.filter(run=OuterRef("run_pk"), taken_back_at=None)
        notes = JourneyMark.objects.filter(run=OuterRef("run_pk")).exclude(note="")
        rows = self.annotate(run_pk=Subquery(runs.values("pk")[:1]))
        return rows.annotate(has_evidence=Q(Exists(proofs)) | Q(Exists(notes)))

    def with_results(self) -> "JourneyQuerySet":
        """Each with the newest run's words and the moment of the newest change, in the same query."""
        runs = JourneyRun.objects.filter(journey=OuterRef("pk"))
        changes = JourneyChange.objects.filter(journey=OuterRef("pk"), taken_back_at=None)
        names = ("started_at", "ended_at", "result", "started_by__name", "started_by__email")
        return self._with_evidence(runs).annotate(
            changed_at=Subquery(changes.values("at")[:1]),
            **{f"run_{name}": Subquery(runs.values(name)[:1]) for name in names},
        )


class Journey(ProjectRow):
    """One way a customer takes, in steps with their expected result."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="journeys")
    key = models.CharField(max_length=60, blank=True, default="")  # of the built-in ones
    title = models.CharField(max_length=160)
    why = models.CharField("why it matters", max_length=300, blank=True, default="")
    steps = models.TextField(max_length=10_000)
    owner = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="who goes through it"
    )
    is_essential = models.BooleanField("essential: without it nobody goes live", default=True)
    client_sees = models.BooleanField("the client sees this and may run it", default=False)
    removed_at = models.DateTimeField(null=True)

    objects = JourneyQuerySet.as_manager()
    unlogged = frozenset({"removed_at"})

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"{self.project.get_absolute_url()}cutover/journeys/{self.pk}/"

    @property
    def lines(self) -> list[tuple[str, str]]:
        return split_steps(self.steps)


class Tried(models.TextChoices):
    """How a step or a whole run ended; blank where it was not tried to the end."""

    PASSED = "passed", "Passed"
    FAILED = "failed", "Failed"


class JourneyRun(models.Model):
    """One time that somebody went through; the words of its steps are those of that day."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="journey_runs")
    journey = models.ForeignKey(Journey, models.CASCADE, related_name="runs")
    started_at = models.DateTimeField(default=timezone.now)
    started_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    result = models.CharField(max_length=8, choices=Tried.choices, blank=True, default="")
    ended_at = models.DateTimeField(null=True)  # when the result was known

    class Meta:
        ordering = ["-started_at", "-pk"]
        indexes = [models.Index(fields=["journey", "-started_at"], name="journey_newest_run")]

    def __str__(self) -> str:
        return f"{self.journey}: {self.get_result_display() or 'not finished'}"

    def get_absolute_url(self) -> str:
        return f"{self.project.get_absolute_url()}cutover/journey-runs/{self.pk}/"

    @property
    def evidence_count(self) -> int:
        """Files, links and sentences, as they were read with the run."""
        proofs = sum(proof.taken_back_at is None for proof in self.proofs.all())
        return proofs + sum(bool(mark.note) for mark in self.marks.all())


class JourneyMark(models.Model):
    """One step of one run."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="journey_marks")
    run = models.ForeignKey(JourneyRun, models.CASCADE, related_name="marks")
    place = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=300)
    expected = models.CharField(max_length=300, blank=True, default="")
    result = models.CharField(max_length=8, choices=Tried.choices, blank=True, default="")
    note = models.CharField(max_length=500, blank=True, default="")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["place"]
        constraints = [models.UniqueConstraint(fields=["run", "place"], name="one_mark_of_a_place")]

    def __str__(self) -> str:
        return self.title


class JourneyWord(models.Model):
    """What somebody said of a step besides the mark that counts now: nobody's word is written over."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="journey_words")
    run = models.ForeignKey(JourneyRun, models.CASCADE, related_name="words")
    place = models.PositiveSmallIntegerField()
    result = models.CharField(max_length=8, choices=Tried.choices)
    note = models.CharField(max_length=500, blank=True, default="")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.get_result_display()}, {self.note}" if self.note else self.get_result_display()


class JourneyProof(models.Model):
    """What proves a run: a file through the door, a link, or words."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="journey_proofs")
    run = models.ForeignKey(JourneyRun, models.CASCADE, related_name="proofs")
    text = models.CharField(max_length=2000, blank=True, default="")
    file = models.ForeignKey(StoredFile, models.SET_NULL, null=True, related_name="+")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.file.name if self.file else self.text

    @property
    def kind(self) -> str:
        """As templates/checklists/_proof.html draws it."""
        is_link = self.text.startswith(("http://", "https://")) and len(self.text.split()) == 1
        return "file" if self.file_id else "url" if is_link else "text"


class JourneyChange(models.Model):
    """Something was changed that the journey passes through: what was found before it counts no more."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="journey_changes")
    journey = models.ForeignKey(Journey, models.CASCADE, related_name="changes")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=500)
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.reason
