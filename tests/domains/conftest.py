"""What the tests of domains share: a name server on loopback that answers for the client's domain."""

import pytest

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
