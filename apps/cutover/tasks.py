"""The switch's questions to the network, in the background."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from apps.cutover import holding, redirecting, watching
from apps.findings.models import Fact
from apps.jobs.models import Job, JobFailed, State
from apps.jobs.running import job_task
from apps.projects.models import Project
from apps.projects.stored import StoredFile
from engine.outbound import Response, fetch
from engine.redirects.checking import asker, check_after, check_before
from engine.redirects.reading import read_map
from engine.spreadsheets import Unreadable

WATCH = "watch-redirects"  # the key of jobs that the clock started
FIRST_HOURS, OFTEN, DAILY = timedelta(hours=72), timedelta(minutes=15), timedelta(hours=23)
FEW = 300  # so many redirects may be asked every quarter of an hour without being a burden; more, every two hours
LESS_OFTEN = timedelta(hours=2)


def _first_answer(url: str, method: str) -> Response:
    return fetch(
        url, method=method, allow=settings.OUTBOUND_ALLOW, ports=settings.OUTBOUND_PORTS, max_hops=0, accept_hops=True
    )


@job_task
def check_redirects(job: Job, is_after: bool) -> None:
    """Ask the new pages (before the switch) or the old addresses (after it); all answers are kept at once."""
    rows = [row for row in job.project.redirects.all() if not row.is_open]
    if not rows:
        raise JobFailed("There is no redirect with a target yet. Add some first.")
    started_at = timezone.now()
    words = "Asking the old addresses" if is_after else "Asking the new pages"
    job.progress(0, len(rows), words, at_once=True)
    check = check_after if is_after else check_before
    said = check([row.line for row in rows], asker(_first_answer), on_done=lambda done, all_: job.progress(done, all_))
    with job.finishing(result_url=f"{job.project.get_absolute_url()}cutover/redirects/"):
        run = redirecting.record(job.project, rows, said, is_after=is_after, started_at=started_at)
        job.say(f"{run}.")


@job_task(queue="cpu")
def import_redirects(job: Job, file_id: int, old_site: str = "", new_site: str = "") -> None:
    """Read a file of redirects and add its lines, all or nothing."""
    file = StoredFile.objects.present().filter(project=job.project, pk=file_id).first()
    if file is None:
        raise JobFailed("This file is no longer here. Choose it again.")
    job.progress(0, 1, "Reading the file", at_once=True)
    try:
        found = read_map(file.path, old_site=old_site, new_site=new_site)
        url = f"{job.project.get_absolute_url()}cutover/redirects/"
        with job.finishing(result_url=url):
            row = redirecting.take_file(job.project, found, name=file.name, by=job.created_by)
            file.delete_content(job.created_by)
            job.say(f"{row.added} added, {row.known} known already, {row.left} not taken.")
    except (Unreadable, redirecting.TooMany) as error:
        raise JobFailed(str(error)) from error


@shared_task(name="cutover.watch_redirects", queue="io")
def watch_redirects() -> None:
    """Ask again what is due: often in the first days after go-live, then once a day until the hold period ends."""
    now = timezone.now()
    switched = Project.objects.filter(go_live__lte=now, go_live__gte=now - timedelta(days=400), redirects__gt=0)
    for project in switched.distinct():
        if project.hold_until < now:
            continue
        newest = project.redirect_runs.filter(is_after=True).aggregate(at=Max("started_at"))["at"]
        if newest is None or now - newest >= _pause(project):
            Job.start(check_redirects, project, by=None, title="Check the redirects", key=WATCH, is_after=True)
    old = now - timedelta(days=1)
    Job.objects.filter(task=check_redirects.name, key=WATCH, state=State.DONE, ended_at__lt=old).delete()
    _follow_the_inventory()


def _pause(project: Project) -> timedelta:
    if timezone.now() - project.go_live > FIRST_HOURS:
        return DAILY
    return OFTEN if project.redirects.count() <= FEW else LESS_OFTEN


def _follow_the_inventory() -> None:
    """A page decided since the redirects were judged may lack its line: say so without being asked."""
    for fact in Fact.objects.filter(key="cutover.redirects_prepared").select_related("project"):
        changed = fact.project.assets.aggregate(at=Max("updated_at"))["at"]
        if changed is not None and changed > fact.as_of:
            redirecting.publish(fact.project)


@shared_task(name="cutover.watch_holds", queue="io")
def watch_holds() -> None:
    """Hold periods end by the clock."""
    holding.watch_holds()


@shared_task(name="cutover.watch_numbers", queue="io")
def watch_numbers() -> None:
    """The 72 hours pass by the clock, and numbers fall silent by it."""
    watching.watch_numbers()
