"""What `make test` runs: every test on SQLite and the embedded broker, again on PostgreSQL and Redis, then browsers.

What could not be tried here is printed last, with the one command that would enable it. NO_SKIPS=1 makes it a failure.
"""
# ruff: noqa: T201 - it talks to the person at the terminal

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from tests import servers
from tests.apart import MOST

ROOT = Path(__file__).resolve().parent.parent
NOTHING_COLLECTED = 5
# The engine and its command know no database; the set-up is tried once, on servers of its own where it needs them.
COMMAND = ("bad_input", "contract", "contacts")
KNOW_NO_SERVER = [
    "--ignore=tests/engine",
    *(f"--ignore=tests/test_{name}.py" for name in ("setup", "serve", "run")),
    *(f"--ignore=tests/contacts/test_validate_{name}.py" for name in COMMAND),
]
# A process a core; PYTEST_XDIST_AUTO_NUM_WORKERS in the environment, or `-n 0` behind all, asks for another number.
APART = ["-p", "tests.apart", "-n", "auto", f"--maxprocesses={MOST}", "--dist", "worksteal"]
# What a person has set for the product must not reach the tests: they would write into the real database.
OF_THE_PRODUCT = [
    "DATA_DIR", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "BASE_URL", "HOST", "PORT", "DEBUG", "EMAIL_URL",
    "ALLOWED_HOSTS", "DNS_NAMESERVERS", "OUTBOUND_ALLOW", "OUTBOUND_PORTS", "BEHIND_PROXY", "TRUSTED_PROXIES",
    "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "UPLOAD_LIMIT_MB", "JOB_LEASE_SECONDS", "JOB_SWEEP_SECONDS",
    "DEFAULT_FROM_EMAIL", "CONTACTS_LIMIT_MB",
]  # fmt: skip


@dataclass
class Run:
    """What has been tried so far."""

    extra: list[str]
    no_skips: bool
    outcomes: list[tuple[str, str]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    packages: list[str] = field(default_factory=list)
    failed: bool = False

    def missing(self, what: str, package: str) -> None:
        self.skipped.append(what)
        self.packages.append(package)

    def pytest(self, title: str, arguments: list[str], env: dict[str, str]) -> None:
        """One run of pytest in a process of its own; skips are read from its report."""
        print(f"\n=== {title} ===", flush=True)
        with servers.folder_for_data() as data, tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.xml"
            command = [sys.executable, "-m", "pytest", f"--junitxml={report}", *APART, *arguments, *self.extra]
            clean = {name: value for name, value in os.environ.items() if name not in OF_THE_PRODUCT}
            status = run_apart(command, clean | env | {"DATA_DIR": str(data)})
            skips = list(skips_in(report))
        self.skipped += [f"{title}: {words}" for words in skips]
        if status == NOTHING_COLLECTED:
            self.skipped.append(f"{title}: there is no such test")
        self.failed = self.failed or status not in (0, NOTHING_COLLECTED)
        words = {0: "passed", 1: "failed", NOTHING_COLLECTED: "no such test"}
        self.outcomes.append((title, words.get(status, f"pytest ended with status {status}")))

    def close(self) -> int:
        """The last lines, and the exit status."""
        print("\n=== What was run ===")
        for title, outcome in self.outcomes:
            print(f"{title}: {outcome}")
        if self.skipped:
            print("\n=== What was skipped ===")
            for words in dict.fromkeys(self.skipped):
                print(f"- {words}")
            if self.packages:
                print(f"To run all of it: apt-get install {' '.join(self.packages)}")
            if self.no_skips:
                print("NO_SKIPS is set, so a skip is a failure.")
        sys.stdout.flush()
        return 1 if self.failed or (self.skipped and self.no_skips) else 0


def run_apart(command: list[str], env: dict[str, str]) -> int:
    """Its status. It runs in a group of its own: it is interrupted once, by us, and what it left behind is ended."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=env, start_new_session=True, preexec_fn=servers.ends_with_us(signal.SIGINT)
    )
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
        raise
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def skips_in(report: Path) -> Iterator[str]:
    """The reasons in pytest's own report; an expected failure is no skip."""
    if not report.exists():
        return
    for case in ElementTree.parse(report).iter("testcase"):
        for skip in case.iter("skipped"):
            if skip.get("type") != "pytest.xfail":
                yield f"{case.get('classname')}.{case.get('name')}: {skip.get('message')}"


def on_sqlite(run: Run) -> None:
    run.pytest("SQLite and the embedded broker", ["-m", "not browser"], {})


def on_servers(run: Run) -> None:
    """PostgreSQL and Redis: the ones named in the environment, or private ones where their programs are found."""
    with contextlib.ExitStack() as stack:
        env, parts = {}, []
        if url := os.environ.get("TEST_DATABASE_URL"):
            env["DATABASE_URL"] = url
        elif servers.find_program("initdb"):
            env["DATABASE_URL"] = stack.enter_context(servers.PrivatePostgres()).url
        else:
            run.missing("every test on PostgreSQL: its programs were not found", "postgresql")
        if url := os.environ.get("TEST_REDIS_URL"):
            env["REDIS_URL"] = url
        elif servers.find_program("redis-server"):
            env["REDIS_URL"] = stack.enter_context(servers.PrivateRedis()).url
        else:
            run.missing("every test on Redis: redis-server was not found", "redis-server")
        parts = [name for name, key in (("PostgreSQL", "DATABASE_URL"), ("Redis", "REDIS_URL")) if key in env]
        if parts:
            run.pytest(" and ".join(parts), ["-m", "not browser", *KNOW_NO_SERVER], env)


def in_a_browser(run: Run) -> None:
    """Apart from the others: Playwright keeps an event loop in the thread, which Django's checks refuse."""
    if chromium := servers.find_chromium():
        env = {"CHROMIUM": chromium, "DJANGO_ALLOW_ASYNC_UNSAFE": "1"}
        run.pytest("In Chromium", ["-m", "browser", "-n", "0"], env)  # one process: tests/e2e tells one story
    else:
        run.missing("the tests in a browser: no Chromium was found (CHROMIUM may name one)", "chromium")


LEGS = {"sqlite": on_sqlite, "servers": on_servers, "browser": in_a_browser}


def interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=LEGS, action="append", help="this part alone")
    chosen, extra = parser.parse_known_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    run = Run(extra=extra, no_skips=os.environ.get("NO_SKIPS", "") not in ("", "0"))
    try:
        for name in chosen.only or LEGS:
            LEGS[name](run)
    except KeyboardInterrupt:
        print("\nInterrupted; the private servers are stopped.")
        return 130
    return run.close()


if __name__ == "__main__":
    sys.exit(main())
