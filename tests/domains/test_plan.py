"""The change plan as a page, the words of a person, the request on paper, and the facts that follow."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.domains import planning, services, tasks
from apps.domains.models import PlanWord
from apps.findings.models import Fact
from apps.projects.models import Activity
from engine.findings import Verdict
from tests.domains.conftest import run

D = "sunrise-yoga.example"
WWW = f"www.{D}"


def states(project, domain):
    checks = services.newest_checks([domain])
    situation = planning.situations(project, [domain], checks)[domain.pk]
    return {step.key: step.state.value for step in planning.steps_of(situation)}


def fact(project, key):
    found = project.facts.filter(key=f"domains.{key}").first()
    return found.verdict if found else None


def say(client, domain, word, **more):
    return client.post(f"{domain.get_absolute_url()}plan/say/", {"word": word, **more})


def test_before_the_snapshot_everything_waits(project, domain, own_server, consultant):
    run(tasks.check_domains, project)
    found = states(project, domain)
    assert found["snapshot"] == "now"
    assert {found[key] for key in ("lower_ttl", "add_sender", "switch_pages", "remove_old")} == {"waits"}
    assert consultant.get(f"{domain.get_absolute_url()}plan/").status_code == 200


def test_the_whole_road(project, domain, signed, own_server, consultant):
    zone = own_server.zone
    assert states(project, domain) | {"raise_ttl": ""} == {
        "snapshot": "done", "lower_ttl": "now", "add_sender": "now", "verify": "later", "move_sending": "waits",
        "switch_pages": "waits", "wait": "later", "remove_old": "waits", "raise_ttl": "",
    }  # fmt: skip
    assert fact(project, "ttl_lowered") == "not_ready"

    zone[WWW]["TTL"] = 300
    zone[f"k1._domainkey.{D}"] = {"CNAME": ["dkim1.kartra.example."]}
    run(tasks.check_domains, project)
    found = states(project, domain)
    assert (found["lower_ttl"], found["add_sender"], found["verify"]) == ("waits", "done", "done")
    assert fact(project, "ttl_lowered") == "not_ready"  # the old time to live has not run out
    watch = domain.watch
    watch.refresh_from_db()
    watch.ttl_low_since = timezone.now() - timedelta(hours=4, minutes=1)
    watch.save()
    run(tasks.check_domains, project)
    assert fact(project, "ttl_lowered") == "ready"
    assert fact(project, "target_authenticated") == "ready"

    assert states(project, domain)["switch_pages"] == "waits"  # nobody said that the pages are built
    Fact.publish(project, planning.BUILT_FACT, Verdict.READY, "All built.")
    assert states(project, domain)["switch_pages"] == "now"
    zone[WWW] = {"CNAME": ["sunrise.kartra.com."], "TTL": 300}
    run(tasks.check_domains, project)
    assert states(project, domain)["switch_pages"] == "done"
    assert fact(project, "pages_pointed") == "ready"

    say(consultant, domain, "sending_moved")
    assert states(project, domain)["remove_old"] == "waits"
    say(consultant, domain, "sending_stopped")
    assert states(project, domain)["remove_old"] == "now"
    zone[D]["TXT"] = ["v=spf1 ~all", 'site="x"; é']
    del zone[f"k2._domainkey.{D}"]
    run(tasks.check_domains, project)
    assert states(project, domain)["remove_old"] == "done"
    assert fact(project, "old_sender_gone") == "ready"
    assert fact(project, "stable") == "ready", project.facts.get(key="domains.stable").reason


def test_a_ttl_raised_again_counts_from_new(project, domain, signed, own_server):
    own_server.zone[WWW]["TTL"] = 60
    run(tasks.check_domains, project)
    domain.watch.refresh_from_db()
    assert domain.watch.ttl_low_since is not None
    own_server.zone[WWW]["TTL"] = 7200
    run(tasks.check_domains, project)
    domain.watch.refresh_from_db()
    assert domain.watch.ttl_low_since is None


def test_a_persons_word_is_kept_with_its_name_and_can_be_taken_back(project, domain, consultant, owner):
    say(consultant, domain, "sending_stopped")
    say(owner, domain, "sending_stopped")
    (word,) = PlanWord.objects.all()
    assert word.said_by == consultant.person
    say(owner, domain, "sending_stopped", verb="take_back")
    word.refresh_from_db()
    assert word.taken_back_by == owner.person
    assert list(Activity.objects.order_by("pk").values_list("verb", flat=True)) == [
        "confirmed for the DNS plan", "took back for the DNS plan",
    ]  # fmt: skip
    say(consultant, domain, "sending_stopped")
    assert PlanWord.objects.count() == 2


@pytest.mark.parametrize("word", ["", "nonsense", "sending_moved'--"])
def test_an_unknown_word_is_not_there(domain, consultant, word):
    assert say(consultant, domain, word).status_code == 404


def test_the_request_holds_what_is_to_be_set_now_and_no_more(project, domain, signed, own_server, consultant):
    page = consultant.get(f"{domain.get_absolute_url()}plan/request/").content.decode()
    assert "dkim1.kartra.example" in page
    assert "sunrise.kartra.com" not in page  # the pages wait
    assert f"k1._domainkey.{D}.\t3600\tIN\tCNAME\tdkim1.kartra.example." in page


def test_a_client_reads_the_plan_that_is_shown_to_him_and_decides_nothing(project, domain, client_person):
    assert client_person.get(f"{domain.get_absolute_url()}plan/").status_code == 404
    domain.change(None, client_sees=True)
    assert D in client_person.get("/projects/move/domains/").content.decode()
    page = client_person.get(f"{domain.get_absolute_url()}plan/").content.decode()
    assert "plan/say/" not in page
    assert say(client_person, domain, "sending_stopped").status_code == 403
    assert client_person.post("/projects/move/domains/", {"names": "other.example"}).status_code == 403


def test_a_look_that_learnt_nothing_says_how_old_the_last_good_one_is(project, domain, signed, own_server, consultant):
    own_server.refuses = True
    run(tasks.check_domains, project)
    for path in (f"{domain.pk}/plan/", f"{domain.pk}/", ""):
        page = consultant.get(f"/projects/move/domains/{path}").content.decode()
        assert "ould not check" in page
    own_server.refuses = False
