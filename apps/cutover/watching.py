"""Verbs of the first 72 hours: metrics, values in and back out, and the one line of what is wrong now."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Prefetch, Q
from django.utils import timezone

from apps.accounts.models import User
from apps.cutover.metrics import Metric, MetricEntry, MetricValue
from apps.findings.models import Fact
from apps.findings.readiness import verdict_now
from apps.projects.models import Activity, Project, Role
from apps.projects.notice import NoticeKind
from apps.projects.telling import consultants_of, tell
from apps.ui.moments import count
from engine.facts import FACTS as KINDS
from engine.findings import Verdict
from engine.watching import Word, judge, usual

HOURS = 72
MOST_METRICS = 30
BUILTIN: tuple[dict[str, Any], ...] = (
    {"name": "Sales"}, {"name": "Traffic", "unit": "visits an hour"},
    {"name": "Mails delivered", "unit": "%", "below": 95},
    {"name": "Mails bounced", "unit": "%", "below": None, "highest": Decimal(2)},
    {"name": "Spam complaints", "unit": "%", "below": None, "highest": Decimal("0.1")},
)  # fmt: skip
BEFORE = "The watch begins with go-live. What is written down until then tells what is usual."
SHOWN = 500  # newest values of one metric, before go-live and since, that a page looks at
FACT, FRESH = "cutover.watch_calm", timedelta(hours=1)
FACTS = {"domains": "DNS", "cutover.redirects_right": "Redirects"}


@dataclass
class Seen:
    """One metric as it stands now."""

    metric: Metric
    word: Word
    said: str
    baseline: Decimal | None
    newest: MetricValue | None
    since: list[MetricValue] = field(default_factory=list)


@dataclass
class Outlook:
    """Everything that is watched, and the sentence for the top."""

    metrics: list[Seen]
    checks: list[tuple[str, Word, str, datetime | None, str]]  # what, word, sentence, when, where
    word: Word
    sentence: str


class TooMany(Exception):
    """More than one project may watch; a sentence."""


class Meanwhile(Exception):
    """Somebody else has changed the value; a sentence."""


@transaction.atomic
def begin(project: Project, *, by: User) -> None:
    """Those that every move watches; once."""
    Project.objects.select_for_update().get(pk=project.pk)
    if not project.metrics.exists():
        rows = [Metric(project=project, **one) for one in BUILTIN]
        money = project.accounts.values_list("currency", flat=True).order_by("pk").first()
        rows[0].unit = f"{money} an hour" if money else "an hour"
        Metric.objects.bulk_create(rows)
        Activity.record(project, "began to watch sales, traffic and mail", by=by)
        publish(project)


@transaction.atomic
def save(form: Any, project: Project, *, by: User) -> Metric:
    """A new metric, or a changed one. Raises StaleRow or TooMany."""
    if form.instance.pk:
        row: Metric = form.save_change(by)
    else:
        if project.metrics.standing().count() >= MOST_METRICS:
            raise TooMany(f"{MOST_METRICS} numbers at most are watched; remove one that nobody looks at.")
        row = form.save(commit=False)
        row.project = project
        row.save()
        Activity.record(project, "began to watch", row, by=by)
    sound(row)
    publish(project)
    return row


@transaction.atomic
def put(metric: Metric, *, away: bool, by: User) -> None:
    """Watch it no longer, or again; its values stay."""
    if away != bool(metric.removed_at):
        verb = "watches no longer" if away else "watches again"
        metric.change(by, verb=verb, removed_at=timezone.now() if away else None)
        publish(metric.project)


@transaction.atomic
def enter(metric: Metric, values: dict[datetime, Decimal], *, by: User) -> int:
    """Write values over what stood at the same times; the older ones are kept for the undo. Returns changed values."""
    Metric.objects.select_for_update().get(pk=metric.pk)
    standing = dict(metric.values.filter(at__in=list(values)).values_list("at", "value"))
    fresh = {at: value.quantize(Decimal("0.000001")) for at, value in values.items()}
    changed = {at: value for at, value in fresh.items() if standing.get(at) != value}
    if changed:
        _write(metric, changed)
        verb = "corrected" if all(at in standing for at in changed) else "entered"
        label = f"{metric.name}: {count(len(changed), 'value')} {verb}"
        steps = [[at.isoformat(), _text(standing.get(at)), _text(value)] for at, value in changed.items()]
        MetricEntry.objects.create(project_id=metric.project_id, metric=metric, by=by, label=label[:200], changes=steps)
        Activity.record(metric.project, f"{verb} {count(len(changed), 'value')} of", metric, by=by)
    sound(metric)
    publish(metric.project)
    return len(changed)


@transaction.atomic
def correct(row: MetricValue, number: Decimal | None, *, was: str, by: User) -> None:
    """The right number, or none at all. `was`: what the person saw. Raises Meanwhile where that stands no more."""
    metric = Metric.objects.select_for_update().select_related("project").get(pk=row.metric_id)
    now = metric.values.filter(pk=row.pk).first()
    if now and was and now.typed != was and now.value != number:
        raise Meanwhile(f"This was {was} when you opened the page and is {now.typed} now; press again to overrule it.")
    if number is None:
        take_out(row, by=by)
    else:
        enter(metric, {row.at: number}, by=by)


@transaction.atomic
def take_out(row: MetricValue, *, by: User) -> None:
    """One value that was never counted; the undo brings it back."""
    metric = Metric.objects.select_for_update().select_related("project").get(pk=row.metric_id)
    value = metric.values.filter(pk=row.pk).first()
    if value is None:  # somebody was faster
        return
    steps = [[value.at.isoformat(), _text(value.value), None]]
    label = f"{metric.name}: {value.words} of {value.at.astimezone(metric.project.zone):%-d %b %H:%M} taken out"
    MetricEntry.objects.create(project_id=metric.project_id, metric=metric, by=by, label=label[:200], changes=steps)
    value.delete()
    Activity.record(metric.project, "took a value out of", metric, by=by)
    sound(metric)
    publish(metric.project)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _write(metric: Metric, values: dict[datetime, Decimal]) -> None:
    rows = [
        MetricValue(project_id=metric.project_id, metric=metric, at=at, value=value) for at, value in values.items()
    ]
    MetricValue.objects.bulk_create(
        rows, batch_size=1_000, update_conflicts=True, unique_fields=["metric", "at"], update_fields=["value"]
    )


@transaction.atomic
def undo(entry: MetricEntry, *, by: User) -> tuple[int, int]:
    """Put the values back, except for those that somebody changed since. Returns both numbers."""
    entry = MetricEntry.objects.select_for_update().select_related("metric__project").get(pk=entry.pk)
    if entry.undone_at is not None:
        return 0, 0
    metric, times = entry.metric, [datetime.fromisoformat(at) for at, _, _ in entry.changes]
    now = {at: _text(value) for at, value in metric.values.filter(at__in=times).values_list("at", "value")}
    back = {at: step[1] for at, step in zip(times, entry.changes, strict=True) if now.get(at) == step[2]}
    metric.values.filter(at__in=[at for at, value in back.items() if value is None]).delete()
    _write(metric, {at: Decimal(value) for at, value in back.items() if value is not None})
    entry.undone_at = timezone.now()
    entry.save(update_fields=["undone_at"])
    Activity.record(metric.project, f"took back {count(len(back), 'value')} of", metric, by=by)
    sound(metric)
    publish(metric.project)
    return len(back), len(entry.changes) - len(back)


def _values(project: Project) -> tuple[Q, Q]:
    """Those that tell what is usual, and those that are watched."""
    go_live = project.go_live
    return Q(at__gte=go_live - timedelta(days=60), at__lt=go_live), Q(at__gte=go_live)


def look(metric: Metric, now: datetime) -> Seen:
    """`metric.before` and `.since`, the newest first; those before go-live make the usual value where none is typed."""
    since = [value for value in metric.since if value.at <= now][::-1]
    baseline = metric.typed_baseline
    if baseline is None:
        baseline = usual([value.value for value in metric.before])
    newest = since[-1] if since else None
    word, said = judge(newest and newest.value, newest and newest.at, baseline, metric.bounds, now)
    return Seen(metric, word, said, baseline, newest, since[-HOURS:])


def sound(metric: Metric) -> None:
    """Tell the consultants once when a metric leaves its bounds; when it is back, the next time counts anew."""
    now = timezone.now()
    before, since = _values(metric.project)
    newest = metric.values.order_by("-at")
    metric.before, metric.since = newest.filter(before)[:SHOWN], newest.filter(since)[:SHOWN]
    seen = look(metric, now)
    is_wrong = seen.word == Word.WRONG
    if is_wrong == (metric.alarm_at is not None) or seen.word == Word.UNKNOWN:
        return
    metric.alarm_at = now if is_wrong else None
    Metric.objects.filter(pk=metric.pk).update(alarm_at=metric.alarm_at)
    if is_wrong:
        project, key = metric.project, f"watch-{metric.pk}-{now.timestamp():.6f}"
        link = f"{project.get_absolute_url()}cutover/watch/"
        tell(project, consultants_of(project), NoticeKind.LOST, f"{metric.name}: {seen.said}.", link=link, key=key)


def outlook(project: Project, role: int, now: datetime | None = None) -> Outlook:
    """Everything in a fixed number of queries. A client gets the metrics that are shown to him, and no checks."""
    now, is_staff = now or timezone.now(), role >= Role.CONSULTANT
    newest = MetricValue.objects.order_by("-at")
    sides = zip(("before", "since"), _values(project), strict=True)
    lists = [Prefetch("values", newest.filter(which)[:SHOWN], to_attr=name) for name, which in sides]
    rows = list(project.metrics.shown_to(role).prefetch_related(*lists))
    for row in rows:
        row.project = project
    metrics = [look(row, now) for row in rows]
    if now < project.go_live:
        return Outlook(metrics, [], Word.UNKNOWN, BEFORE)
    checks = _checks(project) if is_staff else []
    wrong = [f"{one.metric.name} {one.said}" for one in metrics if one.word == Word.WRONG]
    wrong += [said.rstrip(".") for _, word, said, _, _ in checks if word == Word.WRONG]
    unknown = sum(one.word == Word.UNKNOWN for one in metrics) + sum(one[1] == Word.UNKNOWN for one in checks)
    if not metrics and not is_staff:
        return Outlook(metrics, checks, Word.UNKNOWN, "No numbers are shared with you.")
    return Outlook(metrics, checks, *_sentence(wrong, unknown, bool(metrics or checks)))


def _checks(project: Project) -> list[tuple[str, Word, str, datetime | None, str]]:
    words = {Verdict.READY: Word.FINE, Verdict.CONDITIONS: Word.WRONG, Verdict.NOT_READY: Word.WRONG}
    found, keys = [], set()
    for fact in project.facts.all():
        name = FACTS.get(fact.key) or FACTS.get(fact.key.partition(".")[0])
        if name:
            keys.add(name)
            title = KINDS[fact.key].title if fact.key in KINDS else name
            found.append((title, words.get(verdict_now(fact), Word.UNKNOWN), fact.reason, fact.as_of, fact.link))
    for name in FACTS.values():
        if name not in keys:
            found.append((name, Word.UNKNOWN, "Nobody has looked yet.", None, ""))
    return sorted(found, key=lambda one: (list(Word).index(one[1]) != 1, one[0]))


def _sentence(wrong: list[str], unknown: int, is_watched: bool) -> tuple[Word, str]:
    if not is_watched:
        return Word.UNKNOWN, "Nothing is watched yet."
    unsure = f" {count(unknown, 'thing')} cannot be told." if unknown else ""
    if wrong:
        head = "One thing is wrong" if len(wrong) == 1 else f"{len(wrong)} things are wrong"
        more = f"; and {len(wrong) - 4} more" if len(wrong) > 4 else ""
        return Word.WRONG, f"{head}: {'; '.join(wrong[:4])}{more}.{unsure}"
    if unknown:
        return Word.UNKNOWN, f"Nothing known is wrong, but {count(unknown, 'thing')} cannot be told."
    return Word.FINE, "Nothing is wrong."


@transaction.atomic
def publish(project: Project) -> None:
    """`cutover.watch_calm`: 72 hours after go-live every number was within its bounds. Nothing is said before go-live.

    What was within its bounds at the end stays so, though nobody writes values any more.
    """
    now, end = timezone.now(), project.go_live + timedelta(hours=HOURS)
    Fact.one_at_a_time(project)
    known = project.facts.filter(key=FACT).first()
    if now < project.go_live and known is None:
        return
    verdict, reason = _calm(outlook(project, Role.CONSULTANT, min(now, end)), project, now >= end)
    if known is None or not known.says(verdict, reason, within=FRESH):
        Fact.publish(project, FACT, verdict, reason, link=f"{project.get_absolute_url()}cutover/watch/")


def _calm(found: Outlook, project: Project, is_over: bool) -> tuple[Verdict, str]:
    if timezone.now() < project.go_live:
        return Verdict.NOT_READY, "Go-live is still to come."
    if not is_over:
        verdict = Verdict.NOT_READY if found.word == Word.WRONG else Verdict.CONDITIONS
        end = (project.go_live + timedelta(hours=HOURS)).astimezone(project.zone)
        return verdict, f"Watched until {end:%-d %B, %H:%M}. {found.sentence}"
    if wrong := [f"{one.metric.name} {one.said}" for one in found.metrics if one.word == Word.WRONG]:
        return Verdict.NOT_READY, f"At the end of the 72 hours: {'; '.join(wrong[:4])}."
    if silent := [one.metric.name for one in found.metrics if one.word == Word.UNKNOWN]:
        return Verdict.UNKNOWN, f"At the end of the 72 hours it could not be told: {', '.join(silent[:4])}."
    if not found.metrics:
        return Verdict.UNKNOWN, "No number was watched."
    return Verdict.READY, f"72 hours after go-live {count(len(found.metrics), 'number')} stood within the bounds."


def watch_numbers() -> None:
    """By the clock: the fact of each switch of the last days, and one notice when numbers have gone silent."""
    now = timezone.now()
    for project in Project.objects.filter(go_live__lte=now, go_live__gt=now - timedelta(hours=HOURS + 24)):
        publish(project)
        if now < project.go_live + timedelta(hours=HOURS):
            _tell_of_silence(project, now)


def _tell_of_silence(project: Project, now: datetime) -> None:
    """Once to each consultant, until another number falls silent."""
    metrics = outlook(project, Role.CONSULTANT, now).metrics
    last = {one.metric.name: one.newest.at if one.newest else project.go_live for one in metrics}
    hours = {one.metric.name: timedelta(hours=one.metric.hours) for one in metrics}
    silent = {name: at for name, at in last.items() if now - at > hours[name]}
    if silent:
        key = f"watch-silent-{max(silent.values()).timestamp():.0f}-{len(silent)}"
        text = f"Nobody has written down lately: {', '.join(silent)}. The watch cannot tell."
        link = f"{project.get_absolute_url()}cutover/watch/"
        tell(project, consultants_of(project), NoticeKind.TODO, text, link=link, key=key)


def hours_gone(project: Project, now: datetime | None = None) -> int | None:
    """Whole hours since go-live, 72 at most; None before it."""
    gone = (now or timezone.now()) - project.go_live
    return None if gone < timedelta() else min(int(gone.total_seconds() // 3600), HOURS)
