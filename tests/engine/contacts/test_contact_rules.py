from datetime import date

import numpy as np
import pytest

from engine.contacts.addresses import read_address, typo_suggestion
from engine.contacts.block_judging import SEGMENTS, Answer, BlockJudge
from engine.contacts.blocks import record_blocks
from engine.contacts.columns import FieldSpec, Kind, read_fields, recognise_columns
from engine.contacts.limits import TargetLimits
from engine.contacts.rows import Row, Segment, Setting
from engine.contacts.rules import RULES, ruling_for
from engine.contacts.tag_cells import split_tags
from engine.contacts.vocabulary import consent_of, flag_of, status_of

TARGET = TargetLimits(
    "kartra", "Kartra", max_text=20, tag_pattern="[A-Za-z0-9 ]+", tag_separator=";", max_tag_length=10
)


def row(header=("Email",), cells=("ada@example.org",), specs=(), target=TARGET, **setting):
    columns = recognise_columns(header, [], specs)
    return Row(
        list(cells), 7, 3, Setting(columns, target, date(2026, 11, 23), has_nul=True, has_damage=True, **setting)
    )


def judged(*args, **kwargs):
    """The findings about one row, by code."""
    subject = row(*args, **kwargs)
    return {finding.code: finding for finding in ruling_for(subject.setting).findings(subject)}


def segment(*args, **kwargs):
    subject = row(*args, **kwargs)
    (block,) = record_blocks([(2, subject.cells, None)], len(subject.cells))
    judge = BlockJudge(subject.setting)
    (code,) = judge.finish(judge.begin(block, 0), Answer(np.zeros(1, np.int64), np.zeros(1, np.bool_))).segments
    return SEGMENTS[code]


GOOD = [
    "ada@example.org", "o'brien@example.ie", "a+tag@b.museum", "x@sub.sub.example.photography", "jörg@müller.de",
    "用户@例子.广告", "a@xn--mller-kva.de", "under_score@example.org", "a-b.c@1and1.com", "1@2.io", "a@host.test",
    "UPPER@EXAMPLE.ORG", "a&b@example.org", "!#$%@example.org",
]  # fmt: skip
BAD = [
    "ada", "ada@", "@example.org", "a@@b.org", "a@b", "a@b..org", ".a@b.org", "a.@b.org", "a b@c.org", "a@-b.org",
    "a@b_c.org", '"a b"@c.org', "a@[10.0.0.1]", "a(comment)@b.org", "a@b.c", "a@10.0.0.1", "x" * 65 + "@b.org",
    "a@" + "b" * 64 + ".org", "a@" + "b." * 130 + "org", "J\ufffdrg@b.org", "a@b.org c@d.org", "n/a", "a,b@c.org",
]  # fmt: skip
REPAIRABLE = {
    "  a@b.org ": "a@b.org", "<a@b.org>": "a@b.org", "mailto:a@b.org": "a@b.org", "a@b.org.": "a@b.org",
    "a@b.org,": "a@b.org", "Ada L <a@b.org>": "a@b.org", "a @b.org": "a@b.org", "a@b. org": "a@b.org",
    '"a@b.org"': "a@b.org", "a@b.org\u200b": "a@b.org", "\u00a0a@b.org": "a@b.org",
}  # fmt: skip


@pytest.mark.parametrize("address", GOOD)
def test_a_good_address_is_left_in_peace(address):
    assert not judged(cells=[address]).keys() & {"contacts.email.malformed", "contacts.email.repairable"}


@pytest.mark.parametrize("address", BAD)
def test_a_bad_address_is_malformed(address):
    assert "contacts.email.malformed" in judged(cells=[address])
    assert segment(cells=[address]) is Segment.REJECTED


@pytest.mark.parametrize(("written", "meant"), REPAIRABLE.items())
def test_an_address_that_can_be_repaired_is_repaired(written, meant):
    found = judged(cells=[written])
    assert found["contacts.email.repairable"].suggestion == meant
    assert "contacts.email.malformed" not in found
    assert segment(cells=[written]) is Segment.FIX


