"""What is handed over to the target: nobody who may not be mailed, and nothing that may not leave."""

import csv
from datetime import date

import pytest

from engine.contacts import TargetLimits, judge_file
from engine.contacts.delta import delta

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
    from engine.contacts.recipe import ConsentChoice, Recipe

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
