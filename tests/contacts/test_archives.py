"""ZIP archives through the command and through the upload: each list in them is a file of its own."""

import hashlib
import io
import json
import struct
import zipfile
import zlib

import pytest
from django.core.management import call_command

from apps.contacts import services, unpacking
from apps.contacts.arriving import Upload
from apps.contacts.models import ContactFile, FileKind
from apps.jobs.models import Job, State
from apps.jobs.running import JOB_TASKS
from apps.projects.access import AS_CLIENT
from apps.projects.models import Activity
from apps.projects.stored import StoredFile
from engine.spreadsheets import archives
from tests.contacts.test_uploads import append, begun
from tests.factories_contacts import CSV, contact_file

SHOP = "Email,Name\nzoe@example.org,Zoe\n"
HEADER = "Email Address,First Name,MEMBER_RATING,OPTIN_TIME,LEID,EUID\n"
AUDIENCE = [
    ("subscribed_members_export_0f3a9c11d2.csv", HEADER + "ada@example.org,Ada,4,2025-01-01 10:00:00,1,a\n"),
    ("unsubscribed_members_export_0f3a9c11d2.csv", HEADER + "bob@example.org,Bob,1,2025-01-01 10:00:00,2,b\n"),
    ("cleaned_members_export_0f3a9c11d2.csv", HEADER + "cai@example.org,Cai,1,2025-01-01 10:00:00,3,c\n"),
]


def packed(*members) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.fixture
def archive(tmp_path):
    def write(*members, name="export.zip"):
        path = tmp_path / name
        path.write_bytes(packed(*members))
        return path

    return write


def told(capsys, *arguments) -> tuple[object, int]:
    """The answer and the exit status."""
    try:
        call_command("validate_contacts", *map(str, arguments), "--target", "kartra", "--json")
        code = 0
    except SystemExit as left:
        code = int(left.code or 0)
    return json.loads(capsys.readouterr().out), code


def test_an_archive_with_one_list_answers_with_one_object(archive, capsys):
    answer, code = told(capsys, archive(("list.csv", CSV), ("__MACOSX/._list.csv", b"x")))
    assert (answer["file"], answer["records"], code) == ("export.zip/list.csv", 2, 0)


def test_an_archive_with_several_answers_with_a_list_and_a_folder_each(archive, tmp_path, capsys):
    out = tmp_path / "out"
    answers, code = told(capsys, archive(("list.csv", CSV), ("folder/shop.csv", "Email\nbroken\n")), "--out", out)
    assert [(one["file"], one["records"]) for one in answers] == [
        ("export.zip/list.csv", 2),
        ("export.zip/shop.csv", 1),
    ]
    assert code == 1
    assert sorted(path.name for path in out.iterdir()) == ["list.csv", "shop.csv"]
    manifest = json.loads((out / "list.csv" / "manifest.json").read_text())
    assert manifest["input"]["file"] == "export.zip/list.csv"


def test_several_archives_keep_their_members_apart(archive, tmp_path, capsys):
    out = tmp_path / "out"
    files = [archive(("list.csv", CSV), name=name) for name in ("one.zip", "two.zip")]
    answers, _ = told(capsys, *files, "--out", out)
    assert [one["file"] for one in answers] == ["one.zip/list.csv", "two.zip/list.csv"]
    assert (out / "one.zip" / "list.csv" / "manifest.json").is_file()


@pytest.mark.parametrize(("members", "code"), [
    ([("inner.zip", packed(("a.csv", CSV)))], "contacts.file.zip_in_zip"),
    ([("readme.pdf", b"x")], "contacts.file.zip_without_table"),
    ([("a.csv", b"\0" * 30_000_000)], "contacts.file.zip_too_large"),
    ([(f"{number}.csv", b"x") for number in range(101)], "contacts.file.zip_many"),
])  # fmt: skip
def test_an_archive_that_cannot_be_unpacked_is_one_fatal_finding(archive, capsys, members, code):
    answer, status = told(capsys, archive(*members))
    assert (answer["file"], answer["counts"], status) == ("export.zip", {code: 1}, 1)


def test_an_archive_inside_an_archive_is_told_beside_the_lists(archive, capsys):
    answers, _ = told(capsys, archive(("list.csv", CSV), ("inner.zip", packed(("a.csv", CSV)))))
    assert [one["file"] for one in answers] == ["export.zip/list.csv", "export.zip/inner.zip"]
    assert answers[1]["counts"] == {"contacts.file.zip": 1}


def test_people_who_left_a_mailchimp_audience_are_addresses_to_keep_out(archive, capsys):
    answers, _ = told(capsys, archive(*AUDIENCE))
    assert [one.get("kind", "contacts") for one in answers] == ["contacts", "blocked", "blocked"]
    assert [one.get("results", {}).get("people") for one in answers] == [None, 1, 1]


