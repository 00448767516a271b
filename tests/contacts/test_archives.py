"""ZIP archives through the command and through the upload: each list in them is a file of its own."""

import io
import json
import zipfile

import pytest
from django.core.management import call_command

from apps.contacts import services
from apps.contacts.models import ContactFile, FileKind
from apps.contacts.tasks import validate_file
from apps.jobs.models import Job
from apps.projects.models import Activity
from apps.projects.stored import StoredFile
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


def run_jobs():
    for job in Job.objects.active():
        validate_file.run(job.pk)


def test_an_uploaded_archive_becomes_its_lists_each_with_a_check(project, consultant, settings):
    content = packed(("list.csv", CSV), ("x/shop.csv", SHOP), ("__MACOSX/._list.csv", b"x"), ("logo.png", b"x"))
    assert uploaded(consultant, content).json()["done"]
    files = list(ContactFile.objects.order_by("pk"))
    assert [(file.label, file.file.path.read_text()) for file in files] == [("list.csv", CSV), ("shop.csv", SHOP)]
    assert Job.objects.count() == 2
    activity = Activity.objects.get(verb="uploaded the archive")
    assert (activity.subject_label, activity.detail) == ("export.zip", "2 lists in it; left out as no lists: logo.png")
    assert not Activity.objects.filter(verb="uploaded the contact file").exists()
    page = consultant.get(f"/projects/{project.slug}/contacts/").content.decode()
    assert "export.zip: 2 lists in it; left out as no lists: logo.png." in page
    assert len(list((settings.FILES_DIR / str(project.pk)).iterdir())) == StoredFile.objects.count() == 2
    run_jobs()
    assert [file.latest_check.records for file in ContactFile.objects.order_by("pk")] == [2, 1]


def test_finishing_twice_makes_the_lists_once(project, consultant):
    content = packed(("list.csv", CSV), ("shop.csv", SHOP))
    url = begun(consultant, name="export.zip", size=len(content))
    append(consultant, url, 0, content)
    assert [consultant.post(f"{url}finish/").status_code for _ in range(2)] == [200, 200]
    assert ContactFile.objects.count() == 2


def test_a_form_without_scripts_takes_archives_too(project, consultant, settings):
    one, two = io.BytesIO(packed(("list.csv", CSV), ("shop.csv", SHOP))), io.BytesIO(CSV.encode())
    one.name, two.name = "export.zip", "plain.csv"
    consultant.post("/projects/move/contacts/", {"files": [one, two], "kind": "contacts"})
    assert [file.label for file in ContactFile.objects.order_by("pk")] == ["list.csv", "shop.csv", "plain.csv"]
    assert len(list((settings.FILES_DIR / str(project.pk)).iterdir())) == StoredFile.objects.count() == 3


def test_what_a_client_uploads_as_an_archive_is_his_to_see(project, client_person):
    uploaded(client_person, packed(("list.csv", CSV)))
    file = ContactFile.objects.get()
    assert file.client_sees and file.uploaded_by == client_person.person
    assert not Activity.objects.get(verb="uploaded the archive").is_internal


@pytest.mark.parametrize("members", [
    [("inner.zip", packed(("a.csv", CSV)))], [("a.csv", b"\0" * 30_000_000)], [("readme.pdf", b"x")],
])  # fmt: skip
def test_an_archive_that_cannot_be_unpacked_is_kept_and_its_report_says_why(project, consultant, settings, members):
    content = packed(*members)
    uploaded(consultant, content)
    run_jobs()
    file = ContactFile.objects.get()
    assert (file.label, file.file.path.read_bytes()) == ("export.zip", content)
    assert file.latest_check.is_fatal and file.latest_check.findings.get().message.startswith("This ZIP archive")
    assert not list((settings.FILES_DIR / str(project.pk)).glob("*.part"))


def test_all_members_together_are_no_larger_than_one_upload(project, consultant, settings):
    settings.CONTACTS_LIMIT_MB = 1
    lines = "".join(f"person{number}@example.org\n" for number in range(30_000))
    uploaded(consultant, packed(("a.csv", "Email\n" + lines), ("b.csv", "Email\n" + lines)))
    assert ContactFile.objects.get().label == "export.zip"


def test_what_fails_while_it_is_taken_in_leaves_the_upload_alone(project, consultant, settings, monkeypatch):
    content = packed(("list.csv", CSV))
    monkeypatch.setattr(services.ContactFile.objects, "create", lambda **fields: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        uploaded(consultant, content)
    parts = list((settings.FILES_DIR / str(project.pk)).iterdir())
    assert (ContactFile.objects.count(), StoredFile.objects.count()) == (0, 0)
    assert [part.read_bytes() for part in parts] == [content]  # it can still be finished


def test_hostile_names_and_addresses_in_names_stay_out(project, consultant):
    uploaded(consultant, packed(("../../evil.csv", CSV), ("ada@example.org.csv", SHOP), ("x" * 10_000 + ".csv", CSV)))
    labels = [file.label for file in ContactFile.objects.order_by("pk")]
    assert labels[:2] == ["evil.csv", "[address]"] and len(labels[2]) < 160


def test_the_lists_of_a_mailchimp_archive_keep_out_who_has_left(project, consultant):
    stays = HEADER + "".join(f"{name}@example.org,X,4,2025-01-01 10:00:00,1,a\n" for name in ("ada", "bob", "cai"))
    uploaded(consultant, packed(("list.csv", stays), *AUDIENCE[1:]))
    kinds = list(ContactFile.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == [FileKind.CONTACTS, FileKind.BLOCKED, FileKind.BLOCKED]
    for job in Job.objects.order_by("pk"):  # those to keep out were sent first
        validate_file.run(job.pk)
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
    uploaded(consultant, packed(*AUDIENCE))
    again = [(name.replace("0f3a9c11d2", "b7aa01bc42"), content) for name, content in AUDIENCE]
    uploaded(consultant, packed(*again))
    files = list(ContactFile.objects.order_by("pk"))
    assert [file.first_pk for file in files[3:]] == [file.pk for file in files[:3]]
