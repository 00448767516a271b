"""Purchases: what each person paid, kept and got back, so that buyers stay buyers in the new platform."""

from array import array
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from engine.contacts.kinds.entries import Entry, Setting
from engine.contacts.kinds.files import Files, lines_of
from engine.contacts.kinds.kind import RecordKind
from engine.contacts.kinds.orders import MONEY_MOVED, Orders
from engine.contacts.kinds.shared import (
    PEOPLE,
    amount_is_readable,
    currency_is_named,
    dates_are_readable,
    no_card_numbers,
    status_is_known,
)
from engine.contacts.kinds.sums import DaySpan, Groups, People, Sums, group_of, in_order, money, scaled
from engine.findings import Finding, Place, Rule, Severity

PRODUCTS_KEPT = 50
TAGS = {"active_buyers": "Active Buyer", "past_buyers": "Past Buyer", "refunded": "Refunded"}
SEGMENTS = ("active_buyers", "past_buyers", "refunded", "undated", "never_paid")
NOTHING = Decimal(0)


def is_further_line(entry: Entry) -> bool:
    """Some exports write an order's amount once and its other items below it, without amounts."""
    return entry.earlier != 0 and entry.amount("amount").is_blank


def meaning_of(entry: Entry) -> str:
    """One of the words of purchases.json, or "unknown"; without a status column all are paid."""
    told = entry.word() if entry.has("status") else "paid"
    value = entry.amount("amount").value
    if value is not None and value < 0 and told in ("paid", ""):
        return "refunded"
    return told or "unknown"


def amount_is_a_number(entry: Entry) -> Iterator[Finding]:
    """What cannot be read is set aside and never guessed."""
    if not is_further_line(entry):
        yield from _AMOUNT(entry)


_AMOUNT = amount_is_readable("amount", may_be_blank=False)


def amount_is_not_negative(entry: Entry) -> Iterator[Finding]:
    """A minus without the word refunded may be a refund, a correction or a slip."""
    value = entry.amount("amount").value
    if value is not None and value < 0 and entry.word() not in ("refunded", "partly"):
        message = "Say whether this negative amount is a refund; it was counted as one."
        yield entry.finding(Severity.WARNING, "negative", message, "amount")


def is_too_much(entry: Entry) -> bool:
    """The refund beside a payment is larger than the payment."""
    paid, back = entry.amount("amount").value, entry.amount("refunded").value
    return paid is not None and back is not None and 0 <= paid < abs(back)


def refund_is_within_payment(entry: Entry) -> Iterator[Finding]:
    """Nobody gets back more than was paid."""
    if is_too_much(entry):
        message = "Check this refund: it is larger than the payment, so it is added to no total."
        yield entry.finding(Severity.ERROR, "refund_larger", message, "refunded")


def date_is_not_ahead(entry: Entry) -> Iterator[Finding]:
    """Nothing was bought tomorrow; one day is left for time zones."""
    day = entry.day("date").day
    if day and day > entry.setting.as_of + timedelta(days=1):
        message = "Check this date: it lies in the future."
        yield entry.finding(Severity.WARNING, "date_future", message, "date")


def order_stands_once(entry: Entry) -> Iterator[Finding]:
    """The same order twice doubles a person's total."""
    if entry.earlier > 0:
        message = f"Keep one of the two: this order number stands on line {entry.earlier} already."
        yield entry.finding(Severity.WARNING, "duplicate_order", message, "order")


def _counts(entry: Entry) -> bool:
    return bool(entry.amount("amount").value)


RULES: list[Rule[Entry]] = [
    *PEOPLE,
    no_card_numbers,
    amount_is_a_number,
    amount_is_readable("refunded"),
    amount_is_not_negative,
    currency_is_named("amount", _counts),
    refund_is_within_payment,
    dates_are_readable("date"),
    date_is_not_ahead,
    order_stands_once,
    status_is_known,
]


