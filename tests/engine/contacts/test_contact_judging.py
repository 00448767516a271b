import csv
import hashlib
import json
import os
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.contacts import SourceProfile, TargetLimits, judge_file
from engine.contacts.limits import fingerprint
from engine.contacts.wanted import Wanted

TARGET = TargetLimits(
    "kartra", "Kartra", max_columns_warn=3, max_columns_fail=4, max_rows=2, max_text=255, tag_pattern="[A-Za-z0-9 ]+"
)
HEADER = "Email,Name,Consent\n"
AS_OF = date(2026, 11, 23)


@pytest.fixture
def folder(tmp_path):
    """A folder in which nobody else puts anything."""
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


@pytest.fixture
def judged(folder):
    """Judge a text or bytes as a file; the report."""

    def judge(content, name="list.csv", target=TARGET, **options):
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return judge_file(path, target=target, as_of=AS_OF, **options)

    return judge


def places(out: Path, code: str):
    """The (line, record, column) of every finding of that code."""
    with (out / "findings.csv").open(newline="", encoding="utf-8") as stream:
        return [(row["line"], row["record"], row["column"]) for row in csv.DictReader(stream) if row["code"] == code]


def test_the_json_has_exactly_the_promised_keys(judged):
    answer = judged(HEADER + "a@b.org,Ada,yes\n").as_json()
    assert list(answer) == [
        "file", "sha256", "encoding", "delimiter", "records", "lines", "columns", "columns_with_data", "source",
        "counts", "segments", "packs", "seconds",
    ]  # fmt: skip
    assert answer["sha256"] == hashlib.sha256((HEADER + "a@b.org,Ada,yes\n").encode()).hexdigest()
    assert (answer["records"], answer["lines"], answer["columns"], answer["columns_with_data"]) == (1, 2, 3, 3)
    assert answer["segments"]["consented"] == 1
    assert answer["counts"] == {}


def test_every_finding_names_the_line_on_which_its_record_starts(judged, folder):
    text = HEADER + 'a@b.org,"two\nlines",yes\n\nbad,x,yes\nshort,x\nc@d.org,"a ""b"" c",yes\n"open,x,yes\nbad2,x,yes\n'
    judged(text, out=folder / "out")
    assert places(folder / "out", "contacts.email.malformed") == [("5", "2", "Email"), ("9", "6", "Email")]
    assert places(folder / "out", "contacts.row.short") == [("6", "3", "")]
    assert places(folder / "out", "contacts.row.unterminated_quote") == [("8", "5", "Email")]
    assert places(folder / "out", "contacts.row.blank") == [("4", "", "")]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ((HEADER + "a@b.org,Jörg,yes\n").encode("utf-8-sig"), "utf-8-sig"),
        ((HEADER + "a@b.org,Jörg,yes\n").encode("utf-16"), "utf-16"),
        ((HEADER + "a@b.org,Jörg,yes\n").encode("utf-16-be"), "utf-16-be"),
        ((HEADER + "a@b.org,Jörg,yes\n").encode("cp1252"), "cp1252"),
        ((HEADER + "a@b.org,Jörg,yes\n").encode(), "utf-8"),
    ],
)
def test_the_encoding_is_told_by_rule(judged, data, encoding):
    report = judged(data)
    assert (report.encoding, report.records, dict(report.counts)) == (encoding, 1, {})


def test_a_few_bad_bytes_do_not_make_another_encoding_and_each_is_named(judged, folder):
    data = (HEADER + "".join(f"u{i}@b.org,Jörg Müller,yes\n" for i in range(50))).encode()
    data += b"x@b.org,J\xf6rg,yes\n"
    report = judged(data, out=folder / "out")
    assert report.encoding == "utf-8"
    assert places(folder / "out", "contacts.cell.undecodable") == [("52", "51", "Name")]


def test_the_person_has_the_last_word_on_encoding_and_delimiter(judged):
    report = judged("Email;Name\na@b.org;Łódź\n".encode("iso8859-2"), encoding="latin2", delimiter=";")
    assert (report.encoding, report.delimiter, report.columns_with_data) == ("iso8859-2", ";", 2)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "contacts.file.empty"),
        (b"\n\n  \n", "contacts.file.empty"),
        (b"Email,Name\n", "contacts.file.only_header"),
        (b"Name,City\nAda,London\n", "contacts.file.no_email_column"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 50, "contacts.file.photo"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "contacts.file.html"),
        (b"PK\x03\x04" + b"x" * 60, "contacts.file.damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "contacts.file.xls"),
        (b"x" * 2_000_000, "contacts.file.one_line"),
    ],
)
def test_what_is_no_contact_list_gets_a_sentence(judged, folder, content, code):
    report = judged(content, out=folder / "out")
    assert report.severities[code] == "fatal"
    assert report.samples[code][0].message.endswith(".")
    assert sum(report.segments.values()) == report.records
    assert (folder / "out" / "manifest.json").exists()


