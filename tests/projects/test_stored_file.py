"""Files: bounded, immutable, served through the door, deleted when told and after the keep time."""

import hashlib
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.projects.models import Activity
from apps.projects.services import delete_expired_files
from apps.projects.stored import StoredFile, clean_name


def keep(project, **fields) -> StoredFile:
    upload = SimpleUploadedFile("leads.csv", b"email\nmaya@sunrise.example\n")
    return StoredFile.keep(project, upload, **({"purpose": "contacts"} | fields))


def test_a_file_is_kept_whole_under_a_random_name(project, settings):
    file = keep(project)
    content = file.path.read_bytes()
    assert hashlib.sha256(content).hexdigest() == file.sha256
    assert len(content) == file.size
    assert "leads" not in str(file.path)
    assert file.path.stat().st_mode & 0o077 == 0
    assert not list(settings.FILES_DIR.rglob("*.part"))


def test_it_is_served_as_an_attachment_and_internal_ones_not_to_the_client(project, consultant, client_person):
    file = keep(project)
    answer = consultant.get(f"/projects/move/files/{file.pk}/")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="leads.csv"'
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert b"".join(answer.streaming_content).startswith(b"email")
    assert client_person.get(f"/projects/move/files/{file.pk}/").status_code == 404


def test_after_the_keep_time_the_bytes_go_and_the_receipt_stays(project):
    file = keep(project, delete_after=timezone.now() - timedelta(seconds=1))
    assert delete_expired_files() == 1
    assert not file.path.exists()
    assert StoredFile.objects.get().deleted_at is not None
    assert Activity.objects.filter(verb="deleted, keep time over").count() == 1
    assert delete_expired_files() == 0


def test_contact_files_get_the_projects_keep_time(project):
    left = keep(project).delete_after - timezone.now()
    assert timedelta(days=29) < left <= timedelta(days=30)
    assert keep(project, purpose="evidence").delete_after is None


def test_deleting_the_project_deletes_its_files(project, owner, django_capture_on_commit_callbacks):
    file = keep(project)
    with django_capture_on_commit_callbacks(execute=True):
        assert owner.post("/projects/move/delete/", {"confirm_name": "sunrise yoga"}).status_code == 422
        assert owner.post("/projects/move/delete/", {"confirm_name": "Sunrise Yoga"}).status_code == 302
    assert not file.path.exists()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\maya\\leads.csv", "leads.csv"),
        ("a\x00b\r\n.csv", "ab.csv"),
        ("..", "file"),
        ("", "file"),
        ("x" * 10_000 + ".csv", "x" * 140 + ".csv"),
    ],
)
def test_hostile_names_become_plain_ones(name, kept):
    assert clean_name(name) == kept


def test_an_upload_over_the_limit_is_refused_in_a_sentence(consultant, settings):
    settings.UPLOAD_LIMIT_MB = 1
    big = SimpleUploadedFile("big.csv", b"x" * (3 * 1024 * 1024))
    answer = consultant.post("/projects/move/people/", {"file": big})
    assert answer.status_code == 413
    assert "larger than 1 MB" in answer.content.decode()
    assert not list(settings.FILE_UPLOAD_TEMP_DIR.iterdir())
