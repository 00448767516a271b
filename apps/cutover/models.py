"""What the switch needs kept: redirects with what was asked of the servers about them."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import User
from apps.assets.models import Asset
from apps.cutover.deciding import Decision as Decision  # models of this app, in files of their own
from apps.cutover.journeys import Journey as Journey
from apps.cutover.metrics import Metric as Metric
from apps.cutover.payments import Payment as Payment
from apps.cutover.rollbacks import Rollback as Rollback
from apps.cutover.runsheets import Run as Run
from apps.cutover.runsheets import RunSheet as RunSheet
from apps.cutover.warmups import WarmUp as WarmUp
from apps.projects.models import Project, ProjectRow
from engine.redirects.maps import MADE_UP, RedirectMap, is_made_up, place
from engine.redirects.maps import Redirect as Line


class Checked(models.TextChoices):
    """What a server said about one line; blank where it has not been asked."""

    OK = "ok", "Right"
    WRONG = "wrong", "Wrong"
    UNKNOWN = "unknown", "Could not tell"


WAITS = Q(severity__in=("fatal", "error")) | Q(before=Checked.WRONG) | Q(after=Checked.WRONG)


class RedirectQuerySet(models.QuerySet["Redirect"]):
    def matching(self, words: str) -> "RedirectQuerySet":
        return self.filter(Q(old__icontains=words) | Q(new__icontains=words) | Q(note__icontains=words))

    def at_the_place_of(self, key: int) -> "RedirectQuerySet":
        """Lines of the same old address, whether they say http or https; none where the line has gone."""
        old = self.filter(pk=key).values_list("old", flat=True).first() or ""
        return self.filter(old__in=[f"{scheme}://{place(old)}" for scheme in ("http", "https")])

    def faulty(self) -> "RedirectQuerySet":
        """Lines that must not be published as they stand."""
        return self.filter(severity__in=("fatal", "error"))

    def remarked(self) -> "RedirectQuerySet":
        return self.exclude(code="")

    def astray(self) -> "RedirectQuerySet":
        """Lines that a server contradicted, before or after the switch."""
        return self.filter(Q(before=Checked.WRONG) | Q(after=Checked.WRONG))

    def askable(self) -> "RedirectQuerySet":
        """Lines that lead somewhere, at names that exist for more than examples."""
        return self.exclude(new="", is_gone=False).exclude(old__regex=MADE_UP)

    def waiting(self) -> "RedirectQuerySet":
        """What a person has to see to: the number on the tab, and what the page shows for it."""
        return self.filter(WAITS)

    def untold(self) -> "RedirectQuerySet":
        return self.filter(Q(before=Checked.UNKNOWN) | Q(after=Checked.UNKNOWN))


class RedirectManager(models.Manager["Redirect"]):
    """Every line that is shown; those of a file that is just being written, or taken back, are not (see `held_for`)."""

    def get_queryset(self) -> RedirectQuerySet:
        return RedirectQuerySet(self.model, using=self._db).filter(held_for="")


class RedirectImport(models.Model):
    """A file of redirects that was read: what was taken, what was not and why."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="redirect_imports")
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=60)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    added = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)  # lines that stood in the list already
    left = models.PositiveIntegerField(default=0)
    remarks = models.JSONField(default=list)  # [[line, severity, sentence, text]], the first ones
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def needs_a_look(self) -> bool:
        """Read within the last minutes, with lines that could not be taken: its page says so on top."""
        return bool(self.left) and not self.taken_back_at and self.at > timezone.now() - timedelta(minutes=10)


class Redirect(ProjectRow):
    """An old address and where it leads; `new` is empty where nobody has said it yet, or where it is to be gone."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="redirects")
    asset = models.ForeignKey(Asset, models.SET_NULL, null=True, blank=True, related_name="redirects")
    source = models.ForeignKey(RedirectImport, models.SET_NULL, null=True, related_name="redirects")
    old = models.CharField("old address", max_length=2100)
    new = models.CharField("new address", max_length=2100, blank=True, default="")
    is_gone = models.BooleanField("gone on purpose (410)", default=False)
    note = models.CharField(max_length=300, blank=True, default="")
    sample = models.CharField("one page below it", max_length=2100, blank=True, default="")  # of a /* line, to be asked
    followed = models.CharField(max_length=2100, blank=True, default="")  # what the inventory said when both agreed
    # What is wrong with the line in its list.
    severity = models.CharField(max_length=8, blank=True, default="")
    code = models.CharField(max_length=80, blank=True, default="")
    sentence = models.CharField(max_length=500, blank=True, default="")
    suggestion = models.CharField(max_length=2100, blank=True, default="")
    # What the servers said: the new page before the switch, the old address after it.
    before = models.CharField(max_length=8, choices=Checked.choices, blank=True, default="")
    before_said = models.CharField(max_length=500, blank=True, default="")
    before_at = models.DateTimeField(null=True)
    after = models.CharField(max_length=8, choices=Checked.choices, blank=True, default="")
    after_said = models.CharField(max_length=500, blank=True, default="")
    after_way = models.JSONField(default=list)  # [[address, status]], every hop of one that went astray
    after_at = models.DateTimeField(null=True)

    held_for = models.CharField(max_length=40, blank=True, default="", editable=False)  # what keeps it out of sight

    objects = RedirectManager.from_queryset(RedirectQuerySet)()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["project", "severity"], name="redirect_severity"),
            models.Index(fields=["held_for"], condition=~Q(held_for=""), name="redirect_held"),
        ]

    def __str__(self) -> str:
        return self.old

    def get_absolute_url(self) -> str:
        return f"{self.project.get_absolute_url()}cutover/redirects/{self.pk}/"

    @property
    def is_open(self) -> bool:
        """Nobody has said where it leads."""
        return not self.new and not self.is_gone

    @property
    def is_made_up(self) -> bool:
        """At a name that exists for examples alone: no server can be asked."""
        return is_made_up(self.old) or is_made_up(self.new)

    @property
    def complaints(self) -> list[tuple[str, str]]:
        """What the servers said where it is not right, the same words once."""
        new = self.before_said if self.before not in ("", Checked.OK) else ""
        old = self.after_said if self.after not in ("", Checked.OK) and self.after_said != new else ""
        return [(what, words) for what, words in (("New page", new), ("Old address", old)) if words]

    @property
    def is_double(self) -> bool:
        """Another line has the same old address."""
        return self.code.startswith("redirects.duplicate.")

    @property
    def line(self) -> Line:
        """For the engine; its line number is the row's own key."""
        return Line(self.old, self.new, self.is_gone, self.pk)

    @property
    def asked(self) -> Line:
        """What the servers are asked: the line, or the one page that stands for a whole folder."""
        if not self.sample:
            return self.line
        return Line(self.sample, RedirectMap([]).leads(self.line, self.sample), self.is_gone, self.pk)


class RedirectRun(models.Model):
    """One round of questions to the servers, and what turned since the one before."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="redirect_runs")
    is_after = models.BooleanField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(default=timezone.now)
    ok = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    unknown = models.PositiveIntegerField(default=0)
    turned = models.JSONField(default=list)  # [[old address, verdict before, verdict now, sentence]]

    class Meta:
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.ok} right, {self.wrong} wrong, {self.unknown} not told"

    @property
    def counts(self) -> dict[str, Any]:
        return {"ok": self.ok, "wrong": self.wrong, "unknown": self.unknown}
