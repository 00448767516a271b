"""Affiliates, course members, subscriptions and blocked lists: each rule at its exact line, and what they come to."""

import zipfile
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.contacts.kinds import KINDS, judge_records, suggest_kind
from engine.contacts.kinds.amounts import read_amount
from engine.contacts.kinds.cards import masked
from engine.contacts.kinds.commissions import read_commission
from engine.contacts.kinds.intervals import UNITS, in_words, read_interval
from tests.factories_kinds import AS_OF, SWITCH, judged_as

AFFILIATES = "Affiliate ID,Email,Link,Commission,Balance,Currency,Payout method,Paid to date,Status\n"
MEMBERS = "Email,Course,Access from,Access until,Progress,Status\n"
SUBSCRIPTIONS = (
    "Subscription ID,Email,Plan,Amount,Currency,Interval,Status,Next charge,Started,Cancelled at,Trial end,Processor,"
    "Customer ID\n"
)
GOOD = {
    "affiliates": AFFILIATES + "a1,ada@example.org,x.example/?a1,30%,10.50,USD,PayPal,5.00,active\n",
    "members": MEMBERS + "ada@example.org,Yoga,2026-01-01,2027-06-01,45%,active\n",
    "subscriptions": SUBSCRIPTIONS
    + "s1,ada@example.org,Gold,49.00,USD,month,active,2026-12-24,2026-01-01,,,Stripe,cus_1\n",
    "blocked": "Email,Reason\nada@example.org,bounced\n",
}


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_file_has_no_findings(tmp_path, kind):
    assert judged_as(kind, tmp_path, GOOD[kind]).found() == []


@pytest.mark.parametrize(
    ("kind", "row", "codes"),
    [
        ("affiliates", "a2,bob@example.org,,lots,0,USD,PayPal,0,active", ["affiliate.commission_unreadable"]),
        ("affiliates", "a2,bob@example.org,,30,0,USD,PayPal,0,active", ["affiliate.commission_unreadable"]),
        ("affiliates", "a2,bob@example.org,,120%,0,USD,PayPal,0,active", ["affiliate.commission_over_100"]),
        ("affiliates", "a2,bob@example.org,,60% / 50%,0,USD,PayPal,0,active", ["affiliate.commission_over_100"]),
        ("affiliates", "a2,bob@example.org,,5 USD per lead,1.00,USD,,0,active", ["affiliate.no_payout_method"]),
        ("affiliates", "a2,bob@example.org,,5%,1.00,,PayPal,0,active", ["affiliate.currency_missing"]),
        ("affiliates", "a2,bob@example.org,,5%,1.00,Taler,PayPal,0,active", ["affiliate.currency_unknown"]),
        ("affiliates", "a2,bob@example.org,,5%,much,USD,PayPal,0,active", ["affiliate.amount_unreadable"]),
        ("affiliates", "A1,bob@example.org,,5%,1.00,USD,PayPal,0,active", ["affiliate.duplicate"]),
        ("affiliates", "a2,ADA@example.org,,5%,1.00,USD,PayPal,0,active", ["affiliate.duplicate"]),
        ("affiliates", "a2,bob@example.org,,5%,1.00,USD,PayPal,0,hmpf", ["affiliate.status_unknown"]),
        ("members", "bob@example.org,,2026-01-01,2027-06-01,45%,active", ["member.no_course"]),
        ("members", "bob@example.org,Yoga,2026-01-01,2026-11-22,45%,active", ["member.access_ended"]),
        ("members", "bob@example.org,Yoga,2026-01-01,2026-11-23,45%,active", []),
        ("members", "bob@example.org,Yoga,2026-01-01,2026-11-22,45%,expired", []),
        ("members", "bob@example.org,Yoga,2027-01-02,2027-01-01,45%,active", ["member.until_before_from"]),
        ("members", "bob@example.org,Yoga,2026-01-01,,101%,active", ["member.progress_range"]),
        ("members", "bob@example.org,Yoga,2026-01-01,lifetime,completed,active", []),
        ("members", "bob@example.org,Yoga,2026-01-01,,some,active", ["member.progress_unreadable"]),
        ("members", "bob@example.org,Yoga,soon,2027-01-01,3/10,active", ["member.date_unreadable"]),
        ("members", "ADA@example.org,yoga,2026-01-01,,45,active", ["member.duplicate"]),
        ("members", "bob@example.org,Yoga,2026-01-01,,45,hmpf", ["member.status_unknown"]),
        ("subscriptions", "s2,bob@example.org,Gold,9.00,USD,month,active,,,,,,", ["subscription.no_next_charge"]),
        ("subscriptions", "s2,bob@example.org,Gold,9.00,USD,month,cancelled,,,,,,", []),
        (
            "subscriptions",
            "s2,bob@example.org,Gold,9.00,USD,month,active,2026-11-22,,,,,",
            ["subscription.next_charge_past"],
        ),
        ("subscriptions", "s2,bob@example.org,Gold,9.00,USD,month,active,2026-11-23,,,,,", []),
        (
            "subscriptions",
            "s2,bob@example.org,Gold,9.00,USD,month,active,2026-12-24,,2026-11-01,,,",
            ["subscription.cancelled_running"],
        ),
        (
            "subscriptions",
            "s2,bob@example.org,Gold,9.00,USD,month,trialing,2026-12-19,,,2026-12-19,,",
            ["subscription.trial_before_switch"],
        ),
        ("subscriptions", "s2,bob@example.org,Gold,9.00,USD,month,trialing,2026-12-20,,,2026-12-20,,", []),
        (
            "subscriptions",
            "s2,bob@example.org,Gold,9.00,,month,active,2026-12-24,,,,,",
            ["subscription.currency_missing"],
        ),
        (
            "subscriptions",
            "s2,bob@example.org,Gold,9.00,XQQ,month,active,2026-12-24,,,,,",
            ["subscription.currency_unknown"],
        ),
        (
            "subscriptions",
            "s2,bob@example.org,Gold,nine,USD,month,active,2026-12-24,,,,,",
            ["subscription.amount_unreadable"],
        ),
        ("subscriptions", "s2,bob@example.org,Gold,-9.00,USD,month,active,2026-12-24,,,,,", ["subscription.negative"]),
        (
            "subscriptions",
            "s2,bob@example.org,Gold,9.00,USD,moonly,active,2026-12-24,,,,,",
            ["subscription.interval_unknown"],
        ),
        (
            "subscriptions",
            "s2,bob@example.org,Gold,9.00,USD,month,active,2026-12-24,,,,,4111111111111111",
            ["subscription.card_number"],
        ),
        ("subscriptions", "s2,bob@example.org,Gold,9.00,USD,month,active,2026-12-24,,,,,4111111111111112", []),
        ("subscriptions", "s1,bob@example.org,Gold,9.00,USD,month,active,2026-12-24,,,,,", ["subscription.duplicate"]),
        (
            "subscriptions",
            "s2,bob@example.org,Gold,9.00,USD,month,active,2026-12-24,once,,,,",
            ["subscription.date_unreadable"],
        ),
        (
            "subscriptions",
            "s2,bob@example.org,Gold,9.00,USD,month,hmpf,2026-12-24,,,,,",
            ["subscription.status_unknown"],
        ),
        ("blocked", "nobody,bounced", ["email.malformed"]),
        ("blocked", ",bounced", ["email.missing"]),
        ("blocked", "@spam.example,", ["blocked.domain"]),
        ("blocked", "ADA@example.org,", ["blocked.duplicate"]),
    ],
)
def test_each_rule_speaks_at_its_line_and_no_other(tmp_path, kind, row, codes):
    judged = judged_as(kind, tmp_path, f"{GOOD[kind]}\n{row}\n")
    assert [found for found in judged.found() if found[0] != "row.blank"] == [(code, 4) for code in codes]


