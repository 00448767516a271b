"""Sweeping the room: what still holds an old account open, by name, and closing it when nothing does."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.assets.models import Account, AccountIs, Progress, RequiredStatus
from apps.cutover.models import Checked
from apps.cutover.running import NotNow
from apps.domains.kept import Word
from apps.domains.models import Domain
from apps.domains.services import newest_checks
from apps.findings.models import Fact
from apps.findings.readiness import verdict_now
from apps.projects.models import Project
from apps.ui.moments import count
from engine.findings import Verdict
from engine.platforms.model import Platform, TraceKind

FRESH = timedelta(days=7)  # so old may a check of a domain be that lets an account go
SHOWN = 4  # names in one sentence


@dataclass(frozen=True)
class Reason:
    """One thing that holds an account open; `is_unknown`: nobody could tell, which counts as much."""

    sentence: str
    link: str
    is_unknown: bool = False


@dataclass
class Swept:
    """One account: its platform where it is one we know, and what still holds it open.

    `has_pages`: old addresses lead there; None where nobody has said what the account is.
    """

    account: Account
    platform: Platform | None
    has_pages: bool | None
    until: date
    reasons: list[Reason] = field(default_factory=list)

    @property
    def days_left(self) -> int:
        return max(0, (self.until - self.account.project.today).days)


def swept(project: Project) -> list[Swept]:
    """Every account, the open ones with their reasons; a fixed number of queries."""
    accounts = list(project.accounts.all())
    sources = [platform for key in project.sources if (platform := project.catalogue.find(key))]
    room = _Room(project)
    found = []
    for account in accounts:
        account.project = project
        platform = project.catalogue.find(account.platform) if account.platform else _by_name(account, sources)
        has_pages = True if platform or account.platform == AccountIs.WEB_HOST else None
        if account.platform == AccountIs.TOOL:
            has_pages = False
        until = max(project.hold_until.astimezone(project.zone).date(), account.keep_until or date.min)
        row = Swept(account, platform, has_pages, until)
        if account.closed_on is None:
            row.reasons = room.reasons(row)
        found.append(row)
    return sorted(found, key=lambda row: (row.account.closed_on is not None, row.until, row.account.name))


def _by_name(account: Account, sources: Iterable[Platform]) -> Platform | None:
    """The source whose name stands in the account's as a word: a toolkit is no Kit."""
    return next((one for one in sources if re.search(rf"\b{re.escape(one.name)}\b", account.name, re.I)), None)


