"""The watch: when a domain is looked at again, and one mail for each real change, after a second look."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from apps.domains import services, tasks, watching
from apps.domains.models import DomainWatch
from apps.jobs.models import Job
from tests.domains.conftest import run

D = "sunrise-yoga.example"


def report(value="192.0.2.1", status="ok", ttl=300, verdict="ok", failed=False, **row):
    records = [{"name": D, "type": "A", "values": [value] if status == "ok" else [], "status": status, "ttl": ttl}]
    wanted = {"name": D, "type": "A", "need": "required", "verdict": verdict, "found_list": [value], "expected": value}
    return {"failed": failed, "records": records, "expected": [wanted | row]}


@pytest.fixture
def look(project, domain, django_capture_on_commit_callbacks):
    """One look with this report, as the task stores it."""

    def one(**fields):
        with django_capture_on_commit_callbacks(execute=True):
            services.record_reports(project, [(domain, report(**fields), [], timezone.now())], by=None)
        return DomainWatch.objects.get(domain=domain)

    return one


def mails():
    return [(message.to[0], message.body) for message in mail.outbox]


def minutes_to_next(watch):
    return round((watch.next_at - timezone.now()).total_seconds() / 60)


def test_a_change_is_mailed_once_after_a_second_look(look, consultant):
    look()
    assert mails() == []
    watch = look(value="198.51.100.1")
    assert mails() == []
    assert minutes_to_next(watch) == 2  # the second look comes soon
    look(value="198.51.100.1")
    ((to, body),) = mails()
    assert to == consultant.person.email
    assert f"{D} A: 192.0.2.1 → 198.51.100.1" in body
    look(value="198.51.100.1")
    assert len(mails()) == 1


def test_a_flicker_is_not_mailed(look, consultant):
    for value in ("192.0.2.1", "192.0.2.9", "192.0.2.1", "192.0.2.9", "192.0.2.1", "192.0.2.1"):
        look(value=value)
    assert mails() == []


@pytest.mark.parametrize("status", ["servfail", "timeout", "refused", "error"])
def test_unknown_is_never_mailed_and_what_was_known_stays(look, consultant, status):
    look()
    for _ in range(3):
        look(status=status, verdict="unknown")
        look(failed=True, status=status, verdict="unknown")
    look()
    assert mails() == []
    assert DomainWatch.objects.get().settled[f"{D} A"] == "192.0.2.1"


def test_a_removed_record_is_a_change(look, consultant):
    look()
    for _ in range(2):
        look(status="nodata", verdict="missing", found_list=[])
    assert "removed, was 192.0.2.1" in mails()[0][1]


def test_two_changes_that_come_one_after_the_other_are_each_told_once(look, consultant):
    look()
    look(value="198.51.100.1")
    look(value="198.51.100.1", failed=True)  # learnt nothing in between
    look(value="198.51.100.1")
    look(value="198.51.100.2")
    look(value="198.51.100.2")
    assert ["198.51.100.1 → 198.51.100.2" in body for _, body in mails()] == [False, True]


def test_owners_are_told_where_the_project_has_no_consultant(look, owner):
    look()
    for _ in range(2):
        look(value="198.51.100.1")
    assert [to for to, _ in mails()] == [owner.person.email]


def test_open_soon_closed_rarely_failing_with_back_off(look):
    assert minutes_to_next(look()) == 360
    assert minutes_to_next(look(verdict="missing", ttl=None)) == 15
    assert [minutes_to_next(look(failed=True, verdict="unknown")) for _ in range(4)] == [2, 4, 8, 16]
    assert [minutes_to_next(look(failed=True, verdict="unknown")) for _ in range(8)][-1] == 60


def test_right_after_a_ttl_has_run_out(look):
    assert minutes_to_next(look(verdict="wrong", ttl=240)) == 4
    assert minutes_to_next(look(verdict="wrong", ttl=2)) == 1  # never more often than once a minute
    soon = (timezone.now() + timedelta(minutes=7)).isoformat()
    assert minutes_to_next(look(verdict="wrong", ttl=None, visible_until=soon)) == 7


def test_every_five_minutes_around_go_live(project, look):
    project.go_live = timezone.now() + timedelta(hours=1)
    project.save()
    assert minutes_to_next(look()) == 5
    project.go_live = timezone.now() + timedelta(hours=4)
    project.save()
    assert minutes_to_next(look()) == 120  # when the window opens


@pytest.fixture
def watched(project, domain):
    hour_ago = timezone.now() - timedelta(hours=1)
    return DomainWatch.objects.create(
        project=project, domain=domain, looked_at=hour_ago, next_at=timezone.now() - timedelta(seconds=1)
    )


def test_the_clock_starts_one_job_for_what_is_due(project, domain, watched):
    tasks.watch()
    tasks.watch()
    (job,) = Job.objects.all()
    assert job.args == {"domain_ids": [domain.pk]}


def test_a_look_that_fails_as_a_whole_is_not_repeated_every_minute(project, watched, settings):
    settings.DNS_NAMESERVERS = ["ns.example"]  # no address
    tasks.watch()
    tasks.check_domains.run(Job.objects.get().pk)
    assert Job.objects.get().state == "failed"
    tasks.watch()
    assert Job.objects.count() == 1


def test_what_is_not_due_rests_unless_go_live_has_come_near(project, watched):
    watched.next_at = timezone.now() + timedelta(hours=5)
    watched.save()
    tasks.watch()
    assert not Job.objects.exists()
    project.go_live = timezone.now() + timedelta(minutes=30)  # moved by hand after the time was set
    project.save()
    tasks.watch()
    assert Job.objects.count() == 1


def test_the_names_of_the_demo_are_left_alone(project, watched):
    project.organisation.is_demo = True
    project.organisation.save()
    tasks.watch()
    assert not Job.objects.exists()


def test_quiet_looks_of_yesterday_leave_the_list_of_jobs(project, domain, watched, own_server):
    tasks.watch()
    job = Job.objects.get()
    tasks.check_domains.run(job.pk)
    Job.objects.filter(pk=job.pk).update(ended_at=timezone.now() - timedelta(days=2))
    tasks.watch()
    assert not Job.objects.exists()
    assert domain.checks.count() == 1


def test_equal_checks_in_a_row_keep_the_first_and_the_last_report(project, domain, own_server):
    for _ in range(4):
        run(tasks.check_domains, project)
    assert [check.is_light for check in domain.checks.all()] == [False, True, True, False]
    assert domain.checks.count() == 4
    assert domain.newest.report["records"]


def test_sixty_thousand_seconds_of_ttl_are_no_reason_to_look_soon(look):
    assert minutes_to_next(look(verdict="wrong", ttl=60_000)) == 15
    assert watching.CLOSED > watching.FAILING > watching.OPEN > watching.SECOND_LOOK
