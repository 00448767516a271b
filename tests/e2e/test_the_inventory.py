"""The inventory in a browser: keyboard, columns, views, the client's inbox on a phone, captures, a site's pages."""

import re

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.servers]


@pytest.fixture(scope="module")
def filled(consultant, project, old_site):
    """A course with its parts, a page with an address, something with revenue."""
    for name, kind, more in (
        ("Teacher training", "course", {"revenue": "900"}), ("Old home page", "other_page", {"url": f"{old_site}/"}),
        ("Spring offer", "sales_page", {"revenue": "100", "suggestion": "archive"}),
    ):  # fmt: skip
        consultant.open(f"{project}inventory/new/")
        consultant.fill(kind=kind)
        consultant.page.wait_for_load_state("networkidle")
        consultant.fill(name=name, **more)
        consultant.page.get_by_label("The client sees this").check()
        consultant.press("Save the asset")
    return project


def cell(page, name, column):
    return page.locator("tr", has_text=name).locator(f"td[data-label='{column}'] [data-cell]")


def test_arrows_move_enter_edits_and_undo_takes_back(consultant, filled):
    page = consultant.open(f"{filled}inventory/")
    page.locator("tr", has_text="Old home page").locator(".row-link").focus()
    page.keyboard.press("ArrowRight")
    expect(cell(page, "Old home page", "Kind")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(cell(page, "Old home page", "Now")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(cell(page, "Spring offer", "Now")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.locator("select[name=current_status]").select_option("obsolete")
    page.keyboard.press("Enter")
    row = page.locator("tr", has_text="Old home page")
    expect(row).to_contain_text("Obsolete")
    expect(row).to_contain_text("saved")
    consultant.look()
    row.get_by_role("button", name="undo").click()
    expect(row).to_contain_text("Unknown")
    expect(row).to_contain_text("saved")


def test_the_form_follows_the_kind(consultant, filled):
    page = consultant.open(f"{filled}inventory/new/")
    consultant.fill(kind="payment_gateway")
    expect(page.get_by_label("Webhooks to re-point")).to_be_visible()
    consultant.fill(kind="automation")
    expect(page.get_by_label("Trigger")).to_be_visible()
    expect(page.get_by_label("Webhooks to re-point")).to_have_count(0)
    consultant.look()


def test_columns_and_a_view_are_kept(consultant, filled):
    page = consultant.open(f"{filled}inventory/?kind=course")
    page.locator("summary", has_text="Columns").click()
    page.get_by_label("New URL").check()
    consultant.press("Show these")
    expect(page.locator("th", has_text="New URL")).to_be_visible()
    expect(page).to_have_url(re.compile("kind=course"))
    page.locator("summary", has_text="Save this view").click()
    page.get_by_label("Name", exact=True).fill("Courses alone")
    page.locator("form[data-with-query]", has_text="Name").get_by_role("button", name="Save").click()
    consultant.open(f"{filled}inventory/")
    page.get_by_role("link", name="Courses alone").click()
    expect(page.locator("tr", has_text="Teacher training")).to_be_visible()
    expect(page.locator("tr", has_text="Spring offer")).to_have_count(0)
    page.locator("summary", has_text="Columns").click()
    consultant.press("The usual ones")
    expect(page.locator("th", has_text="New URL")).to_have_count(0)


def test_the_client_decides_on_a_phone_one_by_one_and_takes_one_back(consultant, client, filled):
    phone = client.open(f"{filled}inventory/decisions/")
    card = phone.locator(".decision")
    expect(card.get_by_role("heading")).to_have_text("Teacher training")
    card.get_by_role("button", name="Rebuild/Update").click()
    expect(card.get_by_role("heading")).to_have_text("Spring offer")
    client.look()
    phone.get_by_role("button", name="Undo").click()
    expect(card.get_by_role("heading")).to_have_text("Teacher training")
    card.get_by_role("button", name="Migrate As Is").click()
    card.get_by_role("button", name="Approve: Archive").click()
    expect(card.get_by_role("heading")).to_have_text("Old home page")
    phone.locator("summary", has_text="ask me").click()
    phone.get_by_label("What would you like to know?").fill("Is it read at all?")
    client.press("Ask the consultant")
    expect(phone.locator("main")).to_contain_text("you asked")
    client.look()
    page = consultant.open(f"{filled}inventory/?required=asked")
    expect(page.locator("tr", has_text="Old home page")).to_contain_text("client asks")


def test_a_page_is_captured_by_itself_and_ticked(consultant, filled):
    page = consultant.open(f"{filled}inventory/")
    cell(page, "Old home page", "Required status").click()
    page.locator("select[name=required_status]").select_option("rebuild")
    page.keyboard.press("Enter")
    expect(page.locator("tr", has_text="Old home page")).to_contain_text("saved")
    page.get_by_role("link", name="Old home page").click()
    consultant.press("Capture the page by itself")
    expect(page.locator("#captures")).to_be_visible()
    for _ in range(60):
        page.reload()
        if page.locator("#captures", has_text="looks of text").count():
            break
        page.wait_for_timeout(500)
    expect(page.locator("#captures")).to_contain_text("captured.zip")
    consultant.look()


def test_a_sites_pages_are_listed_and_chosen(consultant, filled, old_site):
    page = consultant.open(f"{filled}inventory/scans/")
    consultant.fill(start=f"{old_site}/")
    consultant.press("List the pages")
    expect(page.get_by_text("3 of them new to the inventory")).to_be_visible(timeout=60_000)
    consultant.look()
    page.get_by_label("Select all").uncheck()
    page.locator("tr", has_text="About us").locator("input[type=checkbox]").check()
    consultant.press("Add the ticked pages")
    expect(page.locator("tr", has_text="About us")).to_be_visible()
    consultant.press("Take it back")
    expect(page.locator("tr", has_text="About us")).to_have_count(0)


def test_a_foreign_list_is_explained_written_and_taken_back(consultant, filled, tmp_path):
    file = tmp_path / "list.csv"
    file.write_text("Seite;Farbe\nKontakt;blau\nImpressum;rot\n")
    page = consultant.open(f"{filled}inventory/import/")
    page.locator("input[type=file]").set_input_files(file)
    consultant.press("Compare")
    expect(page.get_by_text("which column holds the names")).to_be_visible(timeout=60_000)
    consultant.look()
    page.get_by_label("What Seite is").select_option("Name")
    page.get_by_label("What Farbe is").select_option("kept as a note")
    page.get_by_label("Rows without a kind are of the kind").select_option("other_page")
    consultant.press("Compare again")
    expect(page.get_by_text("2 new, 0 changed")).to_be_visible(timeout=60_000)
    expect(page.locator("[id^=job-]")).to_have_count(0)  # the page has taken the result in
    consultant.press("Write it")
    expect(page.get_by_role("button", name="Take it back")).to_be_visible(timeout=60_000)
    consultant.press("Take it back")
    expect(page.locator("tr", has_text="Impressum")).to_have_count(0)


def test_errors_come_back_as_comments_in_the_workbook(consultant, filled, tmp_path):
    page = consultant.open(f"{filled}inventory/")
    page.locator("summary", has_text="Spreadsheet").click()
    with page.expect_download() as started:
        page.get_by_role("link", name="Export as XLSX").click()
    path = tmp_path / "inventory.xlsx"
    started.value.save_as(path)
    book = load_workbook(path)
    sheet = book["Courses"]
    header = [one.value for one in sheet[1]]
    sheet.cell(2, header.index("Members") + 1).value = "many"
    book.save(path)
    consultant.open(f"{filled}inventory/import/")
    page.locator("input[type=file]").set_input_files(path)
    consultant.press("Compare")
    expect(page.get_by_text("1 error.")).to_be_visible(timeout=60_000)
    with page.expect_download() as started:
        page.get_by_role("link", name="The same workbook").click()
    started.value.save_as(path)
    comments = [one.comment.text for line in load_workbook(path)["Courses"].iter_rows() for one in line if one.comment]
    assert comments == ["“many” is no number; write it as 1234.56."]
