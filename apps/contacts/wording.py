"""Names of the rules and groups for people who do not know the codes."""

SEGMENTS = [
    ("consented", "Agreed to be mailed", "green"),
    ("no_consent", "Consent not known", "amber"),
    ("unengaged", "Not active for long", "slate"),
    ("fix", "To be put right", "blue"),
    ("blocked", "Must not be mailed", "darkred"),
    ("duplicate", "Doubles", "grey"),
    ("rejected", "Set aside", "red"),
]

TITLES = {
    "contacts.cell.nul": "Cells with invisible zero characters",
    "contacts.cell.required": "Required cells that are blank",
    "contacts.cell.undecodable": "Characters that cannot be read",
    "contacts.columns.many": "More columns than advised",
    "contacts.columns.too_many": "Too many columns",
    "contacts.consent.missing": "Consent not documented",
    "contacts.consent.unknown_word": "Words for consent that we do not know",
    "contacts.email.conflict": "Same person, once allowed and once forbidden",
    "contacts.email.disposable": "Throw-away addresses",
    "contacts.email.duplicate": "Same address more than once",
    "contacts.email.malformed": "Addresses that cannot receive mail",
    "contacts.email.missing": "Contacts without an address",
    "contacts.email.repairable": "Addresses that can be repaired",
    "contacts.email.role": "Shared mailboxes",
    "contacts.email.typo": "Addresses with a typing mistake",
    "contacts.engagement.cold": "No sign of life for long",
    "contacts.file.changed": "File changed while it was read",
    "contacts.file.empty": "Empty file",
    "contacts.file.large": "Larger than one import takes",
    "contacts.file.no_email_column": "No column with e-mail addresses",
    "contacts.file.one_line": "One endless line",
    "contacts.file.only_header": "A header and no contacts",
    "contacts.file.other_sheets": "More sheets in the workbook",
    "contacts.header.duplicate": "Columns with the same name",
    "contacts.header.empty": "Columns without a name",
    "contacts.row.blank": "Blank lines",
    "contacts.row.long": "Rows with too many cells",
    "contacts.row.short": "Rows with too few cells",
    "contacts.row.stray_quote": "Quotation marks in the wrong place",
    "contacts.row.too_long": "Records that are far too long",
    "contacts.row.unterminated_quote": "Quotation marks that are never closed",
    "contacts.rows.many": "More rows than one import takes",
    "contacts.status.blocked": "Blocked",
    "contacts.status.bounced": "Bounced",
    "contacts.status.complained": "Complained about mail",
    "contacts.status.unknown_word": "Words for status that we do not know",
    "contacts.status.unsubscribed": "Unsubscribed",
    "contacts.tags.symbols": "Tags with signs the target refuses",
    "contacts.tags.too_long": "Tags that are too long",
    "contacts.text.too_long": "Texts that would be cut at import",
}


def title_of(code: str) -> str:
    """A rule's name; a new rule of the engine is readable before it has one."""
    if code in TITLES:
        return TITLES[code]
    if code.startswith("contacts.file."):
        return "This file cannot be read as contacts"
    words = " ".join(part.replace("_", " ") for part in code.split(".")[1:])
    return words[:1].upper() + words[1:]
