"""What the target asks before it lets contacts in, answered as far as the files and the decisions tell.

Which questions a platform asks is in its catalogue file (`imports.consent`); what we do not know is left open.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from engine.contacts.recipe import Recipe
from engine.platforms import Platform

_OPEN = "(fill in)"
_ORDER = ("engaged", "all", "unengaged", "fix")


def answer_sheet(platform: Platform, detail: Mapping[str, Any], recipe: Recipe, *, as_of: date) -> str:
    """Plain text: the questions with answers, then the files in the order of their import, then the lead time.

    `detail` is what `Report.as_detail` gives.
    """
    packs = in_order(detail.get("packs", ()))
    parts = [
        f"Import into {platform.name}: answers and order ({as_of.isoformat()})",
        "\n\n".join(_answered(question, detail, recipe) for question in platform.imports.consent)
        or f"{platform.name} asks no questions that we know of.",
        "Files in the order of their import:\n" + ("\n".join(map(_line, packs)) or "none"),
        f"Lead time: {lead_time(platform, len(packs), as_of)}",
    ]
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


def _line(pack: Mapping[str, Any]) -> str:
    declared = "consent documented" if pack["consent"] == "consented" else "consent NOT documented, do not mail yet"
    return f"- {pack['file']}: {pack['records']:,} contacts, {declared}"


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


def lead_time(platform: Platform, files: int, as_of: date) -> str:
    """When files that are handed in today are in, for the plan."""
    days = platform.imports.approval_days
    if not days:
        return f"{platform.name} names none; import the sample first."
    ready = business_days_after(as_of, days)
    return (
        f"{platform.name} looks at imports for up to {days} business days. Handed in on "
        f"{as_of.isoformat()}, {'the file is' if files == 1 else f'all {files} files are'} in by {ready.isoformat()}; "
        "import the sample first."
    )


def business_days_after(day: date, count: int) -> date:
    """The day that many working days later; Saturdays and Sundays are none, holidays are not known."""
    while count > 0:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day
