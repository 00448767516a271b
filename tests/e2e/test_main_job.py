"""The main job, from the first sign-in to the opened spreadsheet, as consultant and as client.

Everything is real: `manage.py serve` with its worker, a name server on loopback, Chromium at the desk and on a phone.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect, sync_playwright

from apps.checklists.builtin import four_phases
from tests.dns_server import DnsServer
from tests.servers import find_chromium
from tests.test_serve import serving

pytestmark = [pytest.mark.browser, pytest.mark.servers]
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PASSWORD = "violet-anchor-72"
ED25519 = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
ZONE = {
    "sunrise-yoga.example": {"A": ["192.0.2.1"], "MX": ["10 mail.sunrise-yoga.example."], "TXT": ["v=spf1 mx ~all"]},
    "mail.sunrise-yoga.example": {"A": ["192.0.2.2"]},
    "www.sunrise-yoga.example": {"CNAME": ["sunrise.kartra.com."]},
    "sunrise.kartra.com": {"A": ["192.0.2.3"]},
    "_dmarc.sunrise-yoga.example": {"TXT": ["v=DMARC1; p=none; rua=mailto:a@sunrise-yoga.example"]},
}
CONTACTS = "Email,First Name,Status,Consent\nada@example.org,Ada,subscribed,yes\nnot an address,Bob,subscribed,yes\n"


@pytest.fixture(scope="module")
def product(tmp_path_factory) -> Iterator[str]:
    with (
        DnsServer(ZONE) as names,
        serving(tmp_path_factory.mktemp("e2e"), "--no-demo", DNS_NAMESERVERS=names.address) as one,
    ):
        yield f"http://127.0.0.1:{one.port}"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium found: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


class Person:
    """Somebody at a browser, who looks at every page he opens."""

    def __init__(self, browser: Browser, base: str, size: dict[str, int]) -> None:
        self.base, self.width = base, size["width"]
        context = browser.new_context(viewport=size, has_touch=size is PHONE, base_url=base, accept_downloads=True)
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        outside = re.compile(rf"^(?!{re.escape(base)}|data:)")
        self.page.on("request", lambda asked: self.complaints.append(asked.url) if outside.match(asked.url) else None)

    def open(self, path: str) -> Page:
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        self.look()
        return self.page

    def look(self) -> None:
        """Accessible, nothing sideways, a quiet console."""
        found = [(one["id"], one["nodes"][0]["target"]) for one in Axe().run(self.page).response["violations"]]
        assert found == [], self.page.url
        assert self.page.evaluate("document.documentElement.scrollWidth") <= self.width, self.page.url
        assert self.complaints == [], self.page.url

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            field = self.page.locator(f"main [name={name}]")
            field.select_option(value) if field.evaluate("it => it.tagName") == "SELECT" else field.fill(value)


@pytest.fixture(scope="module")
def consultant(chromium, product) -> Person:
    """The first person of a fresh installation, signed out and in again with the password."""
    person = Person(chromium, product, DESK)
    person.open("/start/")
    person.fill(organisation="North Star", name="Dana Weber", email="dana@north.example", password=PASSWORD)
    person.fill(time_zone="Europe/Berlin")
    person.press("Start")
    expect(person.page.get_by_text("No clients yet")).to_be_visible()
    person.page.context.clear_cookies()
    person.open("/accounts/login/")
    person.fill(login="dana@north.example", password=PASSWORD)
    person.page.locator("main button[type=submit]").first.click()
    expect(person.page.get_by_role("heading", name="Clients", exact=True)).to_be_visible()
    return person


@pytest.fixture(scope="module")
def project(consultant) -> str:
    """Created from the form; its address."""
    consultant.open("/new-project/")
    consultant.fill(client="Sunrise Yoga", target="kartra", time_zone="Europe/Berlin")
    consultant.fill(go_live=f"{datetime.now() + timedelta(days=90):%Y-%m-%d}T22:00")
    consultant.page.get_by_label("Mailchimp").check()
    consultant.press("Create the project")
    expect(consultant.page.get_by_role("heading", name="Overview")).to_be_visible()
    consultant.look()
    return consultant.page.url.removeprefix(consultant.base)


@pytest.fixture(scope="module")
def client(consultant, project, chromium, product) -> Person:
    """Invited by link, joined on a phone."""
    consultant.open(f"{project}people/")
    consultant.fill(email="maya@sunrise-yoga.example")
    consultant.press("Invite")
    link = consultant.page.locator("#new-link").inner_text()
    person = Person(chromium, product, PHONE)
    person.open(link.removeprefix(product))
    person.fill(name="Maya Brandt", password=PASSWORD)
    person.press("Join")
    person.page.wait_for_url(f"**{project}**")
    person.look()
    return person


def test_the_checklist_holds_the_four_phases_and_the_client_ticks_his_item(consultant, client, project):
    page = consultant.open(f"{project}checklist/")
    expect(page.locator(".task")).to_have_count(len(four_phases().items))
    phone = client.open(f"{project}checklist/")
    expect(phone.get_by_text("List every page and funnel")).to_have_count(0)
    item = phone.get_by_role("checkbox", name="Open the old accounts to the consultant")
    item.click()
    expect(phone.get_by_role("checkbox", name="Open the old accounts to the consultant")).to_be_checked()
    client.look()
    page.reload()
    expect(page.locator(".task", has_text="Open the old accounts to the consultant")).to_contain_text("Maya Brandt")


def test_an_item_waits_for_what_comes_before_it_and_says_for_whom(client, project):
    phone = client.open(f"{project}checklist/")
    expect(phone.get_by_role("checkbox", name=re.compile("Agree to keep every old account"))).to_be_disabled()
    expect(phone.locator(".task", has_text="Agree to keep every old account")).to_contain_text("List every service")


def test_the_inventory_is_filled_changed_in_place_and_decided_by_the_client(consultant, client, project):
    for name, kind in (("Challenge", "product"), ("=Old offer", "sales_page")):
        page = consultant.open(f"{project}inventory/new/")
        consultant.fill(name=name, kind=kind)
        consultant.press("Save the asset")
    page = consultant.open(f"{project}inventory/")
    row = page.locator("tr", has_text="Challenge")
    row.get_by_title("Change").first.focus()
    page.keyboard.press("Enter")
    expect(row.locator("select[name=required_status]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(row.locator("select")).to_have_count(0)
    expect(row.get_by_title("Change").first).to_be_focused()
    page.keyboard.press("Enter")
    row.locator("select[name=required_status]").select_option("rebuild")
    page.keyboard.press("Enter")
    expect(page.locator("tr", has_text="Challenge")).to_contain_text("saved")
    expect(row.get_by_title("Change").first).to_be_focused()
    consultant.look()
    phone = client.open(f"{project}inventory/")
    offer = phone.locator("tr", has_text="Old offer")
    offer.get_by_role("button", name="Archive").click()
    expect(phone.locator("tr", has_text="Old offer")).to_contain_text("saved")
    client.look()
    page = consultant.open(project)
    expect(page.locator("#readiness")).to_contain_text("All 2 assets are decided.")


def test_a_contact_file_is_judged_by_the_worker_and_its_report_names_the_line(consultant, project, tmp_path):
    file = tmp_path / "contacts.csv"
    file.write_text(CONTACTS)
    page = consultant.open(f"{project}contacts/")
    page.locator("input[type=file]").set_input_files(file)
    consultant.press("Upload and check")
    expect(page.get_by_role("heading", name="contacts.csv")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Addresses that cannot receive mail")).to_be_visible(timeout=60_000)
    expect(page.locator("main")).to_contain_text("line 3")
    expect(page.locator("main")).not_to_contain_text("not an address")
    consultant.look()


def test_a_domain_is_looked_up_by_the_worker_and_expected_stands_beside_found(consultant, project):
    page = consultant.open(f"{project}domains/")
    consultant.fill(names="https://sunrise-yoga.example/")
    consultant.press("Add and check")
    row = page.locator("tr", has_text="sunrise-yoga.example")
    expect(row).to_contain_text("Paste the DKIM records", timeout=60_000)
    row.get_by_role("link").click()
    www = page.locator("tr", has_text="www.sunrise-yoga.example").first
    expect(www).to_contain_text("sunrise.kartra.com")
    expect(www).to_contain_text("Right")
    consultant.look()


def test_the_inventory_leaves_as_a_spreadsheet_and_opens(consultant, client, project, tmp_path):
    page = consultant.open(f"{project}inventory/")
    with page.expect_download() as started:
        page.get_by_role("link", name="XLSX").click()
    path = tmp_path / "inventory.xlsx"
    started.value.save_as(path)
    header, *rows = load_workbook(path)["Assets"].iter_rows(values_only=True)
    found = {row[0]: dict(zip(header, row, strict=True))["Required status"] for row in rows}
    assert found == {"=Old offer": "Archive", "Challenge": "Rebuild/Update"}
    assert {cell.data_type for line in load_workbook(path)["Assets"].iter_rows() for cell in line} <= {"s", "n", "d"}


@pytest.mark.parametrize(
    "path",
    [
        "checklist/new/",
        "inventory/new/",
        "cutover/",
        "reports/",
        "activity/",
        "settings/",
        "accounts/",
        "dns-records/",
        "jobs/",
    ],
)
def test_every_other_page_of_the_project_is_accessible(consultant, project, path):
    consultant.open(f"{project}{path}")


@pytest.mark.parametrize("path", ["", "contacts/"])
def test_the_clients_other_pages_are_accessible_on_a_phone(client, project, path):
    client.open(f"{project}{path}")


@pytest.mark.parametrize("path", ["/projects/", "/platforms/", "/platforms/kartra/", "/search/?q=yoga", "/me/"])
def test_the_pages_beside_projects_are_accessible(consultant, path):
    consultant.open(path)


def test_the_owner_reaches_his_consultancy_from_the_list_of_clients(consultant):
    consultant.open("/projects/")
    consultant.page.get_by_role("link", name="Consultancy").click()
    expect(consultant.page.get_by_role("heading", name="Who works here")).to_be_visible()
    consultant.look()


def test_a_spreadsheet_edited_outside_comes_back_with_its_conflict(consultant, project, tmp_path):
    page = consultant.open(f"{project}inventory/")
    with page.expect_download() as started:
        page.get_by_role("link", name="XLSX").click()
    path = tmp_path / "inventory.xlsx"
    started.value.save_as(path)
    book = load_workbook(path)
    row = next(line for line in book["Assets"].iter_rows(min_row=2) if line[0].value == "Challenge")
    header = [cell.value for cell in book["Assets"][1]]
    row[header.index("Progress")].value = "Built"
    row[header.index("Required status")].value = "Archive"
    book.save(path)
    page.locator("tr", has_text="Challenge").get_by_title("Change").first.click()
    page.locator("select[name=required_status]").select_option("migrate")
    page.keyboard.press("Enter")
    expect(page.locator("tr", has_text="Challenge")).to_contain_text("saved")
    consultant.open(f"{project}inventory/import/")
    page.locator("input[type=file]").set_input_files(path)
    consultant.press("Compare")
    expect(page.get_by_text("1 conflict,")).to_be_visible(timeout=60_000)
    consultant.look()
    page.get_by_label("Take the file's").check()
    consultant.press("Write it")
    expect(page.get_by_role("button", name="Take it back")).to_be_visible(timeout=60_000)
    consultant.look()
    consultant.open(f"{project}inventory/")
    expect(page.locator("tr", has_text="Challenge")).to_contain_text("Archive")
    page.go_back()
    consultant.press("Take it back")
    expect(page.locator("tr", has_text="Challenge")).to_contain_text("Migrate As Is")
