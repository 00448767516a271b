"""The signs that mean the same everywhere: an icon, a word and a colour for each value. look.md's table, as data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sign:
    """`tone` is a name in static/css/signs.css; `icon` a name `{% icon %}` knows."""

    icon: str
    word: str
    tone: str


REQUIRED_STATUS = {
    "migrate": Sign("arrow-right", "Migrate As Is", "teal"),
    "rebuild": Sign("wrench", "Rebuild/Update", "amber"),
    "archive": Sign("archive-box", "Archive", "slate"),
    "": Sign("dashed-circle", "Undecided", "outline"),
}
VERDICT = {
    "ready": Sign("check-circle", "Ready", "green"),
    "conditions": Sign("half-circle", "With conditions", "amber"),
    "not_ready": Sign("x-circle", "Not ready", "red"),
    "unknown": Sign("question-mark-circle", "Unknown", "grey"),
}
SEVERITY = {
    "fatal": Sign("octagon", "Fatal", "darkred"),
    "error": Sign("x-circle", "Error", "red"),
    "warning": Sign("exclamation-triangle", "Warning", "amber"),
    "note": Sign("information-circle", "Note", "blue"),
    "unknown": Sign("question-mark-circle", "Could not tell", "grey"),
}
JOB_STATE = {
    "queued": Sign("clock", "Queued", "grey"),
    "running": Sign("arrow-path", "Running", "accent"),
    "done": Sign("check-circle", "Done", "green"),
    "failed": Sign("x-circle", "Failed", "red"),
    "cancelled": Sign("no-symbol", "Cancelled", "slate"),
}
PROGRESS = {
    "not_started": Sign("circle", "Not started", "outline"),
    "in_progress": Sign("quarter-circle", "In progress", "accent"),
    "built": Sign("half-circle", "Built", "accent"),
    "tested": Sign("three-quarter-circle", "Tested", "accent"),
    "live": Sign("check-circle", "Live", "green"),
}
NOT_KNOWN = Sign("question-mark-circle", "Unknown", "grey")


def look_up(signs: dict[str, Sign], value: object) -> Sign:
    """The sign of a value (None is ""), and a grey question mark for a value nobody has drawn yet."""
    key = "" if value is None else str(value).strip().lower().replace("-", "_").replace(" ", "_")
    return signs.get(key) or NOT_KNOWN


def stale(sign: Sign) -> Sign:
    """The same verdict when it is too old to be believed: what was ready is not shown as ready."""
    if sign.word == NOT_KNOWN.word:
        return sign
    return Sign("clock", f"Was {sign.word[0].lower()}{sign.word[1:]}", "grey")