# --- the product -----------------------------------------------------------------------------------------------------


def uploaded(browser, content, name="export.zip", **fields):
    url = begun(browser, name=name, size=len(content), **fields)
    append(browser, url, 0, content)
    return browser.post(f"{url}finish/")


def run_jobs(task=None):
    """All that wait, in the order in which they were sent; those of one task alone where it is named."""
    waiting = Job.objects.active().order_by("pk")
    for job in waiting.filter(task=task) if task else waiting:
        JOB_TASKS[job.task].run(job.pk)


def unpacked(browser, content, **fields):
    """Upload an archive and unpack it; the checks of its lists wait."""
    uploaded(browser, content, **fields)
    run_jobs(unpacking.TASK)


def stored(project, settings):
    return list((settings.FILES_DIR / str(project.pk)).iterdir())


LIST = "/projects/move/contacts/"


def test_an_uploaded_archive_is_unpacked_in_the_background_and_its_lists_take_its_place(
    project, consultant, settings, django_capture_on_commit_callbacks
):
    content = packed(("list.csv", CSV), ("x/shop.csv", SHOP), ("__MACOSX/._list.csv", b"x"), ("logo.png", b"x"))
    assert uploaded(consultant, content, source="mailchimp", client_sees="on").json()["done"]
    archive = ContactFile.objects.get()
    job = Job.objects.get()
    assert (job.task, job.title, stored(project, settings)) == (
        unpacking.TASK,
        "Unpack export.zip",
        [archive.file.path],
    )
    assert "Being unpacked; its lists appear here" in consultant.get(LIST).content.decode()
    assert "Unpack export.zip" in consultant.get(archive.get_absolute_url()).content.decode()

    with django_capture_on_commit_callbacks(execute=True):
        run_jobs(unpacking.TASK)
    files = list(ContactFile.objects.order_by("pk"))
    assert [(file.label, file.file.path.read_text()) for file in files] == [("list.csv", CSV), ("shop.csv", SHOP)]
    told = {(file.source, file.client_sees, file.uploaded_by, file.file.uploaded_by) for file in files}
    assert told == {("mailchimp", True, consultant.person, consultant.person)}
    assert [file.file.sha256 for file in files] == [hashlib.sha256(text.encode()).hexdigest() for text in (CSV, SHOP)]
    activity = Activity.objects.get(verb="unpacked the archive")
    assert (activity.subject_label, activity.detail) == ("export.zip", "2 lists in it; left out as no lists: logo.png")
    assert Activity.objects.filter(verb="uploaded the contact file").count() == 1
    assert "export.zip: 2 lists in it; left out as no lists: logo.png." in consultant.get(LIST).content.decode()
    session = consultant.session
    session[AS_CLIENT] = project.pk
    session.save()
    assert "2 lists in it" not in consultant.get(LIST).content.decode()
    assert len(stored(project, settings)) == StoredFile.objects.count() == 2
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.result_url) == (State.DONE, len(CSV + SHOP), len(CSV + SHOP), LIST)

    run_jobs()
    assert [file.latest_check.records for file in ContactFile.objects.order_by("pk")] == [2, 1]


def test_who_asks_for_an_unpacked_archive_is_sent_to_its_lists(project, consultant, client_person, stranger):
    unpacked(consultant, packed(("list.csv", CSV)))
    url = f"{LIST}{Job.objects.get(task=unpacking.TASK).args['contact_file_id']}/"
    assert consultant.get(url).url == LIST
    assert consultant.get(url, headers={"HX-Request": "true"}).headers["HX-Redirect"] == LIST
    assert [other.get(url).status_code for other in (client_person, stranger)] == [404, 404]
    assert consultant.get(f"{LIST}99999/").status_code == 404


def test_unpacking_that_is_cancelled_leaves_the_archive_and_nothing_else(project, consultant, settings, monkeypatch):
    content = packed(("a.csv", CSV), ("b.csv", SHOP))
    uploaded(consultant, content)
    job, before = Job.objects.get(), Job.progress
    seen = []

    def cancelled_in_the_middle(self, done, total=None, message=None, *, at_once=False):
        if done:
            seen.append([path.name.endswith(".part") for path in stored(project, settings)])
            Job.objects.get(pk=job.pk).cancel()
        before(self, done, total, message, at_once=bool(done))

    with monkeypatch.context() as patch:
        patch.setattr(Job, "progress", cancelled_in_the_middle)
        run_jobs()
    job.refresh_from_db()
    archive = ContactFile.objects.get()
    assert (job.state, sum(seen[0]), "The archive is kept" in job.message) == (State.CANCELLED, 1, True)
    assert [path.read_bytes() for path in stored(project, settings)] == [content] == [archive.file.path.read_bytes()]
    page = consultant.get(archive.get_absolute_url()).content.decode()
    assert "Not unpacked yet" in page and "Unpack again" in page
    consultant.post(f"{archive.get_absolute_url()}check/")
    run_jobs()
    assert [file.label for file in ContactFile.objects.order_by("pk")] == ["a.csv", "b.csv"]


