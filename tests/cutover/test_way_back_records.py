"""The records of a way back: whole, exact, anew with each start, and counted in what it takes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from apps.accounts.models import User
from apps.cutover import rollbacks, running
from apps.cutover.rollbacks import Rollback, safety_of
from apps.cutover.runsheets import LearntLength, Run, RunStep
from apps.domains.going_back import ways_back
from apps.domains.models import DnsSnapshot, Domain
from apps.domains.services import record_check
from apps.findings.models import Fact
from apps.projects.models import Activity, Project
from engine.dns.panels import short_host
from engine.dns.records import RecordSet
from engine.spreadsheets import open_table
from tests.cutover.test_rollback import HERE, text_of

OLD_SPF, NEW_SPF = "v=spf1 include:old.example -all", "v=spf1 include:new.example -all"
KEY = "v=DKIM1; k=rsa; p=" + "A" * 733 + "END"
TEXTS = tuple(f"some-site-verification-{number}={'x' * 60}" for number in range(9))
OLD = [
    RecordSet("example.org", "TXT", (OLD_SPF,), 3600),
    RecordSet("a.example.org", "TXT", ("keep=1",), 300),
    RecordSet("b.example.org", "TXT", TEXTS, 300),
    RecordSet("c.example.org", "TXT", (), None, "timeout"),
    RecordSet("k._domainkey.example.org", "TXT", (KEY,), 300),
    RecordSet("www.example.org", "A", ("192.0.2.1",), 3600),
]
NEW = [
    RecordSet("example.org", "TXT", (NEW_SPF,), 300),
    RecordSet("a.example.org", "TXT", ("keep=1", "new=2"), 300),
    RecordSet("b.example.org", "TXT", (), 300),
    RecordSet("k._domainkey.example.org", "TXT", ("v=DKIM1; p=B",), 300),
    RecordSet("www.example.org", "A", ("198.51.100.7",), 600),
]
WANTED = {
    "name": "c.example.org", "type": "TXT", "need": "required", "verdict": "ok", "match": "exact", "expected": "new=1",
    "found": "new=1", "purpose": "verify", "sentence": "", "found_list": ["new=1"], "source": "target",
}  # fmt: skip


def stands(domain, records):
    """A check that read these."""
    report = {"expected": [WANTED], "zone": [one.as_json() for one in records]}
    record_check(domain, report=report, findings=[], as_of=timezone.now(), by=None)


def signed(project, records, name="example.org"):
    domain = Domain.objects.create(project=project, name=name, shown=name)
    DnsSnapshot.objects.create(
        project=project, domain=domain, sha256="0" * 64, taken_at=timezone.now(), signed_at=timezone.now(),
        signed_by=User.objects.first(), records=[one.as_json() for one in records],
    )  # fmt: skip
    return domain


@pytest.fixture
def domain(project, consultant):
    made = signed(project, OLD)
    stands(made, NEW)
    return made


def records_of(row):
    return {step.title: step for step in row.sheet.steps.exclude(record=None)}


def gone_through(row, by, result="done", mode="rehearsal"):
    run = rollbacks.start(row, mode, by=by, reason="tried")
    for step in row.sheet.steps.all():
        if result != "skipped":
            running.start_step(run, step, by=by, anyway="quicker")
            run.marks.filter(step=step).update(started_at=timezone.now() - timedelta(minutes=2))
        running.end_step(run, step, result, by=by, note="tried")
    running.end(run, "finished", by=by)
    return run


def test_preparing_makes_a_step_for_every_record_with_whole_values(project, consultant, domain, prepared):
    steps = records_of(prepared["sending"])
    assert list(steps) == [
        "Delete TXT of a.example.org", "Put back TXT of b.example.org", "Look by hand at TXT of c.example.org",
        "Put back TXT of example.org", "Put back TXT of k._domainkey.example.org",
    ]  # fmt: skip
    assert steps["Put back TXT of example.org"].record["deletes"] == [NEW_SPF]
    assert steps["Put back TXT of example.org"].record["sets"] == [OLD_SPF]
    assert steps["Delete TXT of a.example.org"].record["deletes"] == ["new=2"]
    assert steps["Put back TXT of b.example.org"].record["sets"] == list(TEXTS)
    page = text_of(consultant.get(prepared["sending"].sheet.get_absolute_url()))
    assert f'data-copy="{KEY}"' in page
    assert f'data-copy="{TEXTS[-1]}"' in page
    assert "Compare with the DNS host" in page
    run = rollbacks.start(prepared["sending"], "live", reason="It must.", by=User.objects.first())
    board = text_of(consultant.get(run.get_absolute_url()))
    assert f'data-copy="{KEY}"' in board
    assert list(records_of(prepared["pages"])) == ["Put back A of www.example.org"]


def test_a_live_start_after_a_rehearsal_shows_each_record_once_with_todays_values(domain, prepared, dana, consultant):
    row = prepared["pages"]
    run = gone_through(row, dana)
    assert records_of(row)["Put back A of www.example.org"].marks.count() == 1
    stands(domain, [*NEW[:-1], RecordSet("www.example.org", "A", ("203.0.113.9",), 600)])
    live = rollbacks.start(row, "live", reason="It must.", by=dana)
    (step,) = records_of(row).values()
    assert step.record["deletes"] == ["203.0.113.9"]
    steps, _ = running.look_ahead(row.sheet, live)
    assert [one.record["deletes"] for one in steps if one.record] == [["203.0.113.9"]]
    past, _ = running.look_ahead(row.sheet, Run.objects.get(pk=run.pk))  # the rehearsal still shows what was rehearsed
    assert [one.record["deletes"] for one in past if one.record] == [["198.51.100.7"]]
    assert consultant.get(run.get_absolute_url()).status_code == 200
    assert text_of(consultant.get(live.get_absolute_url())).count('aria-label="A word on Put back A') == 0
    assert RunStep.every.filter(sheet=row.sheet).exclude(retired_at=None).count() == 1


def test_what_is_right_already_is_left_alone_and_its_person_stays(domain, prepared, dana):
    row = prepared["pages"]
    row.sheet.steps.exclude(record=None).update(owner_name="Mara", minutes=9)
    before = row.sheet.steps.exclude(record=None).get()
    assert rollbacks.refresh_records(row) is False
    assert row.sheet.steps.exclude(record=None).get().minutes == 9
    stands(domain, [*NEW[:-1], RecordSet("www.example.org", "A", ("203.0.113.9",), 600)])
    assert rollbacks.refresh_records(row) is True
    after = row.sheet.steps.exclude(record=None).get()
    assert (after.pk != before.pk, after.owner_name) == (True, "Mara")


def test_while_it_runs_no_records_are_exchanged(domain, prepared, dana, consultant):
    row = prepared["pages"]
    rollbacks.start(row, "rehearsal", by=dana)
    answer = consultant.post(f"{HERE}{row.pk}/records/")
    assert (answer.status_code, "runs now" in text_of(answer)) == (422, True)
    assert consultant.post(f"{HERE}{row.pk}/start/", {"mode": "rehearsal"}).status_code == 422
    assert Run.objects.count() == 1


def test_a_first_step_that_waits_for_the_last_makes_no_circle(domain, prepared, dana):
    row = prepared["pages"]
    first, last = row.sheet.steps.get(key="freeze-new-pages"), row.sheet.steps.get(key="look-at-old-site")
    last.waits_for.clear()
    first.waits_for.add(last)
    stands(domain, [*NEW[:-1], RecordSet("www.example.org", "A", ("203.0.113.9",), 600)])
    assert rollbacks.start(row, "live", reason="It must.", by=dana).is_live


def test_time_needed_and_last_safe_moment_count_the_records_before_they_are_on_the_sheet(project, domain, prepared):
    row = prepared["sending"]
    ways = ways_back(project)
    with_steps = safety_of(row, ways)
    row.sheet.steps.exclude(record=None).delete()
    without = safety_of(Rollback.objects.get(pk=row.pk), ways)
    assert (with_steps.minutes, without.minutes) == (55, 55)  # 10 to stop, 5 records of 3, then 15 and 15
    assert "not known" in with_steps.why
    assert with_steps.until == project.hold_until - timedelta(minutes=55, days=1)
    pages = safety_of(prepared["pages"], ways)
    assert pages.until == project.hold_until - timedelta(minutes=pages.minutes + 10)


def test_a_live_way_back_teaches_no_lengths_of_records(domain, prepared, dana):
    gone_through(prepared["pages"], dana, mode="live")
    assert set(LearntLength.objects.values_list("key", flat=True)) == {
        "freeze-new-pages", "look-at-old-site", "tell-everybody",
    }  # fmt: skip


def verdict_of(project):
    fact = Fact.objects.get(project=project, key="cutover.rollback_ready")
    return fact.verdict, fact.reason


def test_only_what_was_done_and_is_still_the_same_counts_as_rehearsed(project, prepared, dana, consultant):
    project.rollbacks.update(decider_name="Mara")
    rollbacks.publish(project)
    assert verdict_of(project)[0] == "not_ready"
    assert "No DNS snapshot is signed off" in verdict_of(project)[1]
    stands(signed(project, [OLD[-1], RecordSet("c.example.org", "TXT")]), NEW[-1:])
    signed(project, [], "other.example").snapshots.all().delete()
    rollbacks.follow_snapshots()
    assert "without a way back: other.example." in verdict_of(project)[1]
    assert "<b>other.example</b>" in text_of(consultant.get(HERE))
    project.domains.filter(name="other.example").delete()
    for row in prepared.values():
        gone_through(row, dana, result="skipped")
    rollbacks.publish(project)
    assert verdict_of(project)[0] == "conditions"
    assert "not rehearsed: Checkout, Sending mail, Sign-in of members, Pages and domains." in verdict_of(project)[1]
    for row in prepared.values():
        gone_through(row, dana)
    rollbacks.publish(project)
    assert verdict_of(project)[0] == "ready"
    # One step skipped is said, and so is a step that was changed after it.
    run = rollbacks.start(prepared["pages"], "rehearsal", by=dana)
    for number, step in enumerate(prepared["pages"].sheet.steps.all()):
        if number:
            running.start_step(run, step, by=dana, anyway="quicker")
        running.end_step(run, step, "done" if number else "skipped", by=dana, note="no time")
    consultant.post(f"/projects/move/cutover/runs/{run.pk}/act/", {"do": "finish"})
    step = prepared["checkout"].sheet.steps.get(key="open-old-checkout")
    url = f"{prepared['checkout'].sheet.get_absolute_url()}steps/{step.pk}/"
    waits = [other.pk for other in step.waits_for.all()]
    values = {"version": 1, "title": step.title, "section": step.section, "start": 5, "waits_for": waits}
    consultant.post(url, values | {"minutes": 60, "expected": step.expected})
    assert "Checkout" not in verdict_of(project)[1]  # what a rehearsal taught about lengths does not undo it
    assert consultant.post(url, values | {"version": 2, "minutes": 60, "expected": "Both forms."}).status_code == 302
    verdict, reason = verdict_of(project)
    assert verdict == "conditions"
    assert "Pages and domains: 1 of the steps skipped (“Change nothing on the new site any more”)." in reason
    assert "Checkout: changed since the rehearsal." in reason
    assert "changed since the rehearsal" in text_of(consultant.get(HERE))


def test_records_that_nobody_can_tell_about_are_said(project, domain, prepared, dana, consultant):
    project.rollbacks.update(decider_name="Mara")
    for row in prepared.values():
        gone_through(row, dana)
    rollbacks.publish(project)
    assert verdict_of(project) == ("conditions", "Records that nobody can tell about: c.example.org.")
    assert "Look it up at the DNS host now" in text_of(consultant.get(HERE))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("token", ["the-same", ""])
def test_pressed_four_times_at_once_each_act_has_one_effect(project, consultant, domain, token):
    Project.objects.filter(pk=project.pk).update(go_live=timezone.now() - timedelta(hours=1))

    def pressed(url, **values):
        with ThreadPoolExecutor(4) as pool:
            calls = [pool.submit(_post, consultant, url, values | ({"once": token} if token else {})) for _ in range(4)]
            return sorted(call.result() for call in calls)

    assert pressed("prepare/") == [302] * 4
    assert Rollback.objects.count() == 4
    pages = Rollback.objects.get(system="pages")
    stands(domain, [*NEW[:-1], RecordSet("www.example.org", "A", ("203.0.113.9",), 600)])
    assert pressed(f"{pages.pk}/records/") == [302] * 4
    assert pages.sheet.steps.exclude(record=None).count() == 1
    answers = pressed(f"{pages.pk}/start/", mode="live")
    assert answers == ([302] * 4 if token else [302, 422, 422, 422])
    running.end(Run.objects.get(), "aborted", by=User.objects.first(), reason="It works again.")
    assert pressed("no-return/", client=project.client) == [302] * 4
    assert Activity.objects.filter(verb="declared the point of no return").count() == 1


def _post(client, url, values):
    try:
        return client.post(f"{HERE}{url}", values).status_code
    finally:
        connections.close_all()


def test_page_and_workbook_hold_trigger_decider_and_whole_values(project, consultant, domain, tmp_path):
    rollbacks.prepare(project, by=User.objects.first())
    row = project.rollbacks.get(system="sending")
    Rollback.objects.filter(pk=row.pk).update(decider_name="Maya", phone="+49 30 1234")
    page = text_of(consultant.get(row.sheet.get_absolute_url()))
    answer = consultant.get(f"{row.sheet.get_absolute_url()}workbook/")
    (tmp_path / "back.xlsx").write_bytes(b"".join(answer.streaming_content))
    facts, steps = ([cells for _, cells in table.rows()] for table in open_table(tmp_path / "back.xlsx"))
    assert [row.trigger, "Maya", "+49 30 1234"] == [cells[1] for cells in facts[2:5]]
    assert all(words in page for words in ("Maya", "+49 30 1234", "Safe until", KEY))
    place = {name: steps[0].index(name) for name in ("Set", "Host", "Time to live, s")}
    values = {cells[place["Set"]] for cells in steps[1:]}
    assert {KEY, OLD_SPF} <= values
    assert {cells[2] for cells in steps[1:]} == {""}  # no clock before somebody has decided
    orders = [step.record for step in row.sheet.steps.all() if step.record and step.record["do"] == "set"]
    told = {(cells[place["Host"]], cells[place["Time to live, s"]]) for cells in steps[1:]}
    assert {(short_host(one["name"], one["zone"]), one["ttl"] or "") for one in orders} <= told


def test_the_host_is_what_the_panel_of_the_zone_wants(project, consultant, prepared):
    kurse = signed(project, [RecordSet("kurse.example.org", "A", ("192.0.2.11",), 300)], name="kurse.example.org")
    stands(kurse, [RecordSet("kurse.example.org", "A", ("198.51.100.7",), 300)])
    row = prepared["pages"]
    rollbacks.refresh_records(row)
    (step,) = records_of(row).values()
    assert (step.record["name"], step.record["zone"]) == ("kurse.example.org", "example.org")
    text = consultant.get(row.sheet.get_absolute_url()).content.decode()
    assert '<dt>Host</dt><dd><span class="copyable"><code>kurse</code>' in text
