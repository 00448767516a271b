"""What is inside stays untouched: no connection from any name, notation, answer or redirect that leads there."""

import ipaddress
import itertools
import json
from pathlib import Path

import pytest

from engine.outbound import Refused, fetch, is_allowed, read_url

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]
FRONT_DOOR = [ipaddress.ip_network("127.0.0.2/32")]
HOSTILE = json.loads((Path(__file__).parent / "hostile.json").read_text("utf-8"))
INSIDE, PUBLIC, NOTATIONS = HOSTILE["inside"], HOSTILE["public"], HOSTILE["notations"]


def test_the_lists_hold_more_than_two_hundred_cases():
    assert len(NOTATIONS) >= 100
    assert len(INSIDE) >= 80


@pytest.mark.parametrize("address", INSIDE)
def test_an_inside_address_is_not_allowed(address):
    assert not is_allowed(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_allowed(address):
    assert is_allowed(address)


def test_what_is_no_address_is_not_allowed():
    assert not any(is_allowed(text) for text in ("", "localhost", "127.1", "0x7f.1", "1.1.1.1/32", "1.1.1.1 "))


def test_allowing_a_network_opens_that_network_alone():
    assert is_allowed("127.0.0.1", LOOPBACK)
    assert is_allowed("::ffff:127.0.0.1", LOOPBACK)
    assert not is_allowed("10.0.0.1", LOOPBACK)
    assert not is_allowed("64:ff9b::7f00:1", LOOPBACK)


@pytest.mark.parametrize("written", NOTATIONS)
def test_an_odd_notation_connects_nowhere(written, trap, attempts):
    with pytest.raises(Refused):
        fetch(
            written.replace("{p}", str(trap.port)),
            ports=(80, 443, trap.port),
            resolve=lambda host: ["127.0.0.1"],
        )
    assert (attempts, trap.connections) == ([], 0)


@pytest.mark.parametrize("address", INSIDE)
def test_a_name_that_leads_inside_connects_nowhere(address, trap, attempts):
    for answers in ([address], ["93.184.215.14", address], [address, "93.184.215.14"]):
        with pytest.raises(Refused, match="public"):
            fetch(f"http://shop.example.org:{trap.port}/", ports=(trap.port,), resolve=lambda host, a=answers: a)
    assert (attempts, trap.connections) == ([], 0)


@pytest.mark.parametrize("address", INSIDE)
def test_a_redirect_to_the_inside_is_not_followed(address, trap, site, attempts, get):
    host = f"[{address}]" if ":" in address else address
    site.pages["/"] = (302, {"Location": f"http://{host}:{trap.port}/"}, b"")
    with pytest.raises(Refused):
        get(
            allow=FRONT_DOOR if address != "127.0.0.2" else [],
            ports=(site.port, trap.port),
        )
    assert trap.connections == 0
    assert set(attempts) <= {("127.0.0.2", site.port)}


def test_a_redirect_by_name_to_the_inside_is_not_followed(trap, site, get):
    site.pages["/"] = (302, {"Location": f"http://inside.example.org:{trap.port}/"}, b"")
    with pytest.raises(Refused):
        get(
            allow=FRONT_DOOR,
            ports=(site.port, trap.port),
            resolve=lambda host: ["127.0.0.1"],
        )
    assert trap.connections == 0


@pytest.mark.parametrize("location", ["file:///etc/passwd", "gopher://127.0.0.2/", "http://a@127.0.0.2/", "http://["])
def test_a_redirect_to_what_is_no_page_is_not_followed(location, site, get):
    site.pages["/"] = (302, {"Location": location}, b"")
    with pytest.raises(Refused):
        get()


def test_a_redirect_to_another_port_is_not_followed(trap, site, get):
    site.pages["/"] = (302, {"Location": f"http://127.0.0.2:{trap.port}/"}, b"")
    with pytest.raises(Refused, match="port"):
        get()


def test_a_name_that_changes_its_answer_is_met_at_the_checked_address(trap, site):
    """Rebinding: public at the check, inside at the connection. Asked once, there is no second answer."""
    site.pages["/"] = (200, {}, b"the checked one")
    answers = itertools.chain([["127.0.0.2"]], itertools.repeat(["127.0.0.1"]))
    asked = []

    def resolve(host):
        asked.append(host)
        return next(answers)

    found = fetch(
        f"http://shop.example.org:{site.port}/",
        allow=FRONT_DOOR,
        ports=(site.port,),
        resolve=resolve,
    )
    assert (found.body, asked, trap.connections) == (b"the checked one", ["shop.example.org"], 0)
    assert site.asked[0][1]["Host"] == f"shop.example.org:{site.port}"


def test_a_name_is_checked_anew_on_every_hop(site):
    site.pages["/"] = (302, {"Location": f"http://shop.example.org:{site.port}/again"}, b"")
    answers = iter([["127.0.0.2"], ["127.0.0.1"]])
    with pytest.raises(Refused):
        fetch(
            f"http://shop.example.org:{site.port}/",
            allow=FRONT_DOOR,
            ports=(site.port,),
            resolve=lambda host: next(answers),
        )
    assert [path for path, _ in site.asked] == ["/"]


def test_an_international_name_is_asked_in_the_form_of_the_dns(site):
    asked = []
    with pytest.raises(Refused):
        fetch("http://bücher.example/", resolve=lambda host: asked.append(host) or ["127.0.0.1"])
    assert asked == ["xn--bcher-kva.example"]


def test_only_the_usual_ports_unless_others_are_allowed():
    assert read_url("https://example.org").port == 443
    assert read_url("http://example.org:443/").port == 443
    with pytest.raises(Refused, match="8443"):
        read_url("https://example.org:8443/")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("HTTP://WWW.Example.ORG", "http://www.example.org/"),
        ("https://example.org.:443/a/../b?c#d", "https://example.org/a/../b?c"),
        ("http://example.org:80", "http://example.org/"),
        ("http://example.org:/x", "http://example.org/x"),
        ("https://[2606:4700:0::1111]/", "https://[2606:4700::1111]/"),
        ("http://ＥＸＡＭＰＬＥ.org/", "http://example.org/"),
        ("http://faß.example/", "http://xn--fa-hia.example/"),
    ],
)
def test_a_url_has_one_reading(written, read):
    assert str(read_url(written)) == read
