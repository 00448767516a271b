"""Verbs over files on their way: begin, append, finish, give up, sweep."""

import errno
import os
import shutil
import time
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import UnreadablePostError

from apps.accounts.models import User
from apps.contacts import services
from apps.contacts.arriving import KEPT_FOR, PART_SUFFIX, Upload
from apps.contacts.models import ContactFile
from apps.contacts.unpacking import RESERVE
from apps.projects.models import Project
from apps.projects.stored import StoredFile, clean_name, digest_of

PART = 8 * 1024 * 1024  # what the page sends at once; the limit of one request is twice as much
MOST_AT_ONCE = 2 * PART
CHUNK = 256 * 1024
PERSON_HOLDS, PROJECT_HOLDS = 3, 6  # unfinished bytes, as multiples of the largest file
MOST_UNFINISHED = 60
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class NotTaken(Exception):
    """The text is the sentence for the person who uploads; `status` the answer's."""

    def __init__(self, sentence: str, status: int = 422) -> None:
        super().__init__(sentence)
        self.status = status


class WrongPlace(Exception):
    """The part does not begin where the file here ends."""


def largest() -> int:
    """In bytes."""
    return int(settings.CONTACTS_LIMIT_MB) * 1024 * 1024


def begin(project: Project, *, by: User, name: str, size: int, modified: int, **choices: Any) -> Upload:
    """A new upload, or the one that this person began with the same file: its choices stay. Raises NotTaken."""
    same = project.contact_uploads.unfinished().filter(
        begun_by=by, name=clean_name(name), size=size, modified=modified
    )  # fmt: skip
    if begun := same.first():
        return begun
    try:
        with transaction.atomic():
            Project.objects.select_for_update().get(pk=project.pk)  # two that begin at once are counted one by one
            _refuse_too_much(project, by, size)
            return Upload.objects.create(
                project=project, begun_by=by, name=clean_name(name), size=size, modified=modified, **choices
            )
    except IntegrityError:  # the same file was begun in another window at this moment
        return same.get()


def _refuse_too_much(project: Project, by: User, size: int) -> None:
    everything = Upload.objects.unfinished()
    own, in_project = everything.begun_by_person(by), everything.filter(project=project)
    if own.bytes_promised() + size > PERSON_HOLDS * largest() or own.count() >= MOST_UNFINISHED:
        raise NotTaken("You have too much on its way already; finish or discard the unfinished uploads first.", 507)
    if in_project.bytes_promised() + size > PROJECT_HOLDS * largest():
        raise NotTaken("Too much is on its way into this project; wait until the other uploads are finished.", 507)
    settings.FILES_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
    if shutil.disk_usage(settings.FILES_DIR).free - everything.bytes_to_come() - size < RESERVE:
        raise NotTaken("There is no room for this file on the server now; tell whoever runs Migrator.", 507)


def append(upload: Upload, body: IO[bytes], *, offset: int, length: int) -> None:
    """Write one part to disk as it comes. What came of a part that was cut off is kept.

    Raises WrongPlace, Busy, Upload.DoesNotExist, UnreadablePostError (cut off), NotTaken.
    """
    with upload.opened() as file:
        if upload.contact_file_id:
            upload.path.unlink(missing_ok=True)
            return
        if offset != upload.offset:
            raise WrongPlace
        if not 0 < length <= min(MOST_AT_ONCE, upload.size - offset):
            raise NotTaken("This part is not of the size that was announced; reload the page and choose the file.", 413)
        try:
            file.truncate(offset)
            file.seek(offset)
            _copy(body, file, length)
        except OSError as error:
            if isinstance(error, UnreadablePostError) or error.errno not in NO_ROOM:
                raise
            raise NotTaken(
                "The server has no room for the rest of this file; tell whoever runs Migrator.", 507
            ) from None
        finally:
            os.fsync(file.fileno())
            # The size tells exactly what came, also where the connection or the room ended in the middle.
            is_wanted = upload.note_received(os.fstat(file.fileno()).st_size)
        if not is_wanted:
            upload.refresh_from_db()


def _copy(body: IO[bytes], file: IO[bytes], length: int) -> None:
    while length and (chunk := body.read(min(CHUNK, length))):
        length -= len(chunk)
        rest = memoryview(chunk)
        while rest:
            rest = rest[file.write(rest) :]


def finish(upload: Upload, *, client_sees: bool = False) -> ContactFile:
    """Make a contact file of what has arrived, once. Asked again, it hands out the same.

    Raises WrongPlace where something is missing, Busy, Upload.DoesNotExist. Reads the whole file for its SHA-256.
    """
    with upload.opened():
        if upload.contact_file is not None:
            upload.path.unlink(missing_ok=True)
            return upload.contact_file
        if upload.offset != upload.size:
            raise WrongPlace
        sha256, size = digest_of(upload.path)
        if size != upload.size:
            raise WrongPlace
        with transaction.atomic():
            if Upload.objects.unfinished().select_for_update().filter(pk=upload.pk).first() is None:
                raise Upload.DoesNotExist
            file = _take_in(upload, sha256, client_sees=upload.client_sees or client_sees)
            Upload.objects.filter(pk=upload.pk).update(contact_file=file, received=size)
        return file


def _take_in(upload: Upload, sha256: str, *, client_sees: bool) -> ContactFile:
    project, by = upload.project, upload.begun_by
    stored = StoredFile.adopt(project, upload.path, purpose="contacts", by=by, name=upload.name, sha256=sha256)
    return services.add_stored(project, stored, by=by, kind=upload.kind, source=upload.source, client_sees=client_sees)


def give_up(upload: Upload) -> None:
    """Take the row and the bytes away; a part that is being written then belongs to nothing. A finished one stays."""
    if Upload.objects.unfinished().filter(pk=upload.pk).delete()[0]:
        upload.path.unlink(missing_ok=True)


def sweep() -> int:
    """Delete what was given up a day ago, and bytes that no row knows. Returns how many uploads went."""
    forgotten = list(Upload.objects.forgotten())
    for upload in forgotten:
        if Upload.objects.forgotten().filter(pk=upload.pk).delete()[0]:  # unless it goes on at this moment
            upload.path.unlink(missing_ok=True)
    for path in settings.FILES_DIR.glob(f"*/*{PART_SUFFIX}"):
        if _is_older(path, 2 * KEPT_FOR.total_seconds()):
            path.unlink(missing_ok=True)
    return len(forgotten)


def _is_older(path: Path, seconds: float) -> bool:
    try:
        return time.time() - path.stat().st_mtime > seconds
    except FileNotFoundError:
        return False
