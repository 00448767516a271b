"""Verbs of the redirects: bring in, change, delete, keep what the servers said.

What a person changes on a line that stands for an asset is written to the asset too: there is one truth about a page.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.assets.models import RequiredStatus
from apps.cutover.models import Checked, Redirect, RedirectRun
from apps.cutover.redirect_standing import ARCHIVE, UNASKED, behind, missing, pages_of, publish, settle
from apps.cutover.redirect_taking import REMARKS_KEPT, refuse_too_many
from apps.findings.models import Fact
from apps.projects.many import give_way, in_groups, update_each, update_many
from apps.projects.models import Activity, Project
from engine.redirects.checking import MADE_UP, NOT_ASKED
from engine.redirects.checking import Checked as Answer
from engine.redirects.maps import CannotRead, place, standard

AT_ONCE = 2_000  # answers written while others wait


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
    refuse_too_many(project, len(made))
    Redirect.objects.bulk_create(made, batch_size=500)
    if made:
        Activity.record(project, f"added {len(made)} redirects from the inventory", by=by)
    settle(project)
    return len(made), late


# --- One line -------------------------------------------------------------------------------------------------------


@transaction.atomic
def add(project: Project, *, by: User, **values: Any) -> Redirect:
    """A line typed by a person; the addresses are in standard form."""
    Fact.one_at_a_time(project)
    refuse_too_many(project, 1)
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


@dataclass
class Round:
    """What one round of questions to the servers said, counted."""

    is_after: bool
    started_at: datetime
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Checked.values, 0))
    turned: list[list[str]] = field(default_factory=list)  # [[old address, verdict before, verdict now, sentence]]


def keep_answers(
    project: Project, rows: Sequence[Redirect], said: Sequence[Answer], *, is_after: bool, started_at: datetime
) -> Round:
    """Write one round of answers, group by group: each is true by itself, so what is kept of a broken round may stay.

    A line that was changed meanwhile gets none: the answer is about the old one. Whose turn did not come keeps the
    answer it had, and so does a line at a made-up name, as in the demo. The answers are as old as the round.
    """
    done = Round(is_after, started_at)
    for some in in_groups(list(zip(rows, said, strict=True)), AT_ONCE):
        _keep(project, some, done)
        give_way()
    return done


def _keep(project: Project, some: Sequence[tuple[Redirect, Answer]], done: Round) -> None:
    name = "after" if done.is_after else "before"
    current = project.redirects.in_bulk([asked.pk for asked, _ in some])
    values: dict[int, list[Any]] = {}
    versions = {pk: row.version for pk, row in current.items()}  # so a change between reading and writing wins
    for asked, answer in some:
        row = current.get(asked.pk)
        if row is None or row.asked != asked.asked:
            continue
        done.counts[answer.verdict] += 1
        at = getattr(row, f"{name}_at")
        was = getattr(row, name)
        if answer.code == NOT_ASKED or (answer.code == MADE_UP and was) or (at and at > done.started_at):
            continue
        if was and was != answer.verdict and len(done.turned) < REMARKS_KEPT:
            done.turned.append([row.old, was, answer.verdict, answer.sentence])
        values[row.pk] = [answer.verdict, answer.sentence[:500], done.started_at]
        if done.is_after:  # where it went is kept of what went astray
            values[row.pk].append([] if answer.verdict == Checked.OK else [list(hop) for hop in answer.way])
    names = [name, f"{name}_said", f"{name}_at", *(["after_way"] if done.is_after else [])]
    with transaction.atomic():
        update_each(Redirect, names, values, version=versions)
        if done.is_after:
            _new_pages(project, list(values), done.started_at)


def _new_pages(project: Project, keys: Sequence[int], at: datetime) -> None:
    """Whoever arrives has seen the new page: after the switch nobody asks it apart. A newer answer of its own stays."""
    arrived = project.redirects.filter(after=Checked.OK, after_at=at).exclude(before_at__gt=at)
    for is_gone, said in (
        (True, "Is to be gone by choice; there is nothing to ask."),
        (False, "The new page answers."),
    ):
        update_many(arrived.filter(is_gone=is_gone), keys, before=Checked.OK, before_said=said, before_at=at)


@transaction.atomic
def close_round(project: Project, done: Round) -> RedirectRun:
    """The round in the list of rounds, and what the list is worth now."""
    run = RedirectRun.objects.create(
        project=project, is_after=done.is_after, started_at=done.started_at, turned=done.turned, **done.counts
    )
    publish(project)
    return run
