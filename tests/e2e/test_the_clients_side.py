"""The client's road on a phone, the consultant's switch to his eyes at the desk, objectives and the self-assessment."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.servers]
STUCK = "Open the old accounts to the consultant"


def row(page, title):
    return page.locator(".mine", has_text=title)


def test_the_client_works_through_his_list_on_a_phone(consultant, client, project):
    page = client.open(project)
    expect(page.get_by_role("heading", name="My list")).to_be_visible()
    names = page.locator("nav.bottom li a > span:first-of-type")
    expect(names).to_have_text(["My list", "Decisions", "Files", "Progress"])
    other = row(page, "Note where website").locator("details[id^=comment]")
    other.locator("summary").click()
    other.locator("textarea").fill("typed, not sent")
    stuck = row(page, STUCK).locator("details[id^=stuck]")
    stuck.locator("summary").click()
    stuck.get_by_role("button", name="Tell my consultant").click()
    expect(row(page, STUCK).get_by_role("alert")).to_contain_text("Say in a sentence")
    client.complaints.clear()  # the browser names the refusal that was just asked for
    stuck.locator("textarea").fill("The agency has the password")
    stuck.get_by_role("button", name="Tell my consultant").click()
    expect(row(page, STUCK)).to_contain_text("You are stuck")
    expect(other.locator("textarea")).to_have_value("typed, not sent")
    expect(stuck.locator("textarea")).to_be_hidden()
    client.look()
    desk = consultant.open(f"{project}checklist/")
    expect(desk.locator("#calls")).to_contain_text("The agency has the password")
    desk.locator("#calls textarea").fill("I have asked the agency.")
    consultant.press("Answer and clear")
    expect(desk.locator("#calls")).to_have_count(0)
    client.open(f"{project}my-list/")
    expect(row(page, STUCK)).to_contain_text("I have asked the agency.")


def test_evidence_is_given_in_the_row_and_everything_can_be_undone(client, project):
    page = client.open(f"{project}my-list/")
    why = row(page, "Write down why the business moves")
    why.locator("summary", has_text="Done").click()
    why.locator("textarea:visible").fill("Mail lands in spam")
    why.get_by_role("button", name="Send, and done").click()
    page.get_by_role("button", name="Undo: Write down why the business moves").click()
    expect(why).to_be_visible()
    back = row(page, STUCK).locator("details[id^=not_mine]")
    back.locator("summary").click()
    back.get_by_role("button", name="Hand it back").click()
    expect(page.get_by_text("With your consultant")).to_be_visible()
    client.look()
    page.get_by_role("button", name=f"Undo: {STUCK}").click()
    expect(row(page, STUCK)).to_be_visible()


@pytest.mark.parametrize("path", ["files/", "progress/", "objectives/", "inventory/decisions/", "approvals/"])
def test_the_clients_pages_fit_a_phone(client, project, path):
    client.open(f"{project}{path}")


def test_the_consultant_sees_it_with_the_clients_eyes_and_returns(consultant, client, project):
    page = consultant.open(f"{project}checklist/")
    consultant.press("View as client")
    expect(page.get_by_text("Nothing can be changed here")).to_be_visible()
    consultant.look()
    page.get_by_role("navigation", name="Project", exact=True).get_by_role("link", name="My list").click()
    expect(row(page, STUCK).locator(".mine-verbs button").first).to_be_disabled()
    expect(page.locator("nav.side li")).to_have_count(4)
    consultant.look()
    consultant.press("Back to my view")
    expect(page.get_by_role("heading", name="Checklist")).to_be_visible()


def test_an_objective_is_measured_and_a_no_goes_on_the_plan_and_back(consultant, project):
    page = consultant.open(f"{project}objectives/new/")
    consultant.fill(sentence="Mail lands in spam", metric="Opening rate", unit="%", baseline="18", target="30")
    consultant.press("Save the objective")
    consultant.fill(value="31")
    consultant.press("Write down")
    expect(page.locator(".objective")).to_contain_text("Reached")
    consultant.look()
    consultant.open(f"{project}self-assessment/")
    ask = page.locator("#ask-problems-delivery")
    ask.get_by_role("button", name="No", exact=True).click()
    expect(ask).to_contain_text("This would mark as essential")
    expect(page.locator("#count-1")).to_have_text("1 of 5 answered")
    ask.get_by_role("button", name="Put it on the plan").click()
    expect(ask).to_contain_text("On the plan because of this")
    consultant.look()
    ask.get_by_role("button", name="Undo").click()
    expect(ask).to_contain_text("This would mark as essential")
