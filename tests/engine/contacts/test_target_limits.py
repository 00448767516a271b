# ruff: noqa: E501
"""Small files with one fault each, for one target each: told at its line and column, and nothing over."""

import csv
from datetime import date

import pytest

from engine import platforms
from engine.contacts import judge_file, read_fields
from engine.contacts.limits import limits_of
from engine.contacts.recipe import FieldChoice, Recipe

TODAY = date(2026, 11, 25)
FIELDS = [
    {"name": "Size", "type": "option", "options": ["S", "M"], "required": True},
    {"name": "Age", "type": "number"},
    {"name": "Born", "type": "date"},
    {"name": "Ok", "type": "boolean"},
    {"name": "Web", "type": "url"},
    {"name": "Tel", "type": "phone"},
    {"name": "Code", "type": "text", "max_length": 3},
]


@pytest.fixture
def judged(tmp_path):
    """Judge a text for a target; each finding as (line, column, code), and the report."""

    def judge(text, target="kartra", **settings):
        path = tmp_path / "list.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        limits = limits_of(platforms.load(target))
        judge_file(path, target=limits, as_of=TODAY, out=tmp_path / "out", **settings)
        with (tmp_path / "out" / "findings.csv").open(newline="", encoding="utf-8") as stream:
            found = [(int(one["line"] or 0), one["column"], one["code"]) for one in csv.DictReader(stream)]
        return [(line, column, code.removeprefix("contacts.")) for line, column, code in found]

    return judge


def columns(*rows, header="Email,Consent,X"):
    """A file with an address, consent, and one column of its own."""
    cells = (f"p{number}@shore.fr,yes,{cell}" for number, cell in enumerate(rows))
    return "\n".join([header, *cells]) + "\n"


def named(name, *rows):
    return columns(*rows, header=f"Email,Consent,{name}")