def test_of_a_long_run_of_blank_lines_only_the_start_is_named(judged):
    report = judged(HEADER + "\n" * 5_000 + "a@b.org,x,yes\n\n")
    assert (report.counts["contacts.row.blank"], report.records, report.lines) == (101, 1, 5_003)


def test_duplicates_are_found_whatever_their_case_and_space_and_the_first_is_kept(judged, folder):
    report = judged(HEADER + "a@b.org,x,yes\n A@B.ORG ,x,yes\nbad,x,yes\nbad,x,yes\n", out=folder / "out")
    assert places(folder / "out", "contacts.email.duplicate") == [("3", "2", "Email")]
    assert report.segment_counts() == {
        "consented": 1, "no_consent": 0, "unengaged": 0, "blocked": 0, "duplicate": 1, "rejected": 2, "fix": 0,
    }  # fmt: skip


def test_a_rejected_row_does_not_make_a_duplicate_of_a_good_one(judged):
    assert judged(HEADER + "a@b.org,x\na@b.org,x,yes\n").segments["consented"] == 1


def test_a_later_row_that_unsubscribes_the_same_person_is_an_error(judged):
    report = judged("Email,Status\na@b.org,subscribed\nA@b.org,unsubscribed\n")
    assert report.severities["contacts.email.conflict"] == "error"


def test_odd_headers_are_named_by_column(judged, folder):
    judged("Email,,Email,a\nx@b.org,1,2,3\n", out=folder / "out")
    assert places(folder / "out", "contacts.header.empty") == [("1", "", "column 2")]
    assert places(folder / "out", "contacts.header.duplicate") == [("1", "", "Email")]


def test_only_columns_with_data_count_against_the_limit(judged):
    assert "contacts.columns.many" not in judged("Email,a,b,c\nx@b.org,1,2,\n").counts
    assert "contacts.columns.many" in judged("Email,a,b,c\nx@b.org,1,2,3\n").counts
    assert "contacts.columns.too_many" in judged("Email,a,b,c,d\nx@b.org,1,2,3,4\n").counts


def test_rows_above_the_limit_are_cut_into_files_of_which_none_is_larger(judged, folder):
    rows = "".join(f"u{i}@b.org,x,yes\n" for i in range(5))
    report = judged(HEADER + rows, out=folder / "out", client="acme")
    assert [(pack.file, pack.records) for pack in report.packs] == [
        ("acme_kartra_consented_all_1.csv", 2),
        ("acme_kartra_consented_all_2.csv", 2),
        ("acme_kartra_consented_all_3.csv", 1),
    ]
    assert "3 files" in report.samples["contacts.rows.many"][0].message


def test_rejects_hold_the_original_cells_with_line_and_reasons_first(judged, folder):
    judged(HEADER + '"open,x,yes\nbad,=1+1,yes\n', out=folder / "out")
    with (folder / "out" / "rejects.csv").open(newline="", encoding="utf-8") as stream:
        header, *rows = csv.reader(stream)
    assert header == ["_line", "_reasons", "Email", "Name", "Consent"]
    assert [(line, cells) for line, _, *cells in rows] == [("2", ['"open', "x", "yes"]), ("3", ["bad", "'=1+1", "yes"])]
    assert rows[0][1].startswith("contacts.row.unterminated_quote: Close the quotation mark")
    assert rows[1][1].startswith("contacts.email.malformed: ")


def test_packs_keep_every_value_exactly_and_the_manifest_says_so(judged, folder):
    report = judged(HEADER + 'a@b.org,"=1+1\nx",yes\n', out=folder / "out")
    (pack,) = report.packs
    data = (folder / "out" / pack.file).read_bytes()
    assert data == b'Email,Name,Consent\r\na@b.org,"=1+1\nx",yes\r\n'
    manifest = json.loads((folder / "out" / "manifest.json").read_text())
    assert manifest["packs"] == [
        {
            "file": "kartra_consented_all_1.csv", "records": 1, "sha256": hashlib.sha256(data).hexdigest(),
            "consent": "consented", "segment": "all", "purpose": "import",
        }
    ]  # fmt: skip


def test_judging_again_into_the_same_folder_leaves_no_old_pack_and_no_foreign_file_lost(judged, folder):
    out = folder / "out"
    judged(HEADER + "a@b.org,x,yes\n", out=out)
    (out / "mine.txt").write_text("keep")
    judged(HEADER + "a@b.org,x,\n", out=out)
    assert sorted(path.name for path in out.iterdir()) == [
        "findings.csv", "kartra_no_consent_all_1.csv", "manifest.json", "mine.txt", "rejects.csv",
    ]  # fmt: skip
    assert sorted(path.name for path in folder.iterdir()) == ["list.csv", "out"]


