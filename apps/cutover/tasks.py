"""The switch's questions to the network, in the background."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db.models import Exists, F, Max, OuterRef
from django.utils import timezone

from apps.cutover import holding, redirect_standing, redirect_taking, redirecting, rollbacks, steps_out, watching
from apps.cutover.models import Redirect
from apps.findings.models import Fact
from apps.jobs.models import Job, JobCancelled, JobFailed, State
from apps.jobs.running import job_task
from apps.projects.models import Project
from apps.projects.stored import StoredFile
from engine.outbound import Response, fetch
from engine.redirects.asking import asker
from engine.redirects.checking import MADE_UP, NOT_ASKED, check_after, check_before
from engine.redirects.reading import read_map
from engine.spreadsheets import Unreadable

WATCH, JUDGE = "watch-redirects", "judge-redirects"  # keys of jobs that the clock or a change started
FIRST_HOURS, OFTEN, DAILY = timedelta(hours=72), timedelta(minutes=15), timedelta(hours=23)
FEW = 300  # so many redirects may be asked every quarter of an hour without being a burden; more, every two hours
LESS_OFTEN = timedelta(hours=2)
AGAIN = timedelta(minutes=30)  # in the first hours, after a check that failed
WEEKLY = timedelta(days=5)  # before go-live: what is known of the new pages is good for a week
FAR = timedelta(days=400)


def _first_answer(url: str, method: str) -> Response:
    return fetch(
        url, method=method, allow=settings.OUTBOUND_ALLOW, ports=settings.OUTBOUND_PORTS, max_hops=0, accept_hops=True
    )


@job_task
def check_redirects(job: Job, is_after: bool) -> None:
    """Ask the new pages (before the switch) or the old addresses (after it); the answers are kept group by group.

    Those asked longest ago come first: a round has an end, and the next one begins with what it left. Where a worker is
    killed between two groups, the round begun anew does not tell again what had turned in those kept already.
    """
    if redirect_standing.behind(job.project):
        redirect_standing.judge_apart(job.project)
    oldest = F("after_at" if is_after else "before_at").asc(nulls_first=True)
    rows = [row for row in job.project.redirects.order_by(oldest, "pk") if not row.is_open]
    if not rows:
        raise JobFailed("There is no redirect with a target yet. Add some first.")
    started_at = timezone.now()
    words = "Asking the old addresses" if is_after else "Asking the new pages"
    job.progress(0, len(rows), words, at_once=True)
    check = check_after if is_after else check_before
    said = check([row.asked for row in rows], asker(_first_answer), on_done=lambda done, all_: job.progress(done, all_))
    job.progress(len(rows), len(rows), "Writing the answers", at_once=True)
    done = redirecting.keep_answers(job.project, rows, said, is_after=is_after, started_at=started_at)
    try:
        with job.finishing(result_url=f"{job.project.get_absolute_url()}cutover/redirects/"):
            run = redirecting.close_round(job.project, done)
            left = sum(one.code == NOT_ASKED for one in said)
            more = f" The time was over before {left:,} of them; the next check begins there." if left else ""
            if made_up := sum(one.code == MADE_UP for one in said):
                more += f" {made_up:,} at made-up names, where nobody can be asked."
            job.say(f"{run}.{more}")
    except JobCancelled as cancelled:
        raise JobCancelled("Cancelled. The answers that had come by then were kept.") from cancelled


@job_task(queue="cpu")
def import_redirects(job: Job, file_id: int, old_site: str = "", new_site: str = "") -> None:
    """Read a file of redirects and add its lines, all or nothing."""
    file = StoredFile.objects.present().filter(project=job.project, pk=file_id).first()
    if file is None:
        raise JobFailed("This file is no longer here. Choose it again.")
    job.progress(0, 1, "Reading the file", at_once=True)
    try:
        found = read_map(file.path, old_site=old_site, new_site=new_site)
        taking = redirect_taking.Taking(job.project, found, job)
    except (Unreadable, redirect_taking.TooMany) as error:
        raise JobFailed(str(error)) from error
    job.progress(0, len(taking.fresh), "Writing the lines", at_once=True)
    try:
        taking.write(job.progress)
        with job.finishing(result_url=f"{job.project.get_absolute_url()}cutover/redirects/"):
            row = taking.show(name=file.name, by=job.created_by)
            file.delete_content(job.created_by)
            job.say(f"{row.added:,} added, {row.known:,} known already, {row.left:,} not taken.")
    except redirect_taking.TooMany as error:
        raise JobFailed(str(error)) from error
    finally:
        taking.drop()
    judge_if_long(job.project)


@job_task(queue="cpu")
def judge_redirects(job: Job) -> None:
    """Judge a long list; short ones are judged where they are changed."""
    job.progress(0, 1, "Looking through the redirects", at_once=True)
    url = f"{job.project.get_absolute_url()}cutover/redirects/"
    redirect_standing.judge_apart(job.project, lambda: job.finishing("Every redirect was looked at.", result_url=url))


def judge_if_long(project: Project) -> None:
    """After a change; nobody waits for it, so nobody is told. One at a time, and never with an older look."""
    if redirect_standing.is_long(project):
        Job.start(judge_redirects, project, by=None, title="Look through the redirects", key=JUDGE)


@shared_task(name="cutover.watch_redirects", queue="io")
def watch_redirects() -> None:
    """Ask again what is due, as long as the hold period runs; and keep the list, its jobs and its facts in order.

    Before go-live the new pages, where somebody has asked them once; after it the old addresses.
    """
    now = timezone.now()
    lines = Redirect.objects.askable().filter(project=OuterRef("pk"))
    near = Project.objects.filter(go_live__gte=now - FAR, go_live__lte=now + FAR).filter(Exists(lines))
    for project in near:
        is_after = project.go_live <= now
        newest = project.redirect_runs.filter(is_after=is_after).aggregate(at=Max("started_at"))["at"]
        if project.hold_until < now or (newest is None and not is_after) or _failed_lately(project, is_after):
            continue
        if newest is None or now - newest >= _pause(project):
            title = "Check the old addresses" if is_after else "Check the new pages"
            Job.start(check_redirects, project, by=None, title=title, key=WATCH, is_after=is_after)
    old = now - timedelta(days=1)
    Job.objects.filter(key__in=(WATCH, JUDGE), state=State.DONE, ended_at__lt=old).delete()
    redirect_taking.sweep()
    _follow_the_inventory()


def _failed_lately(project: Project, is_after: bool) -> bool:
    """What failed just now is not tried again at once; what has been asked since did not fail."""
    ended = project.jobs.filter(task=check_redirects.name, args__is_after=is_after, ended_at__isnull=False)
    newest, now = ended.order_by("ended_at").last(), timezone.now()
    wait = AGAIN if timedelta(0) <= now - project.go_live <= FIRST_HOURS else LESS_OFTEN
    return newest is not None and newest.state == State.FAILED and newest.ended_at > now - wait


def _pause(project: Project) -> timedelta:
    since = timezone.now() - project.go_live
    if since < timedelta(0):
        return DAILY if -since < FIRST_HOURS else WEEKLY
    if since > FIRST_HOURS:
        return DAILY
    return OFTEN if project.redirects.count() <= FEW else LESS_OFTEN


def _follow_the_inventory() -> None:
    """A page decided or moved since the redirects were judged: say so without being asked."""
    facts = Fact.objects.filter(key__in=redirect_standing.FACTS_OF).select_related("project")
    for project in {fact.project for fact in facts}:
        if redirect_standing.is_outdated(project):
            redirect_standing.settle(project)
            judge_if_long(project)


@shared_task(name="cutover.watch_holds", queue="io")
def watch_holds() -> None:
    """Hold periods end by the clock, signed snapshots count for the ways back, old deleted steps name nobody."""
    holding.watch_holds()
    rollbacks.follow_snapshots()
    steps_out.sweep()


@shared_task(name="cutover.watch_numbers", queue="io")
def watch_numbers() -> None:
    """The 72 hours pass by the clock, and numbers fall silent by it."""
    watching.watch_numbers()
