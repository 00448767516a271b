"""The task that judges a contact file: real files through the real engine, run in this process."""

import io
import json
import logging
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from apps.contacts import process, services
from apps.contacts.facts import consent_split, within_limits
from apps.contacts.models import ContactFile, ContactFinding, FileCheck
from apps.contacts.tasks import validate_file
from apps.findings.models import Fact
from apps.jobs.models import Job, State
from apps.projects.models import Activity
from apps.projects.stored import StoredFile
from engine.contacts.limits import TargetLimits
from engine.findings import Verdict
from tests.factories_contacts import CSV, contact_file

CANARY = "canary.private@secret-person.example"


def judged(file: ContactFile, times: int = 1) -> Job:
    job = Job.start(validate_file, file.project, by=None, key=file.job_key, contact_file_id=file.pk)
    for _ in range(times):
        validate_file.run(job.pk)
    job.refresh_from_db()
    file.refresh_from_db()
    return job


def facts(project) -> dict[str, str]:
    return {fact.key: fact.verdict for fact in project.facts.all()}


def test_a_good_file_gets_its_counts_segments_and_files(project):
    file = contact_file(project)
    job = judged(file)
    assert (job.state, job.message) == (State.DONE, "2 records read; nothing to put right.")
    assert job.result_url == f"/projects/move/contacts/{file.pk}/"
    check = file.latest_check
    assert (check.sha256, check.target, check.has_errors, check.worst) == (file.file.sha256, "kartra", False, "")
    assert (check.records, check.report["segments"]["consented"]) == (2, 2)
    assert check.findings_file.path.is_file()
    assert check.findings_file.delete_after == file.file.delete_after


def test_faults_are_kept_with_line_and_column_and_without_the_value(project):
    file = contact_file(project, CSV + "no address here,Eve,subscribed,yes\n")
    job = judged(file)
    assert job.message == "3 records read; 1 error."
    finding = file.latest_check.findings.get()
    assert (finding.code, finding.line, finding.column) == ("contacts.email.malformed", 4, "Email")
    assert (finding.value, finding.suggestion) == ("", "")
    assert b"no address here" in file.latest_check.findings_file.path.read_bytes()
    assert b"no address here" in file.latest_check.rejects_file.path.read_bytes()


@pytest.mark.parametrize("times", [1, 3])
def test_a_job_delivered_several_times_makes_one_check(project, times):
    file = contact_file(project, CSV + "no address,Eve,subscribed,yes\n")
    judged(file, times)
    assert FileCheck.objects.count() == 1
    assert ContactFinding.objects.count() == 1
    assert StoredFile.objects.count() == 6
    assert len(list(file.file.path.parent.iterdir())) == 6


def test_checking_again_keeps_both_verdicts_and_only_the_newest_lists(project, django_capture_on_commit_callbacks):
    file = contact_file(project)
    first = services.judge_now(file)
    with django_capture_on_commit_callbacks(execute=True):
        second = services.judge_now(file)
    file.refresh_from_db()
    assert (file.latest_check, file.checks.count()) == (second, 2)
    assert not first.findings_file.path.exists()
    assert second.findings_file.path.exists()


def xlsx_bomb() -> bytes:
    buffer = io.BytesIO()
    book = Workbook()
    book.active.append(["Email"])
    book.save(buffer)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet2.xml", b"0" * 300_000_000)
    return buffer.getvalue()


def xlsx(*rows: list) -> bytes:
    buffer = io.BytesIO()
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(buffer)
    return buffer.getvalue()


BAD = {
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\x00" * 2000, "list.csv", "contacts.file.photo"),
    "a web page": (b"<!DOCTYPE html><html><body>Sign in</body></html>", "list.csv", "contacts.file.html"),
    "nothing": (b"", "list.csv", "contacts.file.empty"),
    "only a header": (b"Email,Name\n", "list.csv", "contacts.file.only_header"),
    "no e-mail column": (b"Name,Town\nAda,Paris\n", "list.csv", "contacts.file.no_email_column"),
    "one line of 50 MB": (b"a" * 50_000_000, "list.csv", "contacts.file."),
    "a workbook that unpacks to 300 MB": (xlsx_bomb, "list.xlsx", "contacts.file."),
    "a ZIP named as a workbook": (b"PK\x05\x06" + b"\x00" * 18, "list.xlsx", "contacts.file."),
}


