"""What the pages of the inventory show, in a fixed number of queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django.core.paginator import Paginator
from django.db.models import Count, F
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.assets import trees
from apps.assets.forms import BulkForm, FilterForm
from apps.assets.kinds import Field
from apps.assets.models import Asset, AssetQuerySet, RequiredStatus, SavedView, kinds_of
from apps.projects.models import Activity, Comment, Project, Role
from apps.ui.drawn import draw_person, draw_sign
from apps.ui.moments import brief_ago

PAGE = 50
NULLS_LAST = ("revenue", "last_used", "effort_hours")


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column of the table: its key is the asset's field, or x_<key> of a field of its kind."""

    key: str
    label: str
    sort: str = ""
    is_number: bool = False
    is_internal: bool = False
    field: Field | None = None

    @property
    def is_edited(self) -> bool:
        return self.key not in FIXED


NONE, NOBODY = (format_html('<span class="muted">{}</span>', word) for word in ("none", "nobody"))


class _Pen:
    """Draws the cells of one page: what many rows share is drawn once."""

    def __init__(self, request: HttpRequest) -> None:
        self.role, self.viewer = request.role, request.user
        self.people: dict[int, SafeString] = {}

    def draw(self, column: TableColumn, asset: Asset) -> SafeString:
        """What the cell shows; a text is cut for the table, the whole stands beside it."""
        key = column.key
        if key in ("required_status", "progress") or (key == "suggestion" and asset.suggestion):
            return draw_sign(key, getattr(asset, key))
        if key == "owner":
            return self._person(asset)
        text = self._text(column, asset)
        return format_html('<span class="cut">{}</span>', text[:80]) if text else NONE

    def _person(self, asset: Asset) -> SafeString:
        if asset.owner is None:
            return NOBODY
        if asset.owner.pk not in self.people:
            self.people[asset.owner.pk] = draw_person(asset.owner, self.viewer)
        return self.people[asset.owner.pk]

    def _text(self, column: TableColumn, asset: Asset) -> str:
        key = column.key
        if column.field is not None:
            return str(asset.extra.get(column.field.key, ""))
        if key == "parent":
            parent = _parent(asset, self.role)
            return parent.name if parent else ""
        value = asset.kind_label if key == "kind" else getattr(asset, key)
        if value is None:
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, datetime):
            return brief_ago(value)
        if isinstance(value, date):
            return f"{value:%-d %b %Y}"
        if isinstance(value, Decimal):
            return f"{value:,.0f}" if key == "revenue" else f"{value:,.1f}".removesuffix(".0")
        shown = getattr(asset, f"get_{key}_display", None)
        return str(shown() if shown else value)


COLUMNS = [
    TableColumn("kind", "Kind", "kind"),
    TableColumn("required_status", "Required status", "required_status"),
    TableColumn("suggestion", "Suggestion"),
    TableColumn("current_status", "Now", "current_status"),
    TableColumn("progress", "Progress", "progress"),
    TableColumn("owner", "Owner"),
    TableColumn("parent", "Part of"),
    TableColumn("url", "Old URL"),
    TableColumn("new_url", "New URL"),
    TableColumn("last_used", "Last used", "last_used"),
    TableColumn("revenue", "Revenue", "revenue", is_number=True),
    TableColumn("effort_hours", "Hours", "effort_hours", is_number=True, is_internal=True),
    TableColumn("client_sees", "Client sees", is_internal=True),
    TableColumn("updated_at", "Changed", "updated_at"),
]
USUAL = {
    True: ["kind", "required_status", "current_status", "progress", "owner", "revenue"],
    False: ["kind", "required_status", "last_used", "revenue"],
}
FIXED = frozenset({"updated_at"})  # nobody types these


def look_as_client(request: HttpRequest) -> bool:
    """A consultant looks through the client's eyes: the page is drawn for that role, and its forms are shut."""
    return bool(request.looks_as_client)


def filtered(request: HttpRequest, project: Project) -> AssetQuerySet:
    """The assets that search, filters and sorting ask for, of those this person may see."""
    asked = FilterForm(request.GET, project=project).asked()
    rows = project.assets.shown_to(request.role)
    if words := asked["q"].replace("\x00", ""):
        rows = rows.matching(words)
    if asked["kind"]:
        rows = rows.filter(kind=asked["kind"])
    if asked["required"] == "asked":
        rows = rows.filter(asked_at__isnull=False)
    elif asked["required"]:
        rows = rows.filter(required_status="" if asked["required"] == "undecided" else asked["required"])
    if asked["current"]:
        rows = rows.filter(current_status=asked["current"])
    if asked["progress"]:
        rows = rows.filter(progress=asked["progress"])
    group = [asked["group"]] if asked["group"] in ("kind", "required_status") else []
    sort = asked["sort"].replace("effort_hours", "name") if request.role < Role.CONSULTANT else asked["sort"]
    return rows.order_by(*group, *_order(sort))