class _Room:
    """What the product knows about the whole project, read once."""

    def __init__(self, project: Project) -> None:
        self.project, self.home = project, project.get_absolute_url()
        self.target = project.catalogue.find(project.target)
        self.facts = project.facts.by_key()
        domains = list(project.domains.with_status())
        newest = newest_checks(domains)
        self.checks = {domain: newest[domain.pk] for domain in domains if domain.pk in newest}
        self.unchecked = [domain for domain in domains if domain not in self.checks]
        stopped = project.plan_words.filter(word=Word.SENDING_STOPPED, taken_back_at=None)
        self.stopped = set(stopped.values_list("domain_id", flat=True))
        self.payments = list(
            project.payments.exclude(decision="", is_done=True).only(
                "project", "gateway", "decision", "is_done", "plan"
            )
        )
        wrong = project.redirects.filter(after=Checked.WRONG).order_by("pk")
        self.astray, self.all_astray = list(wrong.values_list("old", flat=True)[:SHOWN]), wrong.count()
        archive = project.assets.filter(required_status=RequiredStatus.ARCHIVE, attachments=None)
        moving = project.assets.filter(
            kind="automation", required_status__in=(RequiredStatus.MIGRATE, RequiredStatus.REBUILD),
            progress__in=(Progress.NOT_STARTED, Progress.IN_PROGRESS),
        )  # fmt: skip
        self.not_rebuilt = list(moving.values_list("name", flat=True))
        self.not_stored = list(archive.exclude(captures__is_done=True).values_list("name", flat=True))

    def reasons(self, row: Swept) -> list[Reason]:
        """In the order in which people mend them."""
        found = [*self._time(row), *self._running(row), *self._payments(row)]
        if row.has_pages is None:
            words = "Nobody has said what it is: one of the sources, a web host, or something else."
            found.append(Reason(words, f"{self.home}accounts/{row.account.pk}/", is_unknown=True))
        if row.platform is not None:
            found += [*self._unsettled(found), *self._automations(), *self._records(row.platform)]
        elif row.has_pages is not False:
            found += self._fact("domains.pages_pointed", "Nobody has checked where the domains lead.", "domains/")
        if row.has_pages is not False:
            words = "Nobody has checked whether old addresses lead to the new ones."
            found += [*self._redirects(words), *self._stored()]
        return found

    def _time(self, row: Swept) -> list[Reason]:
        if self.project.today > row.until:
            return []
        if row.account.keep_until == row.until:
            return [Reason(f"It is to be kept until {row.until:%d %b %Y}.", f"{self.home}accounts/{row.account.pk}/")]
        return [Reason(f"The hold period runs until {row.until:%d %b %Y}.", f"{self.home}settings/")]

    def _running(self, row: Swept) -> list[Reason]:
        if not row.account.still_runs:
            return []
        return [Reason(f"Still runs in it: {row.account.still_runs}.", f"{self.home}accounts/{row.account.pk}/")]

    def _payments(self, row: Swept) -> list[Reason]:
        """Payments at a gateway of this account's name that are not done, or stay there on purpose."""
        names = [row.account.name.casefold(), *([row.platform.name.casefold()] if row.platform else [])]
        here = [one for one in self.payments if one.gateway and any(_same(one.gateway, name) for name in names)]
        bills = [one for one in here if not one.is_done or one.decision == "keep"]
        if not bills:
            return []
        plans = Counter(one.plan or "without a plan" for one in bills).most_common()
        named = _few([f"{plan} ({many})" for plan, many in plans])
        words = f"{count(len(bills), 'subscription')} still bill{'s' if len(bills) == 1 else ''} there: {named}."
        return [Reason(words, f"{self.home}cutover/payments/")]

    def _unsettled(self, found: Sequence[Reason]) -> list[Reason]:
        """Whoever pays through the old platform is decided and done, whatever gateway takes the money."""
        if any(reason.link.endswith("/payments/") for reason in found):
            return []
        words = "Nobody has said whether subscriptions bill there."
        return self._fact("cutover.payments_decided", words, "cutover/payments/")

    def _automations(self) -> list[Reason]:
        if not self.not_rebuilt:
            return []
        words = f"Automations that are not rebuilt yet still run there: {_few(self.not_rebuilt)}."
        return [Reason(words, f"{self.home}inventory/?kind=automation")]

    def _records(self, platform: Platform) -> list[Reason]:
        found = []
        if self.unchecked:
            words = f"Not checked yet: {_few([one.shown for one in self.unchecked])}."
            found.append(Reason(words, f"{self.home}domains/", is_unknown=True))
        for domain, check in self.checks.items():
            if timezone.now() - check.as_of > FRESH:
                words = f"{domain.shown} was last checked on {check.as_of:%d %b %Y}; ask it again."
                found.append(Reason(words, f"{self.home}domains/{domain.pk}/", is_unknown=True))
            found += self._records_of(domain, check.report, platform)
        return found

    def _records_of(self, domain: Domain, report: dict, platform: Platform) -> list[Reason]:
        link = f"{self.home}domains/{domain.pk}/"
        asked = [row for row in report.get("expected", []) if row["need"] == "remove"]
        rows = [row for row in asked if platform.name in row["sentence"] or row["verdict"] == "unknown"]
        left = [row for row in rows if row["verdict"] == "wrong"]
        spf = [row for row in left if "include:" in (row["found"] or "")]
        pointing = [row["name"] for row in left if row["type"] == "CNAME"] + _pages_of(report, platform, self.target)
        others = [f"{row['name']} ({row['type']})" for row in left if row["type"] != "CNAME" and row not in spf]
        found = []
        if pointing:
            found.append(Reason(f"Still point at it: {_few(pointing)}.", link))
        if spf and domain.pk not in self.stopped:
            words = f"The SPF of {domain.shown} still includes it, and nobody has said that sending has stopped."
            found.append(Reason(words, link))
        if others:
            found.append(Reason(f"Records that still name it: {_few(others)}.", link))
        if any(row["verdict"] == "unknown" for row in rows):
            found.append(Reason(f"What {domain.shown} still holds of it could not be told.", link, is_unknown=True))
        return found

    def _fact(self, key: str, unknown: str, page: str) -> list[Reason]:
        """Only what is ready now lets go; an old answer is told as old."""
        fact = self.facts.get(key)
        verdict = verdict_now(fact) if fact else Verdict.UNKNOWN
        if verdict == Verdict.READY:
            return []
        words = fact.reason if fact else unknown
        if fact and fact.is_stale:
            words = f"Not looked at since {fact.as_of:%d %b %Y}. It said then: {words}"
        return [Reason(words, f"{self.home}{page}", is_unknown=verdict == Verdict.UNKNOWN)]

    def _redirects(self, unknown: str) -> list[Reason]:
        """With the old addresses that fail, by name."""
        reasons = self._fact("cutover.redirects_right", unknown, "cutover/redirects/")
        if not reasons or not self.astray:
            return reasons
        words = f"{reasons[0].sentence} Gone astray: {_few(self.astray, self.all_astray)}."
        return [replace(reasons[0], sentence=words, link=f"{self.home}cutover/redirects/?show=waiting")]

    def _stored(self) -> list[Reason]:
        if not self.not_stored:
            return []
        words = f"No copy is stored of what is to be archived: {_few(self.not_stored)}."
        return [Reason(words, f"{self.home}inventory/?required=archive")]


