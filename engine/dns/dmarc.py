"""The DMARC policy that holds for a domain: RFC 9989 with its tree walk; old tags are warned of (RFC 7489)."""

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum

from engine.dns.answers import Answer, Lookup, Status
from engine.dns.names import registrable

MAX_QUERIES = 8
KEPT_LABELS = 7
KNOWN = ("v", "p", "sp", "np", "psd", "t", "adkim", "aspf", "rua", "ruf", "fo")
REMOVED = ("pct", "rf", "ri")
POLICIES = ("none", "quarantine", "reject")
_VERSION = re.compile(r"[vV][ \t]*=[ \t]*DMARC1[ \t]*(;|$)")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s,!]+(?:![0-9]+[kmgt]?)?", re.IGNORECASE)


class DmarcResult(StrEnum):
    NONE = "none"
    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Record:
    """One record as read: its tags, and the mistakes as (code, sentence)."""

    text: str
    name: str
    tags: dict[str, str]
    problems: tuple[tuple[str, str], ...] = ()

    @property
    def has_reports(self) -> bool:
        return any(_URI.fullmatch(uri.strip()) for uri in self.tags.get("rua", "").split(","))

    @property
    def psd(self) -> str:
        return self.tags.get("psd", "u").lower()

    @property
    def has_bad_policy(self) -> bool:
        return any(self.tags.get(tag, "none").lower() not in POLICIES for tag in ("p", "sp", "np"))

    def policy(self, tag: str) -> str | None:
        """The policy of p, sp or np; one wrong word in any of them makes the whole record a p=none (4.10.1)."""
        word = self.tags.get(tag)
        if word is None:
            return None
        return "none" if self.has_bad_policy else word.lower()

    @property
    def is_usable(self) -> bool:
        """RFC 9989 4.10.1: a bad policy without a valid rua throws the record away."""
        return not self.has_bad_policy or self.has_reports


@dataclass(frozen=True, slots=True)
class Dmarc:
    """The verdict. `policy` is what receivers apply to this domain; `found_at` the name of the record."""

    result: DmarcResult
    policy: str | None = None
    record: str = ""
    found_at: str = ""
    problem: str = ""
    code: str = ""
    warnings: tuple[tuple[str, str], ...] = ()
    tags: dict[str, str] = field(default_factory=dict)


def check_dmarc(domain: str, lookup: Lookup) -> Dmarc:
    """Find the record by the tree walk (4.10) and read it."""
    own = lookup(f"_dmarc.{domain}", "TXT")
    if own.has_failed or own.is_pending:
        return Dmarc(DmarcResult.UNKNOWN, problem=f"Check again later: {own.why}.", code="unreadable")
    mine = records_in(own, f"_dmarc.{domain}")
    found = _own(domain, mine[0], lookup) if len(mine) == 1 else _inherited(domain, lookup)
    several = "Keep one DMARC record; receivers throw away several."
    if found.result is DmarcResult.NONE and len(mine) > 1:
        return Dmarc(DmarcResult.INVALID, None, mine[0].text, f"_dmarc.{domain}", several, "multiple")
    if found.result is DmarcResult.NONE:
        found = _none(domain, own)
    elif len(mine) > 1:
        found = replace(found, warnings=(("multiple", several), *found.warnings))
    return replace(found, warnings=(*found.warnings, *older_receivers(domain, found, lookup)))


def _none(domain: str, own: Answer) -> Dmarc:
    """No policy anywhere; what stands there instead may explain it."""
    near = [text for text in own.values if re.match(r"\s*v\s*=\s*dmarc", text, re.IGNORECASE)]
    if near:
        problem = (
            "Begin the DMARC record with v=DMARC1; (with the semicolon, in exactly these letters, nothing before)."
        )
        return Dmarc(DmarcResult.INVALID, None, near[0], f"_dmarc.{domain}", problem, "version")
    return Dmarc(DmarcResult.NONE, problem=f"Publish a DMARC record at _dmarc.{domain}.", code="missing")


def _own(domain: str, record: Record, lookup: Lookup) -> Dmarc:
    if not record.is_usable:
        return _unusable(record)
    return _found(record, record.policy("p") or "none", domain, lookup)


def _unusable(record: Record) -> Dmarc:
    problem = "Correct the policy word and add rua=; until then receivers ignore this DMARC record."
    return Dmarc(DmarcResult.INVALID, None, record.text, record.name, problem, "policy", record.problems, record.tags)


def _found(record: Record, policy: str, domain: str, lookup: Lookup) -> Dmarc:
    bad = [pair for pair in record.problems if pair[0] in ("policy", "twice")]
    result = DmarcResult.INVALID if bad else DmarcResult.VALID
    warnings = tuple(pair for pair in record.problems if pair not in bad) + external_reports(record, lookup)
    code, problem = bad[0] if bad else ("", "")
    return Dmarc(result, policy, record.text, record.name, problem, code, warnings, record.tags)


