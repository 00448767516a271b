"""Files that are no contact lists: their page, their lists, and saying anew what a file holds."""

import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.contacts import services
from apps.contacts.models import ContactFile, FileKind, ResultList
from apps.contacts.results import read_results
from apps.jobs.models import Job
from apps.projects.models import Activity
from apps.projects.stored import StoredFile
from engine.contacts.kinds import KINDS
from tests.factories_contacts import contact_file

PURCHASES = (
    "Order ID,Email,Product,Total,Currency,Date,Status\n"
    "1,ada@example.org,Course,49.00,USD,2026-03-01,paid\n"
    "2,bob@example.org,for ada@example.org,1234.50,EUR,2020-03-01,paid\n"
    "3,cyd@example.org,Course,abc,EUR,2020-03-01,paid\n"
)
FILES = {
    "purchases": (PURCHASES, ["1,234.50 EUR", "Active Buyers", "Totals per currency", "Suggested tags"]),
    "affiliates": (
        "Affiliate ID,Email,Commission,Balance,Currency,Payout method\na1,ada@example.org,30%,10.50,USD,PayPal\n",
        ["10.50 USD", "Commissions to set up again", "30 %"],
    ),
    "members": ("Email,Course,Progress\nada@example.org,Yoga,45%\n", ["To let in again", "One list per course"]),
    "subscriptions": (
        "Email,Plan,Amount,Currency,Interval,Status,Next charge\n"
        "ada@example.org,Gold,120.00,USD,year,active,2098-01-01\n",
        ["10.00 USD", "every year", "2098-01-01"],
    ),
    "blocked": ("ada@example.org\nnobody\n", ["To keep out", "each address once"]),
}  # fmt: skip


def judged(project, kind, **fields) -> ContactFile:
    file = contact_file(project, FILES[kind][0], name=f"{kind}.csv", kind=kind, **fields)
    services.judge_now(file)
    file.refresh_from_db()
    return file


