"""How the list of redirects stands: against the inventory, as a list of its own, and as two facts for the plan.

The inventory and the list are two sides of one truth. `Redirect.followed` keeps what the inventory said when both
agreed last; where it says something else now, the line follows, or the difference is told where a person chose here.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from apps.assets.models import Asset, RequiredStatus
from apps.cutover.models import Checked, Redirect
from apps.findings.models import Fact
from apps.projects.many import give_way, in_groups, update_each, update_many
from apps.projects.models import Activity, Project, StaleRow
from apps.ui.moments import count
from engine.facts import FACTS
from engine.findings import Finding, Place, Severity, Verdict
from engine.redirects.maps import CannotRead, judge_map, place, standard

LONG = 2_000  # lines; a longer list is judged in a job, because whoever saves one line should not wait for all
ARCHIVE = "archive"  # what the inventory says of a page that it only keeps a copy of
OPEN = "Say where this address leads, or mark it as gone (410)."
DIFFERS = "redirects.inventory"
PART = 2_000  # lines written while others wait
JOINED = ("asset_id", "followed")
FOUND = ("severity", "code", "sentence", "suggestion")
UNASKED: dict[str, Any] = {
    "before": "", "before_said": "", "before_at": None,
    "after": "", "after_said": "", "after_way": [], "after_at": None,
}  # fmt: skip
FACTS_OF = {"cutover.redirects_prepared": "before", "cutover.redirects_right": "after"}


@dataclass(frozen=True)
class Page:
    """A decided page of the inventory: its old address, and what becomes of it (a new address, ARCHIVE or nothing)."""

    asset: Asset
    old: str
    says: str

    @property
    def new(self) -> str:
        return "" if self.says == ARCHIVE else self.says


@dataclass
class Judged:
    """What has to be written: lines that follow the inventory, pages that learn from a line, what is said of lines."""

    lines: int
    following: list[Redirect] = field(default_factory=list)
    joined: list[Redirect] = field(default_factory=list)
    learning: list[tuple[Asset, str]] = field(default_factory=list)
    told: dict[tuple[str, ...], list[int]] = field(default_factory=dict)


# --- The inventory --------------------------------------------------------------------------------------------------


def pages_of(project: Project) -> list[Page]:
    """Every decided asset that has an old address which can be read."""
    found = []
    fields = ("project", "name", "url", "new_url", "required_status", "version", "client_sees")
    for asset in project.assets.decided().exclude(url="").order_by("name", "pk").only(*fields):
        try:
            old = standard(asset.url)
            new = standard(asset.new_url) if asset.new_url else ""
        except CannotRead:
            continue  # the inventory's own pages say so
        found.append(Page(asset, old, ARCHIVE if asset.required_status == RequiredStatus.ARCHIVE else new))
    return found


def missing(project: Project, pages: Sequence[Page] | None = None) -> list[Page]:
    """Those that need a line and have none yet. Where the address stays, none is needed."""
    pages = pages_of(project) if pages is None else pages
    wanted = [page for page in pages if place(page.old) != place(page.new)]
    rows = project.redirects
    if len(wanted) <= 400:
        both = {f"{scheme}://{place(page.old)}" for page in wanted for scheme in ("http", "https")}
        rows = rows.filter(old__in=both)
    known = {place(old) for old in rows.values_list("old", flat=True)}
    return [page for page in wanted if place(page.old) not in known]


def behind(project: Project, pages: Sequence[Page] | None = None) -> int:
    """How many lines of assets do not know yet what the inventory says now."""
    says = {page.asset.pk: page.says for page in (pages_of(project) if pages is None else pages)}
    lines = project.redirects.exclude(asset=None).exclude(code=DIFFERS).values_list("asset", "followed")
    return sum(says.get(asset, followed) != followed for asset, followed in lines)


def _follow(rows: Iterable[Redirect], pages: Sequence[Page], judged: Judged) -> dict[int, Finding]:
    """Bring the lines in memory up to date with the inventory; what a person has to settle is returned by line."""
    by_asset, by_place = {page.asset.pk: page for page in pages}, {place(page.old): page for page in pages}
    settle: dict[int, Finding] = {}
    for row in rows:
        page = by_asset.get(row.asset_id) or by_place.get(place(row.old))
        if page is None:
            continue
        is_joined = row.asset_id == page.asset.pk
        if is_joined and row.followed == page.says:
            continue
        if page.new and not row.is_gone and (is_joined or row.is_open) and row.new != page.new:
            row.asset_id, row.new, row.followed, row.version = page.asset.pk, page.new, page.says, row.version + 1
            for name, value in UNASKED.items():
                setattr(row, name, value)
            judged.following.append(row)
        elif _agree(row, page) or not (is_joined or page.new):
            row.asset_id, row.followed = page.asset.pk, page.says
            judged.joined.append(row)
            if row.new and not page.says:
                row.followed = row.new
                judged.learning.append((page.asset, row.new))
                by_asset[page.asset.pk] = by_place[place(page.old)] = replace(page, says=row.new)
        else:
            settle[row.pk] = _differs(row, page)
    return settle


def _agree(row: Redirect, page: Page) -> bool:
    if page.says == ARCHIVE:
        return not row.new
    return row.new == page.says and not (row.is_gone and page.says)


def _differs(row: Redirect, page: Page) -> Finding:
    if page.says == ARCHIVE:
        words = "The inventory archives this page now. Mark it as gone, or save this line to keep where it leads."
    elif not page.says:
        words = "The inventory names no new address any more. Save this line to keep where it leads."
    elif row.is_gone:
        words = "The inventory gives this page a new address; here it is gone. Save this line as it should be."
    else:
        words = "The inventory gives this page another new address. Save this line as it should be."
    return Finding(Severity.ERROR, DIFFERS, words, Place(line=row.pk), row.old, page.new)


# --- The list -------------------------------------------------------------------------------------------------------


def is_long(project: Project) -> bool:
    return project.redirects.count() > LONG


def settle(project: Project) -> None:
    """After each change: judge the list where that is a matter of a moment; else tell the facts, and a job judges."""
    if is_long(project):
        publish(project)
    else:
        judge(project)


@transaction.atomic
def judge(project: Project) -> None:
    """Follow the inventory, work out again what is wrong with each line, and tell the facts."""
    Fact.one_at_a_time(project)
    judged = _worked_out(project)
    for write in _parts(project, judged):
        write()
    _finish(project, judged)


def judge_apart(project: Project, around: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
    """The same for long lists: worked out while others write, and begun again where they did.

    It is written part by part, so that nobody waits long; each part is true by itself, and the facts come last.
    """
    while True:
        seen = _mark(project)
        judged = _worked_out(project)
        if not all(_while_unchanged(project, seen, write) for write in _parts(project, judged)):
            continue
        with transaction.atomic():
            Fact.one_at_a_time(project)
            if _mark(project) == seen:
                with around():
                    _finish(project, judged)
                return


def _while_unchanged(project: Project, seen: dict[str, Any], write: Callable[[], object]) -> bool:
    with transaction.atomic():
        Fact.one_at_a_time(project)
        if _mark(project) != seen:
            return False
        write()
    give_way()
    return True


def _mark(project: Project) -> dict[str, Any]:
    lines = project.redirects.aggregate(count=Count("pk"), last=Max("pk"), at=Max("updated_at"))
    return lines | project.assets.aggregate(assets=Count("pk"), asset_at=Max("updated_at"))


def _worked_out(project: Project) -> Judged:
    rows = list(project.redirects.only("project", "asset", "followed", "version", "old", "new", "is_gone", *FOUND))
    judged = Judged(len(rows))
    said = _follow(rows, pages_of(project), judged)
    for found in judge_map([row.line for row in rows if not row.is_open]):
        before = said.get(found.where.line)  # type: ignore[union-attr]
        if before is None or found.severity.rank < before.severity.rank:
            said[found.where.line] = found  # type: ignore[union-attr]
    for row in rows:
        finding = Finding(Severity.ERROR, "redirects.open", OPEN) if row.is_open else None
        values = _told(said.get(row.pk, finding))
        if values != tuple(getattr(row, name) for name in FOUND):
            judged.told.setdefault(values, []).append(row.pk)
    return judged


def _told(finding: Finding | None) -> tuple[str, str, str, str]:
    if finding is None:
        return "", "", "", ""
    return finding.severity.value, finding.code, finding.message[:500], finding.suggestion[:2100]


def _parts(project: Project, judged: Judged) -> Iterator[Callable[[], object]]:
    """What has to be written to the lines, in parts that take a moment. Equal words go to all their lines at once."""
    single = {keys[0]: values for values, keys in judged.told.items() if len(keys) == 1}
    for values, keys in judged.told.items():
        for some in in_groups(keys if len(keys) > 1 else [], PART):
            yield partial(update_many, project.redirects.all(), some, **dict(zip(FOUND, values, strict=True)))
    for some in in_groups(list(single), PART):
        yield partial(update_each, Redirect, FOUND, {key: single[key] for key in some})
    for rows in in_groups(judged.joined, PART):
        yield partial(update_each, Redirect, JOINED, {row.pk: [getattr(row, name) for name in JOINED] for row in rows})
    for rows in in_groups(judged.following, PART):
        yield partial(_send_on, project, rows)


def _send_on(project: Project, rows: Sequence[Redirect]) -> None:
    names = [*JOINED, "new", "version", *UNASKED]
    update_each(Redirect, names, {row.pk: [getattr(row, name) for name in names] for row in rows})
    named = ", ".join(row.old for row in rows[:3])
    Activity.record(project, f"sent {count(len(rows), 'redirect')} where the inventory leads now", detail=named[:300])


def _finish(project: Project, judged: Judged) -> None:
    for asset, new in judged.learning:
        _teach(project, asset, new)
    publish(project)


def _teach(project: Project, asset: Asset, new: str) -> None:
    asset.project = project
    try:
        asset.change(None, new_url=new, is_internal=not asset.client_sees)
    except StaleRow:
        return  # somebody is at this page just now; the next round sees what he wrote


# --- The facts ------------------------------------------------------------------------------------------------------

Said = tuple[Verdict, str, datetime | None]


def publish(project: Project) -> None:
    """`cutover.redirects_prepared`: the list can be published. `cutover.redirects_right`: old addresses arrive."""
    link = f"{project.get_absolute_url()}cutover/redirects/"
    with transaction.atomic():
        Fact.one_at_a_time(project)
        for key, (verdict, reason, as_of) in stand(project).items():
            Fact.publish(project, key, verdict, reason, link=link, as_of=as_of, is_anew=True)


def stand(project: Project) -> dict[str, Said]:
    """Both facts as they are by now, each as old as the oldest answer that it rests on."""
    pages = pages_of(project)
    unfinished = _unfinished(project, len(missing(project, pages)), behind(project, pages))
    return {key: unfinished or _asked(project, key, name) for key, name in FACTS_OF.items()}


def is_outdated(project: Project) -> bool:
    """Whether the facts would say something else by now. A few queries, nothing is written."""
    if behind(project):
        return True
    known = project.facts.by_key()
    changed = project.assets.aggregate(at=Max("updated_at"))["at"]
    told = known.get("cutover.redirects_prepared")
    if changed and told and changed > told.as_of and project.redirects.filter(code=DIFFERS).exists():
        return True  # what had to be settled may have been
    return any(
        (fact := known.get(key)) is None
        or (verdict != Verdict.UNKNOWN and (fact.verdict, fact.reason) != (verdict, said))
        for key, (verdict, said, _) in stand(project).items()
    )


def _unfinished(project: Project, without: int, late: int) -> Said | None:
    if without:
        words = f"{count(without, 'decided page')} of the inventory {_has(without)} no redirect yet."
        return Verdict.NOT_READY, words, None
    if late:
        return Verdict.NOT_READY, f"{count(late, 'redirect')} {_has(late)} not followed the inventory yet.", None
    faulty = project.redirects.faulty().count()
    if faulty:
        return Verdict.NOT_READY, f"{count(faulty, 'redirect')} {_has(faulty)} an error or no target.", None
    if project.redirects.exists():
        return None
    pages = project.assets.exclude(url="")
    if pages.exists() and not pages.undecided().exists():
        return Verdict.READY, "No page of the inventory changes its address.", None
    known = project.facts.filter(key__in=FACTS_OF).exclude(verdict=Verdict.UNKNOWN.value).exists()
    verdict = Verdict.NOT_READY if known else Verdict.UNKNOWN  # what was known does not stay true of nothing
    return verdict, "No old address is listed.", None


def _has(number: int) -> str:
    return "has" if number == 1 else "have"


def _asked(project: Project, key: str, name: str) -> Said:
    """The verdict over the answers of one kind. What was never asked is not known, a whole folder included."""
    what, at = "new page" if name == "before" else "old address", f"{name}_at"
    wrong, unknown = Q(**{name: Checked.WRONG}), Q(**{name: Checked.UNKNOWN})
    found = project.redirects.aggregate(
        total=Count("pk"), oldest=Min(at),
        unasked=Count("pk", filter=Q(**{name: ""})),
        wrong=Count("pk", filter=wrong), wrong_at=Min(at, filter=wrong),
        unknown=Count("pk", filter=unknown), unknown_at=Min(at, filter=unknown),
        folders=Count("pk", filter=unknown & Q(old__endswith="/*", sample="")),
    )  # fmt: skip
    total, oldest, unasked, folders = found["total"], found["oldest"], found["unasked"], found["folders"]
    if found["wrong"]:
        words = f"{found['wrong']} of {total}: the {what} does not answer as it should."
        return Verdict.NOT_READY, words, found["wrong_at"]
    if unasked:
        is_new = unasked == total and not project.redirect_runs.filter(is_after=name == "after").exists()
        are = "is not checked as it stands" if unasked == 1 else "are not checked as they stand"
        return Verdict.UNKNOWN if is_new else Verdict.NOT_READY, f"{unasked} of {total} {are} now.", None
    if unknown := found["unknown"] - folders:
        words = f"{unknown} of {total} could not be told: the server did not answer as expected."
        return Verdict.UNKNOWN, words, found["unknown_at"]
    if folders:
        whole = "1 stands for a whole folder" if folders == 1 else f"{folders} stand for whole folders"
        words = (
            f"{total - folders} of {total} are right; {whole} and cannot be told: name one page of each to be asked."
        )
        return Verdict.UNKNOWN, words, found["unknown_at"]
    if oldest is None or timezone.now() - oldest > timedelta(hours=FACTS[key].stale_after_hours):
        return Verdict.UNKNOWN, f"All {total} answered as they should, but too long ago: check again.", oldest
    return Verdict.READY, f"All {total} answer as they should.", oldest
