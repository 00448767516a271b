"""`@job_task`: a function of a Job becomes a Celery task that runs once, keeps its lease and ends with words."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from celery import Task as CeleryTask
from celery import shared_task
from django.conf import settings
from django.db import connection

from apps.jobs.models import Job, JobCancelled, JobFailed, JobLost, State
from apps.jobs.telling import tell_ended

log = logging.getLogger(__name__)
JOB_TASKS: dict[str, "JobTask"] = {}


class JobTask:
    """A background verb: `name` is stored in the row, `publish` wakes a worker."""

    def __init__(self, function: Callable[..., None], queue: str) -> None:
        self.function = function
        self.queue = queue
        self.name = f"{function.__module__.removeprefix('apps.').removesuffix('.tasks')}.{function.__name__}"
        self.__doc__ = function.__doc__

        def run(job_id: int) -> None:  # Celery checks the arguments of plain functions only
            self.run(job_id)

        self.celery_task: CeleryTask = shared_task(name=self.name, queue=queue)(run)
        JOB_TASKS[self.name] = self

    def publish(self, job_id: int) -> None:
        """One try. Where the broker is down the sweep sends the row again later."""
        try:
            self.celery_task.apply_async((job_id,), queue=self.queue, retry=False)
        except Exception as error:
            log.warning("job %s was not sent (%s); the sweep will send it", job_id, type(error).__name__)

    def run(self, job_id: int) -> None:
        """What a worker does with one message: claim, work, end. A second delivery finds nothing to claim."""
        job = Job.claim(job_id)
        if job is None:
            return
        try:
            with kept_lease(job):
                self.function(job, **job.args)
            job.end(State.DONE, job.message)
        except JobLost:
            log.warning("job %s was taken over by another worker", job_id)
        except JobCancelled as cancelled:
            job.end(State.CANCELLED, str(cancelled) or "Cancelled. Nothing of it was kept.")
        except JobFailed as error:
            job.end(State.FAILED, str(error))
        except Exception as error:
            log.exception("job %s (%s) failed", job_id, self.name)
            job.end(State.FAILED, f"Something went wrong on our side ({type(error).__name__}). Try again.")
            raise
        finally:
            tell_ended(job)


def job_task(function: Callable[..., None] | None = None, *, queue: str = "io") -> "JobTask | Callable[..., JobTask]":
    """Make a function `(job, **args)` a background verb on the queue `io` (network) or `cpu` (files)."""
    if function is not None:
        return JobTask(function, queue)
    return lambda inner: JobTask(inner, queue)


@contextmanager
def kept_lease(job: Job) -> Iterator[None]:
    """Renew the lease from a thread of its own, as long as this attempt is the one that counts."""
    over = threading.Event()

    def renew() -> None:
        try:
            while not over.wait(settings.JOB_LEASE_SECONDS / 3):
                try:
                    if not job.renew_lease():
                        return
                except Exception as error:  # the database is away for a moment: try again, the lease decides
                    log.warning("lease of job %s not renewed (%s)", job.pk, type(error).__name__)
        finally:
            connection.close()

    thread = threading.Thread(target=renew, name=f"lease-{job.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=5)
