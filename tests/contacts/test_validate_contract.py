# ruff: noqa: E501
"""What scripts may rely on, through the real command."""

import csv
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).parents[2]
KEYS = [
    "file", "sha256", "encoding", "delimiter", "records", "lines", "columns", "columns_with_data", "source", "counts",
    "segments", "packs", "seconds",
]  # fmt: skip
COLUMNS = ["code", "severity", "line", "record", "column", "value", "message", "suggestion"]
LIST = (
    "Email,Status,Consent,Last Open\n"
    "ada@example.org,subscribed,yes,2026-11-01\n"
    "bob@example.org,subscribed,,2026-11-01\n"
    "eve@example.org,subscribed,yes,2025-01-01\n"
    "joe@example.org,unsubscribed,yes,\n"
    "Ada@Example.org,subscribed,yes,\n"
    "no address,unsubscribed,yes,2025-01-01\n"
    "zoe@gmial.com,subscribed,yes,2025-01-01\n"
    "joe@example.org,unsubscribed,yes,2027-01-01\n"
    "kim@example.org,unsubscribed,yes,2027-01-01\n"
)


@pytest.fixture
def judge(tmp_path, capsys):
    """Run the command on a text; its JSON and its exit status."""

    def run(text, *options, name="list.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        status = 0
        try:
            call_command(
                "validate_contacts", str(path), "--target", "kartra", "--json", "--as-of", "2026-11-24", *options
            )
        except SystemExit as left:
            status = left.code
        return json.loads(capsys.readouterr().out), status

    return run


def rows(path):
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


def test_a_record_goes_to_the_first_segment_that_fits_in_the_promised_order(judge):
    told, status = judge(LIST)
    assert list(told) == KEYS
    assert list(told["segments"]) == ["consented", "no_consent", "unengaged", "blocked", "duplicate", "rejected", "fix"]
    assert told["segments"] == {
        "consented": 1, "no_consent": 1, "unengaged": 1, "blocked": 2, "duplicate": 2, "rejected": 1, "fix": 1,
    }  # fmt: skip
    assert (status, told["records"], told["lines"], told["columns"], told["columns_with_data"]) == (1, 9, 10, 4, 4)
    assert told["sha256"] == hashlib.sha256(LIST.encode()).hexdigest()


def test_the_files_are_what_the_answer_says(judge, tmp_path):
    told, _ = judge(LIST, "--out", str(tmp_path / "out"))
    assert rows(tmp_path / "out" / "findings.csv")[0] == COLUMNS
    for pack in told["packs"]:
        data = (tmp_path / "out" / pack["file"]).read_bytes()
        assert list(pack) == ["file", "records", "sha256"]
        assert (hashlib.sha256(data).hexdigest(), len(rows(tmp_path / "out" / pack["file"])) - 1) == (
            pack["sha256"],
            pack["records"],
        )
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert [{key: pack[key] for key in ("file", "records", "sha256")} for pack in manifest["packs"]] == told["packs"]
    for name in ("rejects", "findings"):
        data = (tmp_path / "out" / f"{name}.csv").read_bytes()
        assert manifest[name]["sha256"] == hashlib.sha256(data).hexdigest()
    assert manifest["input"] == {key: told[key] for key in ("file", "sha256", "records", "lines")}
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"findings.csv", "rejects.csv", "manifest.json", *(pack["file"] for pack in told["packs"])}
    found = rows(tmp_path / "out" / "findings.csv")[1:]
    assert {code: sum(row[0] == code for row in found) for code in told["counts"]} == told["counts"]


@pytest.mark.parametrize(
    ("text", "lines", "records"),
    [
        ("Email\na@b.org", 2, 1), ("Email\na@b.org\n", 2, 1), ("Email\na@b.org\n\n\n", 4, 1), ("Email\ra@b.org\r", 2, 1),
        ("Email\ra@b.org\r\rc@d.org", 4, 2), ("Email\r\na@b.org\r\n\r\n", 3, 1), ("\n\nEmail\na@b.org\n", 4, 1),
        ("Email", 1, 0), ("Email\n", 1, 0), ("Email,Note\na@b.org,\"x\ny\r\nz\"", 4, 1), ("Email\na@b.org\n \n", 3, 2),
        ("sep=;\nEmail;Note\na@b.org;x\n", 3, 1), ("Email\n\r\na@b.org\r", 3, 1),
    ],
)  # fmt: skip
def test_lines_and_records_are_exact_whatever_ends_the_file(judge, text, lines, records):
    told, _ = judge(text)
    assert (told["lines"], told["records"], sum(told["segments"].values())) == (lines, records, records)


