"""On which day each import file can go in, and how long the whole takes, by what the target states of its imports."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from engine.contacts.limits import limits_of
from engine.platforms import Platform


def sizes_of(records: int, most: int) -> list[int]:
    """The contacts of each file that a group is cut into; `most` is what one file may hold, 0 for any number."""
    if not most:
        return [records]
    full, rest = divmod(records, most)
    return [most] * full + [rest] * bool(rest)


def import_days(platform: Platform, sizes: Sequence[int], start: date) -> list[date]:
    """The day for each file, in their order, so that no day gets more contacts or files than the target takes."""
    limits, days = limits_of(platform), list[date]()
    day, contacts, files = start, 0, 0
    for size in sizes:
        is_full = 0 < limits.max_rows_a_day < contacts + size or 0 < limits.max_files_a_day < files + 1
        if is_full and files:
            day, contacts, files = day + timedelta(days=1), 0, 0
        contacts, files = contacts + size, files + 1
        days.append(day)
    return days


def lead_time(platform: Platform, sizes: Sequence[int], as_of: date) -> str:
    """When files that are handed in today are in, for the plan."""
    told = [*_waits(platform, sizes, as_of)] or [f"{platform.name} names none."]
    return " ".join([*told, "Import the sample first."])


def names_a_wait(platform: Platform, sizes: Sequence[int], as_of: date) -> bool:
    """True where the target's limits or its staff decide how long these files take."""
    return bool(sizes) and any(True for _ in _waits(platform, sizes, as_of))


def _waits(platform: Platform, sizes: Sequence[int], as_of: date) -> Iterator[str]:
    name, files, limits = platform.name, len(sizes), limits_of(platform)
    days = import_days(platform, sizes, as_of)
    last = days[-1] if days else as_of
    if last > as_of:
        bounds = [f"{limits.max_rows_a_day:,} contacts"] * bool(limits.max_rows_a_day)
        bounds += [f"{limits.max_files_a_day:,} files"] * bool(limits.max_files_a_day)
        yield (
            f"{name} takes at most {' and '.join(bounds)} a day: the {files:,} files go in over "
            f"{(last - as_of).days + 1} days, the last on {_said(last)}."
        )
    if limits.pause_minutes and files > 1:
        hours = limits.pause_minutes * (files - 1) / 60
        yield (
            f"{name} asks for a pause of about {limits.pause_minutes} minutes between two imports: {files:,} files "
            f"take at least {hours:,.0f} hour{'s' if hours > 1 else ''}."
        )
    if approval := platform.imports.approval_days:
        whose = "the file is" if files == 1 else f"all {files} files are"
        yield (
            f"{name} looks at imports for up to {approval} business days. Handed in on {_said(as_of)}, {whose} "
            f"in by {_said(business_days_after(last, approval))}."
        )


def _said(day: date) -> str:
    """Wed 25 Nov 2026: with working days in it the day of the week matters."""
    return f"{day:%a} {day.day} {day:%b %Y}"


def business_days_after(day: date, count: int) -> date:
    """The day that many working days later; Saturdays and Sundays are none, holidays are not known."""
    while count > 0:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day
