"""A slow and obvious judge of contact files: csv.reader, one row after the other, plain functions.

Written from the issue and the platform facts, for the header below, without a look at the engine's own rules. It knows
only the words that the generated files are made of. A file with quotes that are never closed is not for it.
"""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

from email_validator import EmailNotValidError, validate_email

HEADER = ["Email", "Name", "Status", "Consent", "OPTIN_TIME", "Last Open", "Tags", "Note"]
EMAIL, NAME, STATUS, CONSENT, JOINED, OPENED, TAGS, NOTE = range(8)
FORBIDDING = {
    "unsubscribed": "unsubscribed", "Unsubscribed ": "unsubscribed", "cleaned": "bounced", "hard-bounced": "bounced",
    "spam complaint": "complained", "blacklisted": "blocked",
}  # fmt: skip
HARMLESS = {"subscribed", "SUBSCRIBED", "active", ""}
AGREED, REFUSED, WITHDRAWN = {"yes", "TRUE", "double opt-in"}, {"no", "implied"}, {"withdrawn"}
TYPOS = {"gmial.com": "gmail.com", "hotmail.con": "hotmail.com"}
ROLES, THROW_AWAY = {"info", "support"}, {"mailinator.com"}
TIERS = (60, 180, 365)


@dataclass
class Judged:
    """One record."""

    line: int
    record: int
    cells: list[str]
    found: Counter = field(default_factory=Counter)  # (code, column)
    segment: str = ""
    is_suppressed: bool = False

    def add(self, code, column=""):
        self.found["contacts." + code, column] += 1

    def has(self, *codes):
        return any(code.removeprefix("contacts.") in codes for code, _ in self.found)


def judge(text: str, delimiter: str, as_of: date, target):
    """Every record in order, and the lines that are blank."""
    records, blank = read(text, delimiter)
    orders = {
        column: order_of(record.cells[column] for record in records if len(record.cells) == 8)
        for column in (JOINED, OPENED)
    }
    seen: dict[str, str] = {}
    for record in records:
        judge_record(record, orders, as_of, target, seen)
    return records, blank


def read(text, delimiter):
    """The records with the physical lines on which they start, without the header."""
    records, blank, before = [], [], 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for number, cells in enumerate(reader):
        if not cells:
            blank.append(before + 1)
        elif number:
            records.append(Judged(before + 1, len(records) + 1, cells))
        before = reader.line_num
    return records, blank


def judge_record(record, orders, as_of, target, seen):
    cells = record.cells
    if len(cells) != len(HEADER):
        record.add("row.short" if len(cells) < len(HEADER) else "row.long")
        record.segment = "rejected"
        return
    address = judge_address(record)
    told = judge_permission(record)
    opened, joined = (day_of(cells[column], orders[column]) for column in (OPENED, JOINED))
    judge_days(record, opened, joined, as_of)
    judge_texts(record, target)
    record.segment = segment_of(record, address, told, opened, as_of, seen)


def judge_address(record):
    """The usable address, "" where there is none."""
    cell = record.cells[EMAIL]
    if not cell.strip():
        record.add("email.missing", "Email")
        return ""
    address = repaired(cell)
    if not is_address(address):
        record.add("email.malformed", "Email")
        return ""
    if address != cell:
        record.add("email.repairable", "Email")
    local, _, domain = address.lower().rpartition("@")
    if domain in TYPOS:
        record.add("email.typo", "Email")
    if local in ROLES:
        record.add("email.role", "Email")
    if domain in THROW_AWAY:
        record.add("email.disposable", "Email")
    return address


def repaired(cell):
    """Spaces, angle brackets with or without a name, mailto:, a last dot or comma."""
    text = cell.strip()
    if match := re.fullmatch(r"[^<>@]*<([^<>]*)>", text):
        text = match.group(1).strip()
    if text.lower().startswith("mailto:"):
        text = text[7:].strip()
    text = text.rstrip(".,")
    return re.sub(r" *@ *", "@", text) if text.count("@") == 1 else text


def is_address(text):
    try:
        validate_email(text, check_deliverability=False, test_environment=True, globally_deliverable=False)
    except EmailNotValidError:
        return False
    local, _, domain = text.rpartition("@")
    return len(local) <= 64 and "." in domain and not domain.rpartition(".")[2].isdigit()


