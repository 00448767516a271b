"""What speaks against the real night before it begins; all the same wants a reason, which the report lists."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from apps.cutover.deciding import Word
from apps.cutover.runsheets import Aside, Mode, Outcome, RunSheet, SheetKind
from apps.ui.moments import absolute, relative

FAR = timedelta(days=1)  # a run that begins further from its own minutes than this is hardly meant


@dataclass(frozen=True)
class Question:
    """`words` go into the log's line, `sentence` to the person; `link` is where it is mended."""

    aside: Aside
    words: str
    sentence: str
    mend: str
    link: str


def questions(sheet: RunSheet, now: datetime | None = None) -> list[Question]:
    """A way back begins when it is needed; before go-live hardly anybody means it."""
    if sheet.kind != SheetKind.GO_LIVE:
        return [one for one in [_before_go_live(sheet, now or timezone.now())] if one]
    return [one for one in (_once_more(sheet), _decided(sheet), _in_time(sheet, now or timezone.now())) if one]


def _before_go_live(sheet: RunSheet, now: datetime) -> Question | None:
    zero, zone = sheet.project.go_live, sheet.project.zone
    if now >= zero:
        return None
    said = (
        f"Go-live is still to come, {relative(zero, zone, now)}, {absolute(zero, zone, now)}: the old system is in use."
    )
    link = f"{sheet.project.get_absolute_url()}go-live/"
    return Question(Aside.OFF_TIME, "before go-live", said, "Move go-live", link)


def _once_more(sheet: RunSheet) -> Question | None:
    if not sheet.runs.filter(mode=Mode.LIVE, outcome=Outcome.FINISHED).exists():
        return None
    said, report = "The live run is finished already; another one takes its place in the report.", "cutover/report/"
    link = f"{sheet.project.get_absolute_url()}{report}"
    return Question(Aside.ONCE_MORE, "once more", said, "Read how it went", link)


def _decided(sheet: RunSheet) -> Question | None:
    here = f"{sheet.project.get_absolute_url()}cutover/"
    newest = sheet.project.decisions.first()
    if newest is not None and newest.word == Word.GO:
        return None
    said = "Neither go nor no-go is decided." if newest is None else "The newest decision is a no-go."
    return Question(Aside.NO_GO, "without a go", said, "Decide it first", here)


def _in_time(sheet: RunSheet, now: datetime) -> Question | None:
    """The live run counts from go-live, so far from it every forecast is weeks early or late."""
    zero, zone = sheet.project.go_live, sheet.project.zone
    first = min((step.start for step in sheet.steps.all()), default=0)
    early = now < zero + timedelta(minutes=min(first, 0)) - FAR
    if not early and now <= zero + FAR:
        return None
    when, moment = relative(zero, zone, now), absolute(zero, zone, now)
    words, verb = ("far before go-live", "is") if early else ("long after go-live", "was")
    said = f"Go-live {verb} {when}, {moment}, and the live run counts from it."
    return Question(Aside.OFF_TIME, words, said, "Move go-live", f"{sheet.project.get_absolute_url()}go-live/")
