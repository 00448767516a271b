"""The run sheet: planned, rehearsed, run live by several people, on a clock that is put forward or back."""

import itertools
import re
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from apps.accounts.models import User
from apps.cutover import learning, run_pages, running, steps_out, tasks
from apps.cutover.builtin import built_in
from apps.cutover.deciding import Decision
from apps.cutover.runsheets import LearntLength, Run, RunSheet, RunStep, StepMark
from apps.findings.models import Fact
from apps.projects.models import Role
from engine.findings import Verdict
from engine.runsheet import LONGEST
from engine.spreadsheets import open_table
from tests import factories

HERE = "/projects/move/cutover/"


@pytest.fixture
def dana(owner):
    return User.objects.get(email="dana@northstar.example")


@pytest.fixture
def sheet(project):
    row = RunSheet.objects.create(project=project, name="The night")
    first = RunStep.objects.create(project=project, sheet=row, section="Before", title="Freeze", start=-30, minutes=10)
    second = RunStep.objects.create(project=project, sheet=row, section="Switch", title="Switch", start=0, minutes=15)
    second.waits_for.add(first)
    return row


def steps_of(sheet):
    return list(sheet.steps.order_by("start"))


def text_of(answer):
    return answer.content.decode()


def test_the_built_in_sheet_is_made_once_and_can_be_run(project, consultant):
    assert "No run sheet yet" in text_of(consultant.get(f"{HERE}run-sheets/"))
    for _ in range(2):
        assert consultant.post(f"{HERE}run-sheets/make/").status_code == 302
    sheet = project.runsheets.get()
    assert sheet.steps.count() == len(built_in("go_live"))
    text = text_of(consultant.get(f"{HERE}run-sheets/{sheet.pk}/"))
    assert "Point the domains at the new platform" in text
    assert "T−2:00" in text
    assert "decides the end" in text


