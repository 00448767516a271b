"""Tags that look alike, as far as nobody has decided about them."""

from typing import Any

from engine.contacts.tags import TagGroup, near_duplicates


def open_groups(report: dict[str, Any], named: dict[str, str]) -> list[TagGroup]:
    """Near-duplicates among the tags of a report that would stay apart although nobody said so."""
    groups = near_duplicates({one["tag"]: one["count"] for one in report.get("tags", [])})
    return [
        group
        for group in groups
        if len({named.get(tag, tag) for tag in group.tags}) > 1 and any(tag not in named for tag in group.tags)
    ]
