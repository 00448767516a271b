"""The pages of one site, from its sitemaps or by following its links; politely, within robots.txt (RFC 9309)."""

import gzip
import re
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit, urlunsplit

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from protego import Protego

from engine.capture.pages import read_page
from engine.outbound import OutboundError, Response

AGENT = "Migrator"
LEAST_PAUSE = 0.5  # seconds between two requests to the same host
MOST_PAUSE = 10.0
SITEMAPS = 20
MOST_PAGES = 2_000
_NOT_PAGES = re.compile(
    r"\.(?:jpe?g|png|gif|svg|webp|ico|css|js|json|xml|pdf|zip|mp[34]|mov|webm|woff2?|ttf|docx?|xlsx?|ics|rss|txt)$",
    re.I,
)
_KINDS = (
    ("checkout_page", re.compile(r"checkout|/cart\b|order-?form|/buy\b|payment", re.I)),
    ("thank_you_page", re.compile(r"thank-?you|danke|confirm|success|welcome", re.I)),
    ("sales_page", re.compile(r"sales|offer|pricing|enrol|join-?now|/shop|/product|store", re.I)),
    ("landing_page", re.compile(r"landing|opt-?in|webinar|freebie|free-|lead|signup|sign-up|squeeze|download", re.I)),
    ("course", re.compile(r"course|lesson|academy|/learn|member", re.I)),
)

Get = Callable[[str], Response]


@dataclass(frozen=True, slots=True)
class FoundPage:
    """One page of the site: where it was found, and what it seems to be. `status` 0 means it was not opened."""

    url: str
    title: str = ""
    status: int = 0
    kind: str = "other_page"


@dataclass(slots=True)
class Site:
    """What a scan found, as far as it got."""

    pages: dict[str, FoundPage] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def add(self, page: FoundPage) -> None:
        self.pages[_plain(page.url)] = page


def find_pages(
    start: str, get: Get, *, most: int = 200, pause: Callable[[float], None], progress: Callable[[int, int], None],
) -> Site:  # fmt: skip
    """The pages of the site at `start`, at most `most`. `pause` waits between requests; both hooks may raise.

    A sitemap's pages are listed without being opened; without a sitemap the links are followed, one request at a time.
    """
    site = Site()
    most = min(most, MOST_PAGES)
    scan = _Scan(start, get, pause, progress, site, most)
    if start.lower().split("?")[0].endswith((".xml", ".xml.gz")):
        scan.read_sitemaps([start])
    else:
        scan.read_robots()
        scan.read_sitemaps(scan.sitemaps or [urljoin(start, "/sitemap.xml"), urljoin(start, "/sitemap_index.xml")])
        if not site.pages:
            scan.follow_links()
    if len(site.pages) >= most:
        site.remarks.append(f"The scan stopped at {most:,} pages, its limit; start another one at a deeper address.")
    return site


