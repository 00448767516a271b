"""The after-action report: what was planned and what was, in full for consultants and in a version for the client."""

import re
from datetime import timedelta
from html import unescape
from io import BytesIO

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from apps.checklists.models import Plan, PlanTemplate, TemplateVersion
from apps.cutover import kept_plan
from apps.cutover.deciding import Decision, Risk
from apps.cutover.runsheets import LearntLength, Run, RunAct, RunSheet, RunStep, StepMark
from apps.cutover.warmups import WarmUp, WarmUpDay
from apps.findings.models import Fact
from apps.overview.models import Lesson, Objective
from engine.findings import Verdict
from tests import factories
from tests.roles_templates import CONTENT

HERE = "/projects/move/cutover/report/"


def text_of(answer):
    return " ".join(answer.content.decode().split())


@pytest.fixture
def night(project):
    """Two steps: a hidden one 20 minutes late, one that the client sees and that failed; a risk, a way back."""
    zero = timezone.now() - timedelta(hours=3)
    sheet = RunSheet.objects.create(project=project, name="The night")
    run = Run.objects.create(
        project=project, sheet=sheet, mode="live", zero=zero, started_at=zero, ended_at=zero + timedelta(minutes=50),
        outcome="finished",
    )  # fmt: skip
    rows = [("Freeze", "freeze", 0, 10, 30, "done", "The host was slow", False),
            ("Buy something", "buy", 30, 5, 20, "failed", "Secret reason", True)]  # fmt: skip
    for title, key, start, minutes, took, result, note, seen in rows:
        step = RunStep.objects.create(project=project, sheet=sheet, section="Switch", title=title, key=key, start=start,
                                      minutes=minutes, client_sees=seen)  # fmt: skip
        began = zero + timedelta(minutes=start)
        StepMark.objects.create(project=project, run=run, step=step, started_at=began, result=result, note=note,
                                ended_at=began + timedelta(minutes=took))  # fmt: skip
    kept_plan.keep(run)
    RunAct.objects.create(project=project, run=run, words="paused", aside="paused", why="the phone rang")
    RunAct.objects.create(project=project, run=run, words="paused for a coffee: black")  # a remark of somebody
    LearntLength.objects.create(organisation=project.organisation, key="freeze", minutes=24, runs=2)
    back = RunSheet.objects.create(project=project, kind="rollback", name="Back: Checkout")
    Run.objects.create(project=project, sheet=back, mode="live", zero=zero, outcome="aborted", ended_at=timezone.now())
    Fact.publish(project, "contacts.reconciled", Verdict.READY, "All 412 arrived.")
    risk = Risk.objects.create(project=project, key="contacts.reconciled", verdict="not_ready", note="They bounced.",
                               reason="3 are missing.")  # fmt: skip
    Decision.objects.create(project=project, word="go", reason="We go.", risks=[[risk.key, risk.title, "", "", ""]],
                            conditions=[["a", "A", "ready", ""], ["b", "B", "not_ready", ""]])  # fmt: skip
    warm = WarmUp.objects.create(project=project, tiers=[["All", 900]], starts_on=timezone.localdate())
    WarmUpDay.objects.create(project=project, warm_up=warm, on=timezone.localdate(), sent=200, bounced=1, complained=0)
    Objective.objects.create(project=project, sentence="Fewer tools", metric="Tools", baseline=9, target=3)
    return run


def test_without_a_live_run_it_says_what_will_stand_here(project, consultant):
    text = text_of(consultant.get(HERE))
    assert "Nothing to report yet" in text
    assert "which objectives were reached" in text


def test_the_internal_version_tells_the_whole_night(night, consultant):
    text = text_of(consultant.get(HERE))
    for words in (
        "20 min late: Freeze", "We go.", "The host was slow", "Failed: Buy something", "Secret reason", "Paused",
        "Way back started (aborted): Checkout", "Go with 1 accepted risk", "1 of 2 conditions met", "They bounced.",
        "All 412 arrived.", "Fewer tools", "Not measured yet", "Learnt for the next plan", ">24<",
        "200 sent, 1 bounced, 0 complained, of 900 people",
    ):  # fmt: skip
        assert words in text, words
    assert "coffee" not in text


