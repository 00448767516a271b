"""Uploaded contact files and what was found in them. No contact's data stands in these tables."""

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.accounts.models import User
from apps.contacts.arriving import Upload as Upload  # a model of this app, in a file of its own
from apps.contacts.mail_domains import MailCheck as MailCheck
from apps.contacts.mail_domains import MailDomain as MailDomain
from apps.findings.models import StoredFinding
from apps.projects.models import ProjectRow, Role, platform_name
from apps.projects.stored import StoredFile
from apps.ui.logs import ADDRESS
from engine.contacts.rows import Segment

SHORT_NAME = 48  # characters


class FileKind(models.TextChoices):
    CONTACTS = "contacts", "Contacts"
    BLOCKED = "blocked", "Unsubscribed, bounced or blocked"
    PURCHASES = "purchases", "Purchases"
    AFFILIATES = "affiliates", "Affiliates"
    MEMBERS = "members", "Course members"
    SUBSCRIPTIONS = "subscriptions", "Subscriptions"
    TARGET = "target", "Export of the target"


def without_addresses(text: str) -> str:
    """A text that may stand in the database: file names and headers can hold a contact's address."""
    return ADDRESS.sub("[address]", text)


FIRST_VERSION = Coalesce("version_of_id", "pk")  # what the versions of one list have in common


class ContactFileQuerySet(models.QuerySet["ContactFile"]):
    def same_list(self) -> "ContactFileQuerySet":
        """For subqueries: the versions of the outer row's list."""
        outer = Coalesce(OuterRef("version_of_id"), OuterRef("pk"))
        return self.annotate(first_id=FIRST_VERSION).filter(first_id=outer).order_by()

    def with_versions(self, role: int) -> "ContactFileQuerySet":
        """`edition` of `editions`, and `list_label`: among the versions that this role may see."""
        shown = ContactFile.objects.shown_to(role).same_list()
        count = {"n": Count("pk")}
        return self.annotate(
            edition=Subquery(shown.filter(pk__lte=OuterRef("pk")).values("first_id").annotate(**count).values("n")),
            editions=Subquery(shown.values("first_id").annotate(**count).values("n")),
            list_label=Subquery(shown.order_by("pk").values("label")[:1]),
        )

    def not_replaced(self) -> "ContactFileQuerySet":
        """Those without a newer version that was checked: they speak for the project."""
        newer = ContactFile.objects.not_withdrawn().exclude(latest_check=None).same_list()
        return self.exclude(Exists(newer.filter(pk__gt=OuterRef("pk"))))

    def beside(self, file: "ContactFile") -> "ContactFileQuerySet":
        """The newest files of the project's other lists of people: contacts, and addresses to keep out."""
        people = self.filter(kind__in=[FileKind.CONTACTS, FileKind.BLOCKED]).not_withdrawn().not_replaced()
        return people.exclude(Q(pk=file.first_pk) | Q(version_of_id=file.first_pk)).order_by("pk")

    def of_list(self, file: "ContactFile") -> "ContactFileQuerySet":
        """All versions of the list that this file belongs to, newest first."""
        return self.filter(Q(pk=file.first_pk) | Q(version_of_id=file.first_pk)).order_by("-pk")

    def shown_to(self, role: int) -> "ContactFileQuerySet":
        """The client sees what his side uploaded and what a consultant shares with him."""
        return self if role >= Role.CONSULTANT else self.filter(client_sees=True)

    def not_withdrawn(self) -> "ContactFileQuerySet":
        """Those that no person took away; one whose keep time is over still speaks through its report."""
        return self.filter(models.Q(file__deleted_at=None) | models.Q(file__deleted_by=None))

    def readable(self) -> "ContactFileQuerySet":
        """Those that can be a list: no picture, no archive, nothing that could not be opened as a table."""
        return self.exclude(latest_check__worst="fatal").exclude(label__iendswith=".zip")

    def with_status(self) -> "ContactFileQuerySet":
        return self.select_related("file", "uploaded_by", "latest_check")

    def with_everything(self) -> "ContactFileQuerySet":
        """What the page of one file shows."""
        written = tuple(f"latest_check__{name}_file" for name in ("findings", "index", "rejects"))
        return self.with_status().select_related("project", "file__deleted_by", *written)


