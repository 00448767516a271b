"""Handing mails to the mail server: each is claimed by one worker, tried again with patience, and ends with words.

A mail of the day goes out once or not at all: where nobody can tell whether the server took it, it is not sent again.
Every other mail is: an invitation that never came is worse than one that came twice, and both bear the same Message-ID.
"""

import logging
import smtplib
import socket
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils import timezone

from apps.accounts.models import KeptMail, MailKind, MailState
from apps.accounts.unsubscribing import unsubscribe_url

log = logging.getLogger(__name__)
STUCK_AFTER = timedelta(minutes=10)  # no sending takes that long: its worker has died
GIVE_UP_AFTER = timedelta(days=2)
DIGEST_IS_GOOD_FOR = timedelta(hours=12)
LONGEST_PAUSE = timedelta(hours=1)
AT_A_TIME = 100
UNKNOWN_END = "It is not known whether the mail server took it, so it was not sent again."


def has_server() -> bool:
    return bool(settings.EMAIL_URL)


def send_due() -> int:
    """Send what waits and is due, oldest first. Safe at once and again: a mail is claimed before it is sent."""
    if not has_server():
        return 0
    _take_back()
    waiting = KeptMail.objects.filter(state=MailState.WAITING, next_at__lte=timezone.now()).order_by("created_at", "pk")
    keys = list(waiting.values_list("pk", flat=True)[:AT_A_TIME])
    if not keys:
        return 0
    server = get_connection(settings.MAIL_SERVER_BACKEND)
    sent = 0
    try:
        for pk in keys:
            sent += _send(pk, server)
    except ServerAway:
        pass  # the rest is tried with the next round
    finally:
        _close(server)
    return sent


class ServerAway(Exception):
    """The mail server did not answer at all: nothing was handed over."""


def _take_back() -> None:
    """Mails whose worker died while sending: again, but for those that may go out once only."""
    lost = KeptMail.objects.filter(state=MailState.SENDING, claimed_at__lt=timezone.now() - STUCK_AFTER)
    lost.filter(kind=MailKind.DIGEST).update(state=MailState.UNCLEAR, error=UNKNOWN_END, ended_at=timezone.now())
    lost.exclude(kind=MailKind.DIGEST).update(state=MailState.WAITING, next_at=timezone.now())


def _send(pk: int, server: Any) -> int:
    """One mail, if no other worker has it. Returns 1 where the server took it."""
    now = timezone.now()
    row = KeptMail.objects.filter(pk=pk, state=MailState.WAITING)
    if not row.update(state=MailState.SENDING, claimed_at=now):
        return 0
    mail = KeptMail.objects.select_related("recipient").get(pk=pk)
    mail.attempts += 1
    try:
        server.open()
    except (OSError, smtplib.SMTPException) as error:
        _again(mail, words_of(error))
        raise ServerAway from error
    try:
        server.send_messages([message_of(mail)])
    except smtplib.SMTPResponseException as error:
        _answered(mail, error.smtp_code, words_of(error))
    except smtplib.SMTPRecipientsRefused as error:
        code = max((answer[0] for answer in error.recipients.values()), default=0)
        _answered(mail, code, words_of(error))
    except (OSError, smtplib.SMTPException) as error:  # the line broke in the middle
        _close(server)
        unclear = mail.kind == MailKind.DIGEST
        _end(mail, MailState.UNCLEAR, UNKNOWN_END) if unclear else _again(mail, words_of(error))
    else:
        _end(mail, MailState.SENT, "")
        return 1
    return 0


def _answered(mail: KeptMail, code: int, words: str) -> None:
    """The server said no: for ever, or for now."""
    if 500 <= code < 600:
        _end(mail, MailState.FAILED, words)
    else:
        _again(mail, words)


def _again(mail: KeptMail, words: str) -> None:
    """Later, with growing pauses; not for ever, and a mail of the day not after its day."""
    now = timezone.now()
    good_for = DIGEST_IS_GOOD_FOR if mail.kind == MailKind.DIGEST else GIVE_UP_AFTER
    mail.failed_at = mail.failed_at or now
    if now > mail.created_at + good_for:
        _end(mail, MailState.FAILED, words)
        return
    pause = min(LONGEST_PAUSE, timedelta(seconds=20) * 2 ** min(mail.attempts, 10))
    _write(mail, state=MailState.WAITING, next_at=now + pause, error=words, failed_at=mail.failed_at)


def _end(mail: KeptMail, state: str, words: str) -> None:
    """The end of one mail. What lets people in is not kept once it has been sent."""
    values: dict[str, Any] = {"state": state, "error": words, "ended_at": timezone.now()}
    if state == MailState.FAILED:
        values["failed_at"] = mail.failed_at or timezone.now()
    if state == MailState.SENT and mail.kind == MailKind.ACCESS:
        values |= {"body": "", "html": ""}
    _write(mail, **values)


def _write(mail: KeptMail, **values: Any) -> None:
    KeptMail.objects.filter(pk=mail.pk, state=MailState.SENDING).update(attempts=mail.attempts, **values)


def _close(server: Any) -> None:
    try:
        server.close()
    except (OSError, smtplib.SMTPException) as error:
        log.info("the mail server's line was broken already (%s)", type(error).__name__)


def message_of(mail: KeptMail) -> EmailMultiAlternatives:
    """The mail as it travels. The same row always bears the same Message-ID."""
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    headers = {"Message-ID": f"<mail-{mail.pk}-{mail.created_at:%Y%m%d%H%M%S%f}@{host}>"}
    headers["Auto-Submitted"] = "auto-generated"
    if mail.recipient is not None and (url := unsubscribe_url(mail.recipient, mail.kind)):
        headers |= {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    message = EmailMultiAlternatives(mail.subject, mail.body, to=[mail.to], headers=headers)
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    return message


def words_of(error: Exception) -> str:
    """Why a mail could not be sent, in words for the owners: no address, no password, no line of the protocol."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "the mail server refuses the name or the password"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = sorted({answer[0] for answer in error.recipients.values()})
        return f"the mail server refuses this recipient ({', '.join(map(str, codes))})"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the mail server answered {error.smtp_code}"
    if isinstance(error, socket.gaierror):
        return "the mail server's name is not known"
    if isinstance(error, TimeoutError):
        return "the mail server did not answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, OSError) and error.strerror and "@" not in error.strerror:
        return error.strerror.lower()[:150]
    return "the mail server broke off"


def trouble() -> KeptMail | None:
    """The mail that has waited longest because the server did not take it; for the line that owners see."""
    rows = KeptMail.objects.filter(state=MailState.WAITING).exclude(error="")
    return rows.order_by("failed_at", "pk").first()
