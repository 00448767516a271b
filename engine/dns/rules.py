"""What to do about a domain: rules from its facts to findings. Nothing is looked up here."""

from collections.abc import Iterator

from engine.dns.dkim import ADVISED, DkimResult
from engine.dns.dmarc import DmarcResult
from engine.dns.expected import MISSING, OK, REMOVE, UNKNOWN, WRONG
from engine.dns.facts import DomainFacts
from engine.dns.mx import MxResult
from engine.dns.posture_rules import POSTURE_RULES, PostureRule
from engine.dns.server_rules import SERVER_RULES
from engine.dns.spf_rules import SPF_RULES
from engine.dns.subject import Subject
from engine.findings import Finding, Rule, Severity, judge
from engine.platforms import Match


def name_is_there(subject: Subject) -> Iterator[Finding]:
    if subject.facts.is_unreadable:
        message = "Check again later: no name server answers for this domain."
        yield Finding(Severity.UNKNOWN, "dns.name.unreadable", message, subject.name)
    elif subject.facts.does_not_exist:
        message = "Correct the spelling or register the domain: it does not exist."
        yield Finding(Severity.ERROR, "dns.name.missing", message, subject.name)


def dmarc_is_there(subject: Subject) -> Iterator[Finding]:
    dmarc, place = subject.facts.dmarc, f"_dmarc.{subject.name}"
    if dmarc.result is DmarcResult.UNKNOWN:
        yield Finding(Severity.UNKNOWN, "dns.dmarc.unreadable", dmarc.problem, place)
    elif dmarc.result is DmarcResult.INVALID:
        yield Finding(Severity.ERROR, f"dns.dmarc.{dmarc.code}", dmarc.problem, dmarc.found_at, dmarc.record)
    elif dmarc.result is DmarcResult.NONE:
        suggestion = f"v=DMARC1; p=none; rua=mailto:dmarc@{subject.name}"
        yield Finding(Severity.WARNING, "dns.dmarc.missing", dmarc.problem, place, suggestion=suggestion)
    for code, message in dmarc.warnings:
        severity = Severity.UNKNOWN if code.endswith("_unknown") else _DMARC_NOTES.get(code, Severity.WARNING)
        yield Finding(severity, f"dns.dmarc.{code}", message, dmarc.found_at, dmarc.record)


_DMARC_NOTES = dict.fromkeys(("no_reports", "removed_tag", "unknown_tag", "bad_value"), Severity.NOTE)


def mx_is_reachable(subject: Subject) -> Iterator[Finding]:
    mx = subject.facts.mx
    if mx.result is MxResult.NONE:
        message = "Check that this domain needs no mailbox: it has no mail server (MX)."
        yield Finding(Severity.NOTE, "dns.mx.missing", message, subject.name)
    for code, message in mx.problems:
        severity = Severity.UNKNOWN if code == "unreadable" else Severity.ERROR
        yield Finding(severity, f"dns.mx.{code}", message, subject.name)
    for code, message in mx.warnings:
        yield Finding(Severity.WARNING, f"dns.mx.{code}", message, subject.name)


def dkim_keys_are_good(subject: Subject) -> Iterator[Finding]:
    facts = subject.facts
    is_told = any(row.is_open and row.purpose == "dkim" for row in subject.rows)
    is_below = any(row.found and row.purpose == "dkim" for row in subject.rows)  # the key of a sub-domain
    if subject.sends_mail and facts.has_no_keys and not (facts.asked_selectors or is_below):
        message = "Set up DKIM at every sender in use: this domain has no key at all."
        yield Finding(Severity.WARNING, "dns.dkim.none_at_all", message, f"_domainkey.{facts.name}")
    elif subject.sends_mail and not facts.asked_selectors and not facts.dkim and not is_told:
        message = "Give the DKIM selector, or paste the records from the account: without it DKIM cannot be checked."
        yield Finding(Severity.UNKNOWN, "dns.dkim.no_selector", message, subject.name)
    for key in facts.dkim:
        place = f"{key.selector}._domainkey.{facts.name}"
        if key.result is DkimResult.UNKNOWN:
            yield Finding(Severity.UNKNOWN, "dns.dkim.unreadable", key.problem, place)
        elif key.result is not DkimResult.OK:
            is_wanted = key.selector in facts.asked_selectors  # an old sender's broken key harms nobody
            severity = Severity.ERROR if is_wanted else Severity.NOTE
            yield Finding(severity, f"dns.dkim.{key.result.value}", key.problem, place, key.target)
        elif key.bits and key.bits < ADVISED:
            message = f"Make a key of {ADVISED} bits when the vendor offers it; this one has {key.bits}."
            yield Finding(Severity.NOTE, "dns.dkim.short", message, place)
        if key.result is DkimResult.OK and key.is_test:
            message = "Take DKIM out of test mode (t=y): receivers treat the mail as unsigned."
            yield Finding(Severity.WARNING, "dns.dkim.test_mode", message, place)


def expected_records_are_there(subject: Subject) -> Iterator[Finding]:
    """The platform's records, where no rule above has spoken about the same name already."""
    told = {
        f"{key.selector}._domainkey.{subject.name}" for key in subject.facts.dkim if key.result is not DkimResult.OK
    }
    for row in subject.rows:
        if row.need == REMOVE or row.verdict == OK or row.is_open or row.name in told or row.purpose == "dmarc":
            continue
        severity = Severity.NOTE if row.need != "required" else _BY_VERDICT[row.verdict]
        code, place = f"dns.expected.{row.verdict}", f"{row.name} {row.type}"
        yield Finding(severity, code, row.sentence, place, "", row.expected if row.match == Match.EXACT else "")


_BY_VERDICT = {UNKNOWN: Severity.UNKNOWN, WRONG: Severity.ERROR, MISSING: Severity.ERROR}


def account_values_are_pasted(subject: Subject) -> Iterator[Finding]:
    """Records that only the account shows: until they are pasted nobody can tell."""
    open_rows = [row for row in subject.rows if row.is_open and row.need == "required"]
    if open_rows:
        kinds = " and ".join(dict.fromkeys(_IN_WORDS.get(row.purpose, row.purpose) for row in open_rows))
        message = f"Paste the {kinds} records that the new platform's account shows; until then nobody can tell."
        yield Finding(Severity.UNKNOWN, "dns.expected.not_pasted", message, subject.name)


_IN_WORDS = {"dkim": "DKIM", "spf": "SPF", "return_path": "return path", "mx": "MX", "pages": "page"}


def old_records_are_gone(subject: Subject) -> Iterator[Finding]:
    for row in subject.rows:
        if row.need == REMOVE and row.verdict == WRONG:
            place = f"{row.name} {row.type}"
            yield Finding(Severity.NOTE, "dns.old_sender.left", row.sentence, place, "; ".join(row.found))


def findings_of(subject: Subject) -> Iterator[Finding]:
    """Every rule, unless there is nothing to judge."""
    yield from judge(subject, RULES if subject.can_be_judged else [name_is_there])


def _around(rule: PostureRule) -> Rule[Subject]:
    return lambda subject: rule(subject.facts, subject.rows)


def _about_spf(rule: Rule[DomainFacts]) -> Rule[Subject]:
    return lambda subject: rule(subject.facts)


RULES: list[Rule[Subject]] = [
    name_is_there,
    *(_about_spf(rule) for rule in SPF_RULES),
    dmarc_is_there,
    mx_is_reachable,
    dkim_keys_are_good,
    expected_records_are_there,
    account_values_are_pasted,
    old_records_are_gone,
    *(_around(rule) for rule in POSTURE_RULES),
    *SERVER_RULES,
]
