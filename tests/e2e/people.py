"""Somebody at a real browser, who looks at every page he opens."""

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Page

DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


class Person:
    """Somebody at a browser, who looks at every page he opens."""

    def __init__(self, browser: Browser, base: str, size: dict[str, int]) -> None:
        self.base, self.width = base, size["width"]
        context = browser.new_context(
            reduced_motion="reduce", viewport=size, has_touch=size is PHONE, base_url=base, accept_downloads=True
        )
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        outside = re.compile(rf"^(?!{re.escape(base)}|data:)")
        self.page.on("request", lambda asked: self.complaints.append(asked.url) if outside.match(asked.url) else None)

    def open(self, path: str) -> Page:
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        self.look()
        return self.page

    def look(self) -> None:
        """Accessible, nothing sideways, a quiet console."""
        self.page.wait_for_load_state()
        try:
            answer = Axe().run(self.page).response
        except Error:  # a page that was just leaving; the one that comes is looked at
            self.page.wait_for_load_state()
            answer = Axe().run(self.page).response
        found = [(one["id"], one["nodes"][0]["html"][:200]) for one in answer["violations"]]
        assert found == [], f"{self.page.url}: {found}"
        assert self.page.evaluate("document.documentElement.scrollWidth") <= self.width, self.page.url
        assert self.complaints == [], f"{self.page.url}: {self.complaints}"

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            field = self.page.locator(f"main [name={name}]")
            field.select_option(value) if field.evaluate("it => it.tagName") == "SELECT" else field.fill(value)
