"""A template as pages draw it: phases with their sections with their items."""

from itertools import groupby
from typing import Any

from apps.checklists.builtin import Template
from apps.checklists.template_files import fingerprint


def outline(template: Template) -> list[dict[str, Any]]:
    """[{number, name, count, is_first, is_last, sections: [{name, number, items: [{item, seen, ...}]}]}]."""
    titles = {item.key: item.title for item in template.items}
    phases = []
    for number, name in enumerate(template.phases, 1):
        items = [item for item in template.items if item.phase == number]
        sections = [
            {
                "name": section,
                "number": number,
                "items": [
                    {"item": item, "seen": fingerprint(item), "waits": [titles.get(key, key) for key in item.waits_for]}
                    for item in part
                ],
            }
            for section, part in groupby(items, key=lambda item: item.section)
        ]
        ends = {"is_first": number == 1, "is_last": number == len(template.phases)}
        phases.append({"number": number, "name": name, "count": len(items), "sections": sections, **ends})
    return phases
