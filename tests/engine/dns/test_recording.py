"""Every known name read from the zone's own servers, against real name servers on loopback."""

from ipaddress import ip_network

import pytest

from engine.dns.recording import Allowed, NobodyAnswers, names_of, read_again, record_domain, types_of
from tests.domains.conftest import OwnServer

D = "sunrise-yoga.example"
LOOPBACK = [ip_network("127.0.0.0/8")]


def zone(**more):
    return {
        D: {"A": ["192.0.2.1"], "NS": ["ns1.hosting.example."], "TTL": 7200},
        "ns1.hosting.example": {"A": ["127.0.0.1"]},
        f"www.{D}": {"CNAME": [f"{D}."]},
    } | more


def read(server, names=(D, f"www.{D}"), **allowed):
    ports = allowed.pop("ports", [server.port])
    return record_domain(
        D, names, nameservers=[server.address], allowed=Allowed(allowed.pop("networks", LOOPBACK), ports)
    )


def kept(found):
    return {(one.name, one.type): one for one in found.there}


def test_an_alias_is_kept_and_not_what_lies_behind_it():
    with OwnServer(zone()) as server:
        found = kept(read(server))
    assert found[f"www.{D}", "CNAME"].values == (D,)
    assert (f"www.{D}", "A") not in found
    assert found[D, "A"].ttl == 7200


@pytest.mark.parametrize("allowed", [{"networks": []}, {"ports": [80, 443, 9]}])
def test_what_is_not_allowed_is_not_asked_and_a_resolver_answers(allowed):
    with OwnServer(zone()) as server:
        found = read(server, **allowed)
    assert kept(found)[D, "A"].via == "resolver"


def test_a_server_that_is_not_responsible_is_not_believed():
    class Lame(OwnServer):
        def answer(self, wire, *, by_tcp):
            response = super().answer(wire, by_tcp=by_tcp)
            return response[:2] + bytes([response[2] & 0xFB]) + response[3:]

    with Lame(zone()) as server:
        assert kept(read(server))[D, "A"].via == "resolver"


def test_usual_names_behind_a_wildcard_are_not_kept_as_records_of_their_own():
    class Wild(OwnServer):
        def _fill(self, response, name, kind):
            known = self.zone.get(name)
            if known is None and name.endswith(f".{D}"):
                self.zone[name] = {"A": ["192.0.2.99"]}
            super()._fill(response, name, kind)

    with Wild(zone(**{f"mail.{D}": {"A": ["192.0.2.5"]}})) as server:
        found = read(server, names_of(D))
    assert found.has_wildcard
    assert {name for name, _ in kept(found)} == {D, f"www.{D}", f"mail.{D}", f"*.{D}"}


def test_nothing_at_all_is_nothing_to_keep():
    with OwnServer(zone()) as server:
        server.refuses = True
        with pytest.raises(NobodyAnswers, match="nothing to keep"):
            read(server)


def test_reading_again_tells_unknown_from_gone():
    with OwnServer(zone(**{f"mail.{D}": "SERVFAIL"})) as server:
        keys = [(D, "A"), (f"mail.{D}", "A"), (f"gone.{D}", "A")]
        found = read_again({D: keys}, nameservers=[server.address], allowed=Allowed(LOOPBACK, [server.port]))[D]
    assert [(one.is_there, one.is_unknown) for one in found] == [(True, False), (False, True), (False, False)]


def test_names_stay_inside_the_domain_and_are_bounded():
    rows = [{"name": "(from the account)"}, {"name": "*.x"}, {"name": f"k1._domainkey.{D}"}]
    names = names_of(D, rows, mx_hosts=["mx.elsewhere.example", f"mx.{D}"], further=[f"h{n}.{D}" for n in range(900)])
    assert len(names) == 300
    assert names[0] == D
    assert {f"k1._domainkey.{D}", f"mx.{D}", f"_dmarc.{D}"} <= set(names)
    assert all(name == D or name.endswith(f".{D}") for name in names)
    assert types_of(f"_sip._tls.{D}") == ("SRV", "TXT")
    assert types_of(f"k1._domainkey.{D}") == ("TXT",)
