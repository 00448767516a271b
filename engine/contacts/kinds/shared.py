"""Rules that hold for every kind of these files. Each looks at one record and nothing else."""

from collections.abc import Callable, Iterable, Iterator

from engine.contacts.kinds.amounts import CODES
from engine.contacts.kinds.cards import cells_with_cards, masked
from engine.contacts.kinds.entries import Entry
from engine.findings import Finding, Place, Rule, Severity

MISSING, MALFORMED, REPAIRABLE = "contacts.email.missing", "contacts.email.malformed", "contacts.email.repairable"


def person_is_named(entry: Entry) -> Iterator[Finding]:
    """Without an address nobody can be found in the target again."""
    if entry.has("email") and not entry.address.raw.strip():
        message = "Find the address of this person; until then the row cannot be matched with a contact."
        yield entry.finding(Severity.ERROR, MISSING, message, "email")


def address_is_well_formed(entry: Entry) -> Iterator[Finding]:
    """A broken address matches no contact; one that only needs cleaning is cleaned in the files we write."""
    if entry.address.problem:
        message = f"Correct this address or leave the row behind: {entry.address.problem}."
        yield entry.finding(Severity.ERROR, MALFORMED, message, "email", entry.address.raw)
    elif entry.address.is_repaired:
        message = "Nothing to do: this address is cleaned in the files made from it."
        yield entry.finding(Severity.NOTE, REPAIRABLE, message, "email", entry.address.raw, entry.address.text)


def no_card_numbers(entry: Entry) -> Iterator[Finding]:
    """A card number may neither be stored nor imported (PCI DSS), so it is refused wherever it stands."""
    for number in cells_with_cards(entry.cells):
        message = "Delete this card number from the source: it may not be stored or imported, so the row is set aside."
        where = Place(entry.line, entry.record, entry.setting.columns.name(number))
        yield entry.setting.finding(Severity.ERROR, "card_number", message, where, masked(entry.cells[number])[:40])


def status_is_known(entry: Entry) -> Iterator[Finding]:
    """A word that we cannot read is named once; it never counts as paid, active or running."""
    if entry.is_new_word:
        message = "Say what this word means; until then its rows count neither as good nor as bad."
        yield entry.finding(Severity.WARNING, "status_unknown", message, "status")


def amount_is_readable(role: str, *, may_be_blank: bool = True) -> Rule[Entry]:
    """A rule for one column of money."""

    def rule(entry: Entry) -> Iterator[Finding]:
        amount = entry.amount(role)
        if amount.value is None and entry.has(role) and not (amount.is_blank and may_be_blank):
            sign = entry.setting.forms[entry.setting.roles.columns[role]]
            message = f"Write this amount as a plain number like the others of its column, such as 1234{sign}50."
            yield entry.finding(Severity.ERROR, "amount_unreadable", message, role)

    return rule


def currency_is_named(role: str, applies: Callable[[Entry], bool]) -> Rule[Entry]:
    """A rule for one column of money: an amount without its currency is never added to others."""

    def rule(entry: Entry) -> Iterator[Finding]:
        if not applies(entry):
            return
        currency = entry.currency(role)
        if currency is None:
            message = "Write the three letters of the currency, such as USD or EUR; this is none that we know."
            yield entry.finding(Severity.ERROR, "currency_unknown", message, "currency")
        elif currency not in CODES and entry.has("currency"):
            message = "Name the currency of this amount; until then it is added to no total."
            yield entry.finding(Severity.ERROR, "currency_missing", message, "currency")

    return rule


def dates_are_readable(*roles: str) -> Rule[Entry]:
    """A rule for the columns of days."""

    def rule(entry: Entry) -> Iterator[Finding]:
        for role in roles:
            day = entry.day(role)
            if day.day is None and not day.is_blank:
                yield entry.finding(Severity.WARNING, "date_unreadable", "Write this date as YYYY-MM-DD.", role)

    return rule


PEOPLE: list[Rule[Entry]] = [person_is_named, address_is_well_formed]


def rules(*lists: Iterable[Rule[Entry]]) -> list[Rule[Entry]]:
    """Several lists as one."""
    return [rule for listed in lists for rule in listed]
