"""How a file is read: said where nothing speaks for it, chosen by a person, kept for the list's next version."""

import csv
import json
from pathlib import Path

import pytest

from apps.contacts import packing, reconciling, services, topping_up
from apps.contacts.models import FileKind
from apps.projects.models import Activity
from engine.contacts.arrivals import read_plan
from tests.factories_contacts import contact_file

POLISH = "Email;Name;Consent\nl@example.org;Łukasz Żółć;yes\nb@example.org;Bob;yes\n".encode("cp1250")
ASSUMED = "Read as Windows-1252 because it is not UTF-8."


@pytest.fixture
def polish(project):
    file = contact_file(project, POLISH, name="members 2026-11-01.csv")
    services.judge_now(file)
    file.refresh_from_db()
    return file


def page_of(browser, file):
    return browser.get(file.get_absolute_url()).content.decode()


def letters(browser, file, **asked):
    answer = browser.get(f"{file.get_absolute_url()}letters/", asked)
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.content.decode()


def choose(browser, file, **values):
    assert browser.post(f"{file.get_absolute_url()}settings/", {"kind": file.kind} | values).status_code == 302
    file.refresh_from_db()
    services.judge_now(file)
    file.refresh_from_db()


def imported(file):
    with packing.packing(file) as packed:
        run = packing.record_packs(packed, by=None)
    found = []
    for pack in run.packs.for_import():
        with pack.file.path.open(encoding="utf-8-sig", newline="") as stream:
            found += [row["Name"] for row in csv.DictReader(stream)]
    return found


def test_an_encoding_that_nothing_speaks_for_is_said_and_another_is_chosen_by_its_letters(polish, consultant):
    assert ASSUMED in page_of(consultant, polish)
    assert ASSUMED in consultant.get("/projects/move/contacts/").content.decode()
    assert "£ukasz ¯ó³æ" in letters(consultant, polish)
    assert "Łukasz Żółć" in letters(consultant, polish, encoding="cp1250")
    choose(consultant, polish, encoding="cp1250", delimiter="semicolon", source="keap")
    page = page_of(consultant, polish)
    assert ASSUMED not in page
    assert 'Windows-1250 <span class="muted">as chosen for this list</span>' in page
    assert (polish.latest_check.source, polish.source_name) == ("keap", "Keap")
    assert "Łukasz Żółć" in letters(consultant, polish)
    assert sorted(imported(polish)) == ["Bob", "Łukasz Żółć"]
    assert "ukasz" not in str(polish.latest_check.report) + str(list(Activity.objects.values_list("changes", "detail")))


def test_the_next_version_is_read_the_same_and_compared_as_both_were_read(polish, consultant, project):
    choose(consultant, polish, encoding="cp1250", delimiter="semicolon", source="keap")
    text = POLISH.decode("cp1250")
    newer = contact_file(project, text.encode("cp1250"), name="members 2026-11-20.csv")
    assert (newer.version_of, newer.encoding, newer.delimiter, newer.source) == (polish, "cp1250", "semicolon", "keap")
    other = contact_file(project, text, name="members 2026-11-21.csv")
    assert (other.encoding, other.delimiter) == ("", "semicolon")  # it is UTF-8, whatever the older one was
    for later in (newer, other):
        with topping_up.topping_up(later, polish) as packed:
            assert (packed.told["counts"]["same"], packed.told["counts"]["changed"]) == (2, 0)


def test_the_original_of_missing_people_is_read_as_chosen(polish, consultant):
    choose(consultant, polish, encoding="cp1250", delimiter="semicolon")
    imported(polish)
    packs = list(polish.pack_runs.get().packs.for_import())
    with reconciling._plan(packs) as name:
        _, (original,) = read_plan(json.loads(Path(name).read_text("utf-8")))
    assert (original.encoding, original.delimiter) == ("cp1250", ";")


def test_what_it_holds_is_offered_on_every_report_and_what_is_not_sent_stays(project, consultant, client_person):
    file = contact_file(project, client_sees=True, source="keap")
    services.judge_now(file)
    assert 'id="file-kind"' in page_of(consultant, file)
    assert 'id="file-kind"' not in page_of(client_person, file)
    consultant.post(f"{file.get_absolute_url()}settings/", {"kind": FileKind.BLOCKED, "delimiter": "semicolon"})
    file.refresh_from_db()
    assert (file.kind, file.delimiter, file.source) == (FileKind.BLOCKED, "semicolon", "keap")
    consultant.post(f"{file.get_absolute_url()}settings/", {"kind": FileKind.BLOCKED, "encoding": "rot13"})
    file.refresh_from_db()
    assert file.encoding == ""