def test_the_client_gets_his_version_once_it_is_shared(night, consultant, client_person):
    assert client_person.get(HERE).status_code == client_person.get(f"{HERE}workbook/").status_code == 404
    consultant.post(f"{HERE}lessons/", {"text": "Rehearse twice", "kind": "keep"})
    consultant.post(f"{HERE}share/", {"on": "yes"})
    assert "How the switch went: the report" in text_of(client_person.get("/projects/move/progress/"))
    (notice,) = client_person.person.notices.all()
    assert (notice.kind, notice.link) == ("todo", HERE)
    hidden = ("Freeze", "Secret reason", "They bounced", "the phone rang", "Learnt for", "Rehearse twice", "slow")
    hidden = (*hidden, "We go.")
    for page in (
        client_person.get(HERE),
        client_person.get(f"{HERE}?for=internal"),
        consultant.get(f"{HERE}?for=client"),
    ):
        text = text_of(page)
        assert "Failed: Buy something" in text
        assert [words for words in hidden if words in text] == []
    book = load_workbook(BytesIO(b"".join(client_person.get(f"{HERE}workbook/"))))
    cells = str([[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()])
    assert [words for words in hidden if words in cells] == []
    consultant.post(f"{HERE}share/", {"on": "no"})
    assert client_person.get(HERE).status_code == 404
    assert not client_person.person.notices.exists()  # its link would lead nowhere


def test_the_workbook_has_the_numbers_of_the_page(night, consultant):
    book = load_workbook(BytesIO(b"".join(consultant.get(f"{HERE}workbook/"))))
    rows = {row[0]: row for row in book["Timeline"].iter_rows(min_row=2, values_only=True)}
    assert rows["Freeze"][5:] == (10, 30, 20, "Done")
    lengths = book["Learnt for the next plan"].iter_rows(min_row=2, values_only=True)
    assert list(lengths) == [("Freeze", 10, 30, 24)]


def test_a_lesson_becomes_an_item_of_the_template_that_the_plan_came_from(night, owner, consultant, project):
    row = PlanTemplate.objects.create(organisation=project.organisation, name="Webinar move", draft=CONTENT)
    lesson = Lesson.objects.create(project=project, text="Call the host & ask", kind="change")
    assert "Into the template" not in text_of(owner.get(HERE))
    version = TemplateVersion.objects.create(
        organisation=project.organisation, template=row, number=1, note="Why", content=CONTENT
    )
    Plan.objects.update_or_create(project=project, defaults={"version": version, "phases": ["Prepare"]})
    text = text_of(owner.get(HERE))
    (link,) = re.findall(r'href="(\S+/new-item/\S+)"', text)
    assert "Into the template" not in text_of(consultant.get(HERE))
    form = text_of(owner.get(unescape(link)))
    assert "host" not in link and 'value="Call the host &amp; ask"' in form  # an address is logged
    Lesson.objects.update(text="A long lesson. " * 30)
    assert text_of(owner.get(unescape(link))).count("A long lesson. A long lesson") > 1  # title and guidance
    for wish in (lesson.pk + 1, "x", "9" * 30):
        assert owner.get(re.sub(r"lesson=\d+", f"lesson={wish}", link)).status_code == 200
    elsewhere = factories.project(factories.organisation("Elsewhere"))
    Lesson.objects.filter(pk=lesson.pk).update(project=elsewhere)
    assert "A long lesson" not in text_of(owner.get(unescape(link)))
    Lesson.objects.filter(pk=lesson.pk).update(project=project, removed_at=timezone.now())
    assert "A long lesson" not in text_of(owner.get(unescape(link)))


def test_a_lesson_is_kept_shown_removed_and_put_back(night, consultant, client_person):
    wrong = consultant.post(f"{HERE}lessons/", {"text": "", "kind": "keep"})
    assert wrong.status_code == 422
    consultant.post(f"{HERE}lessons/", {"text": "Call the host before", "kind": "change"})
    row = Lesson.objects.get()
    consultant.post(f"{HERE}share/", {"on": "yes"})
    for wish, seen in (("show", True), ("away", False), ("back", True), ("hide", False)):
        consultant.post(f"{HERE}lessons/{row.pk}/", {"do": wish})
        assert ("Call the host before" in text_of(client_person.get(HERE))) is seen, wish


def test_the_report_says_early_late_and_failed_as_the_board_and_the_log_do(night, consultant):
    freeze, buy = RunStep.objects.order_by("pk")
    RunAct.objects.create(
        project=night.project, run=night, step=freeze, words="failed: “Freeze”", why="Nobody answers."
    )
    RunAct.objects.create(project=night.project, run=night, step=freeze, words="opened “Freeze” again", aside="opened")
    last = StepMark.objects.get(step=buy)
    last.result, last.started_at, last.ended_at = "done", night.zero, night.zero + timedelta(minutes=5)
    last.save()
    text = text_of(consultant.get(HERE))
    assert "Failed at first: Freeze" in text
    assert "Nobody answers." in text
    assert "0 skipped or failed, 1 failed at first" in text
    assert ">-30<" in text


def test_a_step_that_was_late_only_because_of_another_is_said_in_one_line(night, consultant):
    freeze, buy = RunStep.objects.order_by("pk")
    buy.waits_for.add(freeze)
    RunStep.objects.filter(pk=buy.pk).update(start=10)
    StepMark.objects.filter(step=buy).update(result="done", ended_at=night.zero + timedelta(minutes=35))
    kept_plan.keep(night)
    text = text_of(consultant.get(HERE))
    assert "1 further step ended late only because of what went before" in text
    assert "late: Buy something" not in text
    assert "20 min late" in text
    book = load_workbook(BytesIO(b"".join(consultant.get(f"{HERE}workbook/"))))
    assert {"Inventory", "What was tried"} <= set(book.sheetnames)


def test_a_step_passed_by_hand_is_not_denied_below_and_the_client_reads_what_is_shared(night, consultant):
    assert "No item of the checklist was ticked against its check." in text_of(consultant.get(HERE))
    client = text_of(consultant.get(f"{HERE}?for=client"))
    assert "by hand" not in client
    assert "Only what is shared with you." in client or "Nothing of the inventory is shared with you." in client
    assert "shared with you: 1" in client
    RunAct.objects.create(project=night.project, run=night, words="passed by hand: “Freeze”", aside="passed", why="No")
    text = text_of(consultant.get(HERE))
    assert "Passed by hand: “Freeze”" in text
    assert "Checklist items passed by hand" not in text
