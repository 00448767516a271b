"""What real exports bring along: statuses in a file's name, dates of several hands, tags of several spellings."""

import csv
from datetime import date

import pytest

from engine import platforms
from engine.contacts import judge_file, read_fields
from engine.contacts.limits import limits_of, profile_of
from engine.contacts.recipe import ConsentChoice, Recipe

TODAY = date(2026, 11, 25)
SOURCES = [profile_of(platform) for platform in platforms.catalogue().values()]
MAILCHIMP = "Email Address,MEMBER_RATING,OPTIN_TIME,LEID,EUID\nada@shore.fr,3,2026-01-01 10:00:00,1,2\n"


@pytest.fixture
def judged(tmp_path):
    """Judge a text for a target; the segments that are filled, and each finding by code, place and suggestion."""

    def judge(text, target="kartra", name="list.csv", **settings):
        path = tmp_path / name
        path.write_bytes(text.encode())
        limits = limits_of(platforms.load(target))
        report = judge_file(path, target=limits, known_sources=SOURCES, as_of=TODAY, out=tmp_path / "out", **settings)
        with (tmp_path / "out" / "findings.csv").open(newline="", encoding="utf-8") as stream:
            found = list(csv.DictReader(stream))
        told = {name: count for name, count in report.segment_counts().items() if count}
        return told, [
            (one["code"].removeprefix("contacts."), one["line"], one["record"], one["column"]) for one in found
        ]

    return judge


@pytest.mark.parametrize(
    ("name", "segment", "code"),
    [
        ("subscribed_members_export_77.csv", "consented", ""),
        ("cleaned_members_export_77.csv", "blocked", "status.bounced"),
        ("unsubscribed_members_export_77.csv", "blocked", "status.unsubscribed"),
        ("nonsubscribed_members_export_77.csv", "no_consent", ""),
    ],
)
def test_mailchimp_says_in_the_name_of_its_file_who_may_be_mailed(judged, name, segment, code):
    told, found = judged(MAILCHIMP, name=name)
    assert told == {segment: 1}
    assert found == ([(code, "2", "1", "Email Address")] if code else [])


@pytest.mark.parametrize("word", ["Unconfirmed", "non-subscribed", "Not subscribed", "never subscribed"])
@pytest.mark.parametrize("column", ["Consent", "Opt-in Date", "Note"])
def test_who_never_confirmed_has_not_agreed_whatever_another_column_says(judged, word, column):
    cell = {"Consent": "yes", "Opt-in Date": "2026-01-31"}.get(column, "x")
    text = f"Email,Status,{column}\na@shore.fr,{word},{cell}\n b@shore.fr,{word},{cell}\n"
    decided = Recipe(consent=(ConsentChoice("Status", word, is_given=True, source="the form"),))
    assert judged(text)[0] == {"no_consent": 1, "fix": 1}
    assert judged(text, recipe=decided)[0] == {"consented": 1, "fix": 1}


def test_a_name_of_that_kind_means_nothing_in_an_export_of_another_platform(judged):
    assert judged("Email,Consent\nada@shore.fr,yes\n", name="unsubscribed.csv") == ({"consented": 1}, [])


def test_who_is_cold_for_kit_is_not_engaged_and_active_in_activecampaign_is_on_the_list(judged):
    kit = "first_name,email,created_at,status\nAda,ada@shore.fr,2026-02-03T10:00:00Z,cold\n"
    assert judged(kit) == ({"unengaged": 1}, [("engagement.cold", "2", "1", "status")])
    header = "Email,First Name,Last Name,Phone,Tags,Date Created,IP,Status\n"
    assert judged(header + "ada@shore.fr,Ada,L,,Lead,2026-02-03 10:00:00,10.1.1.1,Active\n") == ({"consented": 1}, [])


def test_a_contact_in_place_of_the_header_is_not_lost_without_a_word(judged):
    assert judged("ada@shore.fr,Ada\nbob@shore.fr,Bob\n") == ({}, [("file.no_header", "1", "", "")])


def test_of_two_columns_for_the_last_activity_the_one_with_days_counts(judged):
    header = "Email 1,Created At (UTC+0),Email subscriber status,Last Activity,Last Activity Date (UTC+0)\n"
    told, found = judged(header + "ada@shore.fr,2026-01-10 16:35,Subscribed,Signed up,2020-10-10 16:35\n")
    assert (told, found) == ({"unengaged": 1}, [("engagement.cold", "2", "1", "Last Activity Date (UTC+0)")])


def test_a_date_that_contradicts_all_others_of_its_column_is_named(judged):
    days = [f"{day}/03/2026" for day in range(13, 31)]
    text = "Email,Opt-in Date\n" + "".join(f"p{n}@shore.fr,{day}\n" for n, day in enumerate([*days, "03/14/2026"]))
    assert judged(text)[1] == [("date.unreadable", "20", "19", "Opt-in Date")]


def test_a_column_of_two_hands_is_asked_about(judged):
    days = ["13/03/2026", "03/14/2026", "02/03/2026"]
    text = "Email,Opt-in Date\n" + "".join(f"p{n}@shore.fr,{day}\n" for n, day in enumerate(days))
    assert judged(text)[1] == [("date.mixed", "1", "", "Opt-in Date")]


