"""The truth about background work. The broker only wakes workers up; it may lose everything."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic
from typing import Any, Protocol, TypeVar

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import ExpressionWrapper, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Now
from django.utils import timezone

from apps.accounts.models import User
from apps.projects.models import Project, ProjectRow

Thing = TypeVar("Thing")
WRITE_EVERY = 0.5  # seconds; progress that people watch moves at least every second


class Task(Protocol):
    """What `@job_task` makes of a function."""

    name: str
    queue: str

    def publish(self, job_id: int) -> None: ...


class JobFailed(Exception):
    """Ends a job with a sentence for the person who waits. Never holds a contact's address."""


class JobCancelled(Exception):
    """The person who waits asked for the end."""


class JobLost(Exception):
    """Another worker has taken this job over: whatever this one still holds is thrown away."""


class State(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


def lease_end() -> ExpressionWrapper:
    """The database's clock, never a worker's."""
    length = Value(timedelta(seconds=settings.JOB_LEASE_SECONDS), output_field=models.DurationField())
    return ExpressionWrapper(Now() + length, output_field=models.DateTimeField())


class JobQuerySet(models.QuerySet["Job"]):
    def active(self) -> "JobQuerySet":
        return self.filter(state__in=[State.QUEUED, State.RUNNING])

    def claimable(self) -> "JobQuerySet":
        return self.filter(Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_until__lt=Now()))

    def failed_of_late(self) -> "JobQuerySet":
        """Of each kind of work the newest, where it failed within a day: what its page has to say."""
        newest = Job.objects.filter(project=OuterRef("project"), task=OuterRef("task")).order_by("-pk").values("pk")[:1]
        return self.filter(pk=Subquery(newest), state=State.FAILED, ended_at__gt=timezone.now() - timedelta(days=1))

    def waiting_too_long(self) -> "JobQuerySet":
        """Queued rows that nobody took up, and running ones whose worker has gone."""
        unheard = ExpressionWrapper(
            Now() - Value(timedelta(seconds=5), output_field=models.DurationField()),
            output_field=models.DateTimeField(),
        )
        return self.filter(Q(state=State.QUEUED, queued_at__lt=unheard) | Q(state=State.RUNNING, lease_until__lt=Now()))


