"""Sending mails, in the background."""

from celery import shared_task

from apps.accounts import posting
from apps.accounts.mail import SEND_MAILS


@shared_task(name=SEND_MAILS, queue="io")
def send_mails() -> None:
    """Hand over what waits. Started after each mail and by the clock; safe to repeat and to run twice at once."""
    posting.send_due()
