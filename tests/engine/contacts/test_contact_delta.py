"""What changed between two exports of one list."""

import csv
import json
import subprocess
import sys
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.contacts import TargetLimits
from engine.contacts.delta import delta

TARGET = TargetLimits("kartra", "Kartra", max_rows=20, tag_separator=";")
AS_OF = date(2026, 11, 23)
HEADER = ["Email", "Name", "Status", "Consent", "Last Open", "Tags"]


def person(number, name="Ada", status="subscribed", consent="yes", day="2026-11-01", tags=""):
    return [f"p{number}@example.org", name, status, consent, day, tags]


def changed(folder, older, newer, header=HEADER, older_header=HEADER, **options):
    """The delta, and the rows of each file by its name."""
    for name, head, rows in (("older.csv", older_header, older), ("newer.csv", header, newer)):
        with (folder / name).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([head, *rows])
    out = folder / "out"
    for path in out.glob("*"):
        path.unlink()
    answer = delta(
        folder / "newer.csv", folder / "older.csv", out=out, client="acme", target=TARGET, as_of=AS_OF, **options
    )
    assert {path.name for path in out.iterdir()} == {made["file"] for made in answer["made"]} | {"manifest.json"}
    return answer["delta"], {made["file"]: rows_of(out / made["file"]) for made in answer["made"]}


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def addresses(rows):
    return [row["Email"] for row in rows]


def test_every_person_is_told_once_and_stands_in_the_right_file(tmp_path):
    older = [person(number, tags="a,b") for number in range(8)] + [person(8, status="bounced"), person(9, consent="")]
    newer = [
        person(0, tags="b,a"),  # the same tags in another order
        person(1, tags="a,c"),
        person(2, name="Bob", tags="a,b"),
        person(3, status="unsubscribed", tags="a,b"),
        person(4, status="bounced", tags="a,b"),
        person(5, consent="", tags="a,b"),
        person(6, day="2026-11-20", tags="a,b"),
        person(8),
        person(9, consent=""),
        person(20), person(21, consent=""), person(22, status="unsubscribed"),
    ]  # fmt: skip
    told, files = changed(tmp_path, older, newer)
    assert told["counts"] == {
        "new": 2, "new_kept_out": 1, "same": 3, "changed": 3, "newly_suppressed": 2, "allowed_again": 1,
        "still_kept_out": 0, "gone": 1,
    }  # fmt: skip
    assert told["suppressed_by"] == {"unsubscribed": 1, "bounced": 1}
    assert {name: addresses(rows) for name, rows in files.items()} == {
        "acme_kartra_new_consented_engaged-60_1.csv": ["p20@example.org"],
        "acme_kartra_new_no_consent_engaged-60_1.csv": ["p21@example.org"],
        "acme_kartra_changed_consented_engaged-60_1.csv": ["p1@example.org", "p2@example.org"],
        "acme_kartra_changed_no_consent_engaged-60_1.csv": ["p5@example.org"],
        "acme_kartra_newly_suppressed_1.csv": ["p3@example.org", "p4@example.org"],
        "acme_kartra_new_suppressed_1.csv": ["p22@example.org"],
        "acme_kartra_allowed_again_1.csv": ["p8@example.org"],
        "gone.csv": ["p7@example.org"],
    }
    assert (told["consent_lost"], told["consent_given"], told["only_activity"]) == (1, 0, 1)
    assert {row["tag"]: (row["added"], row["removed"]) for row in told["tags"]} == {"b": (0, 1), "c": (1, 0)}
    assert {row["column"]: row["changed"] for row in told["columns"]} == {"Name": 1, "Consent": 1, "Tags": 1}


def test_a_row_that_forbids_wins_also_when_it_stands_later(tmp_path):
    told, files = changed(tmp_path, [person(1)], [person(1), person(2), person(1, status="unsubscribed", name="Late")])
    assert told["counts"]["newly_suppressed"] == 1 and told["newer"]["duplicates"] == 1
    assert [row["Name"] for row in files["acme_kartra_newly_suppressed_1.csv"]] == ["Late"]


def test_files_are_cut_to_the_limits_and_shaped_for_the_target(tmp_path):
    told, files = changed(tmp_path, [], [person(number, tags="a|b") for number in range(45)])
    assert told["counts"]["new"] == 45
    assert [len(rows) for rows in files.values()] == [20, 20, 5]
    assert {row["Tags"] for rows in files.values() for row in rows} == {"a;b"}


