"""What the pages of this floor read, each in a fixed number of queries."""

from typing import Any

from django.db.models import Count, Q, QuerySet

from apps.accounts.models import User
from apps.assets.models import Asset
from apps.checklists.models import ChecklistItem
from apps.domains.models import Domain
from apps.projects.models import Activity, Project, Role

SORTS = {"client": "client", "go_live": "go_live", "done": "items_done", "undecided": "undecided", "overdue": "overdue"}


def at_a_glance(user: User, sort: str = "") -> list[Project]:
    """The person's projects with counts; two queries however many there are."""
    rows = list(Project.objects.visible_to(user))
    counts = _counts([project.pk for project in rows])
    for project in rows:
        for name, value in counts.get(project.pk, {}).items():
            setattr(project, name, value)
        project.percent = round(100 * project.items_done / project.items_total) if project.items_total else 0
    key = SORTS.get(sort.lstrip("-"), "go_live")
    return sorted(rows, key=lambda project: getattr(project, key), reverse=sort.startswith("-"))


def _counts(keys: list[int]) -> dict[int, dict[str, int]]:
    """Per project: items settled and in all, overdue, undecided assets, facts that stand in the way."""
    found = {key: dict.fromkeys(("items_done", "items_total", "overdue", "undecided", "failing"), 0) for key in keys}
    projects = Project.objects.filter(pk__in=keys)
    items = projects.annotate(
        items_total=Count("items"), items_done=Count("items", filter=~Q(items__state="open"))
    ).values("pk", "items_total", "items_done")
    undecided = projects.annotate(
        undecided=Count("assets", filter=Q(assets__required_status="", assets__deleted_at=None))
    ).values("pk", "undecided")
    failing = projects.annotate(failing=Count("facts", filter=Q(facts__verdict="not_ready"))).values("pk", "failing")
    today = {project.pk: project.today for project in projects.only("pk", "time_zone")}
    late = Q()
    for key, day in today.items():
        late |= Q(pk=key, items__due__lt=day)
    overdue = (
        projects.filter(late, items__state="open").annotate(overdue=Count("items")).values("pk", "overdue")
        if keys
        else []
    )
    for rows in (items, undecided, failing, overdue):
        for row in rows:
            found[row.pop("pk")].update(row)
    return found


def next_items(project: Project, user: User, role: Role) -> QuerySet:
    """The next open items: the client's own, or everybody's."""
    rows = project.items.waiting_on(user) if role == Role.CLIENT else project.items.open()
    return rows.order_by("due", "phase", "position", "pk")[:8]


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


def newest_activity(project: Project, role: Role) -> QuerySet:
    """The newest lines of the log; clients see what is not internal."""
    rows = Activity.objects.filter(project=project).select_related("actor")
    return (rows if role >= Role.CONSULTANT else rows.filter(is_internal=False))[:8]


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
