"""A page taken apart without a browser: words, links, media, fonts and colours; and a site's pages, politely."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest

from engine.capture import Saved, find_pages, look_of, read_page, write_archive
from engine.outbound import Failed, Response, fetch
from tests.web_site import HOME, STYLE, page, web_site


def read(html, url="https://www.example.org/dir/", kind="text/html; charset=utf-8"):
    return read_page(html.encode() if isinstance(html, str) else html, url, kind)


def test_words_are_markdown_and_scripts_are_none():
    found = read(HOME)
    assert found.title == "Sunrise Yoga"
    assert found.meta["description"] == "Classes in Berlin"
    assert found.markdown.startswith("# Breathe & move\n\nThirty days")
    assert "[Join the challenge](https://www.example.org/checkout)" in found.markdown
    assert "not text" not in found.markdown


def test_links_say_where_they_lead_and_what_they_are():
    kinds = {link.url: link.kind for link in read(HOME).links}
    assert kinds["https://www.example.org/checkout"] == "button"
    assert kinds["mailto:hello@sunrise.example"] == "mail"
    assert kinds["https://elsewhere.example/"] == "link"


@pytest.mark.parametrize(
    ("html", "url"),
    [
        ('<img src="a.png">', "https://www.example.org/dir/a.png"),
        ('<img srcset="s.png 400w, l.png 1200w">', "https://www.example.org/dir/l.png"),
        ('<img data-src="/lazy.jpg" src="data:image/gif;base64,x">', "https://www.example.org/lazy.jpg"),
        ("<div style=\"background: url('/back.jpg')\">", "https://www.example.org/back.jpg"),
        ('<picture><source srcset="w.webp"><img src="x.png"></picture>', "https://www.example.org/dir/w.webp"),
        ('<head><base href="/other/"></head><img src="b.png">', "https://www.example.org/other/b.png"),
    ],
)
def test_images_are_found_wherever_they_stand(html, url):
    assert url in [image.url for image in read(html).images]


@pytest.mark.parametrize(
    "html",
    [
        '<iframe src="https://www.youtube.com/embed/abc">', '<video src="https://x.example/a.mp4"></video>',
        '<a href="https://vimeo.com/1234">Film</a>', '<video><source src="/film.webm"></video>',
    ],
)  # fmt: skip
def test_videos_are_found(html):
    assert len(read(html).videos) == 1


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<title>Grüße</title>".encode(), "text/html"),
        ("<title>Grüße</title>".encode("latin-1"), "text/html; charset=iso-8859-1"),
        ('<meta charset="windows-1252"><title>Grüße</title>'.encode("cp1252"), "text/html"),
    ],
)
def test_the_encoding_is_the_one_that_is_stated(body, kind):
    assert read(body, kind=kind).title == "Grüße"


@pytest.mark.parametrize("body", [b"", b"\x00\x01\x02", b"{}", b"<" * 50_000, b"<div>" * 20_000])
def test_what_is_hardly_a_page_does_no_harm(body):
    try:
        found = read(body)
    except (ValueError, RecursionError) as error:
        assert not isinstance(error, RecursionError)
        return
    look_of(found.root, [])


def test_fonts_and_colours_follow_the_cascade():
    found = read(HOME)
    look = look_of(found.root, [STYLE])
    fonts = {(font.family, font.pixels, font.used_for) for font in look.fonts}
    assert ("Open Sans", 18.0, "text") in fonts
    assert ("Open Sans", 45.0, "headings 1") in fonts
    colours = {(one.hex, one.used_for) for one in look.colours}
    assert {("#ff6600", "text"), ("#333333", "text"), ("#008000", "background")} <= colours
    assert "#0000ff" not in {one.hex for one in look.colours}


@pytest.mark.parametrize(
    ("css", "pixels", "colour"),
    [
        ("p { font-size: 150% }", 24.0, "#000000"), ("p { font-size: 1.25rem; color: hsl(0, 100%, 50%) }", 20.0, "#ff0000"),
        ("p { font-size: 12pt }", 16.0, "#000000"), ("p { color: red !important } .x { color: blue }", 16.0, "#ff0000"),
        ("p { color: blue } #i { color: #0f0 }", 16.0, "#00ff00"), ("p { font-size: clamp(1px, 2vw, 30px) }", 30.0, "#000000"),
        ("@media print { p { color: red } } @supports (x: y) { p { color: teal } }", 16.0, "#008080"),
        ("p { color: var(--gone, #123456) }", 16.0, "#123456"), ("}}} p { color: ", 16.0, "#000000"),
        ("p::before { color: red } a:hover { color: red } :::bad { color: red }", 16.0, "#000000"),
    ],
)  # fmt: skip
def test_sizes_and_colours_are_resolved(css, pixels, colour):
    look = look_of(read('<p id="i" class="x">Text</p>').root, [css])
    assert [(font.pixels) for font in look.fonts] == [pixels]
    assert [one.hex for one in look.colours if one.used_for == "text"] == [colour]


def test_the_archive_holds_everything_and_nothing_that_runs(tmp_path):
    found = read(HOME + '<a href="https://x.example/">=HYPERLINK(1)</a>')
    images = [
        Saved("https://x.example/../../etc/passwd.png", "=cmd", b"png"),
        Saved("https://x.example/no.png", "", problem="404"),
    ]
    counts = write_archive(
        tmp_path / "a.zip", found, look_of(found.root, [STYLE]), images, source=b"raw", taken_at=datetime(2026, 5, 1, tzinfo=UTC)
    )  # fmt: skip
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        names = archive.namelist()
        links = list(csv.reader(io.StringIO(archive.read("links.csv").decode("utf-8-sig"))))
        rows = list(csv.reader(io.StringIO(archive.read("images.csv").decode("utf-8-sig"))))
        about = json.loads(archive.read("page.json"))
        assert archive.read("page.html") == b"raw"
    assert {"words.md", "fonts.csv", "colours.csv", "videos.csv", "images/001-passwd.png"} <= set(names)
    assert not any(".." in name or name.startswith("/") for name in names)
    assert ["https://x.example/", "'=HYPERLINK(1)", "link"] in links
    assert rows[1:] == [["images/001-passwd.png", "https://x.example/../../etc/passwd.png", "'=cmd", ""],
                        ["", "https://x.example/no.png", "", "404"]]  # fmt: skip
    assert about["title"] == "Sunrise Yoga"
    assert (counts["images"], counts["images missed"]) == (1, 1)


def test_a_broken_writing_leaves_no_archive(tmp_path):
    def images():
        yield Saved("https://x.example/a.png", "", b"x")
        raise OSError("disk full")

    found, folder = read(HOME), tmp_path / "here"
    folder.mkdir()
    with pytest.raises(OSError, match="disk full"):
        write_archive(
            folder / "a.zip", found, look_of(found.root, []), images(), source=b"", taken_at=datetime.now(UTC)
        )
    assert list(folder.iterdir()) == []


# --- sites ------------------------------------------------------------------------------------------------------------


def scan(start, most=100, pages=None):
    """Over the real client on loopback, or over a dictionary of answers."""
    waits = []
    if pages is None:
        allow = [ip_network("127.0.0.0/8")]
        port = int(start.rsplit(":", 1)[-1].split("/")[0])

        def get(url):
            return fetch(url, allow=allow, ports=[port])

    else:

        def get(url):
            if url not in pages:
                raise Failed("connection", "Nobody answers.")
            status, body = pages[url]
            return Response(url, status, {"content-type": "text/html"}, body.encode())

    site = find_pages(start, get, most=most, pause=waits.append, progress=lambda done, total: None)
    return site, waits


def test_links_are_followed_within_the_site_and_within_robots():
    with web_site() as (address, asked):
        site, waits = scan(f"{address}/")
    found = {url.removeprefix(address): (one.title, one.kind) for url, one in site.pages.items()}
    assert found == {
        "/": ("Sunrise Yoga", "other_page"), "/about": ("About us", "other_page"),
        "/checkout": ("Checkout", "checkout_page"), "/deep/thank-you": ("Thank you", "thank_you_page"),
    }  # fmt: skip
    assert "/private/list" not in [path for path, _ in asked]
    assert any("robots.txt" in remark for remark in site.remarks)
    assert len(waits) >= len(asked) - 1
    assert min(waits) >= 0.5


SITEMAP = """<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</urlset>"""


def entries(*urls):
    return SITEMAP.format("".join(f"<url><loc>{url}</loc></url>" for url in urls))


def test_a_sitemap_is_read_with_its_parts_and_strangers_are_left_out():
    home = "https://www.example.org"
    pages = {
        f"{home}/robots.txt": (200, f"Sitemap: {home}/map.xml\nCrawl-delay: 2"),
        f"{home}/map.xml": (200, f"<sitemapindex><sitemap><loc>{home}/one.xml</loc></sitemap><sitemap><loc>{home}/two.xml"
                                 "</loc></sitemap></sitemapindex>"),
        f"{home}/one.xml": (200, entries(f"{home}/offer", "https://elsewhere.example/x", f"{home}/logo.png")),
        f"{home}/two.xml": (200, entries("https://example.org/about", f"{home}/offer")),
    }  # fmt: skip
    site, waits = scan(f"{home}/", pages=pages)
    assert sorted(site.pages) == ["https://example.org/about", f"{home}/offer"]
    assert site.pages[f"{home}/offer"].kind == "sales_page"
    assert set(waits) <= {0.5, 2.0}


@pytest.mark.parametrize(
    "body",
    ["", "not xml", '<!DOCTYPE x [<!ENTITY a "b">]><urlset><url><loc>&a;</loc></url></urlset>', "<urlset>" * 5000,
     SITEMAP.format("<url><loc></loc></url>"), "<html><body>Not found</body></html>"],
)  # fmt: skip
def test_a_sitemap_that_is_none_falls_back_to_the_links(body):
    home = "https://www.example.org"
    pages = {f"{home}/robots.txt": (404, ""), f"{home}/sitemap.xml": (200, body), f"{home}/": (200, page("Home"))}
    site, _ = scan(f"{home}/", pages=pages)
    assert list(site.pages) == [f"{home}/"]


def test_a_server_error_at_robots_forbids_everything():
    home = "https://www.example.org"
    site, _ = scan(f"{home}/", pages={f"{home}/robots.txt": (503, ""), f"{home}/": (200, page("Home"))})
    assert not site.pages
    assert any("try again later" in remark for remark in site.remarks)


def test_a_scan_stops_at_its_limit_and_says_so():
    home = "https://www.example.org"
    pages = {f"{home}/robots.txt": (404, "")}
    for number in range(50):
        pages[f"{home}/{number}"] = (200, page(str(number), links=f'<a href="/{number + 1}">next</a>'))
    site, _ = scan(f"{home}/0", most=7, pages=pages)
    assert len(site.pages) == 7
    assert "stopped at 7 pages" in site.remarks[-1]


def test_nobody_at_home_is_said():
    site, _ = scan("https://www.example.org/", pages={})
    assert not site.pages
    assert "Nobody answers." in site.remarks
