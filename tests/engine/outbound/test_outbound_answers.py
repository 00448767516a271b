"""What comes back is a stranger's: redirects, size, packing and time are bounded, and each failure has its words."""

import gzip
import ipaddress
import time
import tracemalloc

import pytest

from engine.outbound import Failed, fetch

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]


def test_a_page_comes_back_with_status_headers_and_body(site, get):
    site.pages["/a?b=c"] = (200, {"X-Kind": "Page"}, b"<title>Hello</title>")
    found = get("/a?b=c#part")
    assert (found.status, found.headers["x-kind"], found.body) == (200, "Page", b"<title>Hello</title>")
    assert (found.url, found.hops) == (site.base + "/a?b=c", ())


def test_an_error_status_is_an_answer(site, get):
    assert get("/gone").status == 404


def test_head_asks_for_no_body(site, get):
    site.pages["/"] = (200, {}, b"body")
    assert get(method="HEAD").body == b""


def test_only_reading_is_offered(site, get):
    with pytest.raises(ValueError, match="reads"):
        get(method="POST")


def test_letters_beyond_ascii_reach_the_server_encoded(site, get):
    site.pages["/%C3%BCber?w=%C3%A4"] = (200, {}, b"ok")
    assert get("/über?w=ä").body == b"ok"


def test_nothing_of_this_machine_goes_along(site, monkeypatch, get):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    site.pages["/"] = (302, {"Location": "/next", "Set-Cookie": "a=b"}, b"")
    site.pages["/next"] = (200, {}, b"ok")
    assert get().body == b"ok"
    sent = {name for _, headers in site.asked for name in headers}
    assert sent == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}


def test_a_chain_of_redirects_is_followed_and_told(site, get):
    site.pages["/old"] = (301, {"Location": "/newer"}, b"")
    site.pages["/newer"] = (308, {"Location": site.base + "/new"}, b"")
    site.pages["/new"] = (200, {}, b"here")
    found = get("/old")
    assert (found.url, found.body) == (site.base + "/new", b"here")
    assert [(hop.url, hop.status, hop.location) for hop in found.hops] == [
        (site.base + "/old", 301, site.base + "/newer"),
        (site.base + "/newer", 308, site.base + "/new"),
    ]


def test_five_hops_are_followed_and_six_are_not(site, get):
    for number in range(6):
        site.pages[f"/{number}"] = (302, {"Location": f"/{number + 1}"}, b"")
    site.pages["/6"] = (200, {}, b"end")
    assert get("/1").body == b"end"
    with pytest.raises(Failed) as failure:
        get("/0")
    assert failure.value.reason == "hops"


def test_the_redirect_itself_can_be_the_answer(site, get):
    site.pages["/"] = (301, {"Location": "/new"}, b"")
    found = get(max_hops=0, accept_hops=True)
    assert (found.status, found.headers["location"], found.hops) == (301, "/new", ())
    assert len(site.asked) == 1


def test_a_circle_of_redirects_is_noticed(site, get):
    site.pages["/a"] = (302, {"Location": "/b"}, b"")
    site.pages["/b"] = (302, {"Location": "/a"}, b"")
    with pytest.raises(Failed) as failure:
        get("/a")
    assert failure.value.reason == "loop"
    assert len(site.asked) == 2


def test_a_redirect_status_without_a_place_is_an_answer(site, get):
    site.pages["/"] = (302, {}, b"nowhere")
    assert get().body == b"nowhere"


def test_a_redirect_in_utf8_with_a_space_is_followed(site, get):
    site.pages["/"] = (302, {"Location": "/größe 1".encode().decode("latin-1")}, b"")
    site.pages["/gr%C3%B6%C3%9Fe%201"] = (200, {}, b"ok")
    assert get().body == b"ok"


def test_a_big_body_is_refused(site, get):
    site.pages["/"] = (200, {}, b"x" * 100_001)
    with pytest.raises(Failed) as failure:
        get(max_bytes=100_000)
    assert failure.value.reason == "too_large"


def test_a_body_of_just_the_size_is_taken(site, get):
    site.pages["/"] = (200, {}, b"x" * 100_000)
    assert len(get(max_bytes=100_000).body) == 100_000


def test_a_packed_body_is_unpacked(site, get):
    site.pages["/"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b"hello" * 1_000))
    assert get().body == b"hello" * 1_000


def test_a_gzip_bomb_is_stopped_by_what_it_unpacks_to(site, get):
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert len(bomb) < 100_000
    site.pages["/"] = (200, {"Content-Encoding": "gzip"}, bomb)
    tracemalloc.start()
    with pytest.raises(Failed) as failure:
        get()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert failure.value.reason == "too_large"
    assert peak < 20_000_000


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "zstd", "gzip"])
def test_a_body_packed_in_an_odd_way_fails_with_words(encoding, site, get):
    site.pages["/"] = (200, {"Content-Encoding": encoding}, b"this is not packed at all")
    with pytest.raises(Failed) as failure:
        get()
    assert failure.value.reason == "encoding"


def drip_body(peer):
    peer.recv(4_096)
    peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    drip(peer, b"x")


def drip_headers(peer):
    peer.recv(4_096)
    peer.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    drip(peer, b"a")


def drip_chunks(peer):
    peer.recv(4_096)
    peer.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    drip(peer, b"1\r\na\r\n")


def endless_continue(peer):
    peer.recv(4_096)
    drip(peer, b"HTTP/1.1 100 Continue\r\n\r\n")


def say_nothing(peer):
    peer.settimeout(5)
    while peer.recv(4_096):
        pass


def drip(peer, piece):
    """Until the client leaves, or for five seconds, which a client without a clock would sit through."""
    for _ in range(250):
        peer.sendall(piece)
        time.sleep(0.02)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("script", [drip_body, drip_headers, drip_chunks, endless_continue, say_nothing])
def test_a_peer_that_never_ends_is_left_when_the_time_is_up(script, scheme, ask_raw):
    sat_through = []

    def play(peer):
        script(peer)
        sat_through.append(peer)

    with pytest.raises(Failed) as failure:
        ask_raw(play if script is not say_nothing else script, scheme, total_seconds=0.4)
    assert failure.value.reason == "timeout" or (scheme, failure.value.reason) == ("https", "tls")
    assert sat_through == []


def test_the_time_counts_for_all_hops_together(site, get):
    def slowly(handler):
        time.sleep(0.15)
        return 302, {"Location": handler.path + "a"}, b""

    site.pages = {"/" + "a" * number: slowly for number in range(6)}
    with pytest.raises(Failed) as failure:
        get(total_seconds=0.4)
    assert failure.value.reason == "timeout"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x00\x01\x02",
        b"220 mail.example.org ESMTP\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    ],
)
def test_a_broken_answer_fails_with_words(answer, ask_raw):
    def script(peer):
        peer.recv(4_096)
        peer.sendall(answer)

    with pytest.raises(Failed) as failure:
        ask_raw(script)
    assert failure.value.reason == "connection"
    assert str(failure.value).endswith(".")


def test_the_next_address_is_tried_when_one_takes_no_connection(site):
    site.pages["/"] = (200, {}, b"second")
    found = fetch(
        f"http://shop.example.org:{site.port}/",
        allow=LOOPBACK,
        ports=(site.port,),
        resolve=lambda host: ["127.0.0.3", "127.0.0.2"],
    )
    assert found.body == b"second"


def test_a_name_without_addresses_fails_with_words():
    with pytest.raises(Failed) as failure:
        fetch("http://shop.example.org/", resolve=lambda host: [])
    assert failure.value.reason == "name"