def test_what_a_killed_worker_left_is_cleared_when_the_archive_is_unpacked_again(project, consultant, settings):
    uploaded(consultant, packed(("a.csv", CSV)))
    archive = ContactFile.objects.get()
    left = archive.file.path.with_name(f"{'0' * 48}-{archive.pk}.part")
    other = archive.file.path.with_name(f"{'0' * 48}-{archive.pk + 1}.part")
    for path in (left, other):
        path.write_text("half of a list")
    run_jobs(unpacking.TASK)
    assert (left.exists(), other.exists(), ContactFile.objects.get().label) == (False, True, "a.csv")


def test_an_archive_that_is_deleted_while_it_is_unpacked_stays_deleted(project, consultant, settings, monkeypatch):
    uploaded(consultant, packed(("a.csv", CSV)))
    before = unpacking.take_in

    def too_late(members):
        members.archive.file.delete_content()
        return before(members)

    monkeypatch.setattr(unpacking, "take_in", too_late)
    run_jobs()
    job = Job.objects.get()
    assert (job.state, job.message) == (State.FAILED, unpacking.GONE)
    assert (stored(project, settings), ContactFile.objects.count()) == ([], 1)


def test_a_server_without_room_says_so_and_the_archive_waits(project, consultant, settings, monkeypatch):
    content = packed(("a.csv", CSV))
    uploaded(consultant, content)
    monkeypatch.setattr(unpacking, "RESERVE", 1 << 60)
    run_jobs()
    job = Job.objects.get()
    assert (job.state, job.message) == (State.FAILED, unpacking.FULL)
    assert [path.read_bytes() for path in stored(project, settings)] == [content]


def test_an_archive_inside_an_archive_is_judged_and_never_unpacks_itself(project, consultant):
    unpacked(consultant, packed(("list.csv", CSV), ("inner.zip", packed(("a.csv", CSV)))))
    run_jobs()
    inner = ContactFile.objects.get(label="inner.zip")
    assert inner.latest_check.findings.get().message.startswith("This is a ZIP archive in place of a list")
    consultant.post(f"{inner.get_absolute_url()}check/")
    run_jobs()
    assert ContactFile.objects.filter(label="inner.zip").exists() and ContactFile.objects.count() == 2


def test_finishing_twice_makes_the_lists_once(project, consultant):
    content = packed(("list.csv", CSV), ("shop.csv", SHOP))
    url = begun(consultant, name="export.zip", size=len(content))
    append(consultant, url, 0, content)
    assert [consultant.post(f"{url}finish/").status_code for _ in range(2)] == [200, 200]
    run_jobs(unpacking.TASK)
    assert consultant.post(f"{url}finish/").json()["done"]
    run_jobs(unpacking.TASK)
    assert (ContactFile.objects.count(), Upload.objects.get().contact_file.label) == (2, "list.csv")


def test_a_form_without_scripts_takes_archives_too(project, consultant, settings, django_capture_on_commit_callbacks):
    one, two = io.BytesIO(packed(("list.csv", CSV), ("shop.csv", SHOP))), io.BytesIO(CSV.encode())
    one.name, two.name = "export.zip", "plain.csv"
    assert consultant.post(LIST, {"files": [one, two], "kind": "contacts"}).url == LIST
    with django_capture_on_commit_callbacks(execute=True):
        run_jobs(unpacking.TASK)
    assert [file.label for file in ContactFile.objects.order_by("pk")] == ["plain.csv", "list.csv", "shop.csv"]
    assert len(stored(project, settings)) == StoredFile.objects.count() == 3


def test_what_a_client_uploads_as_an_archive_is_his_to_see(project, client_person):
    unpacked(client_person, packed(("list.csv", CSV)))
    file = ContactFile.objects.get()
    assert file.client_sees and file.uploaded_by == client_person.person
    assert not Activity.objects.get(verb="unpacked the archive").is_internal
    assert "export.zip: 1 list in it." in client_person.get(LIST).content.decode()


GOOD = packed(("list.csv", CSV), ("shop.csv", SHOP))
AT = GOOD.index(b"list.csv") + 8


