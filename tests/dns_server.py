"""A name server of the tests, on loopback: real UDP and TCP, zones out of a dictionary, and the faults of real ones.

    zone = {"example.org": {"TXT": ["v=spf1 -all"], "MX": ["10 mail.example.org."]}, "broken.example": "SERVFAIL"}

A name's value may also be a fault for every type: SERVFAIL, REFUSED, SILENT, GARBAGE, OTHER_NAME, CUT (never by TCP),
CUT_ALWAYS, WRONG_ID, OTHER_QUESTION, LOST_ONCE (the first question about it gets no answer).
`*example.org` is a fault of the zone and of every name in it.

With `serves="example.org"` it is a name server of that zone: it says so (AA), has a SOA with `serial`, refuses other
names, follows no CNAME, and points down where NS stand at a name below. `host` is any address of 127.0.0.0/8.
"""

import socket
import socketserver
import threading
import time

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

FAULTS = {"SERVFAIL": dns.rcode.SERVFAIL, "REFUSED": dns.rcode.REFUSED}
MAX_UDP = 512


class DnsServer:
    """Answers from `zone`, follows CNAMEs inside it, as a resolver would; counts questions in `asked`."""

    def __init__(self, zone, *, host="127.0.0.1", port=0, serves=None, serial=1, delay=0.0, knows_edns=True):
        self.zone = {name.lower().rstrip("."): records for name, records in zone.items()}
        self.host, self.serves, self.serial, self.delay, self.knows_edns = host, serves, serial, delay, knows_edns
        self.asked = []
        self._udp, self._tcp = self._bound(port)
        self.port = self._udp.server_address[1]
        self._udp.daemon_threads = self._tcp.daemon_threads = True

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    def _bound(self, port):
        """UDP and TCP on the same port: a port that is free for one may be taken for the other."""
        for _ in range(50):
            udp = socketserver.ThreadingUDPServer((self.host, port), self._handler(by_tcp=False))
            try:
                return udp, socketserver.ThreadingTCPServer(udp.server_address, self._handler(by_tcp=True))
            except OSError:
                udp.server_close()
        raise OSError("no port is free for UDP and TCP")

    def __enter__(self):
        for server in (self._udp, self._tcp):
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *args):
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()

    def _handler(outer, by_tcp):
        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                if by_tcp:
                    size = int.from_bytes(self.request.recv(2, socket.MSG_WAITALL), "big")
                    wire = self.request.recv(size, socket.MSG_WAITALL)
                    answer = outer.answer(wire, by_tcp=True)
                    if answer is not None:
                        self.request.sendall(len(answer).to_bytes(2, "big") + answer)
                else:
                    answer = outer.answer(self.request[0], by_tcp=False)
                    if answer is not None:
                        self.request[1].sendto(answer, self.client_address)

        return Handler

    def answer(self, wire, *, by_tcp):
        """The response on the wire, or None for silence."""
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        time.sleep(self.delay)
        records = self.zone.get(name) or self._of_all_below(name)
        is_lost = records == "LOST_ONCE" and self.asked.count((name, kind)) == 1
        if records == "SILENT" or (records == "CUT" and by_tcp) or is_lost:
            return None
        if query.edns >= 0 and not self.knows_edns:
            return wire[:2] + b"\x80\x01" + bytes(8)  # FORMERR, and nothing but a header
        if records == "WRONG_ID":
            return bytes(2) + dns.message.make_response(query).to_wire()[2:]
        if records == "OTHER_QUESTION":
            other = dns.message.make_query("elsewhere.example.", kind, id=query.id)
            return dns.message.make_response(other).to_wire()
        if records == "GARBAGE":
            return wire[:2] + b"\xff" * 40
        response = dns.message.make_response(query)
        if isinstance(records, str) and records in FAULTS:
            response.set_rcode(FAULTS[records])
            return response.to_wire()
        if records in ("CUT", "CUT_ALWAYS"):
            response.flags |= dns.flags.TC
            return response.to_wire()
        if records == "OTHER_NAME":
            response.answer.append(dns.rrset.from_text("elsewhere.example.", 300, "IN", kind, *_SAMPLE[kind]))
            return response.to_wire()
        if self.serves:
            self._fill_own(response, name, kind)
        else:
            self._fill(response, name, kind)
        size = 65_535 if by_tcp else max(MAX_UDP, query.payload)
        return _cut(response, size)

    def _fill_own(self, response, name, kind):
        if name != self.serves and not name.endswith(f".{self.serves}"):
            response.set_rcode(dns.rcode.REFUSED)
            return
        below = next((cut for cut in self._cuts() if name == cut or name.endswith(f".{cut}")), None)
        if below:
            response.authority.append(_rrset(below, "NS", self.zone[below]["NS"], 300))
            return
        response.flags |= dns.flags.AA
        records = self.zone.get(name, {})
        soa = [f"ns1.{self.serves}. admin.{self.serves}. {self.serial} 3600 600 86400 60"]
        if name == self.serves:
            records = {"SOA": soa} | records
        kind = kind if kind in records or "CNAME" not in records else "CNAME"
        if kind in records:
            response.answer.append(_rrset(name, kind, records[kind], records.get("TTL", 300)))
            return
        response.authority.append(_rrset(self.serves, "SOA", soa, 60))
        if not records and not any(known.endswith(f".{name}") for known in self.zone):
            response.set_rcode(dns.rcode.NXDOMAIN)

    def _of_all_below(self, name):
        """`*example.org` is a fault of the zone and of every name in it."""
        faults = {key[1:]: fault for key, fault in self.zone.items() if key[:1] == "*" and isinstance(fault, str)}
        return next((fault for zone, fault in faults.items() if name == zone or name.endswith(f".{zone}")), None)

    def _cuts(self):
        return [name for name, records in self.zone.items() if name != self.serves and "NS" in records]

    def _fill(self, response, name, kind):
        for _ in range(12):
            records = self.zone.get(name)
            if records == "LOST_ONCE":
                return
            if isinstance(records, str):  # behind a CNAME, a resolver passes every fault on as this one
                response.set_rcode(dns.rcode.SERVFAIL)
                return
            if records is None:
                there = any(known.endswith(f".{name}") for known in self.zone)
                if not there:
                    response.set_rcode(dns.rcode.NXDOMAIN)
                self._say_for_how_long(response, name)
                return
            if kind in records:
                response.answer.append(_rrset(name, kind, records[kind], records.get("TTL", 300)))
                return
            if "CNAME" not in records:
                self._say_for_how_long(response, name)
                return
            response.answer.append(_rrset(name, "CNAME", records["CNAME"], records.get("TTL", 300)))
            name = records["CNAME"][0].rstrip(".").lower()

    def _say_for_how_long(self, response, name):
        """The SOA of the zone, where the dictionary has one: how long "nothing" may be remembered (RFC 2308)."""
        for zone, records in self.zone.items():
            if "SOA" in records and isinstance(records, dict) and (name == zone or name.endswith(f".{zone}")):
                response.authority.append(_rrset(zone, "SOA", records["SOA"], records.get("TTL", 300)))


