"""Checks of domains: started, stored, and what they say about the project."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.domains.models import Domain, DomainCheck, DomainFinding
from apps.domains.senders import judge_senders
from apps.findings.models import Fact
from apps.projects.models import Activity, Project
from engine.findings import Finding, Severity, Verdict, worst

BY_SEVERITY = {
    Severity.FATAL: Verdict.NOT_READY,
    Severity.ERROR: Verdict.NOT_READY,
    Severity.UNKNOWN: Verdict.UNKNOWN,
    Severity.WARNING: Verdict.CONDITIONS,
}


@transaction.atomic
def add_domains(
    project: Project, names: Sequence[tuple[str, str]], *, by: User | None, shows_pages: bool, sends_mail: bool
) -> list[Domain]:
    """New domains of the project; each is logged."""
    made = []
    for name, shown in names:
        uses = {"shows_pages": shows_pages, "sends_mail": sends_mail}
        made.append(Domain.objects.create(project=project, name=name, shown=shown, **uses))
        Activity.record(project, "added the domain", made[-1], by=by)
    return made


@transaction.atomic
def edit_domain(form: Any, *, by: User) -> Domain:
    """The form's values with the pasted records. Raises StaleRow."""
    domain: Domain = form.save_change(by)
    if domain.own_values != form.cleaned_data["pasted"]:
        domain.change(by, own_values=form.cleaned_data["pasted"], verb="pasted records for")
    return domain


@transaction.atomic
def delete_domain(domain: Domain, *, by: User) -> None:
    """With its checks; the log keeps the name."""
    project = domain.project
    Activity.record(project, "deleted the domain", domain, by=by)
    domain.delete()
    publish_facts(project)


def record_check(
    domain: Domain, *, report: dict[str, Any], findings: Sequence[Finding], as_of: datetime, by: User | None
) -> DomainCheck:
    """Keep a finished check beside the older ones; the one asked last speaks for the domain."""
    gravest = worst(findings)
    verdict = BY_SEVERITY.get(gravest, Verdict.READY) if gravest else Verdict.READY
    grave = [finding for finding in findings if finding.severity == gravest and verdict != Verdict.READY]
    summary = grave[0].message if grave else "Everything that was checked is in order."
    check = DomainCheck.objects.create(
        project=domain.project, domain=domain, verdict=verdict, summary=summary[:300], report=report, as_of=as_of,
        started_by=by,
    )  # fmt: skip
    DomainFinding.store(findings, project=domain.project, domain_check=check)
    return check


def newest_checks(domains: Iterable[Domain]) -> dict[int, DomainCheck]:
    """The whole newest check of each domain, by the domain's number; one query."""
    keys = [domain.newest.pk for domain in domains if domain.newest]
    return {check.domain_id: check for check in DomainCheck.objects.filter(pk__in=keys).select_related("domain")}


def publish_facts(project: Project) -> None:
    """What the newest checks of all domains say together."""
    domains = list(project.domains.with_status())
    reports = list(newest_checks(domains).values())
    if not domains or len(reports) < len(domains):
        return
    as_of = min(report.as_of for report in reports)
    link = f"{project.get_absolute_url()}domains/"
    for key, (verdict, reason) in judge_reports(reports, project).items():
        Fact.publish(project, key, verdict, reason, link=link, as_of=as_of)


def judge_reports(reports: list[DomainCheck], project: Project) -> dict[str, tuple[Verdict, str]]:
    """Verdict and reason of each fact that the checks can speak about."""
    unread = [check.domain.shown for check in reports if check.report.get("failed")]
    facts = {
        "domains.checked": (Verdict.UNKNOWN, f"Could not read: {', '.join(unread[:5])}.")
        if unread
        else (Verdict.READY, f"The records of {len(reports)} domains were read.")
    }
    sending = [check for check in reports if check.domain.sends_mail]
    pages = [check for check in reports if check.domain.shows_pages]
    if sending:
        rows = [
            (check, row) for check in sending for row in check.expected if row.get("purpose") not in ("pages", "old")
        ]
        rows += [(check, row) for check in sending for row in _dead_keys(check)]
        facts["domains.target_authenticated"] = _over(rows, f"{project.target_name}'s mail records are right.")
        rows = [(check, row) for check in sending for row in check.expected if row.get("need") == "remove"]
        facts["domains.senders_known"] = judge_senders(sending)
        facts["domains.old_sender_gone"] = _over(rows, "No record of the old sender is left.", absent_is_good=True)
    if pages:
        rows = [(check, row) for check in pages for row in check.expected if row.get("purpose") == "pages"]
        facts["domains.pages_pointed"] = _over(rows, f"The domains lead to {project.target_name}.")
    return facts


def _dead_keys(check: DomainCheck) -> list[dict[str, Any]]:
    """A CNAME may be right while no living key stands at its end: then the mail is not signed for receivers."""
    wanted = {row["name"] for row in check.expected if row.get("purpose") == "dkim" and row["need"] == "required"}
    rows = []
    for key in check.report.get("dkim", []):
        name = f"{key['selector']}._domainkey.{check.domain.name}"
        if name in wanted and key["result"] not in ("ok", "missing"):
            verdict = "unknown" if key["result"] == "unknown" else "wrong"
            rows.append({"name": name, "type": "key", "need": "required", "verdict": verdict})
    return rows


def _over(
    rows: list[tuple[DomainCheck, dict[str, Any]]], good: str, *, absent_is_good: bool = False
) -> tuple[Verdict, str]:
    """The gravest of the rows speaks; recommended records that are missing are conditions."""
    if not rows:
        return (Verdict.READY, good) if absent_is_good else (Verdict.UNKNOWN, "Nothing is known to compare with.")
    required = [(check, row) for check, row in rows if row["need"] in ("required", "remove")]
    bad = [pair for pair in required if pair[1]["verdict"] in ("wrong", "missing")]
    unclear = [pair for pair in required if pair[1]["verdict"] == "unknown"]
    advised = [pair for pair in rows if pair[1]["need"] == "recommended" and pair[1]["verdict"] in ("wrong", "missing")]
    for verdict, found in ((Verdict.NOT_READY, bad), (Verdict.UNKNOWN, unclear), (Verdict.CONDITIONS, advised)):
        if found:
            check, row = found[0]
            more = f", and {len(found) - 1} more" if len(found) > 1 else ""
            return verdict, f"{check.domain.shown}: {row['name']} {row['type']} is {row['verdict']}{more}."
    return Verdict.READY, good
