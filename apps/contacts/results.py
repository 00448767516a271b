"""What the files of other kinds come to, in the words and tables of their page."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.contacts.models import FileKind
from apps.ui.numbers import with_thousands
from engine.contacts.kinds.roles import suggest_kind

Results = dict[str, Any]
DAYS_SHOWN = 31


@dataclass(frozen=True, slots=True)
class Tile:
    """One number that matters."""

    label: str
    number: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ResultTable:
    """A small table; `numbers` are the places of the columns that stand to the right."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    numbers: frozenset[int] = field(default_factory=frozenset)

    @property
    def lines(self) -> list[list[tuple[str, str, bool]]]:
        """Cells with their column's name and whether they are numbers."""
        return [
            [
                (name, cell, place in self.numbers)
                for place, (name, cell) in enumerate(zip(self.header, row, strict=True))
            ]
            for row in self.rows
        ]

    @property
    def columns(self) -> list[tuple[str, bool]]:
        return [(name, place in self.numbers) for place, name in enumerate(self.header)]


@dataclass(frozen=True, slots=True)
class KindPage:
    """The results of one file, ready to be drawn."""

    tiles: Sequence[Tile]
    parts: Sequence[dict[str, Any]]
    parts_title: str
    tables: Sequence[ResultTable]


def suggested_kind(kind: str, header: Sequence[str]) -> FileKind | None:
    """What the columns speak for, where that is another kind than was said."""
    found = suggest_kind(header)
    return FileKind(found) if found and found != kind else None


def read_results(report: dict[str, Any]) -> KindPage | None:
    """The page of this report; None for contact lists, and where nothing could be read."""
    page = _PAGES.get(report.get("kind", ""))
    results = report.get("results") or {}
    return page(results) if page and "people" in results else None


def count(number: Any) -> str:
    return with_thousands(number or 0)


def sum_of(text: str, currency: str) -> str:
    """ "1,234.50 EUR"; without a code the amount alone."""
    return f"{with_thousands(text)} {currency}".strip() if text else "–"


def _currency(name: str) -> str:
    return name or "Not named"


def _sums(rows: Iterable[Results], name: str) -> str:
    """The sum in the currency of most people for a tile; the others stand in the table beneath."""
    most = max(list(rows), key=lambda row: row.get("people", row.get("running", 0)), default=None)
    return sum_of(most[name], most["currency"]) if most else "0"


def _others(rows: Sequence[Results]) -> str:
    left = len(rows) - 1
    if left < 1:
        return ""
    return "and 1 other currency, never added together" if left == 1 else f"and {left} other currencies, kept apart"


def _right(*places: int) -> frozenset[int]:
    return frozenset(places)


def _table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], first_number: int = 1, note: str = "") -> (
    ResultTable
):  # fmt: skip
    return ResultTable(title, header, rows, note, _right(*range(first_number, len(header))))


def _left(shown: int, in_all: int, thing: str) -> str:
    return f"The first {shown} of {count(in_all)} {thing}." if in_all > shown else ""


def _purchases(results: Results) -> KindPage:
    sums, segments, days = results["currencies"], results["segments"], results["active_days"]
    tiles = [
        Tile("Buyers", count(results["people"] - segments["never_paid"]), f"{count(results['purchases'])} purchases"),
        Tile("Paid", _sums(sums, "paid"), _others(sums)),
        Tile("Given back", _sums(sums, "refunded"), f"{count(segments['refunded'])} got everything back"),
        Tile("Active buyers", count(segments["active_buyers"]), f"bought in the last {days} days"),
    ]
    parts = _parts(segments, [
        ("active_buyers", "Active Buyers", "green"), ("past_buyers", "Past Buyers", "amber"),
        ("refunded", "Refunded", "red"), ("undated", "Date unknown", "slate"), ("never_paid", "Never paid", "grey"),
    ])  # fmt: skip
    money = _table(
        "Totals per currency",
        ["Currency", "Buyers", "Purchases", "Paid", "Refunded", "Kept"],
        [
            [_currency(row["currency"]), count(row["people"]), count(row["purchases"])]
            + [with_thousands(row[name]) for name in ("paid", "refunded", "kept")]
            for row in sums
        ],
        note="Currencies are never added together.",
    )
    products = results["products"]
    sold = _table(
        "Products",
        ["Product", "Currency", "Purchases", "Paid"],
        [
            [
                row["product"] or "(no name)",
                _currency(row["currency"]),
                count(row["purchases"]),
                with_thousands(row["paid"]),
            ]
            for row in products
        ],
        first_number=2,
        note=_left(len(products), results["products_in_all"], "products"),
    )
    tags = _table(
        "Suggested tags",
        ["Tag", "People"],
        [[row["tag"], count(row["people"])] for row in results["tags"]],
        note="They stand beside the addresses in buyers.csv, to be joined with the contacts.",
    )
    return KindPage(tiles, parts, "Every buyer in one segment", [money, tags, sold])


def _parts(counts: Results, named: Iterable[tuple[str, str, str]]) -> list[dict[str, Any]]:
    return [{"label": label, "count": counts[key], "tone": tone} for key, label, tone in named if counts.get(key)]


