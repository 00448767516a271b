"""Real Celery workers for tests: started as processes on the test's own database and broker, always stopped."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.servers import ends_with_us

ROOT = Path(__file__).resolve().parent.parent


def database_url() -> str:
    """The address of the database this test is running on."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    return f"postgres://{values['USER']}:{values['PASSWORD']}@{values['HOST']}:{values['PORT']}/{values['NAME']}"


def environment(data_dir: Path, redis_url: str = "") -> dict[str, str]:
    """What a process of the product needs to share the test's database, files and broker."""
    return {
        **os.environ,
        "DATA_DIR": str(data_dir),
        "DATABASE_URL": database_url(),
        "REDIS_URL": redis_url,
        "SECRET_KEY": settings.SECRET_KEY,
        "JOB_LEASE_SECONDS": "4",
        "JOB_SWEEP_SECONDS": "1",
    }


class Worker:
    """One `celery worker` process; `kill` is SIGKILL, as an out-of-memory killer would."""

    def __init__(self, env: dict[str, str], log: Path, include: str = "tests.jobs.tasks_for_tests") -> None:
        self.env, self.log, self.include = env, log, include
        self.process: subprocess.Popen | None = None

    def start(self) -> "Worker":
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "migrator",
            "worker",
            "-P",
            "threads",
            "-c",
            "4",
            "-Q",
            "io,cpu",
        ]
        command += ["--without-mingle", "--without-gossip", "--without-heartbeat", "--loglevel", "INFO"]
        command += ["--include", self.include]
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.env,
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=ends_with_us(signal.SIGKILL),
            )
        return self

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()


@contextlib.contextmanager
def running_worker(env: dict[str, str], log: Path) -> Iterator[Worker]:
    worker = Worker(env, log)
    try:
        yield worker.start()
    finally:
        worker.stop()


def run_product_code(env: dict[str, str], code: str) -> str:
    """Run lines of Python inside the product, in a process of their own, and return what they print."""
    setup = "import django; django.setup()\n"
    env = {**env, "DJANGO_SETTINGS_MODULE": "migrator.settings"}
    done = subprocess.run(
        [sys.executable, "-c", setup + code], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def wait_for(condition: Callable[[], bool], seconds: float, what: str) -> float:
    """Wait until the condition holds; returns how long it took (s)."""
    begin = time.monotonic()
    while time.monotonic() - begin < seconds:
        if condition():
            return time.monotonic() - begin
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")