def form_of(step, **changes):
    values = {
        "version": step.version, "title": step.title, "section": step.section, "start": step.start,
        "minutes": step.minutes, "owner_name": "", "phone": "", "expected": "", "fact": "",
        "waits_for": [other.pk for other in step.waits_for.all()],
    }  # fmt: skip
    return values | changes


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"minutes": "-5"}, "A step takes 0 minutes or more."),
        ({"start": "999999"}, "at most 60 days before or after T"),
        ({"title": ""}, "Fill this in"),
        ({"fact": "made.up"}, "made.up"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_saved(changes, sentence, sheet, consultant):
    first, _ = steps_of(sheet)
    answer = consultant.post(f"{HERE}run-sheets/{sheet.pk}/steps/{first.pk}/", form_of(first, **changes))
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert RunStep.objects.get(pk=first.pk).version == first.version


def test_a_circle_cannot_be_saved_and_nothing_of_it_is(sheet, consultant):
    first, second = steps_of(sheet)
    answer = consultant.post(
        f"{HERE}run-sheets/{sheet.pk}/steps/{first.pk}/", form_of(first, title="Other", waits_for=[second.pk])
    )
    assert answer.status_code == 422
    assert "wait for one another" in text_of(answer)
    first.refresh_from_db()
    assert (first.title, first.waits_for.count()) == ("Freeze", 0)


def test_a_step_of_another_project_cannot_be_waited_for(sheet, consultant, foreign):
    other = RunStep.objects.create(
        project=foreign, sheet=RunSheet.objects.create(project=foreign, name="x"), section="x", title="x", start=0
    )
    first, _ = steps_of(sheet)
    answer = consultant.post(f"{HERE}run-sheets/{sheet.pk}/steps/{first.pk}/", form_of(first, waits_for=[other.pk]))
    assert answer.status_code == 422
    assert first.waits_for.count() == 0


def begin(consultant, sheet, mode="rehearsal"):
    values = {"mode": mode, "reason": "Said on the phone."}
    assert consultant.post(f"{HERE}run-sheets/{sheet.pk}/begin/", values).status_code == 302
    return Run.objects.latest("pk")


def do(client, run, step, wish, **more):
    return client.post(f"{HERE}runs/{run.pk}/steps/{step.pk}/act/", {"do": wish} | more)


def test_a_rehearsal_is_gone_through_and_counts_for_nothing_else(sheet, consultant):
    first, second = steps_of(sheet)
    run = begin(consultant, sheet)
    assert consultant.post(f"{HERE}run-sheets/{sheet.pk}/begin/", {"mode": "live"}).status_code == 422
    answer = do(consultant, run, second, "start")
    assert answer.status_code == 422
    assert "waits for “Freeze”" in text_of(answer)
    do(consultant, run, first, "start")
    do(consultant, run, first, "done")
    do(consultant, run, second, "start")
    answer = do(consultant, run, second, "failed")
    assert "Say in a sentence" in text_of(answer)
    do(consultant, run, second, "failed", note="The host was down.")
    assert consultant.post(f"{HERE}runs/{run.pk}/act/", {"do": "finish"}).status_code == 302
    run.refresh_from_db()
    assert run.outcome == "finished"
    assert not LearntLength.objects.exists()
    text = text_of(consultant.get(f"{HERE}runs/{run.pk}/"))
    assert "A rehearsal: what is ticked here counts for nothing else." in text
    assert "The host was down." in text
    assert "hx-trigger" not in text.split('id="board"')[1].split(">")[0]


def test_a_step_begun_without_waiting_needs_a_reason_that_is_logged(sheet, consultant):
    _, second = steps_of(sheet)
    run = begin(consultant, sheet)
    do(consultant, run, second, "start", note="The client is waiting.")
    why = "Did not wait for “Freeze”. The client is waiting."
    assert f"started “Switch” before its turn: {why}" in text_of(consultant.get(f"{HERE}runs/{run.pk}/"))
    assert run.acts.exclude(aside="").values_list("aside", "why").get() == ("early", why)


def test_a_failed_step_holds_back_what_waits_for_it(sheet, consultant):
    first, second = steps_of(sheet)
    run = begin(consultant, sheet)
    do(consultant, run, first, "start")
    answer = do(consultant, run, first, "failed", note="Nobody\x00answered.")
    assert answer.status_code == 302
    assert "waits for “Freeze”, which failed" in text_of(do(consultant, run, second, "start"))
    text = text_of(consultant.get(f"{HERE}runs/{run.pk}/"))
    assert "“Freeze” failed and holds back: Switch." in text
    assert f'id="now-{second.pk}"' not in text
    assert do(consultant, run, second, "start", note="It can wait.").status_code == 302
    assert run.acts.get(aside="early").why == "Did not wait for “Freeze”, which failed. It can wait."


def test_without_a_go_the_real_night_begins_with_a_reason_alone(sheet, consultant, project):
    here = f"{HERE}run-sheets/{sheet.pk}/begin/"
    type(project).objects.update(go_live=timezone.now())
    answer = consultant.post(here, {"mode": "live", "reason": " \x00"})
    assert answer.status_code == 422
    assert "Neither go nor no-go is decided. Say in a sentence" in text_of(answer)
    Decision.objects.create(project=project, word="go")
    Decision.objects.create(project=project, word="no_go")
    assert "The newest decision is a no-go" in text_of(consultant.post(here, {"mode": "live"}))
    run = begin(consultant, sheet, "live")
    line = run.acts.values_list("aside", "words", "why").get()
    assert line == ("no_go", "began the live run without a go", "The newest decision is a no-go. Said on the phone.")
    running.end(run, "aborted", by=run.started_by, reason="x")
    Decision.objects.create(project=project, word="go")
    assert consultant.post(here, {"mode": "live"}).status_code == 302


def test_a_live_run_after_one_that_finished_asks_everything_and_keeps_every_reason(sheet, consultant, project, dana):
    type(project).objects.update(go_live=timezone.now() - timedelta(days=3))
    Run.objects.create(project=project, sheet=sheet, mode="live", outcome="finished", ended_at=timezone.now(),
                       zero=timezone.now())  # fmt: skip
    sheet.refresh_from_db()
    run = running.begin(sheet, "live", by=dana, reason="The host failed.")
    assert [(one.aside, one.words) for one in run.acts.all()] == [
        ("once_more", "began the live run once more"),
        ("no_go", "began the live run without a go"),
        ("off_time", "began the live run long after go-live"),
    ]
    assert all(one.why.endswith(". The host failed.") for one in run.acts.all())
    running.end(run, "aborted", by=dana, reason="x")
    Decision.objects.create(project=project, word="go")
    type(project).objects.update(go_live=timezone.now())
    run = running.begin(RunSheet.objects.get(pk=sheet.pk), "live", by=dana, reason="Again.")
    assert [one.aside for one in run.acts.all()] == ["once_more"]


def test_a_step_that_was_taken_out_meanwhile_is_not_started(sheet, consultant, dana):
    first, _ = steps_of(sheet)
    run = begin(consultant, sheet)
    steps_out.take_out(first, by=dana)
    with pytest.raises(running.NotNow, match="taken out of the sheet meanwhile"):
        running.start_step(run, first, by=dana)
    assert not run.marks.exists()


@pytest.mark.django_db(transaction=True)
def test_of_starting_a_step_and_taking_it_out_at_once_one_alone_succeeds(sheet, consultant, dana):
    run = begin(consultant, sheet)
    first, _ = steps_of(sheet)

    def taken_out():
        try:
            steps_out.take_out(first, by=dana)
        except running.NotNow:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            running.start_step(run, first, by=dana)
            other = pool.submit(taken_out)
            wait([other], timeout=0.7)  # it has looked by now, or waits for this one
        assert other.result() is False
    assert RunStep.objects.filter(pk=first.pk).exists()


def test_a_deleted_step_forgets_whom_to_call_once_nobody_puts_it_back(sheet, consultant, dana):
    first, second = steps_of(sheet)
    RunStep.objects.update(phone="+49 30 5550 0142", owner_name="Hugo")
    for step, days in ((first, 31), (second, 29)):
        steps_out.take_out(step, by=dana)
        RunStep.every.filter(pk=step.pk).update(retired_at=timezone.now() - timedelta(days=days))
    RunStep.objects.create(project=sheet.project, sheet=sheet, section="x", title="Stays", start=9, phone="112")
    tasks.watch_holds()
    found = RunStep.every.filter(sheet=sheet).order_by("start").values_list("phone", "owner_name")
    assert list(found) == [("", ""), ("+49 30 5550 0142", "Hugo"), ("112", "")]


def test_records_brought_in_anew_leave_no_place_for_a_deleted_one(sheet, consultant, dana):
    first, second = steps_of(sheet)
    record = {"zone": "example.com", "name": "www", "type": "A"}
    RunStep.objects.filter(pk=first.pk).update(record=record)
    steps_out.take_out(first, by=dana)
    RunStep.objects.filter(pk=second.pk).update(record=record)
    first = RunStep.every.get(pk=first.pk)
    with pytest.raises(running.NotNow, match="stands here again already"):
        steps_out.put_back(first, by=dana)
    RunStep.objects.filter(pk=second.pk).update(record=record | {"type": "AAAA"})
    steps_out.put_back(first, by=dana)
    assert sheet.steps.count() == 2


def test_minutes_may_be_typed_with_the_minus_that_the_pages_write(sheet, consultant):
    first, _ = steps_of(sheet)
    here = f"{HERE}run-sheets/{sheet.pk}/steps/{first.pk}/"
    assert consultant.post(here, form_of(first, start="−45")).status_code == 302
    assert RunStep.objects.get(pk=first.pk).start == -45
    answer = consultant.post(here, form_of(first, start="−99999", version=2))
    assert answer.status_code == 422 and "at most 60 days before or after T" in text_of(answer)


def test_an_aborted_run_no_longer_runs_and_the_client_reads_when_it_began_and_ended(sheet, consultant, client_person):
    first, _ = steps_of(sheet)
    run = begin(consultant, sheet)
    page = f"{HERE}runs/{run.pk}/"
    do(consultant, run, first, "start")
    assert "began the rehearsal" in text_of(client_person.get(page))
    consultant.post(f"{page}act/", {"do": "abort", "reason": "No line"})
    text, seen = text_of(consultant.get(page)), text_of(client_person.get(page))
    assert "Not ended" in text and ", not ended" in text and "Not reached" in text
    assert [words for words in ("runs since", ">Running<", ">None<") if words in text] == []
    assert "aborted the rehearsal" in seen
    assert [words for words in ("No line", "Nothing yet", "Freeze") if words in seen] == []


def test_what_decides_the_end_shows_three_steps_and_folds_the_rest(sheet, consultant):
    before = steps_of(sheet)[-1]
    for number in range(4):
        step = RunStep.objects.create(project=sheet.project, sheet=sheet, section="After", title=f"Then {number}",
                                      start=number, minutes=10)  # fmt: skip
        step.waits_for.add(before)
        before = step
    run = begin(consultant, sheet)
    text = text_of(consultant.get(f"{HERE}runs/{run.pk}/"))
    assert "and 2 more" in text
    first, _ = steps_of(sheet)[:2]
    do(consultant, run, first, "start")
    do(consultant, run, first, "done")
    assert "1 of 6 steps has ended" in text_of(consultant.get(f"{HERE}runs/{run.pk}/"))


def test_pausing_holds_steps_back_and_going_on_lets_them(sheet, consultant):
    first, _ = steps_of(sheet)
    run = begin(consultant, sheet)
    consultant.post(f"{HERE}runs/{run.pk}/act/", {"do": "pause", "reason": "The client's line is down"})
    assert "The run is paused" in text_of(do(consultant, run, first, "start"))
    consultant.post(f"{HERE}runs/{run.pk}/act/", {"do": "go-on"})
    assert do(consultant, run, first, "start").status_code == 302
    assert "Say in a sentence" in text_of(consultant.post(f"{HERE}runs/{run.pk}/act/", {"do": "abort"}))
    consultant.post(f"{HERE}runs/{run.pk}/act/", {"do": "abort", "reason": "No line"})
    assert Run.objects.get(pk=run.pk).outcome == "aborted"
    asides = run.acts.exclude(aside="").values_list("aside", "why")
    assert list(asides) == [("paused", "The client's line is down"), ("went_on", "")]
    assert "This run has ended" in text_of(do(consultant, run, first, "done"))


def test_the_board_answers_only_when_something_has_changed(sheet, consultant):
    run = begin(consultant, sheet)
    seen = run_pages.stamp(Run.objects.get(pk=run.pk))
    answer = consultant.get(f"{HERE}runs/{run.pk}/board/?seen={seen}")
    assert answer.status_code in (204, 200)  # a minute may have turned
    do(consultant, run, steps_of(sheet)[0], "start")
    answer = consultant.get(f"{HERE}runs/{run.pk}/board/?seen={seen}")
    assert answer.status_code == 200
    assert "Running" in text_of(answer)


def test_a_client_sees_and_acts_on_his_own_steps_alone(sheet, consultant, client_person, project):
    first, second = steps_of(sheet)
    mine = User.objects.get(project_memberships__project=project, project_memberships__role=Role.CLIENT)
    RunStep.objects.filter(pk=first.pk).update(client_sees=True, owner=mine)
    hidden = RunStep.objects.create(project=project, sheet=sheet, section="x", title="Secret", start=-40)
    first.waits_for.add(hidden)
    run = begin(consultant, sheet)
    text = text_of(client_person.get(f"{HERE}runs/{run.pk}/"))
    assert "Freeze" in text
    assert ">Switch<" not in text
    assert "began the rehearsal" in text
    answer = do(client_person, run, first, "start")
    assert answer.status_code == 422
    assert "“Freeze” waits for other steps." in text_of(answer)
    do(consultant, run, first, "start", note="He has not paid")
    do(consultant, run, hidden, "skipped", note="He must not know")
    consultant.post(f"{HERE}runs/{run.pk}/act/", {"do": "pause", "reason": "A quarrel"})
    text = text_of(client_person.get(f"{HERE}runs/{run.pk}/"))
    assert "started “Freeze” before its turn" in text
    assert "0 of 1 steps" in text
    assert [words for words in ("Secret", "not paid", "not know", "quarrel", "Switch") if words in text] == []
    consultant.post(f"{HERE}runs/{run.pk}/act/", {"do": "go-on"})
    do(consultant, run, first, "reopen")
    assert do(client_person, run, first, "start").status_code == 302
    assert do(client_person, run, second, "start").status_code == 403
    assert client_person.post(f"{HERE}runs/{run.pk}/act/", {"do": "abort", "reason": "x"}).status_code == 403


def test_a_fact_ends_the_step_it_checks_in_a_live_run_alone(sheet, consultant, project):
    first, _ = steps_of(sheet)
    RunStep.objects.filter(pk=first.pk).update(fact="domains.pages_pointed")
    run = begin(consultant, sheet, "live")
    do(consultant, run, first, "start")
    Fact.publish(project, "domains.pages_pointed", Verdict.READY, "They lead there.")
    mark = StepMark.objects.get(run=run, step=first)
    assert (mark.result, mark.ended_by, mark.note) == ("done", None, "They lead there.")


def test_a_look_that_was_taken_since_the_run_began_ends_the_step_at_its_start(sheet, consultant, project):
    first, _ = steps_of(sheet)
    RunStep.objects.filter(pk=first.pk).update(fact="domains.pages_pointed")
    Fact.publish(project, "domains.pages_pointed", Verdict.READY, "They lead there.")
    run = begin(consultant, sheet, "live")
    mark = StepMark.objects.filter(run=run, step=first)
    do(consultant, run, first, "start")
    assert mark.get().result == ""  # an older look says nothing about tonight
    Fact.publish(project, "domains.pages_pointed", Verdict.READY, "They lead there.")
    assert mark.get().result == "done"
    do(consultant, run, first, "reopen")
    do(consultant, run, first, "start")
    assert mark.get().result == ""  # somebody has seen that it is not done
    do(consultant, run, first, "reopen")
    Fact.publish(project, "domains.pages_pointed", Verdict.READY, "They lead there.")
    do(consultant, run, first, "start")
    assert mark.get().result == "done"


def test_a_step_whose_check_is_not_ready_is_passed_by_hand_with_a_reason(sheet, consultant, project):
    first, _ = steps_of(sheet)
    RunStep.objects.filter(pk=first.pk).update(fact="domains.pages_pointed")
    Fact.publish(project, "domains.pages_pointed", Verdict.NOT_READY, "One leads elsewhere.")
    run = begin(consultant, sheet, "live")
    do(consultant, run, first, "start")
    assert "One leads elsewhere." in text_of(consultant.get(f"{HERE}runs/{run.pk}/"))
    answer = do(consultant, run, first, "done")
    assert answer.status_code == 422
    assert "“Domains pointed” says not ready. Say in a sentence" in text_of(answer)
    do(consultant, run, first, "done", note="That one stays.")
    line = run.acts.filter(step=first, aside="passed").values_list("words", "why").get()
    assert line == ("passed by hand: “Freeze” (“Domains pointed” says not ready)", "That one stays.")
    text = text_of(consultant.get(f"{HERE}report/"))
    assert "Passed by hand: “Freeze”" in text
    assert "Began the live run without a go" in text


@pytest.mark.parametrize("ended", ["step", "run"])
def test_what_somebody_ends_while_the_fact_turns_stays_as_he_said(ended, sheet, consultant, project, monkeypatch):
    first, _ = steps_of(sheet)
    RunStep.objects.filter(pk=first.pk).update(fact="domains.pages_pointed")
    run = begin(consultant, sheet, "live")
    do(consultant, run, first, "start")
    locked = running._locked

    def after_somebody(row):
        rows = StepMark.objects.filter(run=run) if ended == "step" else Run.objects.filter(pk=run.pk)
        rows.update(ended_at=timezone.now(), **({"result": "failed"} if ended == "step" else {"outcome": "aborted"}))
        return locked(row)

    monkeypatch.setattr(running, "_locked", after_somebody)
    Fact.publish(project, "domains.pages_pointed", Verdict.READY, "They lead there.")
    assert Fact.objects.get(project=project, key="domains.pages_pointed").verdict == "ready"
    assert not run.acts.filter(words__startswith="done").exists()


def test_a_live_run_teaches_the_next_plan(sheet, consultant, owner, project, dana):
    RunStep.objects.filter(sheet=sheet, title="Freeze").update(key="switch-dns")
    first, second = steps_of(sheet)
    run = begin(consultant, sheet, "live")
    do(consultant, run, first, "start")
    StepMark.objects.filter(run=run).update(started_at=timezone.now() - timedelta(minutes=42))
    do(consultant, run, first, "done")
    do(consultant, run, second, "skipped", note="not needed")
    consultant.post(f"{HERE}runs/{run.pk}/act/", {"do": "finish"})
    assert round(LearntLength.objects.get(key="switch-dns").minutes) == 42
    other = factories.project(project.organisation, client="Next")
    assert running.sheet_of(other, by=dana).steps.get(key="switch-dns").minutes == 42
    text = text_of(owner.get(f"/projects/{other.slug}/cutover/run-sheets/", follow=True))
    assert "1 length learnt from live runs" in text
    assert text.count(">learnt<") == 1


@pytest.mark.parametrize("jump", [timedelta(hours=5), timedelta(days=-400)])
def test_a_clock_that_was_set_back_or_forward_makes_no_length_that_cannot_be(jump, sheet, consultant):
    RunStep.objects.filter(sheet=sheet, title="Freeze").update(key="switch-dns")
    first, second = steps_of(sheet)
    run = begin(consultant, sheet, "live")
    do(consultant, run, first, "start")
    then = timezone.now() + jump  # what the clock said when the step began
    StepMark.objects.filter(run=run).update(started_at=then)
    Run.objects.filter(pk=run.pk).update(started_at=then)
    assert consultant.get(f"{HERE}runs/{run.pk}/").status_code == 200
    do(consultant, run, first, "done")
    do(consultant, run, second, "skipped", note="not needed")
    consultant.post(f"{HERE}runs/{run.pk}/act/", {"do": "finish"})
    run.refresh_from_db()
    mark = StepMark.objects.get(run=run, step=first)
    assert mark.ended_at >= mark.started_at and run.took >= 0
    assert all(0 < row.minutes <= LONGEST for row in LearntLength.objects.all())


def test_learning_asks_as_much_for_many_steps_and_learns_no_keys_but_the_built_in_ones(project, consultant, dana):
    sheet = RunSheet.objects.create(project=project, name="The night")
    run = Run.objects.create(project=project, sheet=sheet, mode="live", zero=timezone.now(), started_by=dana)

    def add(keys):
        for key in keys:
            step = RunStep.objects.create(project=project, sheet=sheet, key=key, section="x", title=key, start=0)
            began = timezone.now() - timedelta(minutes=9)
            StepMark.objects.create(project=project, run=run, step=step, started_at=began, ended_at=timezone.now(),
                                    ended_by=dana, result="done")  # fmt: skip

    asked = []
    for keys in (["switch-dns", "dns:1:0", ""], [row["key"] for row in built_in("go_live")][:9]):
        add(keys)
        with CaptureQueriesContext(connection) as queries:
            learning.learn(run)
        asked.append(len(queries))
    assert asked[0] == asked[1]
    assert not LearntLength.objects.filter(key__startswith="dns:").exists()
    assert {round(row.minutes) for row in LearntLength.objects.all()} == {9}


def test_a_step_clicked_through_within_a_minute_teaches_nothing(sheet, consultant, dana):
    RunStep.objects.filter(sheet=sheet, title="Freeze").update(key="switch-dns")
    run = begin(consultant, sheet, "live")
    for step in steps_of(sheet):
        do(consultant, run, step, "start")
        do(consultant, run, step, "done")
    consultant.post(f"{HERE}runs/{run.pk}/act/", {"do": "finish"})
    assert not LearntLength.objects.exists()
    assert "a step that took less than a minute" in text_of(consultant.get(f"{HERE}report/"))


def test_a_night_that_is_over_shows_the_steps_as_they_were(sheet, consultant, project):
    project.go_live = timezone.now() + timedelta(minutes=30)
    project.save()
    first, second = steps_of(sheet)
    run = begin(consultant, sheet, "live")
    form = form_of(second, owner_name="Hugo", phone="+49 1")
    assert consultant.post(f"{HERE}run-sheets/{sheet.pk}/steps/{second.pk}/", form).status_code == 302
    line = run.acts.values_list("aside", "words").get(step=second)
    assert line == ("changed", "changed the step “Switch”")
    for step in (first, second):
        do(consultant, run, step, "start")
        do(consultant, run, step, "done")
    consultant.post(f"{HERE}runs/{run.pk}/act/", {"do": "finish"})
    pages = [f"{HERE}runs/{run.pk}/", f"{HERE}report/"]
    parts = [re.findall("<tbody>.*?</tbody>|<span class=.tile-number.*?</span>", text_of(consultant.get(page)), re.S)
             for page in pages]  # fmt: skip
    assert "Hugo" in str(parts[0])
    second.refresh_from_db()
    other = {"title": "Later", "section": "After", "start": 600, "minutes": 30}
    consultant.post(f"{HERE}run-sheets/{sheet.pk}/steps/new/", other)
    form = form_of(second, title="Renamed", start=-300, waits_for=[])
    assert consultant.post(f"{HERE}run-sheets/{sheet.pk}/steps/{second.pk}/", form).status_code == 302
    assert RunStep.objects.filter(title__in=["Later", "Renamed"]).count() == 2
    assert parts == [
        re.findall("<tbody>.*?</tbody>|<span class=.tile-number.*?</span>", text_of(consultant.get(page)), re.S)
        for page in pages
    ]


def test_a_step_that_is_late_is_said_though_the_end_still_holds(sheet, consultant):
    RunStep.objects.create(project=sheet.project, sheet=sheet, section="After", title="Look", start=600)
    run = begin(consultant, sheet)
    assert "behind" not in text_of(consultant.get(f"{HERE}runs/{run.pk}/board/"))
    Run.objects.filter(pk=run.pk).update(zero=timezone.now() + timedelta(minutes=10))  # the first began 20 min ago
    board = text_of(consultant.get(f"{HERE}runs/{run.pk}/board/"))
    assert board.count("20 min behind") == 2
    assert "0 of 3 steps have ended; the end holds" in board


def test_a_long_board_unfolds_where_something_is_to_do(sheet, consultant):
    first, second = steps_of(sheet)
    rows = [
        RunStep(project=sheet.project, sheet=sheet, section="After", title=f"Look {n}", start=60) for n in range(12)
    ]
    for late in RunStep.objects.bulk_create(rows):
        late.waits_for.add(second)
    run = begin(consultant, sheet)
    board = text_of(consultant.get(f"{HERE}runs/{run.pk}/board/"))
    assert list(re.findall(r'id="part-\d-(\w+)"', board)) == ["open", "folded", "folded"]
    assert f'Next: <a href="#now-{first.pk}">Freeze</a>' in board
    do(consultant, run, first, "start")
    do(consultant, run, first, "done")
    board = text_of(consultant.get(f"{HERE}runs/{run.pk}/board/"))
    assert list(re.findall(r'id="part-\d-(\w+)"', board)) == ["folded", "open", "folded"]
    assert "1 of 1 ended" in board
    consultant.post(f"{HERE}runs/{run.pk}/act/", {"do": "abort", "reason": "Enough."})
    board = text_of(consultant.get(f"{HERE}runs/{run.pk}/board/"))
    assert set(re.findall(r'id="part-\d-(\w+)"', board)) == {"open"} and "run-bar" not in board


@pytest.mark.parametrize(
    ("minutes", "words"), [(-90, "T−1:30"), (0, "T+0:00"), (5999, "T+99:59"), (-34_989, "T−24 d 7:09")]
)
def test_far_from_t_days_are_counted(minutes, words):
    assert run_pages.signed(minutes) == words


def test_the_board_has_one_clock_which_is_the_clients(sheet, consultant, project):
    User.objects.filter(email="dana@northstar.example").update(time_zone="America/New_York")
    project.runsheets.filter(pk=sheet.pk).update(kind="rollback", name="Back: Checkout")
    run = begin(consultant, sheet, "live")
    text = text_of(consultant.get(f"{HERE}runs/{run.pk}/"))
    there = run.started_at.astimezone(project.zone)
    assert f"{there:%H:%M:%S}" in text
    assert f"{run.zero.astimezone(project.zone):%H:%M} {run_pages.city(project.zone)}" in text
    board = re.sub("<[^>]*>", "", text.split('id="board"')[1])
    assert f"{run.started_at.astimezone(ZoneInfo('America/New_York')):%H:%M:%S}" not in board
    assert "<h1>Back: Checkout, live</h1>" in text


def test_a_deleted_step_comes_back_with_what_waited_for_it(sheet, consultant):
    first, second = steps_of(sheet)
    here = f"{HERE}run-sheets/{sheet.pk}/"
    answer = consultant.post(f"{here}steps/{first.pk}/delete/", follow=True)
    assert "Deleted “Freeze”. “Switch” no longer waits for it." in text_of(answer)
    assert [step.waits for step in sheet.steps.whole()] == [()]
    consultant.post(f"{here}steps/{second.pk}/", form_of(second, title="Point the domains"))  # saved meanwhile
    consultant.post(f"{here}steps/{first.pk}/back/")
    assert [(step.title, step.waits) for step in sheet.steps.whole()] == [
        ("Freeze", ()), ("Point the domains", (first.pk,))
    ]  # fmt: skip
    assert "Put it back" not in text_of(consultant.get(f"{here}?deleted={first.pk}"))


def test_a_step_that_would_close_a_circle_is_not_put_back(sheet, consultant):
    first, second = steps_of(sheet)
    third = RunStep.objects.create(project=sheet.project, sheet=sheet, section="Before", title="Call", start=-40)
    first.waits_for.add(third)
    here = f"{HERE}run-sheets/{sheet.pk}/steps/"
    consultant.post(f"{here}{first.pk}/delete/")
    third.waits_for.add(second)
    answer = consultant.post(f"{here}{first.pk}/back/")
    assert answer.status_code == 422
    assert "“Freeze” cannot be put back as it was. These steps wait for one another" in text_of(answer)
    assert sheet.steps.count() == 2


def test_a_step_that_runs_stays_and_one_of_a_night_that_is_over_may_go(sheet, consultant):
    first, second = steps_of(sheet)
    run = begin(consultant, sheet)
    do(consultant, run, first, "start")
    answer = consultant.post(f"{HERE}run-sheets/{sheet.pk}/steps/{first.pk}/delete/")
    assert answer.status_code == 422
    assert "“Freeze” is part of the run that goes on" in text_of(answer)
    consultant.post(f"{HERE}run-sheets/{sheet.pk}/steps/{second.pk}/delete/")
    assert f'id="step-{second.pk}"' not in text_of(consultant.get(f"{HERE}runs/{run.pk}/board/"))
    do(consultant, run, first, "done")
    consultant.post(f"{HERE}runs/{run.pk}/act/", {"do": "finish"})
    assert consultant.post(f"{HERE}run-sheets/{sheet.pk}/steps/{first.pk}/delete/").status_code == 302
    assert f'id="step-{first.pk}"' in text_of(consultant.get(f"{HERE}runs/{run.pk}/"))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"owner_name": "Hugo"}, "Clear this, or choose nobody in the list: "),
        ({"phone": "call Hugo"}, "Type one phone number"),
        ({"phone": "030 / 12"}, ""),
        ({"phone": "+49 30 1234 ext. 7"}, ""),
        ({"phone": "+49 30 1234 5678 9012 3456"}, "Type one phone number"),
        ({"phone": "12"}, "Type one phone number"),
    ],
)
def test_one_person_and_a_number_that_can_be_called(changes, sentence, sheet, consultant, dana):
    first, _ = steps_of(sheet)
    values = form_of(first, owner=dana.pk, **changes)
    answer = consultant.post(f"{HERE}run-sheets/{sheet.pk}/steps/{first.pk}/", values)
    assert answer.status_code == (422 if sentence else 302)
    assert sentence in text_of(answer)
    assert all(value in text_of(answer) for value in changes.values() if sentence)