@pytest.mark.parametrize("column", ["Opt-in Date", "Last Open", "Signed"])
@pytest.mark.parametrize("both", [0, 25])
def test_a_column_of_both_orders_is_told_with_its_counts_and_stays_as_it_is(judged, tmp_path, column, both):
    days = [f"{n % 15 + 13:02}/03/2026" for n in range(50)] + [f"03/{n % 15 + 13:02}/2026" for n in range(50)]
    days += ["02/03/2026"] * both
    text = f"Email,Consent,{column}\n" + "".join(f"p{n}@shore.fr,yes,{day}\n" for n, day in enumerate(days))
    fields = read_fields([{"name": "Signed", "type": "date"}] if column == "Signed" else [])
    _, found = judged(text, fields=fields)
    assert [one for one in found if one[0] != "engagement.cold"] == [("date.mixed", "1", "", column)]
    message = (
        f"Write the dates of this column in one order: of {100 + both} the day stands first in 50 and the month in 50"
    )
    end = "they stay as they are" if column == "Signed" else "nothing was concluded from them"
    message += f"; 25 can be read both ways, and {end}." if both else "."
    assert message in (tmp_path / "out" / "findings.csv").read_text()
    packs = "".join(path.read_text() for path in (tmp_path / "out").glob("kartra_consented*.csv"))
    assert all(f",yes,{day}" in packs for day in days)


def test_days_that_a_spreadsheet_left_as_numbers_are_days(judged):
    text = "Email,Consent,Last Open\na@shore.fr,yes,46027\nb@shore.fr,yes,12345\n"
    assert judged(text)[1] == [
        ("engagement.cold", "2", "1", "Last Open"),
        ("date.unreadable", "3", "2", "Last Open"),
    ]


def test_an_international_domain_is_one_domain_in_both_of_its_spellings(judged):
    told, found = judged("Email,Consent\nada@münchen.de,yes\nADA@xn--mnchen-3ya.de,yes\n")
    assert told == {"consented": 1, "duplicate": 1}
    assert found == [("email.duplicate", "3", "2", "Email")]


def test_tags_written_in_two_ways_are_told_where_the_rarer_one_stands_first(judged):
    text = 'Email,Tags\na@shore.fr,VIP\nb@shore.fr,VIP\nc@shore.fr,"vip,Group A"\nd@shore.fr,"Group B,vip"\n'
    assert judged(text)[1] == [("tags.similar", "4", "3", "Tags")]


def test_a_tag_that_is_refused_anyway_is_not_told_twice(judged):
    assert judged("Email,Tags\na@shore.fr,VIP\nb@shore.fr,V.I.P\n")[1] == [("tags.symbols", "3", "2", "Tags")]


def test_more_tags_than_one_import_takes(judged):
    text = "Email,Tags\n" + "".join(f"p{n}@shore.fr,tag{n}\n" for n in range(101))
    assert judged(text, "kajabi")[1] == [("tags.too_many", "1", "", "Tags")]
    assert judged(text.replace("tag100", "tag99"), "kajabi")[1] == []


def test_addresses_and_tags_that_only_this_target_refuses(judged):
    text = "Email,Tags\njosé@shore.fr,Lead\nada@shore.fr,🎉 party\n"
    assert judged(text, "mailchimp")[1] == [
        ("email.refused", "2", "1", "Email"),
        ("tags.symbols", "3", "2", "Tags"),
    ]
    long = f"Email\n{'a' * 60}@{'b' * 63}.{'c' * 10}.fr\n"
    assert judged(long, "getresponse") == ({"fix": 1}, [("email.refused", "2", "1", "Email")])
    assert judged(long, "kit")[1] == []


def test_quotes_that_stand_oddly_are_named_with_their_column(judged):
    text = 'Email,Name,Note\na@shore.fr,Ada,5" pipe\nb@shore.fr,"Bob" B,x\nc@shore.fr,"open,x\nd@shore.fr,Dan,ok\n'
    assert judged(text)[1] == [
        ("row.stray_quote", "2", "1", "Note"),
        ("row.stray_quote", "3", "2", "Name"),
        ("row.unterminated_quote", "4", "3", "Name"),
    ]


def test_an_export_that_was_cut_off_says_so_on_its_last_line(judged, tmp_path):
    assert judged("Email,Name,Note\na@shore.fr,Ada,ok\nb@sho")[1] == [("row.short", "3", "2", "")]
    assert "breaks off in the middle" in (tmp_path / "out" / "findings.csv").read_text()
    assert judged("Email,Name,Note\na@shore.fr,Ada,ok\nb@sho\n")[1] == [("row.short", "3", "2", "")]
    assert "breaks off" not in (tmp_path / "out" / "findings.csv").read_text()


def test_nobody_at_a_domain_that_another_list_forbids_is_imported(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("Email,Consent\nada@shore.fr,yes\nb@rival.com,yes\ninfo@rival.com,yes\n")
    report = judge_file(path, target=limits_of(platforms.load("kartra")), as_of=TODAY, kept_out_domains=["rival.com"])
    assert report.counts == {"contacts.email.kept_out": 2, "contacts.email.role": 1}
    assert report.segment_counts()["blocked"] == 2