@pytest.mark.parametrize("what", BAD)
def test_a_file_that_is_no_contact_list_ends_with_one_sentence(project, consultant, what):
    content, name, code = BAD[what]
    file = contact_file(project, content() if callable(content) else content, name)
    job = judged(file)
    assert job.state == State.DONE
    assert file.latest_check.is_fatal
    (finding,) = [one for one in file.latest_check.findings.all() if one.severity == "fatal"]
    assert finding.code.startswith(code)
    assert finding.message.endswith(".")
    assert facts(project)["contacts.validated"] == Verdict.NOT_READY
    page = consultant.get(f"/projects/move/contacts/{file.pk}/")
    assert page.status_code == 200
    assert finding.message[:30] in page.content.decode()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"Email,Name\nada@example.org,A\x00da\n", "contacts.cell.nul"),
        (b"Email,Name\nada@example.org,Ada,more\n", "contacts.row.long"),
        (b'Email,Name\nada@example.org,"Ada\n', "contacts.row.unterminated_quote"),
    ],
)
def test_a_damaged_file_is_read_and_its_faults_told(project, consultant, content, code):
    file = contact_file(project, content)
    assert judged(file).state == State.DONE
    assert code in file.latest_check.report["counts"]
    assert consultant.get(f"/projects/move/contacts/{file.pk}/").status_code == 200


def test_a_workbook_is_read(project):
    file = contact_file(project, xlsx(["Email", "Consent"], ["ada@example.org", "yes"]), "list.xlsx")
    judged(file)
    assert (file.latest_check.records, file.latest_check.worst) == (1, "")


def test_no_address_of_the_file_reaches_rows_or_logs(project, consultant, caplog):
    header_is_a_contact = f"{CANARY},Ada\n{CANARY},Eve\nx {CANARY} y,{CANARY}\n"
    with_header = f"Email,Name,{CANARY}\n{CANARY},Ada,{CANARY}\nx{CANARY} x,Ada,{CANARY}\n"
    with caplog.at_level(logging.DEBUG):
        for number, content in enumerate([header_is_a_contact, with_header]):
            file = contact_file(project, content, f"{CANARY} {number}.csv")
            judged(file)
            assert consultant.get(f"/projects/move/contacts/{file.pk}/").status_code == 200
    tables = [Job, FileCheck, ContactFinding, ContactFile, Fact, Activity]
    text = " ".join(str(row) for table in tables for row in table.objects.values())
    assert FileCheck.objects.count() == 2
    assert CANARY not in text
    assert CANARY not in caplog.text


def test_a_file_deleted_before_its_check_ends_the_job_with_words(project):
    file = contact_file(project)
    file.file.delete_content()
    job = judged(file)
    assert (job.state, job.message) == (
        State.FAILED, "This file was deleted, so it cannot be checked; upload it again."
    )  # fmt: skip


def test_a_file_deleted_during_its_check_leaves_nothing(project, monkeypatch):
    file = contact_file(project)
    real = process._answer

    def deleted_meanwhile(*arguments):
        file.file.delete_content()
        return real(*arguments)

    monkeypatch.setattr(process, "_answer", deleted_meanwhile)
    job = judged(file)
    assert (job.state, job.message) == (State.FAILED, "The file was deleted while it was checked.")
    assert FileCheck.objects.count() == 0
    assert list(file.file.path.parent.iterdir()) == []


def test_a_file_whose_bytes_were_changed_is_not_judged(project):
    file = contact_file(project)
    file.file.path.write_text(CSV + "eve@example.org,Eve,subscribed,yes\n")
    job = judged(file)
    assert job.state == State.FAILED
    assert "not the one that was uploaded" in job.message
    assert FileCheck.objects.count() == 0


