"""Files that arrive in parts: offsets, who may, bounds, what happens when something breaks off, and the sweep."""

import hashlib
import os
import resource
import threading
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apps.contacts import receiving, services
from apps.contacts.arriving import Busy, Upload
from apps.contacts.models import ContactFile
from apps.contacts.receiving import NotTaken, WrongPlace
from apps.contacts.tasks import clean_up
from apps.jobs.models import Job
from apps.projects.models import Activity, Membership, Role
from apps.projects.services import delete_project
from apps.projects.stored import StoredFile
from tests import factories
from tests.factories_contacts import CSV

URL = "/projects/move/contacts/uploads/"
BYTES = CSV.encode()
SIZE = len(BYTES)
MB = 1024 * 1024


def begin(browser, name="list.csv", size=SIZE, modified=1, **fields):
    values = {"name": name, "size": size, "modified": modified, "kind": "contacts", "source": ""}
    return browser.post(URL, values | fields)


def begun(browser, **fields) -> str:
    """The address of a new upload."""
    answer = begin(browser, **fields)
    assert answer.status_code == 200, answer.content
    return answer.json()["url"]


def append(browser, url, offset, content):
    kind = "application/octet-stream"
    return browser.patch(url, content, content_type=kind, headers={"Upload-Offset": str(offset)})


def files_of(project, settings):
    return list((settings.FILES_DIR / str(project.pk)).glob("*"))


def test_a_file_comes_in_parts_becomes_a_contact_file_and_its_check_starts(project, consultant, settings):
    url = begun(consultant, source="mailchimp", client_sees="on")
    assert append(consultant, url, 0, BYTES[:50]).json()["offset"] == 50
    head = consultant.head(url)
    assert (head.status_code, head.headers["Upload-Offset"]) == (200, "50")
    assert append(consultant, url, 50, BYTES[50:]).json()["offset"] == len(BYTES)
    answer = consultant.post(f"{url}finish/")
    assert answer.json()["done"] is True
    file = ContactFile.objects.get()
    assert (file.label, file.kind, file.source, file.client_sees) == ("list.csv", "contacts", "mailchimp", True)
    assert file.uploaded_by == consultant.person
    assert file.file.path.read_bytes() == BYTES
    assert file.file.path.stat().st_mode & 0o777 == 0o600
    assert (file.file.sha256, file.file.size) == (hashlib.sha256(BYTES).hexdigest(), len(BYTES))
    assert file.file.delete_after is not None
    assert files_of(project, settings) == [file.file.path]
    assert Job.objects.get().args == {"contact_file_id": file.pk}
    assert Activity.objects.filter(verb="uploaded the contact file").count() == 1


def test_finishing_twice_makes_one_file_and_one_check(project, consultant):
    url = begun(consultant)
    append(consultant, url, 0, BYTES)
    answers = [consultant.post(f"{url}finish/").json() for _ in range(3)]
    assert [answer["done"] for answer in answers] == [True] * 3
    assert (ContactFile.objects.count(), StoredFile.objects.count(), Job.objects.count()) == (1, 1, 1)
    assert append(consultant, url, 0, BYTES).json()["done"] is True
    assert consultant.post(f"{url}discard/", headers={"Accept": "application/json"}).status_code == 200
    assert ContactFile.objects.get().file.path.read_bytes() == BYTES


@pytest.mark.parametrize("offset", ["49", "51", "0", "-1", "", "x", "9" * 30])
def test_a_part_for_another_place_is_refused_with_the_right_one(project, consultant, offset):
    url = begun(consultant)
    append(consultant, url, 0, BYTES[:50])
    answer = append(consultant, url, offset, BYTES[50:])
    assert (answer.status_code, answer.json()["offset"], answer.headers["Upload-Offset"]) == (409, 50, "50")
    append(consultant, url, 50, BYTES[50:])
    consultant.post(f"{url}finish/")
    assert ContactFile.objects.get().file.path.read_bytes() == BYTES


def test_finishing_too_early_tells_where_to_go_on(project, consultant):
    url = begun(consultant)
    append(consultant, url, 0, BYTES[:50])
    answer = consultant.post(f"{url}finish/")
    assert (answer.status_code, answer.json()["offset"]) == (409, 50)
    assert ContactFile.objects.count() == 0


def test_more_than_was_announced_is_refused_and_the_file_stays_as_it_is(project, consultant):
    url = begun(consultant)
    append(consultant, url, 0, BYTES[:50])
    answer = append(consultant, url, 50, BYTES[50:] + b"more")
    assert (answer.status_code, answer.json()["offset"]) == (413, 50)
    assert append(consultant, url, 50, b"").status_code == 413