def test_a_hostile_address_takes_no_time():
    for text in ("a." * 50_000, "a@" * 50_000, "<" * 100_000, " " * 100_000 + "x", "a@" + "a-" * 50_000, "@." * 50_000):
        assert read_address(text).problem


def test_a_missing_address_is_named():
    assert set(judged(cells=["  "])) == {"contacts.email.missing"}


def test_a_typo_comes_with_the_spelling_that_was_meant():
    found = judged(cells=["ada@gmial.com"])
    assert found["contacts.email.typo"].suggestion == "ada@gmail.com"
    assert "contacts.email.disposable" not in found


@pytest.mark.parametrize(
    "domain", ["gmail.com", "ymail.com", "mail.com", "gmx.de", "me.com", "yahoo.co.uk", "email.com"]
)
def test_real_domains_are_no_typos(domain):
    assert typo_suggestion(domain) == ""


def test_a_shared_mailbox_is_a_warning():
    assert set(judged(cells=["Info@example.org"])) == {"contacts.email.role"}


def test_a_throw_away_address_is_a_warning():
    assert set(judged(cells=["ada@mailinator.com"])) == {"contacts.email.disposable"}
    assert set(judged(cells=["a@x.mailinator.com"])) == {"contacts.email.disposable"}


@pytest.mark.parametrize(
    ("header", "cell", "told"),
    [
        ("Status", "Unsubscribed", "unsubscribed"),
        ("Status", "hard-bounced", "bounced"),
        ("Status", "Spam Complaint", "complained"),
        ("Status", "abgemeldet", "unsubscribed"),
        ("Consent", "withdrawn", "unsubscribed"),
        ("UNSUB_TIME", "2026-01-02 03:04:05", "unsubscribed"),
        ("EMAIL_BLACKLISTED", "true", "blocked"),
        ("Bounced", "1", "bounced"),
    ],
)
def test_who_may_not_be_mailed_is_blocked(header, cell, told):
    args = (("Email", header), ("ada@example.org", cell))
    assert f"contacts.status.{told}" in judged(*args)
    assert segment(*args) is Segment.BLOCKED


@pytest.mark.parametrize("cell", ["", "false", "0", "no"])
def test_a_flag_that_is_down_blocks_nobody(cell):
    assert flag_of("EMAIL_BLACKLISTED", cell) == ""


def test_words_are_read_whatever_their_case_and_signs():
    assert status_of(" OPTED_OUT ") == "unsubscribed"
    assert status_of("Purple") == "unknown"
    assert consent_of("Double Opt-In") == "yes"
    assert consent_of("implied") == "no"


@pytest.mark.parametrize(
    ("header", "cells", "expected"),
    [
        (("Email", "Consent"), ("a@b.org", "yes"), Segment.CONSENTED),
        (("Email", "Consent"), ("a@b.org", ""), Segment.NO_CONSENT),
        (("Email", "Consent"), ("a@b.org", "perhaps"), Segment.NO_CONSENT),
        (("Email", "Consent", "Status"), ("a@b.org", "no", "subscribed"), Segment.NO_CONSENT),
        (("Email", "Status"), ("a@b.org", "subscribed"), Segment.CONSENTED),
        (("Email", "Status"), ("a@b.org", "active"), Segment.NO_CONSENT),
        (("Email", "OPTIN_TIME"), ("a@b.org", "2026-01-01"), Segment.CONSENTED),
        (("Email", "Name"), ("a@b.org", "Ada"), Segment.NO_CONSENT),
        (("Email", "Consent", "Last Open"), ("a@b.org", "yes", "2025-01-01"), Segment.UNENGAGED),
        (("Email", "Consent", "Last Open"), ("a@b.org", "yes", "2026-11-01T10:00:00Z"), Segment.CONSENTED),
        (("Email", "Consent", "Last Open"), ("a@b.org", "yes", "01/02/2025"), Segment.CONSENTED),
    ],
)
def test_a_record_goes_to_the_first_segment_that_fits(header, cells, expected):
    assert segment(header, cells) is expected


def test_a_blank_consent_cell_is_named():
    assert set(judged(("Email", "Consent"), ("a@b.org", " "))) == {"contacts.consent.missing"}