def test_a_pushed_step_says_by_which_step(sheet, consultant):
    first, second = steps_of(sheet)
    first.change(None, minutes=50)
    said = "20 min after its own minute, T+0:00: “Freeze” ends only then"
    assert f"Begins {said}." in text_of(consultant.get(f"{HERE}run-sheets/{sheet.pk}/"))
    form = text_of(consultant.get(f"{HERE}run-sheets/{sheet.pk}/steps/{second.pk}/"))
    assert f"As planned it begins at T+0:20, {said}." in form
    assert "its own minute, " not in text_of(consultant.get(f"{HERE}run-sheets/{sheet.pk}/steps/{first.pk}/"))


@pytest.mark.parametrize(
    ("days", "words"), [(24, "Go-live is in 24 days"), (-3, "Go-live was 3 days ago"), (1, ""), (-1, "")]
)
def test_far_from_go_live_the_live_run_wants_a_reason(days, words, sheet, consultant, project):
    Decision.objects.create(project=project, word="go")
    type(project).objects.update(go_live=timezone.now() + timedelta(days=days, minutes=10 if days < 0 else -10))
    answer = consultant.post(f"{HERE}run-sheets/{sheet.pk}/begin/", {"mode": "live"})
    assert answer.status_code == (422 if words else 302)
    assert words in text_of(answer)
    if words:
        run = begin(consultant, sheet, "live")
        assert run.acts.get().aside == "off_time"
        assert "go-live" in run.acts.get().words


