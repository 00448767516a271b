"""What an editor does to a draft: from one template to the next, never to one that could not be published."""

from dataclasses import replace
from typing import Any

from apps.checklists.builtin import LENGTHS, Template, TemplateError, TemplateItem, check, new_key
from apps.checklists.template_files import in_order, item_data, item_of, one_line

Removed = dict[str, Any]  # {"item", "after": the key that stood before it, "followers": keys that waited for it}


def finished(template: Template) -> Template:
    """In its order, and checked. Raises TemplateError."""
    template = in_order(template)
    check(template)
    return template


def find(template: Template, key: str) -> TemplateItem:
    """Raises KeyError where somebody has deleted it."""
    return {item.key: item for item in template.items}[key]


def keys(template: Template) -> set[str]:
    return {item.key for item in template.items}


def with_item(template: Template, item: TemplateItem) -> Template:
    """The item in place of the one with its key, or at the end of its section; not checked."""
    if item.key not in keys(template):
        return in_order(replace(template, items=(*template.items, item)))
    old = find(template, item.key)
    others = [row for row in template.items if row.key != item.key]
    if (old.phase, old.section) != (item.phase, item.section):
        return in_order(replace(template, items=(*others, item)))
    return replace(template, items=tuple(item if row.key == item.key else row for row in template.items))


def move(template: Template, key: str, step: int) -> Template:
    """One place up (-1) or down (1); at the end of a section or phase into the next one."""
    items = list(template.items)
    at = items.index(find(template, key))
    item, to = items[at], at + step
    beside = items[to] if 0 <= to < len(items) else None
    if beside is not None and beside.phase == item.phase:
        if beside.section == item.section:
            items[at], items[to] = beside, item
        else:
            items[at] = replace(item, section=beside.section)
    elif 1 <= item.phase + step <= len(template.phases):
        phase = item.phase + step
        section = beside.section if beside is not None and beside.phase == phase else item.section
        items[at] = replace(item, phase=phase, section=section)
    return finished(replace(template, items=tuple(items)))


def duplicate(template: Template, key: str, taken: set[str] | None = None) -> Template:
    """A copy right after it, waiting for the same."""
    item = find(template, key)
    title = f"{item.title[: LENGTHS['title'] - 7]} (copy)"
    copy = replace(item, key=new_key(title, keys(template) | (taken or set())), title=title)
    at = template.items.index(item) + 1
    return finished(replace(template, items=(*template.items[:at], copy, *template.items[at:])))


def remove(template: Template, key: str) -> tuple[Template, Removed]:
    """Without the item, which nothing waits for any more; and what it takes to put it back."""
    item = find(template, key)
    at = template.items.index(item)
    record = {
        "item": item_data(item),
        "after": template.items[at - 1].key if at else "",
        "followers": [row.key for row in template.items if key in row.waits_for],
        "phase_name": template.phases[item.phase - 1],
    }
    left = [
        replace(row, waits_for=tuple(one for one in row.waits_for if one != key))
        for row in template.items
        if row.key != key
    ]
    return finished(replace(template, items=tuple(left))), record


def put_back(template: Template, record: Removed) -> Template:
    """As it was, as far as what happened since allows: waits that would make a ring or an impossible date stay away."""
    item = item_of(record["item"])
    phase = template.phases.index(record["phase_name"]) + 1 if record["phase_name"] in template.phases else 1
    item = replace(item, phase=phase, waits_for=())
    if item.key in keys(template):
        return template
    order = [row.key for row in template.items]
    at = order.index(record["after"]) + 1 if record["after"] in order else 0
    template = finished(replace(template, items=(*template.items[:at], item, *template.items[at:])))
    for key in record["item"]["waits_for"]:
        template = _also_waiting(template, item.key, key)
    for key in record["followers"]:
        template = _also_waiting(template, key, item.key)
    return template


def _also_waiting(template: Template, key: str, other: str) -> Template:
    if not {key, other} <= keys(template):
        return template
    item = find(template, key)
    wanted = with_item(template, replace(item, waits_for=(*item.waits_for, other)))
    try:
        check(wanted)
    except TemplateError:
        return template
    return wanted


def add_phase(template: Template, name: str) -> Template:
    return finished(replace(template, phases=(*template.phases, one_line(name))))


def rename_phase(template: Template, number: int, name: str) -> Template:
    phases = list(template.phases)
    phases[number - 1] = one_line(name)
    return finished(replace(template, phases=tuple(phases)))


def move_phase(template: Template, number: int, step: int) -> Template:
    """Up or down with all its items. Dates stay with the items."""
    other = number + step
    if not 1 <= other <= len(template.phases):
        return template
    phases = list(template.phases)
    phases[number - 1], phases[other - 1] = phases[other - 1], phases[number - 1]
    swap = {number: other, other: number}
    items = tuple(replace(item, phase=swap.get(item.phase, item.phase)) for item in template.items)
    return finished(replace(template, phases=tuple(phases), items=items))


def remove_phase(template: Template, number: int) -> Template:
    """Only an empty one. Raises TemplateError."""
    if any(item.phase == number for item in template.items):
        raise TemplateError("This phase still has items. Move or delete them first.")
    if len(template.phases) == 1:
        raise TemplateError("A template has at least one phase.")
    phases = template.phases[: number - 1] + template.phases[number:]
    items = tuple(replace(item, phase=item.phase - (item.phase > number)) for item in template.items)
    return finished(replace(template, phases=phases, items=items))


def rename_section(template: Template, number: int, section: str, name: str) -> Template:
    """Under the name of another section of the phase, the two become one."""
    items = tuple(
        replace(item, section=one_line(name)) if (item.phase, item.section) == (number, section) else item
        for item in template.items
    )
    return finished(replace(template, items=items))


def move_section(template: Template, number: int, section: str, step: int) -> Template:
    """Before or after the section beside it, within its phase."""
    names = list(dict.fromkeys(item.section for item in template.items if item.phase == number))
    if section not in names or not 0 <= names.index(section) + step < len(names):
        return template
    at = names.index(section)
    names[at], names[at + step] = names[at + step], names[at]

    def place(item: TemplateItem) -> tuple[int, int]:
        return item.phase, names.index(item.section) if item.phase == number else 0

    return finished(replace(template, items=tuple(sorted(template.items, key=place))))
