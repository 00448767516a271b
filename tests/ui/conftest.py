"""A real Chromium on the gallery, which shows every part of the look."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.servers import find_chromium


@pytest.fixture
def gallery(live_server, settings) -> str:
    settings.DEBUG = True
    return f"{live_server.url}/ui/gallery/"


@pytest.fixture
def chromium(live_server) -> Iterator[Browser]:
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium found: apt-get install chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()
