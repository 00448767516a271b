"""What the page of the first 72 hours shows."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.utils import timezone

from apps.cutover import watching
from apps.cutover.forms_watch import MetricForm, ValuesForm
from apps.cutover.metrics import as_written
from apps.projects.models import Project
from engine.watching import Word

WIDTH, HEIGHT, LABELS, GAP = 340, 100, 116, 13
LISTED = 200
SIGNS = {
    Word.FINE: ("Fine", "green", "check-circle"), Word.WRONG: ("Wrong", "red", "exclamation-triangle"),
    Word.UNKNOWN: ("Not known", "grey", "question-mark-circle"),
}  # fmt: skip


def context(project: Project, role: int) -> dict[str, Any]:
    now = timezone.now()
    found = watching.outlook(project, role, now)
    for one in found.metrics:
        one.usual = None if one.baseline is None else as_written(one.baseline)  # type: ignore[attr-defined]
        one.sign, one.chart = SIGNS[one.word], _chart(one, project)  # type: ignore[attr-defined]
    entry = project.metric_entries.filter(undone_at=None).select_related("by").first() if role >= 30 else None
    looked = max((at for *_, at, _ in found.checks if at), default=None)
    hours = watching.hours_gone(project, now)
    return {
        "project": project, "role": role, "found": found, "sign": SIGNS[found.word], "entry": entry, "now": now,
        "checks": [(*check, SIGNS[check[1]]) for check in found.checks], "looked": looked, "hours": hours,
        "removed": list(project.metrics.exclude(removed_at=None)) if role >= 30 else [],
        "until": project.go_live + timedelta(hours=watching.HOURS), "stamp": _stamp(found, hours, entry),
    }  # fmt: skip


def _stamp(found: watching.Outlook, hours: int | None, entry: Any) -> str:
    """Changes with every value, every check that turned and every hour."""
    seen = [(one.metric.pk, one.metric.version, one.word, str(one.newest)) for one in found.metrics]
    checks = [(name, word.value, said, at) for name, word, said, at, _ in found.checks]
    parts = (seen, checks, hours, entry and entry.pk, found.sentence)
    return sha256(repr(parts).encode()).hexdigest()[:16]


def editing(form: MetricForm, project: Project, **more: Any) -> dict[str, Any]:
    """The page of one metric: its bounds, its values one by one, and the newest act for its undo."""
    metric, context = form.instance, {"project": project, "form": form, "values": ValuesForm(project=project)}
    if metric.pk:
        rows = metric.values.order_by("-at")
        context |= {"rows": rows[:LISTED], "rest": max(0, rows.count() - LISTED)}
        context["entry"] = metric.entries.filter(undone_at=None).select_related("by").first()
    return context | more


def _chart(one: watching.Seen, project: Project) -> dict[str, Any] | None:
    """The values since go-live as a line; the usual value and the bounds across, each with its number at its end."""
    if len(one.since) < 2:
        return None
    floor, ceiling = one.metric.bounds.of(one.baseline)
    levels = [("usual", one.baseline), ("alarm below", floor), ("alarm above", ceiling)]
    known = [(words, float(level), as_written(level)) for words, level in levels if level is not None]
    numbers = [float(value.value) for value in one.since]
    top, low = max(numbers + [level for _, level, _ in known]), min(numbers + [level for _, level, _ in known])
    low = min(low, 0.0) if low < top / 2 else low - (top - low) / 4  # shares near 100 % are not drawn from 0
    first, last = one.since[0].at, one.since[-1].at
    span = (last - first).total_seconds() or 1.0

    def y_of(number: float) -> float:
        return round(HEIGHT - HEIGHT * (number - low) / ((top - low) or 1.0), 1)

    points = [(round(WIDTH * (v.at - first).total_seconds() / span, 1), y_of(float(v.value))) for v in one.since]
    lines = [
        {"words": f"{words} {said}", "y": y_of(level), "is_usual": words == "usual"} for words, level, said in known
    ]
    ends = [f"{at.astimezone(project.zone):%-d %b %H:%M}" for at in (first, last)]
    return {
        "path": " ".join(f"{x},{y}" for x, y in points), "last": points[-1], "lines": _apart(lines), "ends": ends,
        "width": WIDTH, "height": HEIGHT, "whole": WIDTH + LABELS, "rows": one.since[::-1],
    }  # fmt: skip


def _apart(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each line's label at its height, moved down where it would stand on another."""
    at = -GAP
    for line in sorted(lines, key=lambda one: one["y"]):
        at = line["label_y"] = max(line["y"] + 4, at + GAP)
    return lines