LONG = "a" * 60
PLANTED = {
    "kajabi takes 50 columns": ("kajabi", ",".join(["Email", *(f"c{n}" for n in range(50))]) + "\na@shore.fr" + ",x" * 50 + "\n", [(1, "", "columns.too_many")]),
    "who states no limit of columns gets a word about 500": ("clickfunnels", ",".join(["Email", *(f"c{n}" for n in range(499))]) + "\na@shore.fr" + ",x" * 499 + "\n", [(1, "", "columns.unusual")]),
    "hubspot takes 999": ("hubspot", ",".join(["Email", *(f"c{n}" for n in range(500))]) + "\na@shore.fr" + ",x" * 500 + "\n", []),
    "kajabi 40,000 a day": ("kajabi", "Email,Consent\n" + "".join(f"p{n}@shore.fr,yes\n" for n in range(40_001)), [(0, "", "rows.days")]),
    "keap 5,000 a file": ("keap", "Email,Name,Consent\n" + "".join(f"p{n}@shore.fr,A,yes\n" for n in range(5_001)), [(0, "", "rows.many")]),
    "mailchimp counts bytes": ("mailchimp", columns("ä" * 128, "ä" * 127), [(2, "X", "text.too_long")]),
    "kajabi states no length": ("kajabi", columns("a" * 5_000), []),
    "constant contact: names": ("constant_contact", named("First Name", "a" * 51, "a" * 50), [(2, "First Name", "text.too_long")]),
    "constant contact: states": ("constant_contact", named("State", "NYC", "NY"), [(2, "State", "text.too_long")]),
    "constant contact: addresses": ("constant_contact", f"Email,Consent\n{LONG}@{'b' * 16}.fr,yes\n{LONG}@{'b' * 17}.fr,yes\n", [(3, "Email", "email.refused")]),
    "mailchimp: a line of an address": ("mailchimp", named("Address", "a" * 46, "a" * 45, f"{'a' * 30}  {'b' * 30}"), [(2, "Address", "text.too_long")]),
    "mailchimp: ZIP": ("mailchimp", named("Zip Code", "1234", "01234", "SW1A 1AA", ""), [(2, "Zip Code", "zip.form"), (4, "Zip Code", "zip.form")]),
    "mailchimp: foreign codes in a text field": ("mailchimp", named("Postcode", "SW1A 1AA"), []),
    "mailchimp: countries": ("mailchimp", named("Country", "GB", "UK", "France", "us", "UA"), [(3, "Country", "country.form"), (4, "Country", "country.form")]),
    "mailchimp: local parts": ("mailchimp", "Email,Consent\njörg@shore.fr,yes\n", [(2, "Email", "email.refused")]),
    "mailchimp: SMS numbers alone": ("mailchimp", "Email,Consent,Phone,SMS Phone\na@shore.fr,yes,030 123456,030 123456\n", [(2, "SMS Phone", "phone.form")]),
    "mailchimp: long tags": ("mailchimp", named("Tags", "t" * 101, "t" * 100), [(2, "Tags", "tags.too_long")]),
    "activecampaign: emoji in tags": ("activecampaign", named("Tags", "vip😀"), [(2, "Tags", "tags.symbols")]),
    "activecampaign: emoji elsewhere": ("activecampaign", named("First Name", "Ana 🌸", "José", "Zoë ✓"), [(2, "First Name", "text.emoji"), (4, "First Name", "text.emoji")]),
    "activecampaign: line breaks": ("activecampaign", columns('"two\nlines"', "one"), [(2, "X", "text.line_break")]),
    "activecampaign: phones": ("activecampaign", named("Phone", "030 123456", "+49 (0)30 123456", "0049-30-1234567", "+1 312 555 5555 ext. 3", ""), [(2, "Phone", "phone.form"), (5, "Phone", "phone.form")]),
    "highlevel takes numbers of the US": ("highlevel", named("Phone", "(312) 555-0100", "1-312-555-0100", "030 1234567"), [(4, "Phone", "phone.form")]),
    "brevo: phones": ("brevo", named("SMS", "0312 5550100", "+13125550100"), [(2, "SMS", "phone.form")]),
    "kartra states no form of phones": ("kartra", named("Phone", "030 123456"), []),
    "getresponse: phones": ("getresponse", named("Mobile", "902-555-0100", "+1 902 555 0100"), [(2, "Mobile", "phone.form")]),
    "getresponse: 512 in a line": ("getresponse", "Email,Consent,A,B\n" + f"a@shore.fr,yes,{'x' * 248},{'y' * 248}\nb@shore.fr,yes,{'x' * 249},{'y' * 249}\n", [(3, "", "row.wide")]),
    "getresponse: 128 in an address": ("getresponse", f"Email,Consent\n{LONG}@{LONG}.shore.fr,yes\n{LONG}@{'b' * 58}.shore.fr,yes\n", [(2, "Email", "email.refused")]),
    "getresponse: signs": ("getresponse", "Email,Consent\na&b@shore.fr,yes\no'neil@shore.fr,yes\na+b@shore.fr,yes\n", [(2, "Email", "email.refused")]),
    "getresponse: shared mailboxes": ("getresponse", "Email,Consent\ninfo@shore.fr,yes\n", [(2, "Email", "email.refused")]),
    "thinkific: letters": ("thinkific", "Email,First Name,Last Name,Consent\na@shore.fr,Émile,Z,yes\nb@shore.fr,Emile,Z,yes\n", [(2, "First Name", "text.letters")]),
    "thinkific: names": ("thinkific", "Email,First Name,Last Name,Consent\na@shore.fr,,Z,yes\nb@shore.fr,A,,yes\n", [(2, "First Name", "name.missing"), (3, "Last Name", "name.missing")]),
    "thinkific: columns": ("thinkific", "Email,Consent\na@shore.fr,yes\n", [(1, "", "name.missing"), (1, "", "name.missing")]),
    "keap: one name will do": ("keap", "Email,First Name,Last Name,Consent\na@shore.fr,,,yes\nb@shore.fr,A,,yes\nc@shore.fr,,B,yes\n", [(2, "First Name", "name.advised")]),
    "teachable: a name": ("teachable", "Email,Consent\na@shore.fr,yes\n", [(1, "", "name.advised")]),
    "keap: owners": ("keap", "Email,Name,Consent,Contact Owner\na@shore.fr,A,yes,Dana\n", [(1, "Contact Owner", "header.not_imported")]),
    "ontraport: UTM": ("ontraport", named("Lead Source", "ads"), [(1, "Lead Source", "header.not_imported")]),
    "shopify: provinces": ("shopify", named("Province", "Ontario"), [(1, "Province", "header.unpaired")]),
    "shopify: with codes": ("shopify", "Email,Consent,Province,Province Code\na@shore.fr,yes,Ontario,ON\n", []),
    "drip: time zones": ("drip", named("time_zone", "America/Los_Angeles", "PST", "UTC"), [(3, "time_zone", "time_zone.form")]),
    "kartra: text": ("kartra", columns("a" * 256, "a" * 255), [(2, "X", "text.too_long")]),
    "kartra: tags": ("kartra", named("Tags", "vip&co", "buyer 2024;news", "über"), [(2, "Tags", "tags.symbols"), (4, "Tags", "tags.symbols")]),
    "control characters": ("kartra", columns("A\x07nn", "A\tb", '"a\nb"', "x\x85y", "A\x7f"), [(2, "X", "cell.control"), (6, "X", "cell.control"), (7, "X", "cell.control")]),
    "control characters in an old encoding": ("kartra", columns("A\x07é").encode("cp1252"), [(2, "X", "cell.control")]),
}  # fmt: skip


