"""Markdown that people typed, as HTML that can do no harm: no scripts, no pictures from elsewhere, no odd links."""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TAGS = {
    "p", "br", "hr", "ul", "ol", "li", "strong", "em", "s", "code", "pre", "blockquote", "a", "h4", "h5", "h6",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}


@lru_cache(maxsize=1)
def _reader() -> MarkdownIt:
    return MarkdownIt("js-default", {"html": False, "breaks": True, "linkify": False}).disable("image")


def render(text: str) -> SafeString:
    """Headings begin below those of the page. What the sanitiser does not know is left out, its words stay."""
    reader = _reader()
    tokens = reader.parse(text[:20_000])
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 3)}"
    html = reader.renderer.render(tokens, reader.options, {})
    clean = nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )  # fmt: skip
    return mark_safe(clean)  # noqa: S308 - it has just been sanitised
