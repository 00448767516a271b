"""Who sends mail for a domain: shown with the trace and since when, and explained by people where nobody knows."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.domains.models import Domain, DomainCheck
from engine.findings import Verdict

CHECKS_LOOKED_AT = 200


def sender_rows(domain: Domain, check: DomainCheck | None) -> dict[str, Any]:
    """For the page: senders with their traces and the check that saw them first, and what nobody has explained."""
    if check is None:
        return {"senders": [], "unknown": [], "explained": []}
    since = _since(domain, check)
    by_key: dict[str, dict[str, Any]] = {}
    for sign in check.report.get("sender_signs", []):
        row = by_key.setdefault(sign["key"], {"name": sign["sender"], "signs": [], "since": since.get(sign["key"])})
        row["signs"].append(sign)
    for row in by_key.values():
        row["is_weak"] = all(sign["weak"] for sign in row["signs"])
    words = explanations(domain)
    unknown = check.report.get("unknown_senders", [])
    return {
        "senders": sorted(by_key.values(), key=lambda row: (row["is_weak"], row["name"])),
        "unknown": [term for term in unknown if term not in words],
        "explained": [{"trace": term, "what": words[term]} for term in unknown if term in words],
    }


def explanations(domain: Domain) -> dict[str, str]:
    return {row["trace"]: row["what"] for row in domain.known_senders}


def _since(domain: Domain, check: DomainCheck) -> dict[str, datetime]:
    """Sender -> the first of the checks, counted back from this one without a gap, that saw it."""
    older = domain.checks.filter(as_of__lte=check.as_of, report__failed=False).order_by("-as_of", "-pk")
    found: dict[str, datetime] = {}
    still = set(check.report.get("senders", []))
    for as_of, senders in older.values_list("as_of", "report__senders")[:CHECKS_LOOKED_AT]:
        still &= set(senders or ())
        if not still:
            break
        found |= dict.fromkeys(still, as_of)
    return found


@transaction.atomic
def explain_sender(domain: Domain, trace: str, what: str, *, by: User) -> None:
    """Keep what a person says about a trace that the catalogue does not know."""
    kept = [row for row in domain.known_senders if row["trace"] != trace]
    domain.change(by, known_senders=[*kept, {"trace": trace, "what": what}], verb=f"explained {trace} of")


def judge_senders(checks: list[DomainCheck]) -> tuple[Verdict, str]:
    """Whether every sender of the domains is known or was explained."""
    for check in checks:
        if check.report.get("failed") or "unknown_senders" not in check.report:
            return Verdict.UNKNOWN, f"The senders of {check.domain.shown} could not be read."
    for check in checks:
        words = explanations(check.domain)
        unknown = [term for term in check.report["unknown_senders"] if term not in words]
        if unknown:
            more = f", and {len(unknown) - 1} more" if len(unknown) > 1 else ""
            return Verdict.NOT_READY, f"{check.domain.shown}: nobody has said what {unknown[0]} is{more}."
    return Verdict.READY, "Every sender that the records name is known."
