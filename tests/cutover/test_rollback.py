"""The way back: prepared, rehearsed, started with the exact records of the snapshot, and the point of no return."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.cutover import rollbacks, running
from apps.cutover.builtin import systems
from apps.cutover.rollbacks import Rollback, safety_of
from apps.cutover.runsheets import Run
from apps.domains.going_back import ways_back
from apps.domains.models import DnsSnapshot, Domain
from apps.domains.services import record_check
from apps.findings.models import Fact
from apps.projects.models import Activity
from engine.dns.records import RecordSet

HERE = "/projects/move/cutover/rollback/"


def text_of(answer):
    return answer.content.decode()


def told(project):
    fact = Fact.objects.get(project=project, key="cutover.rollback_ready")
    return fact.verdict, fact.reason


def test_the_four_critical_systems_are_prepared_once(project, consultant, prepared):
    assert set(prepared) == set(systems())
    consultant.post(f"{HERE}prepare/")
    assert Rollback.objects.count() == 4
    assert told(project)[0] == "not_ready"
    assert "Nobody is named" in told(project)[1]


def test_somebody_who_decides_a_rehearsal_and_a_snapshot_make_it_ready(project, consultant, kept, prepared):
    for row in prepared.values():
        values = {"version": row.version, "trigger": row.trigger, "decider_name": "Mara", "phone": "+49 1"}
        assert consultant.post(f"{HERE}{row.pk}/", values).status_code == 302
    assert told(project)[0] == "conditions"
    for row in prepared.values():
        assert consultant.post(f"{HERE}{row.pk}/start/", {"mode": "rehearsal"}).status_code == 302
        run = Run.objects.latest("pk")
        for step in row.sheet.steps.order_by("start"):
            consultant.post(f"/projects/move/cutover/runs/{run.pk}/steps/{step.pk}/act/", {"do": "start"})
            consultant.post(f"/projects/move/cutover/runs/{run.pk}/steps/{step.pk}/act/", {"do": "done"})
        consultant.post(f"/projects/move/cutover/runs/{run.pk}/act/", {"do": "finish"})
    assert told(project) == ("ready", "Every critical system has a way back that was rehearsed.")


def test_saving_again_does_not_move_the_time_that_a_person_has_said(project, consultant, prepared):
    User.objects.filter(email="dana@northstar.example").update(time_zone="America/New_York")
    row = prepared["checkout"]
    shown = "2026-12-20T22:00"
    for phone in ("+49 1", "+49 2", "+49 3"):
        row.refresh_from_db()
        values = {"version": row.version, "trigger": row.trigger, "phone": phone, "latest": shown}
        assert consultant.post(f"{HERE}{row.pk}/", values).status_code == 302
        shown = re.search(r'name="latest" value="([^"]+)"', text_of(consultant.get(f"{HERE}{row.pk}/")))[1]
    assert shown == "2026-12-20T22:00"


def test_the_safe_time_is_the_hold_period_less_the_steps(project, prepared):
    row = prepared["checkout"]
    found = safety_of(row, [])
    assert found.minutes == 55
    assert found.until == project.hold_until - timedelta(minutes=55)
    row.latest = project.go_live + timedelta(hours=2)
    assert safety_of(row, []).until == row.latest


@pytest.fixture
def kept(project):
    domain = Domain.objects.create(project=project, name="example.org", shown="example.org", shows_pages=True)
    old = [
        RecordSet("www.example.org", "A", ("192.0.2.1",), 3600),
        RecordSet("example.org", "MX", ("10 mail.old.example.",), 300),
    ]
    new = [
        RecordSet("www.example.org", "A", ("198.51.100.7",), 600),
        RecordSet("example.org", "MX", ("10 mail.new.example.",), 300),
    ]
    DnsSnapshot.objects.create(
        project=project, domain=domain, sha256="0" * 64, taken_at=timezone.now(), signed_at=timezone.now(),
        signed_by=User.objects.first(), records=[one.as_json() for one in old],
    )  # fmt: skip
    report = {"expected": [], "zone": [one.as_json() for one in new]}
    record_check(domain, report=report, findings=[], as_of=timezone.now(), by=None)
    return domain


def test_starting_it_opens_a_board_with_the_exact_records(project, consultant, kept, prepared):
    (way,) = ways_back(project)
    assert way.ttl == 600
    assert safety_of(prepared["pages"], [way]).until < project.hold_until - timedelta(minutes=50)
    answer = consultant.post(f"{HERE}{prepared['pages'].pk}/start/", {"mode": "live", "reason": "It must."})
    assert answer.status_code == 302
    board = text_of(consultant.get(answer.url))
    assert "Put back A of www.example.org" in board
    assert "192.0.2.1" in board
    assert "mail.old.example" not in board
    consultant.post(f"{HERE}{prepared['sending'].pk}/start/", {"mode": "live", "reason": "It must."})
    assert "Put back MX of example.org" in text_of(consultant.get(Run.objects.latest("pk").get_absolute_url()))


def test_the_client_hears_of_a_way_back_and_follows_it_without_what_is_not_his(
    project, consultant, client_person, prepared
):
    goes_live(project, hours=-1)
    sheet = prepared["checkout"].sheet
    consultant.post(f"{HERE}{prepared['checkout'].pk}/start/", {"mode": "live", "reason": "It must."})
    (notice,) = project.notices.all()
    assert (notice.text, notice.is_urgent) == (f"We go back with Checkout of {project.client}: follow it live.", True)
    progress = text_of(client_person.get("/projects/move/progress/"))
    assert "We are going back to the old system: Checkout." in progress
    assert "The switch is running" not in progress
    board = text_of(client_person.get(notice.link))
    assert "Open the old checkouts again" in board
    assert "Close the new checkouts" not in board
    assert "run-acts" not in board
    sheet.steps.update(client_sees=False)
    assert "none of them waits for you" in text_of(client_person.get(notice.link))
    consultant.post(f"{notice.link}act/", {"do": "abort", "reason": "It was our own mistake."})
    newest = project.notices.latest("pk")
    assert newest.text == f"Going back with Checkout of {project.client} was given up before its end."
    assert "We are going back" not in text_of(client_person.get("/projects/move/progress/"))
    consultant.post(f"{HERE}{prepared['checkout'].pk}/start/", {"mode": "rehearsal"})
    assert project.notices.count() == 2


def goes_live(project, **later):
    project.go_live = timezone.now() + timedelta(**later)
    project.save()


def test_before_go_live_going_back_wants_a_reason_and_a_rehearsal_none(project, consultant, prepared):
    goes_live(project, hours=30)
    start = f"{HERE}{prepared['pages'].pk}/start/"
    answer = consultant.post(start, {"mode": "live"})
    assert (answer.status_code, "Go-live is still to come" in text_of(answer)) == (422, True)
    assert 'name="reason"' in text_of(consultant.get(HERE))
    assert "Go-live is still to come" in text_of(consultant.get(prepared["pages"].sheet.get_absolute_url()))
    assert consultant.post(start, {"mode": "live", "reason": "The host asks for it."}).status_code == 302
    assert "The host asks for it." in Run.objects.get().acts.get().why
    assert consultant.post(f"{HERE}{prepared['sending'].pk}/start/", {"mode": "rehearsal"}).status_code == 302


def test_after_the_point_of_no_return_nobody_goes_back(project, consultant, prepared):
    answer = consultant.post(f"{HERE}no-return/", {"client": project.client})
    assert (answer.status_code, "from go-live on" in text_of(answer)) == (422, True)  # nothing to return from yet
    goes_live(project, hours=-1)
    rollbacks.start(prepared["sign_in"], "live", by=User.objects.first())
    answer = consultant.post(f"{HERE}no-return/", {"client": project.client})
    assert (answer.status_code, "is under way" in text_of(answer)) == (422, True)
    running.end(Run.objects.get(), "aborted", by=User.objects.first(), reason="It works again.")
    answer = consultant.post(f"{HERE}no-return/", {"client": "sunrise"})
    assert answer.status_code == 422
    assert "Type the client" in text_of(answer)
    assert 'value="sunrise"' in text_of(answer)
    assert consultant.post(f"{HERE}no-return/", {"client": project.client}).status_code == 302
    answer = consultant.post(f"{HERE}{prepared['pages'].pk}/start/", {"mode": "live"})
    assert answer.status_code == 422
    assert "point of no return" in text_of(answer)
    assert "no longer</span>, it was until" in text_of(consultant.get(HERE))
    assert "cannot take over since" in text_of(consultant.get("/projects/move/cutover/"))
    assert "No way back since" in text_of(consultant.get("/projects/move/progress/"))
    sheet = prepared["pages"].sheet.get_absolute_url()
    assert consultant.post(f"{sheet}begin/", {"mode": "live"}).status_code == 422
    assert "nobody goes back any more" in text_of(consultant.get(sheet))
    assert "Yes, go back now" not in text_of(consultant.get(sheet))
    assert consultant.post(f"{HERE}{prepared['pages'].pk}/start/", {"mode": "rehearsal"}).status_code == 302
    # It can be taken back with a reason, and counts for no later go-live.
    assert consultant.post(f"{HERE}no-return/withdraw/", {"reason": " "}).status_code == 422
    assert consultant.post(f"{HERE}no-return/withdraw/", {"reason": "The old shop still runs."}).status_code == 302
    assert rollbacks.no_return(project) is None
    assert Activity.objects.get(verb="withdrew the point of no return").reason == "The old shop still runs."
    consultant.post(f"{HERE}no-return/", {"client": project.client})
    assert rollbacks.no_return(project)
    goes_live(project, days=3)
    assert rollbacks.no_return(project) is None
    consultant.post(f"/projects/move/cutover/runs/{Run.objects.latest('pk').pk}/act/", {"do": "abort", "reason": "x"})
    assert (
        consultant.post(f"{HERE}{prepared['pages'].pk}/start/", {"mode": "live", "reason": "It must."}).status_code
        == 302
    )
    goes_live(project, minutes=-1)
    running.end(Run.objects.latest("pk"), "aborted", by=User.objects.first(), reason="It works again.")
    assert consultant.post(f"{HERE}no-return/", {"client": project.client}).status_code == 302
    assert rollbacks.no_return(project)
