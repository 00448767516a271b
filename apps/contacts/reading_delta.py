"""The page of changes in the order and words of its reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from apps.contacts.models import PackFile, PackRun
from apps.contacts.reading_packs import title_of_segment
from engine.contacts.vocabulary import BLOCKING

TAGS_SHOWN, COLUMNS_SHOWN = 25, 20
_WHY = {
    "newly_suppressed": "Suppress them in the target at once, before anything is sent.",
    "new_suppressed": "New in the list, and not to be mailed; suppress them too.",
    "allowed_again": "Ask the client first: they could not be mailed before.",
    "gone": "Only in the older export. Nothing is deleted; somebody must decide.",
    "fix": "Repair them in the workbench, then compare again.",
    "new": "Import them as the files before.",
    "changed": "Import them over those that are there, so that fields follow.",
}
PARTS = (
    ("newly_suppressed", "Newly to be kept out", "red"),
    ("new", "New", "green"),
    ("new_kept_out", "New, not to be mailed", "darkred"),
    ("changed", "Changed", "blue"),
    ("allowed_again", "Allowed again", "amber"),
    ("still_kept_out", "Kept out as before", "slate"),
    ("same", "The same", "grey"),
)


@dataclass(frozen=True, slots=True)
class DeltaFile:
    """One file with what is to be done with it."""

    title: str
    why: str
    pack: PackFile

    @property
    def is_tickable(self) -> bool:
        return self.pack.purpose in ("import", "suppress")

    @property
    def is_ready(self) -> bool:
        """For the import, of people who agreed."""
        return self.pack.purpose == "import" and self.pack.consent != "no_consent"

    @property
    def done(self) -> str:
        return "suppressed" if self.pack.purpose == "suppress" else "imported"


@dataclass(frozen=True, slots=True)
class DeltaPage:
    """What templates/contacts/changes.html shows."""

    run: PackRun
    files: Sequence[DeltaFile]

    @property
    def told(self) -> dict[str, Any]:
        return self.run.told

    @property
    def counts(self) -> dict[str, int]:
        counts: dict[str, int] = self.run.told["counts"]
        return counts

    @property
    def parts(self) -> list[dict[str, Any]]:
        """Every person of the newer export in one part."""
        return [{"label": label, "count": self.counts[key], "tone": tone} for key, label, tone in PARTS]

    @property
    def new_ready(self) -> int:
        """New people in files that can be imported as they are."""
        ready = (file.pack for file in self.files if file.is_ready and file.pack.segment.startswith("new:"))
        return sum(pack.records for pack in ready)

    @property
    def reasons(self) -> str:
        """12 unsubscribed, 3 bounced; PostgreSQL keeps no order in JSON."""
        found: dict[str, int] = self.told["suppressed_by"]
        words = sorted(found, key=lambda word: (-found[word], BLOCKING.index(word) if word in BLOCKING else 9))
        return ", ".join(f"{found[word]:,} {word}" for word in words)

    @property
    def columns(self) -> list[dict[str, Any]]:
        return list(self.told["columns"][:COLUMNS_SHOWN])

    @property
    def tags(self) -> list[dict[str, Any]]:
        return list(self.told["tags"][:TAGS_SHOWN])

    @property
    def tags_left(self) -> int:
        return max(0, len(self.told["tags"]) - TAGS_SHOWN)

    @property
    def waiting(self) -> int:
        """Files that nobody has ticked yet."""
        return sum(file.is_tickable and file.pack.imported_at is None for file in self.files)


def read_delta(run: PackRun | None) -> DeltaPage | None:
    """The newest run; None before the first."""
    if run is None:
        return None
    packs = run.packs.select_related("file", "imported_by")
    return DeltaPage(run, [_file(pack) for pack in packs])


def _file(pack: PackFile) -> DeltaFile:
    series, _, segment = pack.segment.partition(":")
    return DeltaFile(title_of_segment(pack.segment), _WHY.get(segment) or _WHY.get(series, ""), pack)
