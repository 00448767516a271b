"""What is handed over to the target: nobody who may not be mailed, and nothing that may not leave."""

import csv
import json
from datetime import date

import pytest

from engine.contacts import TargetLimits, judge_file
from engine.contacts.delta import delta
from engine.contacts.kinds import judge_as
from engine.contacts.recipe import ConsentChoice, FieldChoice, Recipe
from engine.contacts.reconcile import reconcile
from engine.contacts.wanted import Wanted

AS_OF = date(2026, 11, 25)
KARTRA = TargetLimits("kartra", "Kartra", max_columns_fail=60)


def rows(path):
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def handed(tmp_path):
    """Judge a text; its report and the rows of every file by its name."""

    def hand(text, target=KARTRA, **settings):
        (tmp_path / "list.csv").write_text(text, "utf-8", newline="")
        report = judge_file(tmp_path / "list.csv", target=target, as_of=AS_OF, out=tmp_path / "out", **settings)
        return report, {path.stem: rows(path) for path in (tmp_path / "out").glob("*.csv")}

    return hand


def addresses(files):
    """The addresses of each file that is handed over."""
    kept = {name: told for name, told in files.items() if name not in ("findings", "rejects")}
    return {name.removeprefix("kartra_"): [row["Email"] for row in told] for name, told in kept.items()}


def test_a_no_after_a_yes_holds_the_person_back_until_somebody_asks(handed):
    text = "Email,Consent\nx1@q.io,yes\nX1@q.io,no\nx2@q.io,no\nx2@q.io,no\nx3@q.io,no\nx3@q.io,yes\nx4@q.io,yes\n"
    report, files = handed(text + "x4@q.io,\nx5@q.io,yes\n x5@q.io,no\n")
    assert addresses(files) == {
        "conflict_1": ["x1@q.io", "x5@q.io"],
        "consented_all_1": ["x4@q.io"],
        "no_consent_all_1": ["x2@q.io", "x3@q.io"],
        "duplicate_1": ["X1@q.io", "x2@q.io", "x3@q.io", "x4@q.io", " x5@q.io"],
    }
    told = [(row["line"], row["message"]) for row in files["findings"] if row["code"] == "contacts.email.conflict"]
    end = "gives it."
    assert told == [
        ("3", f"Ask before you mail this person: this row refuses consent and the one on line 2 {end}"),
        ("11", f"Ask before you mail this person: this row refuses consent and the one on line 10 {end}"),
    ]
    assert report.segment_counts() | {"consented": 3, "no_consent": 2, "duplicate": 5} == report.segment_counts()


def test_a_no_that_somebody_took_for_a_yes_is_no_conflict(handed):
    recipe = Recipe(consent=(ConsentChoice("Consent", "no", is_given=True, source="the form"),))
    report, _ = handed("Email,Consent\nx1@q.io,yes\nX1@q.io,no\n", recipe=recipe)
    assert "contacts.email.conflict" not in report.counts


def test_a_no_after_a_yes_is_held_back_in_a_top_up_too(tmp_path):
    (tmp_path / "older.csv").write_text("Email,Consent\na@q.io,yes\n")
    (tmp_path / "newer.csv").write_text("Email,Consent\na@q.io,yes\nb@q.io,yes\nB@q.io,no\nc@q.io,yes\n")
    told = delta(
        tmp_path / "newer.csv", tmp_path / "older.csv", target=KARTRA, as_of=AS_OF, recipe=None, out=tmp_path / "out"
    )
    assert {one["file"]: (one["records"], one["purpose"]) for one in told["made"]} == {
        "kartra_new_consented_all_1.csv": (1, "import"),
        "kartra_new_conflict_1.csv": (1, "review"),
    }


def test_a_double_that_forbids_mail_stands_in_the_suppression_file(handed):
    text = "Email,Status\na@q.io,subscribed\nb@q.io,unsubscribed\nA@q.io,unsubscribed\nB@q.io,bounced\nc@q.io,active\n"
    report, files = handed(text + "C@q.io,active\na@q.io,bounced\n")
    assert addresses(files) == {
        "conflict_1": ["a@q.io"],
        "no_consent_all_1": ["c@q.io"],
        "suppression_1": ["b@q.io", "A@q.io", "a@q.io"],
        "duplicate_1": ["B@q.io", "C@q.io"],
    }
    assert sum(pack.records for pack in report.packs) == report.records == 7
    assert report.segment_counts() | {"blocked": 1, "duplicate": 4} == report.segment_counts()


CARD = "4111 1111 1111 1111"
SECRET = "Email,Old,Password,Status,Consent,Note,Left\n"
SECRETS = f"""{SECRET}a@q.io,o1,hush01,subscribed,yes,x,l1
a@q.io,o2,hush02,subscribed,yes,x,l2
b@q.io,o3,hush03,unsubscribed,yes,x,l3
B@q.io,o4,hush04,subscribed,yes,x,l4
c@q.io,o5,hush05,subscribed,yes,{"y" * 300},l5
d@q.io,o6,hush06,subscribed,,x,l6
a@q.io,o7,hush07,unsubscribed,yes,x,l7
broken,o8,hush08,subscribed,yes,x,l8
e@q.io,o9,hush09,subscribed,yes,{CARD} {"z" * 300},l9
f@q.io,"o,10",hush10,subscribed,yes
g@q.io,hush11,hush11,hush11,subscribed,yes,x,l11,hush11
hush\x0012,o12,hush\x0012,subscribed,yes,"x,hush12,l12
h@q.io,o13,hush\x0013,subscribed,yes,x,l13
i@q.io,hush14,"hush14"",subscribed,{"x," * 600_000}
"""
CHOSEN = Recipe(fields=(FieldChoice("Left", leave_out=True), FieldChoice("Old", to="New")))


