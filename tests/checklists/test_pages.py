"""What the pages of the checklist say: to the client what is his to do, to nobody a box that cannot be ticked."""

import pytest
from django.utils import timezone

from apps.findings.models import Fact
from engine.findings import Verdict
from tests.factories_checklists import item, waits

LIST = "/projects/move/checklist/"


def page_of(browser, address=LIST) -> str:
    return browser.get(address).content.decode()


@pytest.mark.parametrize("part", ["", "item"])
def test_the_client_is_led_to_the_decisions_and_not_told_the_names_of_assets(client_person, project, part):
    row = item(project, who="client", fact="inventory.decided", evidence_kind="check")
    link = f"{project.get_absolute_url()}inventory/?required=undecided"
    reason = "Undecided: Secret plan."
    Fact.publish(project, "inventory.decided", Verdict.NOT_READY, reason, as_of=timezone.now(), link=link)
    page = page_of(client_person, row.get_absolute_url() if part else LIST)
    assert f'href="{link}"' in page
    assert "Secret plan" not in page


def test_the_consultant_reads_why_the_check_is_not_ready(consultant, project):
    row = item(project, fact="inventory.decided", evidence_kind="check")
    Fact.publish(project, "inventory.decided", Verdict.NOT_READY, "Undecided: Old offer.", as_of=timezone.now())
    assert "<p>Undecided: Old offer." in page_of(consultant, row.get_absolute_url())


def test_a_box_that_only_the_system_ticks_cannot_be_pressed(consultant, project):
    item(project, "Inventory decided", fact="inventory.decided", evidence_kind="check")
    assert 'aria-label="Inventory decided. The system ticks this itself" disabled' in page_of(consultant)


def test_the_client_sees_beforehand_that_a_file_is_needed(client_person, project):
    item(project, who="client", evidence_kind="file")
    assert "needs a file" in page_of(client_person)


def test_what_an_item_waits_for_is_linked_and_hidden_steps_are_not_named(client_person, project):
    own, hidden = item(project, "Save it", who="client"), item(project, "Secret step", client_sees=False)
    row = item(project, "Plan it", who="client")
    waits(row, own, hidden)
    page = page_of(client_person, row.get_absolute_url())
    assert f'<a href="{own.get_absolute_url()}">Save it</a><span class="muted">, you</span>' in page
    assert "a step of your consultant" in page
    assert "Secret step" not in page


@pytest.mark.parametrize(
    ("query", "words"),
    [("stuck", "Nobody is stuck"), ("overdue", "Nothing is overdue"), ("blocked", "Nothing is blocked")],
)
def test_an_empty_filter_says_what_its_emptiness_means(consultant, project, query, words):
    item(project)
    assert words in page_of(consultant, f"{LIST}?show={query}")
