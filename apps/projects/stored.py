"""Files kept for a project: outside the web root, under random names, never changed, deleted after the keep time."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.utils import timezone

WORKING = "working"  # what we made for ourselves beside a file; nobody downloads it
TEMPORARY = ("contacts", "pack", "import", WORKING)  # kept for the project's keep time alone


def clean_name(name: str) -> str:
    """A file's name as we show and offer it: no folders, no control characters, at most 150 characters."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    base = "".join(character for character in base if character.isprintable()).strip(" .")
    stem, dot, ending = base.rpartition(".")
    return (f"{stem[:140]}.{ending[:9]}" if dot and stem else base[:150]) or "file"


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    def present(self) -> "StoredFileQuerySet":
        return self.filter(deleted_at=None)

    def for_people(self) -> "StoredFileQuerySet":
        """Those that somebody may download."""
        return self.present().exclude(purpose=WORKING)

    def expired(self) -> "StoredFileQuerySet":
        return self.present().filter(delete_after__lte=timezone.now())


class StoredFile(models.Model):
    """One immutable file. What was deleted, when and by whom stays as this row and in the activity log."""

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="files")
    purpose = models.CharField(max_length=20)  # contacts, evidence, export, ...
    name = models.CharField(max_length=160)
    key = models.CharField(max_length=64, unique=True, editable=False)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    delete_after = models.DateTimeField(null=True)  # empty = as long as the project
    deleted_at = models.DateTimeField(null=True)
    deleted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    client_sees = models.BooleanField(default=False)

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{self.project.get_absolute_url()}files/{self.pk}/"

    @property
    def path(self) -> Path:
        return settings.FILES_DIR / str(self.project_id) / self.key

    @classmethod
    def keep(
        cls, project: Any, source: UploadedFile | Path, *, purpose: str, by: Any = None, **fields: Any
    ) -> "StoredFile":
        """Copy an upload, or a finished file of ours, into the store: written aside, synced, then renamed into place.

        Contact data and imports get the project's keep time; `name` overrides the file's own.
        """
        key = secrets.token_hex(24)
        target = settings.FILES_DIR / str(project.pk) / key
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        digest, size = _write(source, target)
        if purpose in TEMPORARY:
            fields.setdefault("delete_after", timezone.now() + timedelta(days=project.keep_days))
        name = clean_name(fields.pop("name", None) or source.name or "file")
        return cls.objects.create(
            project=project, purpose=purpose, name=name, key=key, size=size, sha256=digest, uploaded_by=by, **fields
        )

    @classmethod
    def take_over(
        cls, project: Any, path: Path, *, purpose: str, name: str, by: Any = None, **fields: Any
    ) -> "StoredFile":
        """Store a finished file of ours that nobody needs where it stands: moved on one disk, else copied."""
        folder = settings.FILES_DIR / str(project.pk)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.stat().st_dev != folder.stat().st_dev:
            return cls.keep(project, path, purpose=purpose, name=name, by=by, **fields)
        path.chmod(0o600)
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
        digest, _ = digest_of(path)
        with transaction.atomic():
            return cls.adopt(project, path, purpose=purpose, name=name, sha256=digest, by=by, **fields)

    @classmethod
    def adopt(
        cls, project: Any, part: Path, *, purpose: str, name: str, sha256: str, by: Any = None, **fields: Any
    ) -> "StoredFile":
        """Make a stored file of one on the same disk: renamed, not copied.

        Inside a transaction; the bytes must be synced and have this SHA-256 (`digest_of`).
        """
        key = secrets.token_hex(24)
        if purpose in TEMPORARY:
            fields.setdefault("delete_after", timezone.now() + timedelta(days=project.keep_days))
        size = part.stat().st_size
        row = cls.objects.create(
            project=project, purpose=purpose, name=clean_name(name), key=key, size=size, sha256=sha256, uploaded_by=by,
            **fields,
        )  # fmt: skip
        part.rename(row.path)
        return row

    def delete_content(self, by: Any = None) -> None:
        """Take the bytes away; the row stays as the receipt. A missing file is already deleted."""
        self.path.unlink(missing_ok=True)
        if self.deleted_at is None:
            self.deleted_at, self.deleted_by = timezone.now(), by
            self.save(update_fields=["deleted_at", "deleted_by"])


def _write(source: UploadedFile | Path, target: Path) -> tuple[str, int]:
    """SHA-256 (hex) and size in bytes of what was written to `target`."""
    digest, size = hashlib.sha256(), 0
    part = target.with_suffix(".part")
    try:
        with part.open("xb") as file:
            part.chmod(0o600)
            for chunk in _chunks(source):
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    return digest.hexdigest(), size


def digest_of(path: Path) -> tuple[str, int]:
    """SHA-256 (hex) and size in bytes of a file."""
    digest, size = hashlib.sha256(), 0
    for chunk in _chunks(path):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def _chunks(source: UploadedFile | Path) -> Iterator[bytes]:
    if isinstance(source, Path):
        with source.open("rb") as file:
            while chunk := file.read(1 << 20):
                yield chunk
    else:
        yield from source.chunks(1 << 20)


def delete_project_folder(project_pk: int) -> None:
    """Remove every file of a project that is being deleted."""
    shutil.rmtree(settings.FILES_DIR / str(project_pk), ignore_errors=True)
