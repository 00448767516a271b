"""The list of clients, search, the catalogue, reports and the cutover page: what each person gets."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.assets.models import Asset
from apps.checklists.models import ChecklistItem
from apps.domains.models import Domain
from apps.projects.models import Activity
from tests import factories, factories_checklists


def test_a_person_sees_his_projects_and_no_others(owner, consultant, stranger, project, sibling, foreign):
    seen = {name: browser.get("/projects/", follow=True).content.decode() for name, browser in
            (("owner", owner), ("consultant", consultant), ("stranger", stranger))}  # fmt: skip
    assert ("Sunrise Yoga" in seen["owner"], "Harbour Books" in seen["owner"]) == (True, True)
    assert ("Sunrise Yoga" in seen["consultant"], "Harbour Books" in seen["consultant"]) == (True, False)
    assert "Foreign Client" not in seen["owner"] + seen["consultant"]
    assert "Sunrise Yoga" not in seen["stranger"]


def test_a_client_with_one_project_goes_straight_to_it(client_person, project):
    assert client_person.get("/projects/").headers["Location"] == "/projects/move/"


@pytest.mark.parametrize(
    "sort",
    [
        "client",
        "-client",
        "phase",
        "go_live",
        "-forecast",
        "done",
        "-blockers",
        "acted",
        "-overdue",
        "undecided",
        "failing",
        "nonsense",
        "-",
        "pk",
    ],
)
def test_the_list_sorts_by_what_makes_sense(consultant, project, sort):
    assert consultant.get("/projects/", {"sort": sort}).status_code == 200


def test_the_list_counts_what_is_done_overdue_and_undecided(consultant, project):
    Asset.objects.create(project=project, name="Home", kind="other_page")
    ChecklistItem.objects.create(project=project, phase=1, section="Audit", title="Old", due="2020-01-01")
    ChecklistItem.objects.create(project=project, phase=1, section="Audit", title="Done", state="done")
    page = consultant.get("/projects/").content.decode()
    assert "1 of 2" in page
    assert "1 overdue" in page
    assert page.count(">1</td>") >= 1


def test_the_list_foretells_go_live_and_names_what_it_waits_for(consultant, client_person, project):
    """The client's item is overdue and the last one before go-live waits for it; the client did something today."""
    factories_checklists.item(project, "Consent split", who="client", due=project.today - timedelta(days=9))
    late = factories_checklists.item(project, "Switch", due=project.today)
    factories_checklists.waits(late, project.items.get(title="Consent split"))
    project.go_live = timezone.now()
    project.save()
    Activity.record(project, "looked", by=client_person.person)
    page = consultant.get("/projects/?sort=-forecast").content.decode()
    for words in ("3 days late", "waits for ‘Consent split’ (client)", "1. Prepare", ">today</td>"):
        assert words in page
    assert "3 days late" in consultant.get("/projects/move/").content.decode()


@pytest.mark.parametrize("words", ["Harbour", "Secret asset", "Foreign"])
def test_search_finds_nothing_of_projects_one_may_not_see(consultant, client_person, sibling, foreign, words):
    Asset.objects.create(project=sibling, name="Secret asset", kind="other_page")
    Asset.objects.create(project=foreign, name="Secret asset", kind="other_page")
    for browser in (consultant, client_person):
        page = browser.get("/search/", {"q": words}).content.decode()
        assert "Harbour Books" not in page
        assert "Foreign Client" not in page
        assert "/inventory/" not in page.split('id="main"')[1]


def test_search_finds_assets_items_and_projects(consultant, project):
    Asset.objects.create(project=project, name="Yoga checkout", kind="checkout_page")
    ChecklistItem.objects.create(project=project, phase=1, section="Audit", title="Save the yoga videos")
    Domain.objects.create(project=project, name="yoga.example", shown="yoga.example")
    page = consultant.get("/search/", {"q": "yoga"}).content.decode()
    for words in ("Sunrise Yoga", "Yoga checkout", "Save the yoga videos", "yoga.example"):
        assert words in page


@pytest.mark.parametrize("words", ["", " ", "x" * 10_000, "a\x00b", "<script>alert(1)</script>", "%", "'"])
def test_search_takes_any_words(consultant, project, words):
    answer = consultant.get("/search/", {"q": words})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()


def test_a_clients_search_leaves_out_what_he_does_not_see(client_person, project):
    Asset.objects.create(project=project, name="Margin sheet", kind="other_page", client_sees=False)
    ChecklistItem.objects.create(project=project, phase=1, section="Audit", title="Margin talk")
    Domain.objects.create(project=project, name="margin.example", shown="margin.example")
    page = client_person.get("/search/", {"q": "margin"}).content.decode()
    assert "margin.example" not in page
    assert "Margin sheet" not in page
    assert "Margin talk" not in page


def test_a_platform_page_shows_value_source_and_date(consultant, project):
    page = consultant.get("/platforms/kartra/").content.decode()
    assert "20000 contacts" in page or "20,000 contacts" in page
    assert "read 1 Nov 2026" in page
    assert consultant.get("/platforms/spaceship/").status_code == 404


def test_reports_and_cutover_say_what_is_not_known(consultant, project):
    factories.person()
    assert "Nothing has been checked yet" in consultant.get("/projects/move/reports/").content.decode()
    page = consultant.get("/projects/move/cutover/").content.decode()
    assert "Not checked yet" in page
    assert "tone-green" not in page.split('id="main"')[1]