def _pages_of(report: dict, platform: Platform, target: Platform | None) -> list[str]:
    """Names whose records lead to pages of the old platform; what the new one uses too is not counted."""
    kept = {trace.value for trace in target.dns.traces} if target else set()
    traces = [one for one in platform.dns.traces if one.kind is TraceKind.PAGES and one.value not in kept]
    return list(dict.fromkeys(
        record["name"]
        for record in report.get("records", [])
        for trace in traces
        if (trace.type or "CNAME") == record["type"] and any(trace.accepts(value) for value in record["values"])
    ))  # fmt: skip


def _same(gateway: str, name: str) -> bool:
    gateway = gateway.casefold()
    return gateway in name or name in gateway


def _few(names: Sequence[str], number: int = 0) -> str:
    """The first names, and how many more; `number`: of all of them, where only the first were read."""
    number = number or len(names)
    more = f" and {number - SHOWN:,} more" if number > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def saved(rows: Sequence[Swept], *, closed: bool = True) -> list[tuple[str, Decimal]]:
    """Money a month that closed accounts no longer cost, by currency; or what those still open do."""
    sums: dict[str, Decimal] = {}
    for row in rows:
        if (row.account.closed_on is not None) is closed and row.account.monthly_cost:
            sums[row.account.currency] = sums.get(row.account.currency, Decimal(0)) + row.account.monthly_cost
    return sorted(sums.items())


@transaction.atomic
def close(account: Account, typed: str, *, by: User) -> None:
    """Mark it closed. Raises NotNow while anything holds it open, or where its name was not typed."""
    project = account.project
    row = next(one for one in swept(project) if one.account.pk == account.pk)
    if account.closed_on is not None:
        return
    if row.reasons:
        more = f" And {len(row.reasons) - 1} more." if len(row.reasons) > 1 else ""
        raise NotNow(f"{account.name} cannot be closed yet. {row.reasons[0].sentence}{more}")
    if typed.strip() != account.name:
        raise NotNow(f"Type the account's name, {account.name}, to say that it is closed.")
    account.change(by, verb="closed the account", closed_on=project.today)
    publish(project)


@transaction.atomic
def reopen(account: Account, *, by: User) -> None:
    """It was not closed after all."""
    account.change(by, verb="opened the account again", closed_on=None)
    publish(account.project)


@transaction.atomic
def publish(project: Project) -> None:
    """`cutover.accounts_closed`: nothing is paid twice any more."""
    Fact.one_at_a_time(project)
    rows = list(project.accounts.all())
    still = [row.name for row in rows if row.closed_on is None]
    if not rows:
        said = Verdict.UNKNOWN, "No old account is listed."
    elif still:
        said = Verdict.NOT_READY, f"Not closed yet: {_few(still)}."
    else:
        said = Verdict.READY, f"{count(len(rows), 'account')} closed."
    Fact.publish(project, "cutover.accounts_closed", *said, link=f"{project.get_absolute_url()}cutover/closing/")
