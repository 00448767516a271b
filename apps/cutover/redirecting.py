"""Verbs of the redirects: bring in, change, judge as a list, ask the servers, say what it means for the plan.

What a person changes on a line that stands for an asset is written to the asset too: there is one truth about a page.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.assets.models import Asset, RequiredStatus
from apps.cutover.models import Checked, Redirect, RedirectImport, RedirectRun
from apps.findings.models import Fact
from apps.projects.models import Activity, Project
from apps.ui.moments import count
from engine.findings import Finding, Severity, Verdict
from engine.redirects.checking import Checked as Answer
from engine.redirects.maps import CannotRead, judge_map, place, standard
from engine.redirects.reading import MapFile

MOST = 100_000  # lines in one project
REMARKS_KEPT = 500
OPEN = "Say where this address leads, or mark it as gone (410)."
FOUND = ("severity", "code", "sentence", "suggestion")


class TooMany(Exception):
    """More lines than one project may have; a sentence."""


def judge(project: Project) -> None:
    """Work out again what is wrong with each line; only rows that change are written."""
    rows = list(project.redirects.only("old", "new", "is_gone", *FOUND))
    said: dict[int, Finding] = {}
    for found in judge_map([row.line for row in rows if not row.is_open]):
        before = said.get(found.where.line)  # type: ignore[union-attr]
        if before is None or found.severity.rank < before.severity.rank:
            said[found.where.line] = found  # type: ignore[union-attr]
    changed = []
    for row in rows:
        finding = Finding(Severity.ERROR, "redirects.open", OPEN) if row.is_open else said.get(row.pk)
        values = _told(finding)
        if values != tuple(getattr(row, name) for name in FOUND):
            for name, value in zip(FOUND, values, strict=True):
                setattr(row, name, value)
            changed.append(row)
    Redirect.objects.bulk_update(changed, FOUND, batch_size=500)
    publish(project)


def _told(finding: Finding | None) -> tuple[str, str, str, str]:
    if finding is None:
        return "", "", "", ""
    sentence = finding.message
    return finding.severity.value, finding.code, sentence[:500], finding.suggestion[:2100]


# --- From the inventory ---------------------------------------------------------------------------------------------


def of_inventory(project: Project) -> list[tuple[Asset, str, str]]:
    """Decided assets that have an old address and need a line: (asset, old, new). Where the address stays, none."""
    found = []
    for asset in project.assets.decided().exclude(url="").order_by("name", "pk"):
        try:
            old = standard(asset.url)
            new = standard(asset.new_url) if asset.new_url else ""
        except CannotRead:
            continue  # the inventory's own pages say so
        if asset.required_status == RequiredStatus.ARCHIVE:
            new = ""
        if place(old) != place(new):
            found.append((asset, old, new))
    return found


def missing(project: Project, wanted: Sequence[tuple[Asset, str, str]] | None = None) -> list[tuple[Asset, str, str]]:
    """Those of them that have no line yet."""
    known = {place(old) for old in project.redirects.values_list("old", flat=True)}
    return [one for one in (wanted if wanted is not None else of_inventory(project)) if place(one[1]) not in known]


@transaction.atomic
def bring_in(project: Project, *, by: User) -> int:
    """A line for every decided page of the inventory that has none. Returns how many."""
    made = [Redirect(project=project, asset=asset, old=old, new=new) for asset, old, new in missing(project)]
    _refuse_too_many(project, len(made))
    Redirect.objects.bulk_create(made, batch_size=500)
    if made:
        Activity.record(project, f"added {len(made)} redirects from the inventory", by=by)
    judge(project)
    return len(made)


def _refuse_too_many(project: Project, more: int) -> None:
    if project.redirects.count() + more > MOST:
        raise TooMany(f"A project holds {MOST:,} redirects at most. Use lines that end in /* for whole folders.")


# --- From a file ----------------------------------------------------------------------------------------------------


@transaction.atomic
def take_file(project: Project, found: MapFile, *, name: str, by: User | None) -> RedirectImport:
    """Add the lines of a file; what stands in the list already, with the same end, is not added again."""
    known = set(project.redirects.values_list("old", "new", "is_gone"))
    fresh = [one for one in found.redirects if (one.old, one.new, one.is_gone) not in known]
    _refuse_too_many(project, len(fresh))
    left = [one for one in found.findings if one.severity is Severity.ERROR]
    row = RedirectImport.objects.create(
        project=project, name=name[:160], kind=found.kind, by=by, added=len(fresh), left=len(left),
        known=len(found.redirects) - len(fresh),
        remarks=[[one.where.line, one.severity.value, one.message, one.value] for one in found.findings[:REMARKS_KEPT]],  # type: ignore[union-attr]
    )  # fmt: skip
    Redirect.objects.bulk_create(
        [Redirect(project=project, source=row, old=one.old, new=one.new, is_gone=one.is_gone) for one in fresh],
        batch_size=500,
    )
    Activity.record(project, f"added {len(fresh)} redirects from a file", by=by, detail=row.name)
    judge(project)
    return row


@transaction.atomic
def take_back(row: RedirectImport, *, by: User) -> int:
    """Delete what a file brought, as far as nobody has changed it since. Returns how many lines went."""
    gone = row.redirects.filter(version=1)
    number = gone.count()
    gone.delete()
    row.taken_back_at = timezone.now()
    row.save(update_fields=["taken_back_at"])
    Activity.record(row.project, f"took {number} redirects of a file back", by=by, detail=row.name)
    judge(row.project)
    return number


# --- One line -------------------------------------------------------------------------------------------------------


@transaction.atomic
def add(project: Project, *, by: User, **values: Any) -> Redirect:
    """A line typed by a person; the addresses are in standard form."""
    _refuse_too_many(project, 1)
    row = Redirect(project=project, **values)
    row.save()
    Activity.record(project, "added the redirect", row, by=by)
    judge(project)
    return row


@transaction.atomic
def change(row: Redirect, *, by: User, version: int, **values: Any) -> None:
    """Change a line, and the new address of its asset with it. Raises StaleRow."""
    asked_anew = {"before": "", "before_said": "", "after": "", "after_said": "", "after_way": []}
    moved = any(getattr(row, name) != value for name, value in values.items() if name != "note")
    row.change(by, version=version, **values)
    if moved:
        Redirect.objects.filter(pk=row.pk).update(**asked_anew)
    if row.asset is not None and moved and row.new and row.asset.new_url != row.new:
        row.asset.project = row.project
        row.asset.change(by, new_url=row.new, is_internal=not row.asset.client_sees)
    judge(row.project)


@transaction.atomic
def remove(rows: Iterable[Redirect], project: Project, *, by: User) -> int:
    """Delete lines; each stays named in the log, up to a hundred."""
    rows = list(rows)
    for row in rows[:100]:
        Activity.record(project, "deleted the redirect", row, by=by, changes={"New address": [row.new, ""]})
    project.redirects.filter(pk__in=[row.pk for row in rows]).delete()
    judge(project)
    return len(rows)


@transaction.atomic
def mark_gone(rows: Iterable[Redirect], project: Project, *, by: User) -> int:
    """Nothing takes these pages' place: answer 410."""
    number = 0
    for row in rows:
        row.project = project
        number += bool(row.change(by, is_gone=True, new=""))
    judge(project)
    return number


