"""Questions as bytes, and responses as answers, on dnspython's messages."""

import re
from functools import lru_cache

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.SOA
import dns.rdtypes.ANY.TXT

from engine.dns.answers import Answer, Status
from engine.dns.names import MAX_NAME
from engine.dns.wire import read_quickly

PAYLOAD = 1232  # what passes every path unbroken (RFC 6891; DNS flag day 2020)
_EDNS = b"\x00" + (41).to_bytes(2, "big") + PAYLOAD.to_bytes(2, "big") + bytes(6)
RCODES = {dns.rcode.NXDOMAIN: Status.NXDOMAIN, dns.rcode.SERVFAIL: Status.SERVFAIL, dns.rcode.REFUSED: Status.REFUSED}
NO_EDNS = frozenset({dns.rcode.FORMERR, dns.rcode.NOTIMP})  # what a server says that does not know it
MAX_STEPS = 16
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*")


@lru_cache(maxsize=8192)
def question_bytes(name: str, kind: str) -> bytes:
    """The question section. Raises dns.exception.DNSException for a name that fits into none."""
    if _PLAIN.fullmatch(name) and len(name) <= MAX_NAME:
        owner = b"".join(bytes((len(label),)) + label.encode() for label in name.split(".")) + b"\x00"
    else:
        owner = dns.name.from_text(name).to_wire() or b""
    return owner + int(dns.rdatatype.from_text(kind)).to_bytes(2, "big") + b"\x00\x01"


def query_bytes(question: bytes, *, recursive: bool, edns: bool) -> bytes:
    """A query without its two bytes of id."""
    flags = b"\x01\x00" if recursive else b"\x00\x00"
    return flags + b"\x00\x01\x00\x00\x00\x00" + (b"\x00\x01" + question + _EDNS if edns else b"\x00\x00" + question)


def rcode_of(packet: bytes) -> int:
    """The code in the header, enough to tell whether EDNS was understood."""
    return packet[3] & 0x0F


def read_packet(packet: bytes, name: str, kind: str, server: str) -> Answer:
    """One response as an answer. Raises dns.exception.DNSException, ValueError for what cannot be read."""
    code = rcode_of(packet)
    if code not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return Answer(RCODES.get(dns.rcode.Rcode(code), Status.ERROR), server=server)
    quick = read_quickly(packet, question_bytes(name, kind), kind, server)
    return quick or read_answer(dns.message.from_wire(packet, ignore_trailing=True), kind, server)


def read_answer(response: dns.message.Message, kind: str, server: str) -> Answer:
    """One response as an answer. Records for names that were not asked do not count."""
    code = response.rcode()
    if code not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return Answer(RCODES.get(code, Status.ERROR), server=server)
    if not isinstance(response, dns.message.QueryMessage) or not response.question:
        return Answer(Status.ERROR, server=server)
    if response.answer and not _is_to_the_point(response):
        return Answer(Status.ERROR, server=server)
    chain, ttl, values = _walk(response, dns.rdatatype.from_text(kind))
    status = Status.OK if values else Status.NXDOMAIN if code == dns.rcode.NXDOMAIN else Status.NODATA
    is_own = bool(response.flags & dns.flags.AA)
    if values:
        return Answer(status, tuple(values), ttl, tuple(chain), server, is_own)
    negative, referral = _authority(response)
    ttl = negative if ttl is None else ttl
    return Answer(status, (), ttl, tuple(chain), server, is_own, "" if is_own or chain else referral)


def _is_to_the_point(response: dns.message.QueryMessage) -> bool:
    """Records about other names alone are no answer: resolvers throw them away and so learn nothing."""
    return any(rrset.name == response.question[0].name for rrset in response.answer)


def _walk(response: dns.message.QueryMessage, kind: dns.rdatatype.RdataType) -> tuple[list[str], int | None, list[str]]:
    """From the name that was asked along the CNAMEs to the records: (chain, smallest TTL, values)."""
    name, chain, ttls = response.question[0].name, list[str](), list[int]()
    while True:
        found = response.get_rrset(response.answer, name, dns.rdataclass.IN, kind)
        if found is not None:
            ttls.append(found.ttl)
            return chain, min(ttls), [_text(record) for record in found]
        cname = response.get_rrset(response.answer, name, dns.rdataclass.IN, dns.rdatatype.CNAME)
        if cname is None or len(chain) > MAX_STEPS:
            return chain, min(ttls, default=None), []
        ttls.append(cname.ttl)
        name = cname[0].target
        chain.append(_name(name))


def _authority(response: dns.message.QueryMessage) -> tuple[int | None, str]:
    """How long "there is nothing" may be remembered (RFC 2308 5), and the zone that this server points down to."""
    ttl, referral = None, ""
    for found in response.authority:
        if found.rdtype == dns.rdatatype.SOA and isinstance(found[0], dns.rdtypes.ANY.SOA.SOA):
            ttl = min(found.ttl, found[0].minimum)
        elif found.rdtype == dns.rdatatype.NS:
            referral = _name(found.name)
    return ttl, "" if ttl is not None else referral


def _name(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower() or "."


def _text(record: object) -> str:
    """A record's value as Answer promises it."""
    if isinstance(record, dns.rdtypes.ANY.TXT.TXT):
        return b"".join(record.strings).decode("latin-1")
    if hasattr(record, "exchange"):
        return f"{record.preference} {_name(record.exchange)}"  # type: ignore[attr-defined]
    if hasattr(record, "target") and not hasattr(record, "port"):
        return _name(record.target)
    return str(record.address) if hasattr(record, "address") else str(record)
