"""An uploaded archive becomes the lists in it: unpacked beside the stored files, then taken in one by one."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.accounts.models import User
from apps.contacts import services
from apps.contacts.arriving import PART_SUFFIX
from apps.contacts.models import ContactFile, without_addresses
from apps.projects.models import Activity, Project
from apps.projects.stored import StoredFile, digest_of
from engine.spreadsheets import Unreadable
from engine.spreadsheets.archives import Member, is_archive, unpack

RESERVE = 512 * 1024 * 1024  # left free for the database, the checks and their results
NAMED = 5


@dataclass(frozen=True, slots=True)
class Members:
    """What came out of an archive; empty where it is none, or cannot be unpacked: then its check says why."""

    files: list[tuple[Member, str]] = field(default_factory=list)  # each with its SHA-256
    left_out: list[str] = field(default_factory=list)
    adopted: list[Path] = field(default_factory=list)  # where those that were taken in stand

    @property
    def warning(self) -> str:
        """What the person should know who packed more than lists; "" where all was taken in."""
        return self.told if self.files and self.left_out else ""

    @property
    def told(self) -> str:
        """What became of the archive, for the person and for the log."""
        count = len(self.files)
        words = "1 list" if count == 1 else f"{count} lists"
        if not self.left_out:
            return f"{words} in it"
        named = ", ".join(without_addresses(name)[:60] for name in self.left_out[:NAMED])
        more = f" and {len(self.left_out) - NAMED} more" if len(self.left_out) > NAMED else ""
        return f"{words} in it; left out as no lists: {named}{more}"


@contextmanager
def members_of(project: Project, path: Path) -> Iterator[Members]:
    """Unpack an archive into the project's folder; what was not taken in goes when the context ends."""
    members: list[Member] = []
    folder = settings.FILES_DIR / str(project.pk)
    try:
        left_out: list[str] = []
        try:
            if is_archive(path):
                members, left_out = unpack(path, folder, limit=_limit(), ending=PART_SUFFIX)
        except Unreadable:
            members = []
        unpacked = Members([(member, _synced(member.path)) for member in members], left_out)
        try:
            yield unpacked
        except BaseException:  # their rows go with the transaction
            for adopted in unpacked.adopted:
                adopted.unlink(missing_ok=True)
            raise
    finally:
        for member in members:
            member.path.unlink(missing_ok=True)


def _limit() -> int:
    """All members together are no larger than one upload, and leave the disk its reserve."""
    free = shutil.disk_usage(settings.FILES_DIR).free - RESERVE
    return max(0, min(int(settings.CONTACTS_LIMIT_MB) * 1024 * 1024, free))


def _synced(path: Path) -> str:
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return digest_of(path)[0]


@transaction.atomic
def add_members(
    project: Project, members: Members, *, archive: str, by: User | None, client_sees: bool = False, **choices: Any
) -> list[ContactFile]:
    """A contact file of each member, and one line in the log for all."""
    added = []
    for member, sha256 in members.files:
        stored = StoredFile.adopt(
            project, member.path, purpose="contacts", by=by, name=without_addresses(member.name), sha256=sha256
        )
        members.adopted.append(stored.path)
        file = services.add_stored(project, stored, by=by, client_sees=client_sees, is_told=False, **choices)
        added.append(file)
    Activity.record(
        project, "uploaded the archive", by=by, is_internal=not client_sees,
        subject_label=without_addresses(archive)[:200], detail=members.told[:200],
    )  # fmt: skip
    return added
