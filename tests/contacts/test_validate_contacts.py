import json
import subprocess
import sys

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

KEYS = [
    "file", "sha256", "encoding", "delimiter", "records", "lines", "columns", "columns_with_data", "source", "counts",
    "segments", "packs", "seconds",
]  # fmt: skip


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "good.csv"
    path.write_text("Email,Name\nada@example.org,Ada\n")
    return path


@pytest.fixture
def bad(tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("Email,Name\nada@example.org,Ada\nno address,Bob\n")
    return path


def test_json_goes_to_standard_output_and_progress_elsewhere(good, capsys):
    call_command("validate_contacts", str(good), "--target", "kartra", "--json")
    captured = capsys.readouterr()
    assert list(json.loads(captured.out)) == KEYS
    assert json.loads(captured.err.splitlines()[-1]) == {"done": good.stat().st_size, "total": good.stat().st_size}


def test_several_files_answer_with_a_list(good, bad, capsys):
    with pytest.raises(SystemExit) as left:
        call_command("validate_contacts", str(good), str(bad), "--target", "kartra", "--json")
    assert left.value.code == 1
    assert [answer["file"] for answer in json.loads(capsys.readouterr().out)] == ["good.csv", "bad.csv"]


def test_a_person_reads_what_to_do_and_where(bad, capsys):
    with pytest.raises(SystemExit):
        call_command("validate_contacts", str(bad), "--target", "kartra")
    assert "(line 3: Correct this address" in capsys.readouterr().out


def test_out_holds_findings_rejects_packs_and_manifest(bad, tmp_path, capsys):
    with pytest.raises(SystemExit):
        call_command("validate_contacts", str(bad), "--target", "kartra", "--out", str(tmp_path / "out"))
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["findings.csv", "kartra_no_consent_all_1.csv", "manifest.json", "rejects.csv"]


@pytest.mark.parametrize(
    "options",
    [
        ["--target", "nowhere"],
        ["--target", "kartra", "--source", "nowhere"],
        ["--target", "kartra", "--as-of", "soon"],
        ["--target", "kartra", "--encoding", "rot13"],
        ["--target", "kartra", "--delimiter", "ab"],
        ["--target", "kartra", "--fields", "/nowhere.json"],
    ],
)
def test_a_wrong_call_says_so_and_exits_with_2(good, options):
    with pytest.raises(CommandError) as told:
        call_command("validate_contacts", str(good), *options)
    assert told.value.returncode == 2
    assert str(told.value).endswith(".")


def test_a_missing_file_is_a_wrong_call(tmp_path):
    with pytest.raises(CommandError) as told:
        call_command("validate_contacts", str(tmp_path / "none.csv"), "--target", "kartra")
    assert told.value.returncode == 2


def test_the_engine_runs_as_a_process_of_its_own(bad):
    command = [sys.executable, "-m", "engine.contacts", str(bad), "--target", "kartra"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert json.loads(done.stdout)["samples"]["contacts.email.malformed"][0]["line"] == 3
    assert all(json.loads(line)["total"] == bad.stat().st_size for line in done.stderr.splitlines())


def test_the_process_bounds_its_memory_and_says_so(good):
    good.write_text("Email,Name\n" + "ada@example.org,Ada\n" * 100_000)
    command = [sys.executable, "-m", "engine.contacts", str(good), "--target", "kartra", "--memory", "1000000"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (3, "")
    assert "more memory" in done.stderr


def test_files_of_one_call_know_of_one_another(tmp_path, capsys):
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text("Email,Consent\nada@shore.fr,yes\nbob@shore.fr,yes\n")
    second.write_text("Email,Status\nBOB@shore.fr,unsubscribed\nada@shore.fr,subscribed\n")
    call_command("validate_contacts", str(first), str(second), target="kartra", json=True, as_of="2026-11-25")
    one, two = json.loads(capsys.readouterr().out)
    assert one["counts"] == {"contacts.email.in_other_file": 1, "contacts.email.kept_out": 1}
    assert (one["segments"]["blocked"], one["segments"]["consented"]) == (1, 1)
    assert two["counts"] == {"contacts.email.in_other_file": 2, "contacts.status.unsubscribed": 1}
