"""The comparison page in the order and words of its reader."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from apps.contacts.models import PackFile, PackRun
from apps.contacts.reading_packs import title_of_segment
from apps.contacts.reconciling import verdict_of
from engine.spreadsheets.guarding import unguard

TAGS_SHOWN = 25
_CONSENT = {"consented": "Consent documented", "no_consent": "Consent not documented"}
_PURPOSES = {
    "intruders": (
        "Must not be there",
        "Take their subscription back in the target today; they asked not to be mailed.",
    ),
    "import": ("Missing, to import once more", "In the form of the target; nobody in it has arrived."),
    "missing": ("Missing, as a list", "With the lines of the import file and of the original upload."),
    "not_sent": ("Not sent by you", "They were there before, or came in since; nothing is wrong with that."),
    "pairs": ("People side by side", "Drawn by chance, the same ones each time this export is compared."),
}


@dataclass(frozen=True, slots=True)
class Share:
    """How many of those who were expected are there."""

    name: str
    expected: int
    found: int
    note: str = ""

    @property
    def missing(self) -> int:
        return self.expected - self.found


@dataclass(frozen=True, slots=True)
class ComparisonPage:
    """What templates/contacts/comparison.html shows."""

    run: PackRun
    verdict: str
    reasons: Sequence[str]
    files: Sequence[Share]
    consent: Sequence[Share]
    tags: Sequence[Share]
    tags_left: int
    made: Sequence[tuple[str, str, PackFile]]
    pairs: PackFile | None

    @property
    def told(self) -> dict[str, Any]:
        return self.run.told

    @property
    def percent_missing(self) -> str:
        expected = self.told["expected"]
        return f"{100 * self.told['missing'] / expected:.1f} %" if expected else "–"


def read_comparison(run: PackRun | None) -> ComparisonPage | None:
    """The newest outcome; None before the first."""
    if run is None:
        return None
    told = run.told
    verdict, _ = verdict_of(run)
    tags = [Share(row["tag"], row["found"], row["tagged"]) for row in told["tags"]] if told["tells_tags"] else []
    packs = list(run.packs.select_related("file", "imported_by"))
    return ComparisonPage(
        run,
        verdict.value,
        told["reasons"],
        [Share(row["file"], row["expected"], row["found"], title_of_segment(row["segment"])) for row in told["files"]],
        [
            Share(_CONSENT.get(name, name), row["expected"], row["found"], _blocked(row["blocked"]))
            for name, row in told["consent"].items()
        ],
        tags[:TAGS_SHOWN],
        max(0, len(tags) - TAGS_SHOWN),
        sorted((_made(pack) for pack in packs), key=lambda made: [*_PURPOSES].index(_key(made[2]))),
        next((pack for pack in packs if pack.purpose == "pairs" and pack.file.deleted_at is None), None),
    )


def _key(pack: PackFile) -> str:
    return pack.segment if pack.purpose == "list" else pack.purpose


def _made(pack: PackFile) -> tuple[str, str, PackFile]:
    return (*_PURPOSES[_key(pack)], pack)


def _blocked(count: int) -> str:
    return f"{count:,} of them cannot be mailed there" if count else ""


def read_people(pack: PackFile | None) -> list[list[dict[str, str]]]:
    """The people side by side, from their file; nothing of them stands in the database."""
    if pack is None or not pack.file.path.is_file():
        return []
    people: dict[str, list[dict[str, str]]] = {}
    with pack.file.path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            people.setdefault(row["Person"], []).append({name.lower(): unguard(cell) for name, cell in row.items()})
    return list(people.values())