def _affiliates(results: Results) -> KindPage:
    sums = results["currencies"]
    tiles = [
        Tile("Affiliates", count(results["people"]), f"{count(results['duplicates'])} listed twice"),
        Tile("To be paid", count(results["owed"]), "before the old account is closed"),
        Tile("Open", _sums(sums, "open"), _others(sums)),
        Tile("No payout method", count(results["without_payout"]), "of those with an open balance"),
    ]
    words = results["statuses"]
    parts = _parts(words, [
        ("active", "Active", "green"), ("waiting", "Waiting", "amber"), ("ended", "Ended", "grey"),
        ("unknown", "Status not understood", "blue"), ("", "No status", "slate"),
    ])  # fmt: skip
    money = _table(
        "Open balances per currency",
        ["Currency", "Affiliates owed", "Open", "Paid to date"],
        [
            [_currency(row["currency"]), count(row["people"]), with_thousands(row["open"]), with_thousands(row["paid"])]
            for row in sums
        ],
        note="Currencies are never added together.",
    )
    promised = _table(
        "Commissions to set up again",
        ["Commission", "Affiliates"],
        [[row["commission"] or "Not readable or blank", count(row["people"])] for row in results["commissions"]],
    )
    return KindPage(tiles, parts, "How they stand", [money, promised])


def _members(results: Results) -> KindPage:
    ending = results["ending_before_switch"]
    tiles = [
        Tile("Members", count(results["people"]), f"in {count(results['courses_in_all'])} courses"),
        Tile("To let in again", count(results["people_to_reinstate"]), f"{count(results['reinstate'])} places"),
        Tile("Lose access", count(results["lose"]), "ended, cancelled or unclear"),
        Tile("End before the switch", count(ending), "need no place in the target"),
    ]
    parts = _parts(results, [("reinstate", "To let in again", "green"), ("lose", "Lose access", "grey")])
    courses = results["courses"]
    listed = _table(
        "Courses",
        ["Course", "Members", "To let in", "Lose access", "Completed"],
        [
            [row["course"] or "(no name)"]
            + [count(row[name]) for name in ("members", "reinstate", "lose", "completed")]
            for row in courses
        ],
        note=_left(len(courses), results["courses_in_all"], "courses"),
    )
    return KindPage(tiles, parts, "Places in courses", [listed])


def _subscriptions(results: Results) -> KindPage:
    sums, plans, charges = results["currencies"], results["plans"], results["next_charges"]
    tiles = [
        Tile(
            "Running",
            count(results["running"]),
            f"{count(results['payers'])} {'person' if results['payers'] == 1 else 'people'}",
        ),
        Tile("Each month", _sums(sums, "monthly"), _others(sums)),
        Tile("No next charge", count(results["without_next_charge"]), "among the running"),
        Tile("Trials ending", count(results["trials_ending"]), "before the switch"),
    ]
    words = results["statuses"]
    parts = _parts(words, [
        ("active", "Active", "green"), ("trial", "On trial", "blue"), ("late", "Payment late", "amber"),
        ("paused", "Paused", "slate"), ("cancelled", "Cancelled", "grey"), ("ended", "Ended", "grey"),
        ("unknown", "Status not understood", "red"),
    ])  # fmt: skip
    money = _table(
        "Each month per currency",
        ["Currency", "Running", "Monthly"],
        [[_currency(row["currency"]), count(row["running"]), with_thousands(row["monthly"])] for row in sums],
        note="A year is twelve months or 52 weeks; trials bring nothing yet.",
    )
    running = _table(
        "Plans",
        ["Plan", "Charged", "Currency", "Running", "Monthly"],
        [
            [
                row["plan"] or "(no name)",
                row["interval"] or "not known",
                _currency(row["currency"]),
                count(row["running"]),
                with_thousands(row["monthly"]) if row["monthly"] else "–",
            ]
            for row in plans
        ],
        first_number=3,
        note=_left(len(plans), results["plans_in_all"], "plans"),
    )
    days = _table(
        "Next charges by day",
        ["Day", "Currency", "Charges", "Amount"],
        [
            [row["day"], _currency(row["currency"]), count(row["count"]), with_thousands(row["amount"])]
            for row in charges[:DAYS_SHOWN]
        ],
        first_number=2,
        note=_left(DAYS_SHOWN, results["next_charges_in_all"], "days; all stand in running.csv"),
    )
    return KindPage(tiles, parts, "How they stand", [money, running, days])


def _blocked(results: Results) -> KindPage:
    tiles = [
        Tile("To keep out", count(results["people"]), "each address once"),
        Tile("Set aside", count(results["rejected"]), "missing or malformed"),
        Tile("Doubles", count(results["duplicates"]), "kept out once"),
        Tile("Whole domains", count(results["domains"]), "to be blocked by hand"),
    ]
    reasons = _table(
        "Reasons given", ["Reason", "People"], [[row["reason"], count(row["people"])] for row in results["reasons"]]
    )
    return KindPage(tiles, [], "", [reasons])


_PAGES: dict[str, Callable[[Results], KindPage]] = {
    FileKind.PURCHASES: _purchases,
    FileKind.AFFILIATES: _affiliates,
    FileKind.MEMBERS: _members,
    FileKind.SUBSCRIPTIONS: _subscriptions,
    FileKind.BLOCKED: _blocked,
}
