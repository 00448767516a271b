"""The rules for the address of one record; their entries stand in `rules.RULES`."""

from collections.abc import Iterator

from engine.contacts.addresses import is_disposable, is_role, typo_suggestion
from engine.contacts.columns import FieldSpec, Kind
from engine.contacts.rows import Row
from engine.contacts.types import fits
from engine.findings import Finding, Severity

BY_PHONE = "by hand: its phone number is enough there."
_PHONE = FieldSpec("", Kind.PHONE)


def email_is_present(row: Row) -> Iterator[Finding]:
    """No platform makes a contact without an address; Kit stops its import at the first such row."""
    if not row.address.text and not row.address.problem:
        message = "Add the e-mail address or leave this contact behind."
        if any(row.cells[n].strip() and not fits(row.cells[n].strip(), _PHONE) for n in row.setting.phones):
            message = f"Add the e-mail address, or make this contact in {row.setting.target.name} {BY_PHONE}"
        yield row.finding(Severity.ERROR, "contacts.email.missing", message, row.setting.columns.email)


def email_is_well_formed(row: Row) -> Iterator[Finding]:
    """An address that no server can take would bounce, and bounces cost reputation."""
    if row.address.problem:
        message = f"Correct this address or leave the contact behind: {row.address.problem}."
        yield row.finding(
            Severity.ERROR, "contacts.email.malformed", message, row.setting.columns.email, row.address.raw
        )


def email_needs_no_repair(row: Row) -> Iterator[Finding]:
    """Importers take the cell as it stands, brackets and spaces included."""
    address = row.address
    if address.is_repaired and address.text != address.raw.replace("\0", ""):  # NULs have a rule of their own
        message = "Take away what stands around the address."
        column = row.setting.columns.email
        yield row.finding(Severity.WARNING, "contacts.email.repairable", message, column, address.raw, address.text)


def email_domain_is_no_typo(row: Row) -> Iterator[Finding]:
    """Typo domains are partly registered as spam traps."""
    address = row.address
    if address.text and (meant := typo_suggestion(address.domain)):
        message = f"Check the spelling: {meant} was probably meant."
        suggestion = f"{address.local}@{meant}"
        column = row.setting.columns.email
        yield row.finding(Severity.WARNING, "contacts.email.typo", message, column, address.raw, suggestion)


def email_belongs_to_a_person(row: Row) -> Iterator[Finding]:
    """Several people read a role mailbox; some platforms refuse them, all count their complaints."""
    if row.address.text and is_role(row.address.local) and not row.setting.target.refuses_roles:
        message = "Ask whether this shared mailbox should get the mail; it belongs to a function, not to a person."
        yield row.finding(Severity.WARNING, "contacts.email.role", message, row.setting.columns.email, row.address.raw)


def email_is_meant_to_last(row: Row) -> Iterator[Finding]:
    """The list of throw-away domains also holds typo domains, so a typo is told first and alone."""
    address = row.address
    if address.text and is_disposable(address.domain) and not typo_suggestion(address.domain):
        message = "Leave this throw-away address behind unless the client knows the person."
        yield row.finding(
            Severity.WARNING, "contacts.email.disposable", message, row.setting.columns.email, address.raw
        )


def email_domain_takes_mail(row: Row) -> Iterator[Finding]:
    """Mail to a domain without a mail server comes back at once (RFC 5321, 5.1; RFC 7505), and bounces cost."""
    address = row.address
    if address.text and address.key.rpartition("@")[2] in row.setting.no_mail:
        message = "Find out the right address or leave the contact behind: the domain takes no mail."
        column = row.setting.columns.email
        yield row.finding(Severity.ERROR, "contacts.email.no_mail_server", message, column, address.raw)


def email_fits_target(row: Row) -> Iterator[Finding]:
    """Some importers take fewer addresses than the mail does."""
    address, target = row.address, row.setting.target
    told = ""
    if target.max_email_length and len(address.text) > target.max_email_length:
        told = f"takes addresses of at most {target.max_email_length} characters"
    elif address.text and target.email_letters == "ascii" and not address.local.isascii():
        told = "takes only plain letters before the @"
    elif any(sign in address.text for sign in target.email_refused):
        told = f"takes no address with one of these signs: {' '.join(target.email_refused)}"
    elif target.refuses_roles and address.text and is_role(address.local):
        told = "takes no shared mailboxes such as info@"
    if told:
        message = f"Ask for another address or leave the contact behind: {target.name} {told}."
        column = row.setting.columns.email
        yield row.finding(Severity.ERROR, "contacts.email.refused", message, column, address.raw)


def email_domain_is_not_kept_out(row: Row) -> Iterator[Finding]:
    """A list of addresses to keep out may name whole domains: a competitor, the client's own staff."""
    domain = row.address.key.rpartition("@")[2] if row.address.text else ""
    if domain in row.setting.kept_out_domains and not row.blocked_by:
        message = f"Keep this contact out of every import: another list forbids mail to everybody at {domain}."
        column = row.setting.columns.email
        yield row.finding(Severity.NOTE, "contacts.email.kept_out", message, column, row.address.raw)
