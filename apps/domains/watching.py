"""When a domain is looked at next, and who is told what changed: once, after a second look that agrees."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import MailKind
from apps.domains.kept import IN_WINDOW, WINDOW_AFTER, WINDOW_BEFORE
from apps.domains.models import Domain, DomainCheck, DomainWatch
from apps.domains.states import Difference, differences, in_words, state_of
from apps.projects.models import Project
from apps.projects.services import send
from apps.projects.telling import consultants_of

OPEN, CLOSED = timedelta(minutes=15), timedelta(hours=6)
FAILING = timedelta(hours=1)
SECOND_LOOK = timedelta(minutes=2)
PAUSE = timedelta(minutes=1)  # no domain is asked more often than that
WAITED_FOR = ("wrong", "missing", "unknown")


def note(check: DomainCheck, now: datetime | None = None) -> list[Difference]:
    """Write what this look means for the watch. Returns the changes that are certain now: two looks agreed on them."""
    now = now or timezone.now()
    watch = DomainWatch.objects.select_for_update().filter(domain=check.domain_id).first()
    if watch is None:
        watch = DomainWatch(project=check.project, domain=check.domain, next_at=now, looked_at=now)
    watch.looked_at = now
    watch.failures = watch.failures + 1 if check.failed else 0
    certain = [] if check.failed else _settle(watch, state_of(check.report), now)
    watch.next_at = next_look(check, watch, now)
    watch.save()
    return certain


def _settle(watch: DomainWatch, state: dict[str, str | None], now: datetime) -> list[Difference]:
    """The first look at a difference makes it suspect, a second that sees the same makes it certain."""
    found = differences(watch.settled, state)
    certain = [one for one in found if watch.suspect.get(one[0]) == one[2]]
    doubtful = {key: new for key, _, new in found} if len(certain) < len(found) else {}
    doubtful = {key: new for key, new in doubtful.items() if key not in {one[0] for one in certain}}
    known = {key: value for key, value in state.items() if value is not None and key not in doubtful}
    watch.settled, watch.suspect = watch.settled | known, doubtful
    if certain:
        watch.changed_at = now
    return certain


def next_look(check: DomainCheck, watch: DomainWatch, now: datetime) -> datetime:
    """Soon while something is open, when a TTL has run out, or around go-live; rarely otherwise."""
    go_live = check.project.go_live
    is_switching = go_live - WINDOW_BEFORE <= now <= go_live + WINDOW_AFTER
    pause = IN_WINDOW if is_switching else OPEN if is_open(check) else CLOSED
    if watch.suspect:
        pause = min(pause, SECOND_LOOK)
    if watch.failures:  # 2, 4, 8 ... minutes: a name server that is away is not hammered, and not forgotten
        pause = min(IN_WINDOW if is_switching else FAILING, PAUSE * 2 ** min(watch.failures, 9))
    at = now + pause
    runs_out = [moment for moment in _ttl_ends(check) if now < moment < at]
    if runs_out:
        at = max(min(runs_out) + timedelta(seconds=5), now + PAUSE)
    opens = go_live - WINDOW_BEFORE
    return opens if now < opens < at else at


def is_open(check: DomainCheck) -> bool:
    """Whether a record is awaited: wanted and not right yet, or to be removed and still there."""
    return any(
        row["verdict"] in WAITED_FOR and row["need"] in ("required", "remove") and " " not in row["name"]
        for row in check.report.get("expected", [])
    )


def _ttl_ends(check: DomainCheck) -> list[datetime]:
    """When others forget the old answers of the rows that are awaited."""
    waited = {
        (row["name"], row["type"]) for row in check.report.get("expected", []) if row["verdict"] in ("wrong", "missing")
    }
    ends = [
        check.as_of + timedelta(seconds=row["ttl"])
        for row in check.report.get("records", [])
        if row.get("ttl") and (row["name"], row["type"]) in waited
    ]
    for row in check.report.get("expected", []):
        if (moment := moment_of(row.get("visible_until"))) is not None:
            ends.append(moment)
    return ends


def moment_of(value: Any) -> datetime | None:
    """A time in a report; None where there is none that can be read."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None


def tell(project: Project, changed: Sequence[tuple[Domain, list[Difference]]]) -> None:
    """One mail to each consultant about everything that two looks agreed on; sent once the results are stored."""
    if not changed:
        return
    names = ", ".join(domain.shown for domain, _ in changed[:3])
    lines = [f"The DNS of {project.client} has changed. Two looks in a row saw it.", ""]
    for domain, found in changed:
        lines += [domain.shown, *(f"  {in_words(one)[:400]}" for one in found[:40])]
        lines += [f"  and {len(found) - 40} more" if len(found) > 40 else "", ""]
    lines += [f"Checks side by side: {settings.BASE_URL}{changed[0][0].get_absolute_url()}checks/"]
    subject, body = f"DNS changed: {names}", "\n".join(line for line in lines)
    people = consultants_of(project)

    def deliver() -> None:
        for person in people:
            send(project.organisation, person.email, subject[:200], body, MailKind.WATCH)

    transaction.on_commit(deliver)
