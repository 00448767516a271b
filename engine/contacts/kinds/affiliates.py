"""Affiliates: what each is promised and owed, so that everybody is paid out before the old account is closed."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from engine.contacts.kinds.commissions import Commission, header_says_percent, read_commission
from engine.contacts.kinds.entries import Entry, Setting
from engine.contacts.kinds.files import Files
from engine.contacts.kinds.kind import RecordKind
from engine.contacts.kinds.shared import PEOPLE, amount_is_readable, currency_is_named, status_is_known
from engine.contacts.kinds.sums import Groups, People, Sums, group_of, in_order, key_of, money
from engine.findings import Finding, Place, Rule, Severity

STRUCTURES_KEPT = 50
NOTHING = Decimal(0)


def commission_of(entry: Entry) -> Commission:
    """What the row promises; the words of its neighbours say percent or fixed, sale or lead."""
    number = entry.setting.roles.columns.get("commission", -1)
    is_rate = number >= 0 and header_says_percent(entry.setting.columns.header[number])
    kind = f"{entry.text('commission_type')} {entry.text('per')}".strip()
    return read_commission(entry.text("commission"), kind, entry.text("tiers"), is_rate=is_rate)


def commission_is_readable(entry: Entry) -> Iterator[Finding]:
    """Affiliates are set up again by hand in the target: every structure must be understood."""
    if entry.text("commission") and not commission_of(entry).is_readable:
        message = "Write this commission as a share or an amount, such as 30% or 10 USD per sale."
        yield entry.finding(Severity.ERROR, "commission_unreadable", message, "commission")


def commission_is_at_most_all(entry: Entry) -> Iterator[Finding]:
    """Nobody is promised more than the sale brings."""
    commission = commission_of(entry)
    if commission.is_percent and sum(commission.values) > 100:
        message = "Check this commission: it promises more than the whole sale."
        yield entry.finding(Severity.ERROR, "commission_over_100", message, "commission")


def balance_can_be_paid(entry: Entry) -> Iterator[Finding]:
    """What is owed must reach its owner before the old account is closed."""
    if _owes(entry) and entry.has("payout") and not entry.text("payout"):
        message = "Ask this affiliate how to be paid: a balance is open and no payout method is known."
        yield entry.finding(Severity.ERROR, "no_payout_method", message, "balance")


def affiliate_stands_once(entry: Entry) -> Iterator[Finding]:
    """An affiliate listed twice would be paid twice."""
    if entry.earlier:
        message = (
            f"Keep one of the two: this affiliate stands on line {entry.earlier} already, and only that is added up."
        )
        yield entry.finding(Severity.WARNING, "duplicate", message, "affiliate" if entry.has("affiliate") else "email")


def _owes(entry: Entry) -> bool:
    return (entry.amount("balance").value or NOTHING) > 0


RULES: list[Rule[Entry]] = [
    *PEOPLE,
    commission_is_readable,
    commission_is_at_most_all,
    amount_is_readable("balance"),
    amount_is_readable("paid_to_date"),
    balance_can_be_paid,
    currency_is_named("balance", _owes),
    affiliate_stands_once,
    status_is_known,
]


class AffiliateTally:
    """Open balances per currency, and the structures to be set up again."""

    def __init__(self, setting: Setting, files: Files | None) -> None:
        self.setting, self.files = setting, files
        self._people, self._open, self._paid = People(), Sums(), Sums()
        self._seen: dict[int, int] = {}
        self._structures, self._statuses = Groups(), Counter[str]()
        self._counts: Counter[str] = Counter()
        self._payouts = self._affiliates = None
        self._first_open: Place | None = None
        if files:
            columns = ["email", "affiliate", "currency", "open", "payout_method", "status"]
            self._payouts = files.list("payouts.csv", columns, "Who must be paid before the old account is closed")
            columns = ["email", "affiliate", "link", "commission", "status"]
            self._affiliates = files.list(
                "affiliates.csv", columns, "Affiliates to set up again, with their commission"
            )

    def look(self, entry: Entry) -> None:
        """The same number or the same person stood before."""
        keys = [key_of("id", entry.text("affiliate").casefold()) if entry.text("affiliate") else 0]
        keys.append(key_of("email", entry.address.key) if entry.address.text else 0)
        lines = [self._seen[key] for key in keys if key in self._seen]
        entry.earlier = min(lines, default=0)
        for key in keys:
            if key:
                self._seen.setdefault(key, entry.line)

    def take(self, entry: Entry) -> None:
        """Each affiliate once."""
        if entry.earlier:
            self._counts["duplicates"] += 1
            return
        self._statuses[entry.word() if entry.has("status") else "active"] += 1
        commission = commission_of(entry)
        structure = commission.in_words() if commission.is_readable else ""
        self._structures.add((structure,), 1)
        if self._affiliates:
            self._affiliates.write(
                [entry.address.text, entry.text("affiliate"), entry.text("link"), structure, entry.text("status")]
            )
        self._owe(entry)

    def _owe(self, entry: Entry) -> None:
        person, _ = self._people.number(entry.address.key)
        currency = group_of(entry.currency("balance"))
        self._paid.add(group_of(entry.currency("paid_to_date")), person, entry.amount("paid_to_date").value or NOTHING)
        value = entry.amount("balance").value or NOTHING
        self._counts["overpaid"] += value < 0
        if value <= 0:
            return
        self._open.add(currency, person, value)
        self._counts["owed"] += 1
        self._counts["without_payout"] += not entry.text("payout")
        column = self.setting.columns.name(self.setting.roles.columns["balance"])
        self._first_open = self._first_open or Place(entry.line, entry.record, column)
        if self._payouts:
            cells = [entry.address.text, entry.text("affiliate"), currency, value, entry.text("payout")]
            self._payouts.write([*cells, entry.text("status")])

    def close(self) -> Iterator[Finding]:
        """One sentence where the file has no column for the way of payment."""
        if self._first_open and "payout" not in self.setting.roles:
            message = "Ask how they are to be paid: balances are open and this file has no payout method."
            yield self.setting.finding(Severity.ERROR, "no_payout_method", message, self._first_open)

    def results(self) -> dict[str, Any]:
        """Who is owed what, and which structures there are."""
        return {
            "people": len(self._people),
            "owed": self._counts["owed"],
            "without_payout": self._counts["without_payout"],
            "overpaid": self._counts["overpaid"],
            "duplicates": self._counts["duplicates"],
            "statuses": dict(self._statuses),
            "currencies": [
                {"currency": name, "people": self._open.people(name), "open": money(self._open.total(name)),
                 "paid": money(self._paid.total(name))}
                for name in in_order([*self._open.currencies, *filter(self._paid.total, self._paid.currencies)])
            ],
            "commissions": [
                {"commission": name, "people": count} for (name,), (count,) in self._structures.most(STRUCTURES_KEPT)
            ],
        }  # fmt: skip

    def write(self) -> None:
        """The lists were written on the way."""


AFFILIATES = RecordKind(
    "affiliates",
    "contacts.affiliate",
    money=("balance", "paid_to_date"),
    days=(),
    rules=RULES,
    tally=AffiliateTally,
    rejecting=frozenset({"contacts.affiliate.amount_unreadable"}),
)
