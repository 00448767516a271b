"""What arrived against what was sent."""

import csv
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.contacts import TargetLimits, judge_file
from engine.contacts.reconcile import reconcile

TARGET = TargetLimits("kartra", "Kartra", max_rows=40, tag_separator=";")
AS_OF = date(2026, 11, 23)
HEADER = ["Email", "Name", "Status", "Consent", "Last Open", "Tags"]


def person(number, name="Ada", status="subscribed", consent="yes", tags="VIP"):
    return [f"p{number}@example.org", name, status, consent, "2026-11-01", tags]


def write(path, rows, header=HEADER):
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def sent(tmp_path):
    return sending(tmp_path)


def sending(folder):
    """Make packs of people; the plan that compares with all of them."""

    def send(people):
        path = write(folder / "list.csv", people)
        report = judge_file(path, target=TARGET, as_of=AS_OF, out=folder / "packs", client="acme")
        packs = [
            {"path": str(folder / "packs" / pack.file)}
            | {name: getattr(pack, name) for name in ("file", "consent", "segment", "purpose")}
            for pack in report.packs
            if pack.purpose in ("import", "suppression")
        ]
        return {"packs": packs, "originals": [{"path": str(path), "label": "list.csv"}]}

    return send


def compare(folder, plan, people, header=HEADER, **options):
    export = write(folder / "export.csv", people, header)
    answer = reconcile(export, plan, out=folder / "out", client="acme", target=TARGET, as_of=AS_OF, **options)
    return answer["comparison"], answer["made"]


def test_missing_people_come_back_ready_to_import_with_their_lines(sent, tmp_path):
    people = [person(number, consent="" if number % 2 else "yes") for number in range(100)]
    plan = sent(people)
    told, made = compare(tmp_path, plan, [*people[:10], *people[12:]])
    assert (told["expected"], told["found"], told["missing"], told["verdict"]) == (100, 98, 2, "conditions")
    files = {one["file"]: one for one in made if one["purpose"] == "import"}
    assert {name: one["consent"] for name, one in files.items()} == {
        "acme_kartra_missing_consented_engaged-60_1.csv": "consented",
        "acme_kartra_missing_no_consent_engaged-60_1.csv": "no_consent",
    }
    again = rows_of(tmp_path / "out" / "acme_kartra_missing_consented_engaged-60_1.csv")
    assert [row["Email"] for row in again] == ["p10@example.org"]
    listed = rows_of(tmp_path / "out" / "missing.csv")
    assert [(row["E-mail"], row["Line"], row["Original line"]) for row in listed] == [
        ("p10@example.org", "7", "12"), ("p11@example.org", "7", "13"),
    ]  # fmt: skip
    assert told["consent"]["no_consent"] == {"expected": 50, "found": 49, "blocked": 0}


def test_more_than_five_in_a_hundred_missing_is_an_alarm(sent, tmp_path):
    people = [person(number) for number in range(100)]
    told, _ = compare(tmp_path, sent(people), people[:95])
    assert told["verdict"] == "conditions"
    told, _ = compare(tmp_path, sent(people), people[:94])
    assert told["verdict"] == "not_ready" and "more than 5 %" in told["reasons"][0]


def test_whoever_must_not_be_mailed_and_can_be_is_the_gravest(sent, tmp_path):
    people = [person(number) for number in range(20)] + [
        person(20, status="bounced"),
        person(21, status="unsubscribed"),
    ]
    plan = sent(people)
    arrived = [person(number) for number in range(21)] + [person(21, status="unsubscribed")]
    told, made = compare(tmp_path, plan, arrived)
    assert (told["kept_out"], told["kept_out_found"], told["intruders"]) == (2, 2, 1)
    assert told["verdict"] == "not_ready" and told["reasons"][0].startswith("1 people who must not be mailed")
    (red,) = [one for one in made if one["purpose"] == "intruders"]
    assert [row["Email"] for row in rows_of(tmp_path / "out" / red["file"])] == ["p20@example.org"]


def test_an_export_that_tells_no_status_accuses_nobody(sent, tmp_path):
    plan = sent([person(1), person(2, status="bounced")])
    told, _ = compare(tmp_path, plan, [["p1@example.org"], ["p2@example.org"]], ["Email"])
    assert told["verdict"] == "conditions" and any("does not say whether" in reason for reason in told["reasons"])
    assert any("no column of tags" in reason for reason in told["reasons"])


def test_tags_are_looked_for_on_their_people(sent, tmp_path):
    plan = sent([person(1, tags="VIP,New"), person(2, tags="VIP"), person(3, tags="New")])
    told, _ = compare(tmp_path, plan, [person(1, tags="New"), person(2, tags="VIP,More"), person(9, tags="VIP")])
    rows = {row["tag"]: (row["expected"], row["found"], row["tagged"]) for row in told["tags"]}
    assert rows == {"VIP": (2, 2, 1), "New": (2, 1, 1)}
    assert told["untagged"] == 1 and told["unexpected"] == 1