def test_no_secret_and_no_card_number_is_handed_over_and_none_stands_in_the_rejects(handed, tmp_path):
    limits = TargetLimits("kartra", "Kartra", max_text=255)
    report, _ = handed(SECRETS, limits, recipe=CHOSEN)
    whole = "".join(path.read_text("utf-8") for path in (tmp_path / "out").iterdir() if path.suffix != ".bin")
    assert "hush" not in whole and CARD not in whole
    packs = {pack.file: pack for pack in report.packs}
    assert {pack.segment for pack in packs.values()} == {"all", "fix", "suppression", "duplicate", "conflict"} and {
        pack.consent for pack in packs.values()
    } > {"no_consent", "consented"}
    for name in packs:
        told = rows(tmp_path / "out" / name)
        assert list(told[0]) == ["Email", "New", "Status", "Consent", "Note"], name
    rejects = (tmp_path / "out" / "rejects.csv").read_text("utf-8").splitlines()
    assert [line.count("(not kept)") for line in rejects[1:]] == [1, 2, 1, 1, 1, 1]
    assert rejects[1].endswith("broken,o8,(not kept),subscribed,yes,x,l8"), "its other columns stay for the client"
    assert sum(pack.records for pack in report.packs) + len(rejects) - 1 == report.records


def test_no_secret_is_handed_over_where_two_exports_are_compared(tmp_path):
    rest = "Status,Consent,Left"
    (tmp_path / "older.csv").write_text(
        f"Email,Old,Password,{rest}\na@q.io,o,hush,active,yes,l\nb@q.io,o,hush,active,yes,l\nc@q.io,o,hush,bounced,yes,l\n"
    )
    (tmp_path / "newer.csv").write_text(
        f"Email,Old,Password,{rest}\na@q.io,o,hush,bounced,yes,l\nd@q.io,o,hush,bounced,yes,l\n"
        "e@q.io,o,hush,active,yes,l\nc@q.io,o,hush,active,yes,l\n"
    )
    both = tmp_path / "newer.csv", tmp_path / "older.csv"
    told = delta(*both, target=KARTRA, as_of=AS_OF, recipe=CHOSEN, out=tmp_path / "out")
    assert sorted(one["series"] for one in told["made"]) == [
        "allowed_again", "gone", "new", "new_suppressed", "newly_suppressed",
    ]  # fmt: skip
    for one in told["made"]:
        text = (tmp_path / "out" / one["file"]).read_text("utf-8")
        assert "hush" not in text and text.splitlines()[0] == "Email,New,Status,Consent", one["file"]


def test_no_secret_of_the_target_stands_in_what_a_comparison_shows(tmp_path):
    (tmp_path / "sent.csv").write_text("Email,Name\na@q.io,Ada\n")
    (tmp_path / "there.csv").write_text("Email,Password,Name\na@q.io,hush,Ada\nb@q.io,hush,Bo\n")
    plan = {"packs": [{"path": tmp_path / "sent.csv", "file": "sent.csv", "purpose": "import"}]}
    told = reconcile(tmp_path / "there.csv", plan, target=KARTRA, as_of=AS_OF, out=tmp_path / "out")
    texts = {one["file"]: (tmp_path / "out" / one["file"]).read_text("utf-8") for one in told["made"]}
    assert sorted(texts) == ["not_sent.csv", "side_by_side.csv"] and "hush" not in "".join(texts.values())


def test_the_rejects_of_other_lists_keep_no_secret_either(tmp_path):
    (tmp_path / "list.csv").write_text("Email,Password,Reason\nbroken,hush,left\na@q.io,hush\nb@q.io,hush,left\n")
    judge_as("blocked", tmp_path / "list.csv", target=KARTRA, out=tmp_path / "out")
    text = "".join(path.read_text("utf-8") for path in (tmp_path / "out").glob("*.csv"))
    assert "hush" not in text and "broken,(not kept),left" in text


def test_files_with_too_many_columns_say_that_the_target_refuses_them(handed, tmp_path):
    header = ",".join(["Email", "Consent", *(f"c{number}" for number in range(68))])
    text = f"{header}\na@q.io,yes{',x' * 68}\nA@q.io,yes{',x' * 68}\n"
    report, _ = handed(text, wanted=Wanted(sample=5))
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    sentence = "Leave out columns: 70 hold data and Kartra takes at most 60."
    assert report.as_detail()["refused"] == manifest["sample"]["refused"] == sentence
    assert {pack["purpose"]: pack.get("refused", "") for pack in manifest["packs"]} == {
        "import": sentence,
        "review": "",
    }
    fewer = Recipe(fields=tuple(FieldChoice(f"c{number}", leave_out=True) for number in range(10)))
    report, _ = handed(text, recipe=fewer)
    assert [pack.refused for pack in report.packs] == ["", ""] and not report.as_detail()["refused"]
