"""Course members: who has access to what and until when, so that nobody who paid stands before a closed door."""

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any

from engine.contacts.kinds.amounts import read_amount
from engine.contacts.kinds.entries import Entry, Setting
from engine.contacts.kinds.files import Files, Sheet
from engine.contacts.kinds.kind import RecordKind
from engine.contacts.kinds.shared import PEOPLE, status_is_known
from engine.contacts.kinds.sums import Groups, People, key_of
from engine.findings import Finding, Rule, Severity

COURSES_KEPT = 200
LISTS_MOST = 100
_SHARE = re.compile(r"(\d{1,6})\s?(?:/|of|von|de|di|sur)\s?(\d{1,6})", re.I)
_COLUMNS = ("email", "course", "access_from", "access_until", "progress", "status")


@lru_cache(maxsize=8_192)
def read_progress(cell: str) -> Decimal | None:
    """Percent: "45%", "45", "12,5 %", "3/10", "completed"; None when unreadable. A bare share is not guessed."""
    text = cell.strip()
    if match := _SHARE.fullmatch(text):
        done, total = Decimal(match.group(1)), Decimal(match.group(2))
        return 100 * done / total if total else None
    number = text.removesuffix("%").strip()
    return read_amount(number, ",").value if "," in number else read_amount(number, ".").value


def has_no_end(entry: Entry) -> bool:
    """ "Lifetime", "never", "unlimited": words of the vocabulary in the place of a date."""
    return not entry.text("until") or entry.word("until") == "forever"


def has_access(entry: Entry) -> bool:
    """True when the status does not deny it and the last day has not passed."""
    until = entry.day("until").day
    return entry.word() not in ("ended", "unknown") and not (until and until < entry.setting.as_of)


def course_is_named(entry: Entry) -> Iterator[Finding]:
    """Access is given back course by course."""
    if entry.has("course") and not entry.text("course"):
        message = "Name the course; without it nobody knows what this person may open."
        yield entry.finding(Severity.ERROR, "no_course", message, "course")


def access_is_not_over(entry: Entry) -> Iterator[Finding]:
    """An active member whose last day has passed is a mistake on one of the two sides."""
    until = entry.day("until").day
    if until and until < entry.setting.as_of and entry.word() in ("", "active"):
        message = "Leave this member out or extend the access: it has ended."
        yield entry.finding(Severity.WARNING, "access_ended", message, "until")


def access_ends_after_it_begins(entry: Entry) -> Iterator[Finding]:
    """Two dates in the wrong order cannot both be true."""
    start, until = entry.day("from").day, entry.day("until").day
    if start and until and until < start:
        message = "Check these dates: the access ends before it begins."
        yield entry.finding(Severity.ERROR, "until_before_from", message, "until")


def progress_is_a_share(entry: Entry) -> Iterator[Finding]:
    """Progress goes from nothing to all."""
    cell = entry.text("progress")
    if not cell or entry.word("progress") in ("completed", "active"):
        return
    progress = read_progress(cell)
    if progress is None:
        message = "Write the progress as a number from 0 to 100."
        yield entry.finding(Severity.WARNING, "progress_unreadable", message, "progress")
    elif not 0 <= progress <= 100:
        message = "Check this progress: it goes from 0 to 100."
        yield entry.finding(Severity.WARNING, "progress_range", message, "progress")


def dates_can_be_read(entry: Entry) -> Iterator[Finding]:
    """A last day in words counts as no end; any other text is asked about."""
    for role in ("from", "until"):
        day = entry.day(role)
        if day.day is None and not day.is_blank and not (role == "until" and has_no_end(entry)):
            yield entry.finding(Severity.WARNING, "date_unreadable", "Write this date as YYYY-MM-DD.", role)


def member_stands_once(entry: Entry) -> Iterator[Finding]:
    """The same person in the same course."""
    if entry.earlier:
        message = f"Keep one of the two: this person and course stand on line {entry.earlier} already."
        yield entry.finding(Severity.WARNING, "duplicate", message, "email")


RULES: list[Rule[Entry]] = [
    *PEOPLE,
    course_is_named,
    dates_can_be_read,
    access_ends_after_it_begins,
    access_is_not_over,
    progress_is_a_share,
    member_stands_once,
    status_is_known,
]


class MemberTally:
    """Members per course, and who is to be let in again."""

    def __init__(self, setting: Setting, files: Files | None) -> None:
        self.setting, self.files = setting, files
        self._seen: dict[int, int] = {}
        self._everybody, self._reinstated = People(), People()
        self._courses, self._counts = Groups(), Counter[str]()
        self._lists: dict[str, Sheet] = {}
        self._all = files.list("reinstate.csv", _COLUMNS, "Members to let in again, all courses") if files else None

    def look(self, entry: Entry) -> None:
        """The same person and course stood before."""
        if entry.address.text:
            key = key_of(entry.address.key, entry.text("course").casefold())
            entry.earlier = self._seen.setdefault(key, entry.line)
            entry.earlier = 0 if entry.earlier == entry.line else entry.earlier

    def take(self, entry: Entry) -> None:
        """Each person once per course."""
        if entry.earlier:
            self._counts["duplicates"] += 1
            return
        self._everybody.number(entry.address.key)
        is_open, is_done = has_access(entry), entry.word() == "completed" or _is_complete(entry)
        until, switch = entry.day("until").day, self.setting.switch
        ends_before = bool(is_open and until and switch and until < switch)
        course = entry.text("course")[:120]
        self._courses.add((course,), 1, int(is_open), int(not is_open), int(is_done), int(ends_before))
        self._counts["ending_before_switch"] += ends_before
        if is_open:
            self._reinstated.number(entry.address.key)
            self._list(entry, course)

    def _list(self, entry: Entry, course: str) -> None:
        if not self.files or not self._all:
            return
        start, until = (entry.day(role).day or entry.text(role) for role in ("from", "until"))
        row = [entry.address.text, course, start, until, entry.text("progress"), entry.text("status")]
        self._all.write(row)
        if course not in self._lists:
            if len(self._lists) >= LISTS_MOST:
                return
            name = f"course_{len(self._lists) + 1:03}_{_plain_name(course)}.csv"
            self._lists[course] = self.files.list(name, _COLUMNS, course)
        self._lists[course].write(row)

    def close(self) -> Iterator[Finding]:
        """Nothing that a record had not said already."""
        yield from ()

    def results(self) -> dict[str, Any]:
        """Per course: members, to let in again, losing access, done, ending before the switch."""
        names = ("members", "reinstate", "lose", "completed", "ending_before_switch")
        totals = [sum(values[place] for _, values in self._courses) for place in range(len(names))]
        return {
            "people": len(self._everybody),
            "people_to_reinstate": len(self._reinstated),
            "duplicates": self._counts["duplicates"],
            **dict(zip(names, totals, strict=True)),
            "courses": [
                {"course": name, **dict(zip(names, values, strict=True))}
                for (name,), values in self._courses.most(COURSES_KEPT)
            ],
            "courses_in_all": len(self._courses),
        }

    def write(self) -> None:
        """One list per course, in one archive."""
        if self.files and self._lists:
            self.files.bundle("courses.zip", "One list per course", list(self._lists.values()))


def _is_complete(entry: Entry) -> bool:
    return entry.word("progress") == "completed" or read_progress(entry.text("progress")) == 100


def _plain_name(course: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", course.casefold()).strip("-")[:40] or "unnamed"


MEMBERS = RecordKind(
    "members",
    "contacts.member",
    money=(),
    days=("from", "until"),
    rules=RULES,
    tally=MemberTally,
    rejecting=frozenset({"contacts.member.no_course"}),
)
