"""What a comparison of sent and arrived comes to: ready, ready with conditions, or not ready, and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from engine.findings import Verdict

ALARM = 0.05  # share of missing people above which the import counts as failed


@dataclass(frozen=True, slots=True)
class Comparison:
    """The numbers of one comparison; persons, each counted once."""

    rows: int  # of the target's export
    persons: int
    expected: int  # in the imported files, and nobody said to keep them out
    found: int
    blocked: int  # arrived, and may not be mailed there
    files: Sequence[Mapping[str, Any]]
    consent: Mapping[str, Mapping[str, int]]
    tags: Sequence[Mapping[str, Any]]
    tells_tags: bool
    tells_status: bool
    kept_out: int
    kept_out_found: int
    intruders: int  # to be kept out, and may be mailed in the target
    unexpected: int

    @property
    def missing(self) -> int:
        """Sent, and not in the export."""
        return self.expected - self.found

    @property
    def share(self) -> float:
        """Of those who were sent, how many are missing."""
        return self.missing / self.expected if self.expected else 0.0

    @property
    def untagged(self) -> int:
        """Tags that did not come along with their people, added up."""
        return sum(int(row["found"]) - int(row["tagged"]) for row in self.tags) if self.tells_tags else 0

    @property
    def is_complete(self) -> bool:
        """The numbers fit one another."""
        return (
            self.found + self.kept_out_found + self.unexpected == self.persons
            and sum(int(file["expected"]) for file in self.files) == self.expected
            and sum(int(file["found"]) for file in self.files) == self.found
        )

    def verdict(self) -> tuple[Verdict, list[str]]:
        """The gravest first."""
        grave, mild = list(self._grave()), list(self._mild())
        if grave:
            return Verdict.NOT_READY, grave + mild
        if mild:
            return Verdict.CONDITIONS, mild
        return Verdict.READY, [f"Everything arrived: all {self.expected:,} people who were sent."]

    def _grave(self) -> Iterator[str]:
        if not self.expected:
            yield "Nobody was to be found: no imported file holds anybody."
        if self.intruders and self.tells_status:
            yield f"{self.intruders:,} people who must not be mailed are in the target and can be mailed there."
        if self.share > ALARM:
            yield f"{self.missing:,} of {self.expected:,} people are missing, more than 5 %."

    def _mild(self) -> Iterator[str]:
        if self.missing and self.share <= ALARM:
            yield f"{self.missing:,} of {self.expected:,} people are missing."
        if self.intruders and not self.tells_status:
            yield (
                f"{self.intruders:,} people who must not be mailed are in the target; "
                "its export does not say whether they can be."
            )
        if self.untagged:
            yield f"{self.untagged:,} tags did not come along with their people."
        if self.tags and not self.tells_tags:
            yield "The export has no column of tags, so they could not be compared."

    def as_json(self) -> dict[str, Any]:
        """Plain data, with the verdict."""
        verdict, reasons = self.verdict()
        sums = {"missing": self.missing, "untagged": self.untagged, "verdict": verdict.value, "reasons": reasons}
        return {"comparison": asdict(self) | sums}
