"""Mails are written down before anything is sent. Without a mail server they stay here, to be read and handed on."""

import logging
from collections.abc import Sequence

from celery import current_app
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import IntegrityError, transaction

from apps.accounts.models import KeptMail, MailKind, MailState, Organisation, User

log = logging.getLogger(__name__)
SEND_MAILS = "accounts.send_mails"


class Outbox(BaseEmailBackend):
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
    write_down(
        address,
        message.subject,
        message.body,
        kind=message.extra_headers.get("X-Kind", MailKind.ACCESS),
        organisation_id=int(organisation) if organisation else None,
        recipient=recipient,
    )


def write_down(
    to: str,
    subject: str,
    body: str,
    *,
    kind: str,
    recipient: User | None,
    organisation_id: int | None,
    html: str = "",
    key: str | None = None,
) -> KeptMail | None:
    """The row of one mail, and a worker woken after the commit. None where a mail with this key is written already."""
    values = {"to": to[:320], "subject": " ".join(subject.split())[:300], "body": body, "html": html, "kind": kind}
    state = MailState.WAITING if settings.EMAIL_URL and not _is_demo(organisation_id) else MailState.KEPT
    try:
        with transaction.atomic():
            row = KeptMail.objects.create(
                **values, recipient=recipient, organisation_id=organisation_id, key=key, state=state
            )
    except IntegrityError:
        if key is None:
            raise
        return None
    if state == MailState.WAITING:
        transaction.on_commit(wake)
    return row


def _is_demo(organisation_id: int | None) -> bool:
    """The people of the demo do not exist, so nothing is sent to them."""
    return Organisation.objects.filter(pk=organisation_id, is_demo=True).exists()


def wake() -> None:
    """One try to tell a worker. Where the broker is down, the clock starts the same work within half a minute."""
    try:
        current_app.send_task(SEND_MAILS, queue="io", retry=False)
    except Exception as error:
        log.warning("the worker was not told of a mail (%s); the clock will do it", type(error).__name__)