def page_of(browser, file) -> str:
    answer = browser.get(f"/projects/move/contacts/{file.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("kind", FILES)
def test_the_page_shows_what_the_file_comes_to(project, consultant, kind):
    page = page_of(consultant, judged(project, kind))
    for words in [*FILES[kind][1], "How it was read", "Lists made of it"]:
        assert words in page
    assert "Where every record goes" not in page


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_no_table_has_a_page_without_results(project, consultant, kind):
    file = contact_file(project, b"%PDF-1.7 nothing", name="scan.csv", kind=kind)
    services.judge_now(file)
    page = page_of(consultant, file)
    assert 'id="results"' not in page
    assert "What was found" in page


def test_every_kind_of_the_form_has_an_engine_and_a_page():
    assert set(FileKind.values) == {"contacts", "target", *KINDS}  # the target's export is judged as contacts
    assert read_results({"kind": "contacts", "results": {}}) is None


def test_the_database_holds_no_contact(project):
    file = judged(project, "purchases")
    kept = json.dumps(file.latest_check.report) + str(list(file.latest_check.findings.values()))
    assert "@example.org" not in kept
    assert "for [address]" in kept


def test_lists_are_downloaded_by_those_who_may(project, consultant, client_person):
    file = judged(project, "purchases", client_sees=True)
    made = ResultList.objects.get()
    address = f"/projects/move/files/{made.file_id}/"
    assert consultant.get(address).status_code == 200
    assert client_person.get(address).status_code == 404
    assert address not in page_of(client_person, file)
    assert made.file.name == "purchases-buyers.csv"
    assert made.file.delete_after == file.file.delete_after


def test_lists_go_with_their_file_and_with_an_older_check(project, consultant, django_capture_on_commit_callbacks):
    file = judged(project, "members")
    with django_capture_on_commit_callbacks(execute=True):
        services.judge_now(file)
    assert ResultList.objects.count() == 4
    assert StoredFile.objects.present().filter(name__contains="courses").count() == 1
    consultant.post(f"/projects/move/contacts/{file.pk}/delete/", {"confirm_name": "members.csv"})
    assert not StoredFile.objects.present().exists()
    assert list(file.file.path.parent.iterdir()) == []


def test_columns_that_speak_for_another_kind_are_told_and_one_click_checks_it_so(project, consultant):
    file = contact_file(project, PURCHASES)
    services.judge_now(file)
    assert "This looks like purchases." in page_of(consultant, file)
    sent = {"kind": "purchases", "active_days": "365"}
    assert consultant.post(f"/projects/move/contacts/{file.pk}/settings/", sent).status_code == 302
    assert (ContactFile.objects.get().kind, Job.objects.count()) == ("purchases", 1)
    assert Activity.objects.filter(verb="changed", actor=consultant.person).count() == 1
    services.judge_now(ContactFile.objects.get())
    assert "This looks like" not in page_of(consultant, file)


def test_the_days_of_an_active_buyer_can_be_changed(project, consultant):
    file = judged(project, "purchases")
    consultant.post(f"/projects/move/contacts/{file.pk}/settings/", {"kind": "purchases", "active_days": "20000"})
    services.judge_now(ContactFile.objects.get())
    assert "bought in the last 20000 days" in page_of(consultant, file)


@pytest.mark.parametrize("sent", [{"kind": "secrets"}, {"kind": "purchases", "active_days": "0"}, {}])
def test_settings_that_make_no_sense_change_nothing(project, consultant, sent):
    file = judged(project, "purchases")
    answer = consultant.post(f"/projects/move/contacts/{file.pk}/settings/", sent, follow=True)
    assert answer.status_code == 200
    file.refresh_from_db()
    assert (file.kind, file.active_days, Job.objects.count()) == ("purchases", 365, 0)


def test_a_client_may_say_what_his_own_file_holds(project, client_person):
    mine = contact_file(project, PURCHASES, client_sees=True, by=client_person.person)
    shared = contact_file(project, PURCHASES, client_sees=True)
    for file, status in ((mine, 302), (shared, 403)):
        answer = client_person.post(f"/projects/move/contacts/{file.pk}/settings/", {"kind": "purchases"})
        assert answer.status_code == status


def test_the_page_takes_the_same_queries_however_many_lists(project, consultant):
    file = judged(project, "members")
    page_of(consultant, file)
    taken = []
    for number in range(2):
        with CaptureQueriesContext(connection) as queries:
            page_of(consultant, file)
        taken.append(len(queries))
        stored = StoredFile.objects.create(project=project, purpose="contacts", name="x.csv", key=str(number), size=1)
        ResultList.objects.create(project=project, file_check=file.latest_check, file=stored, title="More", records=1)
    assert taken[0] == taken[1] <= 20


def test_the_command_judges_other_kinds(tmp_path, capsys):
    path = tmp_path / "p.csv"
    path.write_text(PURCHASES)
    with pytest.raises(SystemExit) as left:
        call_command("validate_contacts", str(path), "--target", "kartra", "--kind", "purchases", "--json")
    assert left.value.code == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["kind"], answer["counts"]) == ("purchases", {"contacts.purchase.amount_unreadable": 1})
    with pytest.raises(SystemExit):
        call_command("validate_contacts", str(path), "--target", "kartra", "--kind", "purchases")
    assert "EUR: 1 purchases, 1 people, 1234.50 paid" in capsys.readouterr().out


@pytest.mark.parametrize("options", [["--kind", "nothing"], ["--switch", "soon"], ["--active-days", "0"]])
def test_a_wrong_option_says_so(tmp_path, options):
    path = tmp_path / "p.csv"
    path.write_text(PURCHASES)
    with pytest.raises(CommandError) as told:
        call_command("validate_contacts", str(path), "--target", "kartra", *options)
    assert told.value.returncode == 2
