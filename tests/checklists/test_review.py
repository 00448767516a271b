"""What the plan must hold beyond the single tick: found by reading the code against the brief."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.checklists import services
from apps.checklists.models import ChecklistItem, State
from apps.findings.models import Fact
from apps.projects.stored import StoredFile
from engine.findings import Verdict
from tests.factories_checklists import item, waits

URL = "/projects/move/checklist/"


def done(row, person):
    services.complete(row, by=person, version=row.version)
    row.refresh_from_db()


def test_a_done_item_that_is_given_an_open_wait_does_not_stay_done(consultant, project):
    first, second = item(project, "First"), item(project, "Second")
    done(second, consultant.person)
    services.set_waits(second, [first])
    second.refresh_from_db()
    assert second.state == State.OPEN


def test_deleting_or_freeing_a_wait_lets_a_ready_fact_tick(consultant, project):
    own, bound = item(project, "Own"), item(project, "Bound", fact="inventory.decided", evidence_kind="check")
    waits(bound, own)
    Fact.publish(project, "inventory.decided", Verdict.READY, "All decided.")
    services.delete_item(own, by=consultant.person)
    bound.refresh_from_db()
    assert bound.state == State.DONE


def test_a_fact_does_not_replace_the_file_that_an_item_asks_for(project):
    row = item(project, fact="inventory.decided", evidence_kind="file")
    Fact.publish(project, "inventory.decided", Verdict.READY, "All decided.")
    row.refresh_from_db()
    assert row.state == State.OPEN


def test_what_a_person_opened_against_its_check_is_not_ticked_by_an_unrelated_tick(consultant, project):
    row = item(project, fact="inventory.decided", evidence_kind="check")
    before = item(project, "Before")
    waits(row, before)
    done(before, consultant.person)
    Fact.publish(project, "inventory.decided", Verdict.READY, "All decided.")
    row.refresh_from_db()
    services.reopen(row, by=consultant.person, version=row.version)
    before.refresh_from_db()
    services.reopen(before, by=consultant.person, version=before.version)
    before.refresh_from_db()
    done(before, consultant.person)
    row.refresh_from_db()
    assert row.state == State.OPEN


def test_a_client_is_not_told_the_title_of_an_internal_item(client_person, project):
    secret = item(project, "Negotiate the internal margin", client_sees=False)
    row = item(project, "Send the logo", who="client")
    waits(row, secret)
    pages = [client_person.get(URL), client_person.get(f"{URL}{row.pk}/")]
    pages.append(client_person.post(f"{URL}{row.pk}/tick/", {"state": "done", "version": row.version}))
    for page in pages:
        assert "internal margin" not in page.content.decode()


def test_a_client_cannot_read_the_internal_title_in_the_log_of_his_item(client_person, consultant, project):
    from apps.projects.models import Activity

    secret = item(project, "Negotiate the internal margin", client_sees=False)
    row = item(project, "Send the logo", who="client")
    waits(row, secret)
    done(secret, consultant.person)
    done(row, consultant.person)
    secret.refresh_from_db()
    services.reopen(secret, by=consultant.person, version=secret.version)
    shown = Activity.objects.filter(project=project, is_internal=False)
    assert not [line for line in shown if "internal margin" in line.reason + line.subject_label]


def test_the_list_refreshes_itself_with_the_list_when_the_drawer_is_the_page(consultant, project):
    row = item(project)
    page = consultant.get(f"{URL}{row.pk}/").content.decode()
    assert f'hx-get="{URL}{row.pk}/" hx-trigger="checklist-changed' not in page


def test_a_file_is_no_longer_the_clients_when_its_item_is_hidden_from_him(client_person, consultant, project, tmp_path):
    row = item(project, "Contract", who="consultant")
    path = tmp_path / "contract.pdf"
    path.write_bytes(b"x")
    file = StoredFile.keep(project, path, purpose="evidence", by=consultant.person, client_sees=True)
    services.give_evidence(row, by=consultant.person, kind="file", file=file)
    fields = {"title": row.title, "phase": 1, "section": row.section, "who": "consultant", "days": 0, "version": 1}
    assert consultant.post(f"{URL}{row.pk}/edit/", fields).status_code == 302
    row.refresh_from_db()
    assert not row.client_sees
    assert client_person.get(file.get_absolute_url()).status_code == 404


def test_moving_go_live_on_the_settings_page_moves_the_dates(owner, project):
    row = item(project, days=10)
    row.due = row.due_for(project)
    row.save()
    moved = project.go_live.astimezone(project.zone) + timedelta(days=7)
    answer = owner.post(
        "/projects/move/settings/",
        {"client": project.client, "sources": project.sources, "target": project.target, "version": project.version,
         "time_zone": project.time_zone, "go_live": f"{moved:%Y-%m-%dT%H:%M}", "hold_days": 7, "keep_days": 30},
    )  # fmt: skip
    assert answer.status_code == 302, answer.status_code
    before = row.due
    row.refresh_from_db()
    assert row.due == before + timedelta(days=7)


@pytest.mark.parametrize("state", ["", "toggle", "not_applicable"])
def test_a_tick_without_a_known_wanted_state_changes_nothing(consultant, project, state):
    row = item(project)
    consultant.post(f"{URL}{row.pk}/tick/", {"state": state, "version": row.version})
    row.refresh_from_db()
    assert row.state == State.OPEN


def test_a_tick_without_a_version_is_refused(consultant, project):
    row = item(project)
    consultant.post(f"{URL}{row.pk}/tick/", {"state": "done"})
    row.refresh_from_db()
    assert row.state == State.OPEN


def count(browser, url) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert browser.get(url).status_code == 200
    return len(queries)


def test_one_item_asks_the_same_number_of_queries_however_much_it_waits_for(consultant, project):
    row = item(project)
    waits(row, item(project, "One"))
    waits(item(project, "Next"), row)
    few = count(consultant, f"{URL}{row.pk}/")
    for number in range(20):
        waits(row, item(project, f"Before {number}"))
        waits(item(project, f"After {number}"), row)
    assert count(consultant, f"{URL}{row.pk}/") == few <= 25


def test_an_item_for_the_client_must_be_one_he_sees(consultant, project):
    fields = {"title": "Sign", "phase": 1, "section": "Audit", "who": "client", "days": 1}
    assert consultant.post(f"{URL}new/", fields).status_code == 422


def test_deleting_an_item_takes_its_comments_along(consultant, project):
    from apps.projects.models import Comment

    row = item(project)
    consultant.post(f"{URL}{row.pk}/comment/", {"body": "A remark"})
    consultant.post(f"{URL}{row.pk}/delete/")
    assert not ChecklistItem.objects.filter(pk=row.pk).exists()
    assert not Comment.objects.exists()


def test_a_date_that_follows_the_days_is_changed_with_them(consultant, project):
    row = item(project, days=10)
    fields = {"title": row.title, "phase": 1, "section": row.section, "who": "consultant", "days": 3, "version": 1}
    consultant.post(f"{URL}{row.pk}/edit/", fields)
    row.refresh_from_db()
    assert row.due == project.go_live_day - timedelta(days=3)


def test_a_client_is_not_told_how_many_internal_comments_there_are(client_person, consultant, project):
    row = item(project, "Send the logo", who="client")
    consultant.post(f"{URL}{row.pk}/comment/", {"body": "Between us", "is_internal": "on"})
    assert "1 comment" in consultant.get(URL).content.decode()
    assert "1 comment" not in client_person.get(URL).content.decode()
