"""Approvals: who may, what is frozen, what changed since; the baseline of an approved plan."""

from datetime import timedelta

import pytest

from apps.checklists import approvable, approving, services
from apps.checklists.agreed import Approval
from apps.checklists.models import ChecklistItem, Evidence, NotYet, State
from apps.findings.models import Fact
from apps.projects.models import Activity, Role
from engine.findings import Verdict
from tests.factories_checklists import item, waits

LIST = "/projects/move/approvals/"


def page_of(browser, address=LIST) -> str:
    return browser.get(address, follow=True).content.decode()


def ask(browser, **fields) -> Approval:
    assert browser.post(f"{LIST}ask/", fields).status_code == 302
    return Approval.objects.waiting().latest("pk")


def decide(browser, approval, answer="approved", **fields):
    digest = fields.pop("digest", None) or approvable.now([approval], approval.project)[approval.pk].digest
    return browser.post(f"{LIST}{approval.pk}/decide/", {"answer": answer, "digest": digest} | fields)


def test_the_client_reads_what_is_asked_and_approves_it_by_name(consultant, client_person, project):
    item(project, "Meet on Monday", due=project.today)
    approval = ask(consultant, subject="plan", question="Are these dates right for you?")
    assert client_person.person.notices.get().text.startswith("You are asked to approve")
    page = page_of(client_person, f"{LIST}{approval.pk}/")
    assert "Meet on Monday" in page
    assert "Are these dates right for you?" in page
    assert decide(client_person, approval).status_code == 302
    approval.refresh_from_db()
    assert (approval.state, approval.decided_by) == ("approved", client_person.person)
    assert approval.short_digest in page_of(consultant)
    assert Activity.objects.about(approval).first().verb == "approved"


def test_declining_needs_a_sentence_and_tells_it(consultant, client_person, project):
    approval = ask(consultant, subject="inventory")
    assert decide(client_person, approval, "declined").status_code == 422
    assert decide(client_person, approval, "declined", comment="The shop is missing").status_code == 302
    assert "The shop is missing" in page_of(consultant)


def test_what_changed_while_he_was_reading_is_not_approved(consultant, client_person, project):
    approval = ask(consultant, subject="plan")
    read = approvable.plan(project, Role.CLIENT).digest
    item(project, "One more")
    answer = decide(client_person, approval, digest=read)
    assert answer.status_code == 422
    assert "changed while you were reading" in answer.content.decode()
    assert "One more" in answer.content.decode()
    approval.refresh_from_db()
    assert approval.state == "asked"


def test_an_answer_counts_once(consultant, client_person, project):
    approval = ask(consultant, subject="plan")
    decide(client_person, approval)
    answer = decide(client_person, approval, "declined", comment="No, after all")
    assert answer.status_code == 422
    assert "answered already" in answer.content.decode()


def test_a_question_is_asked_once_and_may_be_taken_back(consultant, project):
    first, second = ask(consultant, subject="plan"), ask(consultant, subject="plan")
    assert first == second
    consultant.post(f"{LIST}{first.pk}/withdraw/")
    assert not Approval.objects.waiting().exists()


@pytest.mark.parametrize(
    "fields", [{"subject": "nothing"}, {"subject": "item"}, {"subject": "plan", "question": "x" * 501}, {},
               {"subject": "item", "item": "9" * 40}],
)  # fmt: skip
def test_a_question_that_cannot_be_is_refused_with_words(consultant, project, fields):
    assert consultant.post(f"{LIST}ask/", fields).status_code == 422


def test_the_client_is_not_asked_about_what_he_does_not_see(consultant, client_person, project):
    hidden, shown = item(project, "Internal margin", client_sees=False), item(project, "Shown")
    consultant.post(f"{LIST}ask/", {"subject": "item", "item": hidden.pk})
    assert not Approval.objects.exists()
    approval = ask(consultant, subject="plan")
    assert "Internal margin" not in page_of(client_person, f"{LIST}{approval.pk}/")
    assert client_person.post(f"{LIST}ask/", {"subject": "item", "item": hidden.pk}).status_code == 404
    assert client_person.post(f"{LIST}ask/", {"subject": "item", "item": shown.pk}).status_code == 403
    ours = approving.approve_plan(project, by=consultant.person)
    assert client_person.get(f"{LIST}{ours.pk}/").status_code == 404


def test_an_internal_item_changes_our_version_of_the_plan_and_not_the_clients(project):
    before = [approvable.plan(project, role).digest for role in (Role.CLIENT, Role.OWNER)]
    item(project, "Internal margin", client_sees=False)
    after = [approvable.plan(project, role).digest for role in (Role.CLIENT, Role.OWNER)]
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False]


PLAN_CHANGES = {
    "title": ("Other words", True), "who": ("client", True), "due": ("2027-05-05", True),
    "evidence_kind": ("url", True), "state": ("done", False), "guidance": ("More words", False),
    "stuck_note": ("Cannot go on", False),
}  # fmt: skip


@pytest.mark.parametrize("name", PLAN_CHANGES)
def test_the_hash_of_the_plan_changes_exactly_with_what_was_approved(project, name):
    row = item(project)
    before = approvable.plan(project, Role.OWNER).digest
    value, is_new = PLAN_CHANGES[name]
    ChecklistItem.objects.filter(pk=row.pk).update(**{name: value})
    assert (approvable.plan(project, Role.OWNER).digest != before) == is_new


