"""Every check kept: two side by side, and the whole as a workbook."""

from collections.abc import Iterator, Sequence
from typing import Any

from apps.domains.models import Domain, DomainCheck
from apps.domains.services import newest_checks
from apps.domains.states import State, state_of, verdicts_of
from apps.projects.models import Project
from engine.spreadsheets.writing import Column, SheetToWrite

VERDICTS = {"ok": "Right", "wrong": "Wrong", "missing": "Missing", "unknown": "Cannot tell"}
MOST_CHECKS = 5_000
NOT_READ = "could not be read"


def whole(check: DomainCheck) -> DomainCheck:
    """The check with its report; one between equal ones borrows it from the next that is equal."""
    if not check.is_light:
        return check
    twin = (
        DomainCheck.objects.filter(domain=check.domain_id, digest=check.digest, is_light=False, as_of__gte=check.as_of)
        .order_by("as_of", "pk")
        .first()
    )
    if twin is not None:
        check.report = twin.report
        check.twin = twin
    return check


def findings_of(check: DomainCheck) -> Any:
    """Its findings, or those of the equal check it borrows from."""
    return getattr(check, "twin", check).findings.all()


def side_by_side(first: DomainCheck, second: DomainCheck) -> list[dict[str, Any]]:
    """What differs between two checks, records before verdicts; what one could not learn says so and is no change."""
    one, two = whole(first).report, whole(second).report
    rows = _rows(state_of(one), state_of(two), "record")
    return rows + _rows(verdicts_of(one), verdicts_of(two), "verdict")


def _rows(before: State, after: State, kind: str) -> list[dict[str, Any]]:
    found = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key, ""), after.get(key, "")
        if old == new:
            continue
        is_unclear = old is None or new is None or "unknown" in (old, new)
        found.append(
            {"what": key, "kind": kind, "old": _shown(old, kind), "new": _shown(new, kind), "is_unclear": is_unclear}
        )
    return found


def _shown(value: str | None, kind: str) -> str:
    if value is None:
        return NOT_READ
    return VERDICTS.get(value, value) if kind == "verdict" else value


def sheets(project: Project) -> list[SheetToWrite]:
    """Expected and found, findings, records, and every check of every domain."""
    domains = list(project.domains.with_status())
    checks = newest_checks(domains)
    return [
        SheetToWrite("Expected and found", _columns("Domain", "Record", "Type", "Need", "Expected", "Found", "Verdict",
                                                    "What to do", "Checked"), _expected(project, domains, checks)),
        SheetToWrite("Findings", _columns("Domain", "Severity", "What to do", "Where", "Code"),
                     _findings(project, checks)),
        SheetToWrite("Records", _columns("Domain", "Name", "Type", "Value", "TTL"), _records(domains, checks)),
        SheetToWrite("Checks", _columns("Domain", "Checked", "Verdict", "What was found"), _checks(project)),
    ]  # fmt: skip


WIDTHS = {"Domain": 30, "Record": 40, "Name": 40, "Expected": 44, "Found": 44, "What to do": 70, "Value": 70,
          "What was found": 70, "Where": 30, "Code": 26}  # fmt: skip


def _columns(*headers: str) -> list[Column]:
    return [Column(header, WIDTHS.get(header, 16)) for header in headers]


def _expected(project: Project, domains: Sequence[Domain], checks: dict[int, DomainCheck]) -> Iterator[list[object]]:
    for domain in domains:
        check = checks.get(domain.pk)
        for row in check.expected if check else []:
            yield [
                domain.shown, row["name"], row["type"], row["need"].replace("_", " "), row.get("expected") or "",
                row.get("found") or "", VERDICTS.get(row["verdict"], row["verdict"]), row.get("sentence", ""),
                check.as_of.astimezone(project.zone) if check else None,
            ]  # fmt: skip


def _findings(project: Project, checks: dict[int, DomainCheck]) -> Iterator[list[object]]:
    keys = [check.pk for check in checks.values()]
    for one in project.domainfindings.filter(domain_check__in=keys).select_related("domain_check__domain"):
        yield [one.domain_check.domain.shown, one.get_severity_display(), one.message, one.where, one.code]


def _records(domains: Sequence[Domain], checks: dict[int, DomainCheck]) -> Iterator[list[object]]:
    for domain in domains:
        check = checks.get(domain.pk)
        for row in check.report.get("records", []) if check else []:
            for value in row["values"] or [f"({row['status']})"]:
                yield [domain.shown, row["name"], row["type"], value, row.get("ttl")]


def _checks(project: Project) -> Iterator[list[object]]:
    rows = project.domain_checks.select_related("domain").only(
        "as_of", "verdict", "summary", "domain__shown", "domain_id"
    )
    for check in rows[:MOST_CHECKS]:
        yield [check.domain.shown, check.as_of.astimezone(project.zone), check.get_verdict_display(), check.summary]
