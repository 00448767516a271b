"""Whole files of redirects in, and back out. However long the file, nobody else waits for it.

Lines of a file are written out of sight, group by group, and shown by one quick statement; taken back they are put
out of sight by another and then deleted group by group. So the list has the whole file or nothing of it, and what a
failure leaves behind is seen by nobody and swept away.
"""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.cutover.models import Redirect, RedirectImport
from apps.cutover.redirect_standing import settle
from apps.findings.models import Fact, cleaned
from apps.jobs.models import Job
from apps.projects.many import give_way, in_groups
from apps.projects.models import Activity, Project
from engine.findings import Severity
from engine.redirects.maps import place
from engine.redirects.reading import MapFile

MOST = 100_000  # lines in one project
REMARKS_KEPT = 500
AT_ONCE, DELETED_AT_ONCE = 2_000, 5_000  # lines written or deleted while others wait
UNSEEN = Redirect._base_manager


class TooMany(Exception):
    """More lines than one project may have; a sentence."""


def refuse_too_many(project: Project, more: int) -> None:
    if project.redirects.count() + more > MOST:
        raise TooMany(f"A project holds {MOST:,} redirects at most. Use lines that end in /* for whole folders.")


class Taking:
    """One file on its way into the list: `write` out of sight, then `show`; `drop` whatever was not shown."""

    def __init__(self, project: Project, found: MapFile, job: Job) -> None:
        self.project, self.found = project, found
        self.mark = f"{job.pk}.{job.attempt}"
        _delete(UNSEEN.filter(held_for__startswith=f"{job.pk}.").exclude(held_for=self.mark))  # an earlier attempt's
        known = self._known()
        self.fresh = [one for one in found.redirects if (place(one.old), one.new, one.is_gone) not in known]
        refuse_too_many(project, len(self.fresh))

    def _known(self) -> set[tuple[str, ...]]:
        """What is shown by now. Not by age: the lines of another file are older than the moment they are shown."""
        return {(place(old), *end) for old, *end in self.project.redirects.values_list("old", "new", "is_gone")}

    @property
    def held(self) -> Any:
        return UNSEEN.filter(project=self.project, held_for=self.mark)

    def write(self, on_written: Callable[[int, int], None] = lambda done, total: None) -> None:
        done = 0
        for some in in_groups(self.fresh, AT_ONCE):
            UNSEEN.bulk_create(
                [
                    Redirect(project=self.project, old=one.old, new=one.new, is_gone=one.is_gone, held_for=self.mark)
                    for one in some
                ],
                batch_size=500,
            )
            give_way()
            done += len(some)
            on_written(done, len(self.fresh))

    @transaction.atomic
    def show(self, *, name: str, by: User | None) -> RedirectImport:
        """All lines at once, without those that somebody else has added meanwhile."""
        Fact.one_at_a_time(self.project)
        self._leave_out_what_came_meanwhile()
        found, added = self.found, self.held.count()
        refuse_too_many(self.project, added)
        row = RedirectImport.objects.create(
            project=self.project, name=name[:160], kind=found.kind, by=by, added=added,
            known=len(found.redirects) - added, left=sum(one.severity is Severity.ERROR for one in found.findings),
            remarks=[
                [one.where.line, one.severity.value, cleaned(one.message), cleaned(one.value)]  # type: ignore[union-attr]
                for one in found.findings[:REMARKS_KEPT]
            ],
        )  # fmt: skip
        self.held.update(source=row, held_for="")
        Activity.record(self.project, f"added {added} redirects from a file", by=by, detail=row.name)
        settle(self.project)
        return row

    def _leave_out_what_came_meanwhile(self) -> None:
        known = self._known()
        held = self.held.values_list("pk", "old", "new", "is_gone")
        for some in in_groups([key for key, old, *end in held if (place(old), *end) in known]):
            UNSEEN.filter(pk__in=some).delete()

    def drop(self) -> None:
        """After a failure, and without effect after `show`."""
        _delete(self.held)


def _delete(rows: Any) -> None:
    """In groups, each a transaction of its own."""
    while keys := list(rows.values_list("pk", flat=True)[:DELETED_AT_ONCE]):
        UNSEEN.filter(pk__in=keys).delete()
        give_way()


def take_back(row: RedirectImport, *, by: User) -> int:
    """Delete what a file brought, as far as nobody has changed it since. Returns how many lines went."""
    mark = f"back.{row.pk}"
    with transaction.atomic():
        Fact.one_at_a_time(row.project)
        still = RedirectImport.objects.filter(pk=row.pk, taken_back_at=None)
        if not still.update(taken_back_at=timezone.now()):
            return 0  # somebody else was first
        number = row.redirects.filter(version=1).update(held_for=mark)
        Activity.record(row.project, f"took {number} redirects of a file back", by=by, detail=row.name)
        settle(row.project)
    _delete(UNSEEN.filter(held_for=mark))
    return number


def sweep() -> None:
    """What nobody sees and no job is about to show: its worker was killed, or the deleting broke off."""
    for mark in set(UNSEEN.exclude(held_for="").values_list("held_for", flat=True).distinct()):
        job = mark.partition(".")[0]
        if not (job.isdigit() and Job.objects.active().filter(pk=int(job)).exists()):
            _delete(UNSEEN.filter(held_for=mark))
