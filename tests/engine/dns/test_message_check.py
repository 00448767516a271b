"""Real test messages: signed, changed, pasted, forged; keys from a real name server."""

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dns.answers import Answers, lookup_in
from engine.dns.message import MOST_BYTES, BadMessage, read_message
from engine.dns.message_check import check_message, judge_message
from tests.engine.dns.bed import Bed
from tests.engine.dns.mails import KEY, mail, received, signed

ZONE = {
    "example.org": {"TXT": ["v=spf1 ip4:192.0.2.1 -all"]},
    "s1._domainkey.example.org": {"TXT": [KEY]},
    "_dmarc.example.org": {"TXT": ["v=DMARC1; p=reject"]},
    "s1._domainkey.vendor.example": {"TXT": [KEY]},
    "mail.example.org": {"TXT": ["v=spf1 -all"]},
    "s1._domainkey.mail.example.org": {"TXT": [KEY]},
}


def check(data, zone=None, **more):
    with Bed(ZONE | (zone or {})) as server:
        return check_message(data, nameservers=[server.address], **more)


def outcomes(report):
    return report.dmarc.outcome, [part.outcome for part in report.dkim], report.spf.outcome


def test_a_signed_message_passes():
    assert outcomes(check(received(signed(mail())))) == ("pass", ["pass"], "pass")


@pytest.mark.parametrize("canonical", [(b"simple", b"simple"), (b"relaxed", b"simple")])
def test_a_saved_message_with_bare_line_feeds_passes(canonical):
    assert outcomes(check(received(signed(mail(), canonical=canonical)).replace(b"\r\n", b"\n")))[0] == "pass"


def test_the_wrapping_of_a_mailbox_file_is_no_part_of_the_message():
    data = b"From maya@example.org Tue Nov 24 10:00:00 2026\r\n" + received(signed(mail()))
    assert outcomes(check(data))[1] == ["pass"]


def test_a_changed_body_fails_and_pasted_text_cannot_tell():
    changed = signed(mail()).replace(b"Hello", b"Howdy")
    assert outcomes(check(changed)) == ("unknown", ["fail"], "unknown")
    pasted = check(changed, is_pasted=True)
    assert outcomes(pasted)[1] == ["unknown"]
    assert ".eml" in pasted.dkim[0].sentence


def test_a_changed_sender_fails():
    changed = signed(mail()).replace(b"maya@", b"boss@")
    assert outcomes(check(received(changed, results="spf=fail smtp.mailfrom=example.org"))) == (
        "fail",
        ["fail"],
        "fail",
    )


def test_headers_alone_cannot_tell_whether_the_signature_holds():
    head = signed(mail()).partition(b"\r\n\r\n")[0]
    report = check(head)
    assert outcomes(report) == ("unknown", ["unknown"], "unknown")
    assert "only the headers" in report.dkim[0].sentence


def test_a_vendor_vouches_only_for_himself():
    report = check(
        received(
            signed(mail(), domain="vendor.example"),
            bounce="b@vendor.example",
            results="spf=pass smtp.mailfrom=vendor.example",
        )
    )
    assert outcomes(report) == ("fail", ["pass"], "pass")
    assert not report.dkim[0].counts
    assert "refuse" in report.dmarc.sentence


@pytest.mark.parametrize(
    ("policy", "outcome"), [("p=reject", "pass"), ("p=reject; adkim=s", "fail"), ("p=reject; psd=n", "pass")]
)
def test_a_sub_domain_speaks_for_the_organization_unless_alignment_is_strict(policy, outcome):
    zone = {"_dmarc.example.org": {"TXT": [f"v=DMARC1; {policy}"]}}
    data = received(signed(mail(), domain="mail.example.org"), bounce="b@vendor.example", results="spf=fail")
    assert check(data, zone).dmarc.outcome == outcome


