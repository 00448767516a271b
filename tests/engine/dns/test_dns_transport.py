"""What is an answer, and what is not: questions to real servers on loopback."""

import asyncio
import time

import pytest

from engine.dns.answers import At
from engine.dns.lines import QUESTIONS_A_SOCKET, Line
from engine.dns.reach import Reach, reach_of
from engine.dns.resolver import Pace, Peer, Resolver
from engine.outbound.addresses import IPv4Network
from tests.dns_server import DnsServer

ALL_LOOPBACK = (IPv4Network("127.0.0.0/8"),)
TEXT = {"a.example": {"TXT": ["v=spf1 -all"]}}


def ask(servers, *questions, **options):
    """The answers, asked all at the same time, and the resolver."""

    async def run():
        resolver = Resolver([(one.host, one.port) for one in servers], **{"try_seconds": 0.2} | options)
        try:
            return await asyncio.gather(*(resolver.ask(one) for one in questions)), resolver
        finally:
            resolver.close()

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("SERVFAIL", "servfail"),
        ("REFUSED", "refused"),
        ("SILENT", "timeout"),
        ("GARBAGE", "timeout"),
        ("WRONG_ID", "timeout"),
        ("OTHER_QUESTION", "timeout"),
        ("CUT", "error"),
    ],
)
def test_a_fault_is_never_an_answer(fault, status):
    with DnsServer({"a.example": fault}) as server:
        ((answer,), _) = ask([server], ("a.example", "TXT"))
    assert answer.status == status
    assert answer.has_failed


def test_records_of_another_name_in_an_answer_do_not_count():
    with DnsServer({"a.example": "OTHER_NAME"}) as server:
        ((answer,), _) = ask([server], ("a.example", "TXT"))
    assert (answer.status, answer.values) == ("error", ())


def test_a_late_answer_to_the_first_try_is_taken():
    with DnsServer(TEXT, delay=0.3) as server:
        ((answer,), resolver) = ask([server], ("a.example", "TXT"))
    assert answer.values == ("v=spf1 -all",)
    assert resolver.asked == 2


def test_a_question_that_got_lost_is_asked_once_more():
    with DnsServer({"a.example": "LOST_ONCE"}) as server:
        ((answer,), resolver) = ask([server], ("a.example", "TXT"))
    assert not answer.has_failed
    assert resolver.asked == 2


def test_a_server_without_edns_is_asked_without():
    with DnsServer(TEXT, knows_edns=False) as server:
        ((answer, _), _) = ask([server], ("a.example", "TXT"), ("b.example", "TXT"))
    assert answer.values == ("v=spf1 -all",)


def test_64_kilobytes_come_by_tcp():
    many = [f"note {number} {'x' * 240}" for number in range(240)]
    with DnsServer({"a.example": {"TXT": many}}) as server:
        ((answer,), _) = ask([server], ("a.example", "TXT"), try_seconds=2.0)
    assert len(answer.values) == 240


def test_a_busy_loop_is_no_silence():
    """The answers lie in the socket while the loop stands still; they are read before a time-out is called."""

    async def run(server):
        resolver = Resolver([(server.host, server.port)], try_seconds=0.3)
        running = [resolver.start((f"n{number}.example", "TXT")) for number in range(100)]
        await asyncio.sleep(0.01)
        time.sleep(0.6)  # what a progress callback or a slow judge does
        answers = await asyncio.gather(*running)
        resolver.close()
        return answers, resolver.asked

    with DnsServer(TEXT) as server:
        answers, asked = asyncio.run(run(server))
    assert {answer.status for answer in answers} == {"nxdomain"}
    assert asked == 100


def test_many_questions_take_several_ports():
    names = [(f"n{number}.example", "A") for number in range(2 * QUESTIONS_A_SOCKET + 1)]
    with DnsServer(TEXT) as server:
        answers, _ = ask([server], *names, try_seconds=3.0)
    assert {answer.status for answer in answers} == {"nxdomain"}


def test_nobody_listening_is_told_at_once():
    server = DnsServer(TEXT)
    server.__enter__().__exit__()
    begun = time.monotonic()
    ((answer,), _) = ask([server], ("a.example", "TXT"), try_seconds=5.0)
    assert answer.status == "timeout"
    assert time.monotonic() - begun < 1


