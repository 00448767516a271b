"""What changed since an older export of the same list."""

import csv
import json

import pytest

from apps.contacts import packing, reconciling, services, topping_up
from apps.contacts.models import FileKind, RunKind
from apps.contacts.process import NotJudged
from apps.contacts.tasks import make_delta
from apps.findings.models import Fact
from apps.jobs.models import Job
from tests import factories
from tests.factories_contacts import contact_file

HEADER = "Email,Name,Status,Consent,Last Open,Tags\n"
OLDER = HEADER + "".join(f"p{n}@example.org,Ada,subscribed,yes,2026-10-01,VIP\n" for n in range(6))
NEWER = HEADER + (
    "p0@example.org,Ada,subscribed,yes,2026-10-01,VIP\n"
    "p1@example.org,Ada,subscribed,yes,2026-10-01,VIP;New\n"
    "p2@example.org,Ada,unsubscribed,yes,2026-10-01,VIP\n"
    "p3@example.org,Ada,bounced,yes,2026-10-01,VIP\n"
    "p4@example.org,Ada,subscribed,,2026-10-01,VIP\n"
    "new@example.org,Eve,subscribed,yes,2026-10-01,VIP\n"
)


@pytest.fixture
def older(project):
    return contact_file(project, OLDER, name="list 2026-11-01.csv")


@pytest.fixture
def newer(project, older):
    return contact_file(project, NEWER, name="list 2026-11-20.csv")


def compared(newer, older):
    with topping_up.topping_up(newer, older) as packed:
        return topping_up.record_delta(packed, by=None)


def page_of(browser, file):
    return browser.get(f"/projects/move/contacts/{file.pk}/changes/").content.decode()


def rows_of(pack):
    with pack.file.path.open(encoding="utf-8", newline="") as stream:
        return [row["Email"] for row in csv.DictReader(stream)]


def test_the_files_hold_who_changed_and_the_suppressed_come_first(newer, older):
    run = compared(newer, older)
    packs = list(run.packs.select_related("file"))
    assert {pack.segment: rows_of(pack) for pack in packs if not pack.segment.startswith("changed")} == {
        "newly_suppressed": ["p2@example.org", "p3@example.org"],
        "new:engaged-60": ["new@example.org"],
        "gone": ["p5@example.org"],
    }
    changed = run.packs.filter(segment="changed:engaged-60")
    assert sorted(row for pack in changed for row in rows_of(pack)) == ["p1@example.org", "p4@example.org"]
    assert {pack.consent for pack in changed} == {"consented", "no_consent"}
    assert run.packs.first().segment == "newly_suppressed" and run.packs.last().segment == "gone"


def test_the_page_says_in_red_who_must_not_be_mailed_any_more(newer, older, consultant):
    assert "Not compared yet" in page_of(consultant, newer)
    compared(newer, older)
    page = page_of(consultant, newer)
    assert "2 people must not be mailed any more:" in page and "1 unsubscribed, 1 bounced" in page
    assert page.index("must not be mailed any more") < page.index("Everybody in the newer export")
    assert "1 lost their consent" in page and "New: Active: last sign of life within 60 days" in page
    assert "example.org" not in page.replace("@northstar.example", "")


def test_no_contact_stands_in_the_row(newer, older):
    run = compared(newer, older)
    assert "@example.org" not in json.dumps(run.told)
    assert run.told["tags"] == [{"tag": "New", "added": 1, "removed": 0}]


def test_the_job_compares_with_the_version_that_was_chosen(project, newer, older, consultant):
    third = contact_file(project, NEWER, name="list 2026-11-21.csv")
    answer = consultant.post(f"/projects/move/contacts/{third.pk}/changes/make/", {"older": older.pk})
    assert answer.status_code == 302
    job = Job.objects.get(task=topping_up.TASK)
    make_delta.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.message) == ("done", "2 newly to be kept out, 1 new, 2 changed, 1 gone.")
    run = packing.latest_run(third, RunKind.DELTA)
    assert run.older == older and job.result_url == f"/projects/move/contacts/{third.pk}/changes/"


