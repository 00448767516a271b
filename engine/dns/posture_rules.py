"""Rules about what stands around the mail records: aliases, certificates, transport, alignment with the new sender."""

import re
from collections.abc import Callable, Iterator, Sequence

from engine.dns.answers import Answer, Status, printable
from engine.dns.expected import MISSING, OK, REMOVE, WRONG, Row
from engine.dns.facts import DomainFacts
from engine.dns.hosts import platform_of
from engine.dns.names import registrable
from engine.findings import Finding, Severity

PostureRule = Callable[[DomainFacts, Sequence[Row]], Iterator[Finding]]


def apex_is_no_alias(facts: DomainFacts, rows: Sequence[Row]) -> Iterator[Finding]:
    """A CNAME allows nothing beside it, and the root always has SOA and NS (RFC 1034 3.6.2, RFC 2181 10.1)."""
    alias = facts.records[facts.name, "CNAME"]
    if alias.values and registrable(facts.name) == facts.name:
        message = (
            f"Replace the CNAME at {facts.name} by A records or an ALIAS: at the root it breaks mail and name servers."
        )
        yield Finding(Severity.ERROR, "dns.host.apex_cname", message, f"{facts.name} CNAME", alias.values[0])


def aliases_lead_somewhere(facts: DomainFacts, rows: Sequence[Row]) -> Iterator[Finding]:
    """A CNAME to a platform on which nobody claims the name any more can be taken over by a stranger."""
    for host in (facts.name, f"www.{facts.name}"):
        alias, four, six = (facts.records.get((host, kind), Answer(Status.PENDING)) for kind in ("CNAME", "A", "AAAA"))
        if not alias.values or not (four.is_absent and six.is_absent):
            continue
        platform, place = platform_of(alias.values[0]), f"{host} CNAME"
        if platform:
            message = f"Remove this CNAME: nothing answers at {platform.name}, and a stranger may claim the name there."
        else:
            message = (
                "Correct or remove this CNAME: nothing stands at its target, and whoever claims that gets the visitors."
            )
        yield Finding(Severity.WARNING, "dns.host.dangling", message, place, alias.values[0])


def certificates_may_be_issued(facts: DomainFacts, rows: Sequence[Row]) -> Iterator[Finding]:
    """CAA names who may issue (RFC 8659); which authority a platform uses, the catalogue does not know yet."""
    shows_pages = any(row.purpose == "pages" and row.need != REMOVE for row in rows)
    answer = facts.records.get((facts.name, "CAA"))
    issuers = [match[1].strip() for value in answer.values if (match := _ISSUE.match(value))] if answer else []
    if not shows_pages or not issuers:
        return
    allowed = [name for name in (text.split(";")[0].strip() for text in issuers) if name]
    if not allowed:
        message = "Change the CAA record: it forbids every certificate, so the new platform cannot show pages by https."
        yield Finding(Severity.ERROR, "dns.caa.forbids_all", message, f"{facts.name} CAA")
        return
    message = f"Ask the new platform who issues its certificates; CAA allows {printable(', '.join(allowed[:4]))} alone."
    yield Finding(Severity.UNKNOWN, "dns.caa.unknown", message, f"{facts.name} CAA")


_ISSUE = re.compile(r'\d+\s+issue\s+"?([^"]*)"?', re.IGNORECASE)


def transport_is_noticed(facts: DomainFacts, rows: Sequence[Row]) -> Iterator[Finding]:
    """MTA-STS and TLS-RPT bind the mail servers by name (RFC 8461, RFC 8460): they matter when those move."""
    for name, start, code, message in (
        ("_mta-sts", "v=stsv1", "mta_sts", "Change the MTA-STS policy before the mail servers; others are refused."),
        ("_smtp._tls", "v=tlsrptv1", "tls_rpt", "Keep the TLS report record: it shows whether mail still arrives."),
    ):  # fmt: skip
        answer = facts.records.get((f"{name}.{facts.name}", "TXT"))
        if answer and any(value.lower().startswith(start) for value in answer.values):
            yield Finding(Severity.NOTE, f"dns.mx.{code}", message, f"{name}.{facts.name}")


def strict_alignment_fits(facts: DomainFacts, rows: Sequence[Row]) -> Iterator[Finding]:
    """Strict alignment wants the identical name; a platform that bounces or signs below the domain fails (9989 4.4)."""
    tags, place = facts.dmarc.tags, facts.dmarc.found_at
    wanted = [row for row in rows if row.need in ("required", "recommended") and not row.is_open]
    bounces = [row.name for row in wanted if row.purpose == "return_path"]
    signs = [
        row.name.split("._domainkey.")[-1] for row in wanted if row.purpose == "dkim" and "._domainkey." in row.name
    ]
    signs_below = bool(signs) and facts.name not in signs
    if tags.get("adkim", "r").lower() == "s" and signs_below:
        message = f"Change adkim=s to adkim=r: the new platform signs as {signs[0]}, which strict alignment refuses."
        yield Finding(Severity.ERROR, "dns.dmarc.strict_dkim", message, place, facts.dmarc.record)
    if tags.get("aspf", "r").lower() == "s" and bounces and facts.name not in bounces:
        message = f"Change aspf=s to aspf=r: the new platform bounces through {bounces[0]}, and then only DKIM counts."
        yield Finding(Severity.WARNING, "dns.dmarc.strict_spf", message, place, facts.dmarc.record)


def policy_waits_for_the_sender(facts: DomainFacts, rows: Sequence[Row]) -> Iterator[Finding]:
    """With an enforced policy the new sender must be aligned before its first message."""
    keys = [row for row in rows if row.purpose == "dkim" and row.need == "required" and row.verdict != OK]
    broken = [row for row in keys if row.verdict in (WRONG, MISSING)]
    if facts.dmarc.policy in ("quarantine", "reject") and broken:
        message = (
            f"Send nothing from the new platform yet: p={facts.dmarc.policy} is in force and its DKIM is not right."
        )
        yield Finding(Severity.WARNING, "dns.dmarc.not_ready", message, facts.dmarc.found_at, facts.dmarc.record)


POSTURE_RULES: list[PostureRule] = [
    apex_is_no_alias,
    aliases_lead_somewhere,
    certificates_may_be_issued,
    transport_is_noticed,
    strict_alignment_fits,
    policy_waits_for_the_sender,
]
