"""Everything that is known about one domain, gathered out of answers; nothing is judged against a platform here."""

from dataclasses import dataclass, field

from engine.dns.answers import Answer, Lookup, Question
from engine.dns.dkim import Dkim, DkimResult, check_dkim
from engine.dns.dmarc import Dmarc, check_dmarc
from engine.dns.mx import Mx, MxResult, check_mx
from engine.dns.published import Published
from engine.dns.spf import Spf, check_spf
from engine.dns.spf_merge import Merged, merge

OWN_TYPES = ("A", "AAAA", "NS", "MX", "TXT", "CNAME")  # the CNAME last: the answer about A shows it already
WWW_TYPES = ("A", "CNAME")
TRANSPORT = ("_mta-sts", "_smtp._tls")  # asked only where mail arrives


@dataclass(frozen=True, slots=True)
class Selector:
    """A DKIM selector to look at. `targets` are the names its CNAME should lead below; `is_asked` ones are reported
    although nothing stands there, probed ones only when something does."""

    name: str
    targets: tuple[str, ...] = ()
    is_asked: bool = True


@dataclass(frozen=True, slots=True)
class DomainFacts:
    """What the DNS says about a domain."""

    name: str
    records: dict[Question, Answer]
    spf: Spf
    dmarc: Dmarc
    mx: Mx
    dkim: tuple[Dkim, ...] = ()
    asked_selectors: frozenset[str] = frozenset()
    nameservers: tuple[str, ...] = field(default=())
    published: Published = field(default_factory=Published)
    spf_merged: Merged | None = None
    has_no_keys: bool = False  # the name server says that nothing at all exists below _domainkey

    @property
    def is_unreadable(self) -> bool:
        """Not one of the domain's own records could be asked."""
        return all(self.records[self.name, kind].has_failed for kind in OWN_TYPES)

    @property
    def does_not_exist(self) -> bool:
        statuses = {self.records[self.name, kind].status for kind in OWN_TYPES}
        return statuses == {"nxdomain"}


def gather(name: str, lookup: Lookup, selectors: tuple[Selector, ...] = (), *, has_task: bool = True) -> DomainFacts:
    """Ask for everything; `lookup` decides where the answers come from.

    Without a task (a platform to move to or from) what only a move must mind is not asked.
    """
    www = f"www.{name}"
    wanted = [(name, kind) for kind in OWN_TYPES] + [(www, kind) for kind in WWW_TYPES]
    records = {(owner, kind): lookup(owner, kind) for owner, kind in wanted}
    if records[www, "CNAME"].values and records[www, "A"].is_absent:
        records[www, "AAAA"] = lookup(www, "AAAA")  # does it lead anywhere at all
    mx = check_mx(name, lookup)
    if has_task:
        records[name, "CAA"] = lookup(name, "CAA")
    if has_task and mx.result not in (MxResult.NONE, MxResult.NULL, MxResult.UNKNOWN):
        records |= {(f"{part}.{name}", "TXT"): lookup(f"{part}.{name}", "TXT") for part in TRANSPORT}
    spf = check_spf(name, lookup)
    keys = [(one, check_dkim(name, one.name, lookup, one.targets, is_asked=one.is_asked)) for one in selectors]
    dkim = tuple(key for one, key in keys if one.is_asked or key.result is not DkimResult.MISSING)
    return DomainFacts(
        name=name,
        records=records,
        spf=spf,
        dmarc=check_dmarc(name, lookup),
        mx=mx,
        dkim=dkim,
        asked_selectors=frozenset(one.name for one in selectors if one.is_asked),
        nameservers=records[name, "NS"].values,
        spf_merged=merge(name, spf, lookup),
        has_no_keys=has_task and not any(one.is_asked for one in selectors) and not dkim and has_no_keys(name, lookup),
    )


def has_no_keys(name: str, lookup: Lookup) -> bool:
    """NXDOMAIN of a name means that nothing exists below it (RFC 8020); an empty answer says nothing."""
    answer = lookup(f"_domainkey.{name}", "TXT")
    return answer.status == "nxdomain" and not answer.chain
