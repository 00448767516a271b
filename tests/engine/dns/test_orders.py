"""The way back as orders: exactly what to delete and what to set, whatever stands there now."""

import pytest

from engine.dns.orders import Do, orders
from engine.dns.records import RecordSet
from engine.dns.snapshot import revert

D = "example.org"
OLD_SPF, NEW_SPF = "v=spf1 include:old.example -all", "v=spf1 include:new.example -all"
KEEP = tuple(f"some-site-verification-{number}={'x' * 60}" for number in range(9))


def rs(name, kind, *values, ttl=300, **more):
    return RecordSet(name, kind, values, ttl, **more)


def one(old, now, planned=()):
    (found,) = orders(revert([old], now, {old.key: list(planned)} if planned else {}))
    return found


@pytest.mark.parametrize(
    ("old", "now", "planned", "do", "deletes", "sets", "others"),
    [
        # A text in place of another: the new one goes, the old one comes, the rest stays.
        (rs(D, "TXT", OLD_SPF, "keep=1"), [rs(D, "TXT", NEW_SPF, "keep=1")], (), Do.SET, (NEW_SPF,), (OLD_SPF,), 1),
        # Texts that only came go again, and nothing is put back.
        (rs(D, "TXT", "keep=1"), [rs(D, "TXT", "keep=1", "new=2")], (), Do.DELETE, ("new=2",), (), 1),
        # Before the switch the plan says what will have to go.
        (rs(D, "TXT", OLD_SPF), [rs(D, "TXT", OLD_SPF)], (NEW_SPF,), Do.SET, (NEW_SPF,), (OLD_SPF,), 0),
        (rs(D, "TXT", "keep=1"), [rs(D, "TXT", "keep=1")], (NEW_SPF,), Do.DELETE, (NEW_SPF,), (), 1),
        (rs(D, "A", "192.0.2.1"), [rs(D, "A", "198.51.100.7")], (), Do.SET, ("198.51.100.7",), ("192.0.2.1",), 0),
        (rs(D, "A", "192.0.2.1"), [rs(D, "A", status="timeout")], ("b",), Do.SET, ("b",), ("192.0.2.1",), 0),
        (rs(D, "CNAME"), [rs(D, "CNAME", "new.example.")], (), Do.DELETE, ("new.example.",), (), 0),
        (rs(D, "CNAME"), [rs(D, "CNAME")], ("(from the account)",), Do.DELETE, (), (), 0),
        (rs(D, "TXT", status="timeout"), [rs(D, "TXT", NEW_SPF)], (NEW_SPF,), Do.LOOK, (), (), 0),
        (rs(D, "TXT", *KEEP), [rs(D, "TXT")], (), Do.SET, (), KEEP, 0),
    ],
)  # fmt: skip
def test_an_order_names_whole_values_to_delete_and_to_set(old, now, planned, do, deletes, sets, others):
    found = one(old, now, planned)
    assert (found.do, found.deletes, found.sets) == (do, deletes, sets)
    assert found.others == (others if do is not Do.LOOK else found.others)
    assert found.result


def test_what_is_to_be_looked_at_shows_what_stands_there():
    assert one(rs(D, "TXT", status="timeout"), [rs(D, "TXT", NEW_SPF)], ["x"]).seen == (NEW_SPF,)


def test_an_alias_goes_before_an_address_comes_at_the_same_name():
    old = [rs(D, "A", "192.0.2.1"), rs(D, "CNAME")]
    now = [rs(D, "A"), rs(D, "CNAME", "new.example.")]
    assert [(order.type, order.do) for order in orders(revert(old, now, {}))] == [("CNAME", "delete"), ("A", "set")]


def test_a_time_to_live_that_a_resolver_told_is_not_named():
    assert one(rs(D, "A", "192.0.2.1"), [rs(D, "A", "192.0.2.2")]).ttl == 300
    assert one(rs(D, "A", "192.0.2.1", via="resolver"), [rs(D, "A", "192.0.2.2")]).ttl is None
