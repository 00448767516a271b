"""The project's other lists: what is written for them, what is read of them, and where the contacts go."""

import csv
import json
import subprocess
import sys
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.contacts import TargetLimits, judge_file
from engine.contacts.beside import Beside, Other, read_beside
from engine.contacts.keys import MAGIC, KeyFile, Outdated, write_keys
from engine.contacts.kinds import judge_as
from engine.contacts.outputs import Wanted

TARGET = TargetLimits("kartra", "Kartra")
AS_OF = date(2026, 11, 23)
KEPT_OUT, IN_OTHER = "contacts.email.kept_out", "contacts.email.in_other_file"


def judge(path, content, out=None, kind="contacts", **options):
    path.write_text(content)
    return judge_as(kind, path, target=TARGET, as_of=AS_OF, out=out, **options)


def other(tmp_path, content, label="other.csv", kind="contacts"):
    """Another list of the project, judged, as the next check gets it."""
    out = tmp_path / f"of-{label}"
    judge(tmp_path / label, content, out, kind, wanted=Wanted(keys=True))
    return Other(label, KeyFile.open(out / "keys.bin"))


def found(out):
    with (out / "findings.csv").open(newline="", encoding="utf-8") as stream:
        return [
            (row["code"], int(row["line"]), row["message"])
            for row in csv.DictReader(stream)
            if row["code"] in (KEPT_OUT, IN_OTHER)
        ]


def imported(out):
    manifest = json.loads((out / "manifest.json").read_text())
    rows = []
    for pack in manifest["packs"]:
        if not any(word in pack["file"] for word in ("suppression", "duplicate", "conflict", "fix")):
            with (out / pack["file"]).open(newline="", encoding="utf-8") as stream:
                rows += [row["Email"].lower() for row in csv.DictReader(stream)]
    return rows


LIST = "Email,Consent\nada@b.org,yes\nBOB@b.org,yes\n <cai@b.org> ,yes\ndot@b.org,yes\nada@b.org,yes\n"


def test_an_address_of_a_list_to_keep_out_lands_in_no_import_file(tmp_path):
    blocked = other(tmp_path, "email\nx@y.org\nAda@B.org\nbob@b.org\ncai@b.org\n", "stop.csv", "blocked")
    out = tmp_path / "out"
    report = judge(tmp_path / "list.csv", LIST, out, beside=[blocked])
    assert report.segment_counts() == {
        "consented": 1, "no_consent": 0, "unengaged": 0, "blocked": 3, "duplicate": 1, "rejected": 0, "fix": 0,
    }  # fmt: skip
    assert imported(out) == ["dot@b.org"]
    message = "Keep this contact out of every import: line {} of stop.csv forbids mail to this address."
    lines = [(2, 3), (3, 4), (4, 5), (6, 3)]
    assert found(out) == [(KEPT_OUT, line, message.format(there)) for line, there in lines]
    assert report.as_detail()["beside"] == [{"label": "stop.csv", "is_outdated": False, "kept_out": 4, "in_other": 0}]


def test_who_has_unsubscribed_in_another_list_is_kept_out_and_who_stands_there_is_told(tmp_path):
    shop = other(tmp_path, "Email,Status\nada@b.org,unsubscribed\ndot@b.org,subscribed\n", "shop.csv")
    out = tmp_path / "out"
    report = judge(tmp_path / "list.csv", LIST, out, beside=[shop])
    message = "Import this contact once: the address stands also on line 3 of shop.csv."
    assert (IN_OTHER, 5, message) in found(out)
    assert report.counts[KEPT_OUT] == 2 and report.counts[IN_OTHER] == 1
    assert "ada@b.org" not in imported(out) and "dot@b.org" in imported(out)


def test_a_later_row_that_forbids_speaks_for_the_other_list_with_its_own_line(tmp_path):
    shop = other(tmp_path, "Email,Status\nada@b.org,subscribed\nada@b.org,unsubscribed\n", "shop.csv")
    out = tmp_path / "out"
    judge(tmp_path / "list.csv", "Email,Consent\nada@b.org,yes\n", out, beside=[shop])
    assert [(code, "line 3 of shop.csv" in message) for code, _, message in found(out)] == [(KEPT_OUT, True)]


