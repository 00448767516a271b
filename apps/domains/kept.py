"""What is kept beside the checks: snapshots, imported zones, a person's words about the plan, when to look next."""

from datetime import timedelta

from django.db import models
from django.utils import timezone

from apps.accounts.models import User
from apps.projects.models import Project
from engine.dns.records import RecordSet, from_json


class SnapshotQuerySet(models.QuerySet["DnsSnapshot"]):
    def signed(self) -> "SnapshotQuerySet":
        return self.filter(signed_at__isnull=False)

    def light(self) -> "SnapshotQuerySet":
        """Without the records, for lists."""
        return self.defer("records", "file_records")


class DnsSnapshot(models.Model):
    """Everything that was known of one domain's zone at one time. Never changed: a new look is a new row."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="dns_snapshots")
    domain = models.ForeignKey("domains.Domain", models.CASCADE, related_name="snapshots")
    records = models.JSONField(default=list)  # engine.dns.records.RecordSet, the absent and the unread ones too
    file_records = models.JSONField(default=list)  # what the newest imported file said then
    has_wildcard = models.BooleanField(default=False)
    names = models.PositiveIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)
    unread = models.PositiveIntegerField(default=0)
    servers = models.JSONField(default=list)  # the zone's own servers that were asked; none = a resolver answered
    sha256 = models.CharField(max_length=64)
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        ordering = ["-taken_at", "-pk"]
        indexes = [models.Index(fields=["domain", "-taken_at"], name="snapshot_newest")]

    def __str__(self) -> str:
        return f"snapshot {self.pk}"

    @property
    def is_signed(self) -> bool:
        return self.signed_at is not None

    @property
    def sets(self) -> list[RecordSet]:
        """Every record set, the absent and the unread ones too."""
        return from_json(self.records)

    @property
    def there(self) -> list[RecordSet]:
        return [one for one in self.sets if one.is_there]

    @property
    def unknown(self) -> list[RecordSet]:
        return [one for one in self.sets if one.is_unknown]

    @property
    def in_file(self) -> list[RecordSet]:
        return from_json(self.file_records)


class ImportedZone(models.Model):
    """The records of a zone file or an export of the DNS host; the newest one names what else a snapshot asks."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="imported_zones")
    domain = models.ForeignKey("domains.Domain", models.CASCADE, related_name="imported_zones")
    file_name = models.CharField(max_length=160)
    sha256 = models.CharField(max_length=64)
    records = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.file_name


class Word(models.TextChoices):
    """What only a person can know about the plan."""

    SENDING_MOVED = "sending_moved", "Sending has moved to the new platform"
    SENDING_STOPPED = "sending_stopped", "Sending through the old platform has stopped"
    PAGES_BUILT = "pages_built", "The essential pages and memberships are built"


class PlanWord(models.Model):
    """A person's word about one domain: who said it and when, and who took it back."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="plan_words")
    domain = models.ForeignKey("domains.Domain", models.CASCADE, related_name="words")
    word = models.CharField(max_length=20, choices=Word.choices)
    said_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    said_at = models.DateTimeField(default=timezone.now)
    taken_back_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-said_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["domain", "word"], condition=models.Q(taken_back_at__isnull=True), name="one_word_stands"
            )
        ]

    def __str__(self) -> str:
        return self.get_word_display()


DEMO_NAMES = ".example"  # nobody answers for the names that the demo brings along
WINDOW_BEFORE, WINDOW_AFTER = timedelta(hours=2), timedelta(hours=72)  # around go-live
IN_WINDOW = timedelta(minutes=5)


class WatchQuerySet(models.QuerySet["DomainWatch"]):
    def due(self) -> "WatchQuerySet":
        """Whose time has come; around go-live all that were not looked at for five minutes. Not the
        demo's own names."""
        now = timezone.now()
        is_switching = models.Q(
            project__go_live__range=(now - WINDOW_AFTER, now + WINDOW_BEFORE), looked_at__lte=now - IN_WINDOW
        )
        rows = self.filter(models.Q(next_at__lte=now) | is_switching)
        return rows.exclude(project__organisation__is_demo=True, domain__name__endswith=DEMO_NAMES)


class DomainWatch(models.Model):
    """When a domain is looked at next, and what was last known of it for certain."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="watches")
    domain = models.OneToOneField("domains.Domain", models.CASCADE, related_name="watch")
    next_at = models.DateTimeField()
    looked_at = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=0)  # looks in a row that learnt nothing
    settled = models.JSONField(default=dict)  # {"name TYPE": value}: what two looks agreed on
    suspect = models.JSONField(default=dict)  # what one look saw otherwise, and a second must confirm
    changed_at = models.DateTimeField(null=True)
    ttl_low_since = models.DateTimeField(null=True)  # first of the looks in a row that saw the lowered TTL

    objects = WatchQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["next_at"], name="watch_next")]

    def __str__(self) -> str:
        return f"watch of domain {self.domain_id}"
