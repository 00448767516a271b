"""Asking the DNS which domains of a contact list take mail, and telling the engine what was learnt."""

import csv
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.contacts.mail_domains import BAD_FOR, MailCheck, MailDomain
from apps.contacts.models import ContactFile
from apps.projects.stored import StoredFile
from engine.dns.mail import DEAD, Mail, mail_verdicts

TASK = "contacts.ask_mail"
COLUMNS = ("domain", "contacts", "first_line", "result", "as_of")
KEEP_EVERY = 1.0  # seconds
SHARED_FROM = 2  # contacts

Watch = Callable[[int, int], None]


class Domain(NamedTuple):
    """A domain of the list, with how many contacts it has."""

    name: str
    contacts: int
    first_line: int


@dataclass(slots=True)
class Learnt:
    """What is known of the domains of one file so far."""

    contact_file: ContactFile
    domains: list[Domain]
    verdicts: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    asked: int = 0


def domains_of(contact_file: ContactFile) -> list[Domain]:
    """As the newest check wrote them, the most frequent first; [] where there are none."""
    check = contact_file.latest_check
    stored = check.domains_file if check else None
    if stored is None or stored.deleted_at is not None or not stored.path.is_file():
        return []
    with stored.path.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream)
        return [Domain(row["domain"], int(row["contacts"]), int(row["first_line"])) for row in rows]


def ask(learnt: Learnt, watch: Watch) -> None:
    """Ask about every domain that is not known, the most frequent first; `learnt` holds what is known meanwhile.

    `watch(done, total)` is called at least once a second; what it raises ends the asking.
    """
    learnt.verdicts |= MailDomain.objects.known(one.name for one in learnt.domains)
    contacts = {one.name: one.contacts for one in learnt.domains}
    unknown = [one.name for one in learnt.domains if one.name not in learnt.verdicts]
    fresh: dict[str, str] = {}
    kept_at = time.monotonic()
    watch(len(learnt.verdicts), len(learnt.domains))
    try:
        for name, verdict in mail_verdicts(unknown, nameservers=settings.DNS_NAMESERVERS):
            learnt.verdicts[name] = verdict.value, timezone.now()
            learnt.asked += 1
            if verdict is not Mail.UNKNOWN and contacts[name] >= SHARED_FROM:
                fresh[name] = verdict.value
            if time.monotonic() - kept_at > KEEP_EVERY:
                _share(fresh)
                kept_at = time.monotonic()
            watch(len(learnt.verdicts), len(learnt.domains))
    finally:
        _share(fresh)


def _share(fresh: dict[str, str]) -> None:
    """For all files of the installation; a name that is longer than any is none."""
    MailDomain.objects.learn({name: verdict for name, verdict in fresh.items() if len(name) <= 253}, timezone.now())
    fresh.clear()


def record_mail(learnt: Learnt, around: AbstractContextManager[None] | None = None) -> MailCheck | None:
    """Keep what was learnt, in the transaction of `around` if there is one. None where the file was deleted meanwhile.

    The list is written before that, because disks take their time, and goes where it was written for nothing.
    """
    stored, check = _written(learnt.contact_file, learnt), None
    try:
        with around or nullcontext(), transaction.atomic():
            check = _record(learnt, stored)
    finally:
        if check is None:
            stored.delete_content()
            stored.delete()
    return check


def _record(learnt: Learnt, stored: StoredFile) -> MailCheck | None:
    """The round before this one goes with its list."""
    file = ContactFile.objects.select_for_update(of=("self",)).select_related("file").get(pk=learnt.contact_file.pk)
    if file.is_deleted:
        return None
    stale = [one.list_file for one in file.mail_checks.select_related("list_file") if one.list_file is not None]
    file.mail_checks.all().delete()
    transaction.on_commit(lambda: [one.delete_content() for one in stale])
    return MailCheck.objects.create(
        project=file.project,
        contact_file=file,
        counts=_counts(learnt),
        asked=learnt.asked,
        left=len(learnt.domains) - len(learnt.verdicts),
        list_file=stored,
    )


def _counts(learnt: Learnt) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for one in learnt.domains:
        verdict, _ = learnt.verdicts.get(one.name, ("", None))
        if verdict:
            told = counts.setdefault(verdict, {"domains": 0, "contacts": 0, "first_line": one.first_line})
            told["domains"] += 1
            told["contacts"] += one.contacts
            told["first_line"] = min(told["first_line"], one.first_line)
    return counts


def _written(file: ContactFile, learnt: Learnt) -> StoredFile:
    """The list of all that do not take mail for sure; it belongs to whoever uploaded the file, and goes with it."""
    with TemporaryDirectory(prefix="contacts-", dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
        path = Path(folder) / "mail-domains.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(COLUMNS)
            for one in learnt.domains:
                verdict, as_of = learnt.verdicts.get(one.name, (Mail.OK.value, None))
                if verdict != Mail.OK and as_of is not None:
                    writer.writerow([one.name, one.contacts, one.first_line, verdict, as_of.isoformat()])
        return StoredFile.keep(
            file.project, path, purpose="contacts", by=file.uploaded_by, delete_after=file.file.delete_after,
            name=f"{Path(file.file.name).stem[:80]}-mail-domains.csv",
        )  # fmt: skip


def dead_domains(contact_file: ContactFile) -> set[str]:
    """What the engine is told: domains that take no mail as far as is freshly known, of this file and of all."""
    dead = set(MailDomain.objects.fresh().dead().values_list("name", flat=True))
    check = contact_file.mail_checks.select_related("list_file").first()
    stored = check.list_file if check else None
    if stored is not None and stored.deleted_at is None and stored.path.is_file():
        with stored.path.open(encoding="utf-8", newline="") as stream:
            dead |= set(_fresh(csv.DictReader(stream)))
    return dead


def _fresh(rows: Iterable[dict[str, str]]) -> Iterator[str]:
    since = timezone.now() - BAD_FOR
    return (row["domain"] for row in rows if row["result"] in DEAD and datetime.fromisoformat(row["as_of"]) > since)


def summary_of(learnt: Learnt) -> str:
    """One sentence for the job."""
    counts = _counts(learnt)
    dead = sum(counts[verdict]["domains"] for verdict in DEAD if verdict in counts)
    unclear = counts.get(Mail.UNKNOWN, {}).get("domains", 0)
    told = f"{len(learnt.domains):,} domains, {dead:,} take no mail"
    return f"{told}, {unclear:,} could not be told." if unclear else f"{told}."