def test_who_is_kept_out_by_another_list_is_not_forbidden_by_this_one_for_a_third(tmp_path):
    stop = other(tmp_path, "email\nada@b.org\n", "stop.csv", "blocked")
    out = tmp_path / "out"
    judge(tmp_path / "list.csv", LIST, out, beside=[stop], wanted=Wanted(keys=True))
    keys = KeyFile.open(out / "keys.bin")
    assert (np.asarray(keys.lines) > 0).all() and keys.hashes.size == 4


def test_a_contact_that_its_own_file_forbids_gets_no_second_reason(tmp_path):
    stop = other(tmp_path, "email\nada@b.org\n", "stop.csv", "blocked")
    out = tmp_path / "out"
    report = judge(tmp_path / "list.csv", "Email,Status\nada@b.org,unsubscribed\n", out, beside=[stop])
    assert found(out) == [] and report.segment_counts()["blocked"] == 1


def test_the_first_list_that_forbids_is_named_before_one_that_only_holds_the_address(tmp_path):
    shop = other(tmp_path, "Email\nada@b.org\n", "shop.csv")
    stop = other(tmp_path, "email\nada@b.org\n", "stop.csv", "blocked")
    out = tmp_path / "out"
    judge(tmp_path / "list.csv", "Email,Consent\nada@b.org,yes\n", out, beside=[shop, stop])
    assert [(code, "stop.csv" in message) for code, _, message in found(out)] == [(KEPT_OUT, True)]


def test_no_message_names_an_address_and_a_label_stays_on_one_line(tmp_path):
    stop = other(tmp_path, "email\nada@b.org\n", "stop.csv", "blocked")
    told = tmp_path / "beside.json"
    told.write_text(json.dumps([{"keys": str(tmp_path / "of-stop.csv" / "keys.bin"), "label": "a\nb" + "x" * 300}]))
    (read,) = read_beside(told)
    assert stop.keys.hashes.size and read.label.startswith("a bxx") and len(read.label) == 100
    out = tmp_path / "out"
    judge(tmp_path / "list.csv", LIST, out, beside=[read])
    assert all("@" not in message for _, _, message in found(out))


@pytest.mark.parametrize("spoil", [
    lambda data: b"", lambda data: b"X" + data[1:], lambda data: data[:20] + bytes(8) + data[28:],
    lambda data: data[:-1], lambda data: data + b"\0", lambda data: MAGIC,
])  # fmt: skip
def test_a_key_file_of_another_hash_is_outdated_and_never_believed(tmp_path, spoil):
    path = tmp_path / "keys.bin"
    write_keys(path, np.array([5, 3], np.uint64), np.array([2, -3]))
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(Outdated):
        KeyFile.open(path)
    told = tmp_path / "beside.json"
    told.write_text(json.dumps([{"keys": str(path), "label": "old.csv"}]))
    (read,) = read_beside(told)
    report = judge(tmp_path / "list.csv", LIST, beside=[read])
    assert report.as_detail()["beside"] == [{"label": "old.csv", "is_outdated": True, "kept_out": 0, "in_other": 0}]


def test_an_empty_list_has_keys_too(tmp_path):
    assert other(tmp_path, "email\nno address\n", "stop.csv", "blocked").keys.hashes.size == 0


def test_the_engine_reads_what_another_process_of_it_wrote(tmp_path):
    (tmp_path / "stop.csv").write_text("email\nada@b.org\n")
    (tmp_path / "list.csv").write_text(LIST)
    call = [sys.executable, "-m", "engine.contacts", "--target", "kartra", "--as-of", "2026-11-23", "--with-keys"]
    one, two = tmp_path / "one", tmp_path / "two"
    subprocess.run([*call, str(tmp_path / "stop.csv"), "--kind", "blocked", "--out", str(one)], check=True)
    (tmp_path / "b.json").write_text(json.dumps([{"keys": str(one / "keys.bin"), "label": "stop.csv"}]))
    beside = ["--beside", str(tmp_path / "b.json"), "--out", str(two)]
    told = subprocess.run([*call, str(tmp_path / "list.csv"), *beside], stdout=subprocess.PIPE, check=False)
    assert json.loads(told.stdout)["counts"][KEPT_OUT] == 2
    assert (two / "domains.csv").read_text().splitlines() == ["domain,contacts,first_line", "b.org,5,2"]


