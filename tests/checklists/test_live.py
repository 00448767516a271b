"""Following a plan: the question without a door tells nothing, the answer behind the door holds what changed."""

import re
import time
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.checklists import calls, live, services
from apps.checklists.models import ChecklistItem
from apps.findings.models import Fact
from apps.projects.models import Comment
from engine.findings import Verdict
from tests.factories_checklists import item, waits

LIST = "/projects/move/checklist/"


def place(browser, address=LIST) -> dict:
    """What the page holds for its script."""
    text = browser.get(address).content.decode()
    found = re.search(r'<div id="live" hidden data-pulse="([^"]*)" data-stamp="([^"]*)" data-changes="([^"]*)"', text)
    pulse, stamp, changes = found.groups()
    return {"pulse": pulse, "stamp": stamp, "changes": changes.replace("&amp;", "&")}


def pulse(at: dict):
    cache.clear()
    return Client().get(at["pulse"], headers={"If-None-Match": at["stamp"]})


def changed_ids(browser, at: dict) -> set[int]:
    text = browser.get(at["changes"], headers={"HX-Request": "true"}).content.decode()
    return {int(pk) for pk in re.findall(r'<li class="task [^"]*" id="item-(\d+)"', text)}


@pytest.fixture
def old_plan(project):
    """Items that nobody has touched for a while."""
    rows = [item(project, "Ask"), item(project, "Answer", who="client"), item(project, "Notes", client_sees=False)]
    waits(rows[1], rows[0])
    ChecklistItem.objects.update(updated_at=timezone.now() - timedelta(hours=2))
    return rows


def test_nothing_changed_costs_no_body_no_session_and_two_questions_at_most(consultant, old_plan):
    at = place(consultant)
    assert pulse(at).status_code == 304
    begin = time.monotonic()
    with CaptureQueriesContext(connection) as asked:
        for _ in range(20):
            answer = Client().get(at["pulse"], headers={"If-None-Match": at["stamp"]})
    assert (answer.status_code, answer.content, answer.cookies) == (304, b"", {})
    assert len(asked) <= 2 * (1 + int(time.monotonic() - begin))  # for each second that a busy machine takes


def test_a_tick_brings_the_row_and_what_waited_for_it_and_nothing_else(consultant, client_person, old_plan):
    first, second, _ = old_plan
    at, his = place(consultant), place(client_person)
    services.complete(first, by=consultant.person, version=first.version)
    assert pulse(at).status_code == 200
    assert pulse(at).content.decode() != at["stamp"]
    assert changed_ids(client_person, his) == {first.pk, second.pk}
    assert client_person.get(his["changes"]).content.decode().count("ticked by") == 1


@pytest.mark.parametrize("change", ["comment", "fact", "go_live", "stuck", "new"])
def test_every_kind_of_change_moves_the_stamp(change, consultant, project, old_plan):
    at, first = place(consultant), old_plan[0]
    if change == "comment":
        Comment.objects.create(
            project=project, author=None, subject_type=first._meta.label_lower, subject_id=first.pk, body="Hello"
        )
    elif change == "fact":
        Fact.publish(project, "dns.spf", Verdict.NOT_READY, "Two records.")
    elif change == "go_live":
        type(project).objects.filter(pk=project.pk).update(version=project.version + 1)
    elif change == "stuck":
        calls.mark_stuck(first, by=consultant.person, sentence="No answer")
    else:
        item(project, "Another")
    answer = pulse(at)
    assert answer.status_code == 200
    is_other = answer.content.decode().split(".")[0] != at["stamp"].split(".")[0]
    assert is_other == (change in ("go_live", "stuck", "new"))


def test_a_client_hears_nothing_of_internal_items_and_comments(client_person, consultant, project, old_plan):
    his, hidden = place(client_person), old_plan[2]
    services.complete(hidden, by=consultant.person, version=hidden.version)
    Comment.objects.create(
        project=project, author=consultant.person, subject_type=hidden._meta.label_lower, subject_id=old_plan[0].pk,
        body="Only us", is_internal=True,
    )  # fmt: skip
    assert changed_ids(client_person, his) == set()
    answer = client_person.get(his["changes"]).content.decode()
    assert "Notes" not in answer
    assert "Only us" not in answer


@pytest.mark.parametrize("since", ["", "yesterday", "9999999999999", "-1", "1000000000", "١٢٣٤٥٦٧٨٩٠"])
def test_a_time_that_cannot_be_read_means_the_whole_list(since, consultant, old_plan):
    answer = consultant.get(f"{LIST}changes/", {"since": since})
    assert answer.status_code == 200
    assert 'data-whole="yes"' in answer.content.decode()


def test_a_ticket_is_for_one_project_and_ends_after_ten_minutes(consultant, project, sibling, old_plan):
    at = place(consultant)
    token = at["pulse"].split("/")[2]
    assert live.project_of(token) == project.pk
    assert live.project_of(token[:-1] + ("A" if token[-1] != "A" else "B")) is None
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert pulse(at).status_code == 404
        answer = consultant.get(at["changes"]).content.decode()
    assert re.search(r'data-pulse="/live/[^"]+"', answer)[0] != f'data-pulse="{at["pulse"]}"'


def test_changes_ask_as_much_for_many_rows_as_for_few(consultant, project, old_plan):
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert consultant.get(f"{LIST}changes/?since={int(timezone.now().timestamp())}").status_code == 200
        return len(asked)

    item(project, "One")
    count()
    few = count()
    for number in range(20):
        item(project, f"Item {number}", who="client")
    assert count() == few <= 25
