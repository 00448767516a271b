"""People, their consultancies, and how they get in."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    """Makes people; an e-mail address is their name and is kept in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, email: str) -> "User":
        return self.get(email=email.strip().lower())


class User(AbstractBaseUser):
    """A person. What he may do hangs on his memberships, never on this row."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    is_active = models.BooleanField(default=True)
    single_keys = models.BooleanField(default=True, help_text="Keyboard shortcuts of one key.")
    mail_digest = models.BooleanField("One mail a day with what waits for me", default=True)
    mail_hour = models.PositiveSmallIntegerField("At what hour", default=7, choices=[(h, f"{h}:00") for h in range(24)])
    mail_at_once = models.BooleanField("A mail at once when something cannot wait", default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        """Two letters for the round sign beside what a person did."""
        words = (self.name or self.email.split("@")[0]).replace(".", " ").split()
        return "".join(word[0] for word in words[:2]).upper() or "?"


class Organisation(models.Model):
    """A consultancy. Everything belongs to one; nothing is shared between two."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=80, unique=True)
    consultants_see_all = models.BooleanField(
        "consultants see all projects", default=False, help_text="Otherwise only those they are members of."
    )
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class OrganisationRole(models.TextChoices):
    OWNER = "owner", "Owner"
    CONSULTANT = "consultant", "Consultant"


class OrganisationMembership(models.Model):
    """A person who works in a consultancy."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="organisation_memberships")
    role = models.CharField(max_length=12, choices=OrganisationRole.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "user"], name="one_role_in_a_consultancy")]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"


def digest(token: str) -> str:
    """What is stored of a secret link: never the link itself."""
    return hashlib.sha256(token.encode()).hexdigest()


class PersonalLinkQuerySet(models.QuerySet["PersonalLink"]):
    def usable(self) -> "PersonalLinkQuerySet":
        return self.filter(revoked_at=None, expires_at__gt=timezone.now(), user__is_active=True)

    def of_token(self, token: str) -> "PersonalLinkQuerySet":
        return self.filter(token_hash=digest(token))


class PersonalLink(models.Model):
    """A way in without a password, for one person: opening it shows a button, only the button signs in."""

    user = models.ForeignKey(User, models.CASCADE, related_name="personal_links")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="personal_links")
    token_hash = models.CharField(max_length=64, unique=True)
    next_url = models.CharField(max_length=300, default="/projects/")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = PersonalLinkQuerySet.as_manager()

    def __str__(self) -> str:
        return f"link of {self.user_id}"

    @classmethod
    def issue(
        cls, user: User, organisation: Organisation, *, by: User, next_url: str = "/projects/"
    ) -> tuple["PersonalLink", str]:
        """A new link and its token, which is shown once; the person's older links for the same page end."""
        token = secrets.token_urlsafe(32)
        older = cls.objects.usable().filter(user=user, organisation=organisation, next_url=next_url)
        older.update(revoked_at=timezone.now())
        link = cls.objects.create(
            user=user,
            organisation=organisation,
            token_hash=digest(token),
            next_url=next_url,
            created_by=by,
            expires_at=timezone.now() + timedelta(days=settings.PERSONAL_LINK_DAYS),
        )
        return link, token


class MailKind(models.TextChoices):
    """What a mail is about: how often it may be tried, and what of it stays afterwards."""

    ACCESS = "access", "A way in"  # invitations, personal links, passwords: the text holds a secret
    DIGEST = "digest", "Of the day"
    NOTICES = "notices", "At once"
    WATCH = "watch", "Watch"


class MailState(models.TextChoices):
    KEPT = "kept", "Kept here"  # no mail server is set up
    WAITING = "waiting", "Waiting"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Not sent"
    UNCLEAR = "unclear", "May have been sent"


class KeptMail(models.Model):
    """One mail to one person: written down first, then sent by the worker, or kept here where there is no server."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, related_name="kept_mails")
    recipient = models.ForeignKey(User, models.CASCADE, null=True, related_name="kept_mails")
    to = models.CharField(max_length=320)
    subject = models.CharField(max_length=300)
    body = models.TextField()
    html = models.TextField(blank=True)
    kind = models.CharField(max_length=8, choices=MailKind.choices, default=MailKind.ACCESS)
    key = models.CharField(max_length=80, null=True, unique=True)  # noqa: DJ001 - the same mail is written once
    state = models.CharField(max_length=8, choices=MailState.choices, default=MailState.KEPT)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)  # the first time that the server did not take it
    ended_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["state", "next_at"], name="mail_waiting")]

    def __str__(self) -> str:
        return self.subject


class DigestDay(models.Model):
    """The day's mail of one person has been thought of: one row a person and day, whether or not anything waited."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="one_digest_a_day")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.day}"