def test_a_column_that_came_or_went_changes_nobody(tmp_path):
    header = [*HEADER[:5], "Score", "Tags"]
    newer = [[*person(1)[:5], "9", ""]]
    told, files = changed(tmp_path, [person(1)], newer, header)
    assert told["counts"]["same"] == 1 and not files
    assert (told["columns_new"], told["columns_lost"]) == (["Score"], [])


def test_addresses_are_compared_without_case_and_rows_without_one_are_told(tmp_path):
    newer = [[" P1@Example.org ", *person(1)[1:]], ["nobody", *person(2)[1:]]]
    told, _ = changed(tmp_path, [person(1)], newer)
    assert told["counts"]["same"] == 1 and told["newer"]["without_address"] == 1


def test_the_file_of_the_gone_is_for_people(tmp_path):
    _, files = changed(tmp_path, [person(1, name="=1+1")], [])
    assert files["gone.csv"][0]["Name"] == "'=1+1"


def test_the_command_tells_it_too(tmp_path):
    changed(tmp_path, [person(1)], [person(2)])
    call = [sys.executable, "-m", "engine.contacts", str(tmp_path / "newer.csv"), "--target", "kartra"]
    call += ["--since", str(tmp_path / "older.csv")]
    done = subprocess.run([*call, "--out", str(tmp_path / "o")], capture_output=True, check=False)
    answer = json.loads(done.stdout)
    assert done.returncode == 0 and answer["delta"]["counts"]["new"] == 1
    assert json.loads((tmp_path / "o" / "manifest.json").read_text())["delta"] == answer["delta"]
    assert subprocess.run(call, capture_output=True, check=False).returncode == 2


PEOPLE = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 25), st.none()), st.text("aé'\",\n x", max_size=3),
        st.lists(st.sampled_from("abc"), max_size=3, unique=True),
        st.sampled_from(["subscribed", "unsubscribed", "pending", "bounced"]), st.sampled_from(["yes", "", "no"]),
    ),
    max_size=40,
)  # fmt: skip


def rows_from(drawn):
    return [
        person(number, name, status, consent, tags=",".join(tags)) if number is not None else ["", name, "", "", "", ""]
        for number, name, tags, status, consent in drawn
    ]


def obvious(rows):
    """Each person once: the first row, and whether any row forbids mail; slow and plain."""
    people = {}
    for row in rows:
        if row[0]:
            first = people.setdefault(row[0], [row, False])
            first[1] |= row[2] in ("unsubscribed", "bounced")
    return people


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("delta")


@given(PEOPLE, PEOPLE)
@settings(max_examples=80)
def test_the_counts_always_add_up_and_are_the_obvious_ones(folder, older, newer):
    older, newer = rows_from(older), rows_from(newer)
    told, files = changed(folder, older, newer)
    counts, before, now = told["counts"], obvious(older), obvious(newer)
    both = before.keys() & now.keys()
    wanted = {
        "new": sum(not now[key][1] for key in now.keys() - both),
        "new_kept_out": sum(now[key][1] for key in now.keys() - both),
        "newly_suppressed": sum(now[key][1] and not before[key][1] for key in both),
        "allowed_again": sum(before[key][1] and not now[key][1] for key in both),
        "still_kept_out": sum(before[key][1] and now[key][1] for key in both),
        "gone": len(before.keys() - both),
    }
    assert counts | wanted == counts
    mailable = [key for key in both if not now[key][1] and not before[key][1]]
    assert counts["changed"] == sum(_as_compared(now[key][0]) != _as_compared(before[key][0]) for key in mailable)
    assert counts["same"] == len(mailable) - counts["changed"]
    for side, rows in (("older", older), ("newer", newer)):
        sums = told[side]
        assert sums["rows"] == len(rows) == sums["persons"] + sums["duplicates"] + sums["without_address"]
    assert sum(counts.values()) - counts["gone"] == told["newer"]["persons"] == len(now)
    assert sum(counts.values()) - counts["new"] - counts["new_kept_out"] == told["older"]["persons"] == len(before)
    written = [address for rows in files.values() for address in addresses(rows)]
    assert len(written) == len(set(written)) == sum(counts.values()) - counts["same"] - counts["still_kept_out"]


def _as_compared(row):
    return [*row[:5], sorted(row[5].split(","))]
