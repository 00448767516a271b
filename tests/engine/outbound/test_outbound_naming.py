"""Names are looked up in the DNS alone, on a real name server on loopback."""

import ipaddress
import socket
import threading

import dns.message
import dns.rcode
import dns.rrset
import pytest

from engine.outbound import Failed, Refused, fetch, resolver_at

ZONE = {
    ("inside.example.org.", "A"): ["127.0.0.1"],
    ("inside6.example.org.", "AAAA"): ["::1"],
    ("both.example.org.", "A"): ["93.184.215.14"],
    ("both.example.org.", "AAAA"): ["fd00:ec2::254"],
    ("alias.example.org.", "A"): ["CNAME metadata.example.org.", "169.254.169.254"],
    ("half.example.org.", "A"): ["127.0.0.2"],
    ("half.example.org.", "AAAA"): ["SERVFAIL"],
    ("broken.example.org.", "A"): ["SERVFAIL"],
    ("broken.example.org.", "AAAA"): ["SERVFAIL"],
    ("empty.example.org.", "A"): [],
    ("empty.example.org.", "AAAA"): [],
}


def reply_to(wire):
    query = dns.message.from_wire(wire)
    (question,) = query.question
    reply = dns.message.make_response(query)
    name, kind = str(question.name), question.rdtype.name
    known = {host for host, _ in ZONE}
    if name not in known:
        reply.set_rcode(dns.rcode.NXDOMAIN)
    for value in ZONE.get((name, kind), []):
        if value == "SERVFAIL":
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif value.startswith("CNAME "):
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", value[6:]))
            name = value[6:]
        else:
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", kind, value))
    return reply.to_wire()


@pytest.fixture
def resolve():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                wire, peer = server.recvfrom(4_096)
            except OSError:
                return
            if wire == b"end":
                return
            server.sendto(reply_to(wire), peer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield resolver_at([server.getsockname()])
    server.sendto(b"end", server.getsockname())
    thread.join()
    server.close()


@pytest.mark.parametrize("name", ["inside", "inside6", "both", "alias"])
def test_a_name_that_the_dns_leads_inside_is_refused(name, resolve, trap, attempts):
    with pytest.raises(Refused):
        fetch(f"http://{name}.example.org:{trap.port}/", ports=(trap.port,), resolve=resolve)
    assert trap.connections == 0
    assert not [address for address in attempts if address[1] == trap.port]


@pytest.mark.parametrize("name", ["missing", "broken", "empty"])
def test_a_name_without_an_answer_fails_with_words(name, resolve):
    with pytest.raises(Failed) as failure:
        fetch(f"http://{name}.example.org/", resolve=resolve)
    assert failure.value.reason == "name"
    assert f"{name}.example.org" in str(failure.value)


def test_one_kind_of_address_is_enough(resolve, site):
    site.pages["/"] = (200, {}, b"here")
    front_door = [ipaddress.ip_network("127.0.0.2/32")]
    found = fetch(f"http://half.example.org:{site.port}/", allow=front_door, ports=(site.port,), resolve=resolve)
    assert found.body == b"here"
