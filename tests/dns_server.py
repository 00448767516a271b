"""A name server of the tests, on loopback: real UDP and TCP, zones out of a dictionary, and the faults of real ones.

    zone = {"example.org": {"TXT": ["v=spf1 -all"], "MX": ["10 mail.example.org."]}, "broken.example": "SERVFAIL"}

A name's value may also be a fault for every type: SERVFAIL, REFUSED, SILENT, GARBAGE, OTHER_NAME, CUT (never by TCP).
"""

import socket
import socketserver
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

FAULTS = {"SERVFAIL": dns.rcode.SERVFAIL, "REFUSED": dns.rcode.REFUSED}
MAX_UDP = 512


class DnsServer:
    """Answers from `zone`, follows CNAMEs inside it, as a resolver would; counts questions in `asked`."""

    def __init__(self, zone):
        self.zone = {name.lower().rstrip("."): records for name, records in zone.items()}
        self.asked = []
        self._udp, self._tcp = self._bound()
        self.port = self._udp.server_address[1]
        self._udp.daemon_threads = self._tcp.daemon_threads = True

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def _bound(self):
        """UDP and TCP on the same port: a port that is free for one may be taken for the other."""
        for _ in range(50):
            udp = socketserver.ThreadingUDPServer(("127.0.0.1", 0), self._handler(by_tcp=False))
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
        records = self.zone.get(name)
        if records == "SILENT" or (records == "CUT" and by_tcp):
            return None
        if records == "GARBAGE":
            return wire[:2] + b"\xff" * 40
        response = dns.message.make_response(query)
        if isinstance(records, str) and records in FAULTS:
            response.set_rcode(FAULTS[records])
            return response.to_wire()
        if records == "CUT":
            response.flags |= dns.flags.TC
            return response.to_wire()
        if records == "OTHER_NAME":
            response.answer.append(dns.rrset.from_text("elsewhere.example.", 300, "IN", kind, *_SAMPLE[kind]))
            return response.to_wire()
        self._fill(response, name, kind)
        size = 65_535 if by_tcp else max(MAX_UDP, query.payload)
        return _cut(response, size)

    def _fill(self, response, name, kind):
        for _ in range(12):
            records = self.zone.get(name)
            if isinstance(records, str):  # behind a CNAME, a resolver passes every fault on as this one
                response.set_rcode(dns.rcode.SERVFAIL)
                return
            if records is None:
                there = any(known.endswith(f".{name}") for known in self.zone)
                if not there:
                    response.set_rcode(dns.rcode.NXDOMAIN)
                return
            if kind in records:
                response.answer.append(_rrset(name, kind, records[kind], records.get("TTL", 300)))
                return
            if "CNAME" not in records:
                return
            response.answer.append(_rrset(name, "CNAME", records["CNAME"], records.get("TTL", 300)))
            name = records["CNAME"][0].rstrip(".").lower()


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
