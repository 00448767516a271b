"""The main job, from the first sign-in to the opened spreadsheet, as consultant and as client.

Everything is real: `manage.py serve` with its worker, a name server on loopback, Chromium at the desk and on a phone.
"""

import re

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from apps.checklists.builtin import four_phases

pytestmark = [pytest.mark.browser, pytest.mark.servers]
CONTACTS = "Email,First Name,Status,Consent\nada@example.org,Ada,subscribed,yes\nnot an address,Bob,subscribed,yes\n"


def test_the_checklist_holds_the_four_phases_and_the_client_ticks_his_item(consultant, client, project):
    page = consultant.open(f"{project}checklist/")
    expect(page.locator(".task").nth(len(four_phases().items) - 1)).to_be_attached()  # other tests add their own
    phone = client.open(f"{project}checklist/")
    expect(phone.get_by_text("List every page and funnel")).to_have_count(0)
    item = phone.get_by_role("checkbox", name="Open the old accounts to the consultant")
    item.click()
    expect(phone.get_by_role("checkbox", name="Open the old accounts to the consultant")).to_be_checked()
    client.look()
    page.reload()
    expect(page.locator(".task", has_text="Open the old accounts to the consultant")).to_contain_text("Maya Brandt")
    item.click()  # taken back: the story goes on
    expect(item).not_to_be_checked()


def test_an_item_waits_for_what_comes_before_it_and_says_for_whom(client, project):
    phone = client.open(f"{project}checklist/")
    expect(phone.get_by_role("checkbox", name=re.compile("Agree to keep every old account"))).to_be_disabled()
    expect(phone.locator(".task", has_text="Agree to keep every old account")).to_contain_text("List every service")


def test_the_inventory_is_filled_changed_in_place_and_decided_by_the_client(consultant, client, project):
    for name, kind in (("Challenge", "product"), ("=Old offer", "sales_page")):
        page = consultant.open(f"{project}inventory/new/")
        consultant.fill(name=name, kind=kind)
        page.get_by_label("The client sees this").check()
        consultant.press("Save the asset")
    page = consultant.open(f"{project}inventory/")
    row = page.locator("tr", has_text="Challenge")
    row.locator("[data-edit]").focus()
    page.keyboard.press("Enter")
    expect(row.locator("select[name=required_status]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(row.locator("select")).to_have_count(0)
    expect(row.locator("[data-edit]")).to_be_focused()
    page.keyboard.press("Enter")
    row.locator("select[name=required_status]").select_option("rebuild")
    page.keyboard.press("Enter")
    expect(page.locator("tr", has_text="Challenge")).to_contain_text("saved")
    expect(row.locator("[data-edit]")).to_be_focused()
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
    page.get_by_role("link", name="contacts.csv").click(timeout=30_000)
    expect(page.get_by_role("heading", name="contacts.csv", exact=True)).to_be_visible(timeout=30_000)
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
    row.get_by_role("link").first.click()
    www = page.locator("tr", has_text="www.sunrise-yoga.example").first
    expect(www).to_contain_text("sunrise.kartra.com")
    expect(www).to_contain_text("Right")
    consultant.look()


def test_the_inventory_leaves_as_a_spreadsheet_and_opens(consultant, client, project, tmp_path):
    page = consultant.open(f"{project}inventory/")
    page.locator("summary", has_text="Spreadsheet").click()
    with page.expect_download() as started:
        page.get_by_role("link", name="Export as XLSX").click()
    path = tmp_path / "inventory.xlsx"
    started.value.save_as(path)
    book = load_workbook(path)
    found = {}
    for name in ("Pages", "Products"):
        header, *rows = book[name].iter_rows(values_only=True)
        lines = [dict(zip(header, row, strict=True)) for row in rows]
        found |= {line["Name"]: line["Required status"] for line in lines}
    assert found == {"=Old offer": "Archive", "Challenge": "Rebuild/Update"}
    assert {cell.data_type for sheet in book for line in sheet.iter_rows() for cell in line} <= {"s", "n", "d"}


@pytest.mark.parametrize(
    "path",
    [
        "checklist/new/",
        "inventory/new/",
        "inventory/decisions/",
        "inventory/defaults/",
        "inventory/priority/",
        "inventory/captures/",
        "inventory/scans/",
        "inventory/import/",
        "inventory/?group=tree",
        "inventory/?group=kind",
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


@pytest.mark.parametrize("path", ["", "contacts/", "inventory/decisions/"])
def test_the_clients_other_pages_are_accessible_on_a_phone(client, project, path):
    client.open(f"{project}{path}")


@pytest.mark.parametrize(
    "path",
    ["/projects/", "/platforms/", "/platforms/kartra/", "/search/?q=yoga", "/me/"],
)
def test_the_pages_beside_projects_are_accessible(consultant, path):
    consultant.open(path)


def test_the_owner_reaches_his_consultancy_from_the_list_of_clients(consultant):
    consultant.open("/projects/")
    consultant.page.get_by_role("link", name="Consultancy").click()
    expect(consultant.page.get_by_role("heading", name="Who works here")).to_be_visible()
    consultant.look()
    consultant.page.get_by_role("link", name="Kinds of assets").click()
    expect(consultant.page.get_by_role("heading", name="Add a kind")).to_be_visible()
    consultant.look()


def test_a_spreadsheet_edited_outside_comes_back_with_its_conflict(consultant, project, tmp_path):
    page = consultant.open(f"{project}inventory/")
    page.locator("summary", has_text="Spreadsheet").click()
    with page.expect_download() as started:
        page.get_by_role("link", name="Export as XLSX").click()
    path = tmp_path / "inventory.xlsx"
    started.value.save_as(path)
    book = load_workbook(path)
    sheet = book["Products"]
    header = [cell.value for cell in sheet[1]]
    row = next(line for line in sheet.iter_rows(min_row=2) if line[header.index("Name")].value == "Challenge")
    row[header.index("Progress")].value = "Built"
    row[header.index("Required status")].value = "Archive"
    book.save(path)
    page.locator("tr", has_text="Challenge").locator("[data-edit]").click()
    page.locator("select[name=required_status]").select_option("migrate")
    page.keyboard.press("Enter")
    expect(page.locator("tr", has_text="Challenge")).to_contain_text("saved")
    consultant.open(f"{project}inventory/import/")
    page.locator("input[type=file]").set_input_files(path)
    consultant.press("Compare")
    expect(page.get_by_text("1 conflict,")).to_be_visible(timeout=60_000)
    consultant.look()
    page.get_by_label("Take the file's", exact=True).check()
    consultant.press("Write it")
    expect(page.get_by_role("button", name="Take it back")).to_be_visible(timeout=60_000)
    consultant.look()
    consultant.open(f"{project}inventory/")
    expect(page.locator("tr", has_text="Challenge")).to_contain_text("Archive")
    page.go_back()
    consultant.press("Take it back")
    expect(page.locator("tr", has_text="Challenge")).to_contain_text("Migrate As Is")
