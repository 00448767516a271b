"""Is the move ready? "Unknown" never counts as ready, and an old "ready" is unknown."""

from datetime import timedelta

from django.utils import timezone

from apps.findings.models import Fact
from apps.findings.readiness import readiness_of
from engine.facts import FACTS
from engine.findings import Verdict


def publish(project, key, verdict, hours_ago=0):
    as_of = timezone.now() - timedelta(hours=hours_ago)
    return Fact.publish(project, key, verdict, f"{key} is {verdict.value}.", as_of=as_of)


def test_nothing_checked_is_unknown(project):
    assert readiness_of(project).verdict == Verdict.UNKNOWN


def test_ready_needs_every_fact(project):
    *others, last = [kind.key for kind in FACTS.values() if not kind.only_after]
    for key in others:
        publish(project, key, Verdict.READY)
    found = readiness_of(project)
    assert found.verdict == Verdict.UNKNOWN
    assert "Not checked yet" in found.reason
    publish(project, last, Verdict.READY)
    assert readiness_of(project).verdict == Verdict.READY


def test_what_only_the_switch_brings_is_waited_for_after_it(project):
    for kind in FACTS.values():
        if not kind.only_after:
            publish(project, kind.key, Verdict.READY)
    assert readiness_of(project).verdict == Verdict.READY
    project.go_live = timezone.now() - timedelta(minutes=1)
    assert readiness_of(project).verdict == Verdict.UNKNOWN


def test_the_gravest_speaks_and_names_its_reason(project):
    publish(project, "inventory.decided", Verdict.READY)
    publish(project, "contacts.validated", Verdict.NOT_READY)
    found = readiness_of(project)
    assert (found.verdict, found.reason) == (Verdict.NOT_READY, "contacts.validated is not_ready.")


def test_a_stale_ready_is_unknown_and_a_stale_not_ready_stays(project):
    for key in FACTS:
        publish(project, key, Verdict.READY)
    publish(project, "domains.stable", Verdict.NOT_READY)
    Fact.objects.filter(key="domains.stable").update(as_of=timezone.now() - timedelta(hours=100))
    assert readiness_of(project).verdict == Verdict.NOT_READY
    Fact.objects.filter(key="domains.stable").update(verdict="ready")
    assert readiness_of(project).verdict == Verdict.UNKNOWN


def test_the_header_of_every_page_says_so(consultant, client_person, project):
    publish(project, "contacts.validated", Verdict.NOT_READY)
    assert "Not ready" in consultant.get("/projects/move/people/").content.decode()
    assert "Not ready" not in client_person.get("/projects/move/").content.decode()