def test_a_cancelled_check_ends_the_engine_and_keeps_nothing(project, settings):
    file = contact_file(project, "Email\n" + "ada@example.org\n" * 200_000)
    job = Job.start(validate_file, project, by=None, contact_file_id=file.pk)
    Job.objects.filter(pk=job.pk).update(cancel_requested=True)
    validate_file.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.message) == (
        State.CANCELLED, "Cancelled. The upload stays as it was; check it again at any time."
    )  # fmt: skip
    assert file.file.path.is_file() and FileCheck.objects.count() == 0
    assert list(settings.FILE_UPLOAD_TEMP_DIR.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("MEMORY", 1_000_000, "more memory"), ("WALL_SECONDS", -1, "took longer than")],
)
def test_an_engine_that_exceeds_its_bounds_ends_the_job_with_words(project, monkeypatch, name, value, words):
    monkeypatch.setattr(process, name, value)
    monkeypatch.setattr(process, "LEFT_OVER_AFTER", 3600)
    file = contact_file(project, "Email\n" + "ada@example.org\n" * 100_000)
    job = judged(file)
    assert job.state == State.FAILED
    assert words in job.message
    assert StoredFile.objects.count() == 1


def test_an_engine_that_crashes_ends_the_job_with_words_and_its_output_is_not_logged(project, monkeypatch, caplog):
    monkeypatch.setattr(process.sys, "executable", "/bin/false")
    job = judged(contact_file(project))
    assert job.state == State.FAILED
    assert "stopped on our side" in job.message


def test_a_killed_worker_takes_the_engine_with_it(tmp_path):
    """The engine's parent dies by SIGKILL: nothing of ours keeps reading the file."""
    big = tmp_path / "big.csv"
    big.write_text("Email\n" + "ada@example.org\n" * 2_000_000)
    words = "import subprocess,sys; p=subprocess.Popen(sys.argv[1:]); print(p.pid, flush=True); p.wait()"
    engine = [sys.executable, "-m", "engine.contacts", str(big), "--target", "kartra"]
    parent = subprocess.Popen([sys.executable, "-c", words, *engine], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child = int(parent.stdout.readline())
    assert json.loads(parent.stderr.readline())["total"] == big.stat().st_size
    parent.kill()
    parent.wait()
    assert any(not is_running(child) or time.sleep(0.05) for _ in range(100))


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_folders_of_killed_workers_are_removed(settings):
    old, fresh = settings.FILE_UPLOAD_TEMP_DIR / "contacts-old", settings.FILE_UPLOAD_TEMP_DIR / "contacts-fresh"
    for folder in (old, fresh):
        folder.mkdir()
        (folder / "findings.csv").write_text("x")
    os.utime(old, (0, 0))
    process.clear_left_overs()
    assert (old.exists(), fresh.exists()) == (False, True)


def test_facts_speak_for_all_files_of_the_project(project):
    judged(contact_file(project))
    assert facts(project)["contacts.validated"] == Verdict.READY
    assert facts(project)["contacts.consent_split"] == Verdict.READY
    silent = contact_file(project, "Email,Consent\neve@example.org,\nno address,\n", "second.csv")
    judged(silent)
    known = project.facts.by_key()
    assert known["contacts.validated"].verdict == Verdict.NOT_READY
    assert "1 file of 2" in known["contacts.validated"].reason
    assert known["contacts.consent_split"].verdict == Verdict.CONDITIONS
    assert "1 without consent" in known["contacts.consent_split"].reason


def test_too_many_columns_for_the_target_are_not_within_its_limits(project):
    names = ",".join(f"Field {number}" for number in range(70))
    judged(contact_file(project, f"Email,{names}\nada@example.org{',x' * 70}\n"))
    fact = project.facts.get(key="contacts.within_limits")
    assert fact.verdict == Verdict.NOT_READY
    assert "Kartra" in fact.reason


def test_a_target_without_known_limits_is_unknown_and_never_ready(project):
    check = services.judge_now(contact_file(project))
    assert within_limits([check], TargetLimits("nowhere", "Nowhere"))[0] == Verdict.UNKNOWN
    assert within_limits([check], None)[0] == Verdict.UNKNOWN
    assert within_limits([], None)[0] == Verdict.UNKNOWN


def test_a_file_that_nobody_agreed_in_is_not_ready(project):
    check = services.judge_now(contact_file(project, "Email,Name\nada@example.org,Ada\n"))
    assert consent_split([check])[0] == Verdict.NOT_READY
