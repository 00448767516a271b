"""The project's other lists beside a file: what a check of it must know of them, and whether it still does."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.contacts.models import ContactFile, FileCheck
from apps.contacts.process import NotJudged

OUTDATED = "outdated:"
UNNAMED = "another list of this project"


@dataclass(frozen=True, slots=True)
class OtherList:
    """The newest file of another list, with its newest check."""

    file: ContactFile

    @property
    def check(self) -> FileCheck | None:
        return self.file.latest_check

    @property
    def key(self) -> str:
        """How the verdicts name it."""
        return str(self.file.pk)

    @property
    def is_known(self) -> bool:
        """Its addresses can be looked up."""
        keys = self.check.keys_file if self.check else None
        return keys is not None and keys.deleted_at is None

    @property
    def is_waiting(self) -> bool:
        """A check of it would tell its addresses; a file that cannot be read has none, a deleted one none any more."""
        return not self.is_known and not self.file.is_deleted and (self.check is None or not self.check.is_fatal)

    @property
    def sha256(self) -> str:
        """Of its addresses, as they are known."""
        keys = self.check.keys_file if self.check else None
        return keys.sha256 if keys and self.is_known else ""


def others_of(file: ContactFile) -> list[OtherList]:
    """The other lists, oldest first."""
    files = file.project.contact_files.beside(file).select_related("project", "file", "latest_check__keys_file")
    return [OtherList(one) for one in files]


def known_of(others: Iterable[OtherList], report: Mapping[str, Any]) -> dict[str, str]:
    """What a verdict keeps of the lists that it looked up; one that the engine could not use is marked."""
    known = [other for other in others if other.is_known]
    told = report.get("beside") or []
    return {
        other.key: f"{OUTDATED if one['is_outdated'] else ''}{other.sha256}"
        for other, one in zip(known, told, strict=bool(told))
    }


def as_told(file: ContactFile, others: Iterable[OtherList]) -> list[dict[str, Any]]:
    """What the engine gets. A report that the client sees does not name a list that he does not see."""
    return [
        {"keys": str(other.check.keys_file.path), "label": _label(file, other.file)}
        for other in others
        if other.is_known and other.check and other.check.keys_file
    ]


def kept_out_domains(others: Iterable[OtherList]) -> list[str]:
    """The whole domains that lists of addresses to keep out name."""
    told = (other.check.report.get("results", {}).get("domain_names", []) for other in others if other.check)
    return sorted({str(domain) for domains in told for domain in domains})


def _label(file: ContactFile, other: ContactFile) -> str:
    return UNNAMED if file.client_sees and not other.client_sees else other.label


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The other lists by what a verdict knows of them."""

    changed: list[OtherList]  # checked since, or not known to it at all
    outdated: list[OtherList]  # known in a form that the engine could not use
    waiting: list[OtherList]  # not checked yet
    deleted: list[OtherList]  # by their keep time: nobody knows their addresses any more


def surroundings_of(beside: Mapping[str, str], others: Iterable[OtherList]) -> Surroundings:
    """What a verdict that looked up these lists says of them now."""
    told = Surroundings([], [], [], [])
    for other in others:
        known = beside.get(other.key, "")
        if other.is_waiting:
            told.waiting.append(other)
        elif other.is_known and known == f"{OUTDATED}{other.sha256}":
            told.outdated.append(other)
        elif other.is_known and known != other.sha256:
            told.changed.append(other)
        elif other.file.is_deleted and not known:
            told.deleted.append(other)
    return told


def require_known(others: Iterable[OtherList]) -> None:
    """Raises NotJudged where a list was not checked yet: who is forbidden there must be in no import file."""
    waiting = [other.file.label for other in others if other.is_waiting]
    if waiting:
        more = f" and {len(waiting) - 1} more" if len(waiting) > 1 else ""
        raise NotJudged(f"Check {waiting[0][:100]}{more} first: whom it forbids to mail must be in no import file.")


def require_current(report: Mapping[str, Any]) -> None:
    """Raises NotJudged where the engine could not use what an earlier version of it wrote about a list."""
    outdated = [one["label"] for one in report.get("beside", []) if one["is_outdated"]]
    if outdated:
        raise NotJudged(f"Check {outdated[0]} again first: what is known of its addresses is of an earlier version.")
