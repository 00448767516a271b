"""The test run itself: what counts as skipped, what it says last, and how it ends when it is interrupted."""

import signal
import subprocess
import sys
from pathlib import Path

from tests.apart import MOST, own_surroundings
from tests.run import Run, skips_in
from tests.servers import has_ended, wait_until

ROOT = Path(__file__).resolve().parent.parent
REPORT = '<testsuite><testcase classname="tests.test_a" name="test_b">{inside}</testcase></testsuite>'


def test_a_skipped_test_is_named_with_its_reason(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(REPORT.format(inside='<skipped type="pytest.skip" message="no initdb"/>'))
    assert list(skips_in(report)) == ["tests.test_a.test_b: no initdb"]


def test_an_expected_failure_is_no_skip(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(REPORT.format(inside='<skipped type="pytest.xfail" message="known"/>'))
    assert list(skips_in(report)) == []


def test_a_skip_fails_the_run_only_where_it_may_not_be(capsys):
    for no_skips, status in [(False, 0), (True, 1)]:
        run = Run(extra=[], no_skips=no_skips)
        run.missing("every test on Redis: redis-server was not found", "redis-server")
        assert run.close() == status


def test_the_one_command_that_would_enable_the_rest_is_said_last(capsys):
    run = Run(extra=[], no_skips=False)
    run.missing("every test on Redis", "redis-server")
    run.missing("the tests in a browser", "chromium")
    run.close()
    assert capsys.readouterr().out.splitlines()[-1] == "To run all of it: apt-get install redis-server chromium"


def test_processes_of_one_run_share_no_folder_and_no_redis():
    own = [own_surroundings(number, "/run", "redis://:word@127.0.0.1:6379/0") for number in range(MOST)]
    assert len({one["DATA_DIR"] for one in own}) == MOST
    assert [one["REDIS_URL"] for one in own[:2]] == ["redis://:word@127.0.0.1:6379/0", "redis://:word@127.0.0.1:6379/2"]
    assert own[-1]["REDIS_URL"].endswith("/14")  # and 15 for its cache: the last of the sixteen


def test_a_failure_fails_the_run_whatever_was_skipped(capsys):
    assert Run(extra=[], no_skips=False, failed=True).close() == 1


def test_interrupting_the_run_lets_the_tests_clean_up_and_ends_what_they_left(tmp_path):
    inner = (
        "import pathlib, subprocess, sys, time\n"
        "left = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        "(folder / 'begun').write_text(str(left.pid))\n"
        "try:\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    (folder / 'cleaned').write_text('yes')\n"
    )
    outer = (
        "import os, signal, sys\nfrom tests import run\nsignal.signal(signal.SIGTERM, run.interrupt)\n"
        f"try:\n    run.run_apart([sys.executable, '-c', {inner!r}], dict(os.environ))\n"
        "except KeyboardInterrupt:\n    sys.exit(130)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", outer], cwd=ROOT)
    begun = tmp_path / "begun"
    wait_until(lambda: begun.exists() and begun.read_text(), 30, "the inner program runs")
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 130
    assert (tmp_path / "cleaned").read_text() == "yes"
    wait_until(lambda: has_ended(int(begun.read_text())), 10, "what it left has ended")
