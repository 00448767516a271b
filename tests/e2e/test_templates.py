"""A template of one's own from the first click to what a running project takes over, at a desk and on a phone."""

import pytest
from playwright.sync_api import expect

from tests.e2e.people import DESK, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.servers]


@pytest.fixture
def either(consultant):
    """The consultant, who may turn to his phone; afterwards he is at his desk again."""

    def turn(size):
        consultant.page.set_viewport_size(size)
        consultant.width = size["width"]

    yield turn
    turn(DESK)


def test_a_template_is_edited_published_offered_and_taken_over(consultant, either):
    page = consultant.open("/projects/")
    page.get_by_role("link", name="Templates").click()
    consultant.look()
    page.get_by_role("link", name="New template").click()
    consultant.fill(name="Course move")
    consultant.press("Begin the template")
    expect(page.get_by_text("Not published yet")).to_be_visible()
    consultant.look()
    rows = page.locator("#phase-1 .outline-row")
    first = rows.nth(0).get_attribute("id")
    page.locator(f"#{first} [id^=down-]").focus()
    page.keyboard.press("Enter")
    expect(rows.nth(1)).to_have_attribute("id", first)
    expect(page.locator(f"#{first} [id^=down-]")).to_be_focused()
    rows.nth(0).get_by_role("button", name="Delete").click()
    consultant.press("Put back")
    expect(page.locator("#phase-1 .outline-row")).to_have_count(14)
    edit = page.url.removeprefix(consultant.base)
    publish(consultant, edit, "For courses")
    running = begin_project(consultant)

    either(PHONE)
    consultant.open(edit)
    page.locator(f"#{first} .row-link").click()
    consultant.fill(guidance="Some **bold** words\n\n- and a list")
    expect(page.locator("#guidance-preview strong")).to_have_text("bold")
    consultant.look()
    consultant.press("Save the item")
    consultant.open(f"{edit}new-item/?phase=2")
    consultant.fill(title="Note the coupon codes", section="Offers", days="30")
    consultant.press("Save the item")
    expect(page.locator("#item-note-the-coupon-codes")).to_be_visible()
    consultant.look()
    publish(consultant, edit, "Coupons were forgotten twice")
    page.get_by_role("link", name="Compare").click()
    expect(page.locator("main")).to_contain_text("Note the coupon codes")
    consultant.look()

    consultant.open(f"{running}checklist/")
    expect(page.locator("#offer")).to_contain_text("1 new item and 1 changed in version 2")
    expect(page.locator(".task", has_text="Note the coupon codes")).to_have_count(0)
    page.get_by_role("link", name="Choose what to add").click()
    consultant.look()
    either(DESK)
    consultant.look()
    consultant.press("Take over what is chosen")
    expect(page.locator(".task", has_text="Note the coupon codes")).to_contain_text("in")
    expect(page.locator("#offer")).to_have_count(0)
    consultant.open(f"{running}checklist/keep/")


def publish(person, edit, note):
    person.open(edit.replace("edit/", "publish/"))
    person.fill(note=note)
    person.press("Publish")
    expect(person.page.get_by_text(note)).to_be_visible()
    person.look()


def begin_project(person) -> str:
    person.open("/new-project/")
    person.page.locator("[name=template]").select_option(label="Course move, version 1")
    person.fill(client="Wave Surf School", target="kartra", go_live="2090-06-01T20:00")
    person.page.get_by_label("Mailchimp").check()
    person.press("Create the project")
    expect(person.page.get_by_role("heading", name="Overview")).to_be_visible()
    return person.page.url.removeprefix(person.base)