def test_a_part_larger_than_one_request_may_be_is_refused(project, consultant):
    url = begun(consultant, size=40 * MB)
    assert append(consultant, url, 0, b"x" * (17 * MB)).status_code == 413
    assert append(consultant, url, 0, b"x" * (9 * MB)).json()["offset"] == 9 * MB


def test_the_same_file_again_goes_on_with_the_choices_it_began_with(project, consultant):
    url = begun(consultant, kind="blocked")
    append(consultant, url, 0, BYTES[:70])
    again = begin(consultant, kind="contacts").json()
    assert (again["url"], again["offset"]) == (url, 70)
    assert Upload.objects.get().kind == "blocked"
    assert "60 bytes" not in consultant.get("/projects/move/contacts/").content.decode()
    assert "choose the same file again" in consultant.get("/projects/move/contacts/").content.decode()


@pytest.mark.parametrize("other", [{"size": 61}, {"modified": 2}, {"name": "other.csv"}])
def test_a_file_that_was_changed_meanwhile_is_another_upload(project, consultant, other):
    url = begun(consultant)
    append(consultant, url, 0, BYTES[:70])
    answer = begin(consultant, **other).json()
    assert (answer["url"] == url, answer["offset"]) == (False, 0)


def test_only_who_began_it_may_go_on(project, consultant, owner, client_person, stranger, helper):
    url = begun(consultant)
    for other, status in ((owner, 404), (client_person, 404), (stranger, 404), (helper, 403)):
        assert other.get(url).status_code == status
        assert append(other, url, 0, BYTES).status_code == status
        assert other.post(f"{url}finish/").status_code == status
        assert other.post(f"{url}discard/").status_code == status
    assert Upload.objects.get().received == 0


def test_a_client_uploads_in_parts_and_sees_the_file(project, client_person):
    url = begun(client_person, client_sees="")
    append(client_person, url, 0, BYTES)
    client_person.post(f"{url}finish/")
    assert ContactFile.objects.get().client_sees
    assert "list.csv" in client_person.get("/projects/move/contacts/").content.decode()


def test_who_left_the_project_cannot_go_on(project, client_person):
    url = begun(client_person)
    Membership.objects.filter(user=client_person.person).delete()
    assert append(client_person, url, 0, BYTES).status_code == 404
    assert client_person.post(f"{url}finish/").status_code == 404


def test_a_consultant_who_became_a_client_uploads_for_his_own_eyes(project, consultant, settings):
    url = begun(consultant)
    append(consultant, url, 0, BYTES)
    consultant.person.organisation_memberships.all().delete()
    Membership.objects.filter(user=consultant.person).update(role=Role.CLIENT)
    consultant.post(f"{url}finish/")
    assert ContactFile.objects.get().client_sees


def test_a_deleted_project_takes_what_was_on_its_way_along(
    project, consultant, settings, django_capture_on_commit_callbacks
):
    url = begun(consultant)
    append(consultant, url, 0, BYTES[:50])
    with django_capture_on_commit_callbacks(execute=True):
        delete_project(project)
    assert append(consultant, url, 50, BYTES[50:]).status_code == 404
    assert (Upload.objects.count(), list(settings.FILES_DIR.glob("*/*"))) == (0, [])


def test_discarding_takes_row_and_bytes_away(project, consultant, settings):
    url = begun(consultant)
    append(consultant, url, 0, BYTES[:50])
    assert consultant.post(f"{url}discard/").status_code == 302
    assert (Upload.objects.count(), files_of(project, settings)) == (0, [])
    assert append(consultant, url, 50, BYTES[50:]).status_code == 404


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"size": 0}, "list.csv is empty; export it again"),
        ({"name": "photo.jpg"}, "photo.jpg is not a CSV, TXT, XLSX or ZIP file"),
        ({"size": 3 * MB}, "list.csv is larger than 2 MB, the limit here; split it"),
        ({"kind": "secrets"}, "secrets"),
        ({"source": "nowhere"}, "nowhere"),
        ({"name": ""}, "Fill this in."),
        ({"name": "a\x00.csv"}, "Null characters"),
        ({"size": "many"}, "whole number"),
    ],
)
def test_what_cannot_be_taken_is_said_before_a_byte_is_sent(project, consultant, settings, fields, sentence):
    settings.CONTACTS_LIMIT_MB = 2
    answer = begin(consultant, **fields)
    assert answer.status_code == 422
    assert sentence in answer.json()["error"]
    assert Upload.objects.count() == 0


