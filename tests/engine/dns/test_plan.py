"""The order of the changes: what is done, what is next, what waits and for what."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.dns.panels import all_hosts, host_of, short_host, zone_of
from engine.dns.plan import Action, Situation, State, is_low, plan_of, with_terms, without_terms
from tests.engine.dns.test_snapshot import D, row, rs

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
OLD = (rs(D, "A", "192.0.2.1"), rs(f"www.{D}", "A", "192.0.2.1", ttl=14_400), rs(f"www.{D}", "CNAME"))
LOW = (rs(f"www.{D}", "A", "192.0.2.1", ttl=300),)
PAGES = row(f"www.{D}", "CNAME", "x.kartra.com", ["192.0.2.1"], verdict="wrong", purpose="pages")
DKIM = row(f"k1._domainkey.{D}", "CNAME", "d1.kartra.example", verdict="missing")
GOOD_DKIM = DKIM | {"verdict": "ok"}
LEFT = row(D, "TXT", "", ["include:servers.mcsv.net"], need="remove", verdict="wrong", purpose="old")
SPF = "v=spf1 include:servers.mcsv.net include:_spf.host.example ~all"


def steps(**fields):
    values = {"rows": [PAGES, DKIM, LEFT], "old": OLD, "is_signed": True, "spf": SPF, "source_names": ["Mailchimp"]}
    return {step.key: step for step in plan_of(Situation(D, NOW, **(values | fields)))}


def test_nothing_is_changed_before_the_snapshot_is_signed():
    found = steps(is_signed=False)
    assert found["snapshot"].state is State.NOW
    assert {found[key].state for key in ("lower_ttl", "add_sender", "switch_pages")} == {State.WAITS}
    assert list(found) == [
        "snapshot", "lower_ttl", "add_sender", "verify", "move_sending", "switch_pages", "wait", "remove_old",
        "raise_ttl",
    ]  # fmt: skip


def test_a_lowered_ttl_is_safe_once_the_old_one_has_run_out():
    lower = steps()["lower_ttl"]
    assert (lower.state, lower.not_before) == (State.NOW, NOW + timedelta(hours=4))
    assert [(line.name, line.ttl, line.verdict) for line in lower.lines] == [(f"www.{D}", 300, "wrong")]
    seen = steps(now=LOW, ttl_low_since=NOW - timedelta(hours=1))["lower_ttl"]
    assert (seen.state, seen.not_before) == (State.WAITS, NOW + timedelta(hours=3))
    assert steps(now=LOW, ttl_low_since=NOW - timedelta(hours=4))["lower_ttl"].state is State.DONE


def test_what_a_resolver_has_left_proves_no_low_ttl():
    changing = [OLD[1]]
    assert is_low(changing, [rs(f"www.{D}", "A", "192.0.2.1", ttl=200, via="resolver")]) is None
    assert is_low(changing, [rs(f"www.{D}", "A", "192.0.2.1", ttl=900, via="resolver")]) is False
    assert is_low(changing, [rs(f"www.{D}", "A", status="timeout")]) is None
    assert is_low(changing, LOW) is True
    assert is_low(changing, []) is None


@pytest.mark.parametrize(
    ("built", "since", "state", "words"),
    [
        (True, 5, State.NOW, "stands ready"),
        (False, 5, State.WAITS, "built"),
        (None, 5, State.WAITS, "does not tell"),
        (True, 1, State.WAITS, "run out"),
    ],
)
def test_the_pages_wait_for_short_times_and_built_assets(built, since, state, words):
    step = steps(pages_built=built, now=LOW, ttl_low_since=NOW - timedelta(hours=since))["switch_pages"]
    assert (step.state, words in step.why) == (state, True)
    assert [(line.action, line.type) for line in step.lines] == [(Action.REMOVE, "A"), (Action.CHANGE, "CNAME")]


def test_the_old_sender_goes_only_after_a_persons_word():
    rows = [GOOD_DKIM, LEFT]
    assert steps(rows=rows)["remove_old"].state is State.WAITS
    assert steps(rows=rows, has_moved_sending=True)["remove_old"].state is State.WAITS
    step = steps(rows=rows, has_moved_sending=True, has_stopped_sending=True)["remove_old"]
    assert step.state is State.NOW
    assert step.lines[0].value == "v=spf1 include:_spf.host.example ~all"
    assert steps(rows=[GOOD_DKIM])["remove_old"].state is State.DONE
    unread = LEFT | {"verdict": "unknown"}
    assert steps(rows=[GOOD_DKIM, unread], has_stopped_sending=True)["remove_old"].state is State.WAITS


def test_verify_tells_missing_from_unknown():
    assert steps()["verify"].state is State.LATER
    assert steps(rows=[GOOD_DKIM | {"verdict": "unknown"}])["verify"].state is State.WAITS
    assert steps(rows=[GOOD_DKIM])["verify"].state is State.DONE
    assert steps(rows=[GOOD_DKIM])["move_sending"].state is State.NOW


def test_two_includes_make_one_record():
    rows = [
        row(D, "TXT", name, verdict="missing", match="include", purpose="spf") for name in ("a.example", "b.example")
    ]
    (line,) = steps(rows=rows)["add_sender"].lines
    assert line.action is Action.CHANGE
    assert (
        line.value
        == "v=spf1 include:servers.mcsv.net include:_spf.host.example include:a.example include:b.example ~all"
    )


@pytest.mark.parametrize(
    ("spf", "after"),
    [
        ("", "v=spf1 include:n.example ~all"),
        ("v=spf1 mx -all", "v=spf1 mx include:n.example -all"),
        ("V=SPF1 ALL", "V=SPF1 include:n.example ALL"),
        ("v=spf1 redirect=x.example", "v=spf1 include:n.example redirect=x.example"),
        ("v=spf1 include:N.example ~all", "v=spf1 include:N.example ~all"),
    ],
)
def test_a_term_goes_before_the_last_word(spf, after):
    assert with_terms(spf, ["include:n.example"]) == after


def test_a_term_is_taken_out_whatever_its_case():
    assert without_terms("v=spf1 ?Include:A.example mx ~all", ["include:a.example"]) == "v=spf1 mx ~all"


def test_lines_for_a_zone_file():
    add = steps()["add_sender"].lines[0]
    assert add.bind == f"k1._domainkey.{D}.\t3600\tIN\tCNAME\td1.kartra.example."
    assert steps()["switch_pages"].lines[0].bind.startswith("; remove")


@pytest.mark.parametrize(
    ("servers", "key"),
    [
        (["gina.ns.cloudflare.com", "rob.ns.cloudflare.com"], "cloudflare"),
        (["ns-12.awsdns-01.com", "ns-2000.awsdns-55.co.uk."], "route53"),
        (["NS01.DomainControl.com"], "godaddy"),
        (["ns1.cloudflare.com.evil.example"], None),
        (["ns01.domaincontrol.com", "gina.ns.cloudflare.com"], None),
        (["ns1.host.example"], None),
        ([], None),
    ],
)
def test_the_host_is_told_by_all_its_name_servers(servers, key):
    found = host_of(servers)
    assert (found.key if found else None) == key


def test_every_host_says_where():
    assert len({host.key for host in all_hosts()}) == len(all_hosts()) >= 20
    assert all(host.where and host.name and host.servers for host in all_hosts())
    assert (short_host(D, D), short_host(f"a.b.{D}", D)) == ("@", "a.b")


def test_a_sub_domain_is_set_in_the_panel_of_its_zone():
    shop = f"shop.{D}"
    no_servers = [{"name": shop, "type": "NS", "values": []}]
    assert short_host(shop, zone_of(shop, no_servers)) == "shop"
    assert short_host(shop, zone_of(shop, [{"name": shop, "type": "NS", "values": ["ns1.host.example"]}])) == "@"
    assert short_host("shop.example.co.uk", zone_of("shop.example.co.uk", [])) == "shop"
