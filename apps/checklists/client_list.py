"""The client's own list: what waits for him now, what comes next, what he has done. In a fixed number of queries.

Nothing here counts or names what the client does not see, except that a step of his consultant comes first.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.checklists.agreed import Answer
from apps.checklists.listing import UNDO_MINUTES
from apps.checklists.models import ChecklistItem, Evidence, EvidenceKind, State, Wait, Who
from apps.projects.models import Comment, Project, Role

DONE_SHOWN = 30
FAR = date.max


def my_list(project: Project, person: User | None, *, everything_done: bool = False) -> dict[str, Any]:
    """What the page shows: `now`, `coming`, `returned` (handed back), `done`, and `just_done`, which may be undone."""
    rows = [row for row in _visible(project, person) if _is_his(row, person)]
    open_rows = [row for row in rows if row.state == State.OPEN]
    done = sorted((row for row in rows if row.state == State.DONE), key=lambda row: row.done_at, reverse=True)
    now = [row for row in open_rows if not row.blockers and row.handed_back_at is None]
    waited_for = _followers(project)
    for row in now:
        row.holds_up, row.consultant_waits = waited_for.get(row.pk, (0, False))
    now.sort(key=lambda row: _biggest_first(row, project.today))
    _with_words(project, now, person)
    coming = [row for row in open_rows if row.blockers and row.handed_back_at is None]
    since = timezone.now() - timedelta(minutes=UNDO_MINUTES)
    return {
        "now": now,
        "coming": sorted(coming, key=lambda row: (row.due or FAR, row.phase, row.position)),
        "returned": [row for row in open_rows if row.handed_back_at is not None],
        "just_done": [row for row in done if row.done_at >= since and _is_by(row, person)],
        "done": done if everything_done else done[:DONE_SHOWN],
        "done_count": len(done),
        "total": len([row for row in rows if row.state != State.NOT_APPLICABLE]),
    }


def _visible(project: Project, person: User | None) -> Iterable[ChecklistItem]:
    facts = project.facts.by_key()
    for row in project.items.shown_to(Role.CLIENT).with_blockers(Role.CLIENT):
        row.project = project
        row.fact_row = facts.get(row.fact) if row.fact else None
        yield row.seen_by(person, Role.CLIENT)


def _is_his(row: ChecklistItem, person: User | None) -> bool:
    return row.may_be_ticked_by(person, Role.CLIENT)


def _is_by(row: ChecklistItem, person: User | None) -> bool:
    return person is not None and row.done_by_id == person.pk


def _followers(project: Project) -> dict[int, tuple[int, bool]]:
    """Of each item: how many open items that the client sees wait for it, and whether one he does not see does."""
    seen: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    waits = Wait.objects.filter(project=project, item__state=State.OPEN)
    for pk, sees, who in waits.values_list("waits_for", "item__client_sees", "item__who"):
        seen[pk][0 if sees else 1] += 1
        seen[pk][1] += sees and who == Who.CONSULTANT
    return {pk: (visible, hidden > 0) for pk, (visible, hidden) in seen.items()}


def _biggest_first(row: ChecklistItem, today: date) -> tuple[Any, ...]:
    """Late before essential before what holds others up; then the earlier date."""
    is_late = row.due is not None and row.due < today
    return (bool(row.stuck_note), not is_late, not row.is_essential, -row.holds_up, row.due or FAR, row.phase, row.pk)


def _with_words(project: Project, rows: list[ChecklistItem], person: User | None) -> None:
    """Comments and evidence of each row, and the last thing that somebody else said about it."""
    keys = [row.pk for row in rows]
    comments, evidence = defaultdict(list), defaultdict(list)
    about = Comment.objects.filter(project=project, subject_type="checklists.checklistitem", subject_id__in=keys)
    for comment in about.shown_to(Role.CLIENT).select_related("author"):
        comments[comment.subject_id].append(comment)
    given = Evidence.objects.filter(item__in=keys, taken_back_at=None).exclude(kind=EvidenceKind.CHECK)
    approved = set(project.approvals.filter(state=Answer.APPROVED, item__in=keys).values_list("item", flat=True))
    for one in given.select_related("file", "file__project", "by"):
        evidence[one.item_id].append(one)
    for row in rows:
        row.comments, row.given = comments[row.pk], evidence[row.pk]
        last = row.comments[-1] if row.comments else None
        row.answer = last if last is not None and (person is None or last.author_id != person.pk) else None
        row.waits_for_yes = row.needs_approval and row.pk not in approved
        is_given = row.evidence_kind == EvidenceKind.CHECK or any(one.kind == row.evidence_kind for one in row.given)
        row.asks_for = "" if is_given else row.evidence_kind
