"""The files for the import, from the upload to the tick."""

import csv
import hashlib
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.contacts import packing, services
from apps.contacts.models import PackFile, PackRun
from apps.findings.models import Fact
from tests import factories
from tests.factories_contacts import contact_file

ROWS = [
    "ada@example.org,Ada,subscribed,yes,2026-10-01,VIP;New",
    "bob@example.org,Bob,subscribed,,2026-10-01,VIP",
    "cai@example.org,Cai,unsubscribed,yes,2026-10-01,",
    "dot@example.org,Dot,subscribed,yes,2020-01-01,",
    "ada@example.org,Ada again,subscribed,yes,2026-10-01,",
    "eve@example.org,Eve,subscribed,yes,2026-10-01,",
    "eve@example.org,Eve,unsubscribed,yes,2026-10-01,",
    "no address,Finn,subscribed,yes,2026-10-01,",
]
LIST = "Email,Name,Status,Consent,Last Open,Tags\n" + "\n".join(ROWS) + "\n"


def made(project, content=LIST):
    file = contact_file(project, content)
    services.judge_now(file)
    with packing.packing(file) as packed:
        packing.record_packs(packed, by=None)
    return file


def rows_of(pack: PackFile):
    with pack.file.path.open(encoding="utf-8", newline="") as stream:
        return [row["Email"] for row in csv.DictReader(stream)]


@pytest.fixture
def run(project) -> PackRun:
    return packing.latest_run(made(project))


def test_every_record_is_in_exactly_one_file_and_the_manifest_says_so(run):
    packs = list(run.packs.exclude(purpose="sample").select_related("file"))
    assert sum(pack.records for pack in packs) + run.segments["rejected"] == run.records == len(ROWS)
    manifest = json.loads(run.manifest.path.read_text())
    told = {entry["file"]: (entry["records"], entry["sha256"]) for entry in manifest["packs"]}
    for pack in packs:
        assert told[pack.file.name] == (pack.records, hashlib.sha256(pack.file.path.read_bytes()).hexdigest())
        assert len(rows_of(pack)) == pack.records


def test_who_may_not_be_mailed_is_in_no_import_file(run):
    imported = {address for pack in run.packs.for_import() for address in rows_of(pack)}
    assert imported == {"ada@example.org", "bob@example.org", "dot@example.org"}
    assert rows_of(run.packs.get(purpose="suppression")) == ["cai@example.org", "eve@example.org"]


def test_somebody_allowed_once_and_forbidden_once_waits_for_a_decision(run):
    assert rows_of(run.packs.get(segment="conflict")) == ["eve@example.org"]


def test_consented_and_active_contacts_come_first(run):
    order = [(pack.consent, pack.segment) for pack in run.packs.for_import()]
    assert order == [("consented", "engaged-60"), ("consented", "unengaged-older"), ("no_consent", "engaged-60")]


def test_the_answers_name_the_files_and_the_lead_time(run):
    text = run.answers.path.read_text()
    assert "Where do these contacts come from?" in text and "2 business days" in text
    assert "_consented_engaged-60_1.csv: 1 contacts, consent documented" in text


def test_a_second_run_replaces_the_first_and_deletes_its_files(project, django_capture_on_commit_callbacks):
    file = made(project)
    first = packing.latest_run(file)
    paths = [stored.path for stored in first.stored_files()]
    with django_capture_on_commit_callbacks(execute=True), packing.packing(file) as packed:
        packing.record_packs(packed, by=None)
    assert packing.latest_run(file).pk != first.pk
    assert not any(path.exists() for path in paths)


def test_a_run_that_fails_while_it_is_kept_leaves_no_file(project, monkeypatch):
    file = contact_file(project, LIST)
    before = project.files.count()
    monkeypatch.setattr(packing.PackFile.objects, "bulk_create", lambda rows: 1 / 0)
    with pytest.raises(ZeroDivisionError), packing.packing(file) as packed:
        packing.record_packs(packed, by=None)
    assert project.files.count() == before


