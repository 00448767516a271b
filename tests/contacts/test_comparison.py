"""After the import: the target's export against what was sent."""

import csv
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.contacts import packing, reconciling, services
from apps.contacts.models import FileKind, PackRun, RunKind
from apps.contacts.process import NotJudged
from apps.contacts.tasks import compare_import
from apps.findings.models import Fact, FactChange
from apps.jobs.models import Job
from tests import factories
from tests.contacts.test_packs import made
from tests.factories_contacts import contact_file
from tests.projects.test_project_edit import form as project_settings

FACT = "contacts.reconciled"
SENT = [f"p{number}@example.org,Ada,subscribed,yes,2026-10-01,VIP" for number in range(40)]
HEADER = "Email,Name,Status,Consent,Last Open,Tags\n"
LIST = HEADER + "\n".join([*SENT, "gone@example.org,Cai,unsubscribed,yes,2026-10-01,"]) + "\n"


def imported(project, content=LIST):
    """A list whose import files are all ticked."""
    file = made(project, content)
    for pack in packing.latest_run(file).packs.for_import():
        packing.tick(pack, is_imported=True, by=None)
    return file


def export_of(project, rows, header=HEADER):
    return contact_file(project, header + "\n".join(rows) + "\n", name="kartra-export.csv", kind=FileKind.TARGET)


def compared(project, rows, header=HEADER):
    file = export_of(project, rows, header)
    with reconciling.comparing(file) as packed:
        return reconciling.record_comparison(packed, by=None)


def page_of(browser, run, query=""):
    return browser.get(run.get_absolute_url() + query).content.decode()


def test_everything_arrived_is_ready_and_the_plan_knows(project, consultant):
    imported(project)
    run = compared(project, SENT)
    fact = Fact.objects.get(key=FACT)
    assert (fact.verdict, fact.reason) == ("ready", "Everything arrived: all 40 people who were sent.")
    assert fact.link == run.get_absolute_url()
    page = page_of(consultant, run)
    assert "Everything arrived" in page and "0.0 %" in page


def test_missing_people_are_a_file_ready_to_import_and_an_alarm(project, consultant):
    file = imported(project)
    run = compared(project, SENT[:30])
    assert Fact.objects.get(key=FACT).verdict == "not_ready"
    again = run.packs.for_import().get()
    with again.file.path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert again.records == len(rows) == 10 and rows[0]["Email"] == "p30@example.org"
    assert again.file.name == "sunrise-yoga_kartra_missing_consented_engaged-60_1.csv"
    with run.packs.get(segment="missing").file.path.open(newline="") as stream:
        assert next(csv.DictReader(stream))["Original"] == file.label
    page = page_of(consultant, run)
    assert "10 of 40 people are missing, more than 5 %." in page and "Missing, to import once more" in page


def test_whoever_must_not_be_mailed_and_can_be_stands_in_red(project, consultant):
    imported(project)
    run = compared(project, [*SENT, "gone@example.org,Cai,subscribed,yes,,"])
    page = page_of(consultant, run)
    assert "1 person who must not be mailed can be mailed in Kartra" in page and "tone-red" in page
    assert Fact.objects.get(key=FACT).verdict == "not_ready"
    assert page.index("Must not be there") < page.index("By import file")


def test_files_that_are_not_ticked_are_not_compared_and_said_so(project, consultant):
    file = made(project, LIST + "old@example.org,Old,subscribed,yes,2019-01-01,\n")
    packing.tick(packing.latest_run(file).packs.for_import().first(), is_imported=True, by=None)
    run = compared(project, SENT)
    assert run.told["waiting"] == 1 and Fact.objects.get(key=FACT).verdict == "conditions"
    assert "1 import file is not ticked as imported; it was not compared." in page_of(consultant, run)


def test_nothing_ticked_is_a_sentence(project, consultant):
    made(project, LIST)
    file = export_of(project, SENT)
    with pytest.raises(NotJudged, match="No import file is ticked"), reconciling.comparing(file):
        pass
    page = consultant.get(f"/projects/move/contacts/{file.pk}/comparison/").content.decode()
    assert "No import file is ticked as imported yet" in page and ">Compare<" not in page
    answer = consultant.post(f"/projects/move/contacts/{file.pk}/comparison/make/", follow=True)
    assert "No import file is ticked as imported yet" in answer.content.decode()
    assert not Job.objects.filter(task=reconciling.TASK).exists()


def test_import_files_whose_keep_time_is_over_are_a_sentence(project):
    run = packing.latest_run(imported(project))
    for stored in run.stored_files():
        stored.delete_content()
    assert "keep time was over" in reconciling.why_not(project)


