"""From a judged list to files for the import, and from a checked domain to its plan, at the desk and on a phone."""

import csv

import pytest
from playwright.sync_api import expect

from tests.e2e.people import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.servers]
ROWS = [
    "ada@gmial.com,Ada,subscribed,yes,2026-10-01,VIP - 2026",
    "bob@example.org,Bob,subscribed,yes,2026-09-01,vip 2026",
    "cai@example.org,Cai,unsubscribed,yes,2026-09-01,Lead",
    "dot@example.org,Dot,on hold,,2024-01-01,Leads",
]
LEADS = "Email,Name,Status,Consent,Last Open,Tags\n" + "\n".join(ROWS) + "\n"
DOMAIN = "mail.sunrise-yoga.example"


@pytest.fixture(scope="module")
def report(consultant, project, tmp_path_factory) -> str:
    """The address of a judged list."""
    file = tmp_path_factory.mktemp("leads") / "leads.csv"
    file.write_text(LEADS)
    page = consultant.open(f"{project}contacts/")
    page.locator("input[type=file]").set_input_files(file)
    consultant.press("Upload and check")
    page.get_by_role("link", name="leads.csv").click(timeout=30_000)
    expect(page.get_by_text("Addresses with a typing mistake")).to_be_visible(timeout=60_000)
    consultant.look()
    return page.url.split("?")[0].removeprefix(consultant.base)


@pytest.fixture(scope="module")
def domain(consultant, project) -> str:
    """The address of a domain that was looked up."""
    page = consultant.open(f"{project}domains/")
    consultant.fill(names=DOMAIN)
    consultant.press("Add and check")
    row = page.locator("tr", has_text=DOMAIN)
    expect(row.locator(".sign").first).to_be_visible(timeout=60_000)
    row.get_by_role("link").first.click()
    expect(page.get_by_role("heading", name=DOMAIN)).to_be_visible()
    return page.url.split("?")[0].removeprefix(consultant.base)


@pytest.mark.parametrize("path", ["", "findings/", *(f"workbench/{name}/" for name in ("tags", "columns", "consent"))])
def test_the_pages_of_a_list_fit_desk_and_phone(consultant, report, path):
    for size in (PHONE, {"width": 1440, "height": 900}):
        consultant.page.set_viewport_size(size)
        consultant.width = size["width"]
        consultant.open(f"{report}{path}")


def test_findings_are_looked_through_by_rule(consultant, report):
    page = consultant.open(f"{report}findings/")
    rules = page.locator("main select").first
    rules.select_option(rules.locator("option", has_text="typing mistake").get_attribute("value"))
    consultant.press("Show")
    expect(page.locator("main")).to_contain_text("gmial.com")
    expect(page.locator("main")).not_to_contain_text("on hold")
    consultant.look()


def test_a_repair_is_taken_and_the_import_files_hold_it(consultant, report, tmp_path):
    page = consultant.open(f"{report}workbench/repairs/")
    page.locator(".finding", has_text="gmial.com to gmail.com").get_by_role("button", name="Repair").click()
    consultant.look()
    page = consultant.open(f"{report}packs/")
    consultant.press("Make the files")
    link = page.locator("main a", has_text="Must not be mailed")
    expect(link).to_be_visible(timeout=60_000)
    with page.expect_download() as started:
        link.click()
    started.value.save_as(tmp_path / "suppression.csv")
    with (tmp_path / "suppression.csv").open(newline="") as stream:
        assert [row["Email"] for row in csv.DictReader(stream)] == ["cai@example.org"]
    consultant.open(f"{report}packs/")


@pytest.mark.parametrize("path", ["", "plan/", "plan/request/", "snapshot/", "checks/", "message/"])
def test_the_pages_of_a_domain_fit_desk_and_phone(consultant, domain, path):
    for size in (PHONE, {"width": 1440, "height": 900}):
        consultant.page.set_viewport_size(size)
        consultant.width = size["width"]
        consultant.open(f"{domain}{path}")


def test_the_report_of_all_domains_is_accessible(consultant, project, domain):
    consultant.open(f"{project}domains/report/")
