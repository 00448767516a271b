"""The plan is approved by both sides, go-live moves and comes back; at a desk and on a phone."""

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.servers]


def test_the_plan_is_approved_on_a_phone_and_a_moved_go_live_shows_as_slip(consultant, client, project):
    page = consultant.open(f"{project}approvals/")
    consultant.press("Approve the plan for us")
    expect(page.get_by_text("Baselines")).to_be_visible()
    consultant.fill(question="Do these dates suit you?")
    consultant.press("Ask the client")
    expect(page.get_by_text("Only the client can answer this.")).to_be_visible()
    consultant.look()

    phone = client.open(f"{project}my-list/")
    expect(phone.get_by_text("Do these dates suit you?")).to_be_visible()
    phone.get_by_role("link", name="Read and decide").first.click()
    client.press("Decline")
    expect(phone.get_by_text("Say in a sentence what is not right yet.")).to_be_visible()
    client.complaints.clear()  # the console notes the refusal
    client.press("Approve")
    expect(phone.get_by_text("Maya Brandt (client)")).to_be_visible()
    client.look()

    page = consultant.open(f"{project}go-live/")
    later = f"{datetime.now() + timedelta(days=97):%Y-%m-%d}T22:00"
    page.locator("#new-go-live").fill(later)
    consultant.press("Show what it does")
    expect(page.get_by_text("What would no longer fit")).to_be_visible()
    consultant.press("Move go-live")
    expect(page.get_by_text("What no longer fits")).to_be_visible()
    consultant.look()

    page = consultant.open(f"{project}timeline/")
    expect(page.locator(".dates-go-live")).to_contain_text("7 days late")
    page.locator(".timeline-row").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**open=1**")
    consultant.look()
    phone = client.open(f"{project}timeline/")
    expect(phone.locator(".timeline-drawing")).to_be_hidden()
    expect(phone.locator(".dates-go-live")).to_contain_text("7 days late")
    client.look()

    consultant.open(f"{project}approvals/")
    expect(page.get_by_text("Changed since approval").first).to_be_visible()
    consultant.open(f"{project}go-live/")
    page.locator("#new-go-live").fill(f"{datetime.now() + timedelta(days=90):%Y-%m-%d}T22:00")
    consultant.press("Show what it does")
    consultant.press("Move go-live")
    consultant.open(f"{project}approvals/")
    expect(page.get_by_text("Changed since approval")).to_have_count(0)