# --- What the servers said ------------------------------------------------------------------------------------------


@transaction.atomic
def record(
    project: Project, rows: Sequence[Redirect], said: Sequence[Answer], *, is_after: bool, started_at: datetime
) -> RedirectRun:
    """Keep one round of answers. A line that was changed meanwhile gets none: the answer is about the old one."""
    now = timezone.now()
    current = {row.pk: row for row in project.redirects.filter(pk__in=[row.pk for row in rows])}
    name = "after" if is_after else "before"
    changed, turned = [], []
    counts = dict.fromkeys(Checked.values, 0)
    for asked, answer in zip(rows, said, strict=True):
        row = current.get(asked.pk)
        if row is None or row.line != asked.line:
            continue
        counts[answer.verdict] += 1
        was = getattr(row, name)
        if was and was != answer.verdict:
            turned.append([row.old, was, answer.verdict, answer.sentence])
        setattr(row, name, answer.verdict)
        setattr(row, f"{name}_said", answer.sentence[:500])
        setattr(row, f"{name}_at", now)
        if is_after:
            row.after_way = [list(hop) for hop in answer.way]
        changed.append(row)
    fields = [name, f"{name}_said", f"{name}_at", *(["after_way"] if is_after else [])]
    Redirect.objects.bulk_update(changed, fields, batch_size=500)
    run = RedirectRun.objects.create(
        project=project, is_after=is_after, started_at=started_at, turned=turned[:REMARKS_KEPT], **counts
    )
    publish(project)
    return run


@transaction.atomic
def publish(project: Project) -> None:
    """`cutover.redirects_prepared`: the list can be published. `cutover.redirects_right`: old addresses arrive."""
    Fact.one_at_a_time(project)
    link = f"{project.get_absolute_url()}cutover/redirects/"
    rows = project.redirects
    without, total, faulty = len(missing(project)), rows.count(), rows.faulty().count()
    runs = project.redirect_runs
    prepared = _unfinished(without, total, faulty) or _asked(rows, runs.filter(is_after=False), "before", total)
    right = _unfinished(without, total, faulty) or _asked(rows, runs.filter(is_after=True), "after", total)
    Fact.publish(project, "cutover.redirects_prepared", *prepared, link=link)
    Fact.publish(project, "cutover.redirects_right", *right, link=link)


def _unfinished(without: int, total: int, faulty: int) -> tuple[Verdict, str] | None:
    if without:
        words = f"{count(without, 'decided page')} of the inventory {_has(without)} no redirect yet."
        return Verdict.NOT_READY, words
    if faulty:
        return Verdict.NOT_READY, f"{count(faulty, 'redirect')} {_has(faulty)} an error or no target."
    return None if total else (Verdict.UNKNOWN, "No old address is listed.")


def _has(number: int) -> str:
    return "has" if number == 1 else "have"


def _asked(rows: Any, runs: Any, name: str, total: int) -> tuple[Verdict, str]:
    """The verdict over the answers of one kind. A line for a whole folder cannot be asked: it is a condition."""
    what = "new page" if name == "before" else "old address"
    wrong = rows.filter(**{name: Checked.WRONG}).count()
    if wrong:
        return Verdict.NOT_READY, f"{wrong} of {total}: the {what} does not answer as it should."
    unasked = rows.filter(**{name: ""}).count()
    if unasked:
        verdict = Verdict.UNKNOWN if unasked == total and not runs.exists() else Verdict.NOT_READY
        are = "is not checked as it stands" if unasked == 1 else "are not checked as they stand"
        return verdict, f"{unasked} of {total} {are} now."
    folders = rows.filter(old__endswith="/*", **{name: Checked.UNKNOWN}).count()
    unknown = rows.filter(**{name: Checked.UNKNOWN}).count() - folders
    if unknown:
        return Verdict.UNKNOWN, f"{unknown} of {total} could not be told: the server did not answer as expected."
    if folders:
        whole = "1 stands for a whole folder" if folders == 1 else f"{folders} stand for whole folders"
        words = f"{total - folders} of {total} are right; {whole}: try one page of each."
        return Verdict.CONDITIONS, words
    return Verdict.READY, f"All {total} answer as they should."