class PurchaseTally:
    """Totals per person and currency, the segments that follow from them, and the products."""

    def __init__(self, setting: Setting, files: Files | None) -> None:
        self.setting, self.files = setting, files
        self._addresses = files.spill() if files else None
        self._people, self._orders, self._span = People(), Orders(), DaySpan()
        self._paid, self._back, self._products, self._currencies = Sums(), Sums(), Groups(), Groups()
        self._purchases, self._last_kept = array("i"), array("i")  # per person: how many, and the day number
        self._last_refund: dict[tuple[str, int], Place] = {}
        self._meanings: Counter[str] = Counter()
        self._doubled = 0
        self._segments: Counter[str] = Counter()
        self._first, self._last = date.max, date.min

    def look(self, entry: Entry) -> None:
        """Where its order number stood first."""
        entry.earlier = self._orders.look(entry, meaning_of(entry))

    def take(self, entry: Entry) -> None:
        """Count what money moved; exact doubles are counted once, further lines of an order not at all."""
        if is_further_line(entry):
            return
        if self._orders.is_doubled:
            self._doubled += 1
            return
        meaning = meaning_of(entry)
        self._meanings[meaning] += 1
        person = self._person(entry)
        if meaning in MONEY_MOVED:
            currency = group_of(entry.currency())
            if self._orders.is_sale:
                self._sell(entry, person, currency, is_kept=meaning != "refunded")
            self._give_back(entry, person, currency, is_whole=meaning == "refunded")

    def _person(self, entry: Entry) -> int:
        number, is_new = self._people.number(entry.address.key)
        if is_new:
            self._span.grow()
            self._purchases.append(0)
            self._last_kept.append(0)
            if self._addresses:
                self._addresses.write(entry.address.text + "\n")
        return number

    def _sell(self, entry: Entry, person: int, currency: str, *, is_kept: bool) -> None:
        value = entry.amount("amount").value or NOTHING
        self._paid.add(currency, person, value)
        self._purchases[person] += 1
        self._currencies.add((currency,), 1)
        self._products.add((entry.text("product")[:120], currency), 1, scaled(value))
        day = entry.day("date").day
        if day:
            self._span.see(person, day)
            self._first, self._last = min(self._first, day), max(self._last, day)
        if day and is_kept:
            self._last_kept[person] = max(self._last_kept[person], day.toordinal())

    def _give_back(self, entry: Entry, person: int, currency: str, *, is_whole: bool) -> None:
        back = NOTHING if is_too_much(entry) else abs(entry.amount("refunded").value or NOTHING)
        if is_whole and not back:
            back = abs(entry.amount("amount").value or NOTHING)
        if back:
            self._back.add(currency, person, back)
            where = Place(entry.line, entry.record, self.setting.columns.name(self._refund_column))
            self._last_refund[currency, person] = where

    @property
    def _refund_column(self) -> int:
        roles = self.setting.roles.columns
        return roles.get("refunded", roles.get("amount", 0))

    def close(self) -> Iterator[Finding]:
        """Who got back more than the file says was paid; and everybody's segment."""
        for currency, person, back in self._back.entries():
            if back > self._paid.of(currency, person):
                message = "Look for the payment: this person got back more than this file says was paid."
                where = self._last_refund[currency, person]
                yield self.setting.finding(Severity.WARNING, "refund_unmatched", message, where)
        for person in range(len(self._people)):
            self._segments[self._segment(person)] += 1

    def _segment(self, person: int) -> str:
        """ "active_buyers", "past_buyers", "refunded" (all of it), "undated"; "never_paid" bought nothing."""
        sold = self._purchases[person]
        paid = [(self._paid.of(name, person), self._back.of(name, person)) for name in self._paid.currencies]
        if sold and any(total for total, _ in paid) and all(back >= total for total, back in paid):
            return "refunded"
        last = self._last_kept[person]
        if last:
            is_active = last >= self.setting.as_of.toordinal() - self.setting.active_days
            return "active_buyers" if is_active else "past_buyers"
        return "undated" if sold else "never_paid"

    def results(self) -> dict[str, Any]:
        """Totals per currency, products, segments and the tags that they suggest."""
        names = in_order([*self._paid.currencies, *self._back.currencies])
        counts = dict(self._currencies)
        return {
            "people": len(self._people),
            "purchases": sum(self._purchases),
            "doubled": self._doubled,
            "statuses": dict(self._meanings),
            "first": self._first.isoformat() if self._last > date.min else "",
            "last": self._last.isoformat() if self._last > date.min else "",
            "currencies": [self._currency(name, counts.get((name,), [0])[0]) for name in names],
            "products": [
                {"product": name, "currency": currency, "purchases": count, "paid": money(paid)}
                for (name, currency), (count, paid) in self._products.most(PRODUCTS_KEPT)
            ],
            "products_in_all": len(self._products),
            "segments": {name: self._segments[name] for name in SEGMENTS},
            "active_days": self.setting.active_days,
            "tags": [{"tag": tag, "people": self._segments[name]} for name, tag in TAGS.items()],
        }

    def _currency(self, name: str, purchases: int) -> dict[str, Any]:
        paid, back = self._paid.total(name), self._back.total(name)
        return {
            "currency": name, "purchases": purchases, "people": self._paid.people(name),
            "paid": money(paid), "refunded": money(back), "kept": money(paid - back),
        }  # fmt: skip

    def write(self) -> None:
        """buyers.csv: one row per person, to be joined with the contacts by the address."""
        if not self.files or not self._addresses:
            return
        names = in_order([*self._paid.currencies, *self._back.currencies])
        header = ["email", "tag", "purchases", "first_purchase", "last_purchase"]
        for name in names:
            header += [f"paid_{name or 'no_currency'}", f"refunded_{name or 'no_currency'}"]
        sheet = self.files.list("buyers.csv", header, "Buyers with their totals and tag, one row per person")
        for person, address in enumerate(lines_of(self._addresses)):
            segment = self._segment(person)
            if segment != "never_paid":
                first, last = self._span.first(person) or "", self._span.last(person) or ""
                sums = [money(sums.of(name, person)) for name in names for sums in (self._paid, self._back)]
                sheet.write([address, TAGS.get(segment, ""), self._purchases[person], first, last, *sums])


PURCHASES = RecordKind(
    "purchases",
    "contacts.purchase",
    money=("amount", "refunded"),
    days=("date",),
    rules=RULES,
    tally=PurchaseTally,
    rejecting=frozenset({"contacts.purchase.amount_unreadable", "contacts.purchase.card_number"}),
)
