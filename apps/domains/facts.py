"""What the checks, snapshots and plans of all domains say together about the project. Unknown changes nothing."""

from collections.abc import Mapping, Sequence

from apps.domains.models import Domain
from apps.domains.planning import drift_of, has_low_ttl, steps_of
from apps.projects.models import Project
from apps.ui.moments import count
from engine.dns.plan import Situation, State
from engine.findings import Verdict

Said = tuple[Verdict, str]


def judge_snapshots(domains: Sequence[Domain], taken: set[int]) -> Said:
    """Every domain needs one that somebody signed off."""
    without = [domain.shown for domain in domains if domain.pk not in taken]
    unsigned = [domain.shown for domain in domains if domain.pk in taken and domain.signed_snapshot is None]
    if without:
        return Verdict.NOT_READY, f"No snapshot yet: {_few(without)}."
    if unsigned:
        return Verdict.NOT_READY, f"Not signed off yet: {_few(unsigned)}."
    unread = sum(domain.signed_snapshot.unread for domain in domains if domain.signed_snapshot)
    if unread:
        return Verdict.CONDITIONS, f"Signed off; {unread} records could not be read when it was taken."
    return Verdict.READY, f"The records of {count(len(domains), 'domain')} are kept and signed off."


def judge_plans(project: Project, found: Mapping[Domain, Situation]) -> dict[str, Said]:
    """TTL lowered and DNS stable, over all domains."""
    facts = {}
    pages = {domain: one for domain, one in found.items() if domain.shows_pages}
    if pages:
        facts["domains.ttl_lowered"] = _judge_ttl(pages)
    facts["domains.stable"] = _judge_drift(project, found)
    return facts


def _judge_ttl(found: Mapping[Domain, Situation]) -> Said:
    open_ones, unclear = [], []
    for domain, one in found.items():
        step = next((step for step in steps_of(one) if step.key == "lower_ttl"), None)
        if step is None or step.state is State.DONE:
            continue
        is_unread = not one.old or not one.is_checked or (one.is_signed and has_low_ttl(one) is None)
        (unclear if is_unread else open_ones).append(f"{domain.shown}: {step.why}")
    if open_ones:
        return Verdict.NOT_READY, open_ones[0]
    if unclear:
        return Verdict.UNKNOWN, "What stands in the zone is not known well enough yet."
    return Verdict.READY, "What will change is remembered for minutes only."


def _judge_drift(project: Project, found: Mapping[Domain, Situation]) -> Said:
    changed = []
    for domain, one in found.items():
        changed += [f"{domain.shown}: {change.line}" for change in drift_of(project, one)]
    if changed:
        more = f" And {len(changed) - 1} more." if len(changed) > 1 else ""
        return Verdict.NOT_READY, f"Changed outside the plan: {changed[0][:380]}.{more}"
    if not all(one.is_signed for one in found.values()):
        return Verdict.UNKNOWN, "There is no signed snapshot of every domain to compare with."
    if not all(one.is_checked and one.now for one in found.values()):
        return Verdict.UNKNOWN, "Not every domain could be compared with its snapshot."
    return Verdict.READY, "Nothing but the plan has changed since the snapshots."


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
