"""A check in the words and order of its page."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from apps.contacts.deciding import decisions_about, digest_of_recipe, recipe_of
from apps.contacts.facts import known_limits
from apps.contacts.how_read import ASSUMED, encoding_name
from apps.contacts.judged_with import Changed, OwnThen, changed_since, own_then
from apps.contacts.models import ContactFile, ContactFinding, FileCheck, FileKind, ResultList
from apps.contacts.reading_charts import Charts, read_charts
from apps.contacts.reasons import Reason, reason_for
from apps.contacts.results import KindPage, read_results, suggested_kind
from apps.contacts.services import UNPACK
from apps.contacts.wording import SEGMENTS, title_of
from apps.jobs.models import Job, State
from apps.projects.models import platform_name
from apps.projects.platform_values import Catalogue
from engine.contacts.dialects import DELIMITERS
from engine.findings import Severity

LINK_HEADER = 40


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file of the list: its verdict, or what is happening to it."""

    file: ContactFile
    job: Job | None
    why: str = ""  # it cannot be used

    @property
    def check(self) -> FileCheck | None:
        return self.file.latest_check

    @property
    def is_running(self) -> bool:
        return self.job is not None and not self.job.has_ended

    @property
    def is_archive(self) -> bool:
        """It is, or was to be, unpacked: its lists take its place."""
        return self.job is not None and self.job.task == UNPACK

    @property
    def is_stopped(self) -> bool:
        """The last run gave no verdict: failed or cancelled."""
        return self.job is not None and self.job.state in (State.FAILED, State.CANCELLED)

    @property
    def note(self) -> str:
        """What stands under its name while or because there is no verdict to work with."""
        if self.is_running:
            return "Being unpacked; its lists appear here when it is done." if self.is_archive else ""
        if self.job and self.is_stopped:
            return self.job.message
        report = self.check.report if self.check else {}
        is_assumed = not self.why and report.get("encoding_reason") == ASSUMED
        return f"Read as {encoding_name(report['encoding'])} because it is not UTF-8." if is_assumed else self.why

    @property
    def source_name(self) -> str:
        """The platform that wrote the file, as told or as recognised."""
        key = self.check.source if self.check else self.file.source
        return platform_name(key) if key else ""

    @property
    def verdict(self) -> str:
        """The gravest severity; "" where nothing was found, and before the first check."""
        return self.check.worst if self.check else ""


@dataclass(frozen=True, slots=True)
class RuleLine:
    """All findings of one rule."""

    code: str
    severity: str
    title: str
    message: str
    count: int
    places: list[ContactFinding]
    reason: Reason | None = None

    @property
    def lines_by_column(self) -> list[tuple[str, list[int]]]:
        """The places as people say them: Email on lines 3, 9 and 12."""
        columns: dict[str, list[int]] = defaultdict(list)
        for place in self.places:
            columns[place.column].append(place.line or 0)
        return list(columns.items())

    @property
    def left(self) -> int:
        """How many more than those shown."""
        return self.count - len(self.places)


