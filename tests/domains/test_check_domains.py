"""The command: options, JSON, exit status; against a real name server on loopback."""

import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

SHAPE = {
    "domain", "shown", "asked_at", "nameserver", "failed", "queries", "seconds", "spf", "dmarc", "mx", "dkim",
    "nameservers", "senders", "sender_signs", "unknown_senders", "expected", "records", "findings",
}  # fmt: skip


def run(capsys, *words):
    try:
        call_command("check_domains", *words)
        status = 0
    except SystemExit as left:
        status = left.code
    return status, capsys.readouterr()


def test_json_is_one_object_a_domain_and_nothing_else(name_server, capsys):
    names = ["sunrise-yoga.example", "nowhere.example"]
    status, printed = run(capsys, *names, "--to", "kartra", "--from", "mailchimp", "--json")
    found = [json.loads(line) for line in printed.out.splitlines()]
    assert [report["domain"] for report in found] == names
    assert set(found[0]) == SHAPE
    assert set(found[0]["spf"]) >= {"result", "lookups", "voids", "record", "tree"}
    assert set(found[0]["dmarc"]) >= {"result", "policy", "record", "found_at"}
    assert set(found[0]["expected"][0]) >= {"name", "type", "need", "expected", "found", "verdict"}
    assert set(found[0]["findings"][0]) >= {"code", "severity", "message"}
    assert "2 of 2" in printed.err
    assert status == 1


def test_a_domain_in_order_ends_with_nought(name_server, capsys):
    status, printed = run(capsys, "sunrise-yoga.example", "--selector", "k1")
    assert status == 0
    assert "DKIM k1: ok" in printed.out


def test_the_name_server_may_be_named(name_server, settings, capsys):
    settings.DNS_NAMESERVERS = ["127.0.0.1:1"]
    status, printed = run(capsys, "sunrise-yoga.example", "--nameserver", name_server.address, "--json")
    assert json.loads(printed.out)["nameserver"] == name_server.address
    assert status == 0


@pytest.mark.parametrize(
    "words",
    [
        ["my domain.example"],
        ["https://sunrise-yoga.example"],
        ["x" * 300],
        ["sunrise-yoga.example", "--to", "nowhere"],
        ["sunrise-yoga.example", "--from", "nowhere"],
        ["sunrise-yoga.example", "--nameserver", "ns.example"],
        ["sunrise-yoga.example", "--concurrency", "0"],
    ],
)
def test_a_wrong_call_asks_nothing_and_ends_with_two(name_server, words):
    with pytest.raises(CommandError, match=r"\.$") as error:
        call_command("check_domains", *words)
    assert error.value.returncode == 2
    assert name_server.asked == []
