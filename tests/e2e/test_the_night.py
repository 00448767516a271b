"""The switch with two people: rehearsed, run live an hour late, a risk taken, a way back begun, and its report."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.people import PHONE, Person

pytestmark = [pytest.mark.browser, pytest.mark.servers]
KEPT = ("Everybody needed can be reached", "Go or no-go is decided and written down")
WITHIN = 5_000
POST = """async ([url, values]) => {
    const token = document.querySelector('[name=csrfmiddlewaretoken]').value;
    const sent = {method: 'POST', headers: {'X-CSRFToken': token}, body: new URLSearchParams(values)};
    return (await fetch(url, sent)).status;
}"""


def post(page: Page, path: str, **values: str) -> None:
    """What a form on this page would send; for the many that are all alike."""
    assert page.evaluate(POST, [path, values]) == 200, path


@pytest.fixture
def night(consultant) -> str:
    """A project whose go-live is in an hour, so that the first steps of its night are an hour late."""
    consultant.open("/new-project/")
    soon = datetime.now(ZoneInfo("Europe/Berlin")) + timedelta(hours=1)
    consultant.fill(client="Night Owls", target="kartra", time_zone="Europe/Berlin", go_live=f"{soon:%Y-%m-%dT%H:%M}")
    consultant.page.get_by_label("Mailchimp").check()
    consultant.press("Create the project")
    expect(consultant.page.get_by_role("heading", name="Overview")).to_be_visible()
    return consultant.page.url.removeprefix(consultant.base)


@pytest.fixture
def guest(consultant, night, chromium, product) -> Person:
    """The client of that project, on a phone."""
    consultant.open(f"{night}people/")
    consultant.fill(email="otto@night-owls.example")
    consultant.press("Invite")
    person = Person(chromium, product, PHONE)
    person.open(consultant.page.locator("#new-link").inner_text().removeprefix(product))
    person.fill(name="Otto Kranz", password="violet-anchor-72")
    person.press("Join")
    person.page.wait_for_url(f"**{night}**")
    return person


def two_steps(consultant: Person, night: str) -> str:
    """The built-in sheet, cut down to its first two steps; the first belongs to Otto. Returns its address."""
    page = consultant.open(f"{night}cutover/run-sheets/")
    page.locator("main form button").first.click()
    page.wait_for_url("**/run-sheets/*/")
    sheet = page.url.removeprefix(consultant.base)
    links = page.locator(".run-plan .row-link")
    steps = [(one.inner_text(), one.get_attribute("href")) for one in links.all()]
    for _, address in [step for step in reversed(steps) if step[0] not in KEPT]:
        post(page, f"{address}delete/")
    page.goto(next(address for title, address in steps if title == KEPT[0]))
    page.locator("main [name=owner]").select_option(label="Otto Kranz")
    page.locator("main .page-form button[type=submit]").click()
    page.wait_for_url(f"**{sheet}")
    expect(links).to_have_count(2)
    return sheet


def play(consultant: Person, guest: Person, run: str) -> None:
    """Otto does his step, Dana hers; each sees the other's without reloading."""
    page, phone = consultant.page, guest.open(run)
    phone.get_by_role("button", name="Start").click()
    expect(page.locator("#log + .finding, .list-frame .finding").filter(has_text="started").first).to_be_visible(
        timeout=WITHIN
    )
    phone.get_by_role("button", name="Done").click()
    start = page.locator(".run-step", has_text=KEPT[1]).get_by_role("button", name="Start")
    start.click(timeout=WITHIN)
    page.locator(".run-step", has_text=KEPT[1]).get_by_role("button", name="Done").click()
    expect(page.get_by_text("2 of 2 steps have ended")).to_be_visible()
    expect(phone.get_by_text("2 of 2 steps have ended")).to_be_visible(timeout=WITHIN)
    consultant.press("Finish")
    expect(page.locator(".run-head")).to_contain_text("Finished")
    expect(phone.locator(".run-head")).to_contain_text("Finished", timeout=WITHIN)


def take_every_risk(consultant: Person, night: str) -> None:
    """One by hand, the others alike; then go."""
    page = consultant.open(f"{night}cutover/")
    first = page.locator("[id^=condition-]", has_text="Accept this risk").first
    title = first.locator("b").inner_text()
    first.get_by_text("Accept this risk").click()
    first.locator("[name=note]").fill("The list is small; we look at each address.")
    first.get_by_role("button", name="I accept it").click()
    expect(page.locator("[id^=condition-]", has_text=title).first).to_contain_text("Accepted by Dana Weber")
    for field in page.locator("details [name=key]").all():
        post(page, f"{night}cutover/risks/accept/", key=field.input_value(), note="Known.")
    page.reload()
    page.locator("[name=reason]").fill("The window is quiet.")
    page.locator("button[value=go]").click()
    expect(page.locator("#decided + .finding")).to_contain_text("accepted risk")
    consultant.look()


def go_back(consultant: Person, night: str) -> None:
    """The way back of the checkout is begun and given up again."""
    page = consultant.open(f"{night}cutover/rollback/")
    consultant.press("Prepare the four critical systems")
    checkout = page.locator("section.card", has=page.get_by_role("heading", name="Checkout"))
    checkout.locator("summary", has_text="Go back").click()
    checkout.get_by_label("Why it is gone back before go-live").fill("Orders already arrive at the new checkout.")
    checkout.get_by_role("button", name="Yes, go back with checkout").click()
    page.wait_for_url("**/cutover/runs/*/")
    page.locator("#run-reason").fill("The purchase went through after all.")
    consultant.press("Abort")
    expect(page.locator(".run-head")).to_contain_text("Aborted")


def test_two_people_rehearse_and_run_the_night_and_read_how_it_went(consultant, guest, night):
    page, sheet = consultant.page, two_steps(consultant, night)
    consultant.press("Rehearse")
    page.wait_for_url("**/cutover/runs/*/")
    play(consultant, guest, page.url.removeprefix(consultant.base))
    consultant.open(f"{night}cutover/report/")
    expect(page.get_by_role("heading", name="Nothing to report yet")).to_be_visible()
    take_every_risk(consultant, night)
    page.goto(sheet)
    consultant.press("Begin the live run")
    page.wait_for_url("**/cutover/runs/*/")
    expect(page.locator(".run-head")).to_contain_text("late")
    expect(page.locator(".run-bar")).to_contain_text(f"Next: {KEPT[0]}")
    consultant.look()
    play(consultant, guest, page.url.removeprefix(consultant.base))
    go_back(consultant, night)

    consultant.open(f"{night}cutover/report/")
    for part, words in (("deviations", f"late: {KEPT[0]}"), ("deviations", "Way back started (aborted): Checkout"),
                        ("risks", "we look at each address"), ("decisions", "The window is quiet.")):  # fmt: skip
        expect(page.locator(f"#after-{part}")).to_contain_text(words)
    page.locator("#lessons [name=text]").fill("Begin an hour earlier")
    consultant.press("Keep it")
    expect(page.locator("#lessons")).to_contain_text("Begin an hour earlier")
    consultant.press("Share with the client")
    phone = guest.open(f"{night}cutover/report/")
    expect(phone.locator("#after-deviations")).to_contain_text(f"late: {KEPT[0]}")
    expect(phone.locator("main")).not_to_contain_text("we look at each address")
