"""The mail of the day: one to a person at most, over all his projects, with what waits for him and by when.

Nothing is sent when nothing waits. A row for the person and the day is written in the same transaction as the mail, so
that a run repeated, or two at once, sends one.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count
from django.template.loader import render_to_string
from django.utils import timezone

from apps.accounts.mail import write_down
from apps.accounts.models import DigestDay, MailKind, User
from apps.accounts.unsubscribing import unsubscribe_url
from apps.assets.models import Asset
from apps.checklists.models import ChecklistItem
from apps.cutover.journeys import Journey
from apps.cutover.testing import to_walk
from apps.projects.bell import notices_of
from apps.projects.models import Project, Role
from apps.projects.notice import NoticeKind
from apps.ui.moments import count, day_and_month, due_words, zone_of

log = logging.getLogger(__name__)
AHEAD = timedelta(days=14)  # what is due later is counted, not listed
LISTED = 12
MORNING = 6  # hours: whoever's hour passed while nothing ran still gets his mail, but not in the evening


@dataclass
class Waiting:
    """What waits for one person in one project."""

    project: Project
    items: list[ChecklistItem] = field(default_factory=list)
    called: list[ChecklistItem] = field(default_factory=list)  # what the client is stuck with or handed back
    later: int = 0
    undecided: int = 0
    approvals: list[str] = field(default_factory=list)
    journeys: list[Journey] = field(default_factory=list)

    @property
    def number(self) -> int:
        return len(self.items) + len(self.called) + self.undecided + len(self.approvals) + len(self.journeys)

    @property
    def lines(self) -> list[tuple[str, str]]:
        """(words, address) of each thing, the most pressing first."""
        today, address = self.project.today, f"{settings.BASE_URL}{self.project.get_absolute_url()}"
        found = [(f"{_cry(item)}: {item.title}", _link(item)) for item in self.called[:LISTED]]
        found += [(f"{item.title} ({due_in_words(item.due, today)})", _link(item)) for item in self.items[:LISTED]]
        found += [(text, address) for text in self.approvals[:LISTED]]
        found += [(f"Go through: {row.title}", f"{settings.BASE_URL}{row.get_absolute_url()}") for row in self.journeys]
        if self.undecided:
            found.append((f"{count(self.undecided, 'decision')} to take", f"{address}inventory/decisions/"))
        rest = self.later + max(0, len(self.items) - LISTED) + max(0, len(self.called) - LISTED)
        if rest:
            found.append((f"and {rest} more, later", f"{address}checklist/"))
        return found


def _cry(item: ChecklistItem) -> str:
    return f"{item.stuck_by or 'The client'} is stuck" if item.stuck_note else "Handed back to you"


def _link(item: ChecklistItem) -> str:
    return f"{settings.BASE_URL}{item.get_absolute_url()}"


def due_in_words(due: date | None, today: date) -> str:
    """Overdue by 2 days, Thu 3 Sep."""
    return f"{due_words(due, today)[1]}, {day_and_month(due, today)}" if due else "no date"


def waiting_for(user: User) -> list[Waiting]:
    """What waits for this person, project by project; as many questions however many there are."""
    projects = {project.pk: project for project in Project.objects.visible_to(user)}
    mine = set(user.project_memberships.filter(role=Role.CONSULTANT).values_list("project", flat=True))
    staff = [key for key, project in projects.items() if project.role >= Role.CONSULTANT and key in mine]
    clients = [key for key, project in projects.items() if project.role == Role.CLIENT]
    found = {key: Waiting(project) for key, project in projects.items()}
    items = ChecklistItem.objects.select_related("assignee", "stuck_by")
    _add(found, items.filter(project__in=clients).waiting_on(user).filter(stuck_note="").free())
    _add(found, items.filter(project__in=staff, stuck_note="", handed_back_at=None).of_consultant(user).free())
    for item in items.filter(project__in=staff).called():
        found[item.project_id].called.append(item)
    undecided = Asset.objects.filter(project__in=clients, client_sees=True).undecided()
    for key, number in undecided.order_by().values_list("project").annotate(Count("pk")):
        found[key].undecided = number
    for notice in notices_of(user).unread().filter(kind=NoticeKind.APPROVAL, project__in=clients):
        found[notice.project_id].approvals.append(notice.text)
    for row in to_walk([found[key].project for key in clients], user):
        found[row.project_id].journeys.append(row)
    return [one for one in found.values() if one.number]


def _add(found: dict[int, Waiting], items: Iterable[ChecklistItem]) -> None:
    for item in sorted(items, key=lambda item: (item.due or date.max, item.phase, item.position)):
        waiting = found[item.project_id]
        item.project = waiting.project
        if item.due and item.due > waiting.project.today + AHEAD:
            waiting.later += 1
        else:
            waiting.items.append(item)


def send_digests(now: datetime | None = None) -> int:
    """Write the mail of everybody whose morning it is. Returns how many. Safe to repeat and at once."""
    now, written = now or timezone.now(), 0
    for user, day in due_people(now):
        try:
            written += digest(user, day)
        except Exception as error:  # one person's trouble is not everybody's; the next round tries again
            log.exception("the mail of the day for person %s failed (%s)", user.pk, type(error).__name__)
    return written


def due_people(now: datetime) -> list[tuple[User, date]]:
    """Those whose hour has come where they are, and who have had no thought given to them today."""
    done = set(DigestDay.objects.filter(day__gte=now.date() - timedelta(days=2)).values_list("user", "day"))
    found = []
    for user in User.objects.filter(is_active=True, mail_digest=True).order_by("pk").iterator():
        local = now.astimezone(zone_of(user.time_zone))
        if user.mail_hour <= local.hour < user.mail_hour + MORNING and (user.pk, local.date()) not in done:
            found.append((user, local.date()))
    return found


def digest(user: User, day: date) -> int:
    """The mail of one person, if anything waits."""
    try:
        with transaction.atomic():
            DigestDay.objects.create(user=user, day=day)
            waiting = waiting_for(user)
            return 1 if waiting and _write(user, day, waiting) else 0
    except IntegrityError:  # another run thinks of him at this moment
        return 0


def _write(user: User, day: date, waiting: list[Waiting]) -> bool:
    off = unsubscribe_url(user, MailKind.DIGEST)
    text = []
    for one in waiting:
        text += [one.project.client, ""]
        text += [f"- {words}\n  {address}" for words, address in one.lines]
        text += [""]
    text += ["--", f"Stop the mail of the day: {off}", f"Choose the hour: {settings.BASE_URL}/me/#mail"]
    organisations = {one.project.organisation_id for one in waiting}
    context = {"waiting": waiting, "off": off, "base_url": settings.BASE_URL}
    mail = write_down(
        user.email,
        subject_of(waiting),
        "\n".join(text),
        kind=MailKind.DIGEST,
        recipient=user,
        organisation_id=organisations.pop() if len(organisations) == 1 else None,
        html=render_to_string("mail/digest.html", context),
        key=f"digest:{user.pk}:{day}",
    )
    return mail is not None


def subject_of(waiting: list[Waiting]) -> str:
    """Sunrise Yoga: 3 things wait for you."""
    number = sum(one.number for one in waiting)
    words = "1 thing waits for you" if number == 1 else f"{number} things wait for you"
    return f"{waiting[0].project.client}: {words}" if len(waiting) == 1 else f"{words} in {len(waiting)} projects"
