"""Two browsers on one plan: each sees what the other does within three seconds, and loses nothing of his own."""

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
    phone = client.open(f"{project}my-list/")
    mine = phone.locator(".mine", has_text=TITLE)
    before = page.locator("#project-head .phase-count").first.inner_text()

    begin = time.monotonic()
    mine.get_by_role("button", name="Done").first.click()
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
    expect(mine.get_by_role("button", name="Done").first).to_be_visible(timeout=WITHIN)
    client.look()


def test_words_whose_field_would_go_stay_until_the_person_is_done_with_them(consultant, client, project):
    page = consultant.open(f"{project}checklist/")
    phone = client.open(f"{project}my-list/")
    mine = phone.locator(".mine", has_text=TITLE)
    mine.get_by_text("I am stuck").click()
    words = mine.locator("[name=words]:visible")
    words.fill("The bank does not answer")
    tick(page, TITLE)
    phone.wait_for_timeout(WITHIN)
    expect(words).to_have_value("The bank does not answer")
    words.fill("")
    expect(mine).to_have_count(0, timeout=WITHIN)


def test_the_drawer_says_that_the_item_changed_when_typed_words_would_go(consultant, client, project):
    page = consultant.open(f"{project}checklist/")
    page.get_by_role("link", name=TITLE).click()
    consultant.press("Open it again")
    page = consultant.open(f"{project}checklist/")
    page.get_by_role("link", name=TITLE).click()
    page.locator("#drawer").get_by_text("Not applicable", exact=True).click()
    page.locator("#na-reason").fill("They take no payments")
    phone = client.open(f"{project}my-list/")
    phone.locator(".mine", has_text=TITLE).get_by_role("button", name="Done").first.click()
    expect(page.get_by_text("Somebody changed this item meanwhile")).to_be_visible(timeout=WITHIN)
    expect(page.locator("#na-reason")).to_have_value("They take no payments")
    consultant.look()
    page.get_by_role("link", name="Show the item as it is now").click()
    expect(page.locator("#verbs")).to_contain_text("Done by Maya Brandt")


def test_an_item_shared_with_the_client_appears_on_his_open_page(consultant, client, project):
    phone = client.open(f"{project}my-list/")
    page = consultant.open(f"{project}checklist/new/")
    consultant.fill(title="Name your best-selling course", section="Live", who="client")
    page.get_by_label("The client sees this").check()
    consultant.press("Add the item")
    expect(phone.get_by_role("heading", name="Name your best-selling course")).to_be_visible(timeout=WITHIN)
