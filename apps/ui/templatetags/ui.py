"""Tags for every page. Each draws one template of templates/ui/, so that a thing looks the same wherever it stands."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import date, datetime, tzinfo
from typing import Any

from django import template
from django.core.paginator import Page
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.ui import markdown as safe_markdown
from apps.ui import moments, signs
from apps.ui.icons import draw_icon

register = template.Library()


@register.simple_tag
def icon(name: str, style: str = "micro", size: int = 16, label: str = "") -> SafeString:
    """A heroicon, or one of our own signs. Give a label only where no word stands beside it."""
    return draw_icon(str(name), str(style), int(size), str(label))


@register.simple_tag
def once() -> SafeString:
    """Makes a form act once (apps.ui.once), however often it is sent."""
    return format_html('<input type="hidden" name="once" value="{}">', uuid.uuid4().hex)


@register.inclusion_tag("ui/_sign.html")
def required_status(value: str | None) -> dict[str, Any]:
    return {"sign": signs.look_up(signs.REQUIRED_STATUS, value)}


@register.inclusion_tag("ui/_sign.html")
def severity(value: str, count: int | None = None) -> dict[str, Any]:
    return {"sign": signs.look_up(signs.SEVERITY, value), "count": count}


@register.inclusion_tag("ui/_sign.html")
def progress_state(value: str | None) -> dict[str, Any]:
    return {"sign": signs.look_up(signs.PROGRESS, value or "not_started"), "is_plain": True}


@register.inclusion_tag("ui/_sign.html")
def job_state(value: str) -> dict[str, Any]:
    return {"sign": signs.look_up(signs.JOB_STATE, value)}


@register.inclusion_tag("ui/_verdict.html", takes_context=True)
def verdict(
    context: template.Context, value: str | None, age: datetime | None = None, stale: bool = False, reason: str = ""
) -> dict[str, Any]:
    """A stale verdict never stays green: it turns grey and says what it was."""
    sign, said = signs.look_up(signs.VERDICT, value or "unknown"), {"age": age, "stale": bool(stale), "reason": reason}
    return {"sign": signs.stale(sign) if stale else sign, "project": context.get("project"), **said}


@register.inclusion_tag("ui/_person.html", takes_context=True)
def person(context: template.Context, user: Any, name: bool = False) -> dict[str, Any]:
    """Initials, and the name beside them if wanted. No user means that the system itself did it."""
    viewer = getattr(context.get("request"), "user", None)
    pk = getattr(user, "pk", None)
    is_you = pk is not None and pk == getattr(viewer, "pk", None)
    return {"person": user, "shows_name": name, "is_you": is_you, "words": "You" if is_you else str(user or "System")}


@register.inclusion_tag("ui/_when.html")
def when(
    moment: datetime | None, zone: str = "", viewer: bool = False, live: bool = False, alone: bool = False
) -> dict[str, Any]:
    """In 3 days, Sat 12 Sep 22:00 Berlin; `viewer` adds his own clock beside, `live` keeps counting on the page.

    `alone`: the date without the words before it, for what was planned once.
    """
    if moment is None:
        return {"moment": None}
    there = moments.zone_of(zone)
    return {
        "moment": moment,
        "zone": str(there),
        "relative": "" if alone else moments.relative(moment, there),
        "absolute": moments.absolute(moment, there),
        "beside": moments.clock(moment, timezone.get_current_timezone(), there) if viewer else "",
        "live": live,
    }


@register.filter
def city(zone: tzinfo) -> str:
    """Berlin, for a clock that is not the reader's."""
    return moments.city(zone)


@register.inclusion_tag("ui/_ago.html", takes_context=True)
def ago(context: template.Context, moment: datetime | None) -> dict[str, Any]:
    """4 min ago; on paper the moment itself, on the project's clock where the page belongs to a project."""
    if moment is None:
        return {"moment": None}
    own = timezone.get_current_timezone()
    there = getattr(context.get("project"), "zone", None) or own
    said = {"absolute": moments.absolute(moment, own), "on_paper": moments.absolute(moment, there)}
    return {"moment": moment, "words": moments.brief_ago(moment), **said}


