"""Where each domain stands in its plan: the engine's steps over what is stored."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.domains.models import DnsSnapshot, Domain, DomainCheck, PlanWord, Word
from apps.domains.states import zone_of
from apps.findings.models import Fact
from apps.projects.models import Activity, Project
from engine.dns.plan import Situation, Step, changing, is_low, plan_of
from engine.dns.records import RecordSet
from engine.dns.snapshot import Change, drift, leaving
from engine.findings import Verdict

BUILT_FACT = "inventory.essentials_built"


def situations(
    project: Project, domains: Iterable[Domain], checks: Mapping[int, DomainCheck], now: datetime | None = None
) -> dict[int, Situation]:
    """Each domain's situation, by its number; four questions, however many domains."""
    domains, now = list(domains), now or timezone.now()
    keys = [domain.pk for domain in domains]
    snapshots = newest_snapshots(project, keys)
    words: dict[int, dict[str, PlanWord]] = {}
    standing = project.plan_words.filter(domain__in=keys, taken_back_at=None).select_related("said_by")
    for word in standing:
        words.setdefault(word.domain_id, {})[word.word] = word
    watches = {watch.domain_id: watch for watch in project.watches.filter(domain__in=keys)}
    built = essentials_built(project)
    found = {}
    for domain in domains:
        watch = watches.get(domain.pk)
        found[domain.pk] = _situation(
            project, domain, checks.get(domain.pk), snapshots.get(domain.pk), words.get(domain.pk, {}),
            watch.ttl_low_since if watch else None, built, now,
        )  # fmt: skip
    return found


def newest_snapshots(project: Project, domain_keys: Sequence[int]) -> dict[int, DnsSnapshot]:
    """The newest signed snapshot of each domain, or its newest one while none is signed. One question."""
    found: dict[int, DnsSnapshot] = {}
    light = project.dns_snapshots.filter(domain__in=domain_keys).values_list("domain_id", "pk", "signed_at", "taken_at")
    best: dict[int, tuple[bool, datetime, int]] = {}
    for domain_id, pk, signed_at, taken_at in light:
        rank = (signed_at is not None, taken_at, pk)
        best[domain_id] = max(best.get(domain_id, rank), rank)
    for snapshot in project.dns_snapshots.filter(pk__in=[rank[2] for rank in best.values()]):
        found[snapshot.domain_id] = snapshot
    return found


def _situation(
    project: Project,
    domain: Domain,
    check: DomainCheck | None,
    snapshot: DnsSnapshot | None,
    words: Mapping[str, PlanWord],
    ttl_low_since: datetime | None,
    built: bool | None,
    now: datetime,
) -> Situation:
    report: Mapping[str, Any] = check.report if check else {}
    return Situation(
        domain=domain.name,
        at=now,
        rows=report.get("expected", []),
        old=snapshot.sets if snapshot else [],
        now=zone_of(report),
        is_signed=bool(snapshot and snapshot.is_signed),
        is_checked=check is not None and not check.failed,
        ttl_low_since=ttl_low_since,
        has_moved_sending=Word.SENDING_MOVED in words,
        has_stopped_sending=Word.SENDING_STOPPED in words,
        pages_built=True if Word.PAGES_BUILT in words else built,
        spf=(report.get("spf") or {}).get("record") or "",
        target_name=project.target_name,
        source_names=project.source_names,
        hold_until=project.hold_until,
        words={
            word: f"{row.said_by or 'Somebody'} said so on {row.said_at.astimezone(project.zone):%d %b %H:%M}."
            for word, row in words.items()
        },
    )


def essentials_built(project: Project) -> bool | None:
    """What the inventory says about the essential assets; None where it says nothing or its word is old."""
    fact = Fact.objects.filter(project=project, key=BUILT_FACT).first()
    if fact is None or fact.is_stale or fact.verdict == Verdict.UNKNOWN:
        return None
    return fact.verdict == Verdict.READY


def steps_of(situation: Situation) -> list[Step]:
    return plan_of(situation)


def has_low_ttl(situation: Situation) -> bool | None:
    """Whether everything that will change stands there with a short TTL; None where that cannot be told."""
    return is_low(changing(situation), situation.now)


def drift_of(project: Project, situation: Situation) -> list[Change]:
    """What changed since the signed snapshot although the plan does not ask for it."""
    if not situation.is_signed:
        return []
    sources = [platform for key in project.sources if (platform := project.catalogue.find(key))]
    leaves = leaving(situation.domain, sources, project.catalogue.find(project.target))
    return drift(situation.old, situation.now, situation.rows, leaves)


def names_to_watch(situation_rows: Sequence[Mapping[str, Any]], old: Sequence[RecordSet], domain: str) -> list[Any]:
    """Which record sets are read again beside a check: all that stood there, and what the plan touches."""
    keys = [one.key for one in old if one.is_there]
    keys += [(domain, kind) for kind in ("A", "AAAA", "MX", "TXT", "NS", "CAA")]
    for row in situation_rows:
        if "." in row["name"] and "*" not in row["name"] and " " not in row["name"]:
            kinds = ("A", "AAAA", "CNAME") if row["type"] in ("A", "AAAA", "CNAME") else (row["type"],)
            keys += [(row["name"], kind) for kind in kinds]
    return list(dict.fromkeys(keys))[:200]


@transaction.atomic
def say(domain: Domain, word: str, *, by: User) -> None:
    """A person's word; said twice it stands once, under the first name."""
    try:
        with transaction.atomic():
            PlanWord.objects.create(project=domain.project, domain=domain, word=word, said_by=by)
    except IntegrityError:
        return
    Activity.record(domain.project, "confirmed for the DNS plan", domain, by=by, reason=Word(word).label)


@transaction.atomic
def take_back(domain: Domain, word: str, *, by: User) -> None:
    """The word no longer stands; who said it and who took it back stays."""
    rows = PlanWord.objects.filter(domain=domain, word=word, taken_back_at=None)
    if rows.update(taken_back_at=timezone.now(), taken_back_by=by):
        Activity.record(domain.project, "took back for the DNS plan", domain, by=by, reason=Word(word).label)


def spf_terms(check: DomainCheck | None) -> dict[str, str]:
    """What the move adds to the domain's own SPF record, and what it takes out in the end; one term a line."""
    if check is None:
        return {"add": "", "remove": ""}
    rows = [row for row in check.expected if row["name"] == check.domain.name and row["type"] == "TXT"]
    wanted = [row for row in rows if row.get("match") == "include" and row["verdict"] == "missing"]
    left = [value for row in rows if row["need"] == "remove" for value in row.get("found_list", [])]
    add = [f"include:{row['expected']}" for row in wanted if row["need"] in ("required", "recommended")]
    return {"add": "\n".join(dict.fromkeys(add)), "remove": "\n".join(dict.fromkeys(left))}