@dataclass(frozen=True, slots=True)
class ReportPage:
    """What templates/contacts/_report.html shows of one check."""

    check: FileCheck
    target_name: str
    source_name: str
    delimiter: str
    limits: Mapping[str, Any]
    rules: list[RuleLine]
    segments: list[dict[str, Any]]
    is_for_other_target: bool
    kind: KindPage | None = None
    suggestion: FileKind | None = None
    lists: Sequence[ResultList] = ()
    charts: Charts | None = None
    own_values: Sequence[OwnThen] = ()  # that held when it was judged
    changed: Sequence[Changed] = ()  # since then

    @property
    def detail(self) -> dict[str, Any]:
        return self.check.report

    @property
    def was_read(self) -> bool:
        """False where the file could not even be opened as a table."""
        return bool(self.check.report.get("header"))

    @property
    def mended(self) -> int:
        """Cells that earlier decisions repaired."""
        return sum(self.check.report.get("mended", {}).values())

    @property
    def encoding_name(self) -> str:
        name = str(self.check.report.get("encoding", ""))
        return "a workbook" if name == "xlsx" else encoding_name(name)

    @property
    def is_assumed(self) -> bool:
        """Nothing speaks for the encoding: somebody has to look whether the letters are right."""
        return self.was_read and self.check.report.get("encoding_reason") == ASSUMED

    @property
    def is_text(self) -> bool:
        """It has an encoding, and a sign between its cells."""
        return self.check.report.get("encoding") != "xlsx"

    @property
    def lacks_addresses(self) -> bool:
        """Somebody has to say in which column they stand."""
        return bool(self.check.count_of("contacts.file.no_email_column"))

    @property
    def has_rejects(self) -> bool:
        """Rows were set aside, and their file is there."""
        report = self.check.report
        told = report.get("segments", {}).get("rejected") or report.get("results", {}).get("rejected")
        return bool(told and self.check.rejects_file and not self.check.rejects_file.deleted_at)

    @property
    def header(self) -> list[str]:
        return [name or "(no name)" for name in self.check.report.get("header", [])][:LINK_HEADER]

    @property
    def headers_left(self) -> int:
        return max(0, int(self.check.report.get("columns", 0)) - len(self.header))


def read_report(file: ContactFile) -> ReportPage | None:
    """The newest check of a file; None before the first."""
    check = file.latest_check
    if check is None:
        return None
    sign, catalogue = str(check.report.get("delimiter", "")), file.project.catalogue
    return ReportPage(
        check,
        platform_name(check.target),
        platform_name(check.source) if check.source else "",
        DELIMITERS.get(sign, sign),
        _limits(check, catalogue),
        _rules(check, catalogue),
        _segments(check),
        check.target != file.project.target,
        read_results(check.report),
        suggested_kind(file.kind, check.report.get("header", [])),
        list(check.lists.select_related("file")),
        read_charts(check, _consent_choices(file, check)),
        own_then(check.judged_with),
        changed_since(check, catalogue, check.source),
    )


def _consent_choices(file: ContactFile, check: FileCheck) -> list[dict[str, Any]]:
    """The decisions about consent by which it was checked; none that came later."""
    if not check.recipe_sha256:
        return []
    recipe = recipe_of(decisions_about(file))
    return recipe.get("consent", []) if digest_of_recipe(recipe) == check.recipe_sha256 else []


def _limits(check: FileCheck, catalogue: Catalogue) -> Mapping[str, Any]:
    """Those it was judged by; of an old check those of today."""
    judged: Mapping[str, Any] = check.judged_with.get("target", {})
    today = None if judged else known_limits(catalogue, check.target)
    return asdict(today) if today else judged


def _rules(check: FileCheck, catalogue: Catalogue) -> list[RuleLine]:
    """Gravest first, then the most frequent."""
    places: dict[str, list[ContactFinding]] = defaultdict(list)
    for finding in check.findings.order_by("pk"):
        places[finding.code].append(finding)
    rows, target, platform = [], platform_name(check.target), catalogue.find(check.target)
    for code, count in check.report.get("counts", {}).items():
        severity = check.report["severities"][code]
        kept = places[code]
        message = kept[0].message if kept else ""
        if code == "contacts.email.missing" and (number := check.report.get("by_phone")):
            message = by_phone(number, target)
        why = reason_for(code, platform, target)
        rows.append(RuleLine(code, severity, title_of(code), message, count, [p for p in kept if p.line], why))
    return sorted(rows, key=lambda row: (Severity(row.severity).rank, -row.count, row.code))


def by_phone(number: int, target: str) -> str:
    """Why people whom the target would take are set aside all the same."""
    has = "1 of them has a phone number" if number == 1 else f"{number:,} of them have a phone number"
    return (
        f"{has}, which is enough for {target}; they are set aside because import files, doubles and comparisons go by "
        "the e-mail address. Add the addresses, or make these contacts by hand from the rows that were set aside."
    )


def _segments(check: FileCheck) -> list[dict[str, Any]]:
    counts = check.report.get("segments", {})
    return [{"label": label, "count": counts.get(key, 0), "tone": tone} for key, label, tone in SEGMENTS]
