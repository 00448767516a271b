"""A person's calendar (RFC 5545): due days of his items, go-lives, and how long the old system can take over.

Only what he sees. UIDs stay the same when a date moves, and DTSTAMP is the time of the last change, so that the same
plan makes the same text and a calendar that asks again gets 304.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from django.conf import settings
from icalendar import Calendar, Event

from apps.accounts.models import User
from apps.checklists.models import ChecklistItem
from apps.projects.models import Project, Role

REFRESH = timedelta(hours=1)
YEAR = timedelta(days=365)
LASTS = timedelta(hours=1)  # a go-live is a moment; in a calendar it needs a length to be seen


def calendar_of(user: User) -> bytes:
    """The whole feed, in as many questions however much it holds."""
    calendar = Calendar()
    calendar.add("prodid", "-//Migrator//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "Migrator")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", REFRESH)
    projects = {project.pk: project for project in Project.objects.visible_to(user) if project.role >= Role.CLIENT}
    for project in projects.values():
        for event in _events_of(project):
            calendar.add_component(event)
    for item in items_of(user, list(projects.values())):
        item.project = projects[item.project_id]
        calendar.add_component(_due(item))
    if projects:  # the rules of the clocks around these dates, not of all years
        days = [project.go_live.date() for project in projects.values()]
        calendar.add_missing_timezones(first_date=min(days) - YEAR, last_date=max(days) + 2 * YEAR)
    return calendar.to_ical()


def items_of(user: User, projects: list[Project]) -> list[ChecklistItem]:
    """Open items with a date that are this person's: a client's own, and a consultant's where he is a member."""
    mine = set(user.project_memberships.filter(role=Role.CONSULTANT).values_list("project", flat=True))
    clients = [project.pk for project in projects if project.role == Role.CLIENT]
    staff = [project.pk for project in projects if project.role >= Role.CONSULTANT and project.pk in mine]
    items = ChecklistItem.objects.exclude(due=None)
    his = items.filter(project__in=clients).waiting_on(user)
    ours = items.filter(project__in=staff).of_consultant(user)
    return sorted([*his, *ours], key=lambda item: (item.due, item.pk))


def _event(uid: str, stamp: datetime, project: Project, path: str = "") -> Event:
    event = Event()
    event.add("uid", f"{uid}@{urlsplit(settings.BASE_URL).hostname or 'localhost'}")
    event.add("dtstamp", stamp)
    event.add("url", f"{settings.BASE_URL}{path or project.get_absolute_url()}")
    return event


def _due(item: ChecklistItem) -> Event:
    event = _event(f"item-{item.pk}", item.updated_at, item.project, item.get_absolute_url())
    event.add("summary", f"{item.title} · {item.project.client}")
    event.add("dtstart", item.due)
    event.add("dtend", item.due + timedelta(days=1))
    event.add("transp", "TRANSPARENT")  # a due day does not make anybody busy
    return event


def _events_of(project: Project) -> list[Event]:
    """Go-live and the end of the hold period, on the clock of the project."""
    stamp = project.created_at + timedelta(seconds=project.version)  # later with every change, and the same until then
    go_live = _event(f"go-live-{project.pk}", stamp, project)
    go_live.add("summary", f"Go-live: {project.client}")
    go_live.add("description", project.route)
    go_live.add("dtstart", project.go_live.astimezone(project.zone))
    go_live.add("dtend", (project.go_live + LASTS).astimezone(project.zone))
    hold = _event(f"hold-end-{project.pk}", stamp, project)
    hold.add("summary", f"Hold period ends: {project.client}")
    hold.add("description", "Until then the old system can still take over.")
    hold.add("dtstart", project.hold_until.astimezone(project.zone))
    hold.add("dtend", (project.hold_until + LASTS).astimezone(project.zone))
    return [go_live, hold]


def etag_of(text: bytes) -> str:
    return f'"{sha256(text).hexdigest()[:32]}"'
