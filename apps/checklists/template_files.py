"""A template as stored data and as TOML. Reading a file ends in a template or in a sentence."""

import hashlib
import json
import tomllib
from dataclasses import asdict, fields, replace
from typing import Any

from apps.checklists.builtin import KEY, Template, TemplateError, TemplateItem, check

MOST_BYTES = 1_000_000
LEFT_OUT = ("covers",)  # the demands of the guides: they belong to the built-in template alone
WORDS = {str: "text in quotation marks", int: "a whole number", bool: "true or false", list: "a list of keys"}
FIELDS = {field.name: field.type if field.type in (str, int, bool) else list for field in fields(TemplateItem)}
NEEDED = ("key", "phase", "section", "title", "days")


def as_data(template: Template) -> dict[str, Any]:
    """What is stored of a template: phases and items."""
    return {"phases": list(template.phases), "items": [item_data(item) for item in template.items]}


def item_data(item: TemplateItem) -> dict[str, Any]:
    data = asdict(item) | {"waits_for": list(item.waits_for)}
    return {name: value for name, value in data.items() if name not in LEFT_OUT}


def item_of(data: dict[str, Any]) -> TemplateItem:
    return TemplateItem(**data | {"waits_for": tuple(data.get("waits_for", ()))})


def from_data(data: dict[str, Any], name: str, version: int = 0) -> Template:
    return Template(name, version, tuple(data["phases"]), tuple(item_of(row) for row in data["items"]))


def fingerprint(item: TemplateItem) -> str:
    """Equal for equal items, whatever the order in which they wait and wherever they stand."""
    data = item_data(replace(item, waits_for=tuple(sorted(item.waits_for))))
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]


def fingerprints(template: Template) -> dict[str, str]:
    return {item.key: fingerprint(item) for item in template.items}


def tidy(text: str) -> str:
    """One kind of line end, and no signs that nobody sees."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in text if sign in "\n\t" or sign.isprintable() or ord(sign) > 0x9F).strip()


def one_line(text: str) -> str:
    return " ".join(tidy(text).split())


def read_file(content: bytes) -> Template:
    """An uploaded file. Raises TemplateError in a sentence that names the item."""
    if len(content) > MOST_BYTES:
        raise TemplateError("This file is larger than 1 MB; a template is some hundred lines of text.")
    try:
        data = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise TemplateError("This file is not text in UTF-8. Download a template to see the form.") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        where = f" ({error})" if isinstance(error, tomllib.TOMLDecodeError) else ""
        raise TemplateError(f"This is not a TOML file{where}. Download a template to see the form.") from error
    name, phases, rows = data.get("name", ""), data.get("phases"), data.get("item", [])
    if not isinstance(name, str) or not tidy(name) or len(name) > 120:
        raise TemplateError('Give the template a name of at most 120 characters: name = "Webinar move".')
    if not isinstance(phases, list) or not all(isinstance(phase, str) for phase in phases):
        raise TemplateError('Name the phases: phases = ["Prepare", "Move"].')
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TemplateError("Each item begins with [[item]].")
    items = tuple(_item(row, number) for number, row in enumerate(rows, 1))
    template = Template(
        " ".join(tidy(name).split()), 0, tuple(" ".join(tidy(phase).split()) for phase in phases), items
    )
    check(template)
    return in_order(template)


def _item(row: dict[str, Any], number: int) -> TemplateItem:
    key = row.get("key")
    called = key if isinstance(key, str) and KEY.fullmatch(key) else f"Item {number}"
    for name, value in row.items():
        if name not in FIELDS:
            raise TemplateError(
                f"{called}: “{name[:40]}” is not a word of this file; mend its spelling or take it out."
            )
        is_right = isinstance(value, FIELDS[name]) and not (FIELDS[name] is int and isinstance(value, bool))
        if not is_right or (isinstance(value, list) and not all(isinstance(one, str) for one in value)):
            raise TemplateError(f"{called}: {name} must be {WORDS[FIELDS[name]]}.")
    for name in NEEDED:
        if name not in row:
            raise TemplateError(f"{called}: {name} is missing.")
    values = {name: tidy(value) if isinstance(value, str) else value for name, value in row.items()}
    values |= {name: one_line(values[name]) for name in ("title", "section")}
    values |= {"waits_for": tuple(dict.fromkeys(row.get("waits_for", ()))), "covers": ()}
    return TemplateItem(**{"guidance": ""} | values)


def in_order(template: Template) -> Template:
    """Items of one phase, and within it of one section, stand together; otherwise they stay as they are."""
    first: dict[tuple[int, str], int] = {}
    for number, item in enumerate(template.items):
        first.setdefault((item.phase, item.section), number)
    items = sorted(template.items, key=lambda item: (item.phase, first[item.phase, item.section]))
    return replace(template, items=tuple(items))


def write_file(template: Template) -> str:
    """The template as TOML; reading it gives the same template."""
    lines = [
        "# A template of a plan. What each word means stands in docs/checklist-template.md.",
        "# days: before go-live, negative after it; with counted_from = \"start\": after the start.",
        f"name = {_quoted(template.name)}",
        f"phases = [{', '.join(map(_quoted, template.phases))}]",
    ]  # fmt: skip
    plain = TemplateItem("", 0, "", "", "", 0)
    for item in template.items:
        lines += ["", "[[item]]"]
        for name, value in item_data(item).items():
            if name in NEEDED or value != item_data(plain)[name]:
                lines.append(f"{name} = {_value(value)}")
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_quoted, value))}]"
    return str(value) if isinstance(value, int) else _quoted(value)


def _quoted(text: str) -> str:
    """Words on several lines stay on several lines, so that they can be edited."""
    if "\n" not in text:
        return json.dumps(text, ensure_ascii=False)
    body = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'"""\n{body}"""' if not body.endswith('"') else f'"""\n{body[:-1]}\\""""'
