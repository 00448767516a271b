"""The catalogue: each file keeps the form, each value has its origin, and the facts that people rely on stand in it."""

from datetime import date

import pytest

from engine import platforms
from engine.contacts.limits import limits_of, profile_of, recognise
from engine.platforms import (
    Mark,
    Match,
    Move,
    Need,
    PlatformFileError,
    Purpose,
    Role,
    TraceKind,
    UnknownPlatform,
    Value,
)
from engine.platforms.loading import EXPORTS, IMPORTS, KINDS, read_platform

EVERY = list(platforms.catalogue().values())
SECTIONS = """kartra mailchimp activecampaign kit kajabi keap clickfunnels highlevel aweber getresponse hubspot klaviyo
brevo mailerlite drip ontraport constant_contact campaign_monitor systeme_io podia teachable thinkific wordpress
squarespace wix shopify google_workspace microsoft_365 zoho sendgrid mailgun amazon_ses postmark sparkpost
mandrill"""

LIMITS = [
    ("kartra", "file_types", ("csv", "txt")),
    ("kartra", "max_size", 999),
    ("kartra", "max_rows", 20_000),
    ("kartra", "max_columns_warn", 55),
    ("kartra", "max_columns_fail", 60),
    ("kartra", "max_text", 255),
    ("kartra", "tag_separator", ";"),
    ("kartra", "approval_days", 2),
    ("mailchimp", "max_text", 255),
    ("mailchimp", "max_tag_length", 100),
    ("mailchimp", "tag_separator", ","),
    ("activecampaign", "date_form", "YYYY-MM-DD"),
    ("activecampaign", "multi_value_separator", "||"),
    ("kit", "tag_separator", ","),
    ("kajabi", "max_columns_fail", 50),
    ("kajabi", "max_tags_a_file", 100),
    ("kajabi", "max_rows_a_day", 40_000),
    ("kajabi", "name_rule", "single"),
    ("keap", "max_rows", 5_000),
    ("keap", "file_types", ("csv", "xlsx", "xls")),
    ("highlevel", "max_size", 30),
    ("aweber", "max_rows", 0),
    ("getresponse", "max_size", 50),
    ("getresponse", "max_email_length", 128),
    ("hubspot", "max_rows", 1_048_576),
    ("hubspot", "max_columns_fail", 999),
    ("klaviyo", "max_size", 50),
    ("brevo", "max_size", 250),
    ("drip", "max_rows", 200_000),
    ("ontraport", "tag_separator", "*/*"),
    ("constant_contact", "max_rows", 1_000_000),
    ("thinkific", "max_rows", 5_000),
    ("thinkific", "encoding", "ASCII"),
]
UNKNOWN = [
    ("kartra", "max_tag_length"),
    ("kartra", "date_form"),
    ("kartra", "encoding"),
    ("mailchimp", "max_size"),
    ("mailchimp", "max_rows"),
    ("mailchimp", "max_columns_fail"),
    ("activecampaign", "max_rows"),
    ("kit", "max_rows"),
    ("kajabi", "tag_separator"),
    ("clickfunnels", "max_rows"),
    ("clickfunnels", "file_types"),
    ("highlevel", "max_rows"),
    ("keap", "encoding"),
    ("campaign_monitor", "file_types"),
    ("podia", "file_types"),
    ("shopify", "max_size"),
]
RECORDS = [
    ("mailchimp", "k2._domainkey", "dkim2.mcsv.net", "dkim2.evilmcsv.net"),
    ("mailchimp", "k3._domainkey", "dkim3.mcsv.net", "mcsv.net.example.org"),
    ("activecampaign", "acdkim1._domainkey", "dkim.acdkim1.acems5.com", "dkim.acdkim1.acems.example.com"),
    ("kit", "ckespa", "spf.dm-abc123.sg7.convertkit.com", "spf.dm-abc123.sg7.convertkit.org"),
    ("kajabi", "email.kjbm", "mailgun.org", "eu.mailgun.org"),
    ("keap", "*._domainkey", "dkim.infusionmail.com", "infusionmail.com.example"),
    ("clickfunnels", "cf2mail", "mailer.myclickfunnels.com", "x.mailer.myclickfunnels.com"),
    ("aweber", "aweber_key_b._domainkey", "aweber_key_b.send.aweber.com", "aweber_key_a.send.aweber.com"),
    ("hubspot", "hs1-*._domainkey", "example-org.hs05a.dkim.hubspotemail.net", "hubspotemail.net"),
    ("brevo", "brevo1._domainkey", "b1.example-org.dkim.brevo.com", "brevo.com"),
    ("mailerlite", "litesrv._domainkey", "LITESRV._domainkey.mlsend.com.", "mlsend.com"),
    ("constant_contact", "ctct1._domainkey", "100._domainkey.dkim1.ccsend.com", "200._domainkey.dkim2.ccsend.com"),
    ("squarespace", "squarespace._domainkey", "squarespace-domainkey.squarespace-mail.com", "squarespace-mail.com"),
    ("sendgrid", "s1._domainkey", "s1.domainkey.u12.wl34.sendgrid.net", "sendgrid.com"),
    ("postmark", "pm-bounces", "pm.mtasv.net", "mtasv.net"),
    ("mandrill", "mte2._domainkey", "dkim2.mandrillapp.com", "dkim1.mandrillapp.com"),
]
INCLUDES = [
    ("mailchimp", "servers.mcsv.net"),
    ("activecampaign", "emsd1.com"),
    ("keap", "infusionmail.com"),
    ("clickfunnels", "mailer.myclickfunnels.com"),
    ("highlevel", "spf.leadconnectorhq.com"),
    ("aweber", "send.aweber.com"),
    ("hubspot", "558236.spf02.hubspotemail.net"),
    ("brevo", "spf.sendinblue.com"),
    ("mailerlite", "_spf.mlsend.com"),
    ("constant_contact", "spf.constantcontact.com"),
    ("campaign_monitor", "_spf.createsend.com"),
    ("shopify", "shops.shopify.com"),
    ("google_workspace", "_spf.google.com"),
    ("microsoft_365", "spf.protection.outlook.com"),
    ("zoho", "one.zoho.com"),
    ("sendgrid", "sendgrid.net"),
    ("mailgun", "mailgun.org"),
    ("amazon_ses", "amazonses.com"),
    ("postmark", "spf.mtasv.net"),
    ("sparkpost", "_spf.sparkpostmail.com"),
    ("mandrill", "spf.mandrillapp.com"),
]
HEADERS = {
    "mailchimp": ["Email Address", "First Name", "MEMBER_RATING", "OPTIN_TIME", "OPTIN_IP", "LEID", "EUID", "NOTES"],
    "highlevel": ["Contact Id", "First Name", "Last Name", "Phone", "Email", "Created", "Last Activity", "Tags"],
    "hubspot": ["Record ID", "First Name", "Last Name", "Email", "Phone Number"],
    "constant_contact": ["Email address", "First name", "Email status", "Email permission status", "Email Lists"],
    "shopify": ["Customer ID", "First Name", "Last Name", "Email", "Accepts Email Marketing", "Phone", "Tags"],
    "wix": ["First Name", "Email 1", "Labels", "Created At (UTC+0)", "Email subscriber status"],
    "brevo": ["EMAIL", "LASTNAME", "FIRSTNAME", "SMS", "EMAIL_BLACKLISTED", "SMS_BLACKLISTED", "ADDED_TIME"],
    "kajabi": ["ID", "Name", "Email", "Address (address_line_1)", "City (address_city)"],
    "ontraport": ["First Name", "Last Name", "Email", "Contact Tags"],
    "kit": ["first_name", "email", "created_at", "status"],
}


