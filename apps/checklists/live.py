"""Two people on one plan see each other's changes: a cheap question whether anything has changed, and what has.

The question is asked every two seconds by every open page, so it passes no session and no door: its address holds a
signed ticket that the door gave out, it says nothing but "still the same", and it ends after ten minutes. What has
changed is then asked for through the door, and only the rows that changed come back. docs/live.md has the figures.
"""

from datetime import UTC, datetime, timedelta
from time import time
from typing import Any
from zlib import crc32

from django.core import signing
from django.core.cache import cache
from django.db import connection
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from apps.checklists import listing
from apps.checklists.forms import FilterForm
from apps.checklists.models import ChecklistItem, Evidence, ItemQuerySet, Plan, Wait
from apps.findings.models import FactChange
from apps.projects.models import Comment, Project, Role

SALT = "checklists.live"
GOOD_FOR = timedelta(minutes=10)
REMEMBERED = 0.4  # seconds: pages of one project that ask at the same time share one look into the database
IN_FLIGHT = timedelta(seconds=30)  # a row carries the time at which it was written, and is seen when it is committed
MANY = 40  # more rows than this are drawn as one list


def ticket(project: Project) -> str:
    """For the address of the question. It opens nothing else."""
    return signing.dumps(project.pk, salt=SALT)


def project_of(token: str) -> int | None:
    """The project's number; None where the ticket is not ours or too old."""
    try:
        return int(signing.loads(token, salt=SALT, max_age=GOOD_FOR))
    except signing.BadSignature:
        return None


def stamp(project_pk: int) -> str:
    """Two short numbers that change with the plan: the first when the list itself is another, the second at anything.

    Sums of versions and counts, not the newest row: of two changes at once the later number may be committed first.
    """
    key, now = f"live:{project_pk}", time()
    at, found = cache.get(key, (0.0, ""))
    if not 0 <= now - at < REMEMBERED:  # kept with its time: a cache counts in whole seconds
        found = stamp_now(project_pk)
        cache.set(key, (now, found), 1)
    return str(found)


# One statement by hand: putting it together anew each time would take longer than answering it.
STAMP = """
SELECT count(*), sum(phase * 100000 + position), sum(CASE WHEN client_sees THEN id ELSE 0 END),
       sum(CASE WHEN state = 'open' AND (stuck_note <> '' OR handed_back_at IS NOT NULL) THEN id ELSE 0 END),
       sum(version),
       (SELECT version FROM projects_project WHERE id = %(pk)s),
       (SELECT count(*) FROM projects_comment WHERE project_id = %(pk)s),
       (SELECT count(*) FROM checklists_evidence WHERE project_id = %(pk)s),
       (SELECT count(*) FROM checklists_wait WHERE project_id = %(pk)s),
       (SELECT count(*) FROM findings_factchange WHERE project_id = %(pk)s),
       (SELECT id FROM projects_activity WHERE project_id = %(pk)s ORDER BY at DESC, id DESC LIMIT 1)
FROM checklists_checklistitem WHERE project_id = %(pk)s
"""


def stamp_now(project_pk: int) -> str:
    """Looked up this moment."""
    with connection.cursor() as cursor:
        cursor.execute(STAMP, {"pk": project_pk})
        items, order, seen, called, versions, project, *rest = cursor.fetchone()
    whole, rest = repr((items, order, seen, called, project)), repr((versions, rest))
    return f"{crc32(whole.encode()):x}.{crc32(rest.encode()):x}"


def begin(request: HttpRequest, project: Project) -> dict[str, Any]:
    """What a page needs to follow its plan. Taken before the rows are read, so that nothing falls in between."""
    query = request.GET.copy()
    query["since"] = str(int(timezone.now().timestamp()))
    return {
        "ticket": ticket(project),
        "stamp": stamp_now(project.pk),
        "query": query.urlencode(),
    }


def since_of(request: HttpRequest) -> datetime | None:
    """The time the page was drawn, as it says; None where that cannot be read or is long ago."""
    text = request.GET.get("since", "")
    if not (text.isascii() and text.isdigit() and len(text) == 10):
        return None
    since = datetime.fromtimestamp(int(text), UTC)
    return since if since > timezone.now() - timedelta(hours=1) else None


def changed_since(project: Project, since: datetime, role: int) -> ItemQuerySet:
    """Items that look different now: changed themselves, or what they wait for, their comments, evidence or fact."""
    since -= IN_FLIGHT
    comments = Comment.objects.filter(project=project, created_at__gte=since).shown_to(role)
    return project.items.shown_to(role).filter(
        Q(updated_at__gte=since)
        | Q(pk__in=Wait.objects.filter(project=project, waits_for__updated_at__gte=since).values("item"))
        | Q(pk__in=Evidence.objects.filter(project=project, at__gte=since).values("item"))
        | Q(pk__in=comments.subjects("checklists.checklistitem"))
        | Q(fact__in=FactChange.objects.filter(project=project, at__gte=since).values("key"))
    )


def changes(request: HttpRequest, project: Project) -> dict[str, Any]:
    """The rows that changed, ready to be drawn; `whole` where the list should be drawn anew."""
    live, since, role = begin(request, project), since_of(request), request.role
    rows: list[ChecklistItem] = []
    if since is not None:
        rows = list(changed_since(project, since, role).with_blockers(role)[: MANY + 1])
    form = FilterForm({"show": "" if role >= Role.CONSULTANT else "mine"} | request.GET.dict())
    asked = form.cleaned_data if form.is_valid() else {"show": "", "q": ""}
    wanted: QuerySet = listing.filtered(request, project, asked["show"], asked["q"].replace("\x00", ""))
    here = set(wanted.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    return listing.spoken_to(request, project, rows) | {
        "live": live,
        "rows": rows,
        "whole": since is None or len(rows) > MANY,
        "here": [row.pk for row in rows if row.pk in here],
        "numbers": project.items.shown_to(role).per_phase(Plan.of(project).phases),
    }