def test_the_plan_is_ready_when_every_import_file_was_ticked(project, consultant):
    run = packing.latest_run(made(project))
    assert Fact.objects.get(key="contacts.packs_imported").reason == "2 of 2 import files are not in the target yet."
    for pack in run.packs.for_import().filter(consent="consented"):
        consultant.post(f"/projects/move/contacts/packs/{pack.pk}/tick/", {"imported": "yes"})
    fact = Fact.objects.get(key="contacts.packs_imported")
    assert (fact.verdict, fact.reason) == ("ready", "All 2 import files were imported.")
    consultant.post(f"/projects/move/contacts/packs/{pack.pk}/tick/", {"imported": "no"})
    assert Fact.objects.get(key="contacts.packs_imported").verdict == "not_ready"


def test_the_page_foretells_the_files_before_they_are_made(project, consultant):
    file = contact_file(project, LIST)
    services.judge_now(file)
    page = consultant.get(f"/projects/move/contacts/{file.pk}/packs/").content.decode()
    assert "Not made yet" in page and "last sign of life within 60 days" in page
    assert "Do not mail: consent missing or refused" in page


def test_the_page_shows_the_made_files_with_their_downloads(project, consultant):
    run = packing.latest_run(made(project))
    page = consultant.get(f"/projects/move/contacts/{run.contact_file_id}/packs/").content.decode()
    assert "0 of 2" in page and "Answers for Kartra" in page and "Must not be mailed" in page
    pack = run.packs.for_import().first()
    assert consultant.get(f"/projects/move/files/{pack.file_id}/").status_code == 200


def test_the_page_says_that_the_target_refuses_files_with_too_many_columns(project, consultant):
    header = LIST.partition("\n")[0]
    names, cells = "".join(f",c{n}" for n in range(70)), ",x" * 70
    file = contact_file(project, "\n".join([header + names, *(f"{row}{cells}" for row in ROWS)]))
    services.judge_now(file)
    url = f"/projects/move/contacts/{file.pk}/packs/"
    sentence = "Leave out columns: 76 hold data and Kartra takes at most 60."
    assert sentence in consultant.get(url).content.decode()
    with packing.packing(file) as packed:
        packing.record_packs(packed, by=None)
    assert sentence in consultant.get(url).content.decode()


def test_who_is_not_known_to_have_agreed_stands_apart_and_is_in_no_import(project, consultant):
    run = packing.latest_run(made(project))
    page = consultant.get(f"/projects/move/contacts/{run.contact_file_id}/packs/").content.decode()
    imports, _, rest = page.partition('id="packs-silent"')
    pack = run.packs.get(consent="no_consent")
    assert pack.file.name not in imports and pack.file.name in rest
    assert imports.count(">Was imported<") == 2 and "Was imported" not in rest


def test_while_another_list_is_not_checked_no_files_can_be_asked_for(project, consultant):
    file = contact_file(project, LIST)
    services.judge_now(file)
    contact_file(project, LIST, name="other.csv")
    page = consultant.get(f"/projects/move/contacts/{file.pk}/packs/").content.decode()
    assert 'disabled aria-describedby="why-not"' in page
    assert "other.csv</a> first" in page


def test_deleting_the_upload_deletes_its_import_files(project):
    file = made(project)
    paths = [stored.path for stored in packing.latest_run(file).stored_files()]
    services.delete_file(file, by=factories.person())
    assert not any(path.exists() for path in paths)


def test_the_page_asks_the_same_questions_however_many_files(project, consultant):
    few = made(project)
    many = made(
        project, LIST + "".join(f"x{i}@example.org,X,subscribed,yes,20{10 + i % 9}-01-01,\n" for i in range(50))
    )
    counts = []
    for file in (few, many):
        with CaptureQueriesContext(connection) as queries:
            consultant.get(f"/projects/move/contacts/{file.pk}/packs/")
        counts.append(len(queries))
    assert counts[0] == counts[1]
