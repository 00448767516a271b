"""What the pages of this floor read, each in a fixed number of queries."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet

from apps.accounts.models import User
from apps.assets.models import Asset
from apps.checklists.forecasting import forecasts
from apps.checklists.models import ChecklistItem, Plan, State, Wait
from apps.domains.models import Domain
from apps.projects.models import Activity, Project, Role

SORTS: dict[str, Callable[[Any], Any]] = {
    "client": lambda project: project.client.casefold(),
    "phase": lambda project: (project.phase["number"] if project.phase else 9, project.percent),
    "go_live": lambda project: project.go_live,
    "forecast": lambda project: project.forecast.found.go_live,
    "done": lambda project: project.percent,
    "blockers": lambda project: project.blockers,
    "acted": lambda project: -1 if project.quiet_days is None else project.quiet_days,
    "undecided": lambda project: project.undecided,
    "failing": lambda project: project.failing,
    "overdue": lambda project: project.overdue,
}


def at_a_glance(user: User, sort: str = "") -> list[Project]:
    """The person's projects, each with all that its row says; a fixed number of queries however many there are."""
    rows = list(Project.objects.visible_to(user))
    keys = [project.pk for project in rows]
    counts, foretold = _counts(keys), forecasts(rows)
    phases, acted = _current_phases(keys), _client_acted(keys)
    for project in rows:
        for name, value in counts.get(project.pk, {}).items():
            setattr(project, name, value)
        project.percent = round(100 * project.items_done / project.items_total) if project.items_total else 0
        project.forecast, project.phase = foretold[project.pk], phases.get(project.pk)
        last = acted.get(project.pk)
        project.client_acted = last
        project.quiet_days = (project.today - last.astimezone(project.zone).date()).days if last else None
    key = SORTS.get(sort.lstrip("-"), SORTS["go_live"])
    return sorted(rows, key=key, reverse=sort.startswith("-"))


def _client_acted(keys: list[int]) -> dict[int, datetime]:
    """When a client of the project last did something in it; absent where none ever did."""
    his = Q(actor__project_memberships__project=F("project"), actor__project_memberships__role=Role.CLIENT)
    rows = Activity.objects.filter(his, project__in=keys).order_by().values("project").annotate(last=Max("at"))
    return {row["project"]: row["last"] for row in rows}


def _counts(keys: list[int]) -> dict[int, dict[str, int]]:
    """Per project: items settled and in all, overdue, blockers, undecided assets, facts that stand in the way."""
    names = ("items_done", "items_total", "overdue", "blockers", "undecided", "failing")
    found = {key: dict.fromkeys(names, 0) for key in keys}
    projects = Project.objects.filter(pk__in=keys)
    items = projects.annotate(
        items_total=Count("items"), items_done=Count("items", filter=~Q(items__state="open"))
    ).values("pk", "items_total", "items_done")
    undecided = projects.annotate(
        undecided=Count("assets", filter=Q(assets__required_status="", assets__deleted_at=None))
    ).values("pk", "undecided")
    failing = projects.annotate(failing=Count("facts", filter=Q(facts__verdict="not_ready"))).values("pk", "failing")
    in_the_way = _in_the_way(keys)
    for rows in (items, undecided, failing, in_the_way):
        for row in rows:
            found[row.pop("pk")].update(row)
    return found


def _in_the_way(keys: list[int]) -> Iterable[dict[str, Any]]:
    """Overdue items, and blockers: open items that hold others up and are overdue, or that the client is stuck with."""
    late = Q(pk__in=[])
    for project in Project.objects.filter(pk__in=keys).only("pk", "time_zone"):
        late |= Q(project=project, due__lt=project.today)
    followed = Exists(Wait.objects.filter(waits_for=OuterRef("pk"), item__state=State.OPEN))
    rows = ChecklistItem.objects.open().filter(project__in=keys).annotate(is_followed=followed).order_by()
    blocks = ~Q(stuck_note="") | (late & Q(is_followed=True))
    counted = rows.values("project").annotate(overdue=Count("pk", filter=late), blockers=Count("pk", filter=blocks))
    for row in counted:
        yield {"pk": row["project"], "overdue": row["overdue"], "blockers": row["blockers"]}


def _current_phases(keys: list[int]) -> dict[int, dict[str, Any]]:
    """Of each project the first phase in which something is open; absent where nothing is."""
    rows = ChecklistItem.objects.open().filter(project__in=keys).order_by().values("project")
    numbers = rows.annotate(number=Min("phase")).values_list("project", "number")
    plans = Plan.by_project(keys)
    return {key: {"number": number, "name": plans[key].phase_name(number)} for key, number in numbers}


def next_items(project: Project) -> QuerySet:
    """The next open items, everybody's."""
    return project.items.open().order_by("due", "phase", "position", "pk")[:8]


def asset_counts(project: Project, role: Role) -> list[dict[str, Any]]:
    """Assets per required status, for the small chart; clients count what they may see."""
    assets = project.assets.all() if role >= Role.CONSULTANT else project.assets.filter(client_sees=True)
    numbers = dict(assets.order_by().values_list("required_status").annotate(Count("pk")))
    signs = [
        ("migrate", "Migrate As Is", "teal"),
        ("rebuild", "Rebuild/Update", "amber"),
        ("archive", "Archive", "slate"),
    ]
    signs.append(("", "Undecided", "outline"))
    address = f"{project.get_absolute_url()}inventory/?required="
    return [
        {"label": label, "count": numbers.get(key, 0), "tone": tone, "url": f"{address}{key or 'undecided'}"}
        for key, label, tone in signs
    ]


def newest_activity(project: Project) -> QuerySet:
    """The newest lines of the log, for consultants alone: the log names what a client may not see any more."""
    return Activity.objects.filter(project=project).select_related("actor")[:8]


SEARCHED: list[tuple[str, Any, str, str]] = [
    ("Asset", Asset, "name", "inventory/"),
    ("Checklist item", ChecklistItem, "title", "checklist/"),
    ("Domain", Domain, "shown", "domains/"),
]


def search(user: User, words: str) -> list[dict[str, Any]]:
    """At most ten of each kind. Clients find only what they may see, helpers only projects' names."""
    projects = Project.objects.visible_to(user)
    roles = {project.pk: project for project in projects}
    staff = [key for key, project in roles.items() if project.role >= Role.CONSULTANT]
    clients = [key for key, project in roles.items() if project.role == Role.CLIENT]
    found = [
        {"kind": "Project", "name": project.client, "in": project.route, "url": project.get_absolute_url()}
        for project in roles.values()
        if words.lower() in project.client.lower()
    ][:10]
    for kind, model, name, address in SEARCHED:
        mine = Q(project__in=staff)
        if model is not Domain:
            mine |= Q(project__in=clients, client_sees=True)
        rows = model.objects.filter(mine, **{f"{name}__icontains": words}).order_by(name, "pk")[:10]
        for row in rows:
            project = roles[row.project_id]
            url = f"{project.get_absolute_url()}{address}{row.pk}/"
            found.append({"kind": kind, "name": getattr(row, name), "in": project.client, "url": url})
    return found
