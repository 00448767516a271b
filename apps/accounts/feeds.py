"""The secret address of a person's calendar: one a person, shown once, renewed and ended by himself."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from apps.accounts.models import User, digest

SEEN_EVERY = timedelta(hours=1)


class CalendarFeed(models.Model):
    """Only the digest of its token is stored, so the address cannot be shown a second time."""

    user = models.OneToOneField(User, models.CASCADE, related_name="calendar_feed")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "accounts"

    def __str__(self) -> str:
        return f"calendar of {self.user_id}"

    @classmethod
    def renew(cls, user: User) -> str:
        """A new address; the older one ends with it. Returns it, for the one time that it is shown."""
        token = secrets.token_urlsafe(32)
        values = {"token_hash": digest(token), "created_at": timezone.now(), "last_used_at": None}
        cls.objects.update_or_create(user=user, defaults=values)
        return f"{settings.BASE_URL}/calendar/{token}.ics"

    @classmethod
    def of_token(cls, token: str) -> "CalendarFeed | None":
        """The feed of an address, marked as used (once an hour at most); None where it has ended or never was."""
        feed = cls.objects.filter(token_hash=digest(token), user__is_active=True).select_related("user").first()
        now = timezone.now()
        if feed is not None and (feed.last_used_at is None or feed.last_used_at < now - SEEN_EVERY):
            cls.objects.filter(pk=feed.pk).update(last_used_at=now)
        return feed