def _order(sort: str) -> list[Any]:
    name = sort.lstrip("-") or "name"
    if name in NULLS_LAST:
        column = F(name).desc(nulls_last=True) if sort.startswith("-") else F(name).asc(nulls_last=True)
        return [column, "pk"]
    return [sort or "name", "pk"]


# --- columns and saved views --------------------------------------------------------------------------------------


def _views(request: HttpRequest, project: Project) -> list[SavedView]:
    """A person's own views, and those that colleagues share; the nameless one is what is in use now."""
    mine = list(project.inventory_views.filter(user=request.user))
    if request.role >= Role.CONSULTANT:
        mine += project.inventory_views.filter(is_shared=True).exclude(user=request.user).exclude(name="")
    return mine


def table_query(request: HttpRequest) -> QueryDict:
    """The address of the table: the page's own, or for one row that of the page on which it stands."""
    if request.htmx and request.htmx.target != "assets" and request.htmx.current_url:
        return QueryDict(urlsplit(request.htmx.current_url).query)
    return request.GET


def columns_of(request: HttpRequest, project: Project, views: Sequence[SavedView], kind: str) -> list[TableColumn]:
    """The columns this person has chosen, of those there are."""
    there = {one.key: one for one in possible_columns(request, project, kind)}
    number = table_query(request).get("view", "")
    chosen = next((one.columns for one in views if number and str(one.pk) == number), None)
    if chosen is None:
        chosen = next((one.columns for one in views if one.name == ""), None)
    keys = chosen or USUAL[request.role >= Role.CONSULTANT]
    if kind:
        keys = [*keys, *(key for key in there if key.startswith("x_") and key not in keys)]
    return [there[key] for key in keys if key in there]


def possible_columns(request: HttpRequest, project: Project, kind: str) -> list[TableColumn]:
    """Every column that may be shown; the fields of a kind where the table shows that kind alone."""
    found = [one for one in COLUMNS if request.role >= Role.CONSULTANT or not one.is_internal]
    chosen = kinds_of(project).kinds.get(kind)
    for one in chosen.fields if chosen else ():
        found.append(TableColumn(f"x_{one.key}", one.label, is_number=one.type in ("number", "money"), field=one))
    return found


def with_cells(request: HttpRequest, assets: Iterable[Asset], columns: Sequence[TableColumn]) -> None:
    """Each asset with `cells`, [(column, what it shows)], and with its addresses, made without asking the router."""
    pen, base = _Pen(request), f"{request.project.get_absolute_url()}inventory/"
    for asset in assets:
        asset.project = request.project
        asset.address = f"{base}{asset.pk}/"  # type: ignore[attr-defined]
        asset.cell_address = f"{base}{asset.pk}/cell/"  # type: ignore[attr-defined]
        asset.cells = [(column, pen.draw(column, asset)) for column in columns]  # type: ignore[attr-defined]


# --- the table ----------------------------------------------------------------------------------------------------


def context(request: HttpRequest, project: Project, looks_as_client: bool = False) -> dict[str, Any]:
    """The page of the table, counts per decision, the batch that may be taken back."""
    form = FilterForm(request.GET, project=project)
    asked, views = form.asked(), _views(request, project)
    rows = filtered(request, project)
    columns = columns_of(request, project, views, asked["kind"])
    if asked["group"] == "tree":
        page, assets = trees.tree(request, project, asked["q"])
    else:
        page = Paginator(rows.select_related("owner", "parent"), PAGE).get_page(request.GET.get("page"))
        assets = list(page.object_list)
        _name_groups(assets, rows, asked["group"], project)
    with_cells(request, assets, columns)
    numbers = project.assets.shown_to(request.role).per_status()
    return {
        "project": project,
        "role": request.role,
        "page": page,
        "assets": assets,
        "columns": columns,
        "possible_columns": possible_columns(request, project, asked["kind"]),
        "shown_keys": [one.key for one in columns],
        "views": [one for one in views if one.name],
        "view_query": query_of(request),
        "large": request.GET.get("large", "") if request.GET.get("large") in ("csv", "xlsx") else "",
        "looks_as_client": looks_as_client,
        "filters": form,
        "asked": asked,
        "chips": [(value or "undecided", label, numbers[value]) for value, label in RequiredStatus.choices],
        "total": sum(numbers.values()),
        "batch": _batch(request, project),
        "bulk_values": bulk_values(),
        "decisions": RequiredStatus.choices,
    }


def query_of(request: HttpRequest) -> str:
    """The filters as they stand (in the address, or in the field `query` of a form): only what the table knows."""
    given = QueryDict(request.POST.get("query", "")) if request.method == "POST" else request.GET
    asked = QueryDict(mutable=True)
    for name in FilterForm.base_fields:
        if text := given.get(name, "")[:120]:
            asked[name] = text
    return asked.urlencode()


