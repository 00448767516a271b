"""Words, links, images and videos of one page. All of it is a stranger's text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import lxml.html
from lxml import etree
from markdownify import MarkdownConverter

from engine.spreadsheets.guarding import clean

VIDEO_HOSTS = ("youtube.com", "youtube-nocookie.com", "youtu.be", "vimeo.com", "wistia.com", "wistia.net", "loom.com",
               "vidyard.com", "bunnycdn.com", "mediadelivery.net", "dailymotion.com", "searchie.io")  # fmt: skip
VIDEO_ENDINGS = (".mp4", ".webm", ".mov", ".m4v", ".m3u8")
_DROPPED = ("script", "style", "noscript", "template", "svg", "head", "iframe")
_URL_IN_CSS = re.compile(r"url\(\s*(['\"]?)([^'\")]+)\1\s*\)", re.IGNORECASE)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
# These ends may be left out (HTML, 13.1.2.4); libxml2 drops what follows them, a browser shows it.
_ENDS = re.compile(rb"</(?:body|html)\s*>", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n{3,}")
MOST = 2_000  # of each: a page with more is a feed, not a page


@dataclass(frozen=True, slots=True)
class Link:
    """One link: where it leads and what it says."""

    url: str
    text: str
    kind: str = "link"  # link, button, form, mail, phone


@dataclass(frozen=True, slots=True)
class Media:
    """One image or video: its address and what stands for it."""

    url: str
    text: str = ""
    width: str = ""
    height: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What one page says. `root` is its tree, for `look_of`."""

    url: str
    title: str
    meta: dict[str, str]
    markdown: str
    links: tuple[Link, ...]
    images: tuple[Media, ...]
    videos: tuple[Media, ...]
    sheets: tuple[str, ...]  # addresses of its style sheets
    css: tuple[str, ...]  # what stands in its <style> elements
    root: Any = field(repr=False, compare=False)

    @property
    def words(self) -> int:
        return len(self.markdown.split())


def read_page(body: bytes, url: str, content_type: str = "") -> Page:
    """Read a page from its bytes. Raises ValueError where it is no HTML at all."""
    root = _tree(body, content_type)
    base = urljoin(url, next(iter(root.xpath("//base/@href")), "")) or url
    title = _text(next(iter(root.xpath("//title")), None))
    return Page(
        url=url,
        title=title[:300],
        meta=dict(_meta(root)),
        markdown=_markdown(root, base),
        links=tuple(_unique(_links(root, base))),
        images=tuple(_unique(_images(root, base))),
        videos=tuple(_unique(_videos(root, base))),
        sheets=tuple(dict.fromkeys(
            _absolute(base, href) for href in root.xpath("//link[contains(@rel, 'stylesheet')]/@href")
        )),
        css=tuple(text for text in root.xpath("//style/text()") if text.strip()),
        root=root,
    )  # fmt: skip


