"""What must be saved of a web page before it is rebuilt elsewhere, read out of its HTML and CSS without a browser.

`read_page` gives words, links, images and videos; `look_of` gives fonts with sizes and colours as the style sheets set
them; `write_archive` puts all of it into a ZIP; `find_pages` lists a site's pages, politely.
"""

from engine.capture.archive import Saved, write_archive
from engine.capture.pages import Link, Media, Page, read_page
from engine.capture.sites import FoundPage, Site, find_pages
from engine.capture.styles import Colour, Font, Look, look_of

__all__ = [
    "Colour",
    "Font",
    "FoundPage",
    "Link",
    "Look",
    "Media",
    "Page",
    "Saved",
    "Site",
    "find_pages",
    "look_of",
    "read_page",
    "write_archive",
]
