"""House-keeping that the beat starts every hour."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from apps.accounts.models import DigestDay, KeptMail
from apps.jobs.models import Job
from apps.projects.notice import Notice
from apps.projects.services import delete_expired_files
from apps.ui.models import OnceToken


@shared_task(name="jobs.clean_up", queue="io")
def clean_up() -> None:
    """Delete files past their keep time, form tokens after a week, mails after half a year, jobs after a year."""
    delete_expired_files()
    OnceToken.objects.filter(created_at__lt=timezone.now() - timedelta(days=7)).delete()
    long_ago = timezone.now() - timedelta(days=180)
    Notice.objects.filter(created_at__lt=long_ago).delete()
    KeptMail.objects.filter(created_at__lt=long_ago).delete()
    DigestDay.objects.filter(day__lt=long_ago).delete()
    Job.objects.filter(ended_at__lt=timezone.now() - timedelta(days=365)).delete()