class ContactFile(ProjectRow):
    """One uploaded file, immutable. A newer export of the same list is another row: a version of the first one."""

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="contact_files")
    file = models.OneToOneField(StoredFile, models.RESTRICT, related_name="contact_file")
    kind = models.CharField("what it holds", max_length=14, choices=FileKind.choices, default=FileKind.CONTACTS)
    label = models.CharField(max_length=160)
    version_of = models.ForeignKey("self", models.SET_NULL, null=True, editable=False, related_name="later_versions")
    source = models.CharField("exported by", max_length=40, blank=True)
    uploaded_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    client_sees = models.BooleanField("the client sees this file", default=False)
    encoding = models.CharField("encoding", max_length=20, blank=True)  # chosen by somebody; "" = by rule
    delimiter = models.CharField("between the cells", max_length=10, blank=True)
    active_days = models.PositiveIntegerField("a buyer is active for", default=365)  # days since the last purchase
    latest_check = models.ForeignKey("FileCheck", models.SET_NULL, null=True, related_name="+")

    objects = ContactFileQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return f"{self.project.get_absolute_url()}contacts/{self.pk}/"

    @property
    def short_label(self) -> str:
        """What tells two exports apart stands at the end of their names, so a long one lacks its middle."""
        name = self.label
        return name if len(name) <= SHORT_NAME else f"{name[: SHORT_NAME // 2 - 1]}…{name[-SHORT_NAME // 2 :]}"

    @property
    def first_pk(self) -> int:
        """The number of the list's first version: what its versions have in common."""
        return self.version_of_id or self.pk

    @property
    def job_key(self) -> str:
        """The jobs of this file are found by it."""
        return f"contact_file={self.pk}"

    @property
    def source_name(self) -> str:
        return platform_name(self.source) if self.source else ""

    def shows_cells_to(self, person: User, role: int) -> bool:
        """What stands in it is open to the consultants and to the client who uploaded it; the counts to all."""
        return role >= Role.CONSULTANT or self.uploaded_by_id == person.pk

    @property
    def is_deleted(self) -> bool:
        return self.file.deleted_at is not None


class FileCheck(ProjectRow):
    """One verdict about the bytes with one SHA-256. The newest speaks for its file."""

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="file_checks")
    contact_file = models.ForeignKey(ContactFile, models.CASCADE, related_name="checks")
    sha256 = models.CharField(max_length=64)
    target = models.CharField(max_length=40)
    recipe_sha256 = models.CharField(max_length=64, blank=True)  # of the decisions that were applied; "" = none
    report = models.JSONField(default=dict)  # counts, segments, header, how it was read: no cell of any contact
    has_errors = models.BooleanField()
    worst = models.CharField(max_length=8, blank=True)  # a severity; empty = nothing found
    findings_file = models.OneToOneField(StoredFile, models.SET_NULL, null=True, related_name="+")
    rejects_file = models.OneToOneField(StoredFile, models.SET_NULL, null=True, related_name="+")
    index_file = models.OneToOneField(StoredFile, models.SET_NULL, null=True, related_name="+")  # of findings_file
    keys_file = models.OneToOneField(StoredFile, models.SET_NULL, null=True, related_name="+")  # for the other lists
    domains_file = models.OneToOneField(
        StoredFile, models.SET_NULL, null=True, related_name="+"
    )  # to ask the DNS about
    beside = models.JSONField(default=dict)  # other lists that were looked up: SHA-256 of their keys, by file
    judged_with = models.JSONField(default=dict)  # the platforms' values; see judged_with.py
    as_of = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-as_of", "-pk"]

    def __str__(self) -> str:
        return f"check of {self.contact_file_id} for {self.target}"

    @property
    def records(self) -> int:
        return int(self.report.get("records", 0))

    @property
    def is_fatal(self) -> bool:
        """Nothing in it could be judged, or nothing can be imported."""
        return self.worst == "fatal"

    @property
    def source(self) -> str:
        """The platform that wrote the file, as told or as recognised by the header."""
        return str(self.report.get("source", ""))

    def count_of(self, code: str) -> int:
        return int(self.report.get("counts", {}).get(code, 0))

    def count_with(self, *severities: str) -> int:
        """How many findings have one of these severities."""
        told: dict[str, str] = self.report.get("severities", {})
        return sum(self.count_of(code) for code, severity in told.items() if severity in severities)

    @property
    def error_count(self) -> int:
        return self.count_with("fatal", "error")

    @property
    def warning_count(self) -> int:
        return self.count_with("warning", "unknown")

    def in_segment(self, segment: Segment) -> int:
        return int(self.report.get("segments", {}).get(segment.value, 0))

    def stored_files(self) -> list[StoredFile]:
        """What was written beside the verdict and holds contacts' data."""
        lists = [made.file for made in self.lists.all()]
        written = (self.findings_file, self.index_file, self.rejects_file, self.keys_file, self.domains_file, *lists)
        return [file for file in written if file is not None]


class ResultList(models.Model):
    """A list made from a file that is no contact list: buyers, payouts, members to let in again."""

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="result_lists")
    file_check = models.ForeignKey(FileCheck, models.CASCADE, related_name="lists")
    file = models.OneToOneField(StoredFile, models.CASCADE, related_name="+")
    title = models.CharField(max_length=120)
    records = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.title


class ContactFinding(StoredFinding):
    """The first few places of each rule: line, record, column, sentence. The value stands in findings.csv alone."""

    file_check = models.ForeignKey(FileCheck, models.CASCADE, related_name="findings")

    class Meta(StoredFinding.Meta):
        abstract = False


class ListPrice(ProjectRow):
    """What the target asks for contacts, as somebody typed it; no platform's price is known here."""

    project = models.OneToOneField("projects.Project", models.CASCADE, related_name="list_price")
    per_thousand = models.DecimalField("price", max_digits=10, decimal_places=2, null=True)  # a month
    currency = models.CharField(max_length=3, blank=True)
    client_sees = models.BooleanField("the client sees this", default=False)

    def __str__(self) -> str:
        return "the price of contacts"


