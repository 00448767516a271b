"""Subscriptions: what runs, what it brings each month, and when the next money moves.

No platform takes over running payments from a file (card data stays with the payment processor), so this list is what
the register of payments at the switch is made from.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from engine.contacts.kinds.entries import Entry, Setting
from engine.contacts.kinds.files import Files
from engine.contacts.kinds.intervals import in_words, months_of, read_interval
from engine.contacts.kinds.kind import RecordKind
from engine.contacts.kinds.shared import (
    PEOPLE,
    amount_is_readable,
    currency_is_named,
    dates_are_readable,
    no_card_numbers,
    status_is_known,
)
from engine.contacts.kinds.sums import SCALE, Groups, People, group_of, in_order, key_of, money, scaled
from engine.findings import Finding, Rule, Severity

RUNNING = ("active", "trial", "late")
PLANS_KEPT, DAYS_KEPT = 200, 400
NOTHING = Decimal(0)
_COLUMNS = (
    "email", "plan", "amount", "currency", "interval", "status", "next_charge", "started", "cancelled_at", "trial_end",
    "processor", "customer_id", "subscription_id",
)  # fmt: skip


def state_of(entry: Entry) -> str:
    """ "active", "trial", "late" (all three run), "paused", "cancelled", "ended", "unknown"; no column means active."""
    return (entry.word() if entry.has("status") else "active") or "unknown"


def is_running(entry: Entry) -> bool:
    """True when money will be taken, or is being asked for."""
    return state_of(entry) in RUNNING


def amount_is_positive(entry: Entry) -> Iterator[Finding]:
    """A subscription that takes a negative amount is a slip."""
    value = entry.amount("amount").value
    if value is not None and value < 0:
        message = "Check this amount: a subscription cannot charge less than nothing."
        yield entry.finding(Severity.ERROR, "negative", message, "amount")


def running_has_a_next_charge(entry: Entry) -> Iterator[Finding]:
    """Without the day nobody knows which side takes the money after the switch; its last day may say it as well."""
    if is_running(entry) and entry.has("next_charge") and entry.day("next_charge").is_blank and not _ends(entry):
        message = "Look up the next charge of this subscription: it is running and none is given."
        yield entry.finding(Severity.ERROR, "no_next_charge", message, "next_charge")


def next_charge_lies_ahead(entry: Entry) -> Iterator[Finding]:
    """A charge that is over was missed, or the export is old."""
    day = entry.day("next_charge").day
    if is_running(entry) and day and day < entry.setting.as_of:
        message = "Check this subscription: its next charge lies in the past, so it failed or the export is old."
        yield entry.finding(Severity.WARNING, "next_charge_past", message, "next_charge")


def cancelled_does_not_run(entry: Entry) -> Iterator[Finding]:
    """Charging somebody who cancelled costs trust and money."""
    day = entry.day("cancelled").day
    if is_running(entry) and day and day <= entry.setting.as_of + timedelta(days=1):
        message = "Do not renew this subscription in the target: it was cancelled and runs out."
        yield entry.finding(Severity.WARNING, "cancelled_running", message, "cancelled")


def trial_outlasts_the_switch(entry: Entry) -> Iterator[Finding]:
    """The first charge would fall to the old platform in the days of the move."""
    day, switch = _trial_end(entry), entry.setting.switch
    if state_of(entry) == "trial" and day and switch and entry.setting.as_of <= day < switch:
        message = "Decide which side takes the first charge: this trial ends before the switch."
        yield entry.finding(
            Severity.WARNING, "trial_before_switch", message, "trial_end" if entry.has("trial_end") else "next_charge"
        )


def interval_is_known(entry: Entry) -> Iterator[Finding]:
    """Without it nobody can say what comes in each month."""
    if is_running(entry) and entry.has("interval") and read_interval(entry.text("interval")) is None:
        message = "Write how often this is charged, such as month or year; until then it is in no monthly total."
        yield entry.finding(Severity.WARNING, "interval_unknown", message, "interval")


def subscription_stands_once(entry: Entry) -> Iterator[Finding]:
    """The same subscription twice doubles the monthly total."""
    if entry.earlier:
        message = f"Keep one of the two: this subscription stands on line {entry.earlier} already."
        yield entry.finding(Severity.WARNING, "duplicate", message, "subscription")


def _ends(entry: Entry) -> bool:
    return entry.day("cancelled").day is not None


def _trial_end(entry: Entry) -> Any:
    return entry.day("trial_end").day or entry.day("next_charge").day


def _costs(entry: Entry) -> bool:
    return is_running(entry) and bool(entry.amount("amount").value)


RULES: list[Rule[Entry]] = [
    *PEOPLE,
    no_card_numbers,
    amount_is_readable("amount"),
    amount_is_positive,
    currency_is_named("amount", _costs),
    interval_is_known,
    dates_are_readable("next_charge", "started", "cancelled", "trial_end"),
    running_has_a_next_charge,
    next_charge_lies_ahead,
    cancelled_does_not_run,
    trial_outlasts_the_switch,
    subscription_stands_once,
    status_is_known,
]


def monthly(millionths: int, interval: tuple[int, str]) -> Fraction:
    """What a sum per interval makes in a month, exactly."""
    return Fraction(millionths, 10**SCALE) / months_of(interval)


def rounded(value: Fraction) -> str:
    """To the cent, halves up."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return str(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))


