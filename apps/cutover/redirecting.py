"""Verbs of the redirects: bring in, change, delete, keep what the servers said.

What a person changes on a line that stands for an asset is written to the asset too: there is one truth about a page.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.assets.models import RequiredStatus
from apps.cutover.models import Checked, Redirect, RedirectImport, RedirectRun
from apps.cutover.redirect_standing import ARCHIVE, UNASKED, behind, missing, pages_of, publish, settle
from apps.findings.models import Fact, cleaned
from apps.projects.models import Activity, Project
from engine.findings import Severity
from engine.redirects.checking import NOT_ASKED
from engine.redirects.checking import Checked as Answer
from engine.redirects.maps import CannotRead, place, standard
from engine.redirects.reading import MapFile

MOST = 100_000  # lines in one project
REMARKS_KEPT = 500


class TooMany(Exception):
    """More lines than one project may have; a sentence."""


@transaction.atomic
def bring_in(project: Project, *, by: User) -> tuple[int, int]:
    """A line for every decided page that has none; the others follow. Returns how many of both."""
    Fact.one_at_a_time(project)
    pages = pages_of(project)
    late = behind(project, pages)
    made = [
        Redirect(project=project, asset=page.asset, old=page.old, new=page.new, followed=page.says)
        for page in missing(project, pages)
    ]
    _refuse_too_many(project, len(made))
    Redirect.objects.bulk_create(made, batch_size=500)
    if made:
        Activity.record(project, f"added {len(made)} redirects from the inventory", by=by)
    settle(project)
    return len(made), late


def _refuse_too_many(project: Project, more: int) -> None:
    if project.redirects.count() + more > MOST:
        raise TooMany(f"A project holds {MOST:,} redirects at most. Use lines that end in /* for whole folders.")


# --- From a file ----------------------------------------------------------------------------------------------------


@transaction.atomic
def take_file(project: Project, found: MapFile, *, name: str, by: User | None) -> RedirectImport:
    """Add the lines of a file; what stands in the list already, with the same end, is not added again."""
    Fact.one_at_a_time(project)
    known = set(project.redirects.values_list("old", "new", "is_gone"))
    fresh = [one for one in found.redirects if (one.old, one.new, one.is_gone) not in known]
    _refuse_too_many(project, len(fresh))
    left = [one for one in found.findings if one.severity is Severity.ERROR]
    row = RedirectImport.objects.create(
        project=project, name=name[:160], kind=found.kind, by=by, added=len(fresh), left=len(left),
        known=len(found.redirects) - len(fresh),
        remarks=[
            [one.where.line, one.severity.value, cleaned(one.message), cleaned(one.value)]  # type: ignore[union-attr]
            for one in found.findings[:REMARKS_KEPT]
        ],
    )  # fmt: skip
    Redirect.objects.bulk_create(
        [Redirect(project=project, source=row, old=one.old, new=one.new, is_gone=one.is_gone) for one in fresh],
        batch_size=500,
    )
    Activity.record(project, f"added {len(fresh)} redirects from a file", by=by, detail=row.name)
    settle(project)
    return row


@transaction.atomic
def take_back(row: RedirectImport, *, by: User) -> int:
    """Delete what a file brought, as far as nobody has changed it since. Returns how many lines went."""
    Fact.one_at_a_time(row.project)
    gone = row.redirects.filter(version=1)
    number = gone.count()
    gone.delete()
    row.taken_back_at = timezone.now()
    row.save(update_fields=["taken_back_at"])
    Activity.record(row.project, f"took {number} redirects of a file back", by=by, detail=row.name)
    settle(row.project)
    return number


# --- One line -------------------------------------------------------------------------------------------------------


@transaction.atomic
def add(project: Project, *, by: User, **values: Any) -> Redirect:
    """A line typed by a person; the addresses are in standard form."""
    Fact.one_at_a_time(project)
    _refuse_too_many(project, 1)
    row = Redirect(project=project, **values)
    row.save()
    Activity.record(project, "added the redirect", row, by=by)
    settle(project)
    return row


@transaction.atomic
def change(row: Redirect, *, by: User, version: int, **values: Any) -> None:
    """Change a line, and the new address of its asset with it. Raises StaleRow."""
    Fact.one_at_a_time(row.project)
    moved = any(getattr(row, name) != value for name, value in values.items() if name != "note")
    row.change(by, version=version, **values)
    if moved:
        Redirect.objects.filter(pk=row.pk).update(**UNASKED)
    _agree([row], row.project, by=by)
    settle(row.project)


def _agree(rows: Sequence[Redirect], project: Project, *, by: User) -> None:
    """What a person said here is what the inventory says too."""
    by_place = {place(page.old): page.asset.pk for page in pages_of(project)}
    meant = [(row, row.asset_id or by_place.get(place(row.old), 0)) for row in rows]
    assets = project.assets.in_bulk([key for _, key in meant])
    for row, key in meant:
        asset = assets.get(key)
        if asset is None:
            continue
        if _read(asset.new_url) != row.new:
            asset.change(by, new_url=row.new, is_internal=not asset.client_sees)
        says = ARCHIVE if asset.required_status == RequiredStatus.ARCHIVE else row.new
        Redirect.objects.filter(pk=row.pk).update(asset=asset, followed=says)


def _read(text: str) -> str:
    try:
        return standard(text) if text else ""
    except CannotRead:
        return text


@transaction.atomic
def remove(rows: Iterable[Redirect], project: Project, *, by: User) -> int:
    """Delete lines; each stays named in the log, up to a hundred."""
    Fact.one_at_a_time(project)
    rows = list(rows)
    for row in rows[:100]:
        Activity.record(project, "deleted the redirect", row, by=by, changes={"New address": [row.new, ""]})
    project.redirects.filter(pk__in=[row.pk for row in rows]).delete()
    settle(project)
    return len(rows)


@transaction.atomic
def mark_gone(rows: Iterable[Redirect], project: Project, *, by: User) -> int:
    """Nothing takes these pages' place: answer 410, which has to be asked anew."""
    Fact.one_at_a_time(project)
    changed = []
    for row in rows:
        row.project = project
        if row.change(by, is_gone=True, new=""):
            changed.append(row)
    project.redirects.filter(pk__in=[row.pk for row in changed]).update(**UNASKED)
    _agree(changed, project, by=by)
    settle(project)
    return len(changed)