def test_ten_people_side_by_side_are_the_same_ten_each_time(sent, tmp_path):
    people = [person(number, name="=1+1" if number % 2 else "Ada") for number in range(30)]
    plan = sent(people)
    arrived = [[*row[:1], row[1].upper() + "!", *row[2:]] for row in people]
    _, made = compare(tmp_path, plan, arrived)
    (pairs,) = [one for one in made if one["purpose"] == "pairs"]
    first = (tmp_path / "out" / pairs["file"]).read_text()
    rows = rows_of(tmp_path / "out" / pairs["file"])
    assert pairs["records"] == 10 and {row["Person"] for row in rows} == {str(number) for number in range(1, 11)}
    assert {row["Same"] for row in rows if row["Field"] == "Name"} == {"no"}
    assert {row["Same"] for row in rows if row["Field"] == "Email"} == {"yes"}
    assert not any(row["Sent"].startswith("=") for row in rows)
    compare(tmp_path, plan, arrived)
    assert (tmp_path / "out" / pairs["file"]).read_text() == first


def test_a_person_listed_to_be_kept_out_is_not_missed(sent, tmp_path):
    plan = sent([person(1), person(2)])
    out = write(tmp_path / "out-list.csv", [[" P2@Example.org "]], ["E-mail"])
    plan["packs"].append({"path": str(out), "file": "out-list.csv", "purpose": "suppress"})
    told, _ = compare(tmp_path, plan, [person(1)])
    assert (told["expected"], told["missing"], told["kept_out"], told["verdict"]) == (1, 0, 1, "ready")


def test_the_command_compares_too_and_refuses_a_plan_that_is_none(sent, tmp_path):
    (tmp_path / "plan.json").write_text(json.dumps(sent([person(1)])))
    (tmp_path / "no.json").write_text("[]")
    export = write(tmp_path / "export.csv", [person(1)])
    call = [sys.executable, "-m", "engine.contacts", str(export), "--target", "kartra", "--out", str(tmp_path / "o")]
    done = subprocess.run([*call, "--reconcile", str(tmp_path / "plan.json")], capture_output=True, check=False)
    assert done.returncode == 0 and json.loads(done.stdout)["comparison"]["verdict"] == "ready"
    done = subprocess.run([*call, "--reconcile", str(tmp_path / "no.json")], capture_output=True, check=False)
    assert done.returncode == 2 and b"A plan names packs" in done.stderr


PEOPLE = st.lists(
    st.tuples(
        st.integers(0, 40), st.text("aé'\",\n x", max_size=6), st.lists(st.sampled_from("abc"), max_size=3),
        st.sampled_from(["subscribed", "unsubscribed", "pending"]), st.sampled_from(["yes", "", "no"]),
    ),
    max_size=40,
)  # fmt: skip


def people_of(drawn):
    return [person(number, name, status, consent, ",".join(tags)) for number, name, tags, status, consent in drawn]


@given(PEOPLE)
@settings(max_examples=40)
def test_files_against_themselves_have_arrived_whole(tmp_path_factory, drawn):
    folder = tmp_path_factory.mktemp("itself")
    plan = sending(folder)(people_of(drawn))
    rows = [list(row.values()) for row in people_in(plan, is_import=True)]
    told, made = compare(folder, plan, rows)
    assert told["found"] == told["expected"] and not told["missing"] and not told["untagged"] and not told["unexpected"]
    assert told["verdict"] == ("ready" if rows else "not_ready")
    assert {one["purpose"] for one in made} <= {"pairs"}
    assert all(row["Same"] == "yes" for one in made for row in rows_of(folder / "out" / one["file"]))


def people_in(plan, *, is_import):
    packs = [pack for pack in plan["packs"] if (pack["purpose"] == "import") == is_import]
    return [row for pack in packs for row in rows_of(Path(pack["path"]))]


@given(PEOPLE, PEOPLE)
@settings(max_examples=40)
def test_the_numbers_always_fit(tmp_path_factory, drawn, others):
    folder = tmp_path_factory.mktemp("numbers")
    plan = sending(folder)(people_of(drawn))
    told, made = compare(folder, plan, people_of(others))
    kept_out = {row["Email"] for row in people_in(plan, is_import=False)}
    sent = {row["Email"] for row in people_in(plan, is_import=True)}
    there = {row[0] for row in people_of(others)}
    forbidden = {row[0] for row in people_of(others) if row[2] == "unsubscribed"}
    assert told["persons"] == len(there) == told["found"] + told["kept_out_found"] + told["unexpected"]
    assert told["expected"] == len(sent - kept_out) and told["found"] == len((sent - kept_out) & there)
    assert told["intruders"] == len((kept_out & there) - forbidden)
    counts = {}
    for one in made:
        counts[one["purpose"], one["segment"]] = counts.get((one["purpose"], one["segment"]), 0) + one["records"]
    assert sum(count for (purpose, _), count in counts.items() if purpose == "import") == told["missing"]
    assert counts.get(("list", "missing"), 0) == told["missing"]
    assert counts.get(("list", "not_sent"), 0) == told["unexpected"]
    assert counts.get(("intruders", "must_not_be_there"), 0) == told["intruders"]
