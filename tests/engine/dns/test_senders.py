"""Every sender of the quick table in the facts about platforms is recognised by its traces, and nobody else is."""

from datetime import UTC, datetime

import pytest

from engine.dns.answers import lookup_in
from engine.dns.checking import judge_answers

D = "example.org"
KEY = ["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def spf(*terms):
    return {(D, "TXT"): [f"v=spf1 {' '.join(terms)} ~all"]}


def cname(host, target):
    return {(f"{host}.{D}", "CNAME"): [target], (target, "TXT"): KEY}


def key(host):
    return {(f"{host}.{D}", "TXT"): KEY}


TABLE = [
    ("mailchimp", spf("include:servers.mcsv.net")),
    ("mailchimp", cname("k2._domainkey", "dkim2.mcsv.net")),
    ("mailchimp", cname("k1._domainkey", "dkim.mcsv.net")),
    ("activecampaign", spf("include:emsd1.com")),
    ("activecampaign", cname("acdkim1._domainkey", "dkim.acdkim1.acems1.com")),
    ("kit", cname("cka._domainkey", "dkim.dm-abc12.sg7.convertkit.com")),
    ("kit", cname("ckespa", "spf.dm-abc12.sg7.convertkit.com")),
    ("kajabi", {(f"kjbm.{D}", "MX"): ["10 mxa.mailgun.org", "10 mxb.mailgun.org"]}),
    ("kajabi", key("k1._domainkey.kjbm")),
    ("kajabi", cname("email.kjbm", "mailgun.org")),
    ("keap", spf("include:infusionmail.com")),
    ("clickfunnels", spf("include:mailer.myclickfunnels.com")),
    ("clickfunnels", cname("cf2mail", "mailer.myclickfunnels.com")),
    ("highlevel", {(f"lc.{D}", "TXT"): ["v=spf1 include:spf.leadconnectorhq.com include:mailgun.org ~all"]}),
    ("aweber", spf("include:send.aweber.com")),
    ("aweber", cname("aweber_key_a._domainkey", "aweber_key_a.send.aweber.com")),
    ("getresponse", spf("include:spf.getresponse.com")),
    ("hubspot", spf("include:12345.spf07.hubspotemail.net")),
    ("klaviyo", spf("include:send.klaviyo.com")),
    ("klaviyo", cname("kl._domainkey", "kl.domainkey.u1.klaviyodns.com")),
    ("klaviyo", cname("send", "5.klaviyodns.com")),
    ("klaviyo", {(f"send.{D}", "NS"): ["ns1.klaviyo.com", "ns2.klaviyo.com"]}),
    ("brevo", spf("include:spf.brevo.com")),
    ("brevo", spf("include:spf.sendinblue.com")),
    ("brevo", cname("brevo1._domainkey", "b1.example-org.dkim.brevo.com")),
    ("brevo", cname("mail", "x1.brand.brevosend.com")),
    ("mailerlite", spf("include:_spf.mlsend.com")),
    ("mailerlite", cname("litesrv._domainkey", "litesrv._domainkey.mlsend.com")),
    ("sendgrid", cname("s1._domainkey", "s1.domainkey.u123.wl045.sendgrid.net")),
    ("ontraport", key("ontramail._domainkey")),
    ("constant_contact", spf("include:spf.constantcontact.com")),
    ("constant_contact", cname("ctct1._domainkey", "100._domainkey.dkim1.ccsend.com")),
    ("campaign_monitor", spf("include:_spf.createsend.com")),
    ("campaign_monitor", key("cm._domainkey")),
    ("squarespace", cname("squarespace._domainkey", "squarespace-domainkey.squarespace-mail.com")),
    ("shopify", spf("include:shops.shopify.com")),
    ("google_workspace", spf("include:_spf.google.com")),
    ("google_workspace", key("google._domainkey")),
    ("google_workspace", {(D, "MX"): ["1 smtp.google.com"], ("smtp.google.com", "A"): ["192.0.2.1"]}),
    ("microsoft_365", spf("include:spf.protection.outlook.com")),
    ("microsoft_365", cname("selector1._domainkey", "selector1-example-org._domainkey.x.onmicrosoft.com")),
    ("microsoft_365", {(D, "MX"): ["0 example-org.mail.protection.outlook.com"]}),
    ("zoho", spf("include:zohomail.com")),
    ("zoho", spf("include:one.zoho.com")),
    ("zoho", key("zmail._domainkey")),
    ("sendgrid", spf("include:sendgrid.net")),
    ("mailgun", spf("include:mailgun.org")),
    ("mailgun", cname("pdk1._domainkey", "pdk1._domainkey.ab12.dkim1.mailgun.com")),
    ("amazon_ses", spf("include:amazonses.com")),
    ("amazon_ses", {(f"send.{D}", "MX"): ["10 feedback-smtp.eu-west-1.amazonses.com"]}),
    ("postmark", spf("include:spf.mtasv.net")),
    ("postmark", key("pm._domainkey")),
    ("postmark", cname("pm-bounces", "pm.mtasv.net")),
    ("sparkpost", spf("include:_spf.sparkpostmail.com")),
    ("mandrill", spf("include:spf.mandrillapp.com")),
    ("mandrill", cname("mte1._domainkey", "dkim1.mandrillapp.com")),
]


def look(zone, **more):
    full = {(D, "A"): ["192.0.2.1"]} | zone
    return judge_answers(D, lookup_in(full), asked_at=NOW, **({"target": "kartra"} | more)).as_report()


@pytest.mark.parametrize(("sender", "zone"), TABLE, ids=[f"{sender}-{next(iter(zone))[0]}" for sender, zone in TABLE])
def test_each_sender_of_the_quick_table_is_recognised_and_nobody_else(sender, zone):
    assert look(zone)["senders"] == [sender]


@pytest.mark.parametrize(
    ("sender", "selector", "zone"),
    [
        ("keap", "x9", cname("x9._domainkey", "dkim.infusionmail.com")),
        ("hubspot", "hs1-123", cname("hs1-123._domainkey", "example-org.hs07a.dkim.hubspotemail.net")),
        ("amazon_ses", "abc123", cname("abc123._domainkey", "abc123.dkim.amazonses.com")),
        ("postmark", "20260101pm", key("20260101pm._domainkey")),
        ("sparkpost", "scph0126", key("scph0126._domainkey")),
    ],
)
def test_a_selector_of_the_account_gives_its_sender_away(sender, selector, zone):
    assert look(zone, selectors=[selector])["senders"] == [sender]


def test_selectors_that_many_vendors_use_prove_nothing():
    for host in ("k1", "mail", "s1", "mx", "dk", "smtp"):
        assert look(key(f"{host}._domainkey"))["senders"] == []


def test_what_a_wildcard_answers_proves_nothing():
    class Wild(type(lookup_in({}))):
        """`*` in a zone: every name below answers."""

        def _one(self, name, kind):
            found = super()._one(name, kind)
            is_below = name.endswith(f".{D}")
            return lookup_in({(name, kind): self.wild[kind]})(name, kind) if is_below and kind in self.wild else found

    wild = Wild({})
    wild.wild = {"TXT": KEY, "MX": ["10 mxa.mailgun.org"], "CNAME": ["mailer.myclickfunnels.com"]}
    assert judge_answers(D, wild, asked_at=NOW, target="kartra").as_report()["senders"] == []


def test_an_include_that_nobody_knows_is_somebody_we_do_not_know():
    report = look(spf("include:_spf.google.com", "include:mail.invoices.example"))
    assert report["senders"] == ["google_workspace"]
    assert report["unknown_senders"] == ["include:mail.invoices.example"]


def test_a_record_that_the_domain_split_is_looked_through():
    split = {(f"_spf1.{D}", "TXT"): ["v=spf1 include:sendgrid.net include:who.example ~all"]}
    report = look(spf(f"include:_spf1.{D}") | split)
    assert (report["senders"], report["unknown_senders"]) == (["sendgrid"], ["include:who.example"])


def test_a_proof_of_ownership_is_shown_and_is_no_sender():
    report = look({(D, "TXT"): ["MS=ms12345678", "google-site-verification=abc"]})
    assert report["senders"] == []
    assert [(sign["key"], sign["weak"]) for sign in report["sender_signs"]] == [("microsoft_365", True)]
