"""What a client reads on the report: charts, why a rule matters, the rows of a rule, what dead weight costs."""

from decimal import Decimal

import pytest

from apps.contacts import services
from apps.contacts.models import ContactFile, FileCheck, FileKind, ListPrice
from apps.contacts.reading import read_report
from apps.contacts.reading_charts import read_charts
from apps.projects.models import Activity, Project
from tests.factories_contacts import contact_file

LIST = "Email,Name,Status,Consent,Opt-in Date,Last Open,Notes\n" + "".join(
    f"p{n}@example.org,P,{'unsubscribed' if n % 10 == 0 else 'subscribed'},yes,2025-{1 + n % 12:02}-13,"
    f"{'2026-10-13' if n % 4 else '2020-05-13'},{'x' * 300 if n == 5 else ''}\n"
    for n in range(40)
)


@pytest.fixture
def judged(project) -> ContactFile:
    file = contact_file(project, LIST, client_sees=True)
    services.judge_now(file)
    file.refresh_from_db()
    return file


def page_of(browser, file) -> str:
    answer = browser.get(f"/projects/move/contacts/{file.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def price(browser, file, **values):
    return browser.post(f"/projects/move/contacts/{file.pk}/price/", values)


def test_the_list_is_drawn(judged, client_person):
    page = page_of(client_person, judged)
    for words in ["Status", "On the list", "Unsubscribed", "Last sign of life", "More than 365 days ago"]:
        assert words in page
    assert "Growth of the list" in page
    assert "<td>Dec 2025</td>" in page


def test_tiers_in_which_nobody_is_keep_their_place():
    rows = read_charts(FileCheck(report={"charts": {"tiers": {"180": 4, "never": 1}}})).tiers
    assert [(row["label"], row["count"]) for row in rows] == [
        ("In the last 60 days", 0), ("61 to 180 days ago", 4), ("181 to 365 days ago", 0), ("No day known", 1),
    ]  # fmt: skip
    own = read_charts(FileCheck(report={"charts": {"tiers": {"30": 0, "90": 2, "older": 1}}})).tiers
    assert [row["label"] for row in own] == ["In the last 30 days", "31 to 90 days ago", "More than 90 days ago"]


def test_a_rule_says_why_it_matters_and_what_the_platform_says(judged, client_person):
    page = page_of(client_person, judged)
    assert "Why it matters for Kartra:" in page
    assert "Kartra takes at most 255 characters in a field." in page
    assert "153000227159" in page
    assert "read 1 Nov 2026" in page


def test_a_target_of_another_name_is_named(project, consultant, judged):
    FileCheck.objects.update(target="mailchimp")
    page = page_of(consultant, judged)
    assert "Why it matters for Mailchimp:" in page
    assert "Mailchimp takes at most 255 bytes in a field." in page


def test_rows_are_offered_to_those_who_may_see_cells(judged, consultant, client_person):
    assert "Show the rows" in page_of(consultant, judged)
    assert "Show the rows" not in page_of(client_person, judged)
    ContactFile.objects.update(uploaded_by=client_person.person)
    page = page_of(client_person, judged)
    assert "Show the rows" in page
    assert f"/contacts/{judged.pk}/findings/?code=contacts.text.too_long" in page


def test_a_deleted_file_offers_no_rows(judged, consultant):
    services.delete_file(judged, by=consultant.person)
    page = page_of(consultant, judged)
    assert "Show the rows" not in page
    assert "/findings/" not in page
    assert "Growth of the list" in page


def test_other_kinds_link_to_the_findings_too(project, consultant):
    rows = "Email,Order,Amount,Currency,Date\nada@example.org,1,what,EUR,2026-01-01\n"
    file = contact_file(project, rows, kind=FileKind.PURCHASES)
    services.judge_now(file)
    page = page_of(consultant, file)
    assert f"/contacts/{file.pk}/findings/" in page
    assert "Why it matters for Kartra:" in page
    assert "dead weight" not in page


def test_without_a_price_the_cost_cannot_be_told(judged, consultant, client_person):
    page = page_of(consultant, judged)
    assert "cannot be told before the price is known" in page
    assert "dead weight" not in page_of(client_person, judged)


def test_a_price_makes_a_month_and_a_year(judged, consultant):
    dead = sum(
        judged.latest_check.report["segments"][name] for name in ("unengaged", "blocked", "duplicate", "rejected")
    )
    assert dead == 12
    assert price(consultant, judged, per_thousand="1000", currency="eur").status_code == 302
    page = page_of(consultant, judged)
    assert "12.00 EUR a month" in page
    assert "144.00 EUR a year" in page
    assert Activity.objects.filter(actor=consultant.person, is_internal=True, verb="changed").exists()


def test_the_client_sees_the_cost_only_where_a_consultant_shows_it(judged, consultant, client_person):
    price(consultant, judged, per_thousand="12.50", currency="EUR")
    assert "dead weight" not in page_of(client_person, judged)
    price(consultant, judged, per_thousand="12.50", currency="EUR", client_sees="on")
    page = page_of(client_person, judged)
    assert "dead weight" in page
    assert "/price/" not in page
    price(consultant, judged, per_thousand="", client_sees="on")
    assert "dead weight" not in page_of(client_person, judged)


@pytest.mark.parametrize(("typed", "kept"), [("12,50", "12.50"), ("12.5", "12.50"), ("0", "0"), ("", None)])
def test_a_price_is_read_as_people_write_it(project, judged, consultant, typed, kept):
    price(consultant, judged, per_thousand=typed, currency="EUR")
    assert ListPrice.objects.get(project=project).per_thousand == (None if kept is None else Decimal(kept))


@pytest.mark.parametrize(
    "values",
    [{"per_thousand": "much"}, {"per_thousand": "-1"}, {"per_thousand": "5", "currency": "E"}, {"currency": "12€"}],
)
def test_what_is_no_price_changes_nothing_and_says_what_to_do(judged, consultant, values):
    assert price(consultant, judged, **values).status_code == 302
    assert not ListPrice.objects.exists()
    assert "Nothing was changed: Write the" in page_of(consultant, judged) or values.get("per_thousand") == "-1"


def test_only_consultants_set_a_price(judged, client_person, stranger):
    assert price(client_person, judged, per_thousand="5").status_code == 403
    assert price(stranger, judged, per_thousand="5").status_code == 404
    assert not ListPrice.objects.exists()


def test_the_page_asks_the_database_as_often_for_many_rules_as_for_few(
    project, consultant, django_assert_max_num_queries
):
    file = contact_file(project, LIST + "bad\n,,,,,,\nx@gmial.com,P,what,maybe,13/13/2020,2030-01-01,\n")
    services.judge_now(file)
    page_of(consultant, file)
    with django_assert_max_num_queries(25):
        page_of(consultant, file)


def test_contacts_with_a_phone_number_alone_are_counted_where_the_target_would_take_them(project, consultant):
    Project.objects.filter(pk=project.pk).update(target="highlevel")
    project.refresh_from_db()
    file = contact_file(project, "Email,Phone\n,+49 30 1234567\n,\nada@example.org,\n")
    services.judge_now(file)
    page = consultant.get(f"/projects/move/contacts/{file.pk}/").content.decode()
    assert "1 of them has a phone number, which is enough for HighLevel" in page


def test_the_chart_of_consent_follows_what_was_decided_about_a_word(project, consultant):
    rows = "".join(f"p{n}@example.org,{'fair' if n < 3 else 'yes'}\n" for n in range(5))
    file = contact_file(project, f"Email,Consent\n{rows}", source="keap")
    services.judge_now(file)
    told = {"column": "Consent", "value": "fair", "choice": "agreed", "source": "Fair list, 3 May"}
    consultant.post(f"{file.get_absolute_url()}workbench/consent/decide/", told)
    before = ContactFile.objects.select_related("latest_check", "project").get(pk=file.pk)
    assert [(row["label"], row["count"]) for row in read_report(before).charts.consent] == [
        ("Agreed", 2), ("Not understood", 3),
    ]  # fmt: skip
    services.judge_now(before)
    after = ContactFile.objects.select_related("latest_check", "project").get(pk=file.pk)
    assert [(row["label"], row["count"]) for row in read_report(after).charts.consent] == [("Agreed", 5)]
