"""Checks of domains: started, stored, and what they say about the project."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.domains import watching
from apps.domains.facts import judge_plans, judge_snapshots
from apps.domains.models import Domain, DomainCheck, DomainFinding
from apps.domains.planning import has_low_ttl, situations
from apps.domains.senders import judge_senders
from apps.domains.states import digest_of
from apps.findings.models import Fact
from apps.projects.models import Activity, Project
from apps.ui.moments import count
from engine.dns.plan import Situation
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
    publish_facts(project)
    return made


@transaction.atomic
def edit_domain(form: Any, *, by: User) -> Domain:
    """The form's values with the pasted records. Raises StaleRow."""
    domain: Domain = form.save_change(by)
    if domain.own_values != form.cleaned_data["pasted"]:
        domain.change(by, own_values=form.cleaned_data["pasted"], verb="pasted records for")
    publish_facts(domain.project)
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
        started_by=by, failed=bool(report.get("failed")), digest=digest_of(report),
    )  # fmt: skip
    DomainFinding.store(findings, project=domain.project, domain_check=check)
    lighten(check)
    return check


def lighten(check: DomainCheck) -> None:
    """Of equal checks in a row the first and the last keep their reports; those between keep time and verdict."""
    before = domain_checks_before(check)
    if len(before) == 2 and before[0].digest == before[1].digest == check.digest:
        DomainFinding.objects.filter(domain_check=before[0]).delete()
        short = {"failed": check.failed, "senders": check.report.get("senders", [])}
        DomainCheck.objects.filter(pk=before[0].pk).update(report=short, is_light=True)


def domain_checks_before(check: DomainCheck) -> list[DomainCheck]:
    """The two checks before this one, without their reports."""
    rows = DomainCheck.objects.filter(domain=check.domain_id, as_of__lt=check.as_of).exclude(pk=check.pk)
    return list(rows.only("pk", "digest", "as_of", "domain_id")[:2])


@transaction.atomic
def record_reports(
    project: Project, results: Sequence[tuple[Domain, dict[str, Any], Sequence[Finding], datetime]], *, by: User | None
) -> None:
    """All results of one run: checks, what the watch makes of them, the facts, and one mail about what is certain."""
    changed = []
    for domain, report, findings, as_of in results:
        check = record_check(domain, report=report, findings=findings, as_of=as_of, by=by)
        certain = watching.note(check)
        if certain:
            changed.append((domain, certain))
    watching.tell(project, changed)
    publish_facts(project)


def newest_checks(domains: Iterable[Domain]) -> dict[int, DomainCheck]:
    """The whole newest check of each domain, by the domain's number; one query."""
    keys = [domain.newest.pk for domain in domains if domain.newest]
    return {check.domain_id: check for check in DomainCheck.objects.filter(pk__in=keys).select_related("domain")}


def publish_facts(project: Project) -> None:
    """What the newest checks, the snapshots and the plans of all domains say together."""
    Fact.one_at_a_time(project)
    domains = list(project.domains.with_status())
    link = f"{project.get_absolute_url()}domains/"
    if not domains:
        for fact in project.facts.filter(key__startswith="domains."):
            Fact.publish(project, fact.key, Verdict.NOT_READY, "No domain is here any more.", link=link)
        return
    taken = set(project.dns_snapshots.values_list("domain_id", flat=True).distinct().order_by())
    if taken:
        verdict, reason = judge_snapshots(domains, taken)
        Fact.publish(project, "domains.snapshot_taken", verdict, reason, link=link)
    checks = newest_checks(domains)
    found = dict(zip(domains, _note_ttl(project, domains, checks), strict=True))
    if waiting := [domain.shown for domain in domains if domain.pk not in checks]:
        if known := project.facts.filter(key="domains.checked").first():
            reason = f"Not looked at yet: {', '.join(waiting[:5])}."
            Fact.publish(project, known.key, Verdict.NOT_READY, reason, link=link, as_of=known.as_of)
        return
    reports = list(checks.values())
    facts = judge_reports(reports, project) | judge_plans(project, found)
    as_of = min(report.as_of for report in reports)
    for key, (verdict, reason) in facts.items():
        Fact.publish(project, key, verdict, reason, link=link, as_of=as_of)


def _note_ttl(project: Project, domains: Sequence[Domain], checks: dict[int, DomainCheck]) -> list[Situation]:
    """Since when the lowered TTL is seen, kept with the watch; the situations with that in them."""
    found = situations(project, domains, checks)
    for domain in domains:
        check, is_low = checks.get(domain.pk), has_low_ttl(found[domain.pk])
        if check is None or is_low is None or not found[domain.pk].now:
            continue
        rows = project.watches.filter(domain=domain)
        if is_low and rows.filter(ttl_low_since=None).update(ttl_low_since=check.as_of):
            found[domain.pk] = replace(found[domain.pk], ttl_low_since=check.as_of)
        elif not is_low and rows.exclude(ttl_low_since=None).update(ttl_low_since=None):
            found[domain.pk] = replace(found[domain.pk], ttl_low_since=None)
    return [found[domain.pk] for domain in domains]


def judge_reports(reports: list[DomainCheck], project: Project) -> dict[str, tuple[Verdict, str]]:
    """Verdict and reason of each fact that the checks can speak about."""
    unread = [check.domain.shown for check in reports if check.report.get("failed")]
    facts = {
        "domains.checked": (Verdict.UNKNOWN, f"Could not read: {', '.join(unread[:5])}.")
        if unread
        else (Verdict.READY, f"The records of {count(len(reports), 'domain')} were read.")
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
        facts["domains.no_unknown_senders"] = judge_senders(sending)
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
            return verdict, f"{_told(check.domain, row)}{more}."
    return Verdict.READY, good


def _told(domain: Domain, row: dict[str, Any]) -> str:
    """The domain in front where the record's name does not say it."""
    record = f"{row['name']} {row['type']}"
    if domain.shown not in row["name"]:
        record = f"{domain.shown}: {record}"
    if row["need"] == "remove" and row["verdict"] == "wrong":
        return f"{record} still names the old sender"
    return f"{record} is {row['verdict']}"