def statements(platform):
    """Everything in a platform that says where it was read."""
    yield from platform.imports.values.values()
    yield from platform.exports.values.values()
    yield from platform.moves.values()
    yield from platform.dns.expected
    yield from platform.dns.traces
    yield from platform.notes
    if platform.structure:
        yield platform.structure


def test_every_platform_of_the_fact_sheet_is_there_once():
    assert sorted(platforms.catalogue()) == sorted(SECTIONS.split())
    names = [platform.name for platform in EVERY]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("platform", EVERY, ids=lambda platform: platform.key)
def test_every_value_says_where_and_when_it_was_read_and_how_sure_it_is(platform):
    for one in statements(platform):
        assert one.source.strip()
        assert date(2020, 1, 1) <= one.read_on <= date(2026, 11, 30)
        assert isinstance(one.mark, Mark)


@pytest.mark.parametrize("platform", EVERY, ids=lambda platform: platform.key)
def test_unknown_has_no_value_and_the_rest_has_one(platform):
    values = [*platform.imports.values.values(), *platform.exports.values.values(), *platform.moves.values()]
    for one in values:
        assert (one.value is None) == (one.mark is Mark.UNKNOWN)


@pytest.mark.parametrize("platform", EVERY, ids=lambda platform: platform.key)
def test_every_record_says_what_to_do(platform):
    for record in platform.dns.expected:
        assert record.sentence.endswith(".")
        assert "!" not in record.sentence
        assert record.type in ("A", "AAAA", "CNAME", "MX", "NS", "TXT")
        assert (record.value is None) == (record.match in (Match.PRESENT, Match.PER_ACCOUNT))
        if record.match is Match.PER_ACCOUNT:
            assert record.per_account