def test_unfinished_bytes_are_bounded_for_a_person_and_for_a_project(project, consultant, settings):
    settings.CONTACTS_LIMIT_MB = 1
    for number in range(3):
        begun(consultant, size=MB, modified=number)
    answer = begin(consultant, size=1, modified=9)
    assert (answer.status_code, "finish or discard" in answer.json()["error"]) == (507, True)
    for number in range(3):
        receiving.begin(project, by=factories.person(), name="a.csv", size=MB, modified=number, kind="contacts")
    with pytest.raises(NotTaken, match="into this project"):
        receiving.begin(project, by=factories.person(), name="a.csv", size=1, modified=1, kind="contacts")
    assert begin(consultant, size=MB, modified=1).status_code == 200  # the one that was begun goes on


def test_a_person_cannot_begin_any_number_of_small_ones(project, consultant, monkeypatch):
    monkeypatch.setattr(receiving, "MOST_UNFINISHED", 3)
    for number in range(3):
        begun(consultant, modified=number)
    assert begin(consultant, modified=9).status_code == 507


def test_a_full_disk_is_said_before_it_is_full(project, consultant, monkeypatch):
    monkeypatch.setattr(receiving, "RESERVE", 1 << 62)
    answer = begin(consultant)
    assert (answer.status_code, "no room" in answer.json()["error"]) == (507, True)


def test_a_disk_that_fills_up_in_the_middle_keeps_what_it_took(project, consultant):
    """The process may write no file longer than 1 MB for a moment, which the kernel says as it says a full disk."""
    url = begun(consultant, size=2 * MB)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    path = Upload.objects.get().path
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (MB + 10, before[1]))
        answer = append(consultant, url, 0, b"x" * (2 * MB))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (answer.status_code, answer.json()["offset"]) == (507, MB + 10)
    assert "no room for the rest" in answer.json()["error"]
    assert path.stat().st_size == MB + 10
    assert append(consultant, url, MB + 10, b"x" * (MB - 10)).json()["offset"] == 2 * MB


