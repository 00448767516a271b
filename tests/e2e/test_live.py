"""Two browsers on one plan: each sees what the other does within three seconds, and loses nothing of his own."""

import re
import time

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.servers]
TITLE = "Say which payment providers you use"
WITHIN = 3_000


def tick(page, title):
    page.get_by_role("checkbox", name=title, exact=True).click()
    expect(page.get_by_role("checkbox", name=title, exact=True)).to_be_checked()


def test_a_tick_is_seen_within_three_seconds_and_a_half_typed_comment_survives(consultant, client, project):
    page = consultant.open(f"{project}checklist/new/")
    consultant.fill(title=TITLE, section="Live", who="client")
    page.get_by_label("The client sees this").check()
    consultant.press("Add the item")
    page = consultant.open(f"{project}checklist/")
    page.get_by_role("link", name=TITLE).click()
    field = page.locator("#comment-body")
    field.fill("Half a sen")
    page.get_by_text("Override with a reason").count()  # the drawer is drawn
    page.evaluate("document.querySelector('#drawer details').open = true; window.scrollTo(0, 300)")
    field.focus()
    page.evaluate("document.getElementById('comment-body').setSelectionRange(4, 4)")
    phone = client.open(f"{project}checklist/")
    before = page.locator("#project-head .phase-count").first.inner_text()

    begin = time.monotonic()
    tick(phone, TITLE)
    row = page.locator(".split-list .task", has_text=TITLE)
    expect(row).to_contain_text("ticked by Maya Brandt", timeout=WITHIN)
    assert time.monotonic() - begin < WITHIN / 1000
    expect(page.locator("#verbs")).to_contain_text("Done by Maya Brandt", timeout=WITHIN)
    expect(page.locator("#project-head .phase-count").first).not_to_have_text(before)
    expect(field).to_have_value("Half a sen")
    expect(field).to_be_focused()
    assert page.evaluate("document.getElementById('comment-body').selectionStart") == 4
    page.keyboard.type("X")
    expect(field).to_have_value("HalfX a sen")
    consultant.look()

    consultant.press("Open it again")
    expect(phone.get_by_role("checkbox", name=TITLE, exact=True)).not_to_be_checked(timeout=WITHIN)
    client.look()


def test_words_whose_field_would_go_are_kept_until_the_person_asks_for_the_new_page(consultant, client, project):
    page = consultant.open(f"{project}checklist/")
    phone = client.open(f"{project}checklist/")
    phone.get_by_role("link", name=TITLE).click()
    phone.get_by_text("I am stuck").click()
    phone.locator("#stuck-reason").fill("The bank does not answer")
    tick(page, TITLE)
    expect(phone.get_by_text("Somebody changed this item meanwhile")).to_be_visible(timeout=WITHIN)
    expect(phone.locator("#stuck-reason")).to_have_value("The bank does not answer")
    phone.get_by_role("link", name="Show the item as it is now").click()
    expect(phone.locator("#verbs")).to_contain_text(re.compile("Done by Dana Weber"))


def test_an_item_shared_with_the_client_appears_on_his_open_page(consultant, client, project):
    phone = client.open(f"{project}checklist/")
    page = consultant.open(f"{project}checklist/new/")
    consultant.fill(title="Name your best-selling course", section="Live", who="client")
    page.get_by_label("The client sees this").check()
    consultant.press("Add the item")
    expect(phone.get_by_role("link", name="Name your best-selling course")).to_be_visible(timeout=WITHIN)
