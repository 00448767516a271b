"""The register of recurring payments: who pays what to whom, what was decided, whether access was given again.

Names and addresses of the payers stand in this table alone: neither the log nor a batch repeats them, and a row that
is deleted is gone.
"""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import User
from apps.cutover.acts import UndoableAct
from apps.projects.models import Project, ProjectRow
from engine.contacts.kinds.intervals import in_words, months_of


class Choice(models.TextChoices):
    """What happens to a payment; blank where nobody has decided."""

    KEEP = "keep", "Keep at the old processor"
    RUN_OUT = "run_out", "Let it run out"
    NEW_CHECKOUT = "new_checkout", "New checkout"


class Unit(models.TextChoices):
    DAY = "day", "days"
    WEEK = "week", "weeks"
    MONTH = "month", "months"
    QUARTER = "quarter", "quarters"
    HALF_YEAR = "half_year", "half years"
    YEAR = "year", "years"


class PaymentQuerySet(models.QuerySet["Payment"]):
    def matching(self, words: str) -> "PaymentQuerySet":
        return self.filter(
            Q(who__icontains=words) | Q(email__icontains=words) | Q(plan__icontains=words)
            | Q(gateway__icontains=words) | Q(course__icontains=words)
        )  # fmt: skip

    def undecided(self) -> "PaymentQuerySet":
        return self.filter(decision="")

    def at_risk(self) -> "PaymentQuerySet":
        """Undecided, or decided and not done."""
        return self.filter(Q(decision="") | Q(is_done=False))

    def waiting_for_access(self) -> "PaymentQuerySet":
        return self.filter(needs_access=True, reinstated_on=None)


class Payment(ProjectRow):
    """One paying member or subscription."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="payments")
    who = models.CharField("who pays", max_length=120)
    email = models.EmailField("e-mail address", blank=True, default="")
    plan = models.CharField(max_length=160, blank=True, default="")
    amount = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(Decimal(0))]
    )
    currency = models.CharField(
        max_length=3,
        blank=True,
        default="",
        validators=[RegexValidator("^[A-Za-z]{3}$", "Give the code of three letters, for example EUR.")],
    )
    every = models.PositiveSmallIntegerField(
        "billed every", default=1, validators=[MinValueValidator(1), MaxValueValidator(120)]
    )
    unit = models.CharField("interval", max_length=10, choices=Unit.choices, default=Unit.MONTH)
    next_bill = models.DateField("next bill date", null=True, blank=True)
    gateway = models.CharField(max_length=80, blank=True, default="")
    decision = models.CharField(max_length=12, choices=Choice.choices, blank=True, default="")
    is_done = models.BooleanField("done", default=False)
    needs_access = models.BooleanField("access has to be given again", default=False)
    course = models.CharField("to what", max_length=160, blank=True, default="")
    reinstated_on = models.DateField("access given on", null=True, blank=True)

    objects = PaymentQuerySet.as_manager()
    unlogged = frozenset({"who", "email"})

    class Meta:
        ordering = ["next_bill", "pk"]
        indexes = [models.Index(fields=["project", "decision", "is_done"], name="payment_open")]

    def __str__(self) -> str:
        return f"payment no. {self.pk}"  # never the payer: this stands in the log

    def get_absolute_url(self) -> str:
        return f"{self.project.get_absolute_url()}cutover/payments/{self.pk}/"

    @property
    def interval(self) -> str:
        return in_words((self.every, self.unit))

    @property
    def monthly(self) -> Decimal:
        return per_month(self.amount or Decimal(0), self.every, self.unit)


def per_month(amount: Decimal, every: int, unit: str) -> Decimal:
    months = months_of((every, unit))
    return (amount * months.denominator / months.numerator).quantize(Decimal("0.01"))


class PaymentBatch(UndoableAct):
    """What was done to many rows at once: [[row, version after it, {field: value before}]]; null where it was made."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="payment_batches")
    before = models.JSONField(default=list)


class NoPayments(models.Model):
    """Somebody said that the business has no recurring payments."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="no_payments")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return "There are no recurring payments"