def test_people_are_shown_only_when_asked_for_and_stand_in_no_row(project, consultant):
    imported(project)
    run = compared(project, SENT)
    assert "example.org" not in page_of(consultant, run)
    shown = page_of(consultant, run, "?people=1")
    assert shown.count("<summary>Person ") == 10 and "@example.org" in shown
    assert "example.org" not in json.dumps(run.told) + "".join(FactChange.objects.values_list("reason", flat=True))


def test_the_export_speaks_for_no_other_fact_and_is_no_list_to_import(project, consultant):
    services.judge_now(contact_file(project, LIST))
    before = Fact.objects.get(key="contacts.validated").reason
    file = export_of(project, ["no address,,,,,"])
    services.judge_now(file)
    assert Fact.objects.get(key="contacts.validated").reason == before
    assert consultant.get(f"/projects/move/contacts/{file.pk}/packs/").status_code == 404
    page = consultant.get(f"/projects/move/contacts/{file.pk}/").content.decode()
    assert "Compare with what was sent" in page and "Where every record goes" not in page


def test_a_client_cannot_say_that_a_file_is_the_targets_export(project, client_person):
    page = client_person.get("/projects/move/contacts/").content.decode()
    assert "Export of the target" not in page
    said = {"name": "a.csv", "size": 3, "modified": 1, "kind": "target", "source": ""}
    answer = client_person.post("/projects/move/contacts/uploads/", said)
    assert answer.status_code == 422


def test_the_job_compares_and_a_second_outcome_replaces_the_first(
    project, consultant, django_capture_on_commit_callbacks
):
    imported(project)
    run = compared(project, SENT)
    paths = [stored.path for stored in run.stored_files()]
    answer = consultant.post(f"/projects/move/contacts/{run.contact_file_id}/comparison/make/")
    assert answer.status_code == 302
    with django_capture_on_commit_callbacks(execute=True):
        compare_import.run(Job.objects.get(task=reconciling.TASK).pk)
    job = Job.objects.get(task=reconciling.TASK)
    assert (job.state, job.message) == ("done", "40 of 40 people found; 0 who must not be there.")
    assert job.result_url == run.get_absolute_url()
    assert PackRun.objects.filter(kind=RunKind.COMPARISON).count() == 2 and not any(path.exists() for path in paths)


def test_the_import_files_stay_when_an_outcome_is_replaced(project, django_capture_on_commit_callbacks):
    file = imported(project)
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            compared(project, SENT)
    assert all(stored.path.exists() for stored in packing.latest_run(file).stored_files())


def test_deleting_the_export_deletes_its_lists(project, consultant):
    imported(project)
    run = compared(project, SENT[:30])
    paths = [stored.path for stored in run.stored_files()]
    services.delete_file(run.contact_file, by=factories.person())
    assert len(paths) == 4 and not any(path.exists() for path in paths)
    page = page_of(consultant, run, "?people=1")
    assert "Their counts stay" in page and "example.org" not in page


def test_a_missing_file_is_ticked_and_the_person_comes_back_to_the_comparison(project, consultant):
    imported(project)
    run = compared(project, SENT[:30])
    again = run.packs.for_import().get()
    answer = consultant.post(f"/projects/move/contacts/packs/{again.pk}/tick/", {"imported": "yes"})
    assert answer.url == run.get_absolute_url()
    assert Fact.objects.get(key="contacts.packs_imported").verdict == "ready"


def test_the_page_asks_the_same_questions_however_many_files(project, consultant):
    imported(project)
    counts = []
    for rows in (SENT[:39], ["x@example.org,,,,,", "gone@example.org,,subscribed,,,"]):
        run = compared(project, rows)
        with CaptureQueriesContext(connection) as queries:
            page_of(consultant, run)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_what_was_known_about_the_old_target_is_unknown_at_once_and_speaks_again_on_the_way_back(project, consultant):
    services.judge_now(imported(project))
    compared(project, SENT)
    keys = ("validated", "within_limits", "tags_mapped", "packs_imported", "reconciled")
    known = {key: Fact.objects.get(key=f"contacts.{key}").verdict for key in keys}
    assert "unknown" not in known.values()
    for target, told in (("highlevel", dict.fromkeys(keys, "unknown")), ("kartra", known)):
        project.refresh_from_db()
        answer = consultant.post("/projects/move/settings/", project_settings(project, target=target))
        assert answer.status_code == 302
        assert {key: Fact.objects.get(key=f"contacts.{key}").verdict for key in keys} == told
    assert Fact.objects.get(key="contacts.consent_split").verdict != "unknown", "it hangs on no target"
