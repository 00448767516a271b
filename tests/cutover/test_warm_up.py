"""The warm-up in the product: planned from the checked files, told day by day, planned anew, stopped, taken back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.contacts.models import FileCheck
from apps.cutover import warming
from apps.cutover.warmups import WarmUp
from apps.projects.models import Activity
from engine.spreadsheets import open_table
from tests.factories_contacts import contact_file

HERE = "/projects/move/cutover/warm-up/"
PLAN = {
    "tiers": "Opened lately: 1,000\nOlder: 2.500", "first": "100", "growth": "2", "longest": "1000",
    "most_bounced": "2", "most_complained": "0.1", "ceiling": "0.3",
}  # fmt: skip


@pytest.fixture
def today(project):
    return project.today


@pytest.fixture
def plan(project, consultant, today):
    answer = consultant.post(f"{HERE}edit/", PLAN | {"starts_on": (today - timedelta(days=3)).isoformat()})
    assert answer.status_code == 302
    return WarmUp.objects.get(project=project)


def enter(browser, day, sent, bounced="0", complained="0"):
    values = {"on": day.isoformat(), "sent": sent, "bounced": bounced, "complained": complained}
    return browser.post(f"{HERE}enter/", values)


def text_of(answer):
    return answer.content.decode()


def test_a_plan_is_typed_and_its_errors_keep_the_typed_words(project, consultant, plan, today):
    assert plan.tiers == [["Opened lately", 1000], ["Older", 2500]]
    assert "100</b> on" in text_of(consultant.get(HERE))
    wrong = PLAN | {"tiers": "Nobody knows", "starts_on": today.isoformat(), "version": "1", "longest": "9"}
    page = text_of(consultant.post(f"{HERE}edit/", wrong))
    assert "has no number" in page and "Nobody knows" in page and "cannot be smaller" in page
    endless = PLAN | {"growth": "1", "first": "1", "starts_on": today.isoformat(), "version": "1"}
    assert "Raise the growth" in text_of(consultant.post(f"{HERE}edit/", endless))


def test_the_rest_is_planned_from_what_was_really_sent_and_a_stop_needs_its_reason(project, consultant, plan, today):
    enter(consultant, today - timedelta(days=2), 80)
    found = warming.outlook(plan)
    assert (found.word, found.ahead[0].planned, found.ahead[0].on) == ("go_on", 160, today)
    assert found.sent + sum(line.planned for line in found.ahead) == 3_500
    enter(consultant, today - timedelta(days=1), 160, complained="")
    assert warming.outlook(plan).ahead[0].planned == 160  # what is not known holds
    enter(consultant, today - timedelta(days=1), 160, bounced="9")
    assert warming.outlook(plan).is_stopped and not warming.outlook(plan).ahead
    assert "Stop." in text_of(consultant.get(HERE))
    assert consultant.post(f"{HERE}resume/", {"reason": " "}).status_code == 422
    consultant.post(f"{HERE}resume/", {"reason": "The list was cleaned"})
    plan.refresh_from_db()
    assert warming.outlook(plan).ahead[0].planned == 100
    assert Activity.objects.filter(project=project, reason="The list was cleaned").exists()
    found = warming.outlook(plan)
    assert (found.sent, found.bounced) == (240, 9)


def test_what_was_planned_for_a_day_stays_when_the_plan_changes(project, consultant, plan, today):
    WarmUp.objects.update(created_at=timezone.now() - timedelta(days=9))
    first, silent, last = (today - timedelta(days=days) for days in (3, 2, 1))
    enter(consultant, first, 80)
    plan.refresh_from_db()
    changed = PLAN | {"first": "500", "growth": "3", "starts_on": first.isoformat(), "version": str(plan.version)}
    assert consultant.post(f"{HERE}edit/", changed).status_code == 302
    enter(consultant, last, 60)
    found = warming.outlook(WarmUp.objects.get(pk=plan.pk))
    assert [(line.on, line.planned, line.told and line.told.sent) for line in found.past] == [
        (first, 100, 80), (silent, 100, None), (last, 100, 60),
    ]  # fmt: skip
    assert found.ahead[0].planned == 180  # the new pace holds for what is to come
    assert "Nobody has written down what was sent" in text_of(consultant.get(HERE))


def test_pasted_lines_are_taken_whole_or_not_at_all_and_undone(project, consultant, plan, today):
    first, second = today - timedelta(days=2), today - timedelta(days=1)
    lines = f"Day;Sent;Bounced;Complained\n{first:%d.%m.%Y};1.200;3;0\n{second:%d.%m.%Y};90;;\n"
    enter(consultant, first, 50)
    assert consultant.post(f"{HERE}enter/", {"lines": lines}).status_code == 302
    assert [day.values for day in plan.days.all()] == [[1200, 3, 0], [90, None, None]]
    for wrong, sentence in [
        (f"{first}, many", "no whole number"), ("yesterday 9,1", "is not a day"), (f"{first},9\n{first},8", "twice"),
        (f"{today + timedelta(days=2)},9", "still to come"), (f"{first},9,10,0", "more came back"),
        (f"{first}", "how many were sent"), ("Day,Sent", "at least one line"),
        (f"{first}," + "9" * 5_000, "no whole number"), (f"{first},9\r{first},\"8", "twice"),
    ]:  # fmt: skip
        answer = consultant.post(f"{HERE}enter/", {"lines": wrong})
        assert answer.status_code == 422 and sentence in text_of(answer) and wrong.split(",")[0][:9] in text_of(answer)
    enter(consultant, second, 95)
    batch = plan.entries.order_by("pk")[1]
    consultant.post(f"{HERE}entries/{batch.pk}/undo/")
    assert [day.sent for day in plan.days.all()] == [50, 95]  # the second was changed since and stays


def test_the_plan_goes_out_as_a_workbook_with_the_numbers_of_the_page(project, consultant, plan, today, tmp_path):
    enter(consultant, today - timedelta(days=1), 90)
    path = tmp_path / "plan.xlsx"
    path.write_bytes(consultant.get(f"{HERE}workbook/").content)
    rows = [cells for _, cells in open_table(path)[0].rows()]
    assert rows[1][3] == 90 and rows[1][6] == "go on" and rows[2][2] == 180


def test_tiers_come_from_the_newest_checked_files(project, consultant):
    file = contact_file(project, name="all.csv")
    groups = [("engaged-older", "import", 7), ("engaged-60", "import", 5), ("blocked", "suppression", 3)]
    report = {"groups": [{"segment": s, "consent": "", "purpose": p, "count": n} for s, p, n in groups]}
    file.latest_check = FileCheck.objects.create(project=project, contact_file=file, has_errors=False, report=report)
    file.save()
    assert [many for _, many in warming.tiers_of(project)] == [5, 7]
    assert ": 5" in text_of(consultant.get(f"{HERE}edit/"))


def test_a_clean_day_mends_no_stop(project, consultant, plan, today):
    enter(consultant, today - timedelta(days=2), 100, bounced="10")
    enter(consultant, today - timedelta(days=1), 100)
    found = warming.outlook(plan)
    assert found.is_stopped and not found.ahead and "10 % bounced" in found.sentence
    consultant.post(f"{HERE}resume/", {"reason": "The list was\x00 cleaned"})
    plan.refresh_from_db()
    assert (warming.outlook(plan).word, warming.outlook(plan).ahead[0].planned) == ("go_on", 200)


def test_the_fact_says_how_far_it_is_and_unknown_bounces_never_finish_it(project, consultant, plan, today):
    facts = project.facts.filter(key=warming.FACT)
    assert facts.get().verdict == "not_ready"
    enter(consultant, today - timedelta(days=2), 500)
    assert facts.get().verdict == "conditions" and "500 of 3,500 people were mailed" in facts.get().reason
    enter(consultant, today - timedelta(days=1), 3_000, bounced="")
    assert facts.get().verdict == "conditions"
    enter(consultant, today - timedelta(days=1), 3_000, bounced="900")
    assert facts.get().verdict == "not_ready" and "30 % bounced" in facts.get().reason
    enter(consultant, today - timedelta(days=1), 3_000, bounced="3")
    assert facts.get().verdict == "ready" and facts.get().link == HERE


def test_each_column_of_the_chart_has_its_number_where_there_is_room(project, consultant, plan, today):
    enter(consultant, today - timedelta(days=1), 1234)
    page, columns = text_of(consultant.get(HERE)), consultant.get(HERE).context["chart"]["columns"]
    assert 1 < len(columns) <= 15 and page.count('text-anchor="middle"') == len(columns)
    assert ">1,234</text>" in page and all(column["label_y"] > -20 for column in columns)
    WarmUp.objects.update(growth=1, longest=100)
    page = text_of(consultant.get(HERE))
    assert len(consultant.get(HERE).context["chart"]["columns"]) > 15 and 'text-anchor="middle"' not in page
