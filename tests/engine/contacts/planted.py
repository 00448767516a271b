# ruff: noqa: E501
"""Files with planted faults and their answer key, made without a look at the engine's own rules.

A file is a list of rows out of clean material, into which faults are put one by one. The key says for each physical
line which codes must be found there, in which column, and to which segment the record goes. Whatever else the engine
says about a line is too much.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

TODAY = date(2026, 11, 24)
HEADER = [
    "Email", "Name", "Phone", "Spent", "Newsletter", "Birthday", "Website", "Plan", "Tags", "Status", "Consent",
    "Opt-in Date", "Last Open", "Note", "Second Address",
]  # fmt: skip
FIELDS = [
    {"name": "Email", "type": "email", "required": True},
    {"name": "Name", "type": "text", "required": True, "max_length": 60},
    {"name": "Phone", "type": "phone"},
    {"name": "Spent", "type": "number"},
    {"name": "Newsletter", "type": "boolean"},
    {"name": "Birthday", "type": "date"},
    {"name": "Website", "type": "url"},
    {"name": "Plan", "type": "option", "options": ["Free", "Basic", "Größe L", "Pro, yearly"]},
    {"name": "Tags", "type": "tags"},
    {"name": "Status", "type": "status"},
    {"name": "Consent", "type": "consent"},
    {"name": "Second Address", "type": "email"},
]

NAMES = [
    "Ada Lovelace", "José Ñúñez", "Zoë O’Neill", "Seán O'Brien", "Łukasz Żółć", "Đặng Thị Hương", "李小龍", "Ольга Петрова",
    "محمد علي", "Jean-Luc D'Arc", "Søren Åberg", "Ḥasan", "Müller, Jörg", "Anne \"Annie\" Day", "Nguyễn", "X Æ A-12",
    "Null", "True", "N. A. Otto", "#1 Fan", "100% Cotton Ltd", "Björk Guðmundsdóttir", "Σωκράτης", "O", "de la Cruz",
]  # fmt: skip
LOCALS = [
    "ada", "ada+news", "o'brien", "j.r.r.tolkien", "x_y", "a-b-c", "UPPER", "1234567", "a", "jörg", "用户", "name&co",
    "first.last", "under_score", "m!x", "ольга", "information", "adminton", "salesman", "mr.info", "teams",
]  # fmt: skip
DOMAINS = [
    "example.org", "gmail.com", "müller.de", "xn--mller-kva.de", "sub.sub.example.photography", "例子.广告", "web.de",
    "yahoo.co.uk", "my-shop.store", "1and1.com", "example.museum", "mail.ru", "me.com", "live.fr", "t-online.de",
    "ymail.com", "gmx.net", "q.co", "uni-köln.de", "a1.travel", "hotmail.com", "outlook.fr", "EXAMPLE.COM", "icloud.com",
]  # fmt: skip
PHONES = [
    "", "+1 (555) 010-9999", "+1 (555) 010-9999 ext. 3", "0049-30-1234567", "+49 (0) 30 123456", "(0)30 / 123 456 78",
    "555.010.9999", "+44 20 7946 0958", "030/1234567", "(+33) 1 23 45 67 89", "07700 900123 x12", "+86 138 1234 5678",
]  # fmt: skip
NUMBERS = [
    "",
    "0",
    "-5",
    "+7",
    "1.234,56",
    "1,234.56",
    "12 %",
    "99%",
    "1'234.50",
    "1 234,5",
    "12.5",
    "1,5",
    ".5",
    "1.234.567",
]
TRUTHS = ["", "yes", "No", "TRUE", "false", "1", "0", "ja", "nein", "oui", "non", "sí", "t", "f", "Y", "x", "on", "off"]
DATES = [
    "", "1980-02-29", "31.12.1999", "13/01/1980", "01/13/1980", "24 Nov 1976", "Nov 24, 1976", "1976-11-24T10:00:00Z",
    "24-Nov-76", "Sep 01 1976 10:00 AM", "24. November 1976", "1/2/1980", "24 de noviembre de 1976", "1976/11/24",
]  # fmt: skip
SITES = [
    "", "example.org", "https://example.org/a?b=c#d", "www.example.co.uk", "http://münchen.de/ä", "HTTP://EXAMPLE.ORG",
    "example.org:8080/x", "https://a_b.example.org/", "https://xn--mnchen-3ya.de", "https://instagram.com/@ada",
]  # fmt: skip
PLANS = ["", "Free", "Basic", "free", "Größe L", "Pro, yearly", "BASIC"]
TAGS = ["", "VIP", "VIP; Course 2024", "a;b;c", "Webinar 01", "2026", "lead magnet;buyer"]
NOTES = [
    "", "plain", "two\nlines", "three\r\n\r\nlines", "comma, semicolon; tab\tbar|", 'said "yes"', "=1+1", "-", "'",
    "Order 4111111111111112", "ISBN 978-3-16-148410-0", "DE89 3704 0044 0532 0130 00", "call 2026-11-01 10:00", "ü" * 255,
    "x" * 255, "1234567890123", "https://example.org/4111111111111111", '""', "ends with quote\"", "IMEI 356938035643809",
]  # fmt: skip
YES = ["yes", "Yes", "TRUE", "1", "granted", "double opt-in", "ja", "oui", "sí", "Confirmed"]
OPEN = ["subscribed", "Subscribed", "active", "Confirmed", "angemeldet", "suscrito"]

MALFORMED = [
    "ada", "ada@", "@example.org", "a@@example.org", "a@b", "a@b..org", ".a@b.org", "a.@b.org", "a..b@c.org", "a b@c.org",
    "a@-b.org", "a@b-.org", "a@b_c.org", '"a b"@c.org', "a@[10.0.0.1]", "a(comment)@b.org", "a@b.org(comment)", "a@b.c",
    "a@10.0.0.1", "x" * 65 + "@b.org", "a@" + "b" * 64 + ".org", "a@" + "bcd." * 70 + "org", "a@b.org c@d.org", "n/a", "none",
    "a,b@c.org", "a@b,org", "a;b@c.org", "a@b.org;c@d.org", "a@b.org, c@d.org", "a:b@c.org", "a\\b@c.org", "a<b@c.org",
    "ada at example.org", "ada(at)example.org", "www.example.org", "a@b.123", "a@.org", "a@org.", "John\nada@example.org",
    "a\tb@example.org", "Dr. ada@example.org", "ada@exa mple.org", "http://example.org", "+49 30 123456", "a@b.o rg",
]  # fmt: skip
REPAIRS: dict[str, Callable[[str], str]] = {
    "space before": lambda address: " " + address,
    "space behind": lambda address: address + "  ",
    "tab": lambda address: "\t" + address,
    "line end": lambda address: address + "\n",
    "no-break space": lambda address: "\u00a0" + address,
    "zero width": lambda address: address + "\u200b",
    "brackets": lambda address: f"<{address}>",
    "named": lambda address: f"Ada Lovelace <{address}>",
    "mailto": lambda address: f"mailto:{address}",
    "MailTo": lambda address: f"MailTo:{address}",
    "dot": lambda address: address + ".",
    "comma": lambda address: address + ",",
    "semicolon": lambda address: address + ";",
    "round": lambda address: f"({address})",
    "quotes": lambda address: f"'{address}'",
    "space at": lambda address: address.replace("@", " @ "),
    "space dot": lambda address: address[::-1].replace(".", " .", 1)[::-1],
}
TYPOS = [
    "gmial.com", "gmai.com", "gamil.com", "gmail.con", "gmail.co", "gmaill.com", "gnail.com", "hotmial.com", "hotmal.com",
    "hotmail.con", "yaho.com", "yahooo.com", "yahoo.con", "outlok.com", "outloook.com", "iclod.com", "icloud.con",
    "example.comm", "protonmial.com", "GMIAL.COM", "yahoo.cmo", "aol.con",
]  # fmt: skip
ROLES = [
    "info",
    "Admin",
    "support",
    "sales",
    "noreply",
    "no-reply",
    "postmaster",
    "abuse",
    "office",
    "contact",
    "webmaster",
]
DISPOSABLE = ["mailinator.com", "yopmail.com", "guerrillamail.com", "10minutemail.com", "trashmail.com"]
BLOCKED = {
    "unsubscribed": ["unsubscribed", "Unsubscribed", "Opted out", "opt-out", "cancelled", "abgemeldet", "dado de baja"],
    "bounced": ["bounced", "cleaned", "Hard Bounce", "Invalid"],
    "complained": ["complained", "Spam", "Spam Complaint"],
    "blocked": ["blacklisted", "Blocked", "suppressed"],
}
UNKNOWN = ["purple", "actve", "subscribbed", "???", "3", "oui peut-être"]
CARDS = [
    "4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111 12/27", "card: 5555555555554444.", "378282246310005",
    "3782 822463 10005", "6011111111111117", "2223003122003222 123",
]  # fmt: skip
BAD_TAGS = ["50% off!", "a;b/c", "VIP*", "über;x", "🎉", "a_b", "Course: 2024"]


@dataclass
class Row:
    """One record: its cells, what must be found about it, and how it is written."""

    cells: list[str]
    found: list[tuple[str, str]] = field(default_factory=list)
    is_rejected: bool = False
    is_fix: bool = False
    is_blocked: bool = False
    is_cold: bool = False
    is_duplicate: bool = False
    has_consent: bool = True
    text: str = ""  # as it stands in the file, where it is not written like the others

    def put(self, column: str, value: str) -> None:
        self.cells[HEADER.index(column)] = value

    def get(self, column: str) -> str:
        return self.cells[HEADER.index(column)]

    @property
    def segment(self) -> str:
        """The first that fits, in the order that the issue names."""
        for fits, name in (
            (self.is_rejected, "rejected"), (self.is_duplicate, "duplicate"), (self.is_blocked, "blocked"),
            (self.is_fix, "fix"), (self.is_cold, "unengaged"), (self.has_consent, "consented"),
        ):  # fmt: skip
            if fits:
                return name
        return "no_consent"


@dataclass
class Planted:
    """A file as text, and its key."""

    text: str
    delimiter: str
    found: Counter  # (line, record, code, column)
    segments: Counter
    lines: int
    records: int


def clean_row(random_: random.Random, number: int) -> Row:
    """Realistic material in which there is nothing to find."""
    pick = random_.choice
    joined = TODAY - timedelta(days=random_.randint(100, 3000))
    opened = TODAY - timedelta(days=random_.randint(0, 90))
    local, domain = pick(LOCALS), pick(DOMAINS)
    return Row([
        f"{local}{number}@{domain}", pick(NAMES), pick(PHONES), pick(NUMBERS), pick(TRUTHS), pick(DATES), pick(SITES),
        pick(PLANS), pick(TAGS), pick(OPEN), pick(YES),
        pick(["", joined.isoformat(), f"{joined.isoformat()} 10:11:12", f"{joined:%d.%m.%Y}", f"{joined:%d %b %Y}"]),
        pick(["", "never", opened.isoformat(), f"{opened.isoformat()}T10:11:12Z", f"{opened:%b %d, %Y}", f"{opened:%d.%m.%Y}"]),
        pick(NOTES), pick(["", f"second{number}@example.org"]),
    ])  # fmt: skip


def _email(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    row.put("Email", random_.choice(MALFORMED))
    row.found, row.is_rejected = [("contacts.email.malformed", "Email")], True


def _no_email(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    row.put("Email", random_.choice(["", " ", "  "]))
    row.found, row.is_rejected = [("contacts.email.missing", "Email")], True


def _repair(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    row.put("Email", random_.choice(list(REPAIRS.values()))(row.get("Email")))
    row.found, row.is_fix = [("contacts.email.repairable", "Email")], True


def _typo(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    row.put("Email", f"{row.get('Email').split('@')[0]}@{random_.choice(TYPOS)}")
    row.found, row.is_fix = [("contacts.email.typo", "Email")], True


def _role(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    row.put("Email", f"{random_.choice(ROLES)}@shop{len(earlier)}.example.org")
    row.found = [("contacts.email.role", "Email")]


def _disposable(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    row.put("Email", f"{row.get('Email').split('@')[0]}@{random_.choice(['', 'x.'])}{random_.choice(DISPOSABLE)}")
    row.found = [("contacts.email.disposable", "Email")]


def _duplicate(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    first = next(
        (one for one in reversed(earlier) if not one.found and not one.text and one.get("Email").isascii()), None
    )
    if first is None:
        return
    address = first.get("Email")
    changed = random_.choice([address, address.upper(), address.title(), f" {address}", f"<{address.upper()}>"])
    if address.endswith("@gmail.com") and address[1] not in ".@":
        changed = random_.choice([changed, address[0] + "." + address[1:], address[:-9] + "googlemail.com"])
    row.put("Email", changed)
    row.found, row.is_duplicate = [("contacts.email.duplicate", "Email")], True
    if changed[0] in " <":
        row.found.append(("contacts.email.repairable", "Email"))


def _status(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    told = random_.choice(list(BLOCKED))
    row.put("Status", random_.choice(BLOCKED[told]))
    row.found, row.is_blocked = [(f"contacts.status.{told}", "Status")], True


def _withdrawn(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    row.put("Consent", random_.choice(["withdrawn", "revoked", "unsubscribed"]))
    row.found, row.is_blocked = [("contacts.status.unsubscribed", "Consent")], True


def _unknown_status(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    row.put("Status", random_.choice(UNKNOWN))
    row.found = [("contacts.status.unknown_word", "Status")]


def _unknown_consent(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    row.put("Consent", random_.choice(UNKNOWN))
    row.found, row.has_consent = [("contacts.consent.unknown_word", "Consent")], False


def _no_consent(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    word = random_.choice(["", " ", "no", "false", "implied", "0", "nein"])
    row.put("Consent", word)
    row.found, row.has_consent = [("contacts.consent.missing", "Consent")] if not word.strip() else [], False


def _cold(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    day = TODAY - timedelta(days=random_.randint(181, 900))
    row.put("Opt-in Date", "")
    row.put(
        "Last Open",
        random_.choice([day.isoformat(), f"{day.isoformat()} 09:08:07", f"{day:%d.%m.%Y}", f"{day:%d %B %Y}"]),
    )
    row.found, row.is_cold = [("contacts.engagement.cold", "Last Open")], True


def _future(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    column = random_.choice(["Opt-in Date", "Last Open"])
    row.put(column, (TODAY + timedelta(days=random_.randint(1, 4000))).isoformat())
    row.found, row.is_fix = [("contacts.date.future", column)], True


def _early(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    row.put("Opt-in Date", (TODAY - timedelta(days=10)).isoformat())
    row.put("Last Open", (TODAY - timedelta(days=random_.randint(11, 100))).isoformat())
    row.found = [("contacts.date.before_opt_in", "Last Open")]


def _no_date(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    column = random_.choice(["Opt-in Date", "Last Open"])
    row.put(
        column,
        random_.choice(["2026-02-30", "soon", "31/31/2026", "2026-13-01", "yesterday", "00/00/0000", "24 Foo 2026"]),
    )
    row.found = [("contacts.date.unreadable", column)]


def _card(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    row.put("Note", random_.choice(CARDS))
    row.found, row.is_rejected = [("contacts.private.card_number", "Note")], True


def _long_text(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    column, length = random_.choice([("Note", 256), ("Note", 5000), ("Name", 61), ("Name", 300)])
    row.put(column, random_.choice("xüж李") * length)
    row.found, row.is_fix = [("contacts.text.too_long", column)], True


def _tags(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    row.put("Tags", random_.choice(BAD_TAGS))
    row.found, row.is_fix = [("contacts.tags.symbols", "Tags")], True


def _nul(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    column = random_.choice(["Name", "Note", "Email"])
    value = "plain" if column == "Note" else row.get(column)
    row.put(column, value[:2] + "\0" + value[2:])
    row.found, row.is_fix = [("contacts.cell.nul", column)], True


def _type(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    column, kind, values = random_.choice([
        ("Phone", "phone", ["call me", "12345", "-----", "+1 555 CALL", "1234567890123456789", "++49 30 123456", "n/a"]),
        ("Spent", "number", ["twelve", "12abc", "1.2.3", "--5", "1,23,4", "$", "12-5", "1.234.5", "N/A"]),
        ("Newsletter", "boolean", ["perhaps", "2", "yess", "unknown", "pending", "n/a"]),
        ("Birthday", "date", ["1980-02-30", "soon", "13/13/1980", "1980-00-10", "32.01.1980", "1980"]),
        ("Website", "url", ["not a url", "http//example.org", "example", "http://", "example..org", "12.50", "a@b.org"]),
        ("Plan", "option", ["Gold", "Fre", "Free; Basic", "Basic 2"]),
        ("Second Address", "second_email", ["x@y", "second", "a@@b.org", "a b@c.org"]),
    ])  # fmt: skip
    row.put(column, random_.choice(values))
    row.found, row.is_fix = [(f"contacts.{kind}.malformed", column)], True


def _required(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    row.put("Name", random_.choice(["", " "]))
    row.found, row.is_fix = [("contacts.cell.required", "Name")], True


def _short(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    row.cells = row.cells[: random_.randint(1, len(HEADER) - 1)]
    row.found, row.is_rejected = [("contacts.row.short", "")], True


def _long(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    row.cells = [*row.cells, *random_.choice([[""], ["more"], ["", ""], ["a", "b", "c"]])]
    row.found, row.is_rejected = [("contacts.row.long", "")], True


def _unclosed(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    row.text, column = random_.choice(
        [('"{email},x,y', "Email"), ('{email},"never closed,y', "Name"), ('{email},x,"', "Phone")]
    )
    row.found, row.is_rejected = [("contacts.row.unterminated_quote", column)], True


def _stray(row: Row, random_: random.Random, earlier: list[Row]) -> None:
    row.put("Note", "plain")
    row.put("Name", random_.choice(['5" pipe', 'Ada "the first"', 'a"', '24" and 27" screens']))
    row.text, row.found = "stray", [("contacts.row.stray_quote", "Name")]


FAULTS = [
    _email, _no_email, _repair, _typo, _role, _disposable, _duplicate, _status, _withdrawn, _unknown_status,
    _unknown_consent, _no_consent, _cold, _future, _early, _no_date, _card, _long_text, _tags, _nul, _type, _required,
    _short, _long, _unclosed, _stray,
]  # fmt: skip


def planted(seed: int, size: int, *, delimiter: str = ",", end: str = "\n", share: float = 0.2) -> Planted:
    """A file of about `size` records; `share` of them have a fault, and some lines are blank."""
    random_ = random.Random(seed)
    out, found, segments, rows = [], Counter(), Counter(), []
    line, record = 1, 0

    def write(text: str) -> None:
        nonlocal line
        out.append(text)
        line += text.count("\n") + text.replace("\r\n", "").count("\r")

    write(_written(HEADER, delimiter) + end)
    for number in range(size):
        if random_.random() < share / 20:
            found[line, "", "contacts.row.blank", ""] += 1
            write(end)
            continue
        row = clean_row(random_, number)
        if random_.random() < share:
            random_.choice(FAULTS)(row, random_, rows)
        record += 1
        for code, column in row.found:
            found[line, str(record), code, column] += 1
        segments[row.segment] += 1
        write(_line(row, delimiter) + end)
        rows.append(row)
    return Planted("".join(out), delimiter, found, segments, line - 1, record)


def _line(row: Row, delimiter: str) -> str:
    if row.text == "stray":
        place = HEADER.index("Name")
        before, after = row.cells[:place], row.cells[place + 1 :]
        return delimiter.join((_written(before, delimiter), row.cells[place], _written(after, delimiter)))
    if row.text:
        return row.text.replace(",", delimiter).format(email=row.get("Email").split("@")[0] + "@example.org")
    return _written(row.cells, delimiter)


def _written(cells: list[str], delimiter: str) -> str:
    return delimiter.join(
        '"' + cell.replace('"', '""') + '"' if any(sign in cell for sign in f'{delimiter}"\r\n') else cell
        for cell in cells
    )
