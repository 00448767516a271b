"""The sample for the test import: it shows everything that can be shown, and adds nobody to the counts."""

import csv
import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.contacts import TargetLimits, judge_file
from engine.contacts.outputs import Wanted

TARGET = TargetLimits("kartra", "Kartra", max_rows=20_000, tag_separator=";")
AS_OF = date(2026, 11, 23)
HEADER = ["Email", "Name", "Status", "Consent", "Last Open", "Tags"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("sample")


def sampled(folder, people, **options):
    """The report, the rows of the sample, and the rows of all import files."""
    path, out = folder / "list.csv", folder / "out"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([HEADER, *people])
    report = judge_file(
        path,
        target=TARGET,
        as_of=AS_OF,
        out=out,
        client="acme",
        wanted=Wanted(sample=options.pop("sample", 25)),
        **options,
    )
    imported = [row for pack in report.packs if pack.purpose == "import" for row in rows_of(out / pack.file)]
    return report, rows_of(out / report.sample["file"]) if report.sample else [], imported


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def person(number, name="Ada", status="subscribed", consent="yes", day="2026-11-01", tags=""):
    return [f"p{number}@example.org", name, status, consent, day, tags]


def test_everything_odd_is_in_it_and_the_rest_is_ordinary(folder):
    people = [person(number) for number in range(300)]
    people[290] = person(290, name="Zoë")
    people[150] = person(150, name='Bob "Bo"')
    people[151] = person(151, name="O'Hara")
    people[20] = person(20, name="one\nline")
    people[21] = person(21, name="Smith, Jo")
    people[22] = person(22, name="Joy 🎉")
    people[280] = person(280, name="L" * 80)
    people[281] = person(281, consent="")
    people[282] = person(282, consent="no")
    people[283] = person(283, status="unsubscribed", tags="Gone")
    people[284] = person(284, tags="VIP|New", day="2020-01-01")
    report, sample, imported = sampled(folder, people)
    assert len(sample) == 25 and all(row in imported for row in sample)
    names = {row["Name"] for row in sample}
    assert {"Zoë", 'Bob "Bo"', "O'Hara", "one\nline", "Smith, Jo", "Joy 🎉", "L" * 80} <= names
    assert {row["Consent"] for row in sample} == {"yes", "", "no"}
    assert {row["Tags"] for row in sample} == {"", "VIP;New"}
    assert report.sample["file"] == "acme_kartra_sample_1.csv" and report.sample["tags_left"] == []
    assert report.sample["shows"]["tags"] == [2, 2] and report.sample["shows"]["signs"] == [6, 6]
    assert report.sample["shows"]["longest"][0] == report.sample["shows"]["longest"][1]


def test_it_is_beside_the_packs_and_not_counted(folder):
    report, sample, _ = sampled(folder, [person(number) for number in range(40)])
    manifest = json.loads((folder / "out" / "manifest.json").read_text())
    assert manifest["sample"]["records"] == len(sample) == 25
    assert report.sample["file"] not in {pack["file"] for pack in manifest["packs"]}
    assert sum(pack["records"] for pack in manifest["packs"]) == report.records == 40


def test_a_small_list_is_its_own_sample_and_nobody_gets_none(folder):
    _, sample, imported = sampled(folder, [person(1), person(2)])
    assert sample == imported
    report, sample, _ = sampled(folder, [person(1, status="unsubscribed")])
    assert report.sample == {} and not (folder / "out" / "acme_kartra_sample_1.csv").exists()


def test_tags_that_find_no_room_are_named(folder):
    people = [person(number, tags=f"Tag {number:02}") for number in range(40)]
    report, sample, _ = sampled(folder, people, sample=10)
    left = set(report.sample["tags_left"])
    assert len(sample) == 10 and report.sample["shows"]["tags"] == [10, 40]
    assert left == {f"Tag {number:02}" for number in range(40)} - {row["Tags"] for row in sample}


def test_people_who_wait_for_a_decision_are_in_no_sample(folder):
    people = [person(1, tags="Only"), person(2), person(1, status="unsubscribed")]
    report, sample, _ = sampled(folder, people)
    assert [row["Email"] for row in sample] == ["p2@example.org"]
    assert report.sample["tags_left"] == [] and report.sample["shows"]["tags"] == [0, 0]


TAGS = st.lists(st.sampled_from([f"t{number}" for number in range(12)]), max_size=4)
PEOPLE = st.lists(
    st.tuples(
        st.integers(0, 30), st.text("aé'\",\n🎉x", max_size=6), TAGS,
        st.sampled_from(["subscribed", "unsubscribed", "pending"]), st.sampled_from(["yes", "", "no"]),
    ),
    max_size=60,
)  # fmt: skip


@given(PEOPLE, st.integers(0, 5))
@settings(max_examples=60)
def test_every_tag_is_in_it_when_there_is_a_row_for_each(folder, people, more):
    rows = [
        person(number, name=name, status=status, consent=consent, tags=",".join(tags))
        for number, name, tags, status, consent in people
    ]
    path, out = folder / "list.csv", folder / "out"
    _, _, imported = sampled(folder, rows, sample=1)
    there = {tag for row in imported for tag in row["Tags"].split(";") if tag}
    size = max(1, len(there) + more)
    report, sample, imported = sampled(folder, rows, sample=size)
    assert {tag for row in sample for tag in row["Tags"].split(";") if tag} == there
    assert len(sample) == min(size, len(imported)) and all(row in imported for row in sample)
    assert not imported or report.sample["shows"]["tags"] == [len(there), len(there)]
    assert path.exists() and out.exists()
