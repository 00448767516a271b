"""Purchases: each rule at its exact line, and totals that equal a slow and obvious reference."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories_kinds import AS_OF, judged_as

HEADER = "Order ID,Email,Product,Total,Refunded Amount,Currency,Date,Status\n"
GOOD = "1,ada@example.org,Course,49.00,,USD,2026-03-01,paid\n"


@pytest.fixture
def judged(tmp_path):
    def judge(rows, header=HEADER, **options):
        return judged_as("purchases", tmp_path, header + rows, **options)

    return judge


def test_a_good_file_has_no_findings_and_the_promised_keys(judged):
    answer = judged(GOOD).report.as_json()
    assert answer["counts"] == {}
    assert list(answer) == [
        "file", "sha256", "encoding", "delimiter", "records", "lines", "columns", "columns_with_data", "source",
        "counts", "segments", "packs", "seconds", "kind", "results",
    ]  # fmt: skip
    assert (answer["kind"], answer["segments"], answer["packs"]) == ("purchases", {}, [])


@pytest.mark.parametrize(
    ("row", "codes"),
    [
        ("2,ada@example.org,Course,abc,,USD,2026-03-01,paid", ["purchase.amount_unreadable"]),
        ("2,ada@example.org,Course,,,USD,2026-03-01,paid", ["purchase.amount_unreadable"]),
        ("2,ada@example.org,Course,49.00,x,USD,2026-03-01,paid", ["purchase.amount_unreadable"]),
        ("2,ada@example.org,Course,-5.00,,USD,2026-03-01,paid", ["purchase.negative"]),
        ("2,ada@example.org,Course,49.00,,,2026-03-01,paid", ["purchase.currency_missing"]),
        ("2,ada@example.org,Course,49.00,,XQQ,2026-03-01,paid", ["purchase.currency_unknown"]),
        ("2,ada@example.org,Course,49.00,49.01,USD,2026-03-01,refunded", ["purchase.refund_larger"]),
        ("2,ada@example.org,Course,49.00,,USD,31.31.2026,paid", ["purchase.date_unreadable"]),
        ("2,ada@example.org,Course,49.00,,USD,2026-11-25,paid", ["purchase.date_future"]),
        ("2,ada@example.org,Course,49.00,,USD,2026-11-24,paid", []),
        ("1,ada@example.org,Course,49.00,,USD,2026-03-01,paid", ["purchase.duplicate_order"]),
        ("1,bob@example.org,Course,49.00,,USD,2026-03-01,paid", ["purchase.duplicate_order"]),
        ("1,ada@example.org,Workbook,9.00,,USD,2026-03-01,paid", []),
        ("1,ada@example.org,Workbook,,,,,", []),
        ("1,ada@example.org,Course,49.00,,USD,2026-03-09,refunded", []),
        ("2,ada@example.org,Course,49.00,,USD,2026-03-01,hmpf", ["purchase.status_unknown"]),
        ("2,ada@example.org,4111 1111 1111 1111,49.00,,USD,2026-03-01,paid", ["purchase.card_number"]),
        ("2,,Course,49.00,,USD,2026-03-01,paid", ["email.missing"]),
        ("2,ada(at)example.org,Course,49.00,,USD,2026-03-01,paid", ["email.malformed"]),
        ("2,<ada@example.org>,Course,49.00,,USD,2026-03-01,paid", ["email.repairable"]),
        ("2,ada@example.org,Course", ["row.short"]),
    ],
)  # fmt: skip
def test_each_rule_speaks_at_its_line_and_no_other(judged, row, codes):
    multiline = '9,zoe@example.org,"two\nlines",1.00,,EUR,2026-01-01,paid\n'
    found = judged(GOOD + multiline + row + "\n").found()
    assert found == [(code, 5) for code in codes]


def test_a_word_that_nobody_knows_is_named_once(judged):
    row = "{},ada@example.org,C,1.00,,USD,2026-03-01,{}\n"
    rows = "".join(row.format(n, word) for n, word in enumerate(["hmpf", "Hmpf", "paid", "hmpf"]))
    judged = judged(rows)
    assert judged.lines("purchase.status_unknown") == [2, 3]
    assert judged.report.words["Status"]["hmpf"] == {"count": 2, "meaning": "unknown"}
    assert judged.results["statuses"] == {"unknown": 3, "paid": 1}


@pytest.mark.parametrize(
    ("cells", "paid"),
    [
        (["1.234,56", "12,00"], "1246.56"),
        (["1,234.56", "12.00"], "1246.56"),
        (["1.234", "12,50"], "1246.50"),
        (["1.234", "12.50"], "13.734"),
        (["1 234,50 €", "€ 12"], "1246.50"),
        (["1'234.50", "CHF 12"], "1234.50"),
        (["12,345,678.90", "0.1"], "12345679.00"),
        (["12,34,567.50", "0.1"], "1234567.60"),
    ],
)
def test_the_decimal_sign_is_decided_for_the_column(judged, cells, paid):
    rows = "".join(f"{n};ada@example.org;C;{cell};2026-03-01\n" for n, cell in enumerate(cells))
    results = judged(rows, header="Order ID;Email;Product;Total;Date\n").results
    assert paid in [row["paid"] for row in results["currencies"]]


def test_a_column_without_proof_is_told_with_its_share(judged):
    rows = "".join(f'{n},a@example.org,C,"{cell}",,USD,2026-03-01,paid\n' for n, cell in enumerate(["1,234", "5"]))
    judged = judged(rows)
    assert judged.lines("purchase.amount_ambiguous") == [1]
    assert judged.results["amounts"][0] == {
        "column": "Total", "decimal": ".", "is_decided": False, "ambiguous": 1, "filled": 2,
    }  # fmt: skip
    assert judged.results["currencies"][0]["paid"] == "1239.00"


def test_a_cell_that_contradicts_its_column_is_not_read(judged):
    rows = "".join(
        f'{n},a@example.org,C,"{cell}",,USD,2026-03-01,paid\n' for n, cell in enumerate(["1.50", "2.50", "3,50"])
    )
    judged = judged(rows)
    assert judged.lines("purchase.amount_unreadable") == [4]
    assert judged.results["currencies"][0]["paid"] == "4.00"
    assert [row["_line"] for row in judged.rows("rejects.csv")] == ["4"]


@pytest.mark.parametrize(
    ("dates", "first", "lines"),
    [
        (["03/04/2026", "25/04/2026"], "2026-04-03", []),
        (["03/04/2026", "04/25/2026"], "2026-03-04", []),
        (["03/04/2026", "04/04/2026"], "2026-03-04", [1]),
        (["03.04.2026", "04.05.2026"], "2026-04-03", [1]),
        (["Sep 01 2026 10:00 AM", "2. Mai 2026"], "2026-05-02", []),
        (["20260401", "1775088000"], "2026-04-01", []),
    ],
)
def test_the_order_of_dates_is_decided_for_the_column(judged, dates, first, lines):
    rows = "".join(f"{n},a@example.org,C,1.00,,USD,{day},paid\n" for n, day in enumerate(dates))
    judged = judged(rows)
    assert judged.results["first"] == first
    assert judged.lines("purchase.date_ambiguous") == lines


def test_currencies_are_never_added_together_and_a_shared_sign_names_none(judged):
    judged = judged(
        "1,a@example.org,$10.00\n2,a@example.org,€5.00\n3,a@example.org,£1.00\n", header="Order ID,Email,Total\n"
    )
    assert [(row["currency"], row["paid"]) for row in judged.results["currencies"]] == [
        ("EUR", "5.00"), ("GBP", "1.00"), ("$", "10.00"),
    ]  # fmt: skip


def test_a_file_without_any_currency_is_asked_about_once(judged):
    judged = judged("1,a@example.org,10.00\n2,a@example.org,5.00\n", header="Order ID,Email,Total\n")
    assert judged.found() == [("purchase.currency_missing", 1)]
    assert judged.results["currencies"][0] == {
        "currency": "", "purchases": 2, "people": 1, "paid": "15.00", "refunded": "0.00", "kept": "15.00",
    }  # fmt: skip


def test_the_header_may_name_the_currency(judged):
    judged = judged("1,a@example.org,10.00\n", header="Order ID,Email,Total (EUR)\n")
    assert judged.found() == []
    assert judged.results["currencies"][0]["currency"] == "EUR"


@pytest.mark.parametrize(
    "rows",
    [
        "1,a@example.org,C,10.00,,USD,2026-03-01,refunded\n",
        "1,a@example.org,C,10.00,10.00,USD,2026-03-01,paid\n",
        "1,a@example.org,C,10.00,,USD,2026-03-01,paid\n1,a@example.org,C,10.00,,USD,2026-03-02,refunded\n",
        "1,a@example.org,C,10.00,,USD,2026-03-02,refunded\n1,a@example.org,C,10.00,,USD,2026-03-01,paid\n",
        "1,a@example.org,C,10.00,,USD,2026-03-01,paid\n2,a@example.org,C,-10.00,,USD,2026-03-02,refunded\n",
    ],
)
def test_however_a_refund_is_written_it_is_sold_once_and_given_back_once(judged, rows):
    judged = judged(rows)
    (row,) = judged.results["currencies"]
    assert (row["paid"], row["refunded"], row["purchases"]) == ("10.00", "10.00", 1)
    assert judged.results["segments"]["refunded"] == 1
    assert judged.found() == []


def test_more_given_back_than_paid_is_told_at_the_refund(judged):
    judged = judged(GOOD + "7,bob@example.org,C,-10.00,,USD,2026-03-02,refunded\n")
    assert judged.found() == [("purchase.refund_unmatched", 3)]


def test_an_order_listed_twice_is_counted_once(judged):
    judged = judged(GOOD + GOOD)
    assert (judged.results["doubled"], judged.results["currencies"][0]["paid"]) == (1, "49.00")


def test_segments_follow_the_last_purchase_and_the_days_that_were_asked(judged):
    rows = (
        "1,now@example.org,C,1.00,,USD,2026-11-01,paid\n2,old@example.org,C,1.00,,USD,2020-01-01,paid\n"
        "3,back@example.org,C,1.00,,USD,2026-11-01,refunded\n4,un@example.org,C,1.00,,USD,,paid\n"
        "5,no@example.org,C,1.00,,USD,2026-11-01,failed\n"
    )
    made = judged(rows)
    assert set(made.results["segments"].values()) == {1}
    assert [(row["email"], row["tag"]) for row in made.rows("buyers.csv")] == [
        ("now@example.org", "Active Buyer"), ("old@example.org", "Past Buyer"), ("back@example.org", "Refunded"),
        ("un@example.org", ""),
    ]  # fmt: skip
    assert judged(rows, active_days=9_999).results["segments"]["past_buyers"] == 0


def test_a_card_number_is_in_none_of_the_files(judged):
    judged = judged("1,ada@example.org,4111-1111-1111-1111,abc,,USD,2026-03-01,5500000000000004\n")
    for path in judged.out.iterdir():
        text = path.read_text()
        assert "4111-1111" not in text
        assert "5500000000000004" not in text
    assert "5500000000000004" not in str(judged.report.as_detail())


def test_a_known_export_is_read_by_its_own_columns(judged):
    header = "Name,Email,Financial Status,Paid at,Currency,Subtotal,Total,Lineitem name,Refunded Amount\n"
    rows = (
        "#1001,a@example.org,paid,2026-03-15,USD,40.00,49.00,Mouse,0.00\n"
        "#1001,a@example.org,,,,,,Cable,\n#1002,b@example.org,refunded,2026-03-16,USD,5.00,6.00,Pad,6.00\n"
    )
    judged = judged(rows, header=header)
    assert judged.found() == []
    (row,) = judged.results["currencies"]
    assert (row["paid"], row["refunded"], row["purchases"]) == ("55.00", "6.00", 2)


AMOUNTS = st.decimals("0.01", "99999.99", places=2)
ROWS = st.lists(
    st.tuples(
        st.integers(0, 6), AMOUNTS, st.sampled_from(["USD", "EUR", "JPY"]), st.dates(date(2019, 1, 1), AS_OF),
        st.sampled_from(["paid", "bezahlt", "failed", "refunded"]), st.booleans(),
    ),
    min_size=1, max_size=40,
)  # fmt: skip


@settings(max_examples=60)
@given(ROWS)
def test_totals_equal_a_slow_reference(rows):
    paid, back, days = defaultdict(Decimal), defaultdict(Decimal), defaultdict(list)
    lines = []
    for number, (person, amount, currency, day, status, is_loud) in enumerate(rows):
        address = f"p{person}@example.org"
        written = address.upper() if is_loud else address
        lines.append(f'{number},{written},C,"{amount:,}",,{currency},{day},{status}\n')
        if status != "failed":
            paid[address, currency] += amount
            days[address].append(day)
        if status == "refunded":
            back[address, currency] += amount
    with TemporaryDirectory() as folder:
        judged = judged_as("purchases", Path(folder), HEADER + "".join(lines))
        buyers = {row["email"].lower(): row for row in judged.rows("buyers.csv")}
    assert set(buyers) == set(days)
    for address, row in buyers.items():
        assert (row["first_purchase"], row["last_purchase"]) == (str(min(days[address])), str(max(days[address])))
        assert int(row["purchases"]) == len(days[address])
        for name in {currency for _, currency in paid}:
            assert Decimal(row[f"paid_{name}"]) == paid[address, name]
            assert Decimal(row[f"refunded_{name}"]) == back[address, name]
    for row in judged.results["currencies"]:
        assert Decimal(row["paid"]) == sum(v for (_, name), v in paid.items() if name == row["currency"])
