"""The project's other lists: who is forbidden there is imported from nowhere, and old verdicts say so."""

import csv

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.contacts import packing, services
from apps.contacts.models import ContactFile, FileKind
from apps.contacts.process import NotJudged
from apps.projects.stored import StoredFile
from tests import factories
from tests.factories_contacts import CSV, contact_file

KEPT_OUT, IN_OTHER = "contacts.email.kept_out", "contacts.email.in_other_file"
STOP = "email\nADA@example.org\nzoe@example.org\n"
SHOP = "Email,Name,Status\nbob@example.org,Bob,subscribed\nada@example.org,Ada,unsubscribed\n"


def checked(project, content=CSV, name="list.csv", **fields) -> ContactFile:
    file = contact_file(project, content, name, **fields)
    services.judge_now(file)
    return fresh(file)


def fresh(file) -> ContactFile:
    return ContactFile.objects.select_related("project", "file", "latest_check").get(pk=file.pk)


def stop_list(project, content=STOP, name="stop.csv", **fields):
    return checked(project, content, name, kind=FileKind.BLOCKED, **fields)


def counts(file):
    services.judge_now(fresh(file))
    told = fresh(file).latest_check.report["counts"]
    return told.get(KEPT_OUT, 0), told.get(IN_OTHER, 0)


def packs(file):
    with packing.packing(fresh(file)) as packed:
        return packing.record_packs(packed, by=None)


def imported(run):
    people = []
    for pack in run.packs.for_import():
        with pack.file.path.open(encoding="utf-8", newline="") as stream:
            people += [row["Email"] for row in csv.DictReader(stream)]
    return people


def page_of(browser, file, part=""):
    return " ".join(browser.get(f"/projects/move/contacts/{file.pk}/{part}").content.decode().split())


def test_who_stands_in_a_list_to_keep_out_is_in_no_import_file(project):
    stop_list(project)
    file = checked(project)
    check = file.latest_check
    assert check.report["counts"] == {KEPT_OUT: 1}
    assert check.report["segments"]["blocked"] == 1 and not check.has_errors
    assert check.findings.get().message == (
        "Keep this contact out of every import: line 2 of stop.csv forbids mail to this address."
    )
    assert imported(packs(file)) == ["bob@example.org"]


def test_who_has_unsubscribed_in_another_contact_list_is_in_no_import_file_of_this_one(project):
    checked(project, SHOP, "shop.csv")
    file = checked(project)
    assert file.latest_check.report["counts"] == {KEPT_OUT: 1, IN_OTHER: 1}
    assert imported(packs(file)) == ["bob@example.org"]


def test_two_files_that_know_of_each_other_agree_again_when_one_is_put_right(project):
    shop = checked(project, SHOP, "shop.csv")
    file = checked(project)
    assert counts(shop) == (0, 2)  # ada is forbidden by the shop's own row, and allowed in the other list
    newer = contact_file(project, SHOP.replace("unsubscribed", "subscribed"), "shop.csv")
    assert newer.version_of == shop
    services.judge_now(newer)
    assert counts(file) == (0, 2)


def test_versions_of_the_same_list_are_no_other_files(project):
    checked(project)
    newer = checked(project)
    assert newer.version_of is not None and newer.latest_check.report["counts"] == {}


def test_a_list_of_another_project_is_not_looked_up(project):
    elsewhere = factories.project(slug="elsewhere")
    stop_list(elsewhere)
    assert checked(project).latest_check.report["counts"] == {}


def test_files_of_other_kinds_are_not_looked_up_and_look_nothing_up(project):
    stop_list(project)
    bought = checked(project, "Email,Amount,Currency\nada@example.org,5.00,EUR\n", "bought.csv", kind="purchases")
    assert KEPT_OUT not in bought.latest_check.report["counts"]
    assert fresh(bought).latest_check.keys_file is None
    assert list(checked(project).latest_check.beside) != [str(bought.pk)]


def test_a_verdict_that_is_older_than_another_list_says_so_until_it_is_made_again(project, consultant):
    file = checked(project)
    assert "Checked before" not in page_of(consultant, file)
    stop = stop_list(project)
    page = page_of(consultant, file)
    assert f'Checked before <a href="{stop.get_absolute_url()}">stop.csv</a> was. Check again' in page
    assert counts(file) == (1, 0)
    page = page_of(consultant, file)
    assert "Checked before" not in page and 'stop.csv <span class="muted">1 kept out</span>' in page


def test_checking_a_list_again_makes_no_verdict_old_when_its_addresses_are_the_same(project, consultant):
    stop = stop_list(project)
    file = checked(project)
    services.judge_now(stop)
    assert "Checked before" not in page_of(consultant, file)


