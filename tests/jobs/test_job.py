"""One job, run in this process: claim, fence, all or nothing, words at the end."""

import logging
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.jobs.models import Job, JobLost, State
from apps.jobs.sweep import sweep
from apps.projects.models import Activity
from tests.jobs.tasks_for_tests import refused, slow, torn


@pytest.fixture(autouse=True)
def unsent(monkeypatch):
    """The broker is not part of these tests; what would be sent is counted."""
    sent = []
    monkeypatch.setattr("apps.jobs.running.JobTask.publish", lambda self, job_id: sent.append(job_id))
    return sent


def results(project) -> int:
    return Activity.objects.filter(project=project, verb__startswith="result").count()


def test_starting_the_same_work_twice_gives_the_same_job(project):
    first = Job.start(slow, project, by=None, steps=1)
    assert Job.start(slow, project, by=None, steps=1).pk == first.pk
    assert Job.start(slow, project, by=None, steps=2).pk != first.pk


def test_a_job_is_sent_after_the_commit_only(project, unsent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        job = Job.start(slow, project, by=None)
    assert unsent == []
    for callback in callbacks:
        callback()
    assert unsent == [job.pk]


@pytest.mark.parametrize("times", [1, 3])
def test_a_job_delivered_several_times_runs_once(project, times):
    job = Job.start(slow, project, by=None, steps=2, pause=0)
    for _ in range(times):
        slow.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempt, results(project)) == (State.DONE, 1, 5)
    assert job.message == "all written"


@pytest.mark.django_db(transaction=True)
def test_two_deliveries_at_once_run_once(project):
    job = Job.start(slow, project, by=None, steps=5, pause=0.02)

    def work():
        slow.run(job.pk)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    job.refresh_from_db()
    assert (job.state, job.attempt, results(project)) == (State.DONE, 1, 5)


def test_a_worker_that_lost_its_lease_throws_its_results_away(project):
    row = Job.start(slow, project, by=None)
    frozen = Job.claim(row.pk)
    Job.objects.filter(pk=row.pk).update(lease_until=timezone.now() - timedelta(seconds=60))
    second = Job.claim(row.pk)
    with pytest.raises(JobLost), frozen.finishing():
        Activity.record(project, "result of the frozen one", row)
    with second.finishing():
        Activity.record(project, "result of the second", row)
    assert results(project) == 1
    assert not frozen.renew_lease()


def test_an_error_in_the_middle_leaves_nothing_and_names_no_address(project, caplog):
    job = Job.start(torn, project, by=None)
    with caplog.at_level(logging.INFO), pytest.raises(RuntimeError):
        torn.run(job.pk)
    job.refresh_from_db()
    assert (job.state, results(project)) == (State.FAILED, 0)
    assert "RuntimeError" in job.message
    assert "maya" not in job.message


def test_a_refused_job_ends_with_its_sentence(project):
    job = Job.start(refused, project, by=None)
    refused.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.message) == (State.FAILED, "This file has no e-mail column; choose another file.")


def test_a_cancelled_job_stops_at_its_next_step_and_keeps_nothing(project):
    job = Job.start(slow, project, by=None, steps=3, pause=0)
    job.cancel()
    slow.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempt) == (State.CANCELLED, 0)
    running = Job.start(slow, project, by=None, steps=3, pause=0)
    Job.objects.filter(pk=running.pk).update(cancel_requested=True)
    slow.run(running.pk)
    running.refresh_from_db()
    assert (running.state, results(project)) == (State.CANCELLED, 0)


def test_the_sweep_sends_what_nobody_took_up_and_ends_what_failed_three_times(project, unsent):
    old = timezone.now() - timedelta(minutes=5)
    waiting, orphan, spent, fresh, unknown = (Job.start(slow, project, by=None, steps=n) for n in range(5))
    Job.objects.filter(pk=waiting.pk).update(queued_at=old)
    Job.objects.filter(pk=orphan.pk).update(state=State.RUNNING, attempt=1, lease_until=old)
    Job.objects.filter(pk=spent.pk).update(state=State.RUNNING, attempt=3, lease_until=old)
    Job.objects.filter(pk=unknown.pk).update(queued_at=old, task="left.long_ago")
    sweep()
    assert unsent == [waiting.pk, orphan.pk]
    states = dict(Job.objects.values_list("pk", "state"))
    assert states[spent.pk] == State.FAILED
    assert states[unknown.pk] == State.FAILED
    assert states[fresh.pk] == State.QUEUED
    assert Job.objects.get(pk=spent.pk).message.startswith("Its worker stopped 3 times")


def test_retry_is_a_new_row_for_the_same_work(project, consultant):
    job = Job.start(refused, project, by=None, title="Judge list.csv")
    refused.run(job.pk)
    consultant.post(f"/projects/move/jobs/{job.pk}/retry/")
    again = Job.objects.exclude(pk=job.pk).get()
    assert (again.state, again.title, again.created_by) == (State.QUEUED, "Judge list.csv", consultant.person)


def test_progress_shows_percent_and_time_left(project):
    job = Job(project=project, state=State.RUNNING, done=25, total=100)
    job.started_at = timezone.now() - timedelta(seconds=10)
    assert job.percent == 25
    assert 25 <= job.seconds_left <= 35