@pytest.mark.parametrize("platform", [one for one in EVERY if Role.TARGET in one.roles], ids=lambda one: one.key)
def test_a_target_answers_for_every_kind_of_asset(platform):
    assert set(platform.moves) == set(KINDS)
    assert all(isinstance(platform.move_of(kind), Move) for kind in KINDS)


@pytest.mark.parametrize(("key", "name", "value"), LIMITS)
def test_a_stated_limit_stands_in_the_catalogue(key, name, value):
    stated = platforms.load(key).imports[name]
    assert stated.value == value
    assert stated.is_known


@pytest.mark.parametrize(("key", "name"), UNKNOWN)
def test_what_no_page_states_stays_unknown(key, name):
    stated = platforms.load(key).imports[name]
    assert (stated.value, stated.mark, stated.is_known) == (None, Mark.UNKNOWN, False)


@pytest.mark.parametrize(("key", "host", "right", "wrong"), RECORDS)
def test_an_expected_record_takes_the_right_target_and_no_other(key, host, right, wrong):
    (record, *_) = [one for one in platforms.load(key).dns.expected if one.host == host]
    assert record.accepts(right) is True
    assert record.accepts(wrong) is False


@pytest.mark.parametrize(("key", "include"), INCLUDES)
def test_the_include_of_a_sender_is_a_trace_of_it(key, include):
    assert any(trace.accepts(include) for trace in platforms.load(key).dns.traces_of(TraceKind.SPF_INCLUDE))
    others = [
        other.key
        for other in EVERY
        if other.key != key
        and any(trace.alone and trace.accepts(include) for trace in other.dns.traces_of(TraceKind.SPF_INCLUDE))
    ]
    assert others == []


@pytest.mark.parametrize("key", HEADERS)
def test_an_export_is_recognised_by_its_header(key):
    profiles = [profile_of(platform) for platform in EVERY]
    found = recognise(HEADERS[key], profiles)
    assert found is not None
    assert found.key == key


def test_an_ordinary_header_is_nobodys():
    assert recognise(["Email", "First Name", "Last Name", "Tags"], [profile_of(one) for one in EVERY]) is None


def test_kartra_needs_three_dkim_records_from_the_account_and_no_spf():
    kartra = platforms.load("kartra").dns
    dkim = [one for one in kartra.expected if one.purpose is Purpose.DKIM]
    (spf,) = [one for one in kartra.expected if one.purpose is Purpose.SPF]
    (dmarc,) = [one for one in kartra.expected if one.purpose is Purpose.DMARC]
    assert [(one.type, one.need, one.per_account, one.accepts("x")) for one in dkim] == [
        ("CNAME", Need.REQUIRED, True, None)
    ] * 3
    assert spf.need is Need.NOT_NEEDED
    assert dmarc.need is Need.RECOMMENDED
    assert kartra.selectors == ()


def test_a_course_in_kartra_is_rebuilt_as_category_subcategory_post():
    kartra = platforms.load("kartra")
    assert kartra.structure.value[1:] == ("Category", "Subcategory", "Post")
    assert kartra.move_of("course") is Move.REBUILD
    assert kartra.move_of("subscription") is Move.IMPOSSIBLE
    assert kartra.move_of("contacts") is Move.BY_FILE
    assert kartra.move_of("payment_gateway") is Move.RECONNECT
    assert kartra.move_of("survey") is Move.UNKNOWN


def test_selectors_are_known_only_where_they_do_not_depend_on_the_account():
    assert platforms.load("mailchimp").dns.selectors == ("k2", "k3", "k1")
    assert platforms.load("kit").dns.selectors == ("cka", "cka2")
    assert platforms.load("keap").dns.selectors == ()
    assert platforms.load("google_workspace").dns.selectors == ("google",)


def test_a_selector_that_many_use_proves_nothing():
    traces = [one for platform in EVERY for one in platform.dns.traces_of(TraceKind.DKIM) if one.value is None]
    shared = {"k1._domainkey", "s1._domainkey", "mail._domainkey", "smtp._domainkey", "mx._domainkey"}
    assert all(not trace.alone for trace in traces if shared & set(trace.hosts))


def test_addresses_and_texts_are_compared_as_such():
    shopify = platforms.load("shopify").dns
    (aaaa,) = [one for one in shopify.expected if one.type == "AAAA"]
    assert aaaa.accepts("2620:127:f00f:5:0:0:0:0") is True
    assert aaaa.accepts("2620:127:f00f:6::") is False
    (code,) = [one for one in platforms.load("brevo").dns.expected if one.purpose is Purpose.OWNERSHIP]
    assert code.accepts('"brevo-code:abc"') is True
    (trace,) = platforms.load("brevo").dns.traces_of(TraceKind.OWNERSHIP)
    assert (trace.accepts("brevo-code:abc"), trace.accepts("other-code:abc")) == (True, False)