@pytest.mark.parametrize(("content", "sentence"), [
    (packed(("inner.zip", packed(("a.csv", CSV)))), archives.NESTED),
    (packed(("a.csv", b"\0" * 30_000_000)), archives.SWOLLEN),
    (packed(("readme.pdf", b"x")), archives.NO_TABLE),
    (GOOD[: len(GOOD) // 2], None),  # cut off
    (GOOD[:AT] + b"\xff\xff" + GOOD[AT + 2 :], archives.DAMAGED),  # bytes that were changed on the way
    (GOOD.replace(struct.pack("<L", zlib.crc32(SHOP.encode())), b"\1\2\3\4"), archives.DAMAGED),  # wrong checksum
    (GOOD[:6] + b"\1" + GOOD[7:].replace(b"PK\1\2\x14\3\x14\0\0", b"PK\1\2\x14\3\x14\0\1"), archives.LOCKED),
], ids=["zip in zip", "bomb", "no table", "cut off", "damaged", "checksum", "password"])  # fmt: skip
def test_an_archive_that_cannot_be_unpacked_is_kept_and_its_report_says_why(
    project, consultant, settings, content, sentence
):
    uploaded(consultant, content)
    run_jobs()
    file = ContactFile.objects.get()
    assert (file.label, file.file.path.read_bytes()) == ("export.zip", content)
    told = file.latest_check.findings.get().message
    assert file.latest_check.is_fatal and (told == sentence if sentence else "damaged or cut off" in told)
    assert Job.objects.get().message == told
    for url in (LIST, file.get_absolute_url()):
        assert told in consultant.get(url).content.decode()
    assert not list((settings.FILES_DIR / str(project.pk)).glob("*.part"))


def test_all_members_together_are_no_larger_than_one_upload(project, consultant, settings):
    settings.CONTACTS_LIMIT_MB = 1
    lines = "".join(f"person{number}@example.org\n" for number in range(30_000))
    unpacked(consultant, packed(("a.csv", "Email\n" + lines), ("b.csv", "Email\n" + lines)))
    assert ContactFile.objects.get().label == "export.zip"


def test_what_fails_while_it_is_taken_in_leaves_the_archive_alone(project, consultant, settings, monkeypatch):
    content = packed(("list.csv", CSV), ("shop.csv", SHOP))
    uploaded(consultant, content)
    monkeypatch.setattr(services.ContactFile.objects, "create", lambda **fields: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run_jobs()
    assert (ContactFile.objects.count(), StoredFile.objects.count()) == (1, 1)
    assert [path.read_bytes() for path in stored(project, settings)] == [content]  # it can be unpacked again
    assert Job.objects.get().state == State.FAILED


def test_hostile_names_and_addresses_in_names_stay_out(project, consultant):
    unpacked(consultant, packed(("../../evil.csv", CSV), ("ada@example.org.csv", SHOP), ("x" * 10_000 + ".csv", CSV)))
    labels = [file.label for file in ContactFile.objects.order_by("pk")]
    assert labels[:2] == ["evil.csv", "[address]"] and len(labels[2]) < 160


def test_the_lists_of_a_mailchimp_archive_keep_out_who_has_left(project, consultant):
    stays = HEADER + "".join(f"{name}@example.org,X,4,2025-01-01 10:00:00,1,a\n" for name in ("ada", "bob", "cai"))
    unpacked(consultant, packed(("list.csv", stays), *AUDIENCE[1:]))
    kinds = list(ContactFile.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == [FileKind.CONTACTS, FileKind.BLOCKED, FileKind.BLOCKED]
    run_jobs()  # those to keep out were sent first
    file = ContactFile.objects.get(label="list.csv")
    assert file.latest_check.report["counts"]["contacts.email.kept_out"] == 2


@pytest.mark.parametrize(("name", "kind", "expected"), [
    ("unsubscribed_members_export_0f3a9c11d2.csv", "contacts", "blocked"),
    ("cleaned_email_audience_export_0f3a9c11d2.csv", "contacts", "blocked"),
    ("subscribed_members_export_0f3a9c11d2.csv", "contacts", "contacts"),
    ("nonsubscribed_members_export_0f3a9c11d2.csv", "contacts", "contacts"),
    ("cleaned_contacts.csv", "contacts", "contacts"),
    ("unsubscribed_members_export_0f3a9c11d2.csv", "purchases", "purchases"),
])  # fmt: skip
def test_only_the_names_that_mailchimp_gives_say_that_people_left(project, name, kind, expected):
    assert contact_file(project, SHOP, name, kind=kind).kind == expected


def test_the_next_export_continues_the_lists_of_the_one_before(project, consultant):
    unpacked(consultant, packed(*AUDIENCE))
    again = [(name.replace("0f3a9c11d2", "b7aa01bc42"), content) for name, content in AUDIENCE]
    unpacked(consultant, packed(*again))
    files = list(ContactFile.objects.order_by("pk"))
    assert [file.first_pk for file in files[3:]] == [file.pk for file in files[:3]]
