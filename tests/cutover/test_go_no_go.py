"""Go or no-go: unknown never counts as ready, every unmet condition is met or accepted by somebody, by name."""

import pytest
from django.urls import resolve

from apps.cutover.deciding import BEFORE, Decision, Risk
from apps.findings.models import Fact
from apps.findings.readiness import areas_of
from apps.projects.notice import Notice
from engine.facts import FACTS
from engine.findings import Verdict

HERE = "/projects/move/cutover/"


@pytest.fixture
def all_ready(project):
    for kind in BEFORE:
        Fact.publish(project, kind.key, Verdict.READY, f"{kind.title}: fine.")


def text_of(answer):
    return answer.content.decode()


def accept(consultant, key, note="We know it."):
    return consultant.post(f"{HERE}risks/accept/", {"key": key, "note": note})


def decide(consultant, word, reason=""):
    return consultant.post(f"{HERE}decide/", {"word": word, "reason": reason})


def test_nothing_known_is_no_go_and_says_what_is_open(project, consultant):
    text = text_of(consultant.get(HERE))
    assert f"{len(BEFORE)}</span>" in text
    answer = decide(consultant, "go", "typed words")
    assert answer.status_code == 422
    assert "Not met and not accepted" in text_of(answer)
    assert "typed words" in text_of(answer)
    assert not Decision.objects.exists()


def test_what_only_the_switch_brings_is_not_waited_for(project, consultant, all_ready):
    assert "Old sender gone" not in text_of(consultant.get(HERE))
    assert decide(consultant, "go").status_code == 302
    assert str(Decision.objects.get()) == "Go"


def test_a_risk_is_accepted_by_name_and_stands_in_the_decision(project, consultant, all_ready):
    Fact.publish(project, "contacts.reconciled", Verdict.NOT_READY, "3 people are missing.")
    assert decide(consultant, "go").status_code == 422
    assert "Say in a sentence" in text_of(accept(consultant, "contacts.reconciled", " "))
    assert accept(consultant, "contacts.reconciled", "They bounced before.").status_code == 302
    assert "Go with 1 accepted risk" in text_of(consultant.get(HERE))
    assert decide(consultant, "go", "We go.").status_code == 302
    row = Decision.objects.get()
    assert str(row) == "Go with 1 accepted risk"
    assert row.risks[0][:3] == ["contacts.reconciled", "Import compared", "They bounced before."]
    assert Notice.objects.filter(kind="decision").exists() is False or Notice.objects.first().text.startswith("Go with")


def test_a_risk_that_grew_is_open_again(project, consultant, all_ready):
    Fact.publish(project, "contacts.reconciled", Verdict.CONDITIONS, "1 person is missing.")
    accept(consultant, "contacts.reconciled")
    Fact.publish(project, "contacts.reconciled", Verdict.NOT_READY, "300 people are missing.")
    assert decide(consultant, "go").status_code == 422


@pytest.mark.parametrize(
    ("reason", "holds"),
    [("Not saved yet: Shop, Course.", True), ("Not saved yet: Course.", True), ("Not saved yet: Shop, Quiz.", False),
     ("Not saved yet: Shop, Course and 9 more.", False)],
)  # fmt: skip
def test_more_of_the_same_is_a_risk_that_nobody_has_accepted(reason, holds, project, consultant, all_ready):
    Fact.publish(project, "contacts.reconciled", Verdict.NOT_READY, "Not saved yet: Shop, Course.")
    accept(consultant, "contacts.reconciled")
    decide(consultant, "go")
    assert Decision.objects.get().risks[0][5] == "Not saved yet: Shop, Course."
    Fact.publish(project, "contacts.reconciled", Verdict.NOT_READY, reason)
    assert ("has turned" in text_of(consultant.get(HERE))) is not holds
    assert (decide(consultant, "go").status_code == 302) is holds


def test_a_double_click_decides_once_and_nul_is_no_error(project, consultant, all_ready):
    for _ in range(3):
        consultant.post(f"{HERE}decide/", {"word": "go", "reason": "We\x00 go", "once": "one"})
    assert Decision.objects.get().reason == "We go"


def test_an_acceptance_can_be_taken_back(project, consultant, all_ready):
    Fact.publish(project, "contacts.reconciled", Verdict.NOT_READY, "3 people are missing.")
    accept(consultant, "contacts.reconciled")
    consultant.post(f"{HERE}risks/revoke/", {"key": "contacts.reconciled"})
    assert decide(consultant, "go").status_code == 422
    assert Risk.objects.get().revoked_at is not None


def test_what_is_met_or_made_up_cannot_be_accepted(project, consultant, all_ready):
    assert accept(consultant, "contacts.reconciled").status_code == 422
    assert accept(consultant, "made.up").status_code == 422
    assert not Risk.objects.exists()


def test_a_no_go_needs_a_sentence(project, consultant):
    assert decide(consultant, "no_go").status_code == 422
    assert decide(consultant, "no_go", "The list is not clean.").status_code == 302
    assert "The list is not clean." in text_of(consultant.get(HERE))


def test_what_turned_since_the_decision_is_said(project, consultant, all_ready):
    decide(consultant, "go")
    Fact.publish(project, "domains.stable", Verdict.NOT_READY, "The MX changed.")
    text = text_of(consultant.get(HERE))
    assert "this has turned" in text
    assert "The MX changed." in text


def test_what_nobody_has_checked_leads_to_the_page_where_it_is_checked(project):
    links = {one.kind.key: one.link for area in areas_of(project, list(FACTS.values())) for one in area.conditions}
    assert links["cutover.journeys_passed"] == f"{HERE}journeys/"
    assert [key for key, link in links.items() if link == HERE] == ["cutover.hold_over"]
    for link in set(links.values()):
        assert resolve(link)