class SubscriptionTally:
    """Running subscriptions per plan, interval and currency, and the days on which money moves."""

    def __init__(self, setting: Setting, files: Files | None) -> None:
        self.setting = setting
        self._seen: dict[int, int] = {}
        self._people, self._payers = People(), People()
        self._plans, self._days = Groups(), Groups()
        self._states: Counter[str] = Counter()
        self._processors = Groups()
        self._counts: Counter[str] = Counter()
        title = "Running subscriptions with their next charge, for the register of payments"
        self._list = files.list("running.csv", _COLUMNS, title) if files else None

    def look(self, entry: Entry) -> None:
        """The same subscription number stood before."""
        if number := entry.text("subscription"):
            first = self._seen.setdefault(key_of(number), entry.line)
            entry.earlier = 0 if first == entry.line else first

    def take(self, entry: Entry) -> None:
        """Each subscription once."""
        if entry.earlier:
            self._counts["duplicates"] += 1
            return
        state = state_of(entry)
        self._states[state] += 1
        self._people.number(entry.address.key)
        if state not in RUNNING:
            return
        self._payers.number(entry.address.key)
        interval = read_interval(entry.text("interval"))
        currency, amount = group_of(entry.currency()), scaled(max(entry.amount("amount").value or NOTHING, NOTHING))
        count, unit = interval or (0, "")
        is_paying = state != "trial"
        # Trials bring nothing yet; they stand in the plan's count and in the days of next charges.
        name = (entry.text("plan")[:120], unit, str(count), currency)
        self._plans.add(name, 1, int(is_paying), amount if is_paying else 0)
        self._processors.add((entry.text("processor")[:60],), 1)
        self._charge(entry, currency, amount)
        self._write(entry, currency, interval)

    def _charge(self, entry: Entry, currency: str, amount: int) -> None:
        day = entry.day("next_charge").day
        self._counts["without_next_charge"] += day is None
        if day:
            self._days.add((day.isoformat(), currency), 1, amount)
        ends = entry.day("cancelled").day
        self._counts["cancelled_running"] += ends is not None
        trial_end, switch = _trial_end(entry), self.setting.switch
        is_trial = state_of(entry) == "trial"
        self._counts["trials_ending"] += bool(is_trial and trial_end and switch and trial_end < switch)

    def _write(self, entry: Entry, currency: str, interval: tuple[int, str] | None) -> None:
        if not self._list:
            return
        days = {role: entry.day(role).day or "" for role in ("next_charge", "started", "cancelled", "trial_end")}
        value = entry.amount("amount").value
        self._list.write([
            entry.address.text, entry.text("plan"), "" if value is None else value, currency, in_words(interval),
            state_of(entry), days["next_charge"], days["started"], days["cancelled"], days["trial_end"],
            entry.text("processor"), entry.text("customer"), entry.text("subscription"),
        ])  # fmt: skip

    def close(self) -> Iterator[Finding]:
        """Nothing that a record had not said already."""
        yield from ()

    def _by_currency(self) -> list[dict[str, Any]]:
        sums: dict[str, Fraction] = {}
        counts: Counter[str] = Counter()
        for (_, unit, count, currency), (running, _, amount) in self._plans:
            each = monthly(amount, (int(count), unit)) if unit else Fraction(0)
            sums[currency] = sums.get(currency, Fraction(0)) + each
            counts[currency] += running
        names = in_order(sums)
        return [{"currency": name, "running": counts[name], "monthly": rounded(sums[name])} for name in names]

    def results(self) -> dict[str, Any]:
        """For the page; under "subscriptions" what the register of payments takes."""
        plans = [
            {
                "plan": plan, "interval": in_words((int(count), unit) if unit else None), "currency": currency,
                "running": running, "paying": paying, "amount": money(amount),
                "monthly": rounded(monthly(amount, (int(count), unit))) if unit else "",
            }
            for (plan, unit, count, currency), (running, paying, amount) in self._plans.most(PLANS_KEPT)
        ]  # fmt: skip
        running = sum(self._states[state] for state in RUNNING)
        days = sorted(self._days)
        charges = [
            {"day": day, "currency": currency, "count": count, "amount": money(amount)}
            for (day, currency), (count, amount) in days
        ]
        counted = {
            "running": running,
            "payers": len(self._payers),
            "without_next_charge": self._counts["without_next_charge"],
            "cancelled_running": self._counts["cancelled_running"],
            "trials_ending": self._counts["trials_ending"],
            "currencies": self._by_currency(),
            "plans": plans,
            "plans_in_all": len(self._plans),
            "next_charges": charges[:DAYS_KEPT],
            "next_charges_in_all": len(charges),
        }
        return {
            **counted,
            "people": len(self._people),
            "duplicates": self._counts["duplicates"],
            "statuses": dict(self._states),
            "processors": [
                {"processor": name, "running": count} for (name,), (count,) in self._processors.most(20)
            ],
            "subscriptions": {"as_of": self.setting.as_of.isoformat(), **counted},
        }  # fmt: skip

    def write(self) -> None:
        """The list was written on the way."""


SUBSCRIPTIONS = RecordKind(
    "subscriptions",
    "contacts.subscription",
    money=("amount",),
    days=("next_charge", "started", "cancelled", "trial_end"),
    rules=RULES,
    tally=SubscriptionTally,
    rejecting=frozenset({"contacts.subscription.amount_unreadable", "contacts.subscription.card_number"}),
)
