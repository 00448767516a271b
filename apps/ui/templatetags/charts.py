"""Small charts drawn on the server: labelled at the bars, the numbers beneath, readable on paper and in the dark."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import template

from apps.ui.drawn_charts import bars_of, growth_of

register = template.Library()


@register.inclusion_tag("ui/_bars.html")
def bars(rows: Sequence[dict[str, Any]], title: str = "", note: str = "") -> dict[str, Any]:
    """A bar a row, in the order given: [{"label": "Subscribed", "count": 12, "tone": "green", "url": ""}]."""
    return {"rows": bars_of(rows), "title": title, "note": note}


@register.inclusion_tag("ui/_growth.html")
def growth(months: Mapping[str, int], title: str = "", note: str = "") -> dict[str, Any]:
    """What came by month ({"2026-09": 12}) as columns, and the sum as a line; long spans by quarter or year."""
    return {"growth": growth_of(months), "title": title, "note": note}