def test_text_above_the_limit_of_the_target_is_named_with_its_column():
    found = judged(("Email", "Note"), ("a@b.org", "x" * 21))["contacts.text.too_long"]
    assert (found.where.column, found.where.line, found.where.record) == ("Note", 7, 3)
    assert "contacts.text.too_long" not in judged(("Email", "Note"), ("a@b.org", "x" * 20))


def test_some_platforms_count_bytes():
    in_bytes = TargetLimits("mailchimp", "Mailchimp", max_text=20, text_unit="bytes")
    assert "contacts.text.too_long" in judged(("Email", "Note"), ("a@b.org", "ü" * 11), target=in_bytes)
    assert "contacts.text.too_long" not in judged(("Email", "Note"), ("a@b.org", "ü" * 10), target=in_bytes)


def test_tags_that_the_target_refuses_come_with_a_spelling_it_takes():
    found = judged(("Email", "Tags"), ("a@b.org", "VIP; 50% off!; plain"))
    assert found["contacts.tags.symbols"].suggestion == "VIP; 50 off; plain"
    assert "contacts.tags.too_long" in judged(("Email", "Tags"), ("a@b.org", "abcdefghijk"))


def test_tags_are_split_by_what_stands_between_them():
    assert split_tags('"tag one","tag two"') == ["tag one", "tag two"]
    assert split_tags("a; b,c") == ["a", "b,c"]
    assert split_tags("a*b", "*") == ["a", "b"]


def test_nul_and_undecodable_characters_are_named():
    assert "contacts.cell.nul" in judged(("Email", "Name"), ("a@b.org", "A\0da"))
    assert "contacts.cell.undecodable" in judged(("Email", "Name"), ("a@b.org", "J\ufffdrg"))


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("number", "1,234.5", "twelve"),
        ("phone", "+1 (312) 555-5555", "call me"),
        ("boolean", "yes", "perhaps"),
        ("date", "2026-02-28", "2026-02-30"),
        ("date", "31/12/2026", "31/13/2026"),
        ("url", "https://example.org/x", "not a url"),
        ("option", "Red", "blue"),
        ("email", "x@y.org", "x@y"),
    ],
)
def test_a_described_column_keeps_its_type(kind, good, bad):
    spec = FieldSpec("Extra", Kind(kind), options=("red", "green"))
    code = f"contacts.{kind}.malformed"
    assert code not in judged(("Email", "Extra"), ("a@b.org", good), specs=[spec])
    assert code in judged(("Email", "Extra"), ("a@b.org", bad), specs=[spec])


def test_a_described_column_may_be_required_and_bounded():
    spec = FieldSpec("Extra", Kind.TEXT, max_length=3, required=True)
    assert "contacts.cell.required" in judged(("Email", "Extra"), ("a@b.org", " "), specs=[spec])
    assert "contacts.text.too_long" in judged(("Email", "Extra"), ("a@b.org", "abcd"), specs=[spec])


def test_the_fields_file_is_checked():
    assert read_fields([{"name": "Email", "type": "email", "required": True}])[0].kind is Kind.EMAIL
    for raw in ({}, [1], [{"name": "x", "type": "colour"}], [{"type": "text"}], [{"name": "x", "max_length": "9"}]):
        with pytest.raises(ValueError, match=r"\.$"):
            read_fields(raw)


@pytest.mark.parametrize(
    "name", ["E-Mail", "Email Address", "EMAIL_ADDRESS", "courriel", "Correo electrónico", "メールアドレス"]
)
def test_the_address_column_is_known_by_name_in_several_languages(name):
    assert recognise_columns(("x", name), []).email == 1


def test_the_address_column_is_found_by_its_content():
    assert recognise_columns(("a", "b"), [["1", "x@y.org"], ["2", ""]]).email == 1
    assert recognise_columns(("a", "b"), [["1", "2"]]).email == -1


def test_no_ordinary_address_would_have_been_spoken_of():
    for address in GOOD:
        subject = row(cells=[address])
        if subject.address.is_ordinary:
            assert not [found for rule in RULES if rule.is_about_address for found in rule.check(subject)]