def test_the_contact_engine_reads_the_limits_of_kartra():
    limits = limits_of(platforms.load("kartra"))
    assert (limits.max_columns_warn, limits.max_columns_fail, limits.max_rows) == (55, 60, 20_000)
    assert (limits.max_text, limits.text_unit, limits.tag_separator) == (255, "characters", ";")
    assert (limits.max_bytes, limits.tag_pattern) == (999_000_000, "[A-Za-z0-9 ]+")
    assert limits_of(platforms.load("mailchimp")).text_unit == "bytes"


def test_an_unknown_platform_is_named_with_those_that_come_close():
    with pytest.raises(UnknownPlatform) as error:
        platforms.load("cartra")
    assert str(error.value) == "There is no platform 'cartra'; did you mean kartra."
    with pytest.raises(KeyError, match="highlevel"):
        platforms.load("GoHighLevel")
    with pytest.raises(KeyError, match="the list of platforms"):
        platforms.load("x" * 10_000)


def test_the_names_are_choices_for_a_form():
    assert ("kartra", "Kartra") in platforms.names()
    assert ("wordpress", "WordPress") not in platforms.names(Role.TARGET)
    assert ("sendgrid", "SendGrid") in platforms.names(Role.SENDER)
    names = [name.casefold() for _, name in platforms.names()]
    assert names == sorted(names)


def test_the_catalogue_cannot_be_changed_by_a_reader():
    kartra = platforms.load("kartra")
    with pytest.raises(TypeError):
        platforms.catalogue()["new"] = kartra
    with pytest.raises(TypeError):
        kartra.imports.values["max_rows"] = None
    with pytest.raises(AttributeError):
        kartra.name = "Other"
    assert isinstance(kartra.imports.file_types, tuple)


def test_a_consultancy_can_set_its_own_value_with_its_own_date():
    kartra = platforms.load("kartra")
    own = Value(50, "Answer of the support desk", date(2026, 11, 20), Mark.SURE)
    changed = kartra.with_values({"imports.max_columns_fail": own})
    assert (changed.imports.max_columns_fail, changed.imports["max_columns_fail"].read_on) == (50, date(2026, 11, 20))
    assert (changed.imports.max_rows, kartra.imports.max_columns_fail) == (20_000, 60)


def test_every_field_of_the_form_is_used_by_some_platform():
    assert {name for one in EVERY for name in one.imports.values} == set(IMPORTS)
    assert {name for one in EVERY for name in one.exports.values} == set(EXPORTS)


ORIGIN = 'source = "a page", read = 2026-11-01, mark = "sure"'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("key = ", "TOML"),
        ('key = "other"', "key 'bad'"),
        ('key = "bad"\ncolour = "red"', "no place for colour"),
        ("[imports]\nmax_rows = 5", "write it as"),
        ('[imports]\nmax_rows = { value = 5, read = 2026-11-01, mark = "sure" }', "'source' is missing"),
        ('[imports]\nmax_rows = { value = 5, source = "a page", mark = "sure" }', "when it was read"),
        ('[imports]\nmax_rows = { value = 5, source = "a page", read = 2026-11-01 }', "not a valid Mark"),
        (f'[imports]\nmax_rows = {{ value = "5", {ORIGIN} }}', "type int"),
        (f"[imports]\nmax_rows = {{ {ORIGIN} }}", "leave the value out"),
        (f"[imports]\nmax_row = {{ value = 5, {ORIGIN} }}", "no place for max_row"),
        (f'[moves]\ncourse = {{ value = "teleport", {ORIGIN} }}', "teleport"),
        (f'[moves]\ncastle = {{ value = "rebuild", {ORIGIN} }}', "no place for castle"),
        ('[[dns.expected]]\nhost = "@"', "when it was read"),
        ('[[dns.traces]]\nkind = "spf_include"\nsource = "p"\nread = 2026-11-01\nmark = "sure"', "name a value"),
    ],
)
def test_a_file_that_does_not_keep_the_form_is_refused_with_its_name(text, words, tmp_path):
    path = tmp_path / "bad.toml"
    head = "" if text.startswith("key") else 'key = "bad"\nname = "Bad"\nwords = "Words."\nroles = ["target"]\n'
    path.write_text(head + text, "utf-8")
    with pytest.raises(PlatformFileError, match=words) as error:
        read_platform(path)
    assert str(error.value).startswith("bad.toml")
