"""The order of the imports keeps to the days, the pauses and the staff of the target."""

from datetime import date

from engine import platforms
from engine.contacts.answer_sheet import answer_sheet
from engine.contacts.recipe import Recipe
from engine.contacts.schedule import import_days, lead_time, sizes_of

WEDNESDAY = date(2026, 11, 25)


def told(key, sizes):
    return lead_time(platforms.load(key), sizes, WEDNESDAY)


def test_no_day_gets_more_contacts_than_the_target_takes():
    days = import_days(platforms.load("kajabi"), [30_000, 10_000, 1, 40_000, 39_999], WEDNESDAY)
    assert [day.day for day in days] == [25, 25, 26, 27, 28]
    assert "40,000 contacts a day: the 5 files go in over 4 days, the last on Sat 28 Nov 2026" in told(
        "kajabi", [30_000, 10_000, 1, 40_000, 39_999]
    )


def test_no_day_gets_more_files_than_the_target_takes():
    assert "50 files a day: the 51 files go in over 2 days" in told("hubspot", [10] * 51)


def test_pauses_and_staff_take_their_time():
    assert "4 files take at least 3 hours." in told("activecampaign", [10] * 4)
    assert "all 3 files are in by Fri 27 Nov 2026" in told("kartra", [10] * 3)
    assert told("kit", [10]) == "Kit names none. Import the sample first."
    assert told("kajabi", [40_000]) == "Kajabi names none. Import the sample first."


def test_a_group_is_cut_as_the_files_are():
    assert [sizes_of(50, 20), sizes_of(40, 20), sizes_of(50, 0)] == [[20, 20, 10], [20, 20], [50]]


def test_the_answers_give_each_file_its_day_and_tell_what_no_file_can_hold():
    packs = [
        {"file": f"all_{n}.csv", "records": 40_000, "consent": "consented", "segment": "all", "purpose": "import"}
        for n in (1, 2)
    ]
    text = answer_sheet(platforms.load("kajabi"), {"packs": packs}, Recipe(), as_of=WEDNESDAY)
    assert "all_2.csv: 40,000 contacts, consent documented, on 2026-11-26" in text
    assert "join first and last name. [help.kajabi.com" in text
    text = answer_sheet(platforms.load("activecampaign"), {"packs": packs}, Recipe(), as_of=WEDNESDAY)
    assert "consent documented\n" in text and "with || between them." in text
