"""Icons by name: heroicons, and the few signs of the look that heroicons lacks. Drawn once, then remembered."""

from functools import lru_cache

import heroicons
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

RING = '<circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" stroke-width="1.5"{}/>'
# Drawn on a 16 px grid, to stand beside the "micro" heroicons.
OWN = {
    "circle": RING.format(""),
    "dashed-circle": RING.format(' stroke-dasharray="2.6 2.3"'),
    "quarter-circle": RING.format("") + '<path d="M8 8V3.5A4.5 4.5 0 0 1 12.5 8z"/>',
    "half-circle": RING.format("") + '<path d="M8 1.75a6.25 6.25 0 0 1 0 12.5z"/>',
    "three-quarter-circle": RING.format("") + '<path d="M8 8V3.5A4.5 4.5 0 1 1 3.5 8z"/>',
    "octagon": (
        '<path fill-rule="evenodd" d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1zM7.25 4.25v4.5h1.5v-4.5z'
        'M8 10.25a.9.9 0 1 0 0 1.8.9.9 0 0 0 0-1.8z"/>'
    ),
    "mark": (
        '<path d="M2 3.5h4.2a2 2 0 0 1 1.6.8l2.6 3.4a.5.5 0 0 1 0 .6l-2.6 3.4a2 2 0 0 1-1.6.8H2l3.2-4.2'
        'a.5.5 0 0 0 0-.6z"/><path opacity=".5" d="M8.8 3.5h2.4a1 1 0 0 1 .8.4l2.8 3.8a.5.5 0 0 1 0 .6L12 12.1'
        'a1 1 0 0 1-.8.4H8.8l3.3-4.2a.5.5 0 0 0 0-.6z"/>'
    ),
}
_OPENING = '<svg class="icon" viewBox="0 0 16 16" fill="currentColor" width="{0}" height="{0}">'


@lru_cache(maxsize=512)
def draw_icon(name: str, style: str = "micro", size: int = 16, label: str = "") -> SafeString:
    """The SVG, hidden from screen readers unless it has a label: a word stands beside it. Unknown names draw a ring."""
    title = f'role="img" aria-label="{format_html("{}", label)}"' if label else 'aria-hidden="true" focusable="false"'
    svg = f"{_OPENING.format(size)}{OWN[name]}</svg>" if name in OWN else _heroicon(name, style, size)
    return mark_safe(svg.replace("<svg ", f"<svg {title} ", 1))  # noqa: S308 - our own drawing and an escaped label


def _heroicon(name: str, style: str, size: int) -> str:
    for wanted in (style, "micro", "outline"):  # a few icons lack the smallest drawing
        try:
            svg = heroicons._render_icon(wanted, name, size, {"class": "icon"})
        except heroicons.IconDoesNotExist:
            continue
        return svg.replace(' aria-hidden="true"', "").replace(' data-slot="icon"', "")
    return draw_icon("circle", style, size).replace('aria-hidden="true" focusable="false" ', "")
