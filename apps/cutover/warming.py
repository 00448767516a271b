"""Verbs of the warm-up: begin it from the real tiers, enter days, take an entry back, plan the rest, sum it up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.contacts.models import FileKind
from apps.contacts.reading_packs import title_of_segment
from apps.cutover.warmups import WarmUp, WarmUpDay, WarmUpEntry
from apps.findings.models import Fact
from apps.projects.models import Activity, Project
from apps.ui.moments import count
from engine.findings import Verdict
from engine.warmup import MOST_DAYS, Day, TooLong, Word, judge, plan, take, volume_of

FACT = "cutover.warmed_up"


def tiers_of(project: Project) -> list[list[Any]]:
    """[[name, people]] out of the newest checks: who will be imported, the most engaged first."""
    files = project.contact_files.filter(kind=FileKind.CONTACTS).not_withdrawn().not_replaced()
    sums: dict[str, int] = {}
    for file in files.exclude(latest_check=None).select_related("latest_check"):
        for group in file.latest_check.report.get("groups", []):
            if group["purpose"] == "import":
                sums[group["segment"]] = sums.get(group["segment"], 0) + int(group["count"])
    return [[title_of_segment(name), sums[name]] for name in sorted(sums, key=_rank) if sums[name]]


def _rank(segment: str) -> tuple[bool, int, str]:
    name, _, tier = segment.partition("-")
    return name != "engaged", int(tier) if tier.isdigit() else 10_000 if tier == "older" else 20_000, segment


@transaction.atomic
def save(form: Any, project: Project, *, by: User) -> WarmUp:
    """The plan as typed. Raises StaleRow; TooLong where it would not end."""
    row: WarmUp = form.save(commit=False)
    plan([many for _, many in row.tiers], row.starts_on, row.pace)
    if row.pk:
        _keep(WarmUp.objects.select_for_update().get(pk=row.pk))
        row = form.save_change(by)
        publish(project)
        return row
    Project.objects.select_for_update().get(pk=project.pk)
    standing = WarmUp.objects.filter(project=project).first()
    if standing is not None:  # somebody was faster
        return standing
    row.project = project
    row.save()
    Activity.record(project, "began the", row, by=by)
    publish(project)
    return row


@transaction.atomic
def enter(row: WarmUp, days: Mapping[date, tuple[int, int | None, int | None]], *, by: User) -> int:
    """Write what was sent, bounced and complained; the older values are kept for the undo. Returns changed days."""
    row = WarmUp.objects.select_for_update(of=("self",)).select_related("project").get(pk=row.pk)
    standing = {day.on: day for day in row.days.filter(on__in=list(days))}
    changes = [
        [on.isoformat(), standing[on].values if on in standing else None, list(values)]
        for on, values in sorted(days.items())
        if on not in standing or standing[on].values != list(values)
    ]
    if changes:
        _keep(row)
        _write(row, ((on, after) for on, _, after in changes))
        _keep(row)
        label = f"Numbers of {changes[0][0]} entered" if len(changes) == 1 else f"{count(len(changes), 'day')} entered"
        WarmUpEntry.objects.create(project_id=row.project_id, warm_up=row, by=by, label=label, changes=changes)
        Activity.record(row.project, f"entered {count(len(changes), 'day')} of the", row, by=by)
        publish(row.project)
    return len(changes)


def _write(row: WarmUp, days: Iterable[tuple[str, list[int | None] | None]]) -> None:
    for on, values in days:
        if values is None:
            row.days.filter(on=on).delete()
        else:
            named = dict(zip(("sent", "bounced", "complained"), values, strict=True)) | {"project_id": row.project_id}
            WarmUpDay.objects.update_or_create(warm_up=row, on=on, defaults=named)


@transaction.atomic
def undo(entry: WarmUpEntry, *, by: User) -> tuple[int, int]:
    """Put the days back, except for those that somebody changed since. Returns both numbers."""
    entry = WarmUpEntry.objects.select_for_update().select_related("warm_up__project").get(pk=entry.pk)
    if entry.undone_at is not None:
        return 0, 0
    row = entry.warm_up
    now = {day.on.isoformat(): day.values for day in row.days.all()}
    back = [(on, before) for on, before, after in entry.changes if now.get(on) == after]
    _write(row, back)
    entry.undone_at = timezone.now()
    entry.save(update_fields=["undone_at"])
    Activity.record(row.project, f"took back: {entry.label}, of the", row, by=by)
    publish(row.project)
    return len(back), len(entry.changes) - len(back)


@dataclass
class Line:
    """One day of the page: what was planned or is, what was told, what it means."""

    on: date
    planned: int | None = None
    parts: list[tuple[str, int]] = field(default_factory=list)
    told: WarmUpDay | None = None
    word: Word = Word.UNKNOWN
    sentence: str = ""


@dataclass
class Outlook:
    """The whole warm-up as it stands: what was, what is to come, and the one sentence for the top."""

    past: list[Line] = field(default_factory=list)
    ahead: list[Line] = field(default_factory=list)
    people: int = 0
    sent: int = 0
    bounced: int = 0
    complained: int = 0
    word: Word = Word.UNKNOWN
    sentence: str = ""
    trouble: str = ""  # the rest cannot be planned, and why

    @property
    def left(self) -> int:
        return max(self.people - self.sent, 0)

    @property
    def ends_on(self) -> date | None:
        return self.ahead[-1].on if self.ahead else None

    @property
    def is_stopped(self) -> bool:
        return self.word == Word.STOP


@dataclass
class _State:
    """How far it is before a day: whom nobody has written to, and what the next volume grows from."""

    left: list[int]
    newest: WarmUpDay | None = None
    word: Word = Word.UNKNOWN
    stopped: Line | None = None  # the first day that stopped it and whose cause nobody has mended

    def begin(self) -> dict[str, Any]:
        """For the engine; after a stop that was mended it begins with the first volume."""
        base = None if self.newest is None or self.word == Word.STOP else self.newest.sent
        return {"base": base, "hold": self.word == Word.HOLD}


def outlook(row: WarmUp) -> Outlook:
    """Every day that is over, with its plan, and the rest planned from what was really sent. One query."""
    found, names = Outlook(people=row.people), [name for name, _ in row.tiers]
    told = {day.on: day for day in row.days.all()}
    state = _State([many for _, many in row.tiers])
    for on in sorted({*told, *_silent(row, told)}):
        planned = row.planned.get(on.isoformat(), _planned(row, state, on))
        if on in told:
            _told(row, found, state, told[on], names, planned)
        elif planned and sum(state.left):
            found.past.append(Line(on, planned, sentence="Nobody has written down what was sent."))
    if state.stopped is not None:  # a clean day after it mends nothing
        found.word, found.sentence = Word.STOP, f"{state.stopped.on:%-d %B}: {state.stopped.sentence}"
        return found
    if found.is_stopped:
        found.word, found.sentence = Word.HOLD, "The cause was mended: it begins again at the volume of the first day."
    _plan_rest(row, found, state, max(told, default=None), names)
    return found


def _silent(row: WarmUp, told: Mapping[date, WarmUpDay]) -> list[date]:
    """Days of the plan that are over and of which nobody has said anything."""
    made = row.created_at.astimezone(row.project.zone).date()
    first, over = max(row.starts_on, made), row.project.today
    days = [first + timedelta(days=number) for number in range(min((over - first).days, MOST_DAYS))]
    return [on for on in days if on not in told]


def _planned(row: WarmUp, state: _State, on: date) -> int | None:
    """What the plan said for a day, from what was known before it."""
    if state.stopped is not None or on < row.starts_on:
        return None
    return volume_of(on, state.left, row.pace, **state.begin()) or None


def _told(row: WarmUp, found: Outlook, state: _State, day: WarmUpDay, names: list[str], planned: int | None) -> None:
    word, sentence = judge(day.told, row.rules)
    parts = [(names[at], many) for at, many in take(state.left, day.sent)]
    line = Line(day.on, planned, parts, day, word, sentence)
    found.past.append(line)
    found.sent += day.sent
    found.bounced += day.bounced or 0
    found.complained += day.complained or 0
    if day.sent:
        state.newest, state.word = day, word
        found.word, found.sentence = word, sentence
    if word == Word.STOP and not (row.resumed_after and day.on <= row.resumed_after):
        state.stopped = state.stopped or line


def _plan_rest(row: WarmUp, found: Outlook, state: _State, last: date | None, names: list[str]) -> None:
    start = max(row.starts_on, row.project.today)
    if last is not None:
        start = max(start, last + timedelta(days=1))
    try:
        days: list[Day] = plan(state.left, start, row.pace, **state.begin())
    except TooLong as error:
        found.trouble = str(error)
        return
    for day in days:
        found.ahead.append(Line(day.on, day.volume, [(names[at], many) for at, many in day.parts]))


def _keep(row: WarmUp) -> None:
    """What was planned for days that are over stays, however the plan changes."""
    for line in outlook(row).past:
        row.planned.setdefault(line.on.isoformat(), line.planned)
    WarmUp.objects.filter(pk=row.pk).update(planned=row.planned)


@transaction.atomic
def resume(row: WarmUp, *, by: User, reason: str) -> None:
    """The cause of a stop is mended: the rest begins again at the first day's volume."""
    newest = row.days.exclude(sent=0).order_by("-on").first()
    if newest is not None:
        _keep(row)
        row.change(by, verb="resumed the", reason=reason, resumed_after=newest.on)
        publish(row.project)


@transaction.atomic
def publish(project: Project) -> None:
    """`cutover.warmed_up`: everybody was mailed, and the newest day kept the rules. Nothing is said without a plan."""
    Fact.one_at_a_time(project)
    row = WarmUp.objects.filter(project=project).select_related("project").first()
    if row is None:
        return
    found = outlook(row)
    mailed = f"{min(found.sent, found.people):,} of {found.people:,} people were mailed"
    if found.is_stopped:
        verdict, reason = Verdict.NOT_READY, f"Stopped: {found.sentence} {mailed}."
    elif not found.sent:
        verdict, reason = Verdict.NOT_READY, "Planned; nothing has been sent yet."
    elif found.left or found.word != Word.GO_ON:
        verdict, reason = Verdict.CONDITIONS, f"{mailed}. {found.sentence}"
    else:
        verdict, reason = Verdict.READY, f"All {found.people:,} people were mailed. {found.sentence}"
    Fact.publish(project, FACT, verdict, reason, link=row.get_absolute_url())