def test_the_workbook_has_the_numbers_of_the_page_and_the_phones(sheet, consultant, tmp_path):
    RunStep.objects.filter(sheet=sheet).update(owner_name="Hugo", phone="+49 30 1234")
    answer = consultant.get(f"{HERE}run-sheets/{sheet.pk}/workbook/")
    (tmp_path / "s.xlsx").write_bytes(b"".join(answer.streaming_content))
    rows = [cells for _, cells in open_table(tmp_path / "s.xlsx")[0].rows()]
    assert rows[1][1] == "T−0:30"
    assert rows[1][7] == "+49 30 1234"
    cells = [cell.value for cell in load_workbook(tmp_path / "s.xlsx").worksheets[0][2]]
    begins = sheet.project.go_live.astimezone(sheet.project.zone).replace(tzinfo=None) - timedelta(minutes=30)
    assert abs(cells[2] - begins) < timedelta(seconds=1) and cells[4] - cells[2] == timedelta(minutes=10)
    assert cells[3] == 10
    text = text_of(consultant.get(f"{HERE}run-sheets/{sheet.pk}/"))
    assert "T−0:30" in text
    assert "+49 30 1234" in text


@pytest.mark.parametrize(
    ("go_live", "clocks"),
    [
        (datetime(2027, 3, 28, 0, 30, tzinfo=UTC), ["01:00", "01:30", "03:00 UTC+2"]),  # 02:00 to 03:00 does not exist
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), ["02:00", "02:30", "02:00 UTC+1"]),  # 02:00 to 03:00 comes twice
    ],
)
def test_the_hour_that_is_skipped_or_comes_twice_moves_no_step(go_live, clocks, sheet):
    project = sheet.project
    project.time_zone, project.go_live = "Europe/Berlin", go_live
    project.save()
    RunStep.objects.create(project=project, sheet=sheet, section="After", title="Look", start=30, minutes=5)
    context = run_pages.sheet_context(RunSheet.objects.select_related("project").get(pk=sheet.pk))
    steps = [step for section in context["sections"] for step in section["steps"]]
    assert [step.planned for step in steps] == clocks
    moments = [go_live + timedelta(minutes=step.placed.planned_start) for step in steps]
    assert [f"{moment.astimezone(ZoneInfo('Europe/Berlin')):%H:%M}" for moment in moments] == [
        one[:5] for one in clocks
    ]
    assert [later - earlier for earlier, later in itertools.pairwise(moments)] == [timedelta(minutes=30)] * 2


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_start_a_step_at_once_one_starts_it_and_the_other_is_told(sheet, consultant, owner):
    run = begin(consultant, sheet)
    first, _ = steps_of(sheet)
    people = [*list(User.objects.filter(email__in=["dana@northstar.example"])), factories.person()]

    def start(user):
        try:
            running.start_step(Run.objects.get(pk=run.pk), RunStep.objects.get(pk=first.pk), by=user)
            return ""
        except running.NotNow as error:
            return str(error)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(start, people))
    assert said[0] == ""
    assert "was faster and has started" in said[1]
    assert StepMark.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_double_click_makes_one_sheet(project, consultant):
    def make(_):
        try:
            return consultant.post(f"{HERE}run-sheets/make/").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(make, range(2))) == [302, 302]
    assert RunSheet.objects.count() == 1


def test_a_finished_night_is_not_begun_again_by_one_click(sheet, consultant, project):
    Decision.objects.create(project=project, word="go")
    now = timezone.now()
    Run.objects.create(
        project=project, sheet=sheet, mode="live", zero=now, started_at=now, ended_at=now, outcome="finished"
    )
    url = f"{HERE}run-sheets/{sheet.pk}/begin/"
    answer = consultant.post(url, {"mode": "live"})
    assert answer.status_code == 422 and "finished already" in text_of(answer)
    assert consultant.post(url, {"mode": "live", "reason": "The domain went back in between."}).status_code == 302
