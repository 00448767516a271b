"""The rules for one record. A new one is a function here, an entry in RULES, and a test.

A rule sees a row of the right width; what is wrong with the writing of a record (short, long, broken quotes) is told by
`structure.py` before any rule runs, because its cells cannot be trusted.
"""

import re
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from functools import lru_cache

from engine.contacts.address_rules import (
    email_belongs_to_a_person,
    email_domain_is_no_typo,
    email_domain_is_not_kept_out,
    email_domain_takes_mail,
    email_fits_target,
    email_is_meant_to_last,
    email_is_present,
    email_is_well_formed,
    email_needs_no_repair,
)
from engine.contacts.columns import Kind
from engine.contacts.dates import Order, day_of, is_day, is_serial
from engine.contacts.private import has_card_number
from engine.contacts.rows import Row, Setting
from engine.contacts.tag_cells import mended_tag, split_tags
from engine.contacts.target_rules import (
    cells_are_of_one_line,
    cells_fit_fields,
    cells_have_their_form,
    cells_hold_no_controls,
    cells_hold_no_emoji,
    letters_fit_target,
    line_fits_target,
    names_are_given,
    text_was_decoded_once,
)
from engine.contacts.types import fits_joined
from engine.findings import Finding, Rule, Severity

BLOCKED_MESSAGES = {
    "unsubscribed": "Keep this contact out of every import: it has unsubscribed.",
    "bounced": "Keep this contact out of every import: mail to it came back.",
    "complained": "Keep this contact out of every import: it has complained about mail.",
    "blocked": "Keep this contact out of every import: the old platform has blocked it.",
}


CARD_NUMBER = "contacts.private.card_number"
UNKNOWN_WORD = "Say what this word means; until then its contacts count as without consent."
CALLED_COLD = "Decide whether to move this contact: the old platform says that it no longer reads its mail."
CONSENT_MISSING = "Find out whether this contact agreed to get mail; the cell is blank."


def status_allows_mail(row: Row) -> Iterator[Finding]:
    """Who has left, bounced or complained goes to the suppression file and never to an import file."""
    if row.blocked_by:
        told, column = row.blocked_by
        yield row.finding(Severity.NOTE, f"contacts.status.{told}", BLOCKED_MESSAGES[told], column, row.cells[column])


def consent_is_documented(row: Row) -> Iterator[Finding]:
    """A blank cell in a consent column is no consent (GDPR, art. 7(1): the sender must be able to show it)."""
    if not row.consent and not row.blocked_by and not row.is_consent_decided:
        column = row.setting.columns.consent
        yield row.finding(Severity.WARNING, "contacts.consent.missing", CONSENT_MISSING, column)


def words_are_known(row: Row) -> Iterator[Finding]:
    """A word that we cannot read is no consent, whatever it was meant to say."""
    columns, setting = row.setting.columns, row.setting
    if columns.status >= 0 and setting.status_of(row.cells[columns.status]) == "unknown":
        yield row.finding(
            Severity.WARNING, "contacts.status.unknown_word", UNKNOWN_WORD, columns.status, row.cells[columns.status]
        )
    if row.consent == "unknown" and not row.is_consent_decided:
        yield row.finding(
            Severity.WARNING, "contacts.consent.unknown_word", UNKNOWN_WORD, columns.consent, row.cells[columns.consent]
        )


def contact_is_engaged(row: Row) -> Iterator[Finding]:
    """Mail to people who have not opened any for long harms the delivery of all."""
    column = row.setting.columns.last_active
    if is_day(day := row.day(column)) and day < row.setting.cold_before:
        yield row.finding(
            Severity.NOTE, "contacts.engagement.cold", cold_message(row.setting), column, row.cells[column]
        )
    elif row.is_called_cold:
        column = row.setting.columns.status
        yield row.finding(Severity.NOTE, "contacts.engagement.cold", CALLED_COLD, column, row.cells[column])


def cold_message(setting: Setting) -> str:
    """The same for every cold contact of a file."""
    days = setting.recipe.unengaged_days
    return f"Decide whether to move this contact: its last sign of life is over {days} days old."