@pytest.mark.parametrize(
    ("kind", "header", "code"),
    [
        ("purchases", "Order ID,Email,Product\n", "purchase.no_amount_column"),
        ("members", "Email,Progress\n", "member.no_course_column"),
        ("subscriptions", "Email,Amount (USD),Interval,Status\n", "subscription.no_next_charge_column"),
        ("subscriptions", "Email,Amount (USD),Interval,Next charge\n", "subscription.no_status_column"),
        ("affiliates", "Name,Commission\n", "file.no_email_column"),
    ],
)
def test_a_column_that_is_lacking_is_told_once_at_the_header(tmp_path, kind, header, code):
    cells = ",".join("x@example.org" if name.strip() == "Email" else "1" for name in header.split(","))
    judged = judged_as(kind, tmp_path, header + cells + "\n")
    assert judged.lines(code) == [1]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\xe0 a photo", b"<!DOCTYPE html><html>", b"\n\n", b"%PDF-1.7"])
def test_what_is_no_table_is_a_sentence(tmp_path, kind, content):
    report = judged_as(kind, tmp_path, content).report
    (code,) = report.counts
    assert report.severities[code] == "fatal"
    assert report.samples[code][0].message.endswith(".")


def test_who_is_owed_stands_in_the_list_and_is_added_per_currency(tmp_path):
    rows = "a2,bob@example.org,,5%,0.50,USD,PayPal,1,active\na3,cyd@example.org,,5%,7,EUR,,1,active\n"
    rows += "a4,dan@example.org,,$10 per lead,0,USD,PayPal,0,active\na4,dan@example.org,,5%,99,USD,PayPal,0,active\n"
    judged = judged_as("affiliates", tmp_path, GOOD["affiliates"] + rows)
    results = judged.results
    assert [(row["currency"], row["open"]) for row in results["currencies"]] == [("EUR", "7.00"), ("USD", "11.00")]
    assert (results["owed"], results["without_payout"], results["duplicates"]) == (3, 1, 1)
    assert [row["open"] for row in judged.rows("payouts.csv")] == ["10.50", "0.50", "7"]
    assert {row["commission"]: row["people"] for row in results["commissions"]} == {
        "5 %": 2, "30 %": 1, "10 $ per lead": 1,
    }  # fmt: skip


