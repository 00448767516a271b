"""Import files hold what one target wants: its names, order, dates, phones and words; what is not clear stays."""

import csv
from datetime import date

import pytest

from engine import platforms
from engine.contacts import judge_file, read_fields
from engine.contacts.limits import limits_of
from engine.contacts.recipe import FieldChoice, Recipe


@pytest.fixture
def packed(tmp_path):
    """Make the files of a text; the rows of its only import file, or of all of them in the order of their names."""

    def pack(text, target, changes=None, **settings):
        path, out = tmp_path / "list.csv", tmp_path / "out"
        path.write_text(text, "utf-8", newline="")
        platform = platforms.load(target)
        limits = limits_of(platform.with_values(changes) if changes else platform)
        report = judge_file(path, target=limits, as_of=date(2026, 11, 25), out=out, **settings)
        files = [pack.file for pack in report.packs if pack.purpose == "import"]
        rows = [list(csv.reader((out / name).open(newline="", encoding="utf-8"))) for name in files]
        return rows[0] if len(rows) == 1 else rows

    return pack


def value(of, number):
    return {f"imports.{of}": platforms.Value(number, "a page", date(2026, 11, 1), platforms.Mark.SURE)}


def test_dates_of_any_column_get_the_form_of_the_target(packed):
    text = "Email,Consent,Born,Signed\na@shore.fr,yes,13.01.1980,2026-01-31 10:00:00\nb@shore.fr,yes,,31 Jan 2026\n"
    assert packed(text, "highlevel")[1:] == [
        ["a@shore.fr", "yes", "01/13/1980", "01/31/2026"],
        ["b@shore.fr", "yes", "", "01/31/2026"],
    ]
    assert packed(text, "kartra")[1] == ["a@shore.fr", "yes", "13.01.1980", "2026-01-31 10:00:00"]  # states none


def test_the_whole_column_says_whether_the_day_stands_first(packed):
    text = "Email,Consent,Born\na@shore.fr,yes,02/03/1980\nb@shore.fr,yes,13/03/1980\n"
    assert [row[2] for row in packed(text, "highlevel")[1:]] == ["03/02/1980", "03/13/1980"]


def test_a_column_that_can_be_read_both_ways_stays_and_is_told(packed, tmp_path):
    text = "Email,Consent,Born\na@shore.fr,yes,02/03/1980\nb@shore.fr,yes,04/03/1980\nc@shore.fr,yes,1980-03-04\n"
    assert [row[2] for row in packed(text, "highlevel")[1:]] == ["02/03/1980", "04/03/1980", "03/04/1980"]
    (found,) = csv.DictReader((tmp_path / "out" / "findings.csv").open())
    assert (found["code"], found["line"], found["column"]) == ("contacts.date.ambiguous", "1", "Born")
    assert found["message"].endswith("2 of 3 dates can be read both ways, and they stay as they are.")


def test_a_column_said_to_hold_dates_is_one_and_birthdays_lose_their_year_for_mailchimp(packed):
    text = "Email,Consent,Birthday,When\na@shore.fr,yes,1980-05-17,1 January 1980\n"
    fields = read_fields([{"name": "When", "type": "date"}])
    assert packed(text, "mailchimp", fields=fields)[1][2:] == ["05/17", "1980-01-01"]


def test_phones_with_a_country_code_become_plus_and_digits_and_others_stay(packed):
    phones = ["+49 (0)30 / 123-456", "0049 30 123456", "'+1 312 555 0100", "030 123456", "+1 312 555 0100 x3", ""]
    text = "Email,Consent,Phone\n" + "".join(f"p{n}@shore.fr,yes,{phone}\n" for n, phone in enumerate(phones))
    assert [row[2] for row in packed(text, "activecampaign")[1:]] == [
        "+4930123456", "+4930123456", "+13125550100", "030 123456", "+1 312 555 0100 x3", "",
    ]  # fmt: skip
    assert [row[2] for row in packed(text, "kartra")[1:]] == phones


