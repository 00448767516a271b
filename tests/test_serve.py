"""`manage.py serve`: what it refuses, what it keeps running, and that nothing is left when it has gone."""

import contextlib
import http.client
import io
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from apps.jobs import child, starting, supervisor
from apps.jobs.management.commands import serve
from tests import servers
from tests.run import OF_THE_PRODUCT
from tests.servers import has_ended, wait_until

ROOT = Path(__file__).resolve().parent.parent
PARTS = ["web", "worker", "beat"]


def environment(data: Path, port: int, **more: str) -> dict[str, str]:
    """As a fresh machine has it; the test run's own variables are not the product's."""
    clean = {name: value for name, value in os.environ.items() if name not in OF_THE_PRODUCT}
    return clean | {"DATA_DIR": str(data), "PORT": str(port)} | more


class Serving:
    """One `manage.py serve`, as a person starts it."""

    def __init__(self, data: Path, port: int, output: Path, *arguments: str, **env: str) -> None:
        self.data, self.port, self.output = data, port, output
        command = [sys.executable, "manage.py", "serve", *arguments]
        with output.open("wb") as out:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment(data, port, **env), stdout=out, stderr=out, stdin=subprocess.DEVNULL
            )

    @property
    def text(self) -> str:
        return self.output.read_text(errors="replace")

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.text
        return "Migrator is ready: " in self.text

    def get(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", path)
            return connection.getresponse().status

    def pid(self, name: str) -> int:
        return int((self.data / "run" / f"{name}.pid").read_text())

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


@contextlib.contextmanager
def serving(tmp_path: Path, *arguments: str, port: int = 0, **env: str) -> Iterator[Serving]:
    (tmp_path / "data").mkdir(exist_ok=True)
    one = Serving(tmp_path / "data", port or servers.spare_port(), tmp_path / "output", *arguments, **env)
    try:
        wait_until(one.is_ready, 120, "the address is printed")
        yield one
    finally:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


def refused(data: Path, port: int, **env: str) -> str:
    """What it says when it does not start."""
    done = subprocess.run(
        [sys.executable, "manage.py", "serve", "--no-demo"],
        cwd=ROOT, env=environment(data, port, **env), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    for name in PARTS:
        assert not (data / "run" / f"{name}.pid").exists()
    return done.stderr


@pytest.mark.servers
def test_it_serves_restarts_what_was_killed_and_leaves_nothing_on_ctrl_c(tmp_path):
    with serving(tmp_path, "--no-demo") as product:
        assert product.get("/healthz") == 200
        assert product.get("/accounts/login/") == 200
        wait_until(lambda: product.get("/readyz") == 200, 60, "the worker has been seen")
        for name in PARTS:
            before = product.pid(name)
            os.kill(before, signal.SIGKILL)
            wait_until(lambda name=name, before=before: product.pid(name) != before, 30, f"{name} is started again")
            assert f"{name} ended by signal 9" in product.text
        wait_until(lambda: answers(product), 60, "the web server is back")
        assert product.end() == 0
        assert servers.processes_of(product.data) == []
        assert list((product.data / "run").glob("*.pid")) == []


def answers(product: Serving) -> bool:
    with contextlib.suppress(OSError, http.client.HTTPException):
        return product.get("/healthz") == 200
    return False


@pytest.mark.servers
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the children look every two seconds")
def test_nothing_is_left_when_the_supervisor_itself_is_killed_and_the_next_start_works(tmp_path):
    with serving(tmp_path, "--no-demo") as product:
        product.process.kill()
        product.process.wait()
        wait_until(lambda: servers.processes_of(product.data) == [], 15, "every child has followed")
        assert (product.data / "run" / "supervisor.pid").exists()
        port = product.port
    with serving(tmp_path, "--no-demo", port=port) as product:
        assert product.get("/healthz") == 200
        assert product.end(signal.SIGTERM) == 0


@pytest.mark.servers
def test_a_second_copy_on_the_same_data_is_refused_and_the_first_goes_on(tmp_path):
    with serving(tmp_path, "--no-demo") as product:
        command = [sys.executable, "manage.py", "serve", "--no-demo"]
        env = environment(product.data, servers.spare_port())
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
        assert done.returncode != 0
        assert f"already runs on this data (process {product.process.pid}" in done.stderr
        assert product.get("/healthz") == 200
        assert product.end() == 0


@pytest.mark.servers
def test_on_postgresql_and_redis_nothing_else_changes(tmp_path):
    if not servers.find_program("initdb") or not servers.find_program("redis-server"):
        pytest.skip("PostgreSQL or Redis was not found; apt-get install postgresql redis-server")
    with servers.PrivatePostgres() as database, servers.PrivateRedis() as broker:
        env = {"DATABASE_URL": database.url, "REDIS_URL": broker.url}
        with serving(tmp_path, "--no-demo", **env) as product:
            wait_until(lambda: product.get("/readyz") == 200, 60, "the worker has been seen")
            assert f"Database: postgresql at postgres://127.0.0.1:{database.port}" in product.text
            assert f"Broker: Redis at redis://127.0.0.1:{broker.port}" in product.text
            assert not (product.data / "migrator.sqlite3").exists()
            assert product.end() == 0
            logs = product.text + "".join(path.read_text() for path in (product.data / "logs").iterdir())
            assert database.password not in logs
            assert broker.password not in logs


def test_a_taken_port_is_named_together_with_the_variable(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        words = refused(tmp_path / "data", port)
    assert f"Port {port} is taken" in words
    assert "PORT=" in words


def test_a_data_folder_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    for env in [{}, {"SECRET_KEY": "made-up"}]:
        words = refused(tmp_path / "file" / "data", servers.spare_port(), **env)
        assert str(tmp_path / "file" / "data") in words
        assert "DATA_DIR" in words


@pytest.mark.parametrize(
    "name, value",
    [
        ("PORT", "abc"),
        ("JOB_LEASE_SECONDS", "1.5"),
        ("OUTBOUND_ALLOW", "10.1"),
        ("DATABASE_URL", "hidden-word"),
        ("DATABASE_URL", "postgres://me:hidden-word@host:99x/name"),
    ],
)
def test_a_variable_that_cannot_be_read_is_named_without_showing_a_password(tmp_path, name, value):
    words = refused(tmp_path / "data", servers.spare_port(), **{name: value})
    assert f"{name} cannot be read" in words
    assert "hidden-word" not in words


def test_an_empty_variable_counts_as_unset(tmp_path):
    empty = dict.fromkeys([name for name in OF_THE_PRODUCT if name != "DATA_DIR"], "")
    command = [sys.executable, "manage.py", "check"]
    env = environment(tmp_path, 0) | empty
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_a_database_that_is_not_there_is_said_without_its_password(tmp_path):
    url = f"postgres://someone:hidden-word@127.0.0.1:{servers.spare_port()}/migrator"
    words = refused(tmp_path / "data", servers.spare_port(), DATABASE_URL=url)
    assert "database cannot be reached" in words
    assert "hidden-word" not in words


def test_an_address_is_shown_without_its_password():
    assert starting.without_password("redis://:secret@10.0.0.1:6379/0") == "redis://10.0.0.1:6379/0"
    assert starting.without_password("postgres://me:secret@db/name?sslmode=require") == "postgres://db/name"


def test_a_pid_file_alone_does_not_stop_a_start(tmp_path):
    """The process it names may be gone, or be another program by now: only the lock counts."""
    starting.make_folders(tmp_path)
    (tmp_path / "run" / "supervisor.pid").write_text(f"{os.getpid()}\n")
    with starting.only_copy(tmp_path):
        assert starting.was_killed(tmp_path)
        with pytest.raises(starting.CannotStart):
            starting.only_copy(tmp_path)


def one_child(tmp_path: Path, code: str, monkeypatch) -> supervisor.Child:
    starting.make_folders(tmp_path)
    (tmp_path / "a_program.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{tmp_path}")
    return supervisor.Child("web", ["a_program", "word"], ROOT, tmp_path)


def test_a_program_that_keeps_dying_waits_longer_each_time(tmp_path, monkeypatch):
    one = one_child(tmp_path, "raise SystemExit(3)", monkeypatch)
    said = []
    for _ in range(3):
        one.start_at = 0.0  # its time has come
        one.watch()
        one.process.wait()
        said.append(one.watch())
    assert [words.split("again in ")[1].split(" s")[0] for words in said] == ["0.5", "1", "2"]
    assert "ended with status 3" in said[0]
    one.clear()


def test_what_a_dead_program_left_behind_is_ended_before_it_starts_again(tmp_path, monkeypatch):
    code = (
        "import subprocess, sys\n"
        "left = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(tmp_path / 'left')!r}, 'w').write(str(left.pid))\n"
    )
    one = one_child(tmp_path, code, monkeypatch)
    one.watch()
    one.process.wait()
    left = int((tmp_path / "left").read_text())
    assert Path(f"/proc/{left}").exists() or sys.platform != "linux"
    one.watch()
    wait_until(lambda: has_ended(left), 5, "the rest of the group has ended")
    one.clear()


def test_each_line_goes_to_the_file_as_it_is_and_to_the_console_behind_its_name(tmp_path, monkeypatch, capfd):
    one = one_child(tmp_path, "import sys; print('hello', sys.argv[1])", monkeypatch)
    monkeypatch.setattr(one.log.handlers[1], "stream", sys.stdout)
    one.start()
    one.process.wait()
    wait_until(lambda: "hello" in (tmp_path / "logs" / "web.log").read_text(), 5, "the line is written")
    assert (tmp_path / "logs" / "web.log").read_text() == "hello word\n"
    one.clear()


def test_where_the_kernel_does_not_help_a_child_watches_its_parent(tmp_path):
    """The way of every system but Linux, tried here by calling it."""
    inner = (
        "import os, time\nfrom apps.jobs import child\nchild.WATCH_SECONDS = 0.1\nchild.watch_parent(os.getppid())\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)\n"
    )
    outer = f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {inner!r}]).wait()\n"
    parent = subprocess.Popen([sys.executable, "-c", outer], cwd=ROOT)
    wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "", 20, "the child runs")
    parent.kill()
    parent.wait()
    wait_until(lambda: has_ended(int((tmp_path / "pid").read_text())), 10, "the child has followed")
    assert child.WATCH_SECONDS >= 1


