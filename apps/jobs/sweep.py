"""The sweep: every worker looks every few seconds for jobs that nobody works on, and says that it is alive.

It is a thread of the worker and not a Celery task, so that it also works when the broker has lost everything.
Each step is one conditional UPDATE: several sweeps at once do no harm.
"""

import logging
import os
import socket
import threading
from datetime import timedelta

from django.conf import settings
from django.db import close_old_connections, connection
from django.db.models.functions import Now
from django.utils import timezone

from apps.jobs.models import Job, State, WorkerHeartbeat
from apps.jobs.running import JOB_TASKS

log = logging.getLogger(__name__)


def sweep() -> int:
    """Send waiting jobs again and end those that failed three times. Returns how many were sent."""
    spent = Job.objects.waiting_too_long().filter(attempt__gte=settings.JOB_MAX_ATTEMPTS)
    spent.update(
        state=State.FAILED,
        ended_at=Now(),
        message=f"Its worker stopped {settings.JOB_MAX_ATTEMPTS} times in the middle. Try again, or ask for help.",
    )
    sent = 0
    for job_id, name in Job.objects.waiting_too_long().order_by("pk").values_list("pk", "task")[:200]:
        task = JOB_TASKS.get(name)
        if task is None:
            Job.objects.filter(pk=job_id).claimable().update(
                state=State.FAILED, ended_at=Now(), message="This version no longer knows this work. Start it again."
            )
            continue
        Job.objects.filter(pk=job_id, state=State.QUEUED).update(queued_at=Now())  # not again in the next sweep
        task.publish(job_id)
        sent += 1
    return sent


def beat_heart(name: str) -> None:
    """Write that this worker is alive, and forget workers not seen for a day."""
    WorkerHeartbeat.objects.update_or_create(name=name, defaults={"seen_at": timezone.now()})
    WorkerHeartbeat.objects.filter(seen_at__lt=timezone.now() - timedelta(days=1)).delete()


def start_sweeping() -> threading.Thread:
    """Sweep until the process ends."""
    name = f"{socket.gethostname()}-{os.getpid()}"
    pause = threading.Event()

    def loop() -> None:
        while True:
            try:
                close_old_connections()
                beat_heart(name)
                sweep()
            except Exception as error:
                log.warning("sweep failed (%s), next one in %s s", type(error).__name__, settings.JOB_SWEEP_SECONDS)
            finally:
                connection.close()
            pause.wait(settings.JOB_SWEEP_SECONDS)

    thread = threading.Thread(target=loop, name="sweep", daemon=True)
    thread.start()
    return thread
