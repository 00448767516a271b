"""What the tests of domains share: a name server on loopback that answers for the client's domain."""

import pytest

from apps.domains import snapshots, tasks
from apps.domains.models import Domain
from apps.jobs.models import Job
from tests.dns_server import DnsServer

ED25519 = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
ZONE = {
    "sunrise-yoga.example": {
        "A": ["192.0.2.1"],
        "MX": ["10 mail.sunrise-yoga.example."],
        "TXT": ["v=spf1 include:servers.mcsv.net ~all"],
        "NS": ["ns1.hosting.example."],
    },
    "mail.sunrise-yoga.example": {"A": ["192.0.2.2"]},
    "www.sunrise-yoga.example": {"CNAME": ["sunrise.kartra.com."]},
    "sunrise.kartra.com": {"A": ["192.0.2.3"]},
    "servers.mcsv.net": {"TXT": ["v=spf1 ip4:192.0.2.0/24 ?all"]},
    "_dmarc.sunrise-yoga.example": {"TXT": ["v=DMARC1; p=none; rua=mailto:a@sunrise-yoga.example"]},
    "k1._domainkey.sunrise-yoga.example": {"CNAME": ["dkim1.kartra.example."]},
    "dkim1.kartra.example": {"TXT": [ED25519]},
}


@pytest.fixture
def name_server(settings):
    with DnsServer(ZONE) as server:
        settings.DNS_NAMESERVERS = [server.address]
        yield server


class OwnServer(DnsServer):
    """Says that it is responsible for the zone, as the zone's own servers do; counts who asked for recursion."""

    refuses = False  # every question

    def answer(self, wire, *, by_tcp):
        response = super().answer(wire, by_tcp=by_tcp)
        if self.refuses:
            return response[:3] + bytes([(response[3] & 0xF0) | 5]) + response[4:]
        if response is None or wire[2] & 1:  # asked for recursion: a resolver's job
            return response
        return response[:2] + bytes([response[2] | 0x04]) + response[3:]


OWN_ZONE = {
    "sunrise-yoga.example": {
        "A": ["192.0.2.1"], "MX": ["10 mail.sunrise-yoga.example."], "NS": ["ns1.hosting.example."],
        "TXT": ["v=spf1 include:servers.mcsv.net ~all", "site=\"x\"; é"], "CAA": ['0 issue "letsencrypt.org"'],
        "TTL": 14400,
    },
    "ns1.hosting.example": {"A": ["127.0.0.1"]},
    "mail.sunrise-yoga.example": {"A": ["192.0.2.2"]},
    "www.sunrise-yoga.example": {"A": ["192.0.2.1"], "TTL": 14400},
    "hidden.sunrise-yoga.example": {"A": ["192.0.2.77"]},
    "_autodiscover._tcp.sunrise-yoga.example": {"SRV": ["0 0 443 mail.hosting.example."]},
    "servers.mcsv.net": {"TXT": ["v=spf1 ip4:192.0.2.0/24 ?all"]},
    "k2._domainkey.sunrise-yoga.example": {"CNAME": ["dkim2.mcsv.net."]},
    "dkim2.mcsv.net": {"TXT": [ED25519]},
    "_dmarc.sunrise-yoga.example": {"TXT": ["v=DMARC1; p=none"]},
    "dkim1.kartra.example": {"TXT": [ED25519]},
    "sunrise.kartra.com": {"A": ["192.0.2.3"]},
}  # fmt: skip


@pytest.fixture
def own_server(settings):
    """Resolver and the zone's own server in one, on loopback."""
    from copy import deepcopy
    from ipaddress import ip_network

    with OwnServer(deepcopy(OWN_ZONE)) as server:
        settings.DNS_NAMESERVERS = [server.address]
        settings.OUTBOUND_ALLOW = [ip_network("127.0.0.0/8")]
        settings.OUTBOUND_PORTS = [80, 443, server.port]
        yield server


PASTED = [
    {"host": "k1._domainkey", "type": "CNAME", "value": "dkim1.kartra.example"},
    {"host": "www", "type": "CNAME", "value": "sunrise.kartra.com"},
]


@pytest.fixture
def domain(project):
    name = "sunrise-yoga.example"
    return Domain.objects.create(project=project, name=name, shown=name, own_values=PASTED)


def run(task, project, **args):
    """Start the task and do its work here."""
    job = Job.start(task, project, by=None, title="Run", **args)
    task.run(job.pk)
    job.refresh_from_db()
    return job


@pytest.fixture
def signed(project, domain, own_server, owner):
    """A snapshot taken of the zone as it was, signed off, and a check after it."""
    run(tasks.check_domains, project)
    assert run(tasks.take_snapshots, project).state == "done"
    snapshot = domain.snapshots.get()
    snapshots.sign(snapshot, by=owner.person)
    run(tasks.check_domains, project)
    return snapshot
