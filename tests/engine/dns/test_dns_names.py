"""What people type in place of a domain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dns.names import BadName, absolute, name_in, parse_domain, shown_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Example.ORG", "example.org"),
        ("example.org.", "example.org"),
        ("  example.org\n", "example.org"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("BÜCHER。example", "xn--bcher-kva.example"),
        ("bücher.example。", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.Example.", "xn--bcher-kva.example"),
        ("ab--cd.example", "ab--cd.example"),
        ("a.b.example.co.uk", "a.b.example.co.uk"),
    ],
)
def test_a_name_is_read_as_the_dns_is_asked(text, name):
    assert parse_domain(text) == name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Type a domain"),
        ("my domain.org", "no spaces"),
        ("https://example.org/x", "web address"),
        ("example.org/x", "web address"),
        ("info@example.org", "e-mail address"),
        ("_dmarc.example.org", "underscore"),
        ("example", "whole domain"),
        ("xn--zzzz.example", "spelling"),
        ("*.example.org", "spelling"),
        ("[::1]", "IP address"),
        ("localhost", "whole domain"),
        ("server.local", "only inside"),
        ("co.uk", "whole domain"),
        ("192.0.2.1", "IP address"),
        ("example.org:8080", "port"),
        ("a..example.org", "Two dots"),
        ("-a.example.org", "spelling"),
        ("a" * 64 + ".example.org", "63"),
        ("a." * 200 + "example.org", "253"),
        ("x" * 10_000, "253"),
        ("exa\x00mple.org", "spaces"),
    ],
)
def test_anything_else_gets_a_sentence(text, words):
    with pytest.raises(BadName, match=words):
        parse_domain(text)


@given(st.text(max_size=80))
def test_no_text_is_more_than_a_sentence(text):
    try:
        name = parse_domain(text)
    except BadName as error:
        assert str(error).endswith(".")
    else:
        assert parse_domain(name) == name


def test_the_name_inside_an_address_is_found():
    texts = ["https://www.example.org/x?y", "info@example.org", "example.org/x", "example.org", "my domain/x"]
    assert [name_in(text) for text in texts] == [
        "www.example.org", "example.org", "example.org", "example.org", "my domain/x",
    ]  # fmt: skip


def test_people_see_the_letters_they_typed():
    assert shown_name("xn--bcher-kva.example") == "bücher.example"
    assert shown_name("xn--zzzz--.example") == "xn--zzzz--.example"


def test_hosts_are_relative_to_the_domain():
    hosts = ["@", "", "www", "www.example.org", "example.org."]
    assert [absolute(host, "example.org") for host in hosts] == [
        "example.org", "example.org", "www.example.org", "www.example.org", "example.org",
    ]  # fmt: skip
