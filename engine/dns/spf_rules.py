"""What to do about a domain's SPF: rules from its facts to findings."""

from collections.abc import Iterator

from engine.dns.facts import DomainFacts
from engine.dns.spf import MAX_LOOKUPS, Spf, SpfResult
from engine.dns.spf_merge import Merged, answer_bytes
from engine.dns.spf_syntax import MECHANISMS
from engine.findings import Finding, Rule, Severity

LONG, TOO_LONG = 450, 512
WIDE4, WIDE6 = 8, 16  # a range this wide holds 16 million addresses of strangers
SHOWN = 480  # a suggestion is shown whole or not at all: half a record does harm when it is copied


def spf_is_valid(facts: DomainFacts) -> Iterator[Finding]:
    """The result of RFC 7208 check_host() at the level of the record."""
    spf = facts.spf
    if spf.result is SpfResult.TEMPERROR:
        yield Finding(Severity.UNKNOWN, "dns.spf.unreadable", spf.problem, facts.name)
    elif spf.result is SpfResult.PERMERROR:
        suggestion = facts.spf_merged.record if facts.spf_merged else ""
        problem = f"{spf.problem} {_about(facts.spf_merged)}".strip()
        shown = suggestion if len(suggestion) <= SHOWN else ""
        yield Finding(Severity.ERROR, f"dns.spf.{spf.code}", problem, facts.name, spf.record, shown)
    elif spf.result is SpfResult.NONE:
        message = "Publish an SPF record, or say with v=spf1 -all that the domain sends no mail."
        yield Finding(Severity.WARNING, "dns.spf.missing", message, facts.name)
    elif spf.result_ipv6 is SpfResult.TEMPERROR:
        yield Finding(Severity.UNKNOWN, "dns.spf.unreadable", spf.problem_ipv6, facts.name)
    elif spf.result_ipv6 is not spf.result:
        message = f"Receivers reach another result for IPv6 senders ({spf.result_ipv6}): {spf.problem_ipv6}"
        yield Finding(Severity.WARNING, "dns.spf.ipv6", message, facts.name, spf.record)


def _about(merged: Merged | None) -> str:
    """What was done to make the record that is offered."""
    if merged is None:
        return ""
    parts = [f"The record offered needs {merged.lookups} look-ups."] if merged.is_valid else []
    if merged.copied:
        parts.append(f"It copies the addresses of {', '.join(merged.copied[:4])}: compare them every month.")
    if merged.dropped:
        parts.append(f"It leaves out {', '.join(merged.dropped[:4])}.")
    if merged.result is SpfResult.PERMERROR:
        parts.append("Even merged it is not valid; take out senders that are no longer used.")
    return " ".join(parts)


def spf_protects(facts: DomainFacts) -> Iterator[Finding]:
    """A valid record that lets strangers in."""
    spf = facts.spf
    if spf.result is not SpfResult.VALID:
        return
    if spf.matches_all:
        yield Finding(Severity.ERROR, "dns.spf.lets_everyone_in", _open_by(spf), facts.name, spf.record)
    elif spf.ending == "?":
        message = "End the record with ~all: as it stands, strangers are neither let in nor kept out."
        yield Finding(Severity.WARNING, "dns.spf.neutral", message, facts.name, spf.record)
    for term in spf.own_terms:
        is_wide = 0 < term.cidr4 <= WIDE4 or 0 < term.cidr6 <= WIDE6
        if term.qualifier == "+" and is_wide:
            message = (
                f"Narrow “{term.text[:60]}”: the range holds millions of addresses, and each may send as this domain."
            )
            yield Finding(Severity.WARNING, "dns.spf.wide", message, facts.name, spf.record)


def _open_by(spf: Spf) -> str:
    if any(term.name == "all" and term.qualifier == "+" for term in spf.own_terms):
        return "Replace +all by ~all: now anybody may send as this domain."
    return "Take out the term that matches every address, such as /0 or an include with +all: anybody may send."


def spf_is_tidy(facts: DomainFacts) -> Iterator[Finding]:
    """Terms that do nothing, or not what they were meant to."""
    spf, names = facts.spf, [term.name for term in facts.spf.own_terms]
    if spf.result is not SpfResult.VALID:
        return
    if "ptr" in names:
        message = "Remove ptr: it is slow and receivers ignore it (RFC 7208 5.5)."
        yield Finding(Severity.WARNING, "dns.spf.ptr", message, facts.name, spf.record)
    if "all" in names and "redirect" in names:
        message = "Remove redirect=: beside all it is never used."
        yield Finding(Severity.WARNING, "dns.spf.redirect_unused", message, facts.name, spf.record)
    if "all" in names and any(name not in ("redirect", "exp", "unknown") for name in names[names.index("all") + 1 :]):
        message = "Move all to the end: what stands behind it is never used."
        yield Finding(Severity.WARNING, "dns.spf.after_all", message, facts.name, spf.record)
    for term in spf.own_terms:
        if term.name == "unknown" and term.text.split("=")[0].lower() in MECHANISMS:
            message = f"Write a colon in place of the = in “{term.text[:60]}”: as it stands, receivers skip it."
            yield Finding(Severity.WARNING, "dns.spf.skipped", message, facts.name, spf.record)


def spf_has_room(facts: DomainFacts) -> Iterator[Finding]:
    """Look-ups and bytes that are left."""
    spf = facts.spf
    if spf.result is not SpfResult.VALID:
        return
    if spf.lookups >= MAX_LOOKUPS - 1:
        message = f"The record needs {spf.lookups} of {MAX_LOOKUPS} look-ups: remove an include before adding a sender."
        yield Finding(Severity.NOTE, "dns.spf.near_limit", message, facts.name, spf.record)
    size = len(spf.record)
    if size > TOO_LONG:
        message = f"Shorten the record to {LONG} characters: {size} do not fit a small packet."
        yield Finding(Severity.WARNING, "dns.spf.long", message, facts.name, spf.record)
    elif size > LONG:
        message = f"Shorten the record: it has {size} characters, and {LONG} fit into one small answer."
        yield Finding(Severity.WARNING, "dns.spf.long", message, facts.name, spf.record)
    elif (whole := answer_bytes(facts.name, facts.records[facts.name, "TXT"].values)) > TOO_LONG:
        message = f"Remove texts at {facts.name} that nobody needs: {whole} bytes do not fit one small answer."
        yield Finding(Severity.NOTE, "dns.spf.crowded", message, facts.name)


SPF_RULES: list[Rule[DomainFacts]] = [spf_is_valid, spf_protects, spf_is_tidy, spf_has_room]
