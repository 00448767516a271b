"""One client's move, who may see it, and what everything in it has in common."""

import secrets
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Case, OuterRef, Q, Subquery, Value, When
from django.utils import timezone
from django.utils.text import slugify

from apps.accounts.models import Organisation, OrganisationMembership, OrganisationRole, User, digest
from apps.projects.notice import Notice as Notice
from apps.projects.platform_values import Catalogue
from apps.projects.platform_values import PlatformValue as PlatformValue  # models of this app, in files of their own
from apps.projects.stored import StoredFile as StoredFile
from engine import platforms


class Role(models.IntegerChoices):
    """What a person is in one project; a higher one may do all that a lower one may."""

    HELPER = 10, "Helper"
    CLIENT = 20, "Client"
    CONSULTANT = 30, "Consultant"
    OWNER = 40, "Owner"


class ProjectQuerySet(models.QuerySet["Project"]):
    def visible_to(self, user: User) -> "ProjectQuerySet":
        """The projects this person may see, each with his `role` in it."""
        in_consultancy = OrganisationMembership.objects.filter(organisation=OuterRef("organisation"), user=user)
        in_project = Membership.objects.filter(project=OuterRef("pk"), user=user)
        works_here = Q(consultancy_role=OrganisationRole.CONSULTANT)
        role = Case(
            When(consultancy_role=OrganisationRole.OWNER, then=Value(int(Role.OWNER))),
            When(works_here & (Q(organisation__consultants_see_all=True)), then=Value(int(Role.CONSULTANT))),
            When(works_here & Q(project_role=Role.CONSULTANT), then=Value(int(Role.CONSULTANT))),
            When(project_role__in=[Role.CLIENT, Role.HELPER], then="project_role"),
            default=None,
            output_field=models.IntegerField(),
        )
        return (
            self.annotate(
                consultancy_role=Subquery(in_consultancy.values("role")[:1]),
                project_role=Subquery(in_project.values("role")[:1]),
            )
            .annotate(role=role)
            .exclude(role=None)
            .select_related("organisation")
        )


class Project(models.Model):
    """One client's move from his source platforms to the target."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="projects")
    slug = models.SlugField(max_length=60, unique=True)
    client = models.CharField("client", max_length=120)
    sources = models.JSONField("source platforms", default=list)
    target = models.CharField("target platform", max_length=40)
    go_live = models.DateTimeField("go-live")
    time_zone = models.CharField("time zone", max_length=64, default="UTC")
    started_on = models.DateField("start", default=timezone.localdate)
    hold_days = models.PositiveSmallIntegerField("hold period in days", default=7)
    keep_days = models.PositiveSmallIntegerField("days to keep uploaded files", default=30)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["go_live", "pk"]

    def __str__(self) -> str:
        return self.client

    def get_absolute_url(self) -> str:
        return f"/projects/{self.slug}/"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def go_live_day(self) -> Any:
        """The calendar day of go-live where the client is."""
        return self.go_live.astimezone(self.zone).date()

    @property
    def hold_until(self) -> datetime:
        """Until then the old system can still take over."""
        return self.go_live + timedelta(days=self.hold_days)

    @property
    def today(self) -> Any:
        """The calendar day it is now where the client is."""
        return timezone.now().astimezone(self.zone).date()

    @cached_property
    def catalogue(self) -> Catalogue:
        """What the platforms take, as the project's consultancy sees it."""
        return Catalogue(self.organisation)

    @property
    def target_name(self) -> str:
        return platform_name(self.target)

    @property
    def source_names(self) -> list[str]:
        return [platform_name(key) for key in self.sources]

    @property
    def route(self) -> str:
        """For headings: Mailchimp, WordPress → Kartra."""
        return f"{', '.join(self.source_names) or 'unknown'} → {self.target_name}"


def platform_name(key: str) -> str:
    """The platform's name, or the key itself where the catalogue no longer has it."""
    try:
        return platforms.load(key).name
    except platforms.UnknownPlatform:
        return key


def new_slug(client: str) -> str:
    """The client's name and four random letters, so that an address tells nothing of other consultancies' clients."""
    letters = "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(4))
    return f"{slugify(client)[:50] or 'move'}-{letters}"


class Membership(models.Model):
    """A person's place in one project."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="project_memberships")
    role = models.PositiveSmallIntegerField(
        choices=[(int(role), role.label) for role in (Role.HELPER, Role.CLIENT, Role.CONSULTANT)]
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="one_role_in_a_project")]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"


class Source(models.TextChoices):
    """Where a change came from."""

    PAGE = "page", "page"
    IMPORT = "import", "import"
    SYSTEM = "system", "system"


class ActivityQuerySet(models.QuerySet["Activity"]):
    def about(self, row: models.Model) -> "ActivityQuerySet":
        return self.filter(subject_type=row._meta.label_lower, subject_id=row.pk)


class Activity(models.Model):
    """One thing that somebody did: who, what, from what to what, from where. Rows are only ever added."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="activities")
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")  # empty = the system itself
    verb = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.BigIntegerField(null=True)
    subject_label = models.CharField(max_length=200, blank=True)
    changes = models.JSONField(default=dict)  # {"field label": [old, new]} as people read them
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.PAGE)
    detail = models.CharField(max_length=200, blank=True)  # e.g. inventory-v3.xlsx row 41
    reason = models.CharField(max_length=500, blank=True)
    is_internal = models.BooleanField(default=True)
    at = models.DateTimeField(auto_now_add=True)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["project", "-at"], name="activity_newest"),
            models.Index(fields=["project", "subject_type", "subject_id"], name="activity_about"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_label}"

    @classmethod
    def record(cls, project: Project, verb: str, subject: models.Model | None = None, **fields: Any) -> "Activity":
        """Write one line of the log; `by` is the person, None is the system.

        Other fields: changes, source, detail, reason, is_internal. A log line never holds a contact's address.
        """
        actor = fields.pop("by", None)
        if subject is not None:
            fields |= {
                "subject_type": subject._meta.label_lower,
                "subject_id": subject.pk,
                "subject_label": str(subject)[:200],
            }
        return cls.objects.create(project=project, actor=actor, verb=verb, **fields)


