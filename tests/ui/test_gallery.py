"""The gallery in a real browser: accessible in both themes, a quiet console, scripts that do what they say."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
WIDTHS = [1440, 390]


def open_page(chromium, url, width=1440, theme="light"):
    """A page, and the list of what its console complained about."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, has_touch=width < 500)
    page = context.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    outside = re.compile(r"^(?!http://(localhost|127\.0\.0\.1)|data:)")
    page.on("request", lambda request: complaints.append(request.url) if outside.match(request.url) else None)
    page.goto(url)
    return page, complaints


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_part_is_accessible(chromium, gallery, width, theme):
    page, complaints = open_page(chromium, f"{gallery}?wrong=1", width, theme)
    assert page.locator("html").get_attribute("data-bs-theme") == theme
    found = [
        (v["id"], [n["target"] for n in v["nodes"]], v["nodes"][0]["any"][:1])
        for v in Axe().run(page).response["violations"]
    ]
    assert found == []
    assert complaints == []


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_scrolls_sideways(chromium, gallery, width):
    for query in ["", "?drawer=1"]:
        page, _ = open_page(chromium, gallery + query, width)
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_chosen_theme_stays(chromium, gallery):
    page, _ = open_page(chromium, gallery)
    page.locator("[data-theme-choice=dark]").first.click()
    page.reload()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"


def test_shift_selects_a_range_and_the_bar_counts(chromium, gallery):
    page, _ = open_page(chromium, gallery)
    boxes = page.locator("[data-select-row]")
    assert page.locator("[data-bulk]").is_hidden()
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])
    assert page.locator("[data-bulk-count]").inner_text() == "4 selected"
    assert page.locator("[data-select-all]").evaluate("box => box.indeterminate")
    page.locator("[data-select-none]").click()
    assert page.locator("[data-bulk]").is_hidden()


def test_keys_move_select_and_search_and_can_be_turned_off(chromium, gallery):
    page, _ = open_page(chromium, gallery)
    for key in ["j", "j", "x"]:
        page.keyboard.press(key)
    assert page.locator("[data-select-row]").nth(1).is_checked()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.type") == "search"
    page.evaluate("localStorage.setItem('single-keys', 'off')")
    page.reload()
    page.keyboard.press("/")
    assert (
        page.evaluate("document.activeElement.type") is None
        or page.evaluate("document.activeElement.tagName") == "BODY"
    )
    page.keyboard.press("Control+k")
    assert page.evaluate("document.activeElement.type") == "search"


def test_deleting_waits_for_the_typed_name(chromium, gallery):
    page, _ = open_page(chromium, gallery)
    form = page.locator("form[data-confirm-name]")
    button = form.locator("button[type=submit]")
    assert button.is_disabled()
    form.locator("input[name=confirm_name]").fill("Bäckerei Winter")
    assert button.is_disabled()
    form.locator("input[name=confirm_name]").fill("Bäckerei Sommer")
    assert button.is_enabled()


def test_a_form_can_be_sent_only_once(chromium, gallery):
    page, _ = open_page(chromium, gallery)
    sent = []

    def answer(route):
        sent.append(route.request.url)
        route.fulfill(status=204)  # the page stays as it is

    page.route("**/slow/", answer)
    page.evaluate("document.querySelector('form.page-form').setAttribute('action', '/slow/')")
    button = page.locator("form.page-form button[type=submit]")
    button.click(no_wait_after=True)
    expect(page.locator("form.page-form button[type=submit]").first).to_be_disabled()
    assert button.inner_text() == "Saving…"
    page.evaluate("document.querySelector('form.page-form').requestSubmit()")
    page.wait_for_timeout(100)
    assert len(sent) == 1


def test_a_toast_is_text_and_never_markup(chromium, gallery):
    page, _ = open_page(chromium, gallery)
    page.evaluate(
        "document.dispatchEvent(new CustomEvent('toast', {detail: {text: '<b>5</b> saved', level: 'success'}}))"
    )
    assert page.locator("#toasts").inner_text().strip() == "<b>5</b> saved"


def test_errors_take_the_focus_and_lead_to_their_fields(chromium, gallery):
    page, _ = open_page(chromium, f"{gallery}?wrong=1")
    assert page.evaluate("document.activeElement.className") == "form-errors"
    page.locator(".form-errors a").first.click()
    assert page.url.endswith("#id_name")


def test_details_open_beside_the_list_and_the_list_stays_as_it_was(chromium, gallery):
    page, complaints = open_page(chromium, gallery)
    page.locator("[data-select-row]").nth(5).click()
    page.locator(".row-link").nth(2).click()
    page.locator("#drawer h2").wait_for()
    assert page.url.endswith("?drawer=2")
    assert page.locator("tr.is-current").count() == 1
    assert page.locator("[data-select-row]").nth(5).is_checked()
    page.keyboard.press("Escape")
    assert page.locator("#drawer").is_hidden()
    assert page.url == f"{gallery}?"
    assert page.evaluate("document.activeElement.className") == "row-link"
    assert page.locator("[data-select-row]").nth(5).is_checked()
    assert complaints == []


def test_on_a_phone_the_details_are_the_page(chromium, gallery):
    page, _ = open_page(chromium, gallery, 390)
    page.locator(".row-link").nth(2).click()
    page.locator("#drawer h2").wait_for()
    assert page.locator("#gallery-table").is_hidden()
    page.locator("[data-drawer-close]").click()
    assert page.locator("#gallery-table").is_visible()


def test_a_refused_request_is_said_and_never_swapped_in(chromium, gallery):
    page, _ = open_page(chromium, gallery)
    page.route("**/*drawer=2", lambda route: route.fulfill(status=500, body="<h1>Traceback</h1>"))
    page.locator(".row-link").nth(2).click()
    page.locator(".toast-error").wait_for()
    assert "The server could not do this" in page.locator("#toasts").inner_text()
    assert page.locator("#drawer").is_hidden()


def test_paper_is_white_and_has_no_navigation(chromium, gallery):
    page, _ = open_page(chromium, gallery, theme="dark")
    page.emulate_media(media="print")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    for part in [".top", ".side", ".filters", ".row-actions >> nth=0"]:
        assert page.locator(part).is_hidden()
    assert page.locator(".grid").is_visible()