def test_open_balances_in_a_file_without_payout_column_are_told_once(tmp_path):
    rows = "a1,a@example.org,5%,1.00 USD\na2,b@example.org,5%,2.00 USD\n"
    judged = judged_as("affiliates", tmp_path, "Affiliate ID,Email,Commission,Balance\n" + rows)
    assert judged.found() == [("affiliate.no_payout_method", 2)]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("30%", "30 %"), ("12,5 %", "12.5 %"), ("40% / 10%", "40 % / 10 %"), ("Tier 1: 40%, Tier 2: 1%", "40 % / 1 %"),
        ("$10 per lead", "10 $ per lead"), ("10 EUR", "10 EUR"), ("€10 per sale", "10 EUR per sale"), ("lots", ""),
        ("-5%", ""), ("30", ""), ("10 EUR + 5%", ""),
    ],
)  # fmt: skip
def test_commissions_are_read_as_they_are_written(cell, words):
    commission = read_commission(cell)
    assert (commission.in_words() if commission.is_readable else "") == words


def test_members_are_let_in_again_per_course(tmp_path):
    rows = "bob@example.org,Yoga,,2026-12-01,100%,active\ncyd@example.org,Breath,,,0,active\n"
    rows += "cyd@example.org,Yoga,,,0,cancelled\ndan@example.org,Yoga,,2026-01-01,0,active\n"
    judged = judged_as("members", tmp_path, GOOD["members"] + rows)
    results = judged.results
    assert (results["people"], results["people_to_reinstate"], results["reinstate"], results["lose"]) == (4, 3, 3, 2)
    assert results["ending_before_switch"] == 1
    assert results["courses"][0] == {
        "course": "Yoga", "members": 4, "reinstate": 2, "lose": 2, "completed": 1, "ending_before_switch": 1,
    }  # fmt: skip
    assert [row["email"][:3] for row in judged.rows("reinstate.csv")] == ["ada", "bob", "cyd"]
    with zipfile.ZipFile(judged.out / "courses.zip") as archive:
        assert archive.namelist() == ["course_001_yoga.csv", "course_002_breath.csv"]
        assert archive.read("course_002_breath.csv").decode().splitlines()[1].startswith("cyd@example.org,Breath")


@pytest.mark.parametrize(
    ("cell", "interval"),
    [
        ("month", (1, "month")), ("Monthly", (1, "month")), ("every 3 months", (3, "month")), ("jährlich", (1, "year")),
        ("1 year", (1, "year")), ("6-month", (6, "month")), ("/mo", (1, "month")), ("quarterly", (1, "quarter")),
        ("semi-annual", (1, "half_year")), ("0 months", None), ("once", None), ("", None),
    ],
)  # fmt: skip
def test_intervals_are_read_as_they_are_written(cell, interval):
    assert read_interval(cell) == interval


@pytest.mark.parametrize("interval", [(count, unit) for unit in UNITS for count in (1, 2, 18)])
def test_an_interval_in_words_is_read_back(interval):
    assert read_interval(in_words(interval)) == interval


SUBSCRIBED = st.lists(
    st.tuples(
        st.decimals("0.01", "9999.99", places=2), st.sampled_from(["USD", "EUR"]),
        st.sampled_from([("month", 1), ("year", 12), ("quarter", 3), ("every 2 months", 2)]),
        st.sampled_from(["active", "trialing", "past_due", "cancelled"]), st.integers(0, 30),
        st.sampled_from(["Gold", "Silver"]),
    ),
    min_size=1, max_size=40,
)  # fmt: skip


