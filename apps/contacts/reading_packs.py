"""The packs page in the order and words of its reader."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from apps.contacts.facts import known_limits
from apps.contacts.judged_with import Changed, changed_since
from apps.contacts.models import ContactFile, PackFile, PackRun
from apps.projects.models import platform_name
from engine.contacts.answer_sheet import in_order
from engine.contacts.limits import TargetLimits
from engine.contacts.schedule import lead_time, names_a_wait, sizes_of

_TITLES = {
    "all": "All contacts",
    "unengaged": "No longer read their mail",
    "fix": "To be put right first",
    "duplicate": "Doubles",
    "suppression": "Must not be mailed",
    "conflict": "Allowed once, forbidden once",
    "newly_suppressed": "Newly to be kept out",
    "new_suppressed": "New, not to be mailed",
    "allowed_again": "Allowed again",
    "gone": "Gone from the list",
}
_WHY = {
    "fix": "Repair them in the workbench, then make the files again.",
    "duplicate": "The first of each stands in its own file.",
    "suppression": "Give it to the target as a list of people to leave out, before any other file.",
    "conflict": "Ask the client; nobody in it is in an import file.",
}


def title_of_segment(segment: str) -> str:
    """engaged-60 as people say it; also new:engaged-60, of what changed between two exports."""
    series, _, rest = segment.rpartition(":")
    if series:
        return f"{series.capitalize()}: {title_of_segment(rest)}"
    name, _, tier = segment.partition("-")
    if not tier:
        return _TITLES.get(name, name)
    said = {"older": "longer ago than all limits", "never": "no date of a last sign of life"}.get(tier)
    said = said or f"last sign of life within {tier} days"
    return f"{'Active' if name == 'engaged' else 'Not active for long'}: {said}"


@dataclass(frozen=True, slots=True)
class PackLine:
    """One file, or before it is made one group of files."""

    title: str
    consent: str
    purpose: str
    records: int
    files: int
    why: str
    pack: PackFile | None = None

    @property
    def is_silent(self) -> bool:
        """Made for the import, and consent is not documented."""
        return self.purpose == "import" and self.consent == "no_consent"


@dataclass(frozen=True, slots=True)
class SampleLine:
    """The file for the test import. `shows` names what it holds of what there is: (what, how many, of how many)."""

    pack: PackFile
    shows: list[tuple[str, int, int]]
    left: list[str]

    @property
    def left_out(self) -> int:
        """Tags that found no room."""
        return sum(there - shown for what, shown, there in self.shows if what in _SHOWN["tags"])


_SHOWN = {
    "tags": ("tag", "tags"),
    "words": ("word for status and consent", "words for status and consent"),
    "signs": ("kind of odd characters", "kinds of odd characters"),
    "longest": ("longest value", "longest values"),
    "groups": ("kind of import files", "kinds of import files"),
}


@dataclass(frozen=True, slots=True)
class PacksPage:
    """What templates/contacts/packs.html shows."""

    run: PackRun | None
    lines: list[PackLine]
    rejected: int
    records: int
    target_name: str
    limits: TargetLimits | None
    is_of_other_upload: bool
    sample: "SampleLine | None" = None
    changed: Sequence[Changed] = ()  # values that the files were made with, and that no longer hold
    refused: str = ""  # why the target takes none of the files for the import as they are
    lead_time: str = ""  # "" where the target's staff do not look at imports first

    def of_purpose(self, purpose: str) -> list[PackLine]:
        return [line for line in self.lines if line.purpose == purpose]

    @property
    def imports(self) -> list[PackLine]:
        return [line for line in self.of_purpose("import") if not line.is_silent]

    @property
    def silent(self) -> list[PackLine]:
        """Of people who are not known to have agreed: in no import."""
        return [line for line in self.of_purpose("import") if line.is_silent]

    @property
    def import_files(self) -> int:
        """How many files there will be."""
        return sum(line.files for line in self.imports)

    @property
    def others(self) -> list[PackLine]:
        return self.of_purpose("suppression") + self.of_purpose("review")

    @property
    def imported(self) -> int:
        return sum(line.pack is not None and line.pack.imported_at is not None for line in self.imports)

    @property
    def total(self) -> int:
        """What all files and the rows set aside come to: the records of the upload, or something is wrong."""
        return sum(line.records for line in self.lines) + self.rejected


def read_packs(file: ContactFile, run: PackRun | None) -> PacksPage:
    """The newest run; before the first, what the check foretells."""
    page = _read(file, run)
    told = run.told if run else file.latest_check.report if file.latest_check else {}
    return replace(page, lead_time=_lead_time(file, page), refused=told.get("refused", ""))


def _lead_time(file: ContactFile, page: PacksPage) -> str:
    target, today = file.project.catalogue.find(file.project.target), file.project.today
    most = page.limits.rows_a_file if page.limits and page.run is None else 0  # what is made is cut already
    sizes = [size for line in page.imports for size in sizes_of(line.records, most)]
    return lead_time(target, sizes, today) if target and names_a_wait(target, sizes, today) else ""


def _read(file: ContactFile, run: PackRun | None) -> PacksPage:
    project = file.project
    limits, name = known_limits(project.catalogue, project.target), platform_name(project.target)
    if run is not None:
        return _made(file, run, limits)
    report: dict[str, Any] = file.latest_check.report if file.latest_check else {}
    most = limits.rows_a_file if limits else 0
    groups = [{"file": "", **group} for group in report.get("groups", [])]
    groups = [*in_order(groups), *(group for group in groups if group["purpose"] != "import")]
    lines = [
        _line(group["segment"], group["consent"], group["purpose"], group["count"], len(sizes_of(group["count"], most)))
        for group in groups
    ]
    rejected = int(report.get("segments", {}).get("rejected", 0))
    return PacksPage(None, lines, rejected, int(report.get("records", 0)), name, limits, is_of_other_upload=False)


def _made(file: ContactFile, run: PackRun, limits: TargetLimits | None) -> PacksPage:
    packs = list(run.packs.select_related("file", "imported_by"))
    counted = [pack for pack in packs if pack.purpose != "sample"]
    lines = [_line(pack.segment, pack.consent, pack.purpose, pack.records, 1, pack) for pack in counted]
    rejected, is_other = int(run.segments.get("rejected", 0)), run.target != file.project.target
    sample = next((_sample(run, pack) for pack in packs if pack.purpose == "sample"), None)
    changed = changed_since(run, file.project.catalogue)
    return PacksPage(run, lines, rejected, run.records, run.target_name, limits, is_other, sample, changed)


def _sample(run: PackRun, pack: PackFile) -> SampleLine:
    told = run.told.get("sample", {})
    found = [(name, *told.get("shows", {}).get(name, [0, 0])) for name in _SHOWN]
    shows = [(_SHOWN[name][there > 1], shown, there) for name, shown, there in found if there]
    return SampleLine(pack, shows, told.get("tags_left", []))


def _line(segment: str, consent: str, purpose: str, records: int, files: int, pack: PackFile | None = None) -> PackLine:
    return PackLine(title_of_segment(segment), consent, purpose, records, files, _WHY.get(segment, ""), pack)