_SAMPLE = {"A": ["192.0.2.9"], "AAAA": ["2001:db8::9"], "TXT": ['"v=spf1 +all"'], "MX": ["10 elsewhere.example."]}
_SAMPLE |= {"NS": ["elsewhere.example."], "CNAME": ["elsewhere.example."]}


def _rrset(name, kind, values, ttl):
    if kind == "TXT":
        values = [_quoted(value) for value in values]
    return dns.rrset.from_text(f"{name}.", ttl, "IN", kind, *values)


def _quoted(value):
    """Strings of at most 255 bytes; a list gives the strings as they are."""
    parts = value if isinstance(value, list) else [value[at : at + 255] for at in range(0, len(value), 255)] or [""]
    return " ".join('"' + "".join(_escaped(sign) for sign in part) + '"' for part in parts)


def _escaped(sign):
    """One character a byte (latin-1), as a zone file writes it; others go out as UTF-8."""
    if sign in '"\\':
        return "\\" + sign
    return sign if " " <= sign <= "~" or ord(sign) > 255 else f"\\{ord(sign):03d}"


def _cut(response, size):
    wire = response.to_wire(max_size=65_535)
    if len(wire) <= size:
        return wire
    response.answer.clear()
    response.flags |= dns.flags.TC
    return response.to_wire()
