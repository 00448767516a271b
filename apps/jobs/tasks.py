"""House-keeping that the beat starts every hour."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from apps.jobs.models import Job
from apps.projects.services import delete_expired_files
from apps.ui.models import OnceToken


@shared_task(name="jobs.clean_up", queue="io")
def clean_up() -> None:
    """Delete files past their keep time, form tokens after a week and ended jobs after a year. Safe to repeat."""
    delete_expired_files()
    OnceToken.objects.filter(created_at__lt=timezone.now() - timedelta(days=7)).delete()
    Job.objects.filter(ended_at__lt=timezone.now() - timedelta(days=365)).delete()