class _Scan:
    """One scan: what it may ask, and how slowly."""

    def __init__(
        self, start: str, get: Get, pause: Callable[[float], None], progress: Callable[[int, int], None], site: Site,
        most: int,
    ) -> None:  # fmt: skip
        self.start, self.get, self.pause, self.progress, self.site, self.most = start, get, pause, progress, site, most
        self.host = urlsplit(start).hostname or ""
        self.robots = Protego.parse("")
        self.wait = LEAST_PAUSE
        self.sitemaps: list[str] = []
        self._asked = 0

    def _fetch(self, url: str) -> Response | None:
        """The answer, None where there was none; the first request needs no pause."""
        if self._asked:
            self.pause(self.wait)
        self._asked += 1
        try:
            return self.get(url)
        except OutboundError as error:
            if self._asked == 1 or url == self.start:
                self.site.remarks.append(str(error))
            return None

    def read_robots(self) -> None:
        """RFC 9309, 2.3.1: no such file allows everything, a server error allows nothing."""
        answer = self._fetch(urljoin(self.start, "/robots.txt"))
        if answer is None:
            return
        if answer.status >= 500:
            self.robots = Protego.parse("User-agent: *\nDisallow: /")
            self.site.remarks.append("The site's robots.txt could not be read just now; try again later.")
        elif answer.status == 200:
            self.robots = Protego.parse(answer.body[:512_000].decode("utf-8", "replace"))
            delay = self.robots.crawl_delay(AGENT)
            self.wait = min(max(float(delay or 0), LEAST_PAUSE), MOST_PAUSE)
            self.sitemaps = [url for url in self.robots.sitemaps if self._is_here(url)][:SITEMAPS]

    def _is_here(self, url: str) -> bool:
        """On the same site: the same name, with or without www."""
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            return False
        return host.removeprefix("www.") == self.host.removeprefix("www.")

    def read_sitemaps(self, urls: list[str]) -> None:
        """Sitemaps and indexes of them (sitemaps.org, protocol 0.9); at most twenty files."""
        waiting, seen = deque(urls), set[str]()
        while waiting and len(seen) < SITEMAPS and len(self.site.pages) < self.most:
            url = waiting.popleft()
            if url in seen:
                continue
            seen.add(url)
            answer = self._fetch(url)
            if answer is None or answer.status != 200:
                continue
            for is_index, found in _locations(answer.body):
                if is_index:
                    waiting.append(found)
                elif self._is_here(found) and len(self.site.pages) < self.most and self._may_list(found):
                    self.site.add(FoundPage(found, kind=kind_of(found)))
            self.progress(len(self.site.pages), self.most)
        if self.site.pages:
            self.site.remarks.append(f"Listed from the site's sitemap ({len(seen)} files); the pages were not opened.")

    def _may_list(self, url: str) -> bool:
        return not _NOT_PAGES.search(urlsplit(url).path)

    def follow_links(self) -> None:
        """Breadth first from the start, one page at a time."""
        waiting, seen, refused = deque([self.start]), {_plain(self.start)}, 0
        while waiting and len(self.site.pages) < self.most:
            url = waiting.popleft()
            if not self.robots.can_fetch(url, AGENT):
                refused += 1
                continue
            answer = self._fetch(url)
            if answer is None or "html" not in answer.headers.get("content-type", "text/html").lower():
                continue
            for found in self._read(url, answer):
                if _plain(found) not in seen and len(seen) < MOST_PAGES * 5:
                    seen.add(_plain(found))
                    waiting.append(found)
            self.progress(len(self.site.pages), min(self.most, len(self.site.pages) + len(waiting)))
        if refused:
            self.site.remarks.append(f"{refused:,} pages were left out because the site's robots.txt asks for it.")

    def _read(self, url: str, answer: Response) -> Iterator[str]:
        """Note the page, and hand out the links that stay on the site."""
        try:
            page = read_page(answer.body, answer.url, answer.headers.get("content-type", ""))
        except ValueError:
            return
        if self._is_here(answer.url) and answer.status < 400:
            self.site.add(FoundPage(_plain(answer.url), page.title, answer.status, kind_of(answer.url)))
        elif answer.status >= 400:
            self.site.add(FoundPage(_plain(url), page.title, answer.status, kind_of(url)))
        for link in page.links:
            if link.kind in ("link", "button") and self._is_here(link.url) and self._may_list(link.url):
                yield _plain(link.url)


def _plain(url: str) -> str:
    """Without fragment and without what only counts visitors."""
    parts = urlsplit(url)
    query = "&".join(
        one for one in parts.query.split("&") if one and not one.lower().startswith(("utm_", "fbclid", "gclid"))
    )
    return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path or "/", query, ""))


def _locations(body: bytes) -> Iterator[tuple[bool, str]]:
    """(is an index entry, address) for each <loc>."""
    if body.startswith(b"\x1f\x8b"):
        body = _unpacked(body)
    try:
        root = ElementTree.fromstring(body)
    except (ElementTree.ParseError, DefusedXmlException, ValueError):
        return
    is_index = root.tag.endswith("sitemapindex")
    for element in root.iter():
        if element.tag.rpartition("}")[2] == "loc" and element.text and len(element.text) < 2000:
            yield is_index, element.text.strip()


def _unpacked(body: bytes, most: int = 20_000_000) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(body, most)
    except (zlib.error, gzip.BadGzipFile):
        return b""


def kind_of(url: str) -> str:
    """What a page seems to be, by its address; a person looks at it before it becomes an asset."""
    path = urlsplit(url).path
    return next((kind for kind, pattern in _KINDS if pattern.search(path)), "other_page")