def test_only_older_versions_of_the_same_list_can_be_chosen(project, newer, older, consultant):
    other = contact_file(project, OLDER, name="elsewhere.csv")
    for wrong in (newer, other):
        answer = consultant.post(
            f"/projects/move/contacts/{newer.pk}/changes/make/", {"older": wrong.pk}, follow=True
        )  # fmt: skip
        assert "choose one of the older versions" in answer.content.decode()
    assert not Job.objects.filter(task=topping_up.TASK).exists()
    assert "No older version to compare with" in page_of(consultant, older)


def test_ticks_are_kept_and_taken_back_and_turn_no_fact(newer, older, consultant):
    run = compared(newer, older)
    first = run.packs.first()
    for word, shown in (("yes", "suppressed</span>"), ("no", "Was suppressed")):
        answer = consultant.post(f"/projects/move/contacts/packs/{first.pk}/tick/", {"imported": word})
        assert answer.url == run.get_absolute_url()
        assert shown in page_of(consultant, newer)
    assert not Fact.objects.filter(key="contacts.packs_imported").exists()
    gone = run.packs.last()
    assert consultant.post(f"/projects/move/contacts/packs/{gone.pk}/tick/", {"imported": "yes"}).status_code == 404


def test_files_without_addresses_and_deleted_ones_are_a_sentence(project, newer, older):
    empty = contact_file(project, "Name,Phone\nAda,1\n", name="list 2026-11-22.csv")
    with pytest.raises(NotJudged, match="No usable e-mail address"):
        compared(empty, older)
    services.delete_file(older, by=factories.person())
    older.refresh_from_db()
    with pytest.raises(NotJudged, match="older version was deleted"):
        compared(newer, older)


def test_deleting_the_newer_upload_deletes_its_files(newer, older, consultant):
    run = compared(newer, older)
    paths = [stored.path for stored in run.stored_files()]
    services.delete_file(newer, by=factories.person())
    assert len(paths) == 6 and not any(path.exists() for path in paths)
    newer.refresh_from_db()
    assert "Their counts stay" in page_of(consultant, newer)


def test_the_report_of_a_later_version_leads_there(newer, older, consultant):
    link = "What changed since an older version"
    assert link in consultant.get(f"/projects/move/contacts/{newer.pk}/").content.decode()
    assert link not in consultant.get(f"/projects/move/contacts/{older.pk}/").content.decode()


def test_what_was_topped_up_is_expected_and_who_was_suppressed_is_not(project, newer, older):
    with packing.packing(older) as packed:
        for pack in packing.record_packs(packed, by=None).packs.for_import():
            packing.tick(pack, is_imported=True, by=None)
    for _ in range(2):  # the files of the first run are gone, and count for nothing
        run = compared(newer, older)
    for pack in run.packs.for_import():
        packing.tick(pack, is_imported=True, by=None)
    arrived = [f"p{n}@example.org,subscribed" for n in (0, 1, 3, 4, 5)] + ["new@example.org,subscribed"]
    export = contact_file(project, "Email,Status\n" + "\n".join(arrived) + "\n", name="t.csv", kind=FileKind.TARGET)
    with reconciling.comparing(export) as packed:
        told = reconciling.record_comparison(packed, by=None).told
    assert (told["expected"], told["found"], told["intruders"], told["deleted"]) == (5, 5, 1, 0)


def test_new_people_who_must_be_put_right_first_are_not_called_ready(project, consultant):
    older = contact_file(project, OLDER, name="members 2026-11-01.csv")
    added = "x1@gmial.com,Eve,subscribed,yes,2026-10-01,VIP\nx2@gmial.com,Eve,subscribed,yes,2026-10-01,VIP\n"
    newer = contact_file(project, OLDER + added, name="members 2026-11-20.csv")
    run = compared(newer, older)
    assert run.told["counts"]["new"] == 2
    page = page_of(consultant, newer)
    assert "none ready for the import; see the files" in page and ">ready for the import<" not in page
    assert not run.packs.filter(segment__startswith="new:", purpose="import").exclude(segment="new:fix").exists()
