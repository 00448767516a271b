"""Starting a job again."""

from apps.accounts.models import User
from apps.jobs.models import Job
from apps.jobs.running import JOB_TASKS


def start_again(job: Job, by: User) -> Job:
    """A new run of the same work; the ended row stays as it is. The work's name must still be known."""
    return Job.start(JOB_TASKS[job.task], job.project, by=by, title=job.title, key=job.key, **job.args)
