"""A consultancy's own value of a platform: who sets it, who sees it, and what follows in a real check."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import OrganisationMembership
from apps.contacts import packing, services
from apps.contacts.models import FileCheck
from apps.findings.models import Fact
from apps.overview import own_values
from apps.projects.models import Activity, PlatformValue, Project
from engine import platforms
from tests import factories
from tests.factories_contacts import contact_file

PAGE = "/platforms/kartra/"
ROWS = "/consultancies/north-star/platforms/kartra/imports.max_rows/"
KARTRA = platforms.load("kartra")


@pytest.fixture
def nobody_listens(settings):
    settings.FACT_LISTENERS = []


def say(client, path, value, source="Mail of the support desk, 20 Nov"):
    return client.post(f"/consultancies/north-star/platforms/kartra/{path}/", {"value": value, "source": source})


def use(project, path, value, **fields):
    organisation, by = project.organisation, factories.person()
    return own_values.use_own(organisation, KARTRA, path, value, source="The desk", by=by, **fields)


def again(project):
    """As another request would meet it."""
    return Project.objects.get(pk=project.pk)


def test_an_owner_states_a_value_and_everybody_of_the_consultancy_reads_it(owner, consultant, project, client_person):
    answer = say(owner, "imports.max_rows", "25,000", "https://help.example/limits")
    assert answer.url == f"{PAGE}?for=north-star#imports-max_rows"
    for person in (owner, consultant):
        page = person.get(PAGE).content.decode()
        assert "25,000 contacts a file" in page
        assert "(catalogue: 20,000 contacts a file)" in page
        assert 'href="https://help.example/limits"' in page
        assert "owner@northstar.example" in page
        listed = person.get("/platforms/").content.decode()
        assert "1 own value" in listed and "25,000 contacts a file" in listed and "Value(" not in listed
    assert "Back to the catalogue" in owner.get(PAGE).content.decode()
    assert "Use your own value" not in consultant.get(PAGE).content.decode()
    assert "25,000" not in client_person.get(PAGE).content.decode(), "the client reads the catalogue"


def test_one_consultancy_never_meets_the_values_of_another(owner, stranger, project, foreign):
    say(owner, "imports.max_rows", "25000", "Our secret source")
    for address in (PAGE, f"{PAGE}?for=north-star", "/platforms/", "/platforms/?for=north-star"):
        page = stranger.get(address).content.decode()
        assert "25,000" not in page and "secret" not in page
    assert stranger.get(ROWS).status_code == 404
    assert say(stranger, "imports.max_rows", "3000").status_code == 404
    assert stranger.post(f"{ROWS}back/").status_code == 404
    seen = [one.catalogue.load("kartra").imports.max_rows for one in (again(project), foreign)]
    assert seen == [25_000, 20_000]
    assert platforms.load("kartra").imports.max_rows == 20_000


def test_somebody_of_two_consultancies_chooses_whose_values_he_reads(owner, project, foreign):
    OrganisationMembership.objects.create(organisation=foreign.organisation, user=owner.person, role="consultant")
    say(owner, "imports.max_rows", "25000")
    assert "Use your own value" in owner.get(f"{PAGE}?for=north-star").content.decode()
    elsewhere = owner.get(f"{PAGE}?for=elsewhere").content.decode()
    assert "25,000" not in elsewhere and "Use your own value" not in elsewhere


def test_what_was_typed_stays_when_it_cannot_be_taken(owner, project):
    answer = say(owner, "imports.max_rows", "about 3", "")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="about 3"' in page
    assert "whole number from 100 to 100,000,000" in page
    assert "Say where the value comes from" in page
    assert not PlatformValue.objects.exists()


def test_the_row_gets_a_small_form_and_a_price_its_currency(owner, project):
    part = owner.get(ROWS, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part and 'value="20000"' in part
    price = owner.get(ROWS.replace("imports.max_rows", "costs.price_of_1000_contacts_a_month")).content.decode()
    assert 'name="unit"' in price
    for nowhere in ("imports.max_everything", "dns.expected", "key"):
        assert owner.get(ROWS.replace("imports.max_rows", nowhere)).status_code == 404
    assert owner.get(ROWS.replace("kartra", "spaceship")).status_code == 404


def test_going_back_keeps_the_history_and_the_log_of_each_project(owner, project, sibling):
    say(owner, "imports.max_rows", "25000")
    say(owner, "imports.max_rows", "25000")  # the same once more changes nothing
    say(owner, "imports.max_rows", "30000", "A newer mail")
    assert owner.post(f"{ROWS}back/").status_code == 302
    assert owner.post(f"{ROWS}back/").status_code == 302
    rows = list(PlatformValue.objects.values_list("value", "ended_by__email"))
    assert rows == [(30_000, "owner@northstar.example"), (25_000, "owner@northstar.example")]
    assert again(project).catalogue.load("kartra").imports.max_rows == 20_000
    page = owner.get(ROWS).content.decode()
    assert "A newer mail" in page and 'value="30000"' in page, "the last one is offered again"
    for one in (project, sibling):
        log = Activity.objects.filter(project=one).order_by("pk").values_list("changes", "reason", "is_internal")
        assert [list(changes.values()) for changes, _, _ in log] == [
            [["20,000 contacts a file", "25,000 contacts a file"]],
            [["25,000 contacts a file", "30,000 contacts a file"]],
            [["30,000 contacts a file", "20,000 contacts a file"]],
        ]
        assert all(internal for _, _, internal in log)
    assert "A newer mail" in owner.get("/projects/move/activity/").content.decode()


def test_a_client_reads_nothing_of_the_source(client_person, project, nobody_listens):
    use(project, "imports.max_text", 10)
    header = "Email,Name,Status,Consent\n"
    file = contact_file(project, f"{header}ada@example.org,A name of many letters,subscribed,yes\n", client_sees=True)
    services.judge_now(file)
    page = client_person.get(f"/projects/move/contacts/{file.pk}/").content.decode()
    assert "at most 10 characters" in page
    assert "North Star Consulting&#x27;s own value" in page
    assert "The desk" not in page


def test_raising_the_row_limit_changes_the_cut_of_the_files(project, owner, nobody_listens):
    use(project, "imports.max_rows", 100)
    lines = "".join(f"p{number}@example.org,P,subscribed,yes\n" for number in range(250))
    file = contact_file(again(project), f"Email,Name,Status,Consent\n{lines}")
    check = services.judge_now(file)
    assert [check.judged_with["target"]["max_rows"], check.judged_with["own"]] == [
        100, [["kartra", "imports.max_rows", 100, 20_000]]
    ]  # fmt: skip
    assert cut(file) == [100, 100, 50]
    report, packs = f"/projects/move/contacts/{file.pk}/", f"/projects/move/contacts/{file.pk}/packs/"
    assert "was changed after" not in owner.get(report).content.decode() + owner.get(packs).content.decode()
    assert "max rows: 100" in owner.get(report).content.decode()

    say(owner, "imports.max_rows", "240")
    for page in (owner.get(report).content.decode(), owner.get(packs).content.decode()):
        assert "max rows: 100 then, <b>240</b> now" in page
    assert Fact.objects.get(project=project, key="contacts.within_limits").verdict == "ready", "rows are cut"
    file = again(project).contact_files.get()
    assert cut(file) == [240, 10]

    owner.post(f"{ROWS}back/")
    file = again(project).contact_files.get()
    assert cut(file) == [250]
    assert "max rows: 100 then, <b>20,000</b> now" in owner.get(report).content.decode()
    services.judge_now(file)
    assert "was changed after" not in owner.get(report).content.decode() + owner.get(packs).content.decode()


def cut(file) -> list[int]:
    with packing.packing(file) as packed:
        run = packing.record_packs(packed, by=None)
    return list(run.packs.for_import().values_list("records", flat=True))


def test_a_limit_that_judges_takes_ready_back_until_the_next_check(project, owner, foreign, nobody_listens):
    files = [contact_file(one) for one in (project, foreign)]
    for file in files:
        services.judge_now(file)
    say(owner, "imports.max_text", "5")
    fact = Fact.objects.get(project=project, key="contacts.within_limits")
    assert (fact.verdict, "check the files again" in fact.reason) == ("conditions", True)
    assert Fact.objects.get(project=foreign, key="contacts.within_limits").verdict == "ready"
    assert services.judge_now(again(project).contact_files.get()).count_of("contacts.text.too_long")
    assert Fact.objects.get(project=project, key="contacts.within_limits").verdict == "not_ready"


def test_the_source_is_recognised_by_the_columns_that_the_consultancy_knows(project, nobody_listens):
    table = "Lead mail,Lead id,Status\nada@example.org,1,Live\nbob@example.org,2,Gone\n"
    use(project, "exports.fingerprints", (("Lead mail", "Lead id"),))
    use(project, "exports.status_words", {"subscribed": ("Live",), "unsubscribed": ("Gone",)})
    check = services.judge_now(contact_file(again(project), table))
    assert check.source == "kartra"
    assert check.report["segments"]["blocked"] == 1


def test_a_check_from_before_values_were_kept_knows_only_of_later_ones(project, owner, nobody_listens):
    use(project, "imports.approval_days", 5)
    file = contact_file(again(project))
    services.judge_now(file)
    FileCheck.objects.update(judged_with={})
    report = f"/projects/move/contacts/{file.pk}/"
    assert "was changed after" not in owner.get(report).content.decode()
    say(owner, "imports.max_text", "5")
    assert "max text: 255 then, <b>5</b> now" in owner.get(report).content.decode()


def test_a_file_of_an_unknown_source_may_be_known_by_later_columns(project, owner, nobody_listens):
    file = contact_file(project, "Lead mail,Lead id\nada@example.org,1\n")
    services.judge_now(file)
    say(owner, "exports.fingerprints", "Lead mail, Lead id")
    page = owner.get(f"/projects/move/contacts/{file.pk}/").content.decode()
    assert "columns by which its exports are known" in page and "<b>Lead mail, Lead id</b> now" in page


def test_the_price_of_the_consultancy_weighs_until_the_project_has_its_own(
    project, owner, consultant, client_person, nobody_listens
):
    file = contact_file(
        project, "Email,Status\nada@example.org,bounced\nbob@example.org,subscribed\n", client_sees=True
    )
    services.judge_now(file)
    report = f"/projects/move/contacts/{file.pk}/"
    assert "state it once for all" in consultant.get(report).content.decode()
    path = "costs.price_of_1000_contacts_a_month"
    url = f"/consultancies/north-star/platforms/kartra/{path}/"
    assert owner.post(url, {"value": "1000", "unit": "euro", "source": "Their bill"}).status_code == 422
    assert owner.post(url, {"value": "1,000.00", "unit": "eur", "source": "Their bill"}).status_code == 302
    page = consultant.get(report).content.decode()
    assert "1.00 EUR a month" in page and "North Star Consulting states for Kartra" in page
    assert "EUR" not in client_person.get(report).content.decode()
    consultant.post(f"{report}price/", {"per_thousand": "", "currency": "", "client_sees": "on"})
    page = client_person.get(report).content.decode()
    assert "1.00 EUR a month" in page and "states for Kartra" not in page
    consultant.post(f"{report}price/", {"per_thousand": "2000", "currency": "USD"})
    page = consultant.get(report).content.decode()
    assert "2.00 USD a month" in page and "states for Kartra" not in page


def test_what_moves_and_how_levels_are_called_follows_too(project):
    from apps.assets.deciding import STATUS_OF
    from apps.assets.trees import words_of

    use(project, "structure", ("Course", "Lesson"))
    use(project, "moves.course", "moves_by_file")
    mine = again(project)
    assert words_of(mine) == ("Course", "Lesson")
    assert STATUS_OF[mine.catalogue.load("kartra").move_of("course")] == "migrate"


def test_the_page_asks_as_often_however_many_values_are_own(owner, project):
    def asked():
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert owner.get(PAGE).status_code == 200
        return len(found)

    use(project, "imports.max_rows", 25_000)
    before = asked()
    for number, path in enumerate(("imports.max_text", "imports.approval_days", "exports.date_form"), start=1):
        use(project, path, number * 10)
    assert asked() == before <= 12


def test_no_feature_asks_the_catalogue_past_the_consultancy():
    """Names of platforms are everybody's; whatever may be an own value goes through `project.catalogue`."""
    from tests.test_house import ROOT

    allowed = {"projects/platform_values.py", "projects/models.py", "overview/views_platforms.py",
               "contacts/judged_with.py"}  # fmt: skip
    asking = {
        str(path.relative_to(ROOT / "apps"))
        for path in (ROOT / "apps").rglob("*.py")
        if "platforms.load(" in path.read_text() or "platforms.catalogue(" in path.read_text()
    }
    assert asking == allowed
