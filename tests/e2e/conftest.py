"""One product and one Chromium for all browser tests: `manage.py serve`, and names and a site on loopback."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.dns_server import DnsServer
from tests.e2e.people import DESK, PHONE, Person
from tests.servers import find_chromium
from tests.test_serve import serving
from tests.web_site import web_site

PASSWORD = "violet-anchor-72"
ED25519 = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
ZONE = {
    "sunrise-yoga.example": {"A": ["192.0.2.1"], "MX": ["10 mail.sunrise-yoga.example."], "TXT": ["v=spf1 mx ~all"]},
    "mail.sunrise-yoga.example": {"A": ["192.0.2.2"]},
    "www.sunrise-yoga.example": {"CNAME": ["sunrise.kartra.com."]},
    "sunrise.kartra.com": {"A": ["192.0.2.3"]},
    "_dmarc.sunrise-yoga.example": {"TXT": ["v=DMARC1; p=none; rua=mailto:a@sunrise-yoga.example"]},
}


@pytest.fixture(scope="session")
def old_site() -> Iterator[str]:
    """The client's old web site, on loopback."""
    with web_site() as (address, _):
        yield address


@pytest.fixture(scope="session")
def product(tmp_path_factory, old_site) -> Iterator[str]:
    allowed = {"OUTBOUND_ALLOW": "127.0.0.0/8", "OUTBOUND_PORTS": old_site.rsplit(":", 1)[1]}
    with (
        DnsServer(ZONE) as names,
        serving(tmp_path_factory.mktemp("e2e"), "--no-demo", DNS_NAMESERVERS=names.address, **allowed) as one,
    ):
        yield f"http://127.0.0.1:{one.port}"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium found: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def consultant(chromium, product) -> Person:
    """The first person of a fresh installation, signed out and in again with the password."""
    person = Person(chromium, product, DESK)
    person.open("/start/")
    person.fill(organisation="North Star", name="Dana Weber", email="dana@north.example", password=PASSWORD)
    person.fill(time_zone="Europe/Berlin")
    person.press("Start")
    expect(person.page.get_by_text("No clients yet")).to_be_visible()
    person.page.context.clear_cookies()
    person.open("/accounts/login/")
    person.fill(login="dana@north.example", password=PASSWORD)
    person.page.locator("main button[type=submit]").first.click()
    expect(person.page.get_by_role("heading", name="Clients", exact=True)).to_be_visible()
    return person


@pytest.fixture(scope="session")
def project(consultant) -> str:
    """Created from the form; its address."""
    consultant.open("/new-project/")
    consultant.fill(client="Sunrise Yoga", target="kartra", time_zone="Europe/Berlin")
    consultant.fill(go_live=f"{datetime.now() + timedelta(days=90):%Y-%m-%d}T22:00")
    consultant.page.get_by_label("Mailchimp").check()
    consultant.press("Create the project")
    expect(consultant.page.get_by_role("heading", name="Overview")).to_be_visible()
    consultant.look()
    return consultant.page.url.removeprefix(consultant.base)


@pytest.fixture(scope="session")
def client(consultant, project, chromium, product) -> Person:
    """Invited by link, joined on a phone."""
    consultant.open(f"{project}people/")
    consultant.fill(email="maya@sunrise-yoga.example")
    consultant.press("Invite")
    link = consultant.page.locator("#new-link").inner_text()
    person = Person(chromium, product, PHONE)
    person.open(link.removeprefix(product))
    person.fill(name="Maya Brandt", password=PASSWORD)
    person.press("Join")
    person.page.wait_for_url(f"**{project}**")
    person.look()
    return person
