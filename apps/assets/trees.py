"""Courses, funnels and products as trees, in the words of the target."""

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest

from apps.assets.models import Asset, kinds_of
from apps.projects.models import Project, Role

ROOTS = 20
DEEPEST = 6


def tree(request: HttpRequest, project: Project, words: str) -> tuple[Any, list[Asset]]:
    """What holds something, each with all that stands in it, level by level; one query a level, six levels at most."""
    there = project.assets.shown_to(request.role).select_related("owner", "parent")
    above = Q(parent=None) | Q(parent__deleted_at__isnull=False)
    if request.role < Role.CONSULTANT:
        above |= Q(parent__client_sees=False)
    top = Q(parent=None, kind__in=kinds_of(project).holders) & ~Q(kind="course_part")
    roots = there.filter(above).filter(top | Q(parent__isnull=False)).order_by("name", "pk")
    if words:
        roots = roots.filter(name__icontains=words)
    page = Paginator(roots, ROOTS).get_page(request.GET.get("page"))
    level: list[Asset] = list(page.object_list)
    inside: dict[int, list[Asset]] = {}
    found = list(level)
    for _ in range(DEEPEST):
        level = list(there.filter(parent__in=[one.pk for one in level]).order_by("name", "pk")) if level else []
        for one in level:
            inside.setdefault(one.parent_id or 0, []).append(one)
    return page, _flat(found, inside, words_of(project))


def words_of(project: Project) -> tuple[str, ...]:
    """What the target calls the levels of a course, if its pages say so."""
    target = project.catalogue.find(project.target)
    structure = target.structure if target else None
    return (structure.value or ()) if structure else ()


def _flat(
    assets: Iterable[Asset], inside: dict[int, list[Asset]], words: tuple[str, ...], depth: int = 0
) -> list[Asset]:
    found = []
    for asset in assets:
        place(asset, depth, words)
        found += [asset, *_flat(inside.get(asset.pk, []), inside, words, depth + 1)]
    return found


def place(asset: Asset, depth: int, words: tuple[str, ...]) -> None:
    """How deep an asset stands in its tree, and what the target calls that level."""
    asset.depth = depth  # type: ignore[attr-defined]
    if words and asset.kind in ("membership_site", "course", "course_part"):
        asset.target_word = words[min(depth, len(words) - 1)]  # type: ignore[attr-defined]


def depth_of(asset: Asset) -> int:
    depth, above = 0, asset.parent
    while above is not None and depth < DEEPEST:
        depth, above = depth + 1, above.parent
    return depth
