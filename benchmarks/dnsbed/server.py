"""A process that answers for the bed on loopback: one resolver, and two name servers for each DNS host.

    python benchmarks/dnsbed/server.py [--delay 0.02] [--count 400]

Prints the port, then answers by UDP and TCP, each answer after the delay; a line on standard input is answered with the
number of questions since the last one. Answers are made once and kept as bytes, so that the server costs little.
"""

import argparse
import asyncio
import ipaddress
import socket
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from benchmarks.dnsbed.zones import HOSTS, Zone, client, providers, server_address

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16, "AAAA": 28}
NAMES = {number: kind for kind, number in TYPES.items()}
RESOLVER = "127.0.0.1"
TTL = 300


def wire_name(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\x00"


def wire_data(kind: str, value: str) -> bytes:
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(value).packed
    if kind == "TXT":
        parts = [value[at : at + 255].encode() for at in range(0, len(value), 255)]
        return b"".join(bytes([len(part)]) + part for part in parts)
    if kind == "MX":
        preference, host = value.split()
        return struct.pack("!H", int(preference)) + wire_name(host)
    if kind == "SOA":
        first, admin, *numbers = value.split()
        return wire_name(first) + wire_name(admin) + struct.pack("!5I", *map(int, numbers))
    return wire_name(value)


def wire_record(owner: str, kind: str, value: str) -> bytes:
    data = wire_data(kind, value)
    return wire_name(owner) + struct.pack("!HHIH", TYPES[kind], 1, TTL, len(data)) + data


class Zones:
    """What one server knows. `own` is the zone it speaks for, none for the resolver, which follows CNAMEs."""

    def __init__(self, zone: Zone, soa: dict[str, str], *, is_own: bool) -> None:
        self.zone, self.soa, self.is_own = zone, soa, is_own
        self.parents = {".".join(name.split(".")[at:]) for name in zone for at in range(name.count(".") + 1)}
        self.made: dict[bytes, bytes] = {}

    def answer(self, query: bytes) -> bytes:
        """The response without its id."""
        end = query.index(b"\x00", 12) + 5
        question = query[12:end].lower()
        found = self.made.get(question)
        if found is None:
            found = self.made[question] = self.make(question)
        return found

    def make(self, question: bytes) -> bytes:
        labels, at = [], 0
        while question[at]:
            labels.append(question[at + 1 : at + 1 + question[at]].decode())
            at += 1 + question[at]
        name, kind = ".".join(labels), NAMES.get(int.from_bytes(question[-4:-2], "big"), "")
        records, authority, code = [], [], 0
        own = name
        for _ in range(8):
            here = self.zone.get(own, {}) | ({"SOA": [self.soa[own]]} if own in self.soa else {})
            if kind in here:
                records += [wire_record(own, kind, value) for value in here[kind]]
                break
            if "CNAME" not in here:
                code = 0 if own in self.parents else 3
                top = ".".join(own.split(".")[-2:])
                authority = [wire_record(top, "SOA", self.soa.get(top, f"ns.{top} x.{top} 1 3600 600 86400 300"))]
                break
            records.append(wire_record(own, "CNAME", here["CNAME"][0]))
            own = here["CNAME"][0]
            if self.is_own and own not in self.zone:
                break
        flags = 0x8400 if self.is_own else 0x8180
        head = struct.pack("!HHHHH", flags | code, 1, len(records), len(authority), 0)
        return head + question + b"".join(records + authority)


def make_zones(count: int) -> dict[str, Zones]:
    """Address -> what is known there."""
    everything, soa_of_all = providers(), dict[str, str]()
    own: dict[str, tuple[Zone, dict[str, str]]] = {}
    for one in (client(number) for number in range(count)):
        everything |= one.zone
        for server, zone in ((1, one.zone), (2, one.old_zone)):
            held, soa = own.setdefault(server_address(one.host, server), ({}, {}))
            held |= zone
            soa[one.name] = f"ns1.x.example admin.x.example {one.serials[server - 1]} 3600 600 86400 300"
            soa_of_all.setdefault(one.name, soa[one.name])
    found = {RESOLVER: Zones(everything, soa_of_all, is_own=False)}
    for host in range(HOSTS):
        for server in (1, 2):
            held, soa = own.get(server_address(host, server), ({}, {}))
            found[server_address(host, server)] = Zones(held, soa, is_own=True)
    return found


class Udp(asyncio.DatagramProtocol):
    asked = 0

    def __init__(self, zones: Zones, delay: float) -> None:
        self.zones, self.delay, self.loop = zones, delay, asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)

    def datagram_received(self, query: bytes, address: tuple[str, int]) -> None:
        Udp.asked += 1
        rest = self.zones.answer(query)
        most = 512 if query[10:12] == b"\x00\x00" else 1232
        if len(rest) + 2 > most:
            rest = bytes([rest[0] | 0x02]) + rest[1:4] + bytes(6) + query[12 : query.index(b"\x00", 12) + 5]
        self.loop.call_later(self.delay, self.transport.sendto, query[:2] + rest, address)


async def serve_tcp(zones: Zones, delay: float, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            query = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
            Udp.asked += 1
            await asyncio.sleep(delay)
            answer = query[:2] + zones.answer(query)
            writer.write(len(answer).to_bytes(2, "big") + answer)
    except (EOFError, OSError):
        writer.close()


async def main(count: int, delay: float) -> None:
    loop, port = asyncio.get_running_loop(), 0
    for address, zones in make_zones(count).items():
        transport, _ = await loop.create_datagram_endpoint(lambda z=zones: Udp(z, delay), (address, port))
        port = transport.get_extra_info("sockname")[1]
        await asyncio.start_server(lambda r, w, z=zones: serve_tcp(z, delay, r, w), address, port)
    print(port, flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(Udp.asked, flush=True)
        Udp.asked = 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay", type=float, default=0.02)
    parser.add_argument("--count", type=int, default=400)
    options = parser.parse_args()
    asyncio.run(main(options.count, options.delay))
