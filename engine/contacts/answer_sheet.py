"""What the target asks before it lets contacts in, answered as far as the files and the decisions tell.

Which questions a platform asks is in its catalogue file (`imports.consent`); what we do not know is left open.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from engine.contacts.recipe import Recipe
from engine.contacts.schedule import import_days, lead_time
from engine.platforms import Mark, Platform

_OPEN = "(fill in)"
_ORDER = ("engaged", "all", "unengaged", "fix")


def answer_sheet(platform: Platform, detail: Mapping[str, Any], recipe: Recipe, *, as_of: date) -> str:
    """Plain text: the questions with answers, then the files in the order of their import, then the lead time.

    `detail` is what `Report.as_detail` gives.
    """
    packs = in_order(detail.get("packs", ()))
    sizes = [int(pack["records"]) for pack in packs]
    days = import_days(platform, sizes, as_of)
    lines = [_line(pack, day if days[-1] > as_of else None) for pack, day in zip(packs, days, strict=True)]
    parts = [
        f"Import into {platform.name}: answers and order ({as_of.isoformat()})",
        "\n\n".join(_answered(question, detail, recipe) for question in platform.imports.consent)
        or f"{platform.name} asks no questions that we know of.",
        "Files in the order of their import:\n" + ("\n".join(lines) or "none"),
        f"Lead time: {lead_time(platform, sizes, as_of)}",
    ]
    if said := [*_said(platform)]:
        parts.append(f"What {platform.name} says of its imports:\n" + "\n".join(said))
    return "\n\n".join(parts) + "\n"


def in_order(packs: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The files for the import: documented consent first, and among them whoever was active last."""
    imports = [pack for pack in packs if pack["purpose"] == "import"]
    return sorted(imports, key=_place)


def _place(pack: Mapping[str, Any]) -> tuple[bool, int, int, int, str]:
    name, _, tier = str(pack["segment"]).partition("-")
    number = str(pack["file"]).rpartition("_")[2].removesuffix(".csv")
    return (
        pack["consent"] != "consented",
        _ORDER.index(name) if name in _ORDER else len(_ORDER),
        int(tier) if tier.isdigit() else 10_000,
        int(number) if number.isdigit() else 0,
        str(pack["file"]),
    )


def _said(platform: Platform) -> Iterator[str]:
    """What a person has to know who imports the files by hand, with its source."""
    imports = platform.imports.values
    for name in ("overwrite", "duplicates", "blocked"):
        if name in imports and imports[name].is_known:
            yield f"- {imports[name].value} [{imports[name].source}]"
    if (value := imports.get("multi_value_separator")) and value.is_known:
        yield f"- Several values of one field stand in a cell with {value.value} between them. [{value.source}]"
    if (value := imports.get("name_rule")) and value.is_known and value.note:
        yield f"- {value.note} [{value.source}]"
    for note in platform.notes:
        if note.about == "imports" and note.mark is not Mark.UNKNOWN:
            yield f"- {note.text} [{note.source}]"


def _line(pack: Mapping[str, Any], day: date | None) -> str:
    declared = "consent documented" if pack["consent"] == "consented" else "consent NOT documented, do not mail yet"
    when = f", on {day.isoformat()}" if day else ""
    return f"- {pack['file']}: {pack['records']:,} contacts, {declared}{when}"


def _answered(question: str, detail: Mapping[str, Any], recipe: Recipe) -> str:
    words = question.casefold()
    if "come from" in words:
        source = detail.get("source") or "the old platform"
        answer = f"An export of {source}: {detail.get('file', '')}. {_sources(recipe)}"

    elif "last mailed" in words or "last sent" in words:
        answer = _OPEN
    elif "consent" in words or "permission" in words:
        answer = _consent(detail, recipe)
    else:
        answer = _OPEN
    return f"{question}\n  {answer.strip()}"


def _sources(recipe: Recipe) -> str:
    told = sorted({choice.source.strip() for choice in recipe.consent if choice.is_given and choice.source.strip()})
    return "Documented: " + "; ".join(told) + "." if told else ""


def _consent(detail: Mapping[str, Any], recipe: Recipe) -> str:
    """Per file, because a declaration is made for each file."""
    counts = {"consented": 0, "no_consent": 0}
    for pack in in_order(detail.get("packs", ())):
        counts[str(pack["consent"])] += int(pack["records"])
    said = f"Yes for {counts['consented']:,} contacts, in files of their own."
    if counts["no_consent"]:
        said += f" Not documented for {counts['no_consent']:,}, in other files; make no declaration for those."
    return f"{said} {_sources(recipe)}"
