"""The master inventory: everything that must be decided."""

from collections.abc import Collection

from django.core.validators import MinValueValidator, URLValidator
from django.db import models
from django.db.models import Count
from django.utils import timezone

from apps.accounts.models import User
from apps.assets.kinds import label_of
from apps.projects.models import Project, ProjectRow, Role
from apps.projects.stored import StoredFile


class CurrentStatus(models.TextChoices):
    ACTIVE = "active", "Active"
    OBSOLETE = "obsolete", "Obsolete"
    UNKNOWN = "unknown", "Unknown"


class RequiredStatus(models.TextChoices):
    """What becomes of an asset; blank is undecided."""

    UNDECIDED = "", "Undecided"
    MIGRATE = "migrate", "Migrate As Is"
    REBUILD = "rebuild", "Rebuild/Update"
    ARCHIVE = "archive", "Archive"


class Progress(models.TextChoices):
    NOT_STARTED = "not_started", "Not started"
    IN_PROGRESS = "in_progress", "In progress"
    BUILT = "built", "Built"
    TESTED = "tested", "Tested"
    LIVE = "live", "Live"


class AssetQuerySet(models.QuerySet["Asset"]):
    def shown_to(self, role: int) -> "AssetQuerySet":
        return self if role >= Role.CONSULTANT else self.filter(client_sees=True)

    def undecided(self) -> "AssetQuerySet":
        return self.filter(required_status="")

    def per_status(self) -> dict[str, int]:
        """How many have each required status; one query."""
        found = dict(self.order_by().values_list("required_status").annotate(Count("pk")))
        return {value: found.get(value, 0) for value in RequiredStatus.values}


INTERNAL = frozenset({"notes", "revenue", "effort_hours", "client_sees"})  # fields that clients never see
WEB = URLValidator(schemes=["http", "https"], message="Give an address that begins with http:// or https://.")


class Asset(ProjectRow):
    """One thing of the old platform and what becomes of it. The client sees it unless it is marked internal."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="assets")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=40)
    current_status = models.CharField(
        "current status", max_length=10, choices=CurrentStatus.choices, default=CurrentStatus.UNKNOWN
    )
    required_status = models.CharField(
        "required status", max_length=10, choices=RequiredStatus.choices, blank=True, default=""
    )
    progress = models.CharField(max_length=12, choices=Progress.choices, default=Progress.NOT_STARTED)
    url = models.CharField("old URL", max_length=2000, blank=True, default="", validators=[WEB])
    new_url = models.CharField("new URL", max_length=2000, blank=True, default="", validators=[WEB])
    owner = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="children")
    revenue = models.DecimalField(
        "revenue a month", max_digits=12, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    effort_hours = models.DecimalField(
        "effort in hours", max_digits=7, decimal_places=1, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    last_used = models.DateField("last used", null=True, blank=True)
    notes = models.TextField(blank=True, max_length=5000, default="")
    client_sees = models.BooleanField("the client sees this", default=True)
    extra = models.JSONField(default=dict)

    objects = AssetQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        indexes = [
            models.Index(fields=["project", "name", "id"], name="asset_by_name"),
            models.Index(fields=["project", "required_status"], name="asset_by_required"),
            models.Index(fields=["project", "kind"], name="asset_by_kind"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{self.project.get_absolute_url()}inventory/{self.pk}/"

    @property
    def kind_label(self) -> str:
        return label_of(self.kind)

    def is_shown_to(self, role: int) -> bool:
        return self.client_sees or role >= Role.CONSULTANT

    def keeps_internal(self, fields: Collection[str]) -> bool:
        """Whether a change of these fields is nothing for the client's eyes."""
        return not self.client_sees or not INTERNAL.isdisjoint(fields)


class Batch(models.Model):
    """A bulk change: what each row was before, so that it can be taken back."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="asset_batches")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    label = models.CharField(max_length=200)
    before = models.JSONField(default=list)  # [[asset, version after it, {field: old value}, or null: it was made]]
    made_at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return self.label


class InventoryImport(models.Model):
    """A spreadsheet on its way in: what it would change, and, once it is written, the batch that can be taken back."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="inventory_imports")
    file = models.OneToOneField(StoredFile, models.CASCADE, related_name="inventory_import")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    summary = models.CharField(max_length=200, blank=True, default="")
    report = models.JSONField(default=dict)  # new, changed, conflicts, errors: the first of each; unread columns
    digest = models.CharField(max_length=64, blank=True, default="")  # of all that it would write
    batch = models.ForeignKey(Batch, models.SET_NULL, null=True, related_name="+")
    written_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return self.file.name

    def get_absolute_url(self) -> str:
        return f"{self.project.get_absolute_url()}inventory/imports/{self.pk}/"


class Account(ProjectRow):
    """An old service the client pays for. Never a password: where it is kept, at most."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="accounts")
    name = models.CharField(max_length=120)
    does = models.CharField("what it does", max_length=200, blank=True, default="")
    monthly_cost = models.DecimalField(
        "cost a month", max_digits=9, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(max_length=3, default="USD")
    renews_on = models.DateField("renews on", null=True, blank=True)
    replaced_by = models.CharField("replaced by", max_length=120, blank=True, default="")
    still_runs = models.CharField("what still runs in it", max_length=300, blank=True, default="")
    keep_until = models.DateField("keep until", null=True, blank=True)
    closed_on = models.DateField("closed on", null=True, blank=True)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name
