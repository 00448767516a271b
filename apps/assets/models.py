"""The master inventory: everything that must be decided."""

from collections.abc import Collection
from typing import Any

from django.core.validators import MinValueValidator, RegexValidator, URLValidator
from django.db import models
from django.db.models import Count, Q
from django.utils import timezone

from apps.accounts.models import Organisation, User
from apps.assets.kinds import KindBook, with_own
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


class OwnKind(models.Model):
    """A kind that a consultancy added; its rows stand beside the built-in ones in all of its projects."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="asset_kinds")
    label = models.CharField(max_length=60)
    family = models.CharField("listed with", max_length=20)
    fields = models.JSONField(default=list)  # [{key, label, type, choices}]
    capture = models.JSONField("to be saved before it is rebuilt", default=list, blank=True)
    hours = models.DecimalField(
        "usual hours", max_digits=5, decimal_places=1, null=True, blank=True, validators=[MinValueValidator(0)]
    )

    class Meta:
        ordering = ["label", "pk"]
        constraints = [models.UniqueConstraint(fields=["organisation", "label"], name="one_kind_of_a_label")]

    def __str__(self) -> str:
        return self.label

    @property
    def key(self) -> str:
        return f"own-{self.pk}"


def kinds_of(project: Project) -> KindBook:
    """Every kind that this project may use; asked of the database once per project object."""
    book: KindBook | None = project.__dict__.get("_kind_book")
    if book is None:
        book = with_own(OwnKind.objects.filter(organisation=project.organisation_id))
        project.__dict__["_kind_book"] = book
    return book


class AssetQuerySet(models.QuerySet["Asset"]):
    def shown_to(self, role: int) -> "AssetQuerySet":
        return self if role >= Role.CONSULTANT else self.filter(client_sees=True)

    def decided(self) -> "AssetQuerySet":
        return self.exclude(required_status="")

    def matching(self, words: str) -> "AssetQuerySet":
        return self.filter(Q(name__icontains=words) | Q(url__icontains=words) | Q(new_url__icontains=words))

    def undecided(self) -> "AssetQuerySet":
        return self.filter(required_status="")

    def per_status(self) -> dict[str, int]:
        """How many have each required status; one query."""
        found = dict(self.order_by().values_list("required_status").annotate(Count("pk")))
        return {value: found.get(value, 0) for value in RequiredStatus.values}


class AssetManager(models.Manager["Asset"]):
    """Everything that has not been deleted; what was, waits in the table for its undo and is then swept away."""

    def get_queryset(self) -> AssetQuerySet:
        return AssetQuerySet(self.model, using=self._db).filter(deleted_at=None)


INTERNAL = frozenset({"notes", "effort_hours", "client_sees"})  # fields that clients never see
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
    parent = models.ForeignKey(
        "self", models.SET_NULL, verbose_name="part of", null=True, blank=True, related_name="children"
    )
    revenue = models.DecimalField(
        "revenue a month", max_digits=12, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    effort_hours = models.DecimalField(
        "effort in hours", max_digits=7, decimal_places=1, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    last_used = models.DateField("last used", null=True, blank=True)
    notes = models.TextField(blank=True, max_length=5000, default="")
    client_sees = models.BooleanField("the client sees this", default=True)
    suggestion = models.CharField("suggestion", max_length=10, choices=RequiredStatus.choices, blank=True, default="")
    suggestion_why = models.CharField("why", max_length=300, blank=True, default="")
    asked_at = models.DateTimeField("the client asks", null=True, blank=True)  # until it is decided
    extra = models.JSONField("fields of its kind", default=dict)  # {field key: text}, read by the kind's Field
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects = AssetManager.from_queryset(AssetQuerySet)()

    class Meta:
        ordering = ["name", "pk"]
        indexes = [
            models.Index(fields=["project", "name", "id"], name="asset_by_name"),
            models.Index(fields=["project", "required_status"], name="asset_by_required"),
            models.Index(fields=["project", "kind"], name="asset_by_kind"),
            models.Index(fields=["project", "parent"], name="asset_by_parent"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{self.project.get_absolute_url()}inventory/{self.pk}/"

    @property
    def kind_label(self) -> str:
        return kinds_of(self.project).label(self.kind)

    def logged(self, name: str, old: Any, new: Any) -> dict[str, list[str]]:
        """The fields of the kind are logged one by one."""
        if name != "extra":
            return super().logged(name, old, new)
        book = kinds_of(self.project)
        changed = sorted(key for key in {*old, *new} if old.get(key, "") != new.get(key, ""))
        named = {key: found.label if (found := book.field_of(key)) else key for key in changed}
        return {named[key]: [old.get(key, ""), new.get(key, "")] for key in changed}

    def is_shown_to(self, role: int) -> bool:
        return self.client_sees or role >= Role.CONSULTANT

    def keeps_internal(self, fields: Collection[str]) -> bool:
        """Whether a change of these fields is nothing for the client's eyes."""
        return not self.client_sees or not INTERNAL.isdisjoint(fields)