def dates_can_be_read(row: Row) -> Iterator[Finding]:
    """An importer drops a date that it cannot read, and with it the proof of consent."""
    for column in row.setting.columns.dates:
        if row.day(column) != "!":
            continue
        is_date = day_of(row.cells[column], Order.UNCLEAR) != "!"
        if is_date or not row.setting.columns.is_told(column, Kind.DATE):
            message = "Write this date as YYYY-MM-DD, or leave the cell blank."
            if is_date:
                message = "Write this date as YYYY-MM-DD: day and month stand the other way round in this column."
            yield row.finding(Severity.WARNING, "contacts.date.unreadable", message, column, row.cells[column])


def dates_are_past(row: Row) -> Iterator[Finding]:
    """Nobody has opted in or opened a mail tomorrow (Mailchimp, Troubleshooting list imports: an error there)."""
    for column in row.setting.columns.dates:
        if is_day(day := row.day(column)) and day > row.setting.future_after:
            message = "Correct this date: it lies in the future."
            yield row.finding(Severity.ERROR, "contacts.date.future", message, column, row.cells[column])


def contact_opted_in_before_opening(row: Row) -> Iterator[Finding]:
    """A mail opened before the opt-in was sent without one, or one of the two dates is wrong."""
    columns = row.setting.columns
    opened, opted_in = row.day(columns.last_active), row.day(columns.opted_in)
    if is_day(opened) and is_day(opted_in) and opened < opted_in <= row.setting.future_after:
        message = "Check the two dates: the last sign of life is older than the opt-in."
        value = row.cells[columns.last_active]
        yield row.finding(Severity.WARNING, "contacts.date.before_opt_in", message, columns.last_active, value)


def no_card_number_in_text(row: Row) -> Iterator[Finding]:
    """Card numbers may be kept only by those certified for it (PCI DSS 4.0, requirement 3), so we refuse them."""
    for column, cell in enumerate(row.cells):
        if len(cell) >= 13 and column not in row.setting.columns.unsearched and has_card_number(cell):
            message = "Take the card number out of this cell in the old platform; no import may carry it."
            yield row.finding(Severity.ERROR, CARD_NUMBER, message, column)


def text_fits_target(row: Row) -> Iterator[Finding]:
    """Longer text is cut at import without a word."""
    target = row.setting.target
    # One character is at most four bytes, so most rows are cleared without counting bytes.
    quick = target.max_text // 4 if target.text_unit == "bytes" else target.max_text
    if max(map(len, row.cells)) <= quick:
        return
    for number, cell in enumerate(row.cells):
        length = target.length(cell)
        most = row.setting.columns.most_told(number)  # the narrower bound speaks alone
        if length > target.max_text and number not in row.setting.columns.unmeasured and not 0 < most < len(cell):
            message = (
                f"Shorten this text from {length:,} to {target.max_text} {target.text_unit}; {target.name} cuts it."
            )
            yield row.finding(Severity.ERROR, "contacts.text.too_long", message, number, cell)


def tags_fit_target(row: Row) -> Iterator[Finding]:
    """A tag with symbols that the target refuses is lost or stops the import."""
    target, separator = row.setting.target, row.setting.tag_separator
    for number in row.setting.columns.tags:
        cell = row.cells[number]
        if not cell:
            continue
        odd, long, mended = _judge_tags(
            cell, separator, target.tag_pattern, target.max_tag_length, target.tag_separator
        )
        if odd:
            symbols = target.tag_symbols or "other symbols"
            symbols = symbols if symbols.startswith("anything") else f"only {symbols}"
            message = f"Rename the tag {odd[:80]!r}: {target.name} takes {symbols}."
            yield row.finding(Severity.WARNING, "contacts.tags.symbols", message, number, cell, mended)
        if long:
            message = f"Shorten the tag {long[:40]!r} to {target.max_tag_length} characters."
            yield row.finding(Severity.WARNING, "contacts.tags.too_long", message, number, cell)