def typed_again(value: Any) -> str:
    """A stored value as the form would send it, for the undo of one cell."""
    return "" if value is None or value is False else "on" if value is True else str(value)


def _batch(request: HttpRequest, project: Project) -> Any:
    text = request.GET.get("batch", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
    rows = project.asset_batches.filter(pk=number, undone_at=None) if number else project.asset_batches.none()
    return (rows if request.role >= Role.CONSULTANT else rows.filter(by=request.user)).first() if number else None


def _name_groups(assets: Sequence[Asset], rows: AssetQuerySet, group: str, project: Project) -> None:
    """The first asset of each group on the page says how the group is called and how many it has."""
    if group not in ("kind", "required_status"):
        return
    counts = dict(rows.order_by().values_list(group).annotate(Count("pk")))
    labels = dict(RequiredStatus.choices)
    before = None
    for asset in assets:
        value = getattr(asset, group)
        if value != before:
            label = kinds_of(project).label(value) if group == "kind" else labels.get(value, value)
            asset.group = (label, counts.get(value, 0))  # type: ignore[attr-defined]
        before = value


def bulk_values() -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Field and value in one list, for one drop-down: (group, [(field, value, label)])."""
    groups = []
    for field, label in BulkForm.FIELDS:
        values = BulkForm.VALUES[field].items()
        groups.append((label, [(field, value, words) for value, words in values if value]))
    return groups


def row(request: HttpRequest, project: Project, asset: Asset, **more: Any) -> HttpResponse:
    """One row of the table, for htmx."""
    fresh = project.assets.select_related("owner", "parent").get(pk=asset.pk)
    asked = table_query(request)
    kind = fresh.kind if asked.get("kind") or more.get("field", "").startswith("x_") else ""
    with_cells(request, [fresh], columns_of(request, project, _views(request, project), kind))
    if asked.get("group") == "tree":
        trees.place(fresh, trees.depth_of(fresh), trees.words_of(project))
    context = {"project": project, "asset": fresh, "role": request.role, "decisions": RequiredStatus.choices, **more}
    return render(request, "assets/_row.html", context)


def selected(request: HttpRequest, project: Project) -> AssetQuerySet:
    """The ticked rows, or with `all` every row that the filter shows."""
    if request.POST.get("all") == "yes":
        return project.assets.filter(pk__in=filtered(request, project).order_by().values("pk"))
    keys = [int(key) for key in request.POST.getlist("ids") if key.isascii() and key.isdigit() and len(key) < 18]
    return project.assets.shown_to(request.role).filter(pk__in=keys[:5000])


# --- one asset ----------------------------------------------------------------------------------------------------


def details(request: HttpRequest, project: Project, asset: Asset) -> dict[str, Any]:
    """One asset with its comments, captures, files and history."""
    asset.project = project
    history = Activity.objects.filter(project=project).about(asset).select_related("actor")
    comments = Comment.objects.filter(project=project).about(asset).shown_to(request.role).select_related("author")
    kind = kinds_of(project).kinds.get(asset.kind)
    files = asset.attachments.filter(file__deleted_at=None).select_related("file", "file__uploaded_by", "file__project")
    if request.role < Role.CONSULTANT:
        files = files.filter(file__client_sees=True)
    return {
        "project": project,
        "role": request.role,
        "asset": asset,
        "own": [(one, asset.extra.get(one.key, "")) for one in (kind.fields if kind else ())],
        "captures": captures(project, asset, request.role),
        "attachments": files,
        "comments": comments,
        "history": history[:30] if request.role >= Role.CONSULTANT else [],
        "children": asset.children.filter(project=project).shown_to(request.role).order_by("name"),
        "parent": _parent(asset, request.role),
        "decisions": RequiredStatus.choices,
    }


def _parent(asset: Asset, role: int) -> Asset | None:
    parent = asset.parent
    return parent if parent and not parent.deleted_at and parent.is_shown_to(role) else None


def captures(project: Project, asset: Asset, role: int) -> list[dict[str, Any]]:
    """What must be saved of it, and what has been, with its evidence; a client sees no file that is kept for us."""
    book = kinds_of(project)
    kind = book.kinds.get(asset.kind)
    there = {one.key: one for one in asset.captures.select_related("file", "by", "file__project")}
    for one in there.values():
        if role < Role.CONSULTANT and one.file and not one.file.client_sees:
            one.file = None
    return [
        {"key": key, "label": book.captures.get(key, key), "row": there.get(key)}
        for key in (kind.capture if kind else ())
    ]


def last_change(project: Project, asset: Asset, label: str) -> Activity | None:
    """Who changed this cell last, from what to what, and from where."""
    for one in Activity.objects.filter(project=project).about(asset).select_related("actor")[:60]:
        if label in one.changes:
            one.old, one.new = one.changes[label]  # type: ignore[attr-defined]
            return one
    return None
