"""Whoever started something long hears that it has ended."""

from apps.jobs.models import Job, State
from apps.projects.notice import NoticeKind
from apps.projects.telling import tell

LONG = 20.0  # seconds: what ends sooner is still on the person's page


def tell_ended(job: Job) -> None:
    """Failed work always, work that is done where it took long."""
    job.refresh_from_db()
    if job.created_by is None or job.state not in (State.DONE, State.FAILED):
        return
    if job.state == State.DONE and job.seconds < LONG:
        return
    text = f"{job}: {job.get_state_display().lower()}. {job.message}".strip()
    link = job.result_url if job.state == State.DONE and job.result_url else job.get_absolute_url()
    tell(job.project, [job.created_by], NoticeKind.JOB, text, link=link, key=f"job:{job.pk}:{job.attempt}")