def _tree(body: bytes, content_type: str) -> Any:
    """The encoding that the server states, then the page itself, then UTF-8."""
    body = _ENDS.sub(b"", body.replace(b"\x00", b""))
    stated = _CHARSET.search(content_type.encode("ascii", "ignore"))
    encoding = stated.group(1).decode() if stated else "utf-8" if _is_utf8(body) else None
    try:
        parser = lxml.html.HTMLParser(encoding=encoding, no_network=True, huge_tree=False)
    except LookupError:
        parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
    try:
        root = lxml.html.document_fromstring(body or b" ", parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise ValueError("This answer is no web page.") from error
    etree.strip_elements(root, etree.Comment, etree.ProcessingInstruction, with_tail=False)
    return root


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _text(element: Any) -> str:
    return "" if element is None else clean(" ".join(element.text_content().split()))


def _meta(root: Any) -> Iterator[tuple[str, str]]:
    """Name or property, and content: description, Open Graph, robots."""
    for element in root.xpath("//meta[@content]")[:200]:
        name = element.get("name") or element.get("property") or element.get("http-equiv")
        if name:
            yield clean(name)[:100], clean(element.get("content"))[:2000]
    for element in root.xpath("//link[@rel='canonical' or @rel='icon' or @rel='shortcut icon']/@href")[:5]:
        yield "canonical or icon", clean(element)[:2000]


class _Converter(MarkdownConverter):
    """Markdown as people paste it into a page builder: headings with #, plain bullets."""

    class Options:
        heading_style = "ATX"
        bullets = "-"
        escape_asterisks = False
        escape_underscores = False


def _markdown(root: Any, base: str) -> str:
    body = next(iter(root.xpath("//body")), root)
    copy = lxml.html.fromstring(lxml.html.tostring(body, encoding="unicode"))
    etree.strip_elements(copy, *_DROPPED, with_tail=False)
    for element in copy.xpath(".//a[@href] | .//img[@src]"):
        name = "href" if element.tag == "a" else "src"
        element.set(name, _absolute(base, element.get(name)))
    text = _Converter().convert(lxml.html.tostring(copy, encoding="unicode"))
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return clean_long(_BLANK_LINES.sub("\n\n", lines).strip() + "\n")


def clean_long(text: str) -> str:
    """Without control characters; length is the file's business, not a cell's."""
    return "".join(character for character in text if character in "\n\t" or character.isprintable())


def _absolute(base: str, href: str) -> str:
    try:
        return clean(urljoin(base, href.strip()))[:2000]
    except ValueError:
        return clean(href)[:2000]


def _unique(things: Iterator[Any]) -> list[Any]:
    """The first of each address; addresses that are data or script are no use to anybody."""
    found: dict[tuple[str, str], Any] = {}
    for thing in things:
        if thing.url.startswith(("http://", "https://", "mailto:", "tel:")) and len(found) < MOST:
            found.setdefault((thing.url, thing.text), thing)
    return list(found.values())


def _links(root: Any, base: str) -> Iterator[Link]:
    for element in root.iter("a", "area", "form", "button"):
        href = element.get("href") or element.get("action") or element.get("formaction")
        if not href or href.startswith("#"):
            continue
        url = _absolute(base, href)
        label = _text(element) or element.get("aria-label") or element.get("title") or ""
        images = element.xpath(".//img/@alt")
        yield Link(url, clean(label or next(iter(images), ""))[:300], _kind_of(element, url))


def _kind_of(element: Any, url: str) -> str:
    if url.startswith("mailto:"):
        return "mail"
    if url.startswith("tel:"):
        return "phone"
    if element.tag == "form":
        return "form"
    classes = f"{element.get('class') or ''} {element.get('role') or ''}".lower()
    return "button" if element.tag == "button" or "btn" in classes or "button" in classes else "link"


def _images(root: Any, base: str) -> Iterator[Media]:
    for element in root.iter("img", "source", "image"):
        if element.tag == "source" and element.getparent() is not None and element.getparent().tag != "picture":
            continue
        alt = clean(element.get("alt") or "")[:300]
        size = {"width": (element.get("width") or "")[:10], "height": (element.get("height") or "")[:10]}
        sources = [element.get("data-src"), element.get("src"), _largest(element.get("srcset") or "")]
        for source in dict.fromkeys(filter(None, sources)):
            if not source.startswith("data:"):
                yield Media(_absolute(base, source), alt, **size)
    for style in [*root.xpath("//*[@style]/@style"), *root.xpath("//style/text()")]:
        for match in _URL_IN_CSS.finditer(style):
            if not match[2].startswith("data:") and not match[2].lower().split("?")[0].endswith(_FONT_FILES):
                yield Media(_absolute(base, match[2]), "background")
    for content in root.xpath("//meta[@property='og:image']/@content"):
        yield Media(_absolute(base, content), "shown when the page is shared")


_FONT_FILES = (".woff", ".woff2", ".ttf", ".otf", ".eot", ".css")


def _largest(srcset: str) -> str:
    """The last of the candidates is by custom the widest (HTML, 4.8.4.2)."""
    parts = [part.split() for part in srcset.split(", ") if part.split()]
    return max(parts, key=lambda part: _width(part))[0].rstrip(",") if parts else ""


def _width(part: list[str]) -> float:
    try:
        return float(part[1].rstrip("wx,")) if len(part) > 1 else 0.0
    except ValueError:
        return 0.0


def is_video(url: str) -> bool:
    """Whether an address is a video file, or a player of a known video host."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    on_host = any(host == one or host.endswith(f".{one}") for one in VIDEO_HOSTS)
    return parts.path.lower().endswith(VIDEO_ENDINGS) or (on_host and len(parts.path) > 1)


def _videos(root: Any, base: str) -> Iterator[Media]:
    for element in root.iter("video", "iframe", "embed", "source", "a"):
        source = element.get("src") or element.get("data-src") or element.get("href") or ""
        url = _absolute(base, source) if source else ""
        if element.tag in ("video",) and url:
            yield Media(url, clean(element.get("title") or "")[:300])
        elif url and is_video(url):
            yield Media(url, clean(element.get("title") or _text(element))[:300])
