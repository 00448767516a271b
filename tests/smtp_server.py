"""A real SMTP server on loopback, which can be told to refuse, to break off, or to be slow."""

import contextlib
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers import spare_port


class Mailbox:
    """What arrived, in order. `says` is the answer to the next mails; `breaks` drops the line after the text."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.says, self.breaks, self.tries = "250 OK", False, 0

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, to: str, options: Any) -> str:
        if self.says.startswith("55"):
            return self.says
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.tries += 1
        if self.breaks:
            server.transport.close()
            return "250 OK"
        if self.says.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.says

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == address]


@contextlib.contextmanager
def smtp_server(port: int = 0) -> Iterator[tuple[Mailbox, int]]:
    box, port = Mailbox(), port or spare_port()
    controller = Controller(box, hostname="127.0.0.1", port=port, server_hostname="mail.test")
    controller.start()
    try:
        yield box, port
    finally:
        controller.stop()


def use(settings: Any, port: int) -> None:
    """The product's settings as EMAIL_URL=smtp://127.0.0.1:port makes them."""
    settings.EMAIL_URL = f"smtp://127.0.0.1:{port}"
    settings.MAIL_SERVER_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_BACKEND = "apps.accounts.mail.Outbox"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 5
