"""Mails without a mail server: they are kept in the product, for the owners to read and hand on."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from apps.accounts.models import KeptMail, User


class KeepInProduct(BaseEmailBackend):
    """Stores each mail as a row. The header X-Organisation (its number) says whose owners may read it."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            for address in message.to:
                keep(message, address)
        return len(email_messages)


def keep(message: EmailMessage, address: str) -> None:
    """One row per recipient; a mail about no consultancy belongs to the recipient's first one."""
    recipient = User.objects.filter(email=address.lower()).first()
    organisation = message.extra_headers.get("X-Organisation")
    if organisation is None and recipient is not None:
        membership = recipient.organisation_memberships.order_by("pk").first()
        organisation = membership.organisation_id if membership else None
    KeptMail.objects.create(
        organisation_id=int(organisation) if organisation else None,
        recipient=recipient,
        to=address[:320],
        subject=message.subject[:300],
        body=message.body,
    )