class Capture(ProjectRow):
    """One thing saved of an asset, with its evidence; where there is no row, it is still to be done."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="captures")
    asset = models.ForeignKey(Asset, models.CASCADE, related_name="captures")
    key = models.CharField(max_length=30)
    is_done = models.BooleanField("saved", default=False)
    note = models.CharField(max_length=500, blank=True, default="")
    link = models.CharField(max_length=2000, blank=True, default="", validators=[WEB])
    file = models.ForeignKey(StoredFile, models.SET_NULL, null=True, related_name="+")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")  # empty = the system itself

    class Meta:
        constraints = [models.UniqueConstraint(fields=["asset", "key"], name="one_capture_of_a_kind")]

    def __str__(self) -> str:
        return f"{self.asset}: {self.key}"


class Attachment(models.Model):
    """A file that belongs to an asset."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="asset_attachments")
    asset = models.ForeignKey(Asset, models.CASCADE, related_name="attachments")
    file = models.OneToOneField(StoredFile, models.CASCADE, related_name="+")

    class Meta:
        ordering = ["-file__created_at", "-pk"]

    def __str__(self) -> str:
        return self.file.name


class SavedView(models.Model):
    """A person's way to look at the table: filters, order, groups, columns. The one without a name is in use now."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="inventory_views")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    name = models.CharField(max_length=60, blank=True)
    query = models.TextField(blank=True)
    columns = models.JSONField(default=list)
    is_shared = models.BooleanField(default=False)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["project", "user", "name"], name="one_view_of_a_name")]

    def __str__(self) -> str:
        return self.name


class SiteScan(models.Model):
    """The pages of a site, found by a job and kept until somebody has chosen which of them become assets."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="site_scans")
    start = models.CharField(max_length=2000)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    pages = models.JSONField(default=list)  # [{url, title, status, kind}]
    remarks = models.JSONField(default=list)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return self.start

    def get_absolute_url(self) -> str:
        return f"{self.project.get_absolute_url()}inventory/scans/{self.pk}/"


class Batch(models.Model):
    """A bulk change: what each row was before, so that it can be taken back."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="asset_batches")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    label = models.CharField(max_length=200)
    # [[asset, version after it, {field: old value}, null where it was made, or "deleted"; "account" where it is one]]
    before = models.JSONField(default=list)
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
    counts = models.JSONField(default=dict)  # {new, changed, same, conflicts, errors, deleted, skipped}
    remarks = models.JSONField(default=list)  # sentences about the file as a whole
    columns = models.JSONField(default=list)  # [{title, to: a header of ours, note, skip or "", sample}]
    default_kind = models.CharField("kind of rows without one", max_length=40, blank=True, default="")
    marked = models.ForeignKey(StoredFile, models.SET_NULL, null=True, related_name="+")  # with comments on bad cells
    batch = models.ForeignKey(Batch, models.SET_NULL, null=True, related_name="+")
    written_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return self.file.name

    def get_absolute_url(self) -> str:
        return f"{self.project.get_absolute_url()}inventory/imports/{self.pk}/"


class ImportLine(models.Model):
    """One row of the file that changes something, or cannot be taken."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="import_lines")
    imported = models.ForeignKey(InventoryImport, models.CASCADE, related_name="lines")
    what = models.CharField(max_length=8)  # new, changed, deleted, error
    of = models.CharField(max_length=8, default="asset")  # or account
    changes = models.PositiveIntegerField(default=0)  # cells that are written without asking
    conflicts = models.PositiveIntegerField(default=0)
    sheet = models.CharField(max_length=200, blank=True)
    number = models.PositiveIntegerField()
    label = models.CharField(max_length=80, blank=True)
    asset_pk = models.BigIntegerField(null=True)
    asset_version = models.PositiveIntegerField(null=True)
    cells = models.JSONField(default=list)  # [[header, field, old, new, value, is a conflict]]
    errors = models.JSONField(default=list)  # [[header, sentence]]

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["imported", "what", "id"], name="import_line")]

    def __str__(self) -> str:
        return f"{self.sheet} row {self.number}"


class ColumnMapping(models.Model):
    """What a person said about a column of some file; remembered for the client's next one."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="column_mappings")
    header = models.CharField(max_length=200)
    to = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "header"], name="one_mapping_of_a_header")]

    def __str__(self) -> str:
        return f"{self.header}: {self.to}"


class AccountIs(models.TextChoices):
    """What an account is that is none of the project's source platforms; those are named by their key."""

    BY_NAME = "", "Found by its name"
    WEB_HOST = "web_host", "A web host: pages and old addresses"
    TOOL = "tool", "Something else: no pages, no mail, no members"


class Account(ProjectRow):
    """An old service the client pays for. Never a password: where it is kept, at most."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="accounts")
    name = models.CharField(max_length=120)
    does = models.CharField("what it does", max_length=200, blank=True, default="")
    platform = models.CharField("which of them it is", max_length=40, blank=True, default="")  # see AccountIs
    monthly_cost = models.DecimalField(
        "cost a month", max_digits=9, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(
        max_length=3,
        default="USD",
        validators=[RegexValidator("^[A-Za-z]{3}$", "Give the code of three letters, for example EUR.")],
    )
    renews_on = models.DateField("renews on", null=True, blank=True)
    replaced_by = models.CharField("replaced by", max_length=120, blank=True, default="")
    still_runs = models.CharField("what still runs in it", max_length=300, blank=True, default="")
    keep_until = models.DateField("keep until", null=True, blank=True)
    closed_on = models.DateField("closed on", null=True, blank=True)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name