def _inherited(domain: str, lookup: Lookup) -> Dmarc:
    """Walk up until a record ends the walk; then the organizational domain's record speaks (4.10.1, 4.10.2)."""
    found: list[tuple[str, Record]] = []
    for name in walk_names(domain)[1:]:
        answer = lookup(f"_dmarc.{name}", "TXT")
        if registry_is_mute(name, answer, has_found=bool(found)):
            break
        if answer.has_failed or answer.is_pending:
            return Dmarc(
                DmarcResult.UNKNOWN, problem=f"Check again later: {answer.why} (_dmarc.{name}).", code="unreadable"
            )
        records = records_in(answer, f"_dmarc.{name}")
        if len(records) != 1:
            continue
        found.append((name, records[0]))
        if records[0].psd in ("y", "n"):
            break
    if not found:
        return Dmarc(DmarcResult.NONE)
    record = _of_organization(domain, found, lookup)
    if not record.is_usable:
        return _unusable(record)
    policy = _for_subdomain(domain, record, lookup)
    if policy is None:
        problem = f"Check again later: whether {domain} exists decides the policy, and it could not be asked."
        return Dmarc(DmarcResult.UNKNOWN, None, record.text, record.name, problem, "unreadable", tags=record.tags)
    return _found(record, policy, domain, lookup)


def registry_is_mute(name: str, answer: Answer, *, has_found: bool) -> bool:
    """A public suffix that does not answer takes nothing from the records below; one that refuses has none."""
    is_open = answer.has_failed and registrable(name) is None
    return is_open and (has_found or answer.status is Status.REFUSED)


def _of_organization(domain: str, found: list[tuple[str, Record]], lookup: Lookup) -> Record:
    """psd=n names the organization; psd=y names the registry above it; else the highest record (4.10.2)."""
    highest_name, highest = found[-1]
    if highest.psd != "y":
        return highest
    labels = domain.split(".")
    organization = ".".join(labels[-(highest_name.count(".") + 2) :])
    return next((record for name, record in found if name == organization), highest)


def _for_subdomain(domain: str, record: Record, lookup: Lookup) -> str | None:
    """np for a name that does not exist, sp for one that does, else p (4.7); None where that cannot be told."""
    there = record.policy("sp") or record.policy("p") or "none"
    absent = record.policy("np") or there
    if there == absent:
        return there
    exists = _exists(domain, lookup)
    return None if exists is None else there if exists else absent


def _exists(domain: str, lookup: Lookup) -> bool | None:
    """NXDOMAIN alone says that a name does not exist (RFC 8020); one that is an alias does."""
    answers = [lookup(domain, kind) for kind in ("TXT", "A", "MX")]
    known = [answer for answer in answers if not answer.has_failed]
    if not known:
        return None
    return any(answer.chain or answer.status is not Status.NXDOMAIN for answer in known)


def older_receivers(domain: str, found: Dmarc, lookup: Lookup) -> tuple[tuple[str, str], ...]:
    """Where receivers that still follow RFC 7489 apply something else (its 6.6.3: own name, then registered domain)."""
    if found.result is DmarcResult.UNKNOWN or (found.tags and "p" not in found.tags):
        return ()  # without p= that is told already
    older = _older_policy(domain, lookup)
    if older == found.policy:
        return ()
    text = (
        f"Publish one DMARC record at _dmarc.{domain}: receivers that follow the older RFC 7489 apply "
        f"{older or 'no policy'} here, newer ones {found.policy or 'no policy'}."
    )
    return (("older_receivers", text),)


def _older_policy(domain: str, lookup: Lookup) -> str | None:
    records = records_in(lookup(f"_dmarc.{domain}", "TXT"), "")
    above = registrable(domain)
    is_own = bool(records) or not above or above == domain
    if not is_own:
        records = records_in(lookup(f"_dmarc.{above}", "TXT"), "")
    if len(records) != 1 or not records[0].is_usable:
        return None
    return (None if is_own else records[0].policy("sp")) or records[0].policy("p") or "none"


def walk_names(domain: str) -> list[str]:
    """The names of the tree walk: the domain, then upwards; from long names straight to seven labels (4.10)."""
    labels = domain.split(".")
    names, rest = [domain], labels[1:]
    if len(rest) > KEPT_LABELS:
        rest = rest[-KEPT_LABELS:]
    while rest:
        names.append(".".join(rest))
        rest = rest[1:]
    return names[:MAX_QUERIES]