@lru_cache(maxsize=65_536)
def _judge_tags(cell: str, separator: str, pattern: str, longest: int, joined_by: str) -> tuple[str, str, str]:
    """The first tag with refused symbols, the first that is too long, and the cell as the target would take it."""
    tags = split_tags(cell, separator)
    odd = next((tag for tag in tags if pattern and not re.fullmatch(pattern, tag)), "")
    long = next((tag for tag in tags if longest and len(tag) > longest), "")
    mended = [mended_tag(tag, pattern) for tag in tags] if odd else []
    return odd, long, f"{joined_by or ','} ".join(tag for tag in mended if tag)


def cells_are_readable(row: Row) -> Iterator[Finding]:
    """NULs and undecodable bytes are refused by databases and shown as nonsense to the contact."""
    for number, cell in enumerate(row.cells):
        if "\0" in cell:
            message = "Take the invisible NUL characters out of this cell."
            yield row.finding(Severity.ERROR, "contacts.cell.nul", message, number, cell, cell.replace("\0", ""))
        if "\ufffd" in cell:
            message = "Type this cell again: some of its characters could not be decoded."
            yield row.finding(Severity.ERROR, "contacts.cell.undecodable", message, number, cell)


def cells_keep_their_type(row: Row) -> Iterator[Finding]:
    """Only columns that a person described are judged by type, length and options."""
    joined_by = row.setting.target.value_separator
    for number, spec in row.setting.columns.specs.items():
        if number in row.setting.columns.ignored:
            continue
        cell, is_main = row.cells[number], number == row.setting.columns.email
        if spec.required and not cell.strip() and not is_main:
            yield row.finding(Severity.ERROR, "contacts.cell.required", "Fill in this cell.", number)
        if spec.max_length and len(cell) > spec.max_length:
            message = f"Shorten this text from {len(cell):,} to {spec.max_length} characters."
            yield row.finding(Severity.ERROR, "contacts.text.too_long", message, number, cell)
        if number in row.setting.columns.serials and is_serial(cell.strip()):
            continue  # told of the column
        # The main address column has rules of its own.
        if cell.strip() and not is_main and (wanted := fits_joined(cell.strip(), spec, joined_by)):
            kind = "second_email" if spec.kind is Kind.EMAIL else spec.kind  # the contact can be kept without it
            yield row.finding(Severity.ERROR, f"contacts.{kind}.malformed", wanted, number, cell)


@dataclass(frozen=True, slots=True)
class RowRule:
    """A rule and the files in which it has anything to look at; leaving it out elsewhere saves time, not truth."""

    check: Rule[Row]
    applies: Callable[[Setting], bool] = lambda setting: True
    is_about_address: bool = False


def _has_address(setting: Setting) -> bool:
    return setting.columns.email >= 0


def _knows_dead_domains(setting: Setting) -> bool:
    return setting.columns.email >= 0 and bool(setting.no_mail)


def _limits_addresses(setting: Setting) -> bool:
    target = setting.target
    is_limited = target.max_email_length or target.email_letters or target.email_refused or target.refuses_roles
    return setting.columns.email >= 0 and bool(is_limited)


def _limits_tags(setting: Setting) -> bool:
    return bool(setting.columns.tags) and bool(setting.target.tag_pattern or setting.target.max_tag_length)


