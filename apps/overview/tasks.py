"""The mail of the day, in the background."""

from celery import shared_task

from apps.overview import digest


@shared_task(name="overview.send_digests", queue="io")
def send_digests() -> None:
    """Write the mails of those whose morning it is. Started by the clock; safe to repeat and to run twice at once."""
    digest.send_digests()
