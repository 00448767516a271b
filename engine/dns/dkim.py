"""DKIM keys at selectors: record read, key measured, CNAME followed (RFC 6376 3.6.1, RFC 8301, RFC 8463)."""

import base64
import binascii
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from engine.dns.answers import Answer, Lookup, Status, normal
from engine.platforms import name_matches

WEAK_BELOW = 1024
ADVISED = 2048
PROBE = "migrator-asks-for-nothing"  # a label that nobody publishes: what answers here is a wildcard
_TAG = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*=([^;]*)")


class DkimResult(StrEnum):
    OK = "ok"
    MISSING = "missing"
    REVOKED = "revoked"
    INVALID = "invalid"
    WEAK = "weak"
    DANGLING = "dangling"
    WRONG_TARGET = "wrong_target"
    UNKNOWN = "unknown"


MAY_BE_ELSEWHERE = (DkimResult.OK, DkimResult.WEAK, DkimResult.DANGLING, DkimResult.REVOKED)


@dataclass(frozen=True, slots=True)
class Dkim:
    """One selector. `target` is where its CNAME leads, "" without one; `bits` the length of an RSA key."""

    selector: str
    result: DkimResult
    problem: str = ""
    target: str = ""
    bits: int | None = None
    key_type: str = ""
    is_test: bool = False
    record: str = ""

    def as_json(self) -> dict[str, object]:
        return {
            "selector": self.selector, "result": self.result.value, "target": self.target or None, "bits": self.bits,
            "problem": self.problem or None,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Key:
    """One key record as read."""

    result: DkimResult
    problem: str = ""
    bits: int | None = None
    key_type: str = "rsa"
    is_test: bool = False


def check_dkim(
    domain: str, selector: str, lookup: Lookup, targets: tuple[str, ...] = (), *, is_asked: bool = True
) -> Dkim:
    """The state of one selector. `targets`: names below which its CNAME should lead, where the platform states them.

    One that is only probed (`is_asked` false) may be missing, so no reason is looked for.
    """
    name = f"{selector}._domainkey.{domain}"
    answer = lookup(name, "TXT")
    chain, is_broken = _chain(name, answer, lookup, is_worth_waiting=bool(targets))
    target = chain[-1] if chain else ""
    if answer.is_absent and not target and not is_asked:
        return Dkim(selector, DkimResult.MISSING)
    found = _judge(domain, selector, lookup, answer, target, is_broken)
    leads_there = any(name_matches(step, wanted) for step in chain for wanted in targets)
    if target and targets and not leads_there and found.result in MAY_BE_ELSEWHERE:
        problem = f"Point {name} to {targets[0]}; it leads to {chain[0]}."
        return Dkim(selector, DkimResult.WRONG_TARGET, problem, chain[0], found.bits, found.key_type)
    return found


def _chain(name: str, answer: Answer, lookup: Lookup, *, is_worth_waiting: bool) -> tuple[tuple[str, ...], bool]:
    """The CNAME's way, and whether it is a loop; resolvers answer a loop with a failure, so each step is asked.

    After a silence only where the target is known: there the row of the platform asks for the CNAME anyway.
    """
    if answer.is_loop:
        return answer.chain, True
    if not answer.has_failed or (answer.status is Status.TIMEOUT and not is_worth_waiting):
        return answer.chain, False
    steps: list[str] = []
    here = name
    while len(steps) < 10:
        step = lookup(here, "CNAME")
        if not step.values:
            return tuple(steps), False
        here = normal(step.values[0])
        if here == name or here in steps:
            return (*steps, here), True
        steps.append(here)
    return tuple(steps), True


def _judge(domain: str, selector: str, lookup: Lookup, answer: Answer, target: str, is_loop: bool) -> Dkim:
    name = f"{selector}._domainkey.{domain}"
    if is_loop:
        return Dkim(selector, DkimResult.DANGLING, f"Correct the CNAME of {name}: it leads in a circle.", target)
    if answer.has_failed or answer.is_pending:
        return Dkim(selector, DkimResult.UNKNOWN, f"Check again later: {answer.why}.", target)
    if answer.is_absent and not target:
        return _absent(domain, selector, lookup)
    found = _read(name, selector, answer, target)
    if found.result not in (DkimResult.INVALID, DkimResult.DANGLING):
        return found
    return _unless_wildcard(found, domain, answer, lookup)


def _read(name: str, selector: str, answer: Answer, target: str) -> Dkim:
    """What stands at the name, judged by its content alone."""
    if answer.is_absent:
        problem = f"Switch DKIM on at the vendor, or correct the CNAME: nothing stands at {target}."
        return Dkim(selector, DkimResult.DANGLING, problem, target)
    keys = [text for text in answer.values if looks_like_key(text)]
    if not keys:
        return Dkim(selector, DkimResult.INVALID, _what_stands_there(name, answer.values), target)
    if len(answer.values) > 1:
        problem = f"Leave one TXT at {name}; several make the key undefined."
        return Dkim(selector, DkimResult.INVALID, problem, target)
    key = parse_key(keys[0])
    return Dkim(selector, key.result, key.problem, target, key.bits, key.key_type, key.is_test, keys[0])


def _unless_wildcard(found: Dkim, domain: str, answer: Answer, lookup: Lookup) -> Dkim:
    """Where a name that nobody publishes answers the same, nothing was published at the selector (RFC 4592)."""
    probe = lookup(f"{PROBE}._domainkey.{domain}", "TXT")
    if probe.has_failed:
        return replace(found, result=DkimResult.UNKNOWN, problem=f"Check again later: {probe.why}.")
    if (probe.values or probe.chain) and (set(probe.values), probe.chain) == (set(answer.values), answer.chain):
        problem = f"Publish {found.selector}._domainkey.{domain}; only a wildcard answers there."
        return Dkim(found.selector, DkimResult.MISSING, problem, found.target)
    return found


def _absent(domain: str, selector: str, lookup: Lookup) -> Dkim:
    """Nothing there: a name typed with the domain twice, or really nothing."""
    name = f"{selector}._domainkey.{domain}"
    twice = lookup(f"{name}.{domain}", "TXT")
    if any(looks_like_key(text) for text in twice.values):
        problem = f"Enter only {selector}._domainkey as the host: the panel added {domain} a second time."
        return Dkim(selector, DkimResult.MISSING, problem)
    return Dkim(selector, DkimResult.MISSING, f"Publish {name}.")


def _what_stands_there(name: str, values: tuple[str, ...]) -> str:
    text = values[0].strip().strip('"').rstrip(".") if values else ""
    if re.fullmatch(r"[A-Za-z0-9._-]+\.[A-Za-z]{2,}", text):
        return f"Change {name} from TXT to CNAME: a host name stands there as text."
    return f"Replace the text at {name}: it is no DKIM key."


def looks_like_key(text: str) -> bool:
    """A TXT that is meant as a key: it has a p= tag, or says that it is DKIM."""
    start = re.sub(r"[\s\"']", "", text[:40]).lower()
    if start.startswith(("v=spf1", "v=dmarc1", "v=sts", "v=tls", "v=bimi")):
        return False
    return bool(re.search(r"(^|;)[\s\"]*p\s*=", text)) or start.startswith("v=dkim1")


def parse_key(text: str) -> Key:
    """One key record (3.6.1); where it is broken by signs that were pasted along, they are named."""
    key = _parse(text)
    odd = _pasted_badly(text) if key.result is DkimResult.INVALID else None
    return replace(key, problem=odd) if odd else key


def _parse(text: str) -> Key:
    """Tags, then the key itself."""
    pairs = []
    for part in text.split(";"):
        match = _TAG.fullmatch(part)
        if match is None and part.strip():
            return Key(DkimResult.INVALID, f"Correct “{part.strip()[:40]}” in the key record.")
        if match:
            pairs.append((match[1], match[2].strip()))
    tags = dict(pairs)
    if len(tags) < len(pairs):
        return Key(DkimResult.INVALID, "Keep each tag of the key record once.")
    if "v" in tags and (pairs[0][0] != "v" or tags["v"] != "DKIM1"):
        return Key(DkimResult.INVALID, "Begin the key record with v=DKIM1.")
    if "p" not in tags:
        return Key(DkimResult.INVALID, "Add the key: the p= tag is missing.")
    if (unfit := _unfit_for_mail(tags)) is not None:
        return Key(DkimResult.INVALID, unfit)
    is_test = "y" in _words(tags, "t")
    return _measure(tags["p"], tags.get("k", "rsa") or "rsa", is_test)


def _pasted_badly(text: str) -> str | None:
    """Signs of the zone file or the panel that became part of the value."""
    if '"' in text:
        return "Paste the key without quotation marks: they became part of the record."
    if "\\" in text:
        return "Paste the key without backslashes: they became part of the record."
    return None


def _words(tags: dict[str, str], tag: str) -> list[str]:
    return [word.strip().lower() for word in tags.get(tag, "").split(":") if word.strip()]


def _unfit_for_mail(tags: dict[str, str]) -> str | None:
    """A key for another service, or for SHA-1 alone, verifies no mail (RFC 6376 3.6.1, RFC 8301 3.1)."""
    services, hashes = _words(tags, "s"), _words(tags, "h")
    if services and not {"*", "email"} & set(services):
        return "Take s= out of the key record, or make it s=email: as it stands, the key is not for mail."
    if hashes and "sha256" not in hashes:
        return "Take h= out of the key record, or make it h=sha256: receivers no longer accept other hashes."
    return None


def _measure(encoded: str, kind: str, is_test: bool) -> Key:
    kind = kind.lower()
    packed = re.sub(r"\s", "", encoded)
    if not packed:
        return Key(DkimResult.REVOKED, "Publish a new key: this one has been withdrawn (p= is empty).", key_type=kind)
    try:
        raw = base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        return Key(DkimResult.INVALID, "Copy the key again: its letters are damaged.", key_type=kind)
    if kind == "ed25519":
        problem = "" if len(raw) == 32 else "Copy the key again: an Ed25519 key has 32 bytes."
        return Key(DkimResult.INVALID if problem else DkimResult.OK, problem, key_type=kind, is_test=is_test)
    if kind != "rsa":
        return Key(DkimResult.INVALID, f"Use an RSA key: receivers do not know k={kind[:20]}.", key_type=kind)
    bits = rsa_bits(raw)
    if bits is None:
        return Key(DkimResult.INVALID, "Copy the key again: it is no RSA key.", key_type=kind)
    if bits < WEAK_BELOW:
        return Key(
            DkimResult.WEAK, f"Make a new key of {ADVISED} bits: receivers reject {bits} bits.", bits, kind, is_test
        )
    return Key(DkimResult.OK, "", bits, kind, is_test)


@lru_cache(maxsize=1024)
def rsa_bits(raw: bytes) -> int | None:
    """The length of an RSA key, as SubjectPublicKeyInfo or as bare RSAPublicKey (both are in use); None for others."""
    try:
        key = load_der_public_key(raw)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key.key_size if isinstance(key, RSAPublicKey) else None
