"""The fields of a consultancy's own kinds, as people write them: one a line, `Name: type`."""

from typing import Any

from django.utils.text import slugify

from apps.assets.columns import BY_HEADER, TECHNICAL
from apps.assets.kinds import builtin
from engine.spreadsheets.cells import CellError

WORDS = {
    "text": "text", "long text": "long", "number": "number", "money": "money", "date": "day", "date and time": "moment",
    "yes/no": "yes", "choice": "choice",
}  # fmt: skip
MOST = 20


def written(fields: list[dict[str, Any]]) -> str:
    """The stored fields as lines."""
    words = {type_: word for word, type_ in WORDS.items()}
    return "\n".join(
        f"{one['label']}: {words[one['type']]}{' ' + ', '.join(one['choices']) if one.get('choices') else ''}"
        for one in fields
    )


def read(text: str, before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines as stored fields; a field that keeps its name keeps its key. Raises CellError."""
    keys = {one["label"].casefold(): one["key"] for one in before}
    found: list[dict[str, Any]] = []
    for line in filter(str.strip, text.splitlines()):
        label, _, type_ = (part.strip() for part in line.partition(":"))
        one = _field(" ".join(label.split())[:60], type_ or "text")
        if any(other["label"].casefold() == one["label"].casefold() for other in found):
            raise CellError(f"Two fields are called “{one['label']}”; rename one of them.")
        one["key"] = keys.get(one["label"].casefold()) or _new_key(
            one["label"], {*keys.values()} | {o["key"] for o in found}
        )
        found.append(one)
    if len(found) > MOST:
        raise CellError(f"A kind has at most {MOST} fields of its own.")
    return found


def _field(label: str, type_: str) -> dict[str, Any]:
    if not label:
        raise CellError("Write a name before the colon.")
    if label.casefold() in {header.casefold() for header in (*BY_HEADER, *TECHNICAL)}:
        raise CellError(f"Every asset has “{label}” already; choose another name.")
    spelled = {field.label.casefold(): field.label for kind in builtin().kinds.values() for field in kind.fields}
    label = spelled.get(label.casefold(), label)  # one header in a sheet means one thing
    word = type_.casefold()
    if word.startswith("choice"):
        choices = list(dict.fromkeys(part.strip()[:60] for part in type_[6:].strip(" :").split(",") if part.strip()))
        if len(choices) < 2:
            raise CellError(f"Give “{label}” at least two words to choose from: “{label}: choice small, large”.")
        return {"label": label, "type": "choice", "choices": choices[:30]}
    if word not in WORDS:
        raise CellError(f"“{type_[:30]}” is no type; write one of {', '.join(WORDS)}.")
    return {"label": label, "type": WORDS[word]}


def _new_key(label: str, taken: set[str]) -> str:
    """Starts with own_, so that it never meets a built-in field."""
    stem = f"own_{slugify(label).replace('-', '_')[:40] or 'field'}"
    key, number = stem, 1
    while key in taken:
        number += 1
        key = f"{stem}_{number}"
    return key