def test_a_key_file_that_has_gone_is_a_wrong_call_in_words(tmp_path):
    (tmp_path / "list.csv").write_text(LIST)
    (tmp_path / "b.json").write_text(json.dumps([{"keys": str(tmp_path / "gone"), "label": "x"}]))
    call = [sys.executable, "-m", "engine.contacts", str(tmp_path / "list.csv"), "--target", "kartra"]
    told = subprocess.run([*call, "--beside", str(tmp_path / "b.json")], capture_output=True, check=False)
    assert told.returncode == 2 and b"Check again" in told.stderr


WORD = st.sampled_from(["", "subscribed", "unsubscribed"])
ADDRESS = st.sampled_from(
    ["a@b.org", "A@b.org", " c@b.org", "d@b.org", "e@b.org", "broken", "info@b.org", "f@gmial.com"]
)
TABLE = st.lists(st.tuples(ADDRESS, WORD), min_size=1, max_size=12)


def reference(rows, lists):
    """(line, code) by walking every list from the top, as slow and plain as can be."""

    def key(cell):
        return cell.strip().lower()

    told = []
    for line, (cell, word) in enumerate(rows, 2):
        if "@" not in cell:
            continue
        forbidden = any(key(other) == key(cell) and word == "unsubscribed" for one in lists for other, word in one)
        stands = any(key(other) == key(cell) for one in lists for other, _ in one)
        if forbidden and word != "unsubscribed":
            told.append((line, KEPT_OUT))
        elif stands and not forbidden:
            told.append((line, IN_OTHER))
    return told


def table(rows):
    return "Email,Status\n" + "".join(f'"{cell}",{word}\n' for cell, word in rows)


@settings(max_examples=25)
@given(rows=TABLE, lists=st.lists(TABLE, max_size=3))
def test_the_verdict_is_that_of_a_slow_reference(tmp_path_factory, rows, lists):
    folder = tmp_path_factory.mktemp("beside")
    others = [other(folder, table(one), f"{number}.csv") for number, one in enumerate(lists)]
    out = folder / "out"
    judge(folder / "list.csv", table(rows), out, beside=others)
    assert sorted((line, code) for code, line, _ in found(out)) == sorted(reference(rows, lists))
    forbidden = {cell.strip().lower() for one in [rows, *lists] for cell, word in one if word == "unsubscribed"}
    assert not forbidden & {cell.strip() for cell in imported(out)}


def test_nothing_is_looked_up_where_there_is_no_other_list():
    assert Beside().look(np.array([1, 2], np.uint64)) is None


def test_a_list_of_many_blocks_is_looked_up_whole(tmp_path):
    half = "".join(f"p{number}@b.org\n" for number in range(0, 60_000, 2))
    stop = other(tmp_path, "email\n" + half, "stop.csv", "blocked")
    everybody = "".join(f"p{number}@b.org,yes\n" for number in range(60_000))
    report = judge_file(_written(tmp_path, "Email,Consent\n" + everybody), target=TARGET, as_of=AS_OF, beside=[stop])
    assert report.counts[KEPT_OUT] == report.segment_counts()["blocked"] == 30_000
    assert (tmp_path / "of-stop.csv" / "keys.bin").stat().st_size < 30_000 * 12 + 100


def _written(tmp_path, content):
    path = tmp_path / "all.csv"
    path.write_text(content)
    return path


def test_contacts_at_domains_without_mail_wait_for_a_repair_whatever_else_is_odd(tmp_path):
    rows = ["ada@gone.org,yes", " <BOB@Gone.ORG>,yes", "info@gone.org,yes", "cai@stays.org,yes", "ada@gone.org,yes"]
    out = tmp_path / "out"
    report = judge(
        tmp_path / "list.csv",
        "Email,Consent\n" + "\n".join(rows) + "\n",
        out,
        no_mail=["gone.org"],
        wanted=Wanted(keys=True),
    )
    assert report.counts["contacts.email.no_mail_server"] == 4
    assert (report.segment_counts()["fix"], report.segment_counts()["duplicate"]) == (3, 1)
    assert imported(out) == ["cai@stays.org"]
    told = ["domain,contacts,first_line", "gone.org,4,2", "stays.org,1,5"]
    assert (out / "domains.csv").read_text().splitlines() == told and report.mail_domains == 2


def test_an_ordinary_address_with_another_odd_cell_is_told_too(tmp_path):
    rows = "Email,Note\nada@gone.org,4111 1111 1111 1111\nbob@gone.org,plain\n"
    report = judge(tmp_path / "list.csv", rows, no_mail=["gone.org"])
    assert report.counts["contacts.email.no_mail_server"] == 2