def records_in(answer: Answer, name: str) -> list[Record]:
    """The DMARC records among the TXTs; others are ignored (4.10)."""
    return [read_record(text, name) for text in answer.values if _VERSION.match(text)]


def read_record(text: str, name: str) -> Record:
    """Tags with every mistake."""
    problems: list[tuple[str, str]] = []
    pairs: list[tuple[str, str]] = []
    for part in text.split(";"):
        tag, sign, value = part.partition("=")
        if not part.strip():
            continue
        if not sign or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", tag.strip()):
            problems.append(("syntax", f"Correct “{part.strip()[:40]}” in the DMARC record; receivers skip it."))
            continue
        pairs.append((tag.strip().lower(), value.strip()))
    tags = dict(reversed(pairs))
    if len(tags) < len(pairs):
        problems.append(("twice", "Keep each tag of the DMARC record once."))
    return Record(text, name, tags, (*problems, *_tag_problems(tags, [tag for tag, _ in pairs])))


def _tag_problems(tags: dict[str, str], order: list[str]) -> list[tuple[str, str]]:
    found = []
    for tag in ("p", "sp", "np"):
        if tag in tags and tags[tag].lower() not in POLICIES:
            found.append(("policy", f"Correct {tag}={tags[tag][:20]}; receivers act as if it said none."))
    if "p" not in tags:
        found.append(("no_policy", "Add p=; many receivers ignore a DMARC record without it."))
    elif order[1:2] != ["p"]:
        found.append(("policy_place", "Put p= directly after v=DMARC1; older receivers expect it there."))
    found += [("removed_tag", _REMOVED[tag]) for tag in REMOVED if tag in tags]
    unknown = [tag for tag in tags if tag not in KNOWN + REMOVED]
    found += [("unknown_tag", f"Remove or correct {tag[:20]}=; no receiver knows it.") for tag in unknown]
    if tags.get("t", "n").lower() == "y":
        text = (
            "Remove t=y when the tests are over: newer receivers apply the policy one step weaker, older ones in full."
        )
        found.append(("test_mode", text))
    found += _bad_values(tags)
    for tag in ("rua", "ruf"):
        wrong = [uri for uri in tags.get(tag, "").split(",") if uri.strip() and not _URI.fullmatch(uri.strip())]
        found += [
            ("report_address", f"Write {tag}={uri.strip()[:40]} with mailto: before the address.") for uri in wrong
        ]
    if not tags.get("rua"):
        found.append(("no_reports", "Add rua=mailto:… to receive reports; without them nobody sees what is rejected."))
    return found


_REMOVED = {
    "pct": "Remove pct=: newer receivers ignore it (RFC 9989); older ones still apply the policy to that share alone.",
    "rf": "Remove rf=; it no longer means anything (RFC 9989).",
    "ri": "Remove ri=; it no longer means anything (RFC 9989).",
}
_ALLOWED = {"adkim": ("r", "s"), "aspf": ("r", "s"), "psd": ("y", "n", "u"), "t": ("y", "n")}


def _bad_values(tags: dict[str, str]) -> list[tuple[str, str]]:
    """Values that receivers replace by the default."""
    found = []
    for tag, allowed in _ALLOWED.items():
        if tags.get(tag, allowed[0]).lower() not in allowed:
            text = f"Correct {tag}={tags[tag][:20]}; it takes {' or '.join(allowed)}, and receivers skip anything else."
            found.append(("bad_value", text))
    words = [word.strip().lower() for word in tags.get("fo", "0").split(":")]
    if not set(words) <= {"0", "1", "d", "s"}:
        found.append(("bad_value", f"Correct fo={tags['fo'][:20]}; it takes 0, 1, d or s with colons between."))
    return found


def external_reports(record: Record, lookup: Lookup) -> tuple[tuple[str, str], ...]:
    """Reports to another organization need its permission (RFC 9990; RFC 7489 7.1)."""
    found = []
    own = record.name.removeprefix("_dmarc.")
    for uri in ",".join(record.tags.get(tag, "") for tag in ("rua", "ruf")).split(","):
        match = re.fullmatch(r"mailto:[^@\s]+@([A-Za-z0-9.-]+?)\.?(?:![0-9]+[kmgt]?)?", uri.strip(), re.IGNORECASE)
        host = match[1].lower() if match else ""
        if not host or registrable(host) == registrable(own):
            continue
        answer = lookup(f"{own}._report._dmarc.{host}", "TXT")
        if answer.has_failed:
            found.append(("reports_unknown", f"Check again later whether {host} accepts the reports: {answer.why}."))
        elif not answer.is_pending and not any(_VERSION.match(text) for text in answer.values):
            found.append(
                ("reports_refused", f"{host} must publish {own}._report._dmarc.{host}, or reports do not arrive.")
            )
    return tuple(dict.fromkeys(found))
