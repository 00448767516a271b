"""A large contact file over a bad line: paused, cut off, gone on with, and the page reloaded in the middle."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.people import DESK, Person
from tests.wire import Wire

pytestmark = [pytest.mark.browser, pytest.mark.servers]
ROW = "person{0}@example.org,Name {0},subscribed,yes,{1}\n"


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """About six megabytes."""
    file = tmp_path_factory.mktemp("uploads") / "everybody.csv"
    rows = (ROW.format(number, "x" * 60) for number in range(50_000))
    file.write_text("Email,First Name,Status,Consent,Notes\n" + "".join(rows))
    return file


def choose(page: Page, file) -> None:
    page.locator("input[type=file]").set_input_files(file)


def test_a_file_goes_on_after_a_pause_a_lost_line_and_a_reload(consultant, project, chromium, product, large):
    with Wire(int(product.rsplit(":", 1)[1])) as wire:
        wire.rate = 1_500_000
        person = Person(chromium, f"http://127.0.0.1:{wire.port}", DESK)
        person.page.context.add_cookies(
            [
                {**one, "url": person.base}
                for one in ({"name": c["name"], "value": c["value"]} for c in consultant.page.context.cookies())
            ]
        )
        page = person.open(f"{project}contacts/")
        choose(page, large)
        page.get_by_role("button", name="Upload and check").click()
        expect(page.locator("#uploads")).to_contain_text(re.compile(r"[1-9][0-9]? %"), timeout=30_000)
        page.get_by_role("button", name="Pause everybody.csv").click()
        expect(page.locator("#uploads")).to_contain_text("Paused")
        person.look()
        page.get_by_role("button", name="Resume everybody.csv").click()
        expect(page.locator("#uploads")).to_contain_text("a second", timeout=30_000)
        wire.cut()
        expect(page.locator("#uploads")).to_contain_text("trying again in", timeout=30_000)
        wire.mend()
        page.evaluate("window.dispatchEvent(new Event('online'))")
        expect(page.locator("#uploads")).to_contain_text("a second", timeout=60_000)
        before = wire.sent
        page.once("dialog", lambda dialog: dialog.accept())
        page.reload()
        expect(page.locator("#uploads")).to_contain_text("choose the same file again")
        wire.rate = 0
        choose(page, large)
        page.get_by_role("button", name="Upload and check").click()
        expect(page.locator("#files")).to_contain_text("everybody.csv", timeout=60_000)
        expect(page.locator("#files")).to_contain_text("50,000", timeout=120_000)
        assert wire.sent - before < large.stat().st_size, "it began again instead of going on"
        person.complaints.clear()  # the lost line is told on the console, as it should be
        person.look()