def test_a_later_change_is_shown_from_what_to_what_and_approved_again(consultant, client_person, project):
    row = item(project, "Import", due=project.today)
    approval = ask(consultant, subject="plan")
    decide(client_person, approval)
    assert "Changed since approval" not in page_of(consultant)
    other = item(project, "Before it", due=project.today)
    waits(row, other)
    ChecklistItem.objects.filter(pk=row.pk).update(due=project.today + timedelta(days=2))
    assert "Changed since approval: 3 changes" in page_of(consultant)
    page = page_of(consultant, f"{LIST}{approval.pk}/")
    assert f"<del>{project.today}</del> → <ins>{project.today + timedelta(days=2)}</ins>" in page
    decide(client_person, ask(consultant, subject="plan"))
    assert "Changed since approval" not in page_of(consultant)


def test_an_item_that_needs_approval_cannot_be_ticked_before_nor_after_its_evidence_changed(
    consultant, client_person, project
):
    row = item(project, "Words of the shop", needs_approval=True, evidence_kind="text")
    services.give_evidence(row, by=consultant.person, kind="text", text="Soft opening")
    with pytest.raises(NotYet, match="client's approval first"):
        services.complete(row, by=consultant.person, version=row.version)
    approval = ask(client_person, subject="item", item=row.pk)  # he need not wait for the question
    assert "Soft opening" in page_of(client_person, f"{LIST}{approval.pk}/")
    decide(client_person, approval)
    services.give_evidence(row, by=consultant.person, kind="text", text="Grand opening")
    with pytest.raises(NotYet, match="client's approval first"):
        services.complete(row, by=consultant.person, version=row.version)
    assert "Changed since approval: 1 change" in page_of(client_person, row.get_absolute_url())
    decide(client_person, ask(consultant, subject="item", item=row.pk))
    services.complete(row, by=consultant.person, version=row.version)
    assert ChecklistItem.objects.get(pk=row.pk).state == State.DONE


def test_a_ready_check_waits_for_the_approval_and_ticks_with_it(consultant, client_person, project):
    row = item(project, needs_approval=True, fact="inventory.decided", evidence_kind="check")
    Fact.publish(project, "inventory.decided", Verdict.READY, "All decided.")
    assert ChecklistItem.objects.get(pk=row.pk).state == State.OPEN
    decide(client_person, ask(consultant, subject="item", item=row.pk))
    assert ChecklistItem.objects.get(pk=row.pk).state == State.DONE


def test_an_approved_plan_leaves_a_baseline_and_a_changed_one_a_new_one(consultant, client_person, project):
    row = item(project, due=project.today)
    consultant.post(f"{LIST}plan/")
    decide(client_person, ask(consultant, subject="plan"))
    first = project.baselines.get()
    assert {approval.side for approval in first.approvals.all()} == {"client", "consultant"}
    ChecklistItem.objects.filter(pk=row.pk).update(due=project.today + timedelta(days=5))
    consultant.post(f"{LIST}plan/")
    newest, older = project.baselines.all()
    assert (older.due_of(row.pk), newest.due_of(row.pk)) == (project.today, project.today + timedelta(days=5))
    assert newest.go_live_day == project.go_live_day


def give(browser, row, text):
    browser.post(f"{row.get_absolute_url()}evidence/", {"text": text})
    return Evidence.objects.latest("pk")


def change(browser, row, evidence, state="taken_back"):
    return browser.post(f"{row.get_absolute_url()}evidence/{evidence.pk}/", {"state": state})


def test_evidence_taken_back_opens_the_item_and_can_be_put_back(client_person, consultant, project):
    row = item(project, who="client", evidence_kind="count")
    evidence = give(client_person, row, "1,412")
    assert '<b class="evidence-count">1,412</b>' in page_of(client_person, row.get_absolute_url())
    services.complete(row, by=client_person.person, version=row.version)
    assert change(client_person, row, evidence).status_code == 302
    row.refresh_from_db()
    assert row.state == State.OPEN
    assert not row.has_evidence
    assert Activity.objects.about(row).first().reason == "Its evidence was taken back."
    change(consultant, row, evidence, "standing")
    assert row.has_evidence


def test_only_who_gave_evidence_or_a_consultant_takes_it_back(client_person, consultant, project, sibling):
    row, other = item(project, who="client", evidence_kind="text"), item(project, "Other", who="client")
    evidence = give(consultant, row, "Seen on site")
    assert change(client_person, row, evidence).status_code == 403
    assert change(consultant, other, evidence).status_code == 404
    foreign = Evidence.objects.create(project=sibling, item=item(sibling), kind="text", text="Theirs")
    assert change(consultant, row, foreign).status_code == 404


def test_what_a_check_found_cannot_be_taken_back(consultant, project):
    row = item(project)
    evidence = Evidence.objects.create(project=project, item=row, kind="check", text="All decided")
    change(consultant, row, evidence)
    assert Evidence.objects.filter(pk=evidence.pk).exists()


def test_an_override_stays_done_without_its_evidence(consultant, project):
    row = item(project, evidence_kind="text", needs_approval=True)
    evidence = give(consultant, row, "Maybe")
    services.complete(row, by=consultant.person, version=row.version, override="Agreed by phone")
    change(consultant, row, evidence)
    row.refresh_from_db()
    assert row.state == State.DONE
