"""The warm-up of the new sender: the pace, the rules, and what was told about each day."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from apps.cutover.acts import UndoableAct
from apps.projects.models import Project, ProjectRow
from engine.warmup import Pace, Rules, Sent

_SHARE = [MinValueValidator(Decimal("0.01")), MaxValueValidator(Decimal(100))]
MOST_A_DAY = 10_000_000


class WarmUp(ProjectRow):
    """One to a project. `tiers` is [[name, people]], the most engaged first; `days_off` are weekdays, Monday 0."""

    project = models.OneToOneField(Project, models.CASCADE, related_name="warm_up")
    tiers = models.JSONField("tiers", default=list)
    starts_on = models.DateField("first day")
    first = models.PositiveIntegerField("volume of the first day", default=200, validators=[MinValueValidator(1)])
    growth = models.DecimalField(
        "growth from day to day", max_digits=4, decimal_places=2, default=Decimal("1.50"),
        validators=[MinValueValidator(Decimal(1)), MaxValueValidator(Decimal(5))],
    )  # fmt: skip
    longest = models.PositiveIntegerField(
        "volume of the longest day", default=20_000, validators=[MinValueValidator(1), MaxValueValidator(MOST_A_DAY)]
    )
    days_off = models.JSONField("days off", default=list, blank=True)
    most_bounced = models.DecimalField(
        "stop above this share of bounces (%)", max_digits=5, decimal_places=2, default=Decimal("2.00"),
        validators=_SHARE,
    )  # fmt: skip
    most_complained = models.DecimalField(
        "repeat the volume above this share of complaints (%)", max_digits=5, decimal_places=2,
        default=Decimal("0.10"), validators=_SHARE,
    )  # fmt: skip
    ceiling = models.DecimalField(
        "stop from this share of complaints on (%)", max_digits=5, decimal_places=2, default=Decimal("0.30"),
        validators=_SHARE,
    )  # fmt: skip
    planned = models.JSONField(default=dict)  # {day: volume} of days that were told or are over, as planned then
    resumed_after = models.DateField(null=True)  # the day that stopped it, when its cause is mended

    unlogged = frozenset({"planned"})

    def __str__(self) -> str:
        return "warm-up"

    def get_absolute_url(self) -> str:
        return f"{self.project.get_absolute_url()}cutover/warm-up/"

    @property
    def pace(self) -> Pace:
        return Pace(self.first, self.growth, self.longest, frozenset(self.days_off))

    @property
    def rules(self) -> Rules:
        return Rules(self.most_bounced, self.most_complained, self.ceiling)

    @property
    def people(self) -> int:
        return sum(many for _, many in self.tiers)


class WarmUpDay(models.Model):
    """What was sent on one day and what came back; blank where nobody has said it."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="warm_up_days")
    warm_up = models.ForeignKey(WarmUp, models.CASCADE, related_name="days")
    on = models.DateField()
    sent = models.PositiveIntegerField()
    bounced = models.PositiveIntegerField(null=True)
    complained = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["on"]
        constraints = [models.UniqueConstraint(fields=["warm_up", "on"], name="one_row_a_day")]

    def __str__(self) -> str:
        return f"{self.on:%d %b %Y}"

    @property
    def values(self) -> list[int | None]:
        return [self.sent, self.bounced, self.complained]

    @property
    def told(self) -> Sent:
        return Sent(self.sent, self.bounced, self.complained)


class WarmUpEntry(UndoableAct):
    """One act of entering days, which can be taken back: [[day, values before or null, values after]]."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="warm_up_entries")
    warm_up = models.ForeignKey(WarmUp, models.CASCADE, related_name="entries")
    changes = models.JSONField(default=list)
