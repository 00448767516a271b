"""An uploaded archive becomes the lists in it: unpacked beside the stored files, then taken in in its place."""

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.contacts import services
from apps.contacts.arriving import PART_SUFFIX, Upload
from apps.contacts.facts import publish_facts
from apps.contacts.models import ContactFile, without_addresses
from apps.contacts.process import NotJudged, Watch
from apps.jobs.models import JobQuerySet, State
from apps.projects.models import Activity, Project, Role
from apps.projects.stored import StoredFile
from engine.spreadsheets import Unreadable
from engine.spreadsheets.archives import Member, is_archive, unpack

TASK = services.UNPACK
RESERVE = 512 * 1024 * 1024  # left free for the database, the checks and their results
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
FULL = "The server has no room to unpack this archive now; tell whoever runs Migrator, then try again."
GONE = "This archive was deleted while it was unpacked."
NAMED = 5
TOLD_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Members:
    """What came out of an archive."""

    archive: ContactFile
    files: list[Member]
    left_out: list[str]
    adopted: list[Path] = field(default_factory=list)  # where those that were taken in stand

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


def is_packed(contact_file: ContactFile) -> bool:
    """Its lists must come out first. One that is damaged is no archive: its check says what is wrong."""
    try:
        return is_archive(contact_file.file.path)
    except (Unreadable, OSError):
        return False


def list_url(project: Project) -> str:
    """Where the lists appear, and where whoever asks for an unpacked archive is sent."""
    return f"{project.get_absolute_url()}contacts/"


def unpacked(project: Project, person: User, role: int) -> JobQuerySet:
    """The runs that put lists in the place of an archive: the consultants', a client's own alone."""
    runs: JobQuerySet = project.jobs.filter(task=TASK, state=State.DONE, result_url=list_url(project))
    return runs if role >= Role.CONSULTANT else runs.filter(created_by=person)


def unpacked_lately(project: Project, person: User) -> JobQuerySet:
    """What the page of files still says about the archives of this person."""
    return unpacked(project, person, Role.CLIENT).filter(ended_at__gt=timezone.now() - TOLD_FOR)


@contextmanager
def members_of(archive: ContactFile, watch: Watch) -> Iterator[Members]:
    """Unpack into the project's folder; what was not taken in goes when the context ends.

    Raises Unreadable where it cannot be unpacked, NotJudged where that is no fault of the archive.
    """
    path = archive.file.path
    ending = f"-{archive.pk}{PART_SUFFIX}"
    _clear(path.parent.glob(f"*{ending}"))  # of a worker that was killed in the middle
    unpacked = Members(archive, *_unpack(path, ending, watch))
    try:
        yield unpacked
    except BaseException:  # their rows go with the transaction
        _clear(unpacked.adopted)
        raise
    finally:
        _clear(member.path for member in unpacked.files)


def _unpack(path: Path, ending: str, watch: Watch) -> tuple[list[Member], list[str]]:
    """All members together are no larger than one upload, and leave the disk its reserve."""
    most = int(settings.CONTACTS_LIMIT_MB) * 1024 * 1024
    room = max(0, shutil.disk_usage(settings.FILES_DIR).free - RESERVE)
    try:
        members, left_out = unpack(path, path.parent, limit=min(most, room), ending=ending, watch=watch)
        for member in members:
            with member.path.open("rb") as file:
                os.fsync(file.fileno())
        return members, left_out
    except FileNotFoundError:
        raise NotJudged(GONE) from None
    except Unreadable as reason:
        if reason.kind == "zip_too_large" and room < most:
            raise NotJudged(FULL) from None
        raise
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise NotJudged(FULL) from None


def _clear(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


@transaction.atomic
def take_in(members: Members) -> list[ContactFile]:
    """A contact file of each member in place of the archive, with what was said of it, and one line in the log."""
    archive, project = members.archive, members.archive.project
    locked = ContactFile.objects.select_for_update(of=("self",)).select_related("file").filter(pk=archive.pk).first()
    if locked is None or locked.is_deleted:
        raise NotJudged(GONE)
    chosen = {"kind": locked.kind, "source": locked.source, "client_sees": locked.client_sees}
    added = []
    for member in members.files:
        stored = StoredFile.adopt(
            project, member.path, purpose="contacts", by=locked.uploaded_by,
            name=without_addresses(member.name), sha256=member.sha256,
        )  # fmt: skip
        members.adopted.append(stored.path)
        added.append(services.add_stored(project, stored, by=locked.uploaded_by, is_told=False, **chosen))
    Activity.record(
        project, "unpacked the archive", by=locked.uploaded_by, is_internal=not locked.client_sees,
        subject_label=locked.label, detail=members.told[:200],
    )  # fmt: skip
    Upload.objects.filter(contact_file=locked).update(contact_file=added[0])  # whoever asks again finds it finished
    services.forget_file(locked)
    publish_facts(project, as_of=timezone.now())
    return added
