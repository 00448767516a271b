"""Work for the tests of the job machinery, run by real workers (`celery worker --include`)."""

import time

from apps.jobs.models import Job, JobFailed
from apps.jobs.running import job_task
from apps.projects.models import Activity


@job_task
def slow(job: Job, steps: int = 40, pause: float = 0.1, results: int = 5) -> None:
    """Take steps, then write `results` lines at once."""
    for _ in job.each(range(steps)):
        time.sleep(pause)
    with job.finishing("all written", result_url="/projects/"):
        for number in range(results):
            Activity.record(job.project, f"result {number}", job)


@job_task(queue="cpu")
def torn(job: Job) -> None:
    """Break in the middle of writing."""
    with job.finishing():
        Activity.record(job.project, "result 0", job)
        raise RuntimeError("maya@sunrise.example stands in this error")


@job_task
def refused(job: Job) -> None:
    """End with words."""
    raise JobFailed("This file has no e-mail column; choose another file.")
