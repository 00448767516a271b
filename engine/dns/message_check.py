"""A real test message judged: does anything vouch for its sender? In words, with one line for the DNS person."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import dkim

from engine.dns.alignment import is_aligned
from engine.dns.answers import Answers, Lookup, printable
from engine.dns.asking import settled
from engine.dns.dkim import DkimResult, check_dkim
from engine.dns.dmarc import Dmarc, DmarcResult, check_dmarc
from engine.dns.message import Message, Signature, read_message
from engine.dns.spf import check_spf

SECONDS = 8.0
_SILENT = logging.Logger("message", level=logging.CRITICAL + 1)  # nothing of a message reaches a log


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105  the word of the standards
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Part:
    """One method. `sentence` is for the owner, `line` for the DNS person; aligned: speaks for the visible sender."""

    method: str
    outcome: Outcome
    sentence: str
    line: str
    domain: str = ""
    aligned: bool | None = None

    @property
    def counts(self) -> bool:
        return self.outcome is Outcome.PASS and self.aligned is True


@dataclass(frozen=True, slots=True)
class MessageReport:
    """The verdicts; nothing of the message but the domains in it."""

    author: str
    spf: Part
    dkim: tuple[Part, ...]
    dmarc: Part
    has_body: bool

    @property
    def parts(self) -> tuple[Part, ...]:
        return (self.dmarc, *self.dkim, self.spf)


def check_message(data: bytes, *, is_pasted: bool = False, nameservers: Sequence[str] = ()) -> MessageReport:
    """Read, ask, judge. A message that was pasted may have been changed by that. Raises BadMessage, BadNameserver."""
    message = read_message(data)
    verified: dict[int, tuple[Outcome, str]] = {}

    def judge(lookup: Answers) -> MessageReport:
        return judge_message(message, lookup, is_pasted=is_pasted, verified=verified)

    return settled(judge, nameservers, seconds=SECONDS)


Verified = dict[int, tuple[Outcome, str]]


def judge_message(message: Message, lookup: Lookup, *, is_pasted: bool, verified: Verified) -> MessageReport:
    """Pure but for `verified`, which keeps what was computed once."""
    author = message.authors[0] if len(message.authors) == 1 else ""
    policy = check_dmarc(author, lookup) if author else Dmarc(DmarcResult.UNKNOWN)
    adkim, aspf = (policy.tags.get(tag, "r").lower() for tag in ("adkim", "aspf"))
    keys = []
    for signature in message.signatures:
        aligned = is_aligned(signature.domain, author, adkim, lookup) if author else None
        keys.append(_dkim(message, signature, aligned, lookup, is_pasted, verified))
    spf_aligned = is_aligned(message.bounce, author, aspf, lookup) if author and message.bounce else None
    spf = _spf(message, spf_aligned, author, lookup)
    none = Part(
        "DKIM",
        Outcome.FAIL,
        "The message carries no DKIM signature; switch DKIM on at the sender.",
        "no DKIM-Signature",
    )
    found = tuple(keys) or (none,)
    return MessageReport(author, spf, found, _dmarc(message, author, policy, spf, found), message.has_body)


def _dkim(
    message: Message, signature: Signature, aligned: bool | None, lookup: Lookup, is_pasted: bool, verified: Verified
) -> Part:
    name = f"{signature.selector}._domainkey.{signature.domain}"
    outcome, why = _verdict(message, signature, lookup, is_pasted, verified)
    speaks = {
        True: "and speaks for the sender",
        False: "but for another domain than the sender's",
        None: "as far as can be told",
    }
    sentences = {
        Outcome.PASS: f"{signature.domain} signed this message, it arrived unchanged, {speaks[aligned]}.",
        Outcome.FAIL: f"The signature of {signature.domain} does not hold: {why}",
        Outcome.UNKNOWN: f"The signature of {signature.domain} cannot be verified: {why}",
    }
    line = f"d={signature.domain} s={signature.selector} a={signature.algorithm}; key at {name}"
    return Part("DKIM", outcome, sentences[outcome], line, signature.domain, aligned)


def _verdict(
    message: Message, signature: Signature, lookup: Lookup, is_pasted: bool, verified: Verified
) -> tuple[Outcome, str]:
    key = check_dkim(signature.domain, signature.selector, lookup)
    if key.result is DkimResult.UNKNOWN:
        return Outcome.UNKNOWN, key.problem
    if key.result is not DkimResult.OK:
        return Outcome.FAIL, key.problem
    if not message.has_body:
        return Outcome.UNKNOWN, "only the headers are here. Save the message as a file (.eml) and give that."
    if signature.index not in verified:
        verified[signature.index] = _verify(message, signature, key.record, is_pasted)
    return verified[signature.index]


def _verify(message: Message, signature: Signature, record: str, is_pasted: bool) -> tuple[Outcome, str]:
    """By dkimpy, over the key that was fetched here."""
    changed = "the message was changed on its way, for example by a mailing list or a scanner."
    if is_pasted:
        changed = "the text differs from what was signed; pasting does that too. Give the saved message (.eml)."
    try:
        verifier = dkim.DKIM(message.raw, logger=_SILENT, minkey=1024)
        holds = verifier.verify(signature.index, dnsfunc=lambda *args, **kwargs: record.encode("latin-1"))
    except dkim.NaClNotFoundError:
        return (
            Outcome.UNKNOWN,
            "its kind (Ed25519) is not verified here, and by few receivers; an RSA signature counts.",
        )
    except dkim.ValidationError as error:
        is_body = "body hash" in str(error)
        return (
            _broken(changed, is_pasted)
            if is_body
            else (Outcome.FAIL, "its own fields contradict each other or have expired.")
        )
    except Exception:  # whatever a strange message does to the library, it is no verdict
        return Outcome.UNKNOWN, "the message or the signature cannot be read."
    return (Outcome.PASS, "") if holds else _broken(changed, is_pasted)


def _broken(changed: str, is_pasted: bool) -> tuple[Outcome, str]:
    return (Outcome.UNKNOWN if is_pasted else Outcome.FAIL), changed


def _spf(message: Message, aligned: bool | None, author: str, lookup: Lookup) -> Part:
    """What the receiver said, since he alone saw the sending server; beside it the record as it is now."""
    said, bounce = message.said_of("spf"), message.bounce
    if not bounce:
        text = (
            "Nobody can tell from this text which domain the message bounces to; give the message as it was received."
        )
        return Part("SPF", Outcome.UNKNOWN, text, "no Return-Path, no smtp.mailfrom")
    now = check_spf(bounce, lookup)
    line = f"MAIL FROM {bounce}; record now {now.result}" + (f": {printable(now.record)[:200]}" if now.record else "")
    if said is None:
        text = f"The receiver left no SPF result, so nobody can tell; the record of {bounce} is {now.result} today."
        return Part("SPF", Outcome.UNKNOWN, text, line, bounce, aligned)
    by = f" ({said.by})" if said.by else ""
    if said.result == "pass":
        speaks = (
            "which speaks for the sender"
            if aligned
            else f"which is not the sender's {author}"
            if aligned is False
            else "as far as can be told"
        )
        return Part(
            "SPF",
            Outcome.PASS,
            f"The receiver{by} let the server in as one of {bounce}, {speaks}.",
            line,
            bounce,
            aligned,
        )
    if said.result in ("temperror", "none", "neutral"):
        text = f"The receiver{by} says “{said.result}”: SPF vouches for nobody here."
    else:
        text = f"The receiver{by} says “{printable(said.result)[:20]}”: the server may not send for {bounce}."
    outcome = Outcome.UNKNOWN if said.result == "temperror" else Outcome.FAIL
    return Part("SPF", outcome, text, line, bounce, aligned)


def _dmarc(message: Message, author: str, policy: Dmarc, spf: Part, keys: Sequence[Part]) -> Part:
    if not author:
        words = "has several senders" if message.authors else "names no sender that can be read"
        return Part(
            "DMARC", Outcome.UNKNOWN, f"The message {words} in its From line, so DMARC cannot be judged.", "From"
        )
    stands = f"p={policy.policy} at {policy.found_at}" if policy.policy else f"no policy ({policy.result})"
    said = message.said_of("dmarc")
    line = f"From {author}; {stands}" + (f"; the receiver said {printable(said.result)[:20]}" if said else "")
    good = [part for part in (*keys, spf) if part.counts]
    if good:
        by = " and ".join(dict.fromkeys(part.method for part in good))
        text = f"{by} vouches for {author}: this message passes DMARC."
        return Part("DMARC", Outcome.PASS, text, line, author, True)
    unclear = [part for part in (*keys, spf) if part.outcome is Outcome.UNKNOWN and part.aligned is not False]
    unclear += [part for part in (*keys, spf) if part.outcome is Outcome.PASS and part.aligned is None]
    if unclear:
        text = f"Nobody can tell yet whether anything vouches for {author}; see below what is missing."
        return Part("DMARC", Outcome.UNKNOWN, text, line, author)
    text = f"Nothing vouches for {author}: {_consequence(policy)}"
    return Part("DMARC", Outcome.FAIL, text, line, author, False)


def _consequence(policy: Dmarc) -> str:
    if policy.result is DmarcResult.UNKNOWN:
        return "what receivers do with it cannot be told now."
    words = {"reject": "receivers refuse it.", "quarantine": "receivers put it into the spam folder."}
    return words.get(
        policy.policy or "", "it arrives only as far as receivers are lenient. Set up DKIM for the domain first."
    )
