"""Which uploads are exports of the same list, one after the other: recognised by name, kind and source; mendable."""

import re

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.contacts.deciding import carry_over
from apps.contacts.facts import publish_facts
from apps.contacts.models import ContactFile
from apps.projects.models import Activity, Project

# What exporters and browsers add to a name each time: a whole day with or without the time, a random mark, a copy's
# number. Short numbers and months stay: "segment 2" and "2025-03" are lists of their own.
DAY = r"\d{4}[-_. ]?\d{2}[-_. ]?\d{2}|\d{2}[-_. ]\d{2}[-_. ]\d{4}"
ADDED = re.compile(
    rf"(?<!\d)(?:{DAY})(?:[-_. T]{{0,3}}\d{{2}}[-_.h:]?\d{{2}}(?:[-_.m:]?\d{{2}})?)?(?!\d)"
    r"|(?<![a-z0-9])(?=[a-f]*\d)(?=\d*[a-f])[a-f0-9]{8,}(?![a-z0-9])"
    r"|(?<!\d)\d{10,}(?!\d)"
    r"|\(\d{1,2}\)| - copy$"
)


def list_name(name: str) -> str:
    """A file's name without its ending and what changes from export to export; the same for all versions of a list."""
    stem = name.lower().rpartition(".")[0] or name.lower()
    return " ".join(re.findall(r"[^\W_]+", ADDED.sub(" ", stem)))


def is_archive_name(name: str) -> bool:
    return name.lower().endswith(".zip")


def earlier_version(project: Project, *, name: str, kind: str, source: str) -> ContactFile | None:
    """The first file of the list that a file with this name continues; None where it begins a list of its own.

    Files that are told or recognised to come from different platforms are never versions of one another.
    """
    wanted = list_name(name)
    if not wanted or is_archive_name(name):  # its lists are versions, each of its own
        return None
    files = project.contact_files.filter(kind=kind).select_related("latest_check", "version_of")
    for file in files.order_by("-pk"):
        known = file.source or (file.latest_check.source if file.latest_check else "")
        if (
            not is_archive_name(file.label)
            and list_name(file.label) == wanted
            and (not source or not known or source == known)
        ):
            return file.version_of or file
    return None


@transaction.atomic
def set_list(file: ContactFile, other: ContactFile | None, *, by: User) -> None:
    """Say that the file is a version of the other's list, or (None) a list of its own; its later versions stay with it.

    The other list must be of the same project.
    """
    Project.objects.select_for_update().get(pk=file.project_id)
    files = file.project.contact_files
    if other is not None and other.first_pk != file.first_pk:
        carry_over(file.project, file.first_pk, other.first_pk)
        files.of_list(file).update(version_of=other.first_pk)
        verb = "made one list of the contact files"
    elif other is None and files.of_list(file).exclude(pk=file.pk).exists():
        rest = files.of_list(file).exclude(pk=file.pk).order_by("pk")
        first = rest.first()
        carry_over(file.project, file.first_pk, first.pk, file.pk)
        rest.exclude(pk=first.pk).update(version_of=first)
        files.filter(pk__in=[first.pk, file.pk]).update(version_of=None)
        verb = "made a list of its own of the contact file"
    else:
        return
    Activity.record(file.project, verb, file, by=by, is_internal=not file.client_sees)
    publish_facts(file.project, as_of=timezone.now())