class Decided(models.TextChoices):
    FIX = "fix", "a repair"
    TAG = "tag", "a tag"
    FIELD = "field", "a column"
    CONSENT = "consent", "consent"
    WORD = "word", "a word"
    TIERS = "tiers", "the days of engagement"


class Decision(ProjectRow):
    """One decision about the contacts of one source, kept for its next export. Together they are the recipe.

    `key` is what is decided about (a domain, a tag, a column, a word), `value` what was decided, in the recipe's terms.
    """

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="contact_decisions")
    source = models.CharField(max_length=40, blank=True)  # a platform, or a list where it is not known; see deciding.py
    kind = models.CharField(max_length=8, choices=Decided.choices)
    key = models.CharField(max_length=300)
    value = models.JSONField(default=dict)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["kind", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["project", "source", "kind", "key"], name="one_decision_about_a_thing")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.key}"


class RunKind(models.TextChoices):
    IMPORT = "import", "the files for the import"
    DELTA = "delta", "what changed since an older export"
    COMPARISON = "comparison", "what arrived against what was sent"


class PackRun(ProjectRow):
    """Files made once of one upload for one target. The newest of its kind stands for the upload.

    `told` holds what the run says besides its files: counts, words and tags, never a cell that could name a person.
    """

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="pack_runs")
    contact_file = models.ForeignKey(ContactFile, models.CASCADE, related_name="pack_runs")
    kind = models.CharField(max_length=10, choices=RunKind.choices, default=RunKind.IMPORT)
    older = models.ForeignKey(ContactFile, models.SET_NULL, null=True, related_name="+")  # what a delta compares with
    told = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64)
    target = models.CharField(max_length=40)
    records = models.PositiveBigIntegerField()
    segments = models.JSONField(default=dict)  # where every record went; adds up to the records
    recipe = models.JSONField(default=dict)  # the decisions that were applied
    beside = models.JSONField(default=dict)  # the other lists that were looked up, as in a check
    judged_with = models.JSONField(default=dict)  # the platforms' values, as in a check
    manifest = models.OneToOneField(StoredFile, models.SET_NULL, null=True, related_name="+")
    answers = models.OneToOneField(StoredFile, models.SET_NULL, null=True, related_name="+")
    rejects = models.OneToOneField(StoredFile, models.SET_NULL, null=True, related_name="+")
    as_of = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-as_of", "-pk"]

    def __str__(self) -> str:
        return f"{self.kind} of {self.contact_file_id} for {self.target}"

    def get_absolute_url(self) -> str:
        page = {RunKind.IMPORT: "packs", RunKind.DELTA: "changes", RunKind.COMPARISON: "comparison"}[RunKind(self.kind)]
        return f"{self.project.get_absolute_url()}contacts/{self.contact_file_id}/{page}/"

    @property
    def target_name(self) -> str:
        return platform_name(self.target)

    def stored_files(self) -> list[StoredFile]:
        """Everything that holds contacts' data or was made with it."""
        packs = [pack.file for pack in self.packs.select_related("file")]
        return packs + [file for file in (self.manifest, self.answers, self.rejects) if file is not None]


class PackFileQuerySet(models.QuerySet["PackFile"]):
    def for_import(self) -> "PackFileQuerySet":
        return self.filter(purpose="import")

    def demanded(self) -> "PackFileQuerySet":
        """Those of people who agreed: nobody has to import the others."""
        return self.for_import().exclude(consent="no_consent")

    def samples(self) -> "PackFileQuerySet":
        return self.filter(purpose="sample")

    def tickable(self) -> "PackFileQuerySet":
        """What a person says about when it is done in the target."""
        return self.filter(purpose__in=("import", "sample", "suppress"))

    def waiting(self) -> "PackFileQuerySet":
        """To be imported, and nobody has said yet that it was."""
        return self.demanded().filter(imported_at=None)


class PackFile(ProjectRow):
    """One file of a run: for the import or its test, for a decision, or to be kept out."""

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="pack_files")
    run = models.ForeignKey(PackRun, models.CASCADE, related_name="packs")
    file = models.OneToOneField(StoredFile, models.CASCADE, related_name="+")
    position = models.PositiveIntegerField()  # the order of the import
    records = models.PositiveBigIntegerField()
    consent = models.CharField(max_length=12, blank=True)
    segment = models.CharField(max_length=40)
    purpose = models.CharField(max_length=12)
    imported_at = models.DateTimeField(null=True)
    imported_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    objects = PackFileQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.file.name

    def mark_imported(self, *, by: User) -> None:
        """Somebody has seen it in the target."""
        self.imported_at, self.imported_by = timezone.now(), by
        self.save(update_fields=["imported_at", "imported_by"])

    def mark_waiting(self) -> None:
        """Take that back."""
        self.imported_at = self.imported_by = None
        self.save(update_fields=["imported_at", "imported_by"])
