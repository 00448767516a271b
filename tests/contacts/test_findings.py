"""Looking through the findings of one file: the list, a few rows of a rule, those asked for as CSV."""

import csv
import io

import pytest

from apps.contacts import services
from apps.contacts.models import ContactFile, FileCheck, FileKind
from apps.projects.stored import StoredFile
from tests import factories
from tests.factories_contacts import contact_file

HOSTILE = "<script>alert(1)</script>"
ROWS = ["Email,Status,Consent", "ada@example.org,subscribed,yes"]
ROWS += [f"nobody{n},subscribed,yes" for n in range(120)]
ROWS += [f"{HOSTILE},subscribed,yes", "=cmd()@gmial.com,subscribed,yes", "bob@example.org,subscribed,"]
MALFORMED, MISSING = "contacts.email.malformed", "contacts.consent.missing"


@pytest.fixture
def judged(project) -> ContactFile:
    file = contact_file(project, "\n".join(ROWS) + "\n", client_sees=True)
    services.judge_now(file)
    file.refresh_from_db()
    return file


def asked(browser, file, query="", part="", **headers):
    return browser.get(f"/projects/move/contacts/{file.pk}/findings/{part}{query}", headers=headers)


def text(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def rows_of(answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode(), newline="")))


def test_pages_hold_fifty_and_go_on(judged, consultant):
    first, second = text(asked(consultant, judged)), text(asked(consultant, judged, "?page=2"))
    assert "nobody0<" in first
    assert "nobody49<" in first
    assert "nobody50<" not in first
    assert "nobody50<" in second
    assert "1 to 50 of 123" in first


def test_htmx_gets_the_list_alone(judged, consultant):
    part = text(asked(consultant, judged, "?page=2", HX_Request="true"))
    assert part.lstrip().startswith('<section id="findings"')


@pytest.mark.parametrize(
    ("query", "count"),
    [
        (f"?code={MISSING}", 1), (f"?code={MALFORMED}&line_from=10&line_to=12", 3), ("?severity=error", 122),
        ("?column=Consent", 1), ("?line_from=124", 2), ("?line_to=3", 1), ("?severity=warning&column=Email", 0),
    ],
)  # fmt: skip
def test_what_is_asked_for_is_shown_and_downloaded(judged, consultant, query, count):
    page = text(asked(consultant, judged, query))
    assert f"{count} of 123 findings" in page
    rows = rows_of(asked(consultant, judged, query, "findings.csv"))
    assert len(rows) == count + 1
    assert rows[0][:3] == ["code", "severity", "line"]


def test_going_to_a_line_opens_its_page_and_marks_it(judged, consultant):
    page = text(asked(consultant, judged, "?at=100"))
    assert "nobody97<" in page
    assert page.count('<tr aria-current="true">') == 1
    assert "nobody0<" in text(asked(consultant, judged, "?at=100&page=1"))


@pytest.mark.parametrize(
    "query", ["?line_from=abc", "?line_to=-4", "?at=999999999999999", "?code=x.y", "?severity=bad"]
)
def test_a_question_that_cannot_be_read_is_said_and_shows_all(judged, consultant, query):
    page = text(asked(consultant, judged, query))
    assert "123 of 123 findings" in page
    assert 'class="callout tone-amber"' in page


def test_a_page_beyond_the_end_is_the_last_one(judged, consultant):
    assert "101 to 123 of 123" in text(asked(consultant, judged, "?page=999"))


def test_hostile_cells_are_text_on_the_page_and_guarded_in_the_download(judged, consultant):
    page = text(asked(consultant, judged, "?line_from=123"))
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page
    cells = [cell for row in rows_of(asked(consultant, judged, "?line_from=123", "findings.csv")) for cell in row]
    assert any(cell.startswith("'=cmd()") for cell in cells)
    assert not any(cell.startswith(("=", "+", "@")) for cell in cells)


def test_the_first_rows_of_a_rule(judged, consultant):
    few = text(asked(consultant, judged, f"?code={MALFORMED}", "rows/"))
    assert all(f"nobody{n}<" in few for n in range(5))
    assert "nobody5<" not in few
    assert "check the file again" in text(asked(consultant, judged, "?code=contacts.no.rule", "rows/"))


def test_cells_are_never_stored_by_a_browser(judged, consultant):
    for query, part in (("", ""), ("?page=2", ""), (f"?code={MALFORMED}", "rows/"), ("", "findings.csv")):
        assert asked(consultant, judged, query, part).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("part", ["", "rows/", "findings.csv"])
def test_only_consultants_and_the_client_who_uploaded_it_see_cells(project, judged, client_person, consultant, part):
    assert asked(client_person, judged, "", part).status_code == 403
    ContactFile.objects.update(uploaded_by=client_person.person)
    assert asked(client_person, judged, "", part).status_code == 200
    ContactFile.objects.update(client_sees=False)
    assert asked(client_person, judged, "", part).status_code == 404


def test_the_cells_stand_in_no_table(judged):
    assert "nobody" not in str(list(FileCheck.objects.values()))


def test_a_check_without_an_index_offers_to_check_again(judged, consultant):
    FileCheck.objects.update(index_file=None)
    assert "Check again" in text(asked(consultant, judged))
    assert "check the file again" in text(asked(consultant, judged, f"?code={MALFORMED}", "rows/"))
    assert asked(consultant, judged, "", "findings.csv").url == f"/projects/move/contacts/{judged.pk}/findings/"


def test_a_damaged_index_is_as_none(judged, consultant):
    judged.latest_check.index_file.path.write_bytes(b"something else")
    assert "Check again" in text(asked(consultant, judged))


def test_the_index_goes_with_the_upload_and_with_a_newer_check(judged, consultant, django_capture_on_commit_callbacks):
    old = judged.latest_check.index_file
    with django_capture_on_commit_callbacks(execute=True):
        services.judge_now(judged)
    old.refresh_from_db()
    assert old.deleted_at is not None
    judged.refresh_from_db()
    new = judged.latest_check.index_file
    assert new.delete_after == judged.file.delete_after
    services.delete_file(judged, by=consultant.person)
    new.refresh_from_db()
    assert (new.deleted_by, new.path.exists()) == (consultant.person, False)
    assert "This file was deleted" in text(asked(consultant, judged))
    assert StoredFile.objects.present().count() == 0


def test_files_of_other_kinds_can_be_looked_through_too(project, consultant):
    rows = "Email,Order,Amount,Currency,Date\nada@example.org,1,what,EUR,2026-01-01\n"
    file = contact_file(project, rows, kind=FileKind.PURCHASES)
    services.judge_now(file)
    file.refresh_from_db()
    code = "contacts.purchase.amount_unreadable"
    page = text(asked(consultant, file, f"?code={code}"))
    assert "what<" in page
    assert "Amounts that cannot be read" in page
    assert file.latest_check.count_of(code) == 1


def test_a_file_that_was_not_checked_says_so(project, consultant):
    assert "Not checked yet" in text(asked(consultant, contact_file(project)))


def test_a_stranger_learns_nothing(judged, stranger):
    factories.person()
    for part in ("", "rows/", "findings.csv"):
        assert asked(stranger, judged, "", part).status_code == 404


def test_a_page_asks_the_database_a_few_times_however_many_findings_there_are(
    judged, consultant, django_assert_max_num_queries
):
    text(asked(consultant, judged))
    with django_assert_max_num_queries(15):
        text(asked(consultant, judged))


def test_a_rule_that_found_nothing_is_said(judged, consultant):
    page = text(asked(consultant, judged, "?code=zzz"))
    assert "This check found nothing by that rule; all findings are shown." in page
