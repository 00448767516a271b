"""Uploading contact files and the list of them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.contacts import services
from apps.contacts.models import ContactFile
from apps.jobs.models import Job, State
from apps.projects.models import Activity
from apps.projects.stored import StoredFile
from tests import factories
from tests.factories_contacts import CSV, contact_file

URL = "/projects/move/contacts/"


def upload(browser, *files, **fields):
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    return browser.post(URL, {"files": sent, "kind": "contacts", "source": ""} | fields)


def test_a_consultant_uploads_a_file_and_its_check_starts(project, consultant):
    answer = upload(consultant, ("list.csv", CSV.encode()), source="mailchimp")
    file = ContactFile.objects.get()
    assert answer.headers["Location"] == f"/projects/move/contacts/{file.pk}/"
    assert (file.label, file.source, file.uploaded_by, file.client_sees) == (
        "list.csv", "mailchimp", consultant.person, False,
    )  # fmt: skip
    assert file.file.path.read_text() == CSV
    assert file.file.delete_after is not None
    job = Job.objects.get()
    assert (job.task, job.queue, job.state, job.args) == (
        "contacts.validate_file", "cpu", State.QUEUED, {"contact_file_id": file.pk},
    )  # fmt: skip
    assert Activity.objects.filter(project=project, verb="uploaded the contact file").count() == 1


def test_several_files_at_once_get_a_check_each(project, consultant):
    answer = upload(consultant, ("a.csv", CSV.encode()), ("b.csv", CSV.encode()), client_sees="on")
    assert answer.headers["Location"] == URL
    assert sorted(ContactFile.objects.values_list("label", "client_sees")) == [("a.csv", True), ("b.csv", True)]
    assert Job.objects.count() == 2


def test_a_client_uploads_sees_and_downloads_his_own(project, client_person, consultant):
    upload(client_person, ("mine.csv", CSV.encode()), client_sees="")
    mine = ContactFile.objects.get()
    assert mine.client_sees
    services.judge_now(mine)
    mine.refresh_from_db()
    assert client_person.get(f"{URL}{mine.pk}/").status_code == 200
    for file in (mine.file, mine.latest_check.findings_file):
        assert client_person.get(f"/projects/move/files/{file.pk}/").status_code == 200
    for name in ("index_file", "keys_file", "domains_file"):  # what only the checks read is nobody's download
        working = getattr(mine.latest_check, name)
        assert client_person.get(f"/projects/move/files/{working.pk}/").status_code == 404
        assert consultant.get(f"/projects/move/files/{working.pk}/").status_code == 404
    assert client_person.post(f"{URL}{mine.pk}/check/").status_code == 302
    assert client_person.post(f"{URL}{mine.pk}/delete/", {"confirm_name": "mine.csv"}).status_code == 403


def test_a_client_sees_a_shared_file_without_downloading_or_checking_it(project, client_person):
    shared = contact_file(project, name="shared.csv", client_sees=True)
    services.judge_now(shared)
    contact_file(project, name="internal.csv")
    page = client_person.get(URL).content.decode()
    assert "shared.csv" in page
    assert "internal.csv" not in page
    report = client_person.get(f"{URL}{shared.pk}/").content.decode()
    assert "/projects/move/files/" not in report.replace('href="/projects/move/files/"', "")  # but for his own page
    assert client_person.get(f"/projects/move/files/{shared.file_id}/").status_code == 404
    assert client_person.post(f"{URL}{shared.pk}/check/").status_code == 403


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([], "Choose at least one file."),
        ([("empty.csv", b"")], "empty.csv is empty"),
        ([("photo.jpg", b"\xff\xd8\xff")], "photo.jpg is not a CSV, TXT, XLSX or ZIP file"),
        ([("good.csv", CSV.encode()), ("old.xls", b"\xd0\xcf")], "old.xls is not a CSV, TXT, XLSX or ZIP file"),
        ([("x" * 10_000 + ".pdf", b"%PDF-")], "is not a CSV, TXT, XLSX or ZIP file"),
    ],
)
def test_what_cannot_be_taken_is_said_and_nothing_is_kept(project, consultant, files, sentence):
    answer = upload(consultant, *files)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert (ContactFile.objects.count(), StoredFile.objects.count(), Job.objects.count()) == (0, 0, 0)


def test_an_unknown_kind_or_platform_is_said(project, consultant):
    answer = upload(consultant, ("list.csv", CSV.encode()), kind="secrets", source="nowhere")
    assert answer.status_code == 422
    assert "secrets" in answer.content.decode()
    assert StoredFile.objects.count() == 0


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.csv", "<script>alert(1)</script>.csv", "\u202evsc.csv", "é" * 120 + ".csv"]
)
def test_a_hostile_name_is_shown_harmless(project, consultant, name):
    assert upload(consultant, (name, CSV.encode())).status_code == 302
    page = consultant.get(URL).content.decode()
    assert "<script>alert" not in page
    assert ContactFile.objects.get().file.path.parent.name == str(project.pk)


def test_an_upload_over_the_limit_is_refused_with_the_limit(project, consultant, settings):
    settings.UPLOAD_LIMIT_MB = 1
    answer = upload(consultant, ("list.csv", b"a" * 3_000_000))
    assert answer.status_code == 413
    assert "larger than 1 MB" in answer.content.decode()
    assert list(settings.FILE_UPLOAD_TEMP_DIR.iterdir()) == []


def test_a_form_sent_twice_keeps_one_file(project, consultant, settings):
    answers = [upload(consultant, ("list.csv", CSV.encode()), once="abc") for _ in range(3)]
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert (ContactFile.objects.count(), StoredFile.objects.count(), Job.objects.count()) == (1, 1, 1)
    assert len(list((settings.FILES_DIR / str(project.pk)).iterdir())) == 1


def test_the_empty_list_teaches(project, consultant):
    assert "nobody who said no is written to again" in consultant.get(URL).content.decode()


@pytest.mark.parametrize("count", [10, 45])
def test_the_list_takes_the_same_queries_however_long(project, consultant, count):
    stored = [
        StoredFile(project=project, purpose="contacts", name=f"{n}.csv", key=f"k{n}", size=1, sha256="0")
        for n in range(count)
    ]
    StoredFile.objects.bulk_create(stored)
    person = factories.person()
    for file in stored:
        services.add_stored(project, file, by=person)
    consultant.get(URL)
    with CaptureQueriesContext(
        connection,
    ) as taken:
        assert consultant.get(URL).status_code == 200
    assert len(taken) <= 20
    assert len([query for query in taken if "contacts_contactfile" in query["sql"]]) == 2
    assert len([query for query in taken if "jobs_job" in query["sql"]]) <= 2