@pytest.mark.parametrize(
    ("key", "outcome", "words"),
    [
        ({"TXT": ["v=DKIM1; p="]}, "fail", "withdrawn"),
        ({"TXT": ["hello"]}, "fail", "no DKIM key"),
        ("SERVFAIL", "unknown", "Check again later"),
        ("SILENT", "unknown", "Check again later"),
        ({"A": ["192.0.2.1"]}, "fail", "Publish"),
        ({"TXT": [KEY.replace("v=DKIM1; ", "")]}, "pass", "arrived unchanged"),
    ],
)
def test_the_key_decides(key, outcome, words):
    report = check(signed(mail()), {"s1._domainkey.example.org": key})
    assert report.dkim[0].outcome == outcome
    assert words in report.dkim[0].sentence


@pytest.mark.parametrize(
    ("results", "outcome"),
    [
        ("spf=pass", "pass"),
        ("spf=softfail", "fail"),
        ("spf=none", "fail"),
        ("spf=temperror", "unknown"),
        ("dkim=pass", "unknown"),
    ],
)
def test_spf_is_what_the_receiver_said(results, outcome):
    assert check(received(mail(), results=f"{results} (why; not) smtp.mailfrom=x@example.org")).spf.outcome == outcome


def test_results_further_down_may_be_forged_and_do_not_count():
    name = b"Authentication-Results: "
    forged = name + b"mx.receiver.example; spf=fail\r\n" + name + b"me; spf=pass smtp.mailfrom=example.org\r\n"
    assert check(b"Return-Path: <a@example.org>\r\n" + forged + mail()).spf.outcome == "fail"


def test_received_spf_serves_too():
    head = 'Received-SPF: pass (x) client-ip=192.0.2.1; envelope-from="b@example.org";\r\n'
    assert check(mail(head=head)).spf.counts


@pytest.mark.parametrize("author", ["a@example.org, b@example.net", "nobody", '"a@example.org" <>', "(" * 3000, ""])
def test_a_sender_that_cannot_be_read_is_no_verdict(author):
    assert check(mail(author)).dmarc.outcome == "unknown"


def test_an_idn_sender_is_asked_by_its_a_label():
    assert check(mail("Maya <maya@bücher.example>")).author == "xn--bcher-kva.example"


@pytest.mark.parametrize("data", [b"", b"hello", b"\x00" * 50, b"Subject: x\r\n\r\nbody", b"x" * (MOST_BYTES + 1)])
def test_what_is_no_message_is_a_sentence(data):
    with pytest.raises(BadMessage, match=r"\.$"):
        check(data)


def test_nothing_of_a_message_reaches_a_log_or_a_representation(caplog):
    caplog.set_level(logging.DEBUG)
    data = received(signed(mail()).replace(b"Hello", b"Howdy"))
    report = check(data)
    for text in (caplog.text, repr(read_message(data)), repr(report)):
        assert "private words" not in text
        assert "Howdy" not in text


@settings(max_examples=200)
@given(st.binary(max_size=400), st.binary(max_size=200))
def test_no_bytes_upset_the_reader(head, body):
    data = (
        b"From: a@example.org\r\nDKIM-Signature: v=1; d=example.org; s=s1; a=rsa-sha256; " + head + b"\r\n\r\n" + body
    )
    lookup: Answers = lookup_in({("s1._domainkey.example.org", "TXT"): [KEY]})
    try:
        message = read_message(data)
    except BadMessage:
        return
    report = judge_message(message, lookup, is_pasted=False, verified={})
    assert all(part.outcome != "pass" for part in report.dkim)


def test_many_signatures_are_bounded():
    data = b"".join(b"DKIM-Signature: d=d%d.example; s=s1; a=rsa-sha256\r\n" % n for n in range(500)) + mail()
    with Bed(ZONE) as server:
        report = check_message(data, nameservers=[server.address])
    assert len(report.dkim) == 8
    assert len(set(server.asked)) < 120
