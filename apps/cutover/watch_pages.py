"""What the page of the first 72 hours shows."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.utils import timezone

from apps.cutover import watching
from apps.projects.models import Project
from engine.watching import Word

WIDTH, HEIGHT = 340, 80
SIGNS = {
    Word.FINE: ("Fine", "green", "check-circle"), Word.WRONG: ("Wrong", "red", "exclamation-triangle"),
    Word.UNKNOWN: ("Not known", "grey", "question-mark-circle"),
}  # fmt: skip


def context(project: Project, role: int) -> dict[str, Any]:
    now = timezone.now()
    found = watching.outlook(project, role, now)
    for one in found.metrics:
        one.sign, one.chart = SIGNS[one.word], _chart(one)  # type: ignore[attr-defined]
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


def _chart(one: watching.Seen) -> dict[str, Any] | None:
    """The values since go-live as a line, the usual value and the bounds across."""
    if len(one.since) < 2:
        return None
    numbers = [float(value.value) for value in one.since]
    baseline = None if one.baseline is None else float(one.baseline)
    bounds = [float(bound) for bound in one.metric.bounds.of(one.baseline) if bound is not None]
    top = max([*numbers, *bounds, baseline or 0.0, 0.0])
    low = min([*numbers, *bounds, baseline or 0.0, 0.0])
    first, span = one.since[0].at, (one.since[-1].at - one.since[0].at).total_seconds() or 1.0

    def y_of(number: float) -> float:
        return round(HEIGHT - HEIGHT * (number - low) / ((top - low) or 1.0), 1)

    points = [(round(WIDTH * (v.at - first).total_seconds() / span, 1), y_of(float(v.value))) for v in one.since]
    return {
        "path": " ".join(f"{x},{y}" for x, y in points), "width": WIDTH, "height": HEIGHT,
        "baseline": None if baseline is None else y_of(baseline), "rows": one.since[::-1],
        "bounds": [y_of(bound) for bound in bounds],
    }  # fmt: skip
