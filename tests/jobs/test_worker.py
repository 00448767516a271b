"""Jobs through real workers, on the embedded broker and on Redis: SIGKILL, double delivery, a broker that forgets.

Promises P7 and P8. The worker is a process of its own; the test only reads and writes rows.
"""

import shutil

import pytest
from django.conf import settings

from apps.jobs.models import Job, State
from apps.projects.models import Activity
from tests import servers
from tests.jobs.tasks_for_tests import slow, torn
from tests.workers import environment, run_product_code, running_worker, wait_for

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]


# `make test` runs this file twice: with SQLite the workers use the embedded broker, with PostgreSQL they use Redis.
BROKERS = ["redis" if settings.REDIS_URL else "embedded"]


@pytest.fixture(params=BROKERS)
def env(request, tmp_path, project):
    """The environment of the worker; with a private Redis where one is asked for."""
    if request.param == "embedded":
        yield environment(tmp_path)
        return
    with servers.PrivateRedis() as redis:
        yield environment(tmp_path, redis.url)


def make(project, task, **args) -> Job:
    """A queued row that nobody was told of: the worker's sweep finds it."""
    return Job.objects.create(project=project, task=task.name, queue=task.queue, args=args, key=str(args))


def state(job: Job) -> str:
    job.refresh_from_db()
    return job.state


def results(project) -> int:
    return Activity.objects.filter(project=project, verb__startswith="result").count()


def publish(env, job: Job, times: int) -> None:
    run_product_code(
        env, f"from tests.jobs.tasks_for_tests import slow\nfor _ in range({times}): slow.publish({job.pk})"
    )


def test_a_message_delivered_three_times_runs_once(env, project, tmp_path):
    job = make(project, slow, steps=5, pause=0.05)
    with running_worker(env, tmp_path / "worker.log"):
        publish(env, job, 3)
        wait_for(lambda: state(job) == State.DONE, 120, "the job is done")
        follower = make(project, slow, steps=1, pause=0)
        wait_for(lambda: state(follower) == State.DONE, 120, "the messages behind it are read too")
    assert job.attempt == 1
    assert results(project) == 10


def test_a_worker_killed_in_the_middle_leaves_nothing_and_the_job_is_taken_up_again(env, project, tmp_path):
    job = make(project, slow, steps=30, pause=0.1)
    with running_worker(env, tmp_path / "worker.log") as worker:
        wait_for(lambda: state(job) == State.RUNNING and job.done > 3, 120, "the job is in the middle")
        worker.kill()
        assert results(project) == 0
        worker.start()
        wait_for(lambda: state(job) == State.DONE, 120, "the job is taken up again and done")
    assert job.attempt == 2
    assert results(project) == 5


def test_a_job_that_kills_its_worker_each_time_ends_with_words(env, project, tmp_path):
    job = make(project, slow, steps=1000, pause=0.1)
    with running_worker(env, tmp_path / "worker.log") as worker:
        for attempt in (1, 2, 3):
            wait_for(lambda n=attempt: state(job) == State.RUNNING and job.attempt == n, 120, f"attempt {attempt}")
            worker.kill()
            worker.start()
        wait_for(lambda: state(job) == State.FAILED, 120, "the job has failed")
    assert "stopped 3 times" in job.message
    assert results(project) == 0


def test_cancel_reaches_a_running_job_and_logs_hold_no_address(env, project, tmp_path):
    job, broken = make(project, slow, steps=1000, pause=0.1), make(project, torn)
    log = tmp_path / "worker.log"
    with running_worker(env, log):
        wait_for(lambda: state(job) == State.RUNNING, 120, "the job runs")
        job.cancel()
        wait_for(lambda: state(job) == State.CANCELLED, 30, "the job has stopped")
        wait_for(lambda: state(broken) == State.FAILED, 120, "the broken job has failed")
    text = log.read_text()
    assert "RuntimeError" in text
    assert "maya@sunrise.example" not in text


def test_a_broker_that_lost_everything_loses_no_job(project, tmp_path):
    """Redis dies with the messages in it, and comes back empty on the same port."""
    job = make(project, slow, steps=3, pause=0.05)
    with servers.PrivateRedis() as redis:
        env = environment(tmp_path, redis.url)
        publish(env, job, 1)
        redis.kill()
        shutil.rmtree(redis.folder / "appendonlydir")
        redis.start()
        with running_worker(env, tmp_path / "worker.log"):
            wait_for(lambda: state(job) == State.DONE, 120, "the job is done")
    assert results(project) == 5


def test_starting_a_job_while_redis_is_down_answers_at_once(project, tmp_path):
    """The web request waits for no broker: one try with short time-outs, the row is already there (promise P8)."""
    with servers.PrivateRedis() as redis:
        url = redis.url
    code = (
        "import time\nfrom tests.jobs.tasks_for_tests import slow\nfrom apps.projects.models import Project\n"
        "from apps.jobs.models import Job\nbegin = time.monotonic()\n"
        "job = Job.start(slow, Project.objects.get(slug='move'), by=None, steps=1)\n"
        "print(time.monotonic() - begin)"
    )
    seconds = float(run_product_code(environment(tmp_path, url), code).split()[-1])
    assert Job.objects.get().state == State.QUEUED
    assert seconds < 5
