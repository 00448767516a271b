"""Moments in words: relative and absolute together, in a named zone. static/js/countdown.js mirrors `relative`."""

from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone

DAY = 86400


def zone_of(name: str | tzinfo | None) -> tzinfo:
    """The zone of that name; the viewer's own where there is none or it is unknown."""
    if isinstance(name, tzinfo):
        return name
    try:
        return ZoneInfo(name) if name else timezone.get_current_timezone()
    except (ZoneInfoNotFoundError, ValueError):
        return timezone.get_current_timezone()


def city(zone: tzinfo) -> str:
    """What people call the zone: Europe/Berlin is Berlin."""
    return str(zone).rsplit("/", 1)[-1].replace("_", " ")


def count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def length(minutes: float) -> str:
    """45 min; 4 h 05 min. Less than nothing is nothing."""
    whole = max(0, round(minutes))
    return f"{whole // 60} h {whole % 60:02} min" if whole >= 60 else f"{whole} min"


def day_and_month(day: date, today: date) -> str:
    """Sat 12 Sep; with the year when it is not this one."""
    return f"{day:%a} {day.day} {day:%b}" + (f" {day.year}" if day.year != today.year else "")


def absolute(moment: datetime, zone: tzinfo, now: datetime | None = None) -> str:
    """Sat 12 Sep 22:00 Berlin."""
    local = moment.astimezone(zone)
    today = (now or timezone.now()).astimezone(zone).date()
    return f"{day_and_month(local.date(), today)} {local:%H:%M} {city(zone)}"


def in_full(moment: datetime, zone: tzinfo) -> str:
    """Sat 12 Sep 2026 22:00 Berlin (UTC+2): for paper, which is read in another year and in another country."""
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y %H:%M} {city(zone)} ({from_utc(local)})"


def from_utc(local: datetime) -> str:
    """How far its clock is from UTC: UTC+2, UTC−3:30."""
    minutes = round((local.utcoffset() or timedelta()).total_seconds() / 60)
    sign, hours, rest = "−" if minutes < 0 else "+", abs(minutes) // 60, abs(minutes) % 60
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "") if minutes else "UTC"


def clock(moment: datetime, zone: tzinfo, beside: tzinfo) -> str:
    """The same moment on the viewer's clock, 21:00 London or Sun 13 Sep 04:00 Kyiv; nothing where both clocks agree."""
    local, other = moment.astimezone(zone), moment.astimezone(beside)
    if local.utcoffset() == other.utcoffset():
        return ""
    day = "" if local.date() == other.date() else f"{day_and_month(local.date(), other.date())} "
    return f"{day}{local:%H:%M} {city(zone)}"


def relative(moment: datetime, zone: tzinfo, now: datetime | None = None) -> str:
    """In 3 days, in 5 hours, 20 minutes ago. From a day on, calendar days count: what a person reads off the date."""
    now = now or timezone.now()
    seconds = (moment - now).total_seconds()
    if abs(seconds) < 60:
        return "now"
    if abs(seconds) < DAY:
        minutes = int(abs(seconds) // 60)
        words = count(minutes, "minute") if minutes < 60 else count(minutes // 60, "hour")
    else:
        days = abs((moment.astimezone(zone).date() - now.astimezone(zone).date()).days)
        if days == 1:
            return "tomorrow" if seconds > 0 else "yesterday"
        words = count(days, "day") if days < 60 else count(round(days / 30.44), "month")
    return f"in {words}" if seconds > 0 else f"{words} ago"


def brief_ago(moment: datetime, now: datetime | None = None) -> str:
    """4 min ago, for narrow places; the date itself after a week."""
    now = now or timezone.now()
    seconds = (now - moment).total_seconds()
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{int(seconds // 60)} min ago"
    if seconds < DAY:
        return f"{int(seconds // 3600)} h ago"
    days = (timezone.localtime(now).date() - timezone.localtime(moment).date()).days
    if days <= 7:
        return "yesterday" if days <= 1 else f"{days} days ago"
    return day_and_month(timezone.localtime(moment).date(), timezone.localtime(now).date())


def due_words(day: date, today: date) -> tuple[str, str]:
    """The state (overdue, today, soon, later) and the words of a due date."""
    days = (day - today).days
    if days < 0:
        return "overdue", f"overdue by {count(-days, 'day')}"
    if days == 0:
        return "today", "today"
    return ("soon" if days <= 3 else "later"), ("tomorrow" if days == 1 else f"in {count(days, 'day')}")
