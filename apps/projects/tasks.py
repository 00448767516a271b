"""Mails about what cannot wait, in the background."""

from celery import shared_task

from apps.projects import mailing


@shared_task(name="projects.mail_urgent", queue="io")
def mail_urgent() -> None:
    """Write the mails that are ripe. Started by the clock; safe to repeat and to run twice at once."""
    mailing.mail_urgent()