class StaleRow(Exception):
    """Somebody else changed the row since it was shown. `fields` tells both: [(label, theirs, mine)]."""

    def __init__(self, row: "ProjectRow | Project", wanted: dict[str, Any]) -> None:
        super().__init__("The row was changed by somebody else.")
        self.row = row
        self.wanted = wanted
        self.fields = [
            (label, theirs, mine)
            for name, value in wanted.items()
            for label, (theirs, mine) in _logged(row, name, getattr(row, name), value).items()
        ]


def label_of(row: models.Model, name: str) -> str:
    """A field's name as people read it."""
    label = str(row._meta.get_field(name).verbose_name)
    return label[:1].upper() + label[1:]


def _logged(row: Any, name: str, old: Any, new: Any) -> dict[str, list[str]]:
    if isinstance(row, ProjectRow):
        return row.logged(name, old, new)
    return {label_of(row, name): [shown(row, name, old), shown(row, name, new)]}


def shown(row: models.Model, name: str, value: Any) -> str:
    """A field's value as people read it: the choice's label, a date, a name; empty for none."""
    field = row._meta.get_field(name)
    if value is None or value == "":
        return dict(field.flatchoices).get("", "") if getattr(field, "choices", None) else ""
    if getattr(field, "choices", None):
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        zone = row.zone if isinstance(row, Project) else row.project.zone  # type: ignore[attr-defined]
        return f"{value.astimezone(zone):%d %b %Y %H:%M}"
    return f"{value:%d %b %Y}" if isinstance(value, date) else str(value)


class ProjectRow(models.Model):
    """What every row inside a project has: its project, a version against lost updates, and logged changes."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="%(class)ss")
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    unlogged: frozenset[str] = frozenset()  # fields that the log line says already: who, when, why

    def logged(self, name: str, old: Any, new: Any) -> dict[str, list[str]]:
        """One field's change as people read it: {label: [old, new]}."""
        return {label_of(self, name): [shown(self, name, old), shown(self, name, new)]}

    def change(
        self,
        by: User | None,
        *,
        version: int | None = None,
        source: str = Source.PAGE,
        detail: str = "",
        reason: str = "",
        verb: str = "changed",
        is_internal: bool = True,
        **values: Any,
    ) -> dict[str, list[str]]:
        """Set fields, unless somebody else did so since `version`; log from what to what.

        Returns the changes as logged ({} = nothing to do). Raises StaleRow where the row has moved on and the wanted
        values differ from what stands there now. Runs inside the caller's transaction, if there is one.
        """
        wanted = {name: value for name, value in values.items() if getattr(self, name) != value}
        if not wanted:
            return {}
        expected = self.version if version is None else version
        rows = type(self)._base_manager.filter(pk=self.pk, version=expected)
        if not rows.update(**wanted, version=expected + 1, updated_at=timezone.now()):
            raise StaleRow(type(self)._base_manager.get(pk=self.pk), values)
        changes = {}
        for name, value in wanted.items():
            if name not in self.unlogged:
                changes |= self.logged(name, getattr(self, name), value)
            setattr(self, name, value)
        self.version = expected + 1
        Activity.record(
            self.project,
            verb,
            self,
            by=by,
            changes=changes,
            source=source,
            detail=detail,
            reason=reason,
            is_internal=is_internal,
        )
        return changes


class CommentQuerySet(models.QuerySet["Comment"]):
    def about(self, row: models.Model) -> "CommentQuerySet":
        return self.filter(subject_type=row._meta.label_lower, subject_id=row.pk)

    def shown_to(self, role: int) -> "CommentQuerySet":
        return self if role >= Role.CONSULTANT else self.filter(is_internal=False)

    def subjects(self, kind: str) -> models.QuerySet:
        """The numbers of the rows of this kind that are spoken of, for a subquery."""
        return self.filter(subject_type=kind).order_by().values("subject_id")


class Comment(models.Model):
    """A remark on an item or an asset; internal ones stay inside the consultancy."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="comments")
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    subject_type = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    body = models.TextField(max_length=10_000)
    is_internal = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        indexes = [models.Index(fields=["project", "subject_type", "subject_id"], name="comment_about")]

    def __str__(self) -> str:
        return self.body[:60]


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> "InvitationQuerySet":
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())

    def of_token(self, token: str) -> "InvitationQuerySet":
        return self.filter(token_hash=digest(token))


class Invitation(models.Model):
    """An invitation into a project or a consultancy: for one address, once, for seven days."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="invitations")
    project = models.ForeignKey(Project, models.CASCADE, null=True, related_name="invitations")
    email = models.EmailField()
    role = models.PositiveSmallIntegerField(choices=Role.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"invitation {self.pk}"

    @property
    def state(self) -> str:
        if self.accepted_at:
            return "accepted"
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at <= timezone.now() else "open"

    @property
    def into(self) -> str:
        return str(self.project or self.organisation)


def default_expiry() -> datetime:
    return timezone.now() + timedelta(days=settings.INVITATION_DAYS)