RULES: list[RowRule] = [
    RowRule(email_is_present, _has_address, is_about_address=True),
    RowRule(email_is_well_formed, _has_address, is_about_address=True),
    RowRule(email_needs_no_repair, _has_address, is_about_address=True),
    RowRule(email_domain_is_no_typo, _has_address, is_about_address=True),
    RowRule(email_belongs_to_a_person, _has_address, is_about_address=True),
    RowRule(email_is_meant_to_last, _has_address, is_about_address=True),
    RowRule(email_domain_takes_mail, _knows_dead_domains, is_about_address=True),
    RowRule(email_domain_is_not_kept_out, lambda setting: bool(setting.kept_out_domains), is_about_address=True),
    RowRule(email_fits_target, _limits_addresses, is_about_address=True),
    RowRule(status_allows_mail),
    RowRule(consent_is_documented, lambda setting: setting.columns.consent >= 0),
    RowRule(words_are_known, lambda setting: setting.columns.status >= 0 or setting.columns.consent >= 0),
    RowRule(contact_is_engaged, lambda setting: setting.columns.last_active >= 0 or setting.columns.status >= 0),
    RowRule(dates_can_be_read, lambda setting: bool(setting.columns.dates)),
    RowRule(dates_are_past, lambda setting: bool(setting.columns.dates)),
    RowRule(contact_opted_in_before_opening, lambda setting: len(setting.columns.dates) > 1),
    RowRule(no_card_number_in_text),
    RowRule(text_fits_target, lambda setting: setting.target.max_text > 0),
    RowRule(tags_fit_target, _limits_tags),
    RowRule(cells_are_readable, lambda setting: setting.has_nul or setting.has_damage),
    RowRule(names_are_given, lambda setting: bool(setting.wanted_columns)),
    RowRule(cells_fit_fields, lambda setting: bool(setting.field_lengths)),
    RowRule(letters_fit_target, lambda setting: setting.target.letters == "ascii"),
    RowRule(cells_are_of_one_line, lambda setting: setting.target.refuses_line_breaks),
    RowRule(cells_hold_no_emoji, lambda setting: setting.target.refuses_emoji),
    RowRule(cells_hold_no_controls, lambda setting: setting.has_control),
    RowRule(line_fits_target, lambda setting: setting.target.max_line > 0),
    RowRule(cells_have_their_form, lambda setting: bool(setting.cell_forms)),
    RowRule(text_was_decoded_once, lambda setting: setting.has_garble),
    RowRule(cells_keep_their_type, lambda setting: bool(setting.columns.specs)),
]

# Where a record goes because of a finding; a code that stands here in no list leaves the record where it was.
REJECTING = frozenset(
    {
        "contacts.email.missing",
        "contacts.email.malformed",
        "contacts.file.no_email_column",
        CARD_NUMBER,
        "contacts.row.short",
        "contacts.row.long",
        "contacts.row.too_long",
        "contacts.row.unterminated_quote",
    }
)
FIXING = frozenset(
    {
        "contacts.email.no_mail_server",
        "contacts.email.refused",
        "contacts.email.repairable",
        "contacts.email.typo",
        "contacts.name.missing",
        "contacts.text.letters",
        "contacts.text.too_long",
        "contacts.tags.symbols",
        "contacts.tags.too_long",
        "contacts.cell.nul",
        "contacts.cell.undecodable",
        "contacts.cell.required",
        "contacts.date.future",
    }
)


@dataclass(frozen=True, slots=True)
class Ruling:
    """The rules that have something to look at in this file; those about addresses are spared ordinary ones."""

    every: list[Rule[Row]]
    about_address: list[Rule[Row]]
    beside_address: list[Rule[Row]]

    def findings(self, row: Row) -> list[Finding]:
        """What the rules say about one row."""
        address, target = row.address, row.setting.target
        most, domain = target.max_email_length, address.domain.lower()
        is_ordinary = address.is_ordinary and domain not in row.setting.odd_domains
        is_ordinary &= not most or len(address.text) <= most
        is_ordinary &= not any(sign in address.text for sign in target.email_refused)
        rules = self.beside_address if is_ordinary else self.every
        return [finding for rule in rules for finding in rule(row)]


def ruling_for(setting: Setting) -> Ruling:
    """Choose the rules once per file."""
    chosen = [rule for rule in RULES if rule.applies(setting)]
    about_address = [rule.check for rule in chosen if rule.is_about_address]
    beside_address = [rule.check for rule in chosen if not rule.is_about_address]
    return Ruling(about_address + beside_address, about_address, beside_address)


def needs_fix(codes: Set[str]) -> bool:
    """True where something in the record must be put right before it may be imported."""
    return bool(codes) and (bool(codes & FIXING) or any(code.endswith(".malformed") for code in codes))
