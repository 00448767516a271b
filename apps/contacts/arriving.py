"""Files on their way into the product: who sends what, how much of it has arrived, and where its bytes wait."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import models
from django.utils import timezone

from apps.accounts.models import User
from apps.projects.models import ProjectRow

KEPT_FOR = timedelta(hours=24)  # after the last part; a contact's data should not lie about half sent
PART_SUFFIX = ".part"


class Busy(Exception):
    """Another request is writing this upload at this moment."""


def new_key() -> str:
    return secrets.token_hex(24)


class UploadQuerySet(models.QuerySet["Upload"]):
    def unfinished(self) -> "UploadQuerySet":
        return self.filter(contact_file=None)

    def begun_by_person(self, person: User) -> "UploadQuerySet":
        return self.filter(begun_by=person)

    def forgotten(self) -> "UploadQuerySet":
        """Nothing came for a day: given up, or finished and of no more use."""
        return self.filter(updated_at__lt=timezone.now() - KEPT_FOR)

    def bytes_promised(self) -> int:
        """What they take when all of it has come."""
        return int(self.aggregate(total=models.Sum("size"))["total"] or 0)

    def bytes_to_come(self) -> int:
        return int(self.aggregate(left=models.Sum(models.F("size") - models.F("received")))["left"] or 0)


class Upload(ProjectRow):
    """One file that arrives in parts. Its bytes wait in the project's folder and become the stored file as they are."""

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="contact_uploads")
    begun_by = models.ForeignKey(User, models.CASCADE, related_name="+")
    name = models.CharField(max_length=160)
    size = models.BigIntegerField()
    modified = models.BigIntegerField()  # milliseconds since 1970, as the browser says: a changed file is another one
    received = models.BigIntegerField(default=0)
    key = models.CharField(max_length=64, unique=True, default=new_key, editable=False)
    kind = models.CharField(max_length=14)
    source = models.CharField(max_length=40, blank=True)
    client_sees = models.BooleanField(default=False)
    contact_file = models.ForeignKey("contacts.ContactFile", models.CASCADE, null=True, related_name="+")

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "begun_by", "name", "size", "modified"],
                condition=models.Q(contact_file=None),
                name="one_upload_of_a_file",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{self.project.get_absolute_url()}contacts/uploads/{self.pk}/"

    @property
    def path(self) -> Path:
        """Beside the stored files: becoming one of them is a rename, and both go with the project."""
        return settings.FILES_DIR / str(self.project_id) / f"{self.key}{PART_SUFFIX}"

    @property
    def offset(self) -> int:
        """How many bytes are here. After a crash of the machine the disk may hold fewer than the row says."""
        try:
            return min(self.received, self.path.stat().st_size)
        except FileNotFoundError:
            return 0

    @property
    def percent(self) -> int:
        return 100 * self.received // self.size if self.size else 0

    @property
    def kept_until(self) -> datetime:
        return self.updated_at + KEPT_FOR

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """The part file, for one request at a time: raises Busy, and Upload.DoesNotExist where it was given up."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy from None
            try:
                self.refresh_from_db()
            except Upload.DoesNotExist:
                self.path.unlink(missing_ok=True)
                raise
            yield file

    def note_received(self, count: int) -> bool:
        """Write how much is here; False where it was given up or finished meanwhile."""
        rows = Upload.objects.unfinished().filter(pk=self.pk)
        self.received, self.updated_at = count, timezone.now()
        return bool(rows.update(received=count, updated_at=self.updated_at))
