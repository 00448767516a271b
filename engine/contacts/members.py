"""What files hold, where their names say so."""

import re

# Mailchimp exports an audience as one file for each status, and the status stands in the name alone: subscribed,
# nonsubscribed, unsubscribed, cleaned (its word for addresses that bounced).
_KEPT_OUT = re.compile(r"(?:unsubscribed|cleaned)_(?:members|email_audience)_export(?![a-z])[^/]*", re.I)
CONTACTS, KEPT_OUT = "contacts", "blocked"


def kind_of_member(name: str, kind: str) -> str:
    """The kind that was said, unless the name of a contact list says that nobody in it may be mailed."""
    return KEPT_OUT if kind == CONTACTS and _KEPT_OUT.fullmatch(name) else kind


_BY_NAME = re.compile(r"(unsubscribed|cleaned|non-?subscribed)(?![a-z])", re.I)
_MEANINGS = {"unsubscribed": "unsubscribed", "cleaned": "bounced"}


def status_by_name(name: str, source: str) -> str:
    """What the name of an export says of everybody in it: "unsubscribed", "bounced", "nonsubscribed", or ""."""
    match = _BY_NAME.match(name.rpartition("/")[2]) if source == "mailchimp" else None
    return _MEANINGS.get(match.group(1).lower(), "nonsubscribed") if match else ""
