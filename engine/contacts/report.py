"""What a judged file comes to: counts, a few sample places, and where every record went."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import polars as pl

from engine.contacts.address_rules import BY_PHONE
from engine.contacts.block_judging import SEGMENTS, Judged
from engine.contacts.rows import Segment
from engine.findings import Finding, Place, Severity

SAMPLES = 5
MISSING = "contacts.email.missing"


@dataclass(frozen=True, slots=True)
class Sample:
    """One place where a rule spoke. No cell content: that is personal data and stands in findings.csv alone."""

    line: int
    record: int
    column: str
    message: str


@dataclass(frozen=True, slots=True)
class Pack:
    """A file that was made, by its name in the output folder."""

    file: str
    records: int
    sha256: str
    consent: str = ""
    segment: str = ""
    purpose: str = ""  # import, review, suppression or sample
    refused: str = ""  # why the target will not take it as it is

    def as_json(self) -> dict[str, Any]:
        """For manifests; a refusal only where there is one."""
        return {name: value for name, value in asdict(self).items() if value or name != "refused"}


@dataclass(frozen=True, slots=True)
class Counted:
    """The findings of a block counted, with the first places of each code, and its records by segment."""

    codes: list[tuple[str, str, int]]  # with their severities
    samples: dict[str, list[Sample]]
    segments: list[int]
    by_phone: int = 0

    @classmethod
    def of(cls, judged: Judged, told: Counter[str]) -> "Counted":
        """`told` are places that earlier blocks gave; of a code that has enough of them no more are asked for."""
        findings, samples = judged.findings, {}
        codes = list(findings.group_by("code", "severity", maintain_order=True).len().iter_rows())
        for code in dict.fromkeys(code for code, _, _ in codes):
            if told[code] < SAMPLES:
                few = findings.filter(pl.col("code") == code).head(SAMPLES)
                samples[code] = [Sample(*row) for row in few.select("line", "record", "column", "message").iter_rows()]
                told[code] += len(samples[code])
        by_phone = 0
        if MISSING in samples or told[MISSING]:
            missing = findings.filter(pl.col("code") == MISSING)["message"]
            by_phone = int(missing.str.ends_with(BY_PHONE).sum())
        return cls(codes, samples, np.bincount(judged.segments, minlength=len(SEGMENTS)).tolist(), by_phone)


@dataclass(slots=True)
class Report:
    """The answer of `judge_file`; `as_json` is what scripts rely on, `as_detail` what the product shows besides."""

    file: str
    sha256: str = ""
    encoding: str = ""
    encoding_reason: str = ""
    delimiter: str = ""
    records: int = 0
    lines: int = 0
    header: list[str] = field(default_factory=list)
    columns_with_data: int = 0
    source: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    severities: dict[str, str] = field(default_factory=dict)
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    segments: Counter[Segment] = field(default_factory=Counter)
    mended: dict[str, int] = field(default_factory=dict)  # cells that the recipe repaired, by code
    beside: list[dict[str, Any]] = field(default_factory=list)  # the project's other lists, as they were looked up
    by_phone: int = 0  # without an address, and the target would take them by their phone number
    mail_domains: int = 0  # told where they were written
    packs: list[Pack] = field(default_factory=list)
    sample: dict[str, Any] = field(default_factory=dict)  # the file for the test import, and what it shows
    facets: dict[str, Any] = field(default_factory=dict)  # words, tags, days and columns, counted
    seconds: float = 0.0

    def add(self, finding: Finding) -> None:
        """Count a finding and keep the first few places of its code; a message never holds an address."""
        self.counts[finding.code] += 1
        kept = self.samples.setdefault(finding.code, [])
        self.severities.setdefault(finding.code, finding.severity.value)
        if len(kept) < SAMPLES:
            where = finding.where if isinstance(finding.where, Place) else Place()
            kept.append(Sample(where.line, where.record, where.column, finding.message))

    def add_block(self, counted: Counted) -> None:
        """Count the findings and the records of a block."""
        for code, severity, count in counted.codes:
            self.counts[code] += count
            self.severities.setdefault(code, severity)
        for code, samples in counted.samples.items():
            kept = self.samples.setdefault(code, [])
            kept.extend(samples[: SAMPLES - len(kept)])
        for segment, count in zip(SEGMENTS, counted.segments, strict=True):
            self.segments[segment] += count
        self.records += sum(counted.segments)
        self.by_phone += counted.by_phone

    @property
    def refused(self) -> str:
        """Why the target takes no import file of this list as it is; "" where nothing is known against it."""
        return next((sample.message for sample in self.samples.get("contacts.columns.too_many", ())), "")

    @property
    def has_errors(self) -> bool:
        """True when anything must be put right before this file can be imported as it is."""
        return any(severity in (Severity.FATAL, Severity.ERROR) for severity in self.severities.values())

    def as_json(self) -> dict[str, Any]:
        """Exactly the keys that `validate_contacts --json` promises."""
        return {
            "file": self.file,
            "sha256": self.sha256,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "records": self.records,
            "lines": self.lines,
            "columns": len(self.header),
            "columns_with_data": self.columns_with_data,
            "source": self.source,
            "counts": dict(sorted(self.counts.items())),
            "segments": self.segment_counts(),
            "packs": [{"file": pack.file, "records": pack.records, "sha256": pack.sha256} for pack in self.packs],
            "seconds": round(self.seconds, 3),
        }

    def segment_counts(self) -> dict[str, int]:
        """Every segment, also the empty ones; they add up to the records."""
        names = ("consented", "no_consent", "unengaged", "blocked", "duplicate", "rejected", "fix")
        return {name: self.segments[Segment(name)] for name in names}

    def as_detail(self) -> dict[str, Any]:
        """The same with what the report page needs: severity, sample places, header, why this encoding."""
        return self.as_json() | {
            "encoding_reason": self.encoding_reason,
            "header": self.header,
            "severities": self.severities,
            "samples": {code: [asdict(sample) for sample in kept] for code, kept in self.samples.items()},
            "has_errors": self.has_errors,
            "packs": [pack.as_json() for pack in self.packs],
            "mended": self.mended,
            "sample": self.sample,
            "beside": self.beside,
            "mail_domains": self.mail_domains,
            "refused": self.refused,
            "by_phone": self.by_phone,
            **self.facets,
        }