def test_signs_that_stop_an_import_are_left_out(packed):
    text = 'Email,Consent,Note\na@shore.fr,yes,"Ana 🌸❤️\x07\r\nlikes tea"\n'
    assert packed(text, "activecampaign")[1] == ["a@shore.fr", "yes", "Ana likes tea"]
    assert packed(text, "kartra")[1] == ["a@shore.fr", "yes", "Ana 🌸❤️\r\nlikes tea"]
    assert packed("Email,Consent,Note\na@shore.fr,yes, tea \n", "mailerlite")[1][2] == "tea"


def test_columns_get_the_names_that_the_importer_matches_by_itself(packed):
    text = "E-Mail,Vorname,Nachname,Consent,Score,tags\na@shore.fr,Ada,L,yes,3,vip\n"
    assert packed(text, "thinkific")[0] == ["user_email", "first_name", "last_name", "Consent", "Score", "tags"]
    assert packed(text, "brevo")[0] == ["EMAIL", "FIRSTNAME", "LASTNAME", "Consent", "Score", "tags"]
    assert packed(text, "highlevel")[0] == ["Email", "First Name", "Last Name", "Consent", "Score", "Tags"]
    assert packed(text, "kartra")[0] == text.partition("\n")[0].split(",")
    chosen = Recipe(fields=(FieldChoice("Vorname", to="Given"),))
    assert packed(text, "thinkific", recipe=chosen)[0][1] == "Given"


def test_klaviyo_finds_the_address_first_and_consent_in_its_own_words(packed):
    text = "Name,Consent,Contact\nAda,granted,a@shore.fr\n"
    assert packed(text, "klaviyo") == [
        ["Email", "Name", "Email Marketing Consent"],
        ["a@shore.fr", "Ada", "Subscribed"],
    ]
    assert packed("Email,Consent\na@shore.fr,implied\n", "klaviyo")[1] == ["a@shore.fr", "Never Subscribed"]
    assert packed("Email,Consent\na@shore.fr,oui\n", "shopify")[0:] == [
        ["Email", "Accepts Email Marketing"],
        ["a@shore.fr", "yes"],
    ]


def test_kajabi_gets_one_column_of_names_unless_somebody_decided_otherwise(packed):
    text = "Email,First Name,Last Name,Consent\na@shore.fr,Ada,Lovelace,yes\nb@shore.fr,,Bo,yes\n"
    assert packed(text, "kajabi") == [
        ["Email Address", "Name", "Consent"],
        ["a@shore.fr", "Ada Lovelace", "yes"],
        ["b@shore.fr", "Bo", "yes"],
    ]
    chosen = Recipe(fields=(FieldChoice("First Name", to="Given"),))
    assert packed(text, "kajabi", recipe=chosen)[0] == ["Email Address", "Given", "Last Name", "Consent"]


def test_a_tag_with_a_comma_stands_in_quotes_where_the_target_reads_them(packed):
    text = 'Email,Consent,Tags\na@shore.fr,yes,"Course 1, 2024;vip"\n'
    assert packed(text, "mailchimp")[1][2] == '"Course 1, 2024",vip'


def test_files_are_cut_to_the_bytes_and_to_the_day_of_the_target(packed, tmp_path):
    text = "Email,Consent\n" + "".join(f"p{n:06}@shore.fr,yes\n" for n in range(100_000))
    cut = packed(text, "keap", value("max_rows", 0) | value("max_size", 1))
    assert [sum(len(file) - 1 for file in cut), len(cut)] == [100_000, 3]
    sizes = sorted(path.stat().st_size for path in (tmp_path / "out").glob("*_all_*.csv"))
    assert sizes[-1] <= 1_000_000 < sizes[-2] + 30
    assert [len(file) - 1 for file in packed(text, "kajabi")] == [40_000, 40_000, 20_000]
