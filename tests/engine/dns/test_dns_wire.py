"""The quick reader against dnspython, on whole and on damaged packets: the same answer, or none."""

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dns.lines import fits
from engine.dns.reading import question_bytes, read_answer
from engine.dns.wire import TYPES, read_quickly

LABEL = st.sampled_from(["a", "B", "_dmarc", "mail", "xn--bcher-kva", "x" * 63, r"we\.ird", r"\032sp", r"q\"", "k1"])
NAME = st.lists(LABEL, min_size=1, max_size=3).map(lambda labels: ".".join([*labels, "example."]))
TTL = st.sampled_from([0, 1, 300, 86_400, 2**31 - 1])
OCTET = st.integers(0, 255)
QUAD = st.tuples(OCTET, OCTET, OCTET, OCTET).map(lambda parts: ".".join(map(str, parts)))
SIX = st.ip_addresses(v=6).map(str)
STRING = st.binary(max_size=60).map(lambda raw: '"' + "".join(f"\\{byte:03d}" for byte in raw) + '"')
NUMBER = st.integers(0, 2**32 - 1)
VALUES = {
    "A": QUAD,
    "AAAA": SIX,
    "NS": NAME,
    "CNAME": NAME,
    "MX": st.tuples(st.integers(0, 65_535), NAME | st.just(".")).map(lambda pair: f"{pair[0]} {pair[1]}"),
    "TXT": st.lists(STRING, min_size=1, max_size=4).map(" ".join),
    "SOA": st.tuples(NAME, NAME, NUMBER, NUMBER, NUMBER, NUMBER, st.integers(0, 2**31 - 1)).map(
        lambda parts: " ".join(map(str, parts))
    ),
    "CAA": st.just('0 issue "ca.example"'),
    "SRV": NAME.map(lambda name: f"1 2 3 {name}"),
}


@st.composite
def records(draw, owners):
    kind = draw(st.sampled_from(sorted(VALUES)))
    owner = draw(st.sampled_from(owners) | NAME)
    values = draw(st.lists(VALUES[kind], min_size=1, max_size=1 if kind in ("CNAME", "SOA") else 3, unique=True))
    return dns.rrset.from_text(owner, draw(TTL), "IN", kind, *values)


@st.composite
def packets(draw):
    """(question name, kind, response): it that may hold anything, CNAME chains among it."""
    name, kind = draw(NAME), draw(st.sampled_from(sorted(TYPES)))
    query = dns.message.make_query(name, kind, use_edns=draw(st.sampled_from([False, 0])), payload=1232, id=1)
    response = dns.message.make_response(query)
    response.set_rcode(draw(st.sampled_from([dns.rcode.NOERROR, dns.rcode.NXDOMAIN])))
    if draw(st.booleans()):
        response.flags |= dns.flags.AA
    owners = [name]
    for _ in range(draw(st.integers(0, 3))):
        target = draw(NAME)
        response.answer.append(dns.rrset.from_text(owners[-1], draw(TTL), "IN", "CNAME", target))
        owners.append(target)
    response.answer += draw(st.lists(records(owners), max_size=4))
    response.authority += draw(st.lists(records(owners), max_size=2))
    response.additional += draw(st.lists(records(owners), max_size=1))
    return name.rstrip("."), kind, response


def both(name, kind, wire):
    """What the quick reader says, and what dnspython says (None: an error)."""
    question = question_bytes(name, kind)
    if not fits(wire, question):
        return None, None
    quick = read_quickly(wire, question, kind, "s")
    try:
        slow = read_answer(dns.message.from_wire(wire, ignore_trailing=True), kind, "s")
    except (dns.exception.DNSException, ValueError):
        slow = None
    return quick, slow


@settings(max_examples=400)
@given(packets())
def test_whole_packets_are_read_alike(packet):
    name, kind, response = packet
    quick, slow = both(name, kind, response.to_wire(max_size=65_535))
    assert quick is None or quick == slow


@settings(max_examples=400)
@given(packets(), st.lists(st.tuples(st.integers(2, 400), OCTET), min_size=1, max_size=4), st.integers(0, 60))
def test_damaged_packets_are_read_alike_or_given_up(packet, changes, cut):
    name, kind, response = packet
    raw = bytearray(response.to_wire(max_size=65_535))
    for at, value in changes:
        if at < len(raw):
            raw[at] = value
    damaged = bytes(raw[: max(12, len(raw) - cut)])
    quick, slow = both(name, kind, damaged)
    assert quick is None or quick == slow


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_ordinary_packets_take_the_quick_way(kind):
    values = {"A": "192.0.2.1", "AAAA": "2001:db8::1", "MX": "10 m.example.", "TXT": '"v=spf1 -all"'}
    values["SOA"] = "ns1.example. admin.example. 1 2 3 4 5"
    response = dns.message.make_response(dns.message.make_query("d.example", kind, use_edns=0))
    response.answer.append(dns.rrset.from_text("d.example.", 300, "IN", kind, values.get(kind, "t.example.")))
    quick, slow = both("d.example", kind, response.to_wire())
    assert quick is not None
    assert quick == slow


@given(NAME, st.sampled_from(sorted(TYPES)))
def test_questions_are_written_as_dnspython_writes_them(name, kind):
    query = dns.message.make_query(name, kind, id=1).to_wire()
    assert question_bytes(name.rstrip("."), kind) == query[12 : 12 + len(question_bytes(name, kind))]
