"""What the pages of the warm-up show."""

from datetime import timedelta
from typing import Any

from apps.cutover import warming
from apps.cutover.warmups import WarmUp
from apps.projects.models import Project
from engine.warmup import Word

WIDTH, HEIGHT, ROOM = 720, 160, 24  # room: over the highest column, for its number
FEW, SOME = 7, 15  # columns that have room for their numbers on a phone, and on a desk
SIGNS = {
    Word.GO_ON: ("Go on", "green", "check-circle"), Word.HOLD: ("Repeat the volume", "amber", "pause"),
    Word.STOP: ("Stop", "red", "x-circle"), Word.UNKNOWN: ("Not known", "grey", "question-mark-circle"),
}  # fmt: skip


def plan_of(project: Project) -> WarmUp | None:
    return WarmUp.objects.filter(project=project).select_related("project").first()


def first_values(project: Project) -> dict[str, Any]:
    """A new plan: the tiers of the contact files, from the day of go-live on."""
    return {"tiers": warming.tiers_of(project), "starts_on": max(project.today, project.go_live_day), "days_off": []}


def context(project: Project) -> dict[str, Any]:
    row = plan_of(project)
    if row is None:
        return {"project": project, "known": warming.tiers_of(project)}
    found = warming.outlook(row)
    for line in found.past:
        line.sign = SIGNS[line.word]  # type: ignore[attr-defined]
    return {
        "project": project, "row": row, "found": found, "sign": SIGNS[found.word],
        "chart": _chart(found), "today": project.today, "yesterday": project.today - timedelta(days=1),
        "entry": row.entries.filter(undone_at=None).select_related("by").first(),
    }  # fmt: skip


def _chart(found: warming.Outlook) -> dict[str, Any]:
    """One column a day: filled where it was sent, pale where it is planned."""
    lines = [*found.past, *found.ahead]
    highest = max((max(_size(line), line.planned or 0) for line in lines), default=0) or 1
    step = WIDTH / max(len(lines), 1)
    columns = [
        {
            "x": round(number * step, 2), "width": round(max(min(step - 2, 40), 1), 2),
            "y": round(HEIGHT - HEIGHT * _size(line) / highest, 2), "height": round(HEIGHT * _size(line) / highest, 2),
            "tone": SIGNS[line.word][1] if line.told else "outline", "line": line, "size": _size(line),
            "planned_y": round(HEIGHT - HEIGHT * line.planned / highest, 2) if line.told and line.planned else None,
        }
        for number, line in enumerate(lines)
    ]  # fmt: skip
    for column in columns:
        over = column["planned_y"]
        is_near = over is not None and 0 < column["y"] - over < ROOM
        column |= {"middle": column["x"] + column["width"] / 2, "label_y": (over if is_near else column["y"]) - 4}
    labels = "all" if len(lines) <= FEW else "wide" if len(lines) <= SOME else ""
    return {
        "labels": labels,
        "room": ROOM,
        "columns": columns,
        "width": WIDTH,
        "height": HEIGHT,
        "highest": highest,
        "lines": lines,
    }


def _size(line: warming.Line) -> int:
    return line.told.sent if line.told else line.planned or 0