# --- What the servers said ------------------------------------------------------------------------------------------


@transaction.atomic
def record(
    project: Project, rows: Sequence[Redirect], said: Sequence[Answer], *, is_after: bool, started_at: datetime
) -> RedirectRun:
    """Keep one round of answers. A line that was changed meanwhile gets none: the answer is about the old one.

    Whose turn did not come keeps the answer it had. The answers are as old as the round.
    """
    Fact.one_at_a_time(project)
    current = {row.pk: row for row in project.redirects.all()}
    name = "after" if is_after else "before"
    turned: list[list[str]] = []
    alike: dict[tuple[str, str], list[int]] = {}  # most lines get the same words, which are written to all at once
    ways: list[Redirect] = []  # where they went is kept of those that went astray
    counts = dict.fromkeys(Checked.values, 0)
    for asked, answer in zip(rows, said, strict=True):
        row = current.get(asked.pk)
        if row is None or row.asked != asked.asked:
            continue
        counts[answer.verdict] += 1
        if answer.code == NOT_ASKED:
            continue
        was = getattr(row, name)
        if was and was != answer.verdict:
            turned.append([row.old, was, answer.verdict, answer.sentence])
        alike.setdefault((answer.verdict, answer.sentence[:500]), []).append(row.pk)
        way = [] if answer.verdict == Checked.OK else [list(hop) for hop in answer.way]
        if is_after and row.after_way != way:
            row.after_way = way
            ways.append(row)
    for (verdict, sentence), keys in alike.items():
        told = {name: verdict, f"{name}_said": sentence, f"{name}_at": started_at}
        for start in range(0, len(keys), 500):
            project.redirects.filter(pk__in=keys[start : start + 500]).update(**told)
    Redirect.objects.bulk_update(ways, ["after_way"], batch_size=500)
    run = RedirectRun.objects.create(
        project=project, is_after=is_after, started_at=started_at, turned=turned[:REMARKS_KEPT], **counts
    )
    publish(project)
    return run
