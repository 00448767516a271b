"""What the members of an archive hold, where their names say so."""

import re

from engine.contacts.kinds import CONTACTS

# Mailchimp exports an audience as one file for each status, and the status stands in the name alone: subscribed,
# nonsubscribed, unsubscribed, cleaned (its word for addresses that bounced).
_KEPT_OUT = re.compile(r"(?:unsubscribed|cleaned)_(?:members|email_audience)_export(?![a-z])[^/]*", re.I)
KEPT_OUT = "blocked"


def kind_of_member(name: str, kind: str) -> str:
    """The kind that was said, unless the name of a contact list says that nobody in it may be mailed."""
    return KEPT_OUT if kind == CONTACTS and _KEPT_OUT.fullmatch(name) else kind