def judge_permission(record):
    """What forbids mail, "yes", "no" or "" where nothing is said."""
    status, consent = record.cells[STATUS], record.cells[CONSENT]
    if status in FORBIDDING:
        record.add(f"status.{FORBIDDING[status]}", "Status")
        told = "forbidden"
    elif consent in WITHDRAWN:
        record.add("status.unsubscribed", "Consent")
        told = "forbidden"
    else:
        told = "yes" if consent in AGREED else "no"
        if not consent.strip():
            record.add("consent.missing", "Consent")
    if status not in FORBIDDING and status not in HARMLESS:
        record.add("status.unknown_word", "Status")
    if consent.strip() and consent not in AGREED | REFUSED | WITHDRAWN:
        record.add("consent.unknown_word", "Consent")
    return told


def order_of(cells):
    """Which of day and month stands first in a column of 01/02/2026; None where it cannot be told."""
    triples = [match.groups() for cell in cells if (match := re.match(r"(\d\d)/(\d\d)/(\d{4})", cell.strip()))]
    day_first = sum(int(first) > 12 and int(second) <= 12 for first, second, _ in triples)
    month_first = sum(int(second) > 12 and int(first) <= 12 for first, second, _ in triples)
    if day_first and day_first >= 9 * month_first:
        return "day"
    return "month" if month_first and month_first >= 9 * day_first else None


def day_of(cell, order):
    """A date, None for a blank cell, "?" where it can be read both ways, "!" where it is none."""
    text = cell.strip()
    if not text or text == "never":
        return None
    try:
        if match := re.fullmatch(r"(\d{4}-\d\d-\d\d)(?:[T ]\d\d:\d\d:\d\d)?", text):
            return date.fromisoformat(match.group(1))
        if match := re.fullmatch(r"(\d\d)\.(\d\d)\.(\d{4})", text):
            day, month, year = map(int, match.groups())
            return date(year, month, day)
        if match := re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", text):
            first, second, year = map(int, match.groups())
            if first <= 12 and second <= 12 and first != second and not order:
                return "?"
            is_day_first = order == "day" if order else first > 12
            return date(year, second, first) if is_day_first else date(year, first, second)
    except ValueError:
        return "!"
    return "!"


def judge_days(record, opened, joined, as_of):
    for day, column in ((joined, "OPTIN_TIME"), (opened, "Last Open")):
        if day == "!":
            record.add("date.unreadable", column)
        elif isinstance(day, date) and day > as_of:
            record.add("date.future", column)
    if isinstance(opened, date) and opened < as_of - timedelta(days=180):
        record.add("engagement.cold", "Last Open")
    if isinstance(opened, date) and isinstance(joined, date) and opened < joined <= as_of:
        record.add("date.before_opt_in", "Last Open")


def judge_texts(record, target):
    for column, cell in enumerate(record.cells):
        if len(cell) > target.max_text and column not in (EMAIL, TAGS):
            record.add("text.too_long", HEADER[column])
        if "\0" in cell:
            record.add("cell.nul", HEADER[column])
        if re.search(r"\b4111 ?1111 ?1111 ?1111\b", cell) and column in (NAME, NOTE):
            record.add("private.card_number", HEADER[column])
    tags = [tag.strip() for tag in record.cells[TAGS].split(";") if tag.strip()]
    if any(not re.fullmatch("[A-Za-z0-9 ]+", tag) for tag in tags):
        record.add("tags.symbols", "Tags")


def segment_of(record, address, told, opened, as_of, seen):
    """The first that fits: rejected, duplicate, blocked, fix, unengaged, consented, no_consent."""
    if record.has("email.missing", "email.malformed", "private.card_number"):
        return "rejected"
    local, _, domain = address.lower().rpartition("@")
    person = (local.replace(".", ""), "gmail.com") if domain in ("gmail.com", "googlemail.com") else (local, domain)
    if person in seen:
        record.add("email.duplicate", "Email")
        record.is_suppressed = told == "forbidden" and seen[person] != "forbidden"
        if record.is_suppressed or (record.cells[CONSENT] in REFUSED and told == "no" and seen[person] == "yes"):
            record.add("email.conflict", "Email")
        return "duplicate"
    seen[person] = told
    if told == "forbidden":
        record.is_suppressed = True
        return "blocked"
    if record.has("email.repairable", "email.typo", "text.too_long", "tags.symbols", "cell.nul", "date.future"):
        return "fix"
    if record.has("engagement.cold"):
        return "unengaged"
    return "consented" if told == "yes" else "no_consent"
