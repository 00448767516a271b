"""The zones of the bed, and what must be found in each of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

COUNT = 400
HOSTS = 12  # DNS hosts, each with two servers
ED25519 = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
REVOKED = "v=DKIM1; k=rsa; p="
SELECTORS = ("k1", "k2", "k3", "s1", "s2", "old")
CNAMES = ("www", "links", "em")
PASTED = [
    {"host": host, "type": "CNAME", "value": f"{host.split('.')[0]}.pages.newplace.example"} for host in CNAMES
] + [{"host": f"{key}._domainkey", "type": "CNAME", "value": f"{key}.keys.newplace.example"} for key in ("k2", "k3")]

Zone = dict[str, dict[str, list[str]]]


def providers() -> Zone:
    """What many domains include, two and three levels deep."""
    zone: Zone = {
        "_spf.google.com": {"TXT": ["v=spf1 " + " ".join(f"include:_net{n}.google.com" for n in (1, 2, 3)) + " ~all"]},
        "spf.protection.outlook.com": {"TXT": ["v=spf1 ip4:192.0.2.0/25 ip6:2001:db8::/48 -all"]},
        "servers.mcsv.net": {"TXT": ["v=spf1 ip4:198.51.100.0/24 ?all"]},
        "sendgrid.net": {"TXT": ["v=spf1 ip4:203.0.113.0/25 ~all"]},
        "mailgun.org": {"TXT": ["v=spf1 include:_spf.mailgun.org include:_spf.eu.mailgun.org ~all"]},
        "_spf.mailgun.org": {"TXT": ["v=spf1 include:_spf1.mailgun.org ~all"]},
        "_spf1.mailgun.org": {"TXT": ["v=spf1 ip4:203.0.113.128/25 ~all"]},
        "_spf.eu.mailgun.org": {"TXT": ["v=spf1 ip4:192.0.2.128/25 ~all"]},
        "mx1.mailhost.example": {"A": ["192.0.2.21"]},
        "mx2.mailhost.example": {"A": ["192.0.2.22"]},
        "dmarc.reports.example": {"A": ["192.0.2.9"]},
    }
    for number in (1, 2, 3):
        zone[f"_net{number}.google.com"] = {"TXT": [f"v=spf1 ip4:192.0.2.{number}0/28 ~all"]}
    for pasted in PASTED:
        zone[pasted["value"]] = {"TXT": [ED25519]} if "keys" in pasted["value"] else {"A": ["192.0.2.30"]}
    for host in range(HOSTS):
        for server in (1, 2):
            zone[server_name(host, server)] = {"A": [server_address(host, server)]}
    return zone


def server_name(host: int, server: int) -> str:
    return f"ns{server}.dnshost{host}.example"


def server_address(host: int, server: int) -> str:
    return f"127.0.{10 + host}.{server}"


@dataclass(frozen=True, slots=True)
class Client:
    """One client's domain. `truth` is compared with the report, key by key."""

    name: str
    host: int
    zone: Zone
    old_zone: Zone  # what the second server has, where it lags behind
    serials: tuple[int, int]
    truth: dict[str, Any]


_SPF = [
    ("v=spf1 include:_spf.google.com include:servers.mcsv.net ~all", "valid", 5),
    ("v=spf1 include:spf.protection.outlook.com include:sendgrid.net -all", "valid", 2),
    ("v=spf1 include:mailgun.org include:_spf.google.com include:servers.mcsv.net ~all", "valid", 9),
    ("v=spf1 mx include:mailgun.org -all", "valid", 5),
    (
        "v=spf1 include:mailgun.org include:_spf.google.com include:servers.mcsv.net include:sendgrid.net mx ~all",
        "permerror",
        11,
    ),
    ("v=spf1 include:_spf.google.com inclde:servers.mcsv.net ~all", "permerror", None),
    ("v=spf1 redirect=_spf.google.com", "valid", 4),
    ("two", "permerror", None),
]
_DMARC = [
    ("v=DMARC1; p=none; rua=mailto:dmarc@{name}", "valid", "none"),
    ("v=DMARC1; p=quarantine; rua=mailto:dmarc@{name}", "valid", "quarantine"),
    ("v=DMARC1; p=reject", "valid", "reject"),
    ("", "none", None),
    ("v=DMARC1; p=rejct; rua=mailto:dmarc@{name}", "invalid", "none"),
]


def clients(count: int = COUNT) -> Iterator[Client]:
    for number in range(count):
        yield client(number)


def client(number: int) -> Client:
    """One domain in twenty has a server that lags behind; old and new records stand in various states."""
    name, host = f"client{number:03d}.example", number % HOSTS
    spf, spf_result, lookups = _SPF[number % len(_SPF)]
    dmarc, dmarc_result, policy = _DMARC[number % len(_DMARC)]
    texts = ["v=spf1 -all", "v=spf1 ~all"] if spf == "two" else [spf]
    zone: Zone = {
        name: {
            "A": ["192.0.2.10"],
            "MX": ["10 mx1.mailhost.example", "20 mx2.mailhost.example"],
            "TXT": [*texts, "google-site-verification=abcdefghijklmnopqrstuvwxyz0123456789"],
            "NS": [server_name(host, 1), server_name(host, 2)],
        },
        f"s1._domainkey.{name}": {"TXT": [ED25519]},
        f"old._domainkey.{name}": {"TXT": [REVOKED]},
        f"k1._domainkey.{name}": {"CNAME": ["gone.mcsv.net"]},
    }
    if dmarc:
        zone[f"_dmarc.{name}"] = {"TXT": [dmarc.format(name=name)]}
    expected: dict[str, str] = {}
    for place, pasted in enumerate(PASTED):
        owner = f"{pasted['host']}.{name}"
        state = ("ok", "ok", "wrong", "missing")[(number + place) % 4]
        expected[owner] = state
        if state != "missing":
            zone[owner] = {"CNAME": [pasted["value"] if state == "ok" else "other.mcsv.net"]}
    is_behind = number % 20 == 7
    truth = {
        "spf": spf_result, "lookups": lookups, "dmarc": dmarc_result, "policy": policy, "mx": "ok",
        "expected": expected,
        "dkim": {"s1": "ok", "old": "revoked", "k1": "dangling", "s2": "missing"},
        "nameservers": {server_name(host, 1): "ok", server_name(host, 2): "stale" if is_behind else "ok"},
    }  # fmt: skip
    old = zone | {name: zone[name] | {"TXT": ["v=spf1 ?all"]}}
    return Client(name, host, zone, old if is_behind else zone, (7, 7 - (number % 40 == 7)), truth)
