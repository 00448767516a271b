# ruff: noqa: E501
"""What a described column takes and what it refuses, and that the quick look never lets pass what the rule refuses."""

import polars as pl
import pytest

from engine.contacts.columns import FieldSpec, Kind
from engine.contacts.dates import Order, day_of
from engine.contacts.private import has_card_number
from engine.contacts.screens import _spec_screens
from engine.contacts.tag_cells import mended_tag, separator_in
from engine.contacts.types import fits

GOOD = {
    "number": [
        "0", "-5", "+3", "12", "12.5", "12,5", "1,234.56", "1.234,56", "1'234.50", "1 234,56", "1\u202f234,5", "12,34,567.89",
        "1.234.567", "\u22125", ".5", "1e5", "12 %", "99%", "007",
    ],
    "phone": [
        "+1 (555) 010-9999 ext. 3", "0049-30-123456", "+49 (0) 30 123456", "(0)30 123456", "(+49) 30 123456", "555-0199",
        "555.010.9999 x12", "+1 555 010 9999 #12", "011 44 20 7946 0958", "030/1234567", "+49\u201130\u2011123456",
    ],
    "boolean": ["yes", "No", "TRUE", "f", "t", "Ja", "nein", "x", "Oui", "1.0", "0", "sí", "on", "wahr", "да"],
    "url": [
        "example.org", "www.example.co.uk/path?x=1", "http://münchen.de/ä", "https://a_b.example.org", "example.org:8080/x",
        "https://xn--mnchen-3ya.de", "http://192.168.0.1:80/x", "https://example.org.", "HTTPS://EXAMPLE.ORG/A", "https://例子.中国",
    ],
    "date": [
        "2026-11-24", "24 Nov 2026", "Sep 01 2026 10:00 AM", "24-Nov-26", "24 de noviembre de 2026", "20261124", "never",
        "24.11.2026 um 10:00", "24. November 2026", "1er janvier 2026", "Nov-24-2026", "2026-01-02T10:00:00.000Z", "13/12/2026",
        "Tue, 24 Nov 2026 10:00:00 +0000", "Nov 24, 2026 at 10:30 am", "24/Nov/2026", "2020-09-25 16:45:13 -0400", "1/2/26",
    ],
    "email": ["ada@example.org", "用户@例子.广告", " ada@example.org "],
}  # fmt: skip
BAD = {
    "number": ["twelve", "12abc", "1.2.3", "--5", "1,234,56", "1.234.5", "5-", "1 2", "$", "N/A", "12-5", "0x1F"],
    "phone": ["call me", "12345", "-----", "1234567890123456789", "+", "++49 30 123456", "123-abc-4567", "n/a", "1......2"],
    "boolean": ["perhaps", "2", "pending", "unknown", "never", "implied", "yess"],
    "url": [
        "not a url", "http//example.org", "htp://example.org", "example..org", "12.50", "http://localhost", "example,org",
        "http://exa mple.org", "foo@bar.org", "https://", "http://-a.org", "example",
    ],
    "date": ["2026-02-30", "soon", "31/31/2026", "20261345", "2026-13-01", "24 Foo 2026", "2026", "24 November", "00/00/2026"],
    "email": ["x@y", "ada", "a@@b.org"],
}  # fmt: skip
CELLS = [
    (kind, cell, told)
    for table, told in ((GOOD, True), (BAD, False))
    for kind, cells in table.items()
    for cell in cells
]


@pytest.mark.parametrize(("kind", "cell", "told"), CELLS)
def test_a_cell_is_of_its_type_or_not(kind, cell, told):
    assert (fits(cell.strip(), FieldSpec("x", Kind(kind))) == "") is told


@pytest.mark.parametrize("kind", BAD)
def test_the_quick_look_lets_nothing_pass_that_the_rule_refuses(kind):
    spec = FieldSpec("x", Kind(kind))
    cells = [cell for table in (GOOD, BAD) for listed in table.values() for cell in listed]
    (screen,) = _spec_screens(pl.col("x"), spec, is_main=False)
    is_odd = pl.DataFrame({"x": cells}).select(screen.alias("odd"))["odd"].to_list()
    assert [cell for cell, odd in zip(cells, is_odd, strict=True) if not odd and fits(cell, spec)] == []


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("24-Nov-26", "2026-11-24"), ("24 de noviembre de 2026", "2026-11-24"), ("20261124", "2026-11-24"),
        ("Nov-24-2026", "2026-11-24"), ("1er janvier 2026", "2026-01-01"), ("29.02.2024", "2024-02-29"), ("29.02.2026", "!"),
        ("01/02/2026", "?"), ("05/05/2026", "2026-05-05"), ("1700000000", "2023-11-14"), ("", ""),
    ],
)  # fmt: skip
def test_days_are_read_as_they_are_written(cell, day):
    assert day_of(cell, Order.UNCLEAR) == day


@pytest.mark.parametrize(
    "text",
    ["4111 1111 1111 1111 12/27", "4111111111111111 123", "3782 822463 10005", "2223003122003222", "3530111333300000"],
)
def test_a_card_is_seen_whatever_follows_it(text):
    assert has_card_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "DE89 3704 0044 0532 0130 00", "ISBN 978-3-16-148410-0", "IMEI 356938035643809", "1699999999999", "4111111111111112",
        "https://example.org/4111111111111111", "2026-11-24 10:11:12", "2220003122003222",
    ],
)  # fmt: skip
def test_other_long_numbers_are_no_cards(text):
    assert not has_card_number(text)


def test_a_mended_tag_is_one_that_the_target_takes():
    assert mended_tag("Käufer*innen", "[A-Za-z0-9 ]+") == "Kaufer innen"
    assert mended_tag("Straße!", "[A-Za-z0-9 ]+") == "Strasse"
    assert mended_tag("Käufer!") == "Käufer"
    assert mended_tag("🎉", "[A-Za-z0-9 ]+") == ""


def test_the_separator_of_the_source_gives_way_to_the_one_that_stands_in_the_cells():
    assert separator_in(["a;b", "c"], ",") == ""
    assert separator_in(["a;b", "c,d"], ",") == ","
    assert separator_in(["a", ""], ",") == ","