@pytest.fixture
def first_start(db, monkeypatch):
    """`serve` with a demo of one line."""
    monkeypatch.setattr(serve, "get_commands", lambda: {"demo": "apps.overview"})
    monkeypatch.setattr(serve, "call_command", lambda name, stdout: stdout.write(f"{name}: dana@example.org, word\n"))
    return serve.Command(stdout=io.StringIO())


def test_the_first_start_loads_the_demo_and_keeps_its_words_for_the_end(first_start):
    assert first_start.load_demo() == "demo: dana@example.org, word\n"


def test_once_there_are_people_no_demo_is_loaded(first_start, owner):
    assert first_start.load_demo() == ""


def test_a_demo_that_cannot_be_loaded_does_not_stop_the_start(first_start, monkeypatch):
    def broken(name, stdout):
        raise RuntimeError("no such file")

    monkeypatch.setattr(serve, "call_command", broken)
    assert "could not be loaded (RuntimeError: no such file)" in first_start.load_demo()


def test_the_address_is_said_once_when_all_is_up(first_start, monkeypatch):
    answers, seen = iter([False, True]), iter([False, True])
    monkeypatch.setattr(serve, "web_answers", lambda: next(answers))
    monkeypatch.setattr(serve, "worker_was_seen", lambda since: next(seen))
    first_start.is_announced, first_start.answered_at, first_start.sign_in = False, 0.0, "Sign in so."
    first_start.began_at = timezone.now()
    for _ in range(2):
        first_start.announce_once()
        assert first_start.stdout.getvalue() == ""
    first_start.announce_once()
    first_start.announce_once()  # asks nobody any more
    assert first_start.stdout.getvalue().count("Migrator is ready") == 1
    assert "Sign in so." in first_start.stdout.getvalue()
