"""The table: search, filters, sorting, paging, counts; as many questions to the database however long it is."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.assets.models import Asset

URL = "/projects/move/inventory/"


def page(client, **query):
    answer = client.get(URL, query)
    assert answer.status_code == 200
    return answer.content.decode()


def fill(project, count, **values):
    fields = {"kind": "other_page"} | values
    Asset.objects.bulk_create(Asset(project=project, name=f"Page {number:05}", **fields) for number in range(count))


def test_an_empty_inventory_says_why_and_what_to_do(consultant, client_person, project):
    assert "cannot move what nobody has written down" in page(consultant)
    assert "Nothing to decide yet" in page(client_person)


def test_search_and_filters_narrow_the_table(consultant, project, asset):
    Asset.objects.create(project=project, name="Shop cart", kind="checkout_page", required_status="rebuild")
    assert "Shop cart" not in page(consultant, q="home")
    assert "Home page" not in page(consultant, kind="checkout_page")
    assert "Home page" not in page(consultant, required="rebuild")
    assert "Shop cart" not in page(consultant, required="undecided")
    assert "Home page" in page(consultant, q="EXAMPLE.ORG")
    assert "Nothing matches" in page(consultant, q="nowhere")


def test_the_counts_per_status_are_of_everything_this_person_may_see(consultant, client_person, asset, internal):
    assert "Undecided 2" in page(consultant)
    assert "Undecided 1" in page(client_person)


@pytest.mark.parametrize("sort", ["name", "-name", "revenue", "-revenue", "last_used", "-updated_at"])
def test_every_column_sorts(consultant, project, sort):
    fill(project, 3)
    assert "Page 00002" in page(consultant, sort=sort)


def test_a_client_cannot_learn_the_revenue_by_sorting(client_person, project):
    Asset.objects.create(project=project, name="A", kind="product", revenue=1)
    Asset.objects.create(project=project, name="B", kind="product", revenue=9)
    by_revenue, by_name = page(client_person, sort="-revenue"), page(client_person, sort="-name")
    assert [by_revenue.index(">A<") < by_revenue.index(">B<")] == [by_name.index(">A<") < by_name.index(">B<")]


@pytest.mark.parametrize(
    "query",
    [
        {"page": "x"},
        {"page": "99999999999999999999"},
        {"page": "-1"},
        {"sort": "project__organisation"},
        {"kind": "nothing"},
        {"required": "maybe"},
        {"q": "x" * 10_000},
        {"q": "a\x00b"},
        {"batch": "9" * 30},
        {"batch": "٣"},
    ],
)
def test_queries_that_make_no_sense_show_the_table(consultant, asset, query):
    page(consultant, **query)


@pytest.mark.parametrize("who", ["consultant", "client_person"])
def test_a_long_list_asks_no_more_than_a_short_one(who, project, request):
    client = request.getfixturevalue(who)
    fill(project, 3)

    def count():
        with CaptureQueriesContext(connection) as asked:
            page(client)
        return len(asked)

    few = count()
    fill(project, 300)
    assert count() == few <= 25


def test_pages_follow_each_other(consultant, project):
    fill(project, 60)
    assert "Page 00059" not in page(consultant)
    assert "Page 00059" in page(consultant, page=2)


def test_htmx_gets_the_table_alone(consultant, asset):
    answer = consultant.get(URL, headers={"HX-Request": "true", "HX-Target": "assets"})
    text = answer.content.decode()
    assert text.lstrip().startswith('<div id="assets"')
    assert "<html" not in text


def test_a_client_sees_neither_internal_assets_nor_notes_nor_money(client_person, project, asset, internal):
    Asset.objects.filter(pk=asset.pk).update(notes="our secret plan", effort_hours=31)
    for text in (page(client_person), client_person.get(asset.get_absolute_url()).content.decode()):
        for secret in ("Margin sheet", "our secret plan", "31.0"):
            assert secret not in text
    assert client_person.get(internal.get_absolute_url()).status_code == 404
    assert "Margin" not in client_person.get("/search/", {"q": "margin"}).content.decode().replace('"margin"', "")


def test_names_are_text_and_never_markup(consultant, project):
    Asset.objects.create(project=project, name="<script>alert(1)</script>", kind="other_page")
    text = page(consultant)
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text


def test_a_new_asset_is_ours_until_somebody_shows_it(consultant, client_person, project):
    form = consultant.get(f"{URL}new/").content.decode()
    box = form[form.index('name="client_sees"') :].split(">")[0]
    assert "checked" not in box
    data = {
        "name": "Draft",
        "kind": "tag",
        "current_status": "active",
        "required_status": "",
        "progress": "not_started",
    }
    consultant.post(f"{URL}new/", data)
    made = project.assets.get()
    assert not made.client_sees
    assert "Draft" not in page(client_person)
    consultant.post(f"{URL}bulk/", {"ids": [made.pk], "set": "client_sees=yes"})
    assert "Draft" in page(client_person)


def test_a_consultant_looks_through_the_clients_eyes_and_changes_nothing(consultant, project, asset, internal):
    Asset.objects.filter(pk=asset.pk).update(notes="our secret plan", effort_hours=31)
    consultant.post("/projects/move/client-view/", {"on": "yes"})
    for url in (URL, asset.get_absolute_url(), f"{URL}decisions/"):
        text = consultant.get(url).content.decode()
        assert "Nothing can be changed here" in text
        assert "our secret plan" not in text
        assert "Margin sheet" not in text
        assert "<fieldset" in text
        assert "disabled" in text
    assert consultant.get(internal.get_absolute_url()).status_code == 404
    consultant.post("/projects/move/client-view/")
    assert "our secret plan" in consultant.get(asset.get_absolute_url()).content.decode()
