"""A bed of zones on one loopback server: each case gets a domain of its own, and all are checked in one batch."""

import dns.message

from engine.dns.checking import check_domains
from tests.dns_server import DnsServer

NAME = "{D}"


class Zones(dict):
    """Names with wildcards, as RFC 4592 has them: only below the closest name that exists, never beside it."""

    def get(self, name, default=None):
        if name in self:
            return self[name]
        labels = name.split(".")
        for at in range(1, len(labels)):
            parent = ".".join(labels[at:])
            if f"*.{parent}" in self and self._is_closest(parent, labels[:at]):
                return self[f"*.{parent}"]
            if parent in self:
                return default
        return default

    def _is_closest(self, parent, below):
        nearer = ".".join([*below[-1:], parent]) if len(below) > 1 else None
        return not (nearer and any(known == nearer or known.endswith(f".{nearer}") for known in self))


class Bed(DnsServer):
    """Knows wildcards, and one fault more: WRONG_ID."""

    def __init__(self, zone):
        super().__init__(zone)
        self.zone = Zones(self.zone)

    def answer(self, wire, *, by_tcp):
        fault = self._fault(wire)
        if fault == "WRONG_ID":
            return bytes([wire[0] ^ 255, wire[1]]) + wire[2:]
        return super().answer(wire, by_tcp=by_tcp)

    def _fault(self, wire):
        name = dns.message.from_wire(wire).question[0].name.to_text(omit_final_dot=True).lower()
        found = self.zone.get(name)
        return found if isinstance(found, str) else None


def named(value, domain):
    """The case's texts with its own domain in place of {D}."""
    if isinstance(value, str):
        return value.replace(NAME, domain)
    if isinstance(value, list):
        return [named(one, domain) for one in value]
    if isinstance(value, dict):
        return {named(key, domain): named(one, domain) for key, one in value.items()}
    return value


def reports_of(cases, **wanted):
    """{id: report} of every case: (id, zone, ...)."""
    zone, names, sound = {}, {}, set()
    for number, (title, content, *_) in enumerate(cases):
        names[title] = f"case{number}.example"
        zone |= named(content, names[title])
        if not any(isinstance(found, str) for found in content.values()):
            sound.add(names[title])
    with Bed(zone) as server:
        by_name = asked(list(names.values()), server, **wanted)
        # On a machine that is busy an answer may come too late; a server without a fault is asked again.
        late = [name for name in sound if "unknown" in list(map(str, said(by_name[name]).values()))]
        by_name |= asked(late, server, **wanted) if late else {}
    return {title: by_name[name] for title, name in names.items()}


def asked(names, server, **wanted):
    found = check_domains(names, nameservers=[server.address], concurrency=4, **wanted)
    return {one.domain: one.as_report() for one in found}


def said(report):
    """What the cases state, flat: {"spf": …, "ipv6": …, "dmarc": …, "policy": …, "mx": …, "s1": …, "codes": …}."""
    flat = {
        "spf": report["spf"]["result"], "ipv6": report["spf"]["result_ipv6"], "lookups": report["spf"]["lookups"],
        "voids": report["spf"]["voids"], "record": report["spf"]["record"], "dmarc": report["dmarc"]["result"],
        "policy": report["dmarc"]["policy"], "found_at": report["dmarc"]["found_at"], "mx": report["mx"]["result"],
        "failed": report["failed"], "codes": {one["code"] for one in report["findings"]},
    }  # fmt: skip
    flat |= {key["selector"]: key["result"] for key in report["dkim"]}
    flat |= {f"{key['selector']} target": key["target"] for key in report["dkim"]}
    flat |= {
        f"{row['name'].removesuffix('.' + report['domain'])} {row['type']}": row["verdict"]
        for row in report["expected"]
    }
    return flat