def test_a_column_holds_data_when_one_cell_does(judge):
    told, _ = judge("Email,a,b,c\na@b.org,, ,\n" + "c@d.org,,,\n" * 3 + "e@f.org,,,x\n")
    assert (told["columns"], told["columns_with_data"]) == (4, 2)


def test_as_of_is_today_and_the_day_after_it_the_future(judge):
    text = "Email,Opt-in Date,Last Open\na@b.org,2026-11-24,2026-11-24\nc@b.org,2026-11-25,\nd@b.org,,2026-05-28\ne@b.org,,2026-05-27\n"
    told, _ = judge(text)
    assert told["counts"] == {"contacts.date.future": 1, "contacts.engagement.cold": 1}
    told, _ = judge(text, "--as-of", "2026-11-25")
    assert told["counts"] == {"contacts.engagement.cold": 2}


def test_fields_describe_columns_and_one_that_is_missing_is_told(judge, tmp_path):
    fields = tmp_path / "fields.json"
    fields.write_text(json.dumps([
        {"name": "email", "type": "email", "required": True},
        {"name": "Age", "type": "number", "required": True},
        {"name": "Plan", "type": "option", "options": ["A", "B"]},
        {"name": "Note", "max_length": 3},
        {"name": "City", "type": "text", "required": True},
    ]))  # fmt: skip
    text = "Email,Age,Plan,Note\na@b.org,1,A,abc\nc@b.org,,C,abcd\nd@b.org,x,,\n"
    told, status = judge(text, "--fields", str(fields), "--out", str(tmp_path / "out"))
    places = sorted((row[0], row[2], row[4]) for row in rows(tmp_path / "out" / "findings.csv")[1:])
    assert places == [
        ("contacts.cell.required", "3", "Age"), ("contacts.header.missing", "1", "City"),
        ("contacts.number.malformed", "4", "Age"), ("contacts.option.malformed", "3", "Plan"),
        ("contacts.text.too_long", "3", "Note"),
    ]  # fmt: skip
    assert (status, told["segments"]["fix"]) == (1, 2)


def test_nothing_is_told_twice_of_one_cell(judge, tmp_path):
    fields = tmp_path / "fields.json"
    fields.write_text(json.dumps([{"name": "Note", "max_length": 10}, {"name": "Opt-in Date", "type": "date"}]))
    told, _ = judge(f"Email,Note,Opt-in Date\n{'a' * 300}@b.org,{'x' * 300},soon\n", "--fields", str(fields))
    assert told["counts"] == {
        "contacts.date.malformed": 1, "contacts.email.malformed": 1, "contacts.text.too_long": 1,
    }  # fmt: skip


def test_a_second_address_that_is_wrong_does_not_cost_the_contact(judge, tmp_path):
    fields = tmp_path / "fields.json"
    fields.write_text(json.dumps([{"name": "Email", "type": "email"}, {"name": "Private", "type": "email"}]))
    told, _ = judge("Email,Private\na@b.org,x@y\n", "--fields", str(fields))
    assert (told["counts"], told["segments"]["fix"]) == ({"contacts.second_email.malformed": 1}, 1)


def test_files_of_one_name_get_folders_of_their_own(tmp_path, capsys):
    for number in (1, 2):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "list.csv").write_text(f"Email\nu{number}@example.org\n")
    paths = [str(tmp_path / str(number) / "list.csv") for number in (1, 2)]
    call_command("validate_contacts", *paths, "--target", "kartra", "--json", "--out", str(tmp_path / "out"))
    answers = json.loads(capsys.readouterr().out)
    assert [answer["records"] for answer in answers] == [1, 1]
    texts = [
        (tmp_path / "out" / name / "kartra_no_consent_all_1.csv").read_text() for name in ("list.csv", "list.csv-2")
    ]
    assert ["u1@" in texts[0], "u2@" in texts[1]] == [True, True]


@pytest.mark.parametrize(
    ("text", "options", "status"),
    [("Email\na@b.org\n", [], 0), ("Email\nbad\n", [], 1), ("Email\na@b.org\n", ["--delimiter", "ab"], 2), ("", [], 1)],
)
def test_the_process_answers_with_json_alone_and_its_status(tmp_path, text, options, status):
    path = tmp_path / "list.csv"
    path.write_text(text)
    command = [sys.executable, "manage.py", "validate_contacts", str(path), "--target", "kartra", "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=ROOT)
    assert done.returncode == status
    if status == 2:
        assert (done.stdout, "delimiter" in done.stderr) == ("", True)
    else:
        assert list(json.loads(done.stdout)) == KEYS