@pytest.mark.parametrize(("target", "text", "expected"), PLANTED.values(), ids=PLANTED)
def test_each_fault_is_told_at_its_place_and_nothing_over(judged, target, text, expected):
    assert judged(text, target) == expected


def test_a_field_has_the_length_of_the_name_that_it_gets(judged):
    text = columns("a" * 51, header="Email,Consent,Wohnort")
    assert judged(text, "constant_contact") == []
    recipe = Recipe(fields=(FieldChoice("Wohnort", to="City"),))
    assert judged(text, "constant_contact", recipe=recipe) == [(2, "Wohnort", "text.too_long")]
    away = Recipe(fields=(FieldChoice("City", to="Home town"),))
    assert judged(named("City", "a" * 51), "constant_contact", recipe=away) == []


def test_a_described_column_is_judged_by_its_type_alone(judged):
    text = "Email,Consent,Size,Age,Born,Ok,Web,Tel,Code\na@shore.fr,yes,L,x,2001-02-31,perhaps,no url,12,abcd\n"
    for target in ("kartra", "brevo"):
        assert [code for _, _, code in judged(text, target, fields=read_fields(FIELDS))] == [
            "option.malformed", "number.malformed", "date.malformed", "boolean.malformed", "url.malformed",
            "phone.malformed", "text.too_long",
        ]  # fmt: skip


def test_several_options_in_a_cell_are_each_one_of_them_where_the_target_takes_several(judged):
    fields = read_fields([{"name": "Size", "type": "option", "options": ["S", "M", "Red; blue"]}])
    cells = ("S;m", "S; M", "S", "S;L", "S;", "S||M", "red; blue ")
    told = {target: judged(named("Size", *cells), target, fields=fields) for target in ("hubspot", "activecampaign")}
    lines = {target: [line for line, _, code in found if code == "option.malformed"] for target, found in told.items()}
    assert lines == {"hubspot": [5, 6, 7], "activecampaign": [2, 3, 5, 6]}
    assert [line for line, _, _ in judged(named("Size", *cells), "kartra", fields=fields)] == [2, 3, 5, 6, 7]


def test_a_column_of_dates_that_is_all_numbers_of_days_is_told_once_and_written_as_dates(judged, tmp_path):
    fields = read_fields([{"name": "Born", "type": "date"}])
    rows = ["45000", "32874.0", "", "29221.5", *["36526"] * 300, "soon"]
    for target, days in (
        ("kartra", ["45000", "32874.0", "", "29221.5"]),
        ("highlevel", ["03/15/2023", "01/01/1990", "", "01/01/1980"]),
    ):
        found = judged(named("Born", *rows), target, fields=fields)
        assert found == [(1, "Born", "date.serial"), (306, "Born", "date.malformed")]
        (pack,) = (tmp_path / "out").glob("*consented_all_1.csv")
        with pack.open(newline="", encoding="utf-8") as stream:
            assert [one["Born"] for one in csv.DictReader(stream)][:4] == days
        pack.unlink()
    assert judged(named("Born", "45000", "2026-02-01"), "highlevel", fields=fields) == [(2, "Born", "date.malformed")]


def test_who_has_a_phone_number_alone_is_told_where_that_is_enough(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("Email,Phone,Name\n,+49 30 1234567,Ada\n,no,Bob\n,,Cyd\nd@shore.fr,,Dee\n,030 1234567,Eve\n")
    for target, count in (("highlevel", 2), ("klaviyo", 2), ("brevo", 2), ("activecampaign", 0), ("kartra", 0)):
        report = judge_file(path, target=limits_of(platforms.load(target)), as_of=TODAY)
        assert (report.by_phone, report.counts["contacts.email.missing"]) == (count, 4)
        assert report.segment_counts()["rejected"] == 4
