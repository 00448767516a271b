"""How decisions come about: what the target allows by default, what the client approves, what carries the revenue."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F

from apps.accounts.models import User
from apps.assets.kinds import Kind
from apps.assets.models import Asset, AssetQuerySet, Batch, CurrentStatus, RequiredStatus, kinds_of
from apps.assets.services import change_each
from apps.projects.models import Project
from engine.platforms import Move, Value

STATUS_OF = {Move.BY_FILE: RequiredStatus.MIGRATE, Move.REBUILD: RequiredStatus.REBUILD,
             Move.RECONNECT: RequiredStatus.REBUILD}  # fmt: skip
WORDS = {
    Move.BY_FILE: "Moves by file", Move.REBUILD: "Must be rebuilt", Move.RECONNECT: "Is connected anew",
    Move.IMPOSSIBLE: "Cannot be moved", Move.UNKNOWN: "No page says so",
}  # fmt: skip
OBSOLETE = "obsolete"  # the row of the page for assets that nobody uses any more


# --- defaults of the pair -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Default:
    """What usually becomes of one kind on the way to the target, and of how many assets it would be said."""

    key: str
    label: str
    move: str
    status: str
    hours: Decimal | None
    open: int
    stated: Value[Any] | None = None


def defaults(project: Project) -> list[Default]:
    """One row a kind that has undecided assets; first what nobody uses any more."""
    undecided = project.assets.undecided()
    active = dict(
        undecided.exclude(current_status=CurrentStatus.OBSOLETE).order_by().values_list("kind").annotate(Count("pk"))
    )
    obsolete = undecided.filter(current_status=CurrentStatus.OBSOLETE).count()
    found = [Default(OBSOLETE, "Marked obsolete", "Is not needed", RequiredStatus.ARCHIVE, None, obsolete)]
    found += [
        _default(project, kind, active[kind.key]) for kind in kinds_of(project).kinds.values() if kind.key in active
    ]
    return [one for one in found if one.open]


def _default(project: Project, kind: Kind, count: int) -> Default:
    target = project.catalogue.find(project.target)
    if target is None:
        move, stated = Move.UNKNOWN, None
    else:
        move, stated = target.move_of(kind.key), target.moves.get(kind.key)
    return Default(kind.key, kind.label, WORDS[move], STATUS_OF.get(move, ""), kind.hours, count, stated)


def apply_defaults(project: Project, chosen: dict[str, str], *, decide: bool, with_hours: bool, by: User) -> Batch:
    """Set the chosen status per kind on undecided assets: as the decision, or as a suggestion with its reason."""
    rows = {one.key: one for one in defaults(project)}
    wanted: dict[int, dict[str, Any]] = {}
    for pk, kind, current, hours in project.assets.undecided().values_list(
        "pk", "kind", "current_status", "effort_hours"
    ):
        key = OBSOLETE if current == CurrentStatus.OBSOLETE else kind
        if key not in chosen or key not in rows:
            continue
        values: dict[str, Any] = {}
        if chosen[key] in RequiredStatus.values and chosen[key]:
            why = f"{rows[key].move}: {project.target_name}." if key != OBSOLETE else "It is marked obsolete."
            values = {"required_status": chosen[key], "asked_at": None} if decide else _suggested(chosen[key], why)
        if with_hours and hours is None and rows[key].hours is not None and chosen[key] != RequiredStatus.ARCHIVE:
            values["effort_hours"] = rows[key].hours
        wanted[pk] = values
    label = "the usual decisions" if decide else "the usual suggestions"
    return change_each(project, wanted, label=label, verb="decided" if decide else "suggested for", by=by)


def _suggested(status: str, why: str) -> dict[str, Any]:
    """What is suggested to the client, he also sees."""
    return {"suggestion": status, "suggestion_why": why, "client_sees": True}


# --- the inbox ----------------------------------------------------------------------------------------------------


def waiting(project: Project, role: int) -> AssetQuerySet:
    """What is undecided, the most valuable first; what the client asked about comes last."""
    rows = project.assets.shown_to(role).undecided()
    return rows.order_by(
        F("asked_at").asc(nulls_first=True), F("revenue").desc(nulls_last=True), F("last_used").desc(nulls_last=True),
        "name", "pk",
    )  # fmt: skip


def decide_many(rows: Iterable[Asset], status: str, project: Project, *, by: User) -> Batch:
    """One status for all, or with "suggestion" each as suggested; those without a suggestion stay."""
    wanted: dict[int, dict[str, Any]] = {}
    for asset in rows:
        value = asset.suggestion if status == "suggestion" else status
        if value:
            wanted[asset.pk] = {"required_status": value, "asked_at": None}
    label = "as suggested" if status == "suggestion" else RequiredStatus(status).label
    return change_each(project, wanted, label=label, verb="decided", by=by)


# --- priority -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Group:
    """An asset and all that stands in it: they move together."""

    pk: int
    name: str
    kind: str
    revenue: Decimal
    hours: Decimal
    count: int = 1
    share: Decimal = Decimal(0)  # of the revenue up to here, in percent
    so_far: int = 0  # assets up to here
    is_first: bool = False

    @property
    def per_hour(self) -> Decimal:
        return self.revenue / self.hours if self.hours else self.revenue


def ranked(project: Project, role: int, *, per_hour: bool = False) -> list[Group]:
    """Groups by revenue, or by revenue an hour of work; the first fifth of the assets is marked (Pareto)."""
    book = kinds_of(project)
    rows = project.assets.shown_to(role).exclude(required_status=RequiredStatus.ARCHIVE).order_by("name", "pk")
    parents: dict[int, int | None] = {}
    single: dict[int, Group] = {}
    for pk, name, kind, revenue, hours, parent in rows.values_list(
        "pk", "name", "kind", "revenue", "effort_hours", "parent_id"
    ):
        usual = book.kinds[kind].hours if kind in book.kinds else None
        work = hours if hours is not None else usual or Decimal(0)
        single[pk] = Group(pk, name, book.label(kind), revenue or Decimal(0), work)
        parents[pk] = parent
    roots = {pk: _root(pk, parents) for pk in single}
    groups = {pk: one for pk, one in single.items() if roots[pk] == pk or roots[roots[pk]] != roots[pk]}
    for pk, one in single.items():
        if pk not in groups:
            top = groups[roots[pk]]
            top.revenue, top.hours, top.count = top.revenue + one.revenue, top.hours + one.hours, top.count + 1
    order = sorted(groups.values(), key=lambda one: (-(one.per_hour if per_hour else one.revenue), one.hours, one.name))
    return _summed(order, sum((one.revenue for one in groups.values()), Decimal(0)), len(single))


def _root(pk: int, parents: dict[int, int | None]) -> int:
    """The outermost asset that is there; a circle ends where it began."""
    seen = {pk}
    while (parent := parents.get(pk)) in parents and parent is not None and parent not in seen:
        seen.add(parent)
        pk = parent
    return pk


def _summed(order: list[Group], total: Decimal, count: int) -> list[Group]:
    revenue, assets = Decimal(0), 0
    for one in order:
        one.is_first = assets * 5 < count and one.revenue > 0
        revenue, assets = revenue + one.revenue, assets + one.count
        one.share = round(100 * revenue / total, 1) if total else Decimal(0)
        one.so_far = assets
    return order


def curve(order: list[Group], points: int = 120) -> list[tuple[float, float]]:
    """The Pareto curve as (share of assets, share of revenue) in percent, from (0, 0) on, thinned for drawing."""
    count = order[-1].so_far if order else 0
    step = max(1, len(order) // points)
    kept = [one for at, one in enumerate(order) if at % step == 0 or one is order[-1]]
    return [(0.0, 0.0), *((100 * one.so_far / count, float(one.share)) for one in kept)]