class Job(ProjectRow):
    """One run of background work: state, done, total, message."""

    task = models.CharField(max_length=80)
    queue = models.CharField(max_length=8, default="io")
    title = models.CharField(max_length=200)
    args = models.JSONField(default=dict)  # ids and plain values, never contact data
    key = models.CharField(max_length=100, blank=True)  # at most one active job per project, task and key
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    message = models.CharField(max_length=300, blank=True)
    result_url = models.CharField(max_length=300, blank=True)
    cancel_requested = models.BooleanField(default=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    queued_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["state", "queued_at"], name="job_waiting")]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "task", "key"],
                condition=Q(state__in=["queued", "running"]),
                name="one_active_job_per_key",
            )
        ]

    def __str__(self) -> str:
        return self.title or self.task

    def get_absolute_url(self) -> str:
        return f"{self.project.get_absolute_url()}jobs/{self.pk}/"

    @property
    def has_ended(self) -> bool:
        return self.state in (State.DONE, State.FAILED, State.CANCELLED)

    @property
    def percent(self) -> int:
        return min(100, int(100 * self.done / self.total)) if self.total else 0

    @property
    def seconds(self) -> float:
        """How long it has run, or ran."""
        if self.started_at is None:
            return 0.0
        return ((self.ended_at or timezone.now()) - self.started_at).total_seconds()

    @property
    def rate(self) -> float:
        """Units a second so far."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> int | None:
        """Estimate; None where nothing can be said yet."""
        if self.state != State.RUNNING or not self.done or not self.rate:
            return None
        return int((self.total - self.done) / self.rate)

    @property
    def time_left(self) -> str:
        """The estimate in words: 40 seconds, 3 minutes."""
        seconds = self.seconds_left or 0
        return f"{seconds} seconds" if seconds < 90 else f"{round(seconds / 60)} minutes"

    @classmethod
    def start(
        cls, task: Task, project: Project, *, by: User | None, title: str = "", key: str = "", **args: Any
    ) -> "Job":
        """Write the row, and wake a worker after the commit. An active job with the same key is returned instead.

        Without a `key` the arguments are the key: the same thing asked for twice runs once at a time.
        """
        key = key or ",".join(f"{name}={value}" for name, value in sorted(args.items()))[:100]
        active = cls.objects.active().filter(project=project, task=task.name, key=key)
        if job := active.first():
            return job
        try:
            with transaction.atomic():
                job = cls.objects.create(
                    project=project, task=task.name, queue=task.queue, title=title, args=args, key=key, created_by=by
                )
        except IntegrityError:  # somebody else started it at the same moment
            return active.get()
        transaction.on_commit(lambda: task.publish(job.pk))
        return job

    # --- what the worker does -----------------------------------------------------------------------------------

    @classmethod
    def claim(cls, job_id: int) -> "Job | None":
        """Take the job for one attempt; None where another worker has it or it has ended."""
        claimed = cls.objects.filter(pk=job_id).claimable().filter(attempt__lt=settings.JOB_MAX_ATTEMPTS)
        changed = claimed.update(
            state=State.RUNNING,
            attempt=F("attempt") + 1,
            lease_until=lease_end(),
            started_at=Now(),
            done=0,
            message="",
        )
        return cls.objects.select_related("project", "created_by").get(pk=job_id) if changed else None

    @property
    def _mine(self) -> JobQuerySet:
        return Job.objects.filter(pk=self.pk, attempt=self.attempt, state=State.RUNNING)

    def renew_lease(self) -> bool:
        """False where the job is no longer this worker's."""
        return bool(self._mine.update(lease_until=lease_end()))

    def progress(
        self, done: int, total: int | None = None, message: str | None = None, *, at_once: bool = False
    ) -> None:
        """Say how far it is; written every half second at most. Raises JobCancelled or JobLost when it should stop."""
        self.done = done
        self.total = self.total if total is None else total
        self.message = self.message if message is None else message[:300]
        now = monotonic()
        if not at_once and now - getattr(self, "_written", 0.0) < WRITE_EVERY:
            return
        self._written = now
        if not self._mine.update(done=self.done, total=self.total, message=self.message, lease_until=lease_end()):
            raise JobLost
        if Job.objects.filter(pk=self.pk, cancel_requested=True).exists():
            raise JobCancelled

    def each(self, things: Iterable[Thing], total: int | None = None) -> Iterator[Thing]:
        """Hand out the things one by one and move the bar."""
        if total is None:
            things = things if hasattr(things, "__len__") else list(things)
            total = len(things)  # type: ignore[arg-type]
        self.progress(0, total, at_once=True)
        for number, thing in enumerate(things, 1):
            yield thing
            self.progress(number, total)

    @contextmanager
    def finishing(self, message: str = "", result_url: str = "") -> Iterator[None]:
        """Write all results and "done" in one transaction, or nothing: raises JobLost where another has taken over."""
        with transaction.atomic():
            ended = self._mine.filter(cancel_requested=False).update(
                state=State.DONE,
                ended_at=Now(),
                message=message[:300],
                result_url=result_url,
                done=self.total,
                total=self.total,
            )
            if not ended:
                raise JobCancelled if self._mine.exists() else JobLost
            yield
        self.state = State.DONE

    def say(self, message: str) -> None:
        """Words that are known only once the results are written."""
        self.message = message[:300]
        Job.objects.filter(pk=self.pk).update(message=self.message)

    def end(self, state: str, message: str) -> None:
        """End with words, if the job is still this worker's."""
        if self._mine.update(state=state, ended_at=Now(), message=message[:300]):
            self.state, self.message = state, message[:300]

    # --- what the person who waits does ---------------------------------------------------------------------------

    def cancel(self) -> None:
        """A queued job ends at once; a running one is told, and stops at its next step."""
        Job.objects.filter(pk=self.pk, state=State.QUEUED).update(
            state=State.CANCELLED, ended_at=Now(), message="Cancelled before it began."
        )
        Job.objects.filter(pk=self.pk, state=State.RUNNING).update(cancel_requested=True)
        self.refresh_from_db()


class WorkerHeartbeat(models.Model):
    """When a worker was last seen: one row a worker, written by its sweep."""

    name = models.CharField(max_length=120, unique=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