class CutOff:
    """A body that ends in the middle, as gunicorn hands one on whose sender has gone."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def read(self, size: int) -> bytes:
        part, self.content = self.content[:size], self.content[size:]
        return part


def test_what_came_of_a_part_that_was_cut_off_is_kept(project, consultant):
    upload = receiving.begin(project, by=consultant.person, name="list.csv", size=100, modified=1, kind="contacts")
    receiving.append(upload, CutOff(b"x" * 30), offset=0, length=100)
    assert (upload.offset, Upload.objects.get().received) == (30, 30)


def test_bytes_beyond_what_the_row_knows_are_written_anew(project, consultant):
    """A web server that was killed in the middle of a part leaves such bytes behind."""
    upload = receiving.begin(project, by=consultant.person, name="list.csv", size=100, modified=1, kind="contacts")
    receiving.append(upload, CutOff(b"a" * 30), offset=0, length=30)
    with upload.path.open("ab") as file:
        file.write(b"half a part")
    assert upload.offset == 30
    receiving.append(upload, CutOff(b"b" * 70), offset=30, length=70)
    assert receiving.finish(upload).file.path.read_bytes() == b"a" * 30 + b"b" * 70


def test_bytes_that_a_crash_of_the_machine_lost_are_asked_for_again(project, consultant):
    upload = receiving.begin(project, by=consultant.person, name="list.csv", size=100, modified=1, kind="contacts")
    receiving.append(upload, CutOff(b"a" * 50), offset=0, length=50)
    os.truncate(upload.path, 20)
    assert upload.offset == 20
    with pytest.raises(WrongPlace):
        receiving.append(upload, CutOff(b"b" * 50), offset=50, length=50)
    receiving.append(upload, CutOff(b"a" * 80), offset=20, length=80)
    assert receiving.finish(upload).file.path.read_bytes() == b"a" * 100
    assert services.jobs_of(project, []) == {}


def test_two_windows_write_one_after_the_other(project, consultant):
    """While one part is being written the other window is told to wait, and then where to go on."""
    url = begun(consultant)
    upload = Upload.objects.get()
    with upload.opened():
        answer = append(consultant, url, 0, BYTES[:50])
        assert (answer.status_code, answer.json()["offset"]) == (423, 0)
        assert consultant.post(f"{url}finish/").status_code == 423
    assert append(consultant, url, 0, BYTES[:50]).status_code == 200
    assert append(consultant, url, 0, BYTES[:50]).status_code == 409
    assert append(consultant, url, 50, BYTES[50:]).status_code == 200


def test_a_part_of_an_upload_that_is_discarded_meanwhile_leaves_nothing(project, consultant, settings):
    upload = receiving.begin(project, by=consultant.person, name="list.csv", size=100, modified=1, kind="contacts")

    class Discarding(CutOff):
        def read(self, size: int) -> bytes:
            receiving.give_up(Upload.objects.get(pk=upload.pk))
            return super().read(size)

    with pytest.raises(Upload.DoesNotExist):
        receiving.append(upload, Discarding(b"x" * 10), offset=0, length=10)
    assert files_of(project, settings) == []


def test_abandoned_uploads_and_bytes_without_a_row_are_swept_after_a_day(project, consultant, settings):
    old, fresh = begun(consultant, modified=1), begun(consultant, modified=2)
    for url in (old, fresh):
        append(consultant, url, 0, BYTES[:50])
    Upload.objects.filter(modified=1).update(updated_at=timezone.now() - timedelta(hours=25))
    stray = settings.FILES_DIR / str(project.pk) / "stray.part"
    stray.write_bytes(b"x")
    os.utime(stray, (0, 0))
    clean_up()
    kept = Upload.objects.get()
    assert kept.modified == 2
    assert files_of(project, settings) == [kept.path]
    assert append(consultant, old, 50, BYTES[50:]).status_code == 404


def test_the_sweep_leaves_finished_files_alone(project, consultant):
    url = begun(consultant)
    append(consultant, url, 0, BYTES)
    consultant.post(f"{url}finish/")
    Upload.objects.update(updated_at=timezone.now() - timedelta(hours=25))
    clean_up()
    assert Upload.objects.count() == 0
    assert ContactFile.objects.get().file.path.read_bytes() == BYTES


@pytest.mark.parametrize("name", ["../../etc/passwd.csv", "<script>alert(1)</script>.csv", "\u202evsc.csv"])
def test_a_hostile_name_is_shown_harmless(project, consultant, name):
    url = begun(consultant, name=name)
    assert "<script>alert" not in consultant.get("/projects/move/contacts/").content.decode()
    append(consultant, url, 0, BYTES)
    consultant.post(f"{url}finish/")
    assert ContactFile.objects.get().file.path.parent.name == str(project.pk)


STEPS = st.lists(st.tuples(st.integers(0, 2), st.floats(0, 1), st.floats(0, 1)), max_size=8)  # where, how much, come


@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(min_size=1, max_size=300), modified=st.integers(0, 10**15), steps=STEPS)
def test_parts_in_any_sizes_cut_repeated_or_misplaced_give_the_file_back(project, consultant, content, modified, steps):
    """Whatever is sent, the file is finished when and only when exactly its bytes are here."""
    upload = receiving.begin(
        project, by=consultant.person, name="list.csv", size=len(content), modified=modified,
        kind="contacts",
    )  # fmt: skip
    for place, share, arriving in [*steps, (1, 1, 1)]:
        offset = [0, upload.offset, len(content) // 2][place]
        part = content[offset : offset + max(1, round(share * len(content)))]
        try:
            receiving.append(upload, CutOff(part[: round(arriving * len(part))]), offset=offset, length=len(part))
        except (WrongPlace, NotTaken):
            continue
        assert upload.path.read_bytes() == content[: upload.offset]
        if upload.offset < len(content):
            with pytest.raises(WrongPlace):
                receiving.finish(upload)
    file = receiving.finish(upload)
    assert file.file.path.read_bytes() == content
    assert file.file.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.django_db(transaction=True)
def test_many_senders_of_one_part_write_it_once(project, consultant):
    """Eight requests at once for the same place: the file holds the part once."""
    from django.db import connection

    upload = receiving.begin(project, by=consultant.person, name="list.csv", size=200, modified=1, kind="contacts")
    gate, outcomes = threading.Barrier(8), []

    def send(number: int) -> None:
        try:
            mine = Upload.objects.get(pk=upload.pk)
            gate.wait()
            receiving.append(mine, CutOff(bytes([65 + number]) * 100), offset=0, length=100)
            outcomes.append(number)
        except (WrongPlace, Busy):
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 1
    assert upload.path.read_bytes() == bytes([65 + outcomes[0]]) * 100