def test_import_files_use_the_newest_lists_whatever_the_report_knew(project, consultant):
    file = checked(project)
    assert imported(packs(file)) == ["ada@example.org", "bob@example.org"]
    stop_list(project)
    assert "These files were made before" in page_of(consultant, file, "packs/")
    assert imported(packs(file)) == ["bob@example.org"]
    assert "These files were made before" not in page_of(consultant, file, "packs/")


def test_no_import_files_are_made_while_another_list_is_not_checked(project, consultant):
    file = checked(project)
    contact_file(project, STOP, "stop.csv", kind=FileKind.BLOCKED)
    with pytest.raises(NotJudged, match=r"Check stop.csv first"):
        packs(file)
    assert "Not checked yet:" in page_of(consultant, file)


def test_a_file_that_cannot_be_read_does_not_stop_the_import_files(project):
    checked(project, b"\xff\xd8\xff\xe0 a photo", "photo.csv")
    assert imported(packs(checked(project))) == ["ada@example.org", "bob@example.org"]


def test_import_files_are_refused_when_the_engine_cannot_use_what_is_known_of_a_list(project, consultant):
    stop = stop_list(project)
    stored = stop.latest_check.keys_file
    stored.path.write_bytes(b"of another hash" + stored.path.read_bytes())
    StoredFile.objects.filter(pk=stored.pk).update(sha256="0" * 64)
    file = checked(project)
    assert file.latest_check.report["counts"] == {}
    with pytest.raises(NotJudged, match=r"Check stop.csv again first"):
        packs(file)
    assert "is of an earlier version of this system" in page_of(consultant, file)
    services.judge_now(fresh(stop))
    assert imported(packs(file)) == ["bob@example.org"]
    assert "Checked before" in page_of(consultant, file)


def test_a_list_that_was_taken_away_counts_no_more(project, consultant):
    stop = stop_list(project)
    file = checked(project)
    keys = stop.latest_check.keys_file
    services.delete_file(stop, by=factories.person())
    assert not keys.path.exists()
    assert counts(file) == (0, 0)
    assert "stop.csv" not in page_of(consultant, file)


def test_a_list_whose_keep_time_was_over_is_told_because_nobody_knows_its_addresses(project, consultant):
    stop = stop_list(project)
    for stored in [stop.file, *stop.latest_check.stored_files()]:
        stored.delete_content()
    file = checked(project)
    assert file.latest_check.report["counts"] == {}
    assert "Deleted when its keep time was over" in page_of(consultant, file)
    assert imported(packs(file))


def test_the_keys_belong_to_the_upload_and_hold_no_address(project, django_capture_on_commit_callbacks):
    file = checked(project)
    keys = file.latest_check.keys_file
    assert keys.delete_after == file.file.delete_after and b"example.org" not in keys.path.read_bytes()
    with django_capture_on_commit_callbacks(execute=True):
        services.judge_now(file)
    assert not keys.path.exists() and fresh(file).latest_check.keys_file.path.is_file()
    services.delete_file(fresh(file), by=factories.person())
    assert not StoredFile.objects.present().exists()


def test_a_client_is_not_told_the_name_of_a_list_that_he_does_not_see(project, client_person):
    stop = stop_list(project, name="internal secret.csv")
    file = checked(project, client_sees=True)
    page = page_of(client_person, file)
    assert "line 2 of another list of this project" in page and "internal secret" not in page
    services.judge_now(stop)
    contact_file(project, STOP + "bob@example.org\n", "more secrets.csv", kind=FileKind.BLOCKED)
    page = page_of(client_person, file)
    assert "Not checked yet: another list of this project." in page and "secret" not in page


def test_the_page_asks_the_same_questions_however_many_lists_there_are(project, consultant):
    file = checked(project)
    numbers = []
    for number in range(3):
        with CaptureQueriesContext(connection) as queries:
            page_of(consultant, file)
        numbers.append(len(queries))
        stop_list(project, STOP + f"n{number}@example.org\n", f"stop {'abc'[number]}.csv")
    assert numbers[1] == numbers[2]


def test_a_domain_that_a_list_keeps_out_is_kept_out_of_all_lists(project):
    stop = checked(project, "Email\n@rival.example\n", "stop.csv", kind="blocked")
    assert stop.latest_check.report["results"]["domain_names"] == ["rival.example"]
    file = checked(project, "Email,Consent\nada@shore.fr,yes\nbob@rival.example,yes\n")
    assert file.latest_check.report["counts"] == {KEPT_OUT: 1}
    assert file.latest_check.report["segments"]["blocked"] == 1