def test_a_dead_name_server_is_left_alone_after_three_silences():
    at = [At(f"n{number}.example", "A", "127.0.0.1") for number in range(8)]
    with DnsServer(dict.fromkeys([one.name for one in at], "SILENT")) as server:

        async def run():
            reach = Reach(ALL_LOOPBACK, (server.port,))
            resolver = Resolver([], reach=reach, try_seconds=0.1)
            await asyncio.gather(*(resolver.ask(one) for one in at[:3]))
            before = resolver.asked
            begun = time.monotonic()
            answers = [await resolver.ask(one) for one in at[3:]]
            resolver.close()
            return answers, resolver.asked - before, time.monotonic() - begun

        answers, asked, seconds = asyncio.run(run())
    assert {answer.status for answer in answers} == {"timeout"}
    assert (asked, seconds < 0.1) == (0, True)


def test_the_only_resolver_is_asked_whatever_happened():
    names = [(f"n{number}.example", "A") for number in range(6)]
    with DnsServer(dict.fromkeys([name for name, _ in names], "SILENT") | TEXT) as server:

        async def run():
            resolver = Resolver([(server.host, server.port)], try_seconds=0.1)
            await asyncio.gather(*(resolver.ask(one) for one in names))
            answer = await resolver.ask(("a.example", "TXT"))
            resolver.close()
            return answer

        assert asyncio.run(run()).values == ("v=spf1 -all",)


def test_one_foreign_server_gets_only_so_many_questions_at_a_time():
    at = [At(f"n{number}.example", "A", "127.0.0.1") for number in range(120)]
    with DnsServer(TEXT, delay=0.1) as server:
        begun = time.monotonic()
        reach = Reach(ALL_LOOPBACK, (server.port,))
        answers, _ = ask([], *at, reach=reach, try_seconds=3.0)
        seconds = time.monotonic() - begun
    assert {answer.status for answer in answers} == {"nxdomain"}
    assert seconds > 0.3  # 50, 50 and 20, each after 0.1 s


def test_one_foreign_server_is_not_asked_too_fast():
    async def turns():
        pace = Pace(in_flight=50, a_second=100, at_once=10)
        peer = Peer(("192.0.2.1", 53), pace, Line(("192.0.2.1", 53)), asyncio.Semaphore(50))
        begun = time.monotonic()
        await asyncio.gather(*(peer.wait_for_turn() for _ in range(30)))
        return time.monotonic() - begun

    assert 0.18 < asyncio.run(turns()) < 1  # ten at once, then a hundred a second


def test_a_failure_is_not_kept_for_others_and_an_answer_is():
    with DnsServer({"a.example": "LOST_ONCE", "b.example": "SERVFAIL"}) as server:

        async def run():
            resolver = Resolver([(server.host, server.port)], try_seconds=0.1)
            for name in ("b.example", "b.example", "c.example", "c.example"):
                await resolver.ask((name, "A"))
            resolver.close()

        asyncio.run(run())
    assert server.asked.count(("b.example", "A")) == 4  # two tries each time
    assert server.asked.count(("c.example", "A")) == 1


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "::ffff:127.0.0.1", "192.0.2.1"]
)
def test_name_servers_at_addresses_that_are_not_public_are_not_asked(address):
    with DnsServer(TEXT) as server:
        ((answer,), resolver) = ask([], At("a.example", "TXT", address), reach=Reach((), (server.port,)))
    assert answer.has_failed
    assert (resolver.asked, server.asked) == (0, [])


@pytest.mark.parametrize(
    ("ports", "resolver_ports", "tried"),
    [
        ([80, 443], [53], (53,)),
        ([80, 443], [5300], (53, 5300)),
        ([80, 443, 5353], [5300], (5353,)),
        ([5353, 53], [5300], (53, 5353)),
        ([80, 8081, 5353], [5353], (5353, 8081)),
        ([], [], (53,)),
    ],
)
def test_the_port_of_test_name_servers_comes_from_the_settings(ports, resolver_ports, tried):
    reach = reach_of(ALL_LOOPBACK, ports, resolver_ports)
    assert reach.ports_of("127.0.0.2") == tried
    assert reach.ports_of("8.8.8.8") == (53,)
    assert reach.ports_of("10.0.0.1") == ()
