"""What the pages of the inventory show, in a fixed number of queries."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.assets.forms import BulkForm, FilterForm
from apps.assets.models import Asset, AssetQuerySet, RequiredStatus
from apps.projects.models import Activity, Comment, Project, Role

PAGE = 50
NULLS_LAST = ("revenue", "last_used")


def filtered(request: HttpRequest, project: Project) -> AssetQuerySet:
    """The assets that search, filters and sorting ask for, of those this person may see."""
    asked = FilterForm(request.GET).asked()
    rows = project.assets.shown_to(request.role)
    if words := asked["q"].replace("\x00", ""):
        rows = rows.filter(Q(name__icontains=words) | Q(url__icontains=words))
    if asked["kind"]:
        rows = rows.filter(kind=asked["kind"])
    if asked["required"]:
        rows = rows.filter(required_status="" if asked["required"] == "undecided" else asked["required"])
    if asked["current"]:
        rows = rows.filter(current_status=asked["current"])
    if asked["progress"]:
        rows = rows.filter(progress=asked["progress"])
    return rows.order_by(
        *_order(asked["sort"] if request.role >= Role.CONSULTANT else asked["sort"].replace("revenue", "name"))
    )


def _order(sort: str) -> list[Any]:
    name = sort.lstrip("-") or "name"
    if name in NULLS_LAST:
        column = F(name).desc(nulls_last=True) if sort.startswith("-") else F(name).asc(nulls_last=True)
        return [column, "pk"]
    return [sort or "name", "pk"]


def context(request: HttpRequest, project: Project) -> dict[str, Any]:
    """The page of the table, counts per decision, the batch that may be taken back."""
    form = FilterForm(request.GET)
    rows = filtered(request, project).select_related("owner")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    for row_ in page.object_list:
        row_.project = project
    numbers = project.assets.shown_to(request.role).per_status()
    batch = request.GET.get("batch", "")
    number = int(batch) if batch.isascii() and batch.isdigit() and len(batch) < 18 else 0
    return {
        "project": project,
        "role": request.role,
        "page": page,
        "filters": form,
        "asked": form.asked(),
        "chips": [(value or "undecided", label, numbers[value]) for value, label in RequiredStatus.choices],
        "total": sum(numbers.values()),
        "batch": project.asset_batches.filter(pk=number, undone_at=None).first() if number else None,
        "bulk_fields": BulkForm.FIELDS,
        "bulk_values": bulk_values(),
        "decisions": RequiredStatus.choices,
    }


def bulk_values() -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Field and value in one list, for one drop-down: (group, [(field, value, label)])."""
    groups = []
    for field, label in BulkForm.FIELDS:
        values = BulkForm.VALUES[field].items()
        groups.append((label, [(field, value, words) for value, words in values if value]))
    return groups


def details(request: HttpRequest, project: Project, asset: Asset) -> dict[str, Any]:
    """One asset with its comments and history."""
    history = Activity.objects.filter(project=project).about(asset).select_related("actor")
    comments = Comment.objects.filter(project=project).about(asset).shown_to(request.role).select_related("author")
    return {
        "project": project,
        "role": request.role,
        "asset": asset,
        "comments": comments,
        "history": history[:30] if request.role >= Role.CONSULTANT else [],
        "children": asset.children.filter(project=project).shown_to(request.role).order_by("name"),
        "parent": asset.parent if asset.parent and asset.parent.is_shown_to(request.role) else None,
        "decisions": RequiredStatus.choices,
    }


def row(request: HttpRequest, project: Project, asset: Asset, **more: Any) -> HttpResponse:
    """One row of the table, for htmx."""
    fresh = project.assets.select_related("owner").get(pk=asset.pk)
    fresh.project = project
    context = {"project": project, "asset": fresh, "role": request.role, "decisions": RequiredStatus.choices, **more}
    return render(request, "assets/_row.html", context)


def selected(request: HttpRequest, project: Project) -> AssetQuerySet:
    """The ticked rows, or with `all` every row that the filter shows."""
    if request.POST.get("all") == "yes":
        return Asset.objects.filter(pk__in=filtered(request, project).order_by().values("pk"))
    keys = [int(key) for key in request.POST.getlist("ids") if key.isascii() and key.isdigit() and len(key) < 18]
    return project.assets.filter(pk__in=keys[:5000])