@settings(max_examples=60)
@given(SUBSCRIBED)
def test_monthly_sums_and_charges_equal_a_slow_reference(rows):
    monthly: Counter[str] = Counter()
    charges: Counter[tuple[str, str]] = Counter()
    plans: Counter[tuple[str, str]] = Counter()
    lines = []
    for number, (amount, currency, (interval, months), status, ahead, plan) in enumerate(rows):
        day = AS_OF + timedelta(days=ahead)
        lines.append(f"s{number},p{number}@example.org,{plan},{amount},{currency},{interval},{status},{day},,,,,\n")
        if status != "cancelled":
            monthly[currency] += Fraction(amount) / months if status != "trialing" else 0
            charges[str(day), currency] += amount
            plans[plan, currency] += 1
    with TemporaryDirectory() as folder:
        report = judged_as("subscriptions", Path(folder), SUBSCRIPTIONS + "".join(lines)).report
    told = report.subscriptions
    for row in told["currencies"]:
        assert abs(Fraction(row["monthly"]) - monthly[row["currency"]]) <= Fraction(1, 200)
    assert {(row["day"], row["currency"]): Decimal(row["amount"]) for row in told["next_charges"]} == charges
    held: Counter[tuple[str, str]] = Counter()
    for row in told["plans"]:
        held[row["plan"], row["currency"]] += row["running"]
    assert held == plans
    assert told["running"] == sum(plans.values())


def test_the_register_of_payments_gets_plain_data(tmp_path):
    told = judged_as("subscriptions", tmp_path, GOOD["subscriptions"]).report.as_json()["subscriptions"]
    assert told["as_of"] == str(AS_OF)
    assert told["next_charges"] == [{"day": "2026-12-24", "currency": "USD", "count": 1, "amount": "49.00"}]
    assert told["plans"] == [
        {"plan": "Gold", "interval": "every month", "currency": "USD", "running": 1, "paying": 1, "amount": "49.00",
         "monthly": "49.00"},
    ]  # fmt: skip


def test_a_bare_list_of_addresses_needs_no_header(tmp_path):
    judged = judged_as("blocked", tmp_path, "ada@example.org\nbob@example.org\nBOB@example.org\n")
    assert judged.found() == [("blocked.duplicate", 3)]
    assert (judged.report.records, judged.results["people"]) == (3, 2)
    assert [row["email"] for row in judged.rows("blocked.csv")] == ["ada@example.org", "bob@example.org"]


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("Order ID,Email,Product,Total,Currency,Date", "purchases"),
        ("id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Customer Email", "purchases"),
        ("Bestellnummer;E-Mail;Betrag;Währung;Kaufdatum", "purchases"),
        ("Customer Email,Plan,Amount,Currency,Interval,Status,Current Period End (UTC)", "subscriptions"),
        ("Affiliate ID,Email,Commission,Balance,Payout method", "affiliates"),
        ("Email,Course,Access from,Access until,Progress", "members"),
        ("Email Address,First Name,UNSUB_TIME,UNSUB_REASON", "blocked"),
        ("Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,TAGS", ""),
        ("Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Total Spent,Total Orders,Tags", ""),
        ("Email,Name,Status,Consent", ""),
        ("first_name,email,created_at,status", ""),
        ("Contact Id,First Name,Last Name,Phone,Email,Created,Last Activity,Tags", ""),
    ],
)
def test_a_header_speaks_for_its_kind_or_for_none(header, kind):
    assert suggest_kind(header.split(";" if ";" in header else ",")) == kind


def test_a_file_of_another_kind_is_told(tmp_path):
    judged = judged_as("purchases", tmp_path, GOOD["subscriptions"])
    assert judged.lines("file.other_kind") == [1]
    assert judged.results["suggested_kind"] == "subscriptions"


def test_a_workbook_is_read_as_its_csv_would_be(tmp_path):
    book = openpyxl.Workbook()
    for row in [
        ["Order ID", "Email", "Total", "Currency", "Date"],
        [1, "a@example.org", 1.234, "USD", date(2026, 3, 1)],
    ]:
        book.active.append(row)
    book.save(tmp_path / "in.xlsx")
    report = judge_records(tmp_path / "in.xlsx", "purchases", as_of=AS_OF, switch=SWITCH)
    assert report.results["currencies"][0]["paid"] == "1.234"
    assert report.results["first"] == "2026-03-01"
    assert not report.counts


def test_a_watcher_that_raises_leaves_nothing_behind(tmp_path):
    class Enough(Exception):
        pass

    def watch(done, total):
        raise Enough

    with pytest.raises(Enough):
        judged_as("purchases", tmp_path, "Email,Total\na@example.org,1\n", progress=watch)
    assert not [path for path in tmp_path.iterdir() if "out" in path.name]


@given(st.decimals("-999999999999.99", "999999999999.99", places=2), st.sampled_from([",.", ".,", "\u00a0,", "'."]))
def test_every_amount_survives_every_way_of_writing(value, signs):
    written = f"{value:,}".replace(",", "\0").replace(".", signs[1]).replace("\0", signs[0])
    assert read_amount(written, signs[1]).value == value


@given(st.text(max_size=80))
def test_no_text_breaks_the_reading_of_a_cell(text):
    read_amount(text, ".")
    read_commission(text)
    read_interval(text)
    masked(text)
