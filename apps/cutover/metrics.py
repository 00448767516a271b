"""What is watched in the first hours after go-live: metrics, their values, and the acts that brought them."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from apps.cutover.acts import UndoableAct
from apps.projects.models import Project, ProjectRow, Role
from engine.watching import Bounds


def as_written(number: Decimal) -> str:
    """1,250 or 8.5 or 0.004: as people write it, and a small share never as nothing."""
    number += 0  # no “-0”
    text = f"{number:,.{2 if abs(number) >= 1 else max(4, 1 - number.adjusted())}f}"
    return text.rstrip("0").rstrip(".")


class MetricQuerySet(models.QuerySet["Metric"]):
    def standing(self) -> "MetricQuerySet":
        return self.filter(removed_at=None)

    def shown_to(self, role: int) -> "MetricQuerySet":
        return self.standing() if role >= Role.CONSULTANT else self.standing().filter(client_sees=True)


class Metric(ProjectRow):
    """One series of values with its usual value and its alarm bounds."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="metrics")
    name = models.CharField(max_length=80)
    unit = models.CharField(max_length=30, blank=True, default="")
    typed_baseline = models.DecimalField("usual value", max_digits=18, decimal_places=4, null=True, blank=True)
    below = models.DecimalField(
        "alarm below this share of the usual (%)", max_digits=7, decimal_places=2, null=True, blank=True,
        default=Decimal(60), validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(10_000))],
    )  # fmt: skip
    above = models.DecimalField(
        "alarm above this share of the usual (%)", max_digits=7, decimal_places=2, null=True, blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(10_000))],
    )  # fmt: skip
    lowest = models.DecimalField("alarm below", max_digits=18, decimal_places=4, null=True, blank=True)
    highest = models.DecimalField("alarm above", max_digits=18, decimal_places=4, null=True, blank=True)
    hours = models.PositiveSmallIntegerField(
        "a value is good for (hours)", default=6, validators=[MinValueValidator(1), MaxValueValidator(72)]
    )
    client_sees = models.BooleanField("the client sees this", default=False)
    removed_at = models.DateTimeField(null=True)
    alarm_at = models.DateTimeField(null=True)  # since when it is out of bounds; the people have been told

    objects = MetricQuerySet.as_manager()
    unlogged = frozenset({"removed_at"})

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def bounds(self) -> Bounds:
        return Bounds(self.below, self.above, self.hours, self.lowest, self.highest)


class MetricValue(models.Model):
    """One value at one time."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="metric_values")
    metric = models.ForeignKey(Metric, models.CASCADE, related_name="values")
    at = models.DateTimeField()
    value = models.DecimalField(max_digits=20, decimal_places=6)

    class Meta:
        ordering = ["at"]
        constraints = [models.UniqueConstraint(fields=["metric", "at"], name="one_value_a_time")]

    def __str__(self) -> str:
        return f"{self.value:f}"

    @property
    def typed(self) -> str:
        """All of it, as a person would type it."""
        return f"{self.value.normalize():f}"

    @property
    def words(self) -> str:
        return as_written(self.value)


class MetricEntry(UndoableAct):
    """One act of entering values: [[time, value before or null, value after]], for the undo."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="metric_entries")
    metric = models.ForeignKey(Metric, models.CASCADE, related_name="entries")
    changes = models.JSONField(default=list)
