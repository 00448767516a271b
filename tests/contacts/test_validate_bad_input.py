"""What comes in place of a contact list, through the real command: exit status, JSON, a sentence, bounded memory."""

import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from engine.contacts import TargetLimits, judge_file

ROOT = Path(__file__).parents[2]
MEGABYTES = 512
# VmHWM is counted from the start of the program; ru_maxrss begins with what the tests themselves hold.
ENTRY = """
import runpy, sys
sys.argv = ["manage.py", "validate_contacts", *sys.argv[1:]]
try:
    runpy.run_path("manage.py", run_name="__main__")
finally:
    told = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    print(told.split()[1], file=sys.stderr)
"""
HEADER = b"Email,Name,Note\n"


@pytest.fixture
def answer(tmp_path, capsys):
    """Judge bytes as a file of that name; the JSON and the exit status."""

    def judge(data, name="list.csv", *options):
        path = tmp_path / name
        path.write_bytes(data)
        status = 0
        try:
            call_command(
                "validate_contacts", str(path), "--target", "kartra", "--json", "--out", str(tmp_path / "out"), *options
            )
        except SystemExit as left:
            status = left.code
        return json.loads(capsys.readouterr().out), status

    return judge


def workbook(*names, rows=(("Email", "Name"), ("ada@example.org", "Ada"))):
    """A workbook with more members than it should have."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    with zipfile.ZipFile(stream, "a") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return stream.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504


@pytest.mark.parametrize(
    ("data", "name", "kind", "word"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF" + os.urandom(5_000), "list.csv", "photo", "picture"),
        (b"\x89PNG\r\n\x1a\n" + os.urandom(5_000), "list.csv", "photo", "picture"),
        (b"<!DOCTYPE html>\n<html><body>502 Bad Gateway</body></html>", "list.csv", "html", "web page"),
        (b"\xef\xbb\xbf\n<html lang=en><body>Sign in</body></html>", "list.csv", "html", "web page"),
        (b"", "list.csv", "empty", "empty"),
        (b"\xef\xbb\xbf", "list.csv", "empty", "empty"),
        (b"\r\n\r\n", "list.csv", "empty", "empty"),
        (HEADER, "list.csv", "only_header", "not one contact"),
        (HEADER[:-1], "list.csv", "only_header", "not one contact"),
        (b"Name,City\nAda,London\n", "list.csv", "no_email_column", "which column"),
        (workbook("xl/vbaProject.bin"), "list.xlsx", "xlsm", "macros"),
        (OLE + "EncryptedPackage".encode("utf-16-le") + b"\0" * 500, "list.xlsx", "locked", "password"),
        (OLE + os.urandom(600), "list.xls", "xls", "old Excel"),
        (workbook()[:-400], "list.xlsx", "damaged", "damaged"),
        (b"\0" * 100_000, "list.csv", "binary", "not text"),
        (b"%PDF-1.7\n" + os.urandom(200), "list.csv", "pdf", "PDF"),
        (b"x" * 3_000_000, "list.csv", "one_line", "one endless line"),
    ],
)
def test_what_is_no_contact_list_gets_one_fatal_sentence(answer, tmp_path, data, name, kind, word):
    told, status = answer(data, name)
    assert (status, told["counts"][f"contacts.file.{kind}"]) == (1, 1)
    assert sum(told["segments"].values()) == told["records"]
    findings = (tmp_path / "out" / "findings.csv").read_text("utf-8")
    assert word in findings
    assert "fatal" in findings
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["input"]["records"] == told["records"]


def test_a_workbook_with_a_password_or_cut_off_leaves_no_trace_of_a_crash(answer):
    whole = workbook()
    for length in (100, 1_000, 3_000, len(whole) - 30):
        told, status = answer(whole[:length], "list.xlsx")
        assert (status, list(told["counts"])) == (1, ["contacts.file.damaged"])


def test_an_export_cut_off_in_the_middle_loses_its_last_row_alone(answer):
    rows = HEADER + b"ada@example.org,Ada,x\nbob@example.org,Bob,x\n"
    for rest, code in (
        (b"eve@exam", "contacts.row.short"),
        (b'eve@example.org,"Ev', "contacts.row.unterminated_quote"),
        (b'eve@example.org,"two\nlines of ', "contacts.row.unterminated_quote"),
        ("eve@example.org,Jö".encode()[:-1], "contacts.row.short"),
    ):
        told, status = answer(rows + rest)
        assert (status, told["counts"][code], told["segments"]["no_consent"]) == (1, 1, 2)


def test_a_cut_in_the_middle_of_a_character_is_not_another_encoding(answer):
    told, _ = answer(HEADER + "ada@example.org,Jörg,x\nbob@example.org,Zoë,J".encode() + b"\xc3")
    assert told["encoding"] == "utf-8"
    assert told["counts"] == {"contacts.cell.undecodable": 1}


def test_a_few_bad_bytes_among_few_accents_do_not_change_the_encoding_of_all(answer):
    told, _ = answer(HEADER + "ada@example.org,Jörg,x\nbob@example.org,Zoë,".encode() + b"J\xf6rg\n")
    assert (told["encoding"], told["counts"]) == ("utf-8", {"contacts.cell.undecodable": 1})


def test_windows_letters_alone_are_windows_1252(answer):
    told, status = answer("Email;Näme\nada@example.org;Jörg Müller\nzoe@example.org;Zoë".encode("cp1252"))
    assert (told["encoding"], told["delimiter"], told["counts"], status) == ("cp1252", ";", {}, 0)


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("utf-16", "Email,Name\nada@example.org,Jörg\n".encode("utf-16-le")),
        ("utf-16", "Email,Name\nada@example.org,Jörg\n".encode("utf-16-be")),
        ("utf-16-le", "Email,Name\nada@example.org,Jörg\n".encode("utf-16")),
        ("utf-8", "Email,Name\nada@example.org,Jörg\n".encode("utf-8-sig")),
        ("cp1250", "Email,Name\nada@example.org,Łódź\n".encode("cp1250")),
    ],
)
def test_a_chosen_encoding_is_taken_with_and_without_its_mark(answer, tmp_path, encoding, data):
    told, status = answer(data, "list.csv", "--encoding", encoding)
    assert (status, told["counts"], told["records"]) == (0, {}, 1)
    (pack,) = told["packs"]
    assert (tmp_path / "out" / pack["file"]).read_text("utf-8").startswith("Email,Name")


def test_a_folder_and_a_file_that_is_not_ours_are_wrong_calls(tmp_path):
    with pytest.raises(CommandError, match="is a folder") as told:
        call_command("validate_contacts", str(tmp_path), "--target", "kartra")
    assert told.value.returncode == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody and then be another")
def test_a_file_that_may_not_be_read_is_a_wrong_call(tmp_path, monkeypatch):
    path = tmp_path / "list.csv"
    path.write_bytes(HEADER)
    path.chmod(0)
    for folder in (tmp_path, *tmp_path.parents):
        if Path(tempfile.gettempdir()) in folder.parents:
            folder.chmod(0o755)
    os.seteuid(65_534)
    try:
        with pytest.raises(CommandError, match="may not be read") as told:
            call_command("validate_contacts", str(path), "--target", "kartra")
    finally:
        os.seteuid(0)
    assert told.value.returncode == 2


def large(kind):
    """The bytes of a large bad file, piece by piece."""
    good = b"ada@example.org,Ada,x\n"
    if kind == "a line of 200 MB":
        return [HEADER, good, b"bob@example.org,", *[b"x" * 1_000_000] * 200, b"\n", b"eve@example.org,Eve,x\n"]
    if kind == "a quoted line of 200 MB":
        return [HEADER, good, b'bob@example.org,"', *[b"x" * 1_000_000] * 200, b'"\n', b"eve@example.org,Eve,x\n"]
    if kind == "50 MB of quotes":
        return [HEADER, good, b'"' * 50_000_000, b"\n", b"eve@example.org,Eve,x\n"]
    if kind == "3 million blank lines":
        return [HEADER, good, b"\n" * 3_000_000, b"eve@example.org,Eve,x\n"]
    if kind == "100,000 international addresses":
        return [HEADER, *(f"jörg{number}@müller{number}.de,Jörg,ü\n".encode() for number in range(100_000))]
    if kind == "500 columns":
        return [
            ",".join(["Email", *(f"c{number}" for number in range(499))]).encode(),
            b"\n",
            *[b"a@b.org" + b",x" * 499 + b"\n"] * 5_000,
        ]
    if kind == "80,000 rows of nothing but commas":
        return [HEADER, b",,\n" * 80_000]
    return [HEADER, *(b'ada@example.org,"x,y\n',) * 80_000]


@pytest.mark.parametrize(
    ("kind", "records", "code", "count"),
    [
        ("a line of 200 MB", 3, "contacts.row.too_long", 1),
        ("a quoted line of 200 MB", 3, "contacts.row.too_long", 1),
        ("50 MB of quotes", 3, "contacts.row.too_long", 1),
        ("3 million blank lines", 2, "contacts.row.blank", 100),
        ("100,000 international addresses", 100_000, "contacts.email.malformed", 0),
        ("500 columns", 5_000, "contacts.columns.too_many", 1),
        ("80,000 rows of nothing but commas", 80_000, "contacts.email.missing", 80_000),
        ("an open quote in 80,000 rows", 80_000, "contacts.row.unterminated_quote", 80_000),
    ],
)
def test_a_hostile_file_is_judged_within_its_memory(tmp_path, kind, records, code, count):
    path = tmp_path / "list.csv"
    with path.open("wb") as stream:
        stream.writelines(large(kind))
    command = [sys.executable, "-c", ENTRY, str(path), "--target", "kartra", "--json", "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=ROOT)
    told = json.loads(done.stdout)
    assert (told["records"], told["counts"].get(code, 0)) == (records, count)
    assert sum(told["segments"].values()) == records
    assert sum(pack["records"] for pack in told["packs"]) == records - told["segments"]["rejected"]
    assert int(done.stderr.splitlines()[-1]) / 1024 < MEGABYTES
    path.unlink()


def test_a_workbook_that_claims_a_million_rows_is_judged_by_what_it_holds(answer):
    book = openpyxl.Workbook()
    book.active.append(["Email", "Name"])
    book.active.append(["ada@example.org", "Ada"])
    book.active.cell(1_048_576, 1).value = "bob@example.org"
    stream = io.BytesIO()
    book.save(stream)
    told, _ = answer(stream.getvalue(), "list.xlsx")
    assert (told["records"], told["lines"]) == (2, 1_048_576)


def test_a_file_that_goes_or_changes_meanwhile_gets_no_clean_verdict(tmp_path):
    path = tmp_path / "list.csv"
    for change in (
        lambda: path.unlink(missing_ok=True),
        lambda: path.write_bytes(HEADER),
        lambda: path.write_bytes(b""),
    ):
        path.write_bytes(HEADER + b"ada@example.org,Ada,x\n" * 200_000)
        report = judge_file(
            path, target=TargetLimits("kartra", "Kartra"), progress=lambda done, total, change=change: change()
        )
        assert report.has_errors
        assert any(code.startswith("contacts.file.") for code in report.counts)