def test_a_cancelled_run_leaves_nothing_behind(judged, folder):
    def cancel(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judged(HEADER + "a@b.org,x,yes\n", out=folder / "out", progress=cancel)
    assert [path.name for path in folder.iterdir()] == ["list.csv"]


def test_progress_goes_up_to_the_size_of_the_file(judged):
    told = []
    text = HEADER + "a@b.org,x,yes\n" * 60_000
    judged(text, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (len(text), len(text))
    assert len(told) > 3


def test_a_file_that_changes_while_it_is_judged_gets_no_clean_verdict(judged, folder):
    def touch(done, total):
        os.utime(folder / "list.csv", ns=(1, 1))

    report = judged(
        HEADER + "a@b.org,x,yes\nbroken,x,yes\n", progress=touch, out=folder / "out", wanted=Wanted(sample=5)
    )
    assert report.severities["contacts.file.changed"] == "fatal" and report.packs == [] and not report.sample
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["findings.csv", "manifest.json", "rejects.csv"]
    manifest = json.loads((folder / "out" / "manifest.json").read_text())
    assert (manifest["packs"], manifest["sample"], manifest["rejects"]["records"]) == ([], None, 0)
    assert manifest["void"].endswith("the counts hold for nothing and no file was made.")
    assert places(folder / "out", "contacts.file.changed")


def test_the_source_is_recognised_by_the_longest_fingerprint(judged):
    known = [
        SourceProfile("short", fingerprints=(fingerprint(["Email Address"]),)),
        SourceProfile("mailchimp", fingerprints=(fingerprint(["Email Address", "LEID", "EUID"]),), tag_separator=","),
    ]
    assert judged("Email Address,leid,EUID\na@b.org,1,2\n", known_sources=known).source == "mailchimp"
    assert judged("E-mail,x\na@b.org,1\n", known_sources=known).source == ""


def test_unknown_status_words_are_named_on_every_line(judged, folder):
    judged("Email,Status\na@b.org,purple\nc@b.org,Purple\nd@b.org,green\n", out=folder / "out")
    assert places(folder / "out", "contacts.status.unknown_word") == [
        ("2", "1", "Status"), ("3", "2", "Status"), ("4", "3", "Status"),
    ]  # fmt: skip


def test_samples_hold_places_and_no_addresses(judged):
    report = judged(HEADER + "secret.person@@b.org,x,yes\n" * 9)
    assert len(report.samples["contacts.email.malformed"]) == 5
    assert "secret.person" not in json.dumps(report.as_detail())


def test_a_workbook_is_judged_with_its_row_numbers_as_lines(folder):
    book = openpyxl.Workbook()
    for cells in (["Email", "Name", "Joined"], ["a@b.org", "Ada", date(2026, 1, 2)], [None], [None], ["bad", 7, None]):
        book.active.append(cells)
    path = folder / "list.xlsx"
    book.save(path)
    report = judge_file(path, target=TARGET, as_of=AS_OF, out=folder / "out")
    assert (report.encoding, report.records, report.lines) == ("xlsx", 2, 5)
    assert places(folder / "out", "contacts.email.malformed") == [("5", "2", "Email")]
    assert places(folder / "out", "contacts.row.blank") == [("3", "", "")]
    assert "a@b.org,Ada,2026-01-02" in (folder / "out" / "kartra_no_consent_all_1.csv").read_text()


def test_hundreds_of_columns_are_judged(judged):
    header = ",".join(["Email", *(f"c{i}" for i in range(499))])
    report = judged(header + "\na@b.org" + "," * 499 + "\n")
    assert (len(report.header), report.columns_with_data, dict(report.counts)) == (500, 1, {})


WORDS = st.sampled_from(
    ["a@b.org", "A@b.org ", "bad", "", "c@gmial.com", "info@d.org", '"', 'x"y', "\n", "yes", "unsubscribed"]
)


@settings(max_examples=80)
@given(rows=st.lists(st.lists(WORDS, min_size=1, max_size=4), max_size=8), glue=st.sampled_from([",", "\n", '"']))
def test_packs_and_suppression_and_rejects_are_the_input_to_the_last_record(tmp_path_factory, rows, glue):
    folder = tmp_path_factory.mktemp("sums")
    path = folder / "list.csv"
    path.write_text("Email,Status,Consent\n" + "\n".join(glue.join(row) for row in rows), "utf-8", newline="")
    report = judge_file(path, target=TARGET, as_of=AS_OF, out=folder / "out")
    with (folder / "out" / "rejects.csv").open(newline="", encoding="utf-8") as stream:
        rejects = sum(1 for _ in csv.reader(stream)) - 1
    assert sum(pack.records for pack in report.packs) + rejects == report.records
    assert sum(report.segments.values()) == report.records