@register.inclusion_tag("ui/_as_of.html")
def as_of(zone: str = "") -> dict[str, Any]:
    """The line that every printed page of a project carries: the moment at which it was drawn."""
    return {"words": moments.in_full(timezone.now(), moments.zone_of(zone))}


@register.inclusion_tag("ui/_due.html")
def due(day: date | None, today: date | None = None, done: bool = False) -> dict[str, Any]:
    """When something is due; `today` is the project's own day. What is done is never overdue."""
    if day is None:
        return {"day": None}
    today = today or timezone.localdate()
    state, words = moments.due_words(day, today)
    return {"day": day, "state": "done" if done else state, "words": words, "date": moments.day_and_month(day, today)}


@register.inclusion_tag("ui/_bar.html")
def bar(done: int, total: int, label: str = "", numbers: bool = True) -> dict[str, Any]:
    """How far something is: a bar and, for those who read, the numbers."""
    share = 100 * (done or 0) / total if total else 0
    width = round(max(0.0, min(100.0, share)), 1)
    percent = 99 if 99 < share < 100 else round(width)  # not finished is never shown as 100 %
    return {"done": done, "total": total, "label": label, "width": width, "percent": percent, "numbers": numbers}


@register.inclusion_tag("ui/_phase_bar.html")
def phase_bar(phases: Iterable[Any]) -> dict[str, Any]:
    """The phases of the plan as one slim bar; each links to its part of the checklist."""
    return {"phases": phases}


@register.inclusion_tag("ui/_stacked.html")
def stacked(counts: Sequence[dict[str, Any]], label: str = "") -> dict[str, Any]:
    """One bar made of parts, in the order given: [{"label": "Archive", "count": 12, "tone": "slate", "url": ""}]."""
    total = sum(part["count"] for part in counts)
    parts, start = [], 0.0
    for part in counts:
        width = 100 * part["count"] / total if total else 0
        share = {"start": round(start, 2), "width": round(width, 2), "percent": round(width)}
        parts.append({"tone": "grey", "url": ""} | part | share)
        start += width
    return {"parts": parts, "total": total, "label": label}


@register.inclusion_tag("ui/_empty.html")
def empty(title: str, text: str = "", url: str = "", label: str = "", icon: str = "inbox") -> dict[str, Any]:
    """An empty list teaches: what this is, why it matters for the move, one button."""
    return {"title": title, "text": text, "url": url, "label": label, "icon": icon}


@register.inclusion_tag("ui/_paginate.html", takes_context=True)
def paginate(context: template.Context, page: Page, target: str = "") -> dict[str, Any]:
    """Page numbers that keep the query string; `target` makes htmx swap that element instead of the whole page."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {"page": page, "numbers": list(numbers), "request": context.get("request"), "target": target}


@register.inclusion_tag("ui/_sort.html", takes_context=True)
def sort_link(context: template.Context, label: str, key: str, target: str = "", default: str = "") -> dict[str, Any]:
    """A column's header that sorts: ?sort=key, and ?sort=-key when it already is."""
    request = context.get("request")
    current = (request.GET.get("sort") if request else "") or default
    state = "up" if current == key else "down" if current == f"-{key}" else ""
    wanted = f"-{key}" if state == "up" else key
    return {"label": label, "wanted": wanted, "state": state, "request": request, "target": target}


@register.filter
def plural(number: Any, words: str) -> str:
    """`{{ 3|plural:"asset" }}` is "3 assets"; a comma gives both words: `{{ n|plural:"copy,copies" }}`."""
    one, _, many = words.partition(",")
    try:
        amount = len(number) if hasattr(number, "__len__") and not isinstance(number, str) else int(number or 0)
    except (TypeError, ValueError):
        amount = 0
    return f"{amount:,} {one if amount == 1 else many or one + 's'}"


@register.filter
def minutes(number: float) -> str:
    """{{ run.took|minutes }}: 4 h 05 min."""
    return moments.length(number)


@register.filter
def markdown(text: str | None) -> SafeString:
    """What somebody typed, with its lists, links and emphasis; scripts and dangerous links never survive."""
    return safe_markdown.render(text or "")
