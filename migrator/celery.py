"""The Celery application, its one schedule, and the sweep that runs inside every worker."""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "migrator.settings")

app = Celery("migrator")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "clean-up": {"task": "jobs.clean_up", "schedule": crontab(minute=17)},
    "clean-up-uploads": {"task": "contacts.clean_up", "schedule": crontab(minute=29)},
    "watch-redirects": {"task": "cutover.watch_redirects", "schedule": 300.0},
    "watch-holds": {"task": "cutover.watch_holds", "schedule": 300.0},
    "watch-numbers": {"task": "cutover.watch_numbers", "schedule": 300.0},
    "watch-domains": {"task": "domains.watch", "schedule": 60.0},
    "send-mails": {"task": "accounts.send_mails", "schedule": 20.0},
    "mail-urgent": {"task": "projects.mail_urgent", "schedule": 15.0},
    "mail-of-the-day": {"task": "overview.send_digests", "schedule": 300.0},
    "clean-up-inventory": {"task": "assets.clean_up", "schedule": crontab(hour=3, minute=41)},
}


@setup_logging.connect
def use_django_logging(**kwargs: Any) -> None:
    """Django's settings have configured logging; Celery leaves it alone."""


@worker_ready.connect
def load_the_pages(**kwargs: Any) -> None:
    """Results name their pages; the first job would wait for all of them to be imported."""
    from django.urls import get_resolver

    get_resolver().reverse_dict  # noqa: B018 - looking at it imports them


@worker_ready.connect
def sweep_in_this_worker(**kwargs: Any) -> None:
    """Begin to look for jobs that nobody works on."""
    from apps.jobs.sweep import start_sweeping  # Django is not set up when this file is imported

    start_sweeping()
