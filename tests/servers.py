"""Private PostgreSQL and Redis servers: on spare ports of 127.0.0.1, in a temporary folder, without privileges.

They listen with a password of their own, end with the process that started them, and leave no file behind.
"""

import contextlib
import ctypes
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

PR_SET_PDEATHSIG = 1
READY_SECONDS = 30


def find_program(name: str) -> str | None:
    """On the PATH, or where Debian keeps PostgreSQL's server programs (the newest version there)."""
    if name == "postgres" or name == "initdb":
        folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
        for folder in reversed(folders):
            if (folder / name).exists():
                return str(folder / name)
    return shutil.which(name)


def find_chromium() -> str | None:
    """CHROMIUM names one; otherwise the usual names are tried."""
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named)
    names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    return next((path for name in names if (path := shutil.which(name))), None)


def spare_port() -> int:
    """A port nobody listens on now. Another process may take it; the caller tries again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Until it holds; the words say what was waited for."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.1)


def has_ended(pid: int) -> bool:
    """Gone, or dead and not yet noticed by its new parent."""
    try:
        os.kill(pid, 0)
        return (Path(f"/proc/{pid}/stat")).read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except ProcessLookupError:
        return True
    except FileNotFoundError:  # it went between the two questions, or this is no Linux
        return sys.platform == "linux"


def plain_user(*names: str) -> pwd.struct_passwd | None:
    """Whom to run as: ourselves, or, when we are root, the first of these users that exists."""
    if os.geteuid() != 0:
        return None
    for name in (*names, "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("no unprivileged user to run a server as")


def ends_with_us(number: int) -> Callable[[], None]:
    """For `preexec_fn`: the kernel sends this signal to the child when we are gone, even by SIGKILL (Linux)."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    parent = os.getpid()

    def ask() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # ignored in what a script starts with `&`
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, number)
            if os.getppid() != parent:
                os._exit(1)

    return ask


class PrivateServer:
    """What both have in common: a folder, a port, a process that dies with us."""

    name = "server"
    users: tuple[str, ...] = ()
    stop_signal = signal.SIGTERM

    def __init__(self) -> None:
        self.user = plain_user(*self.users)
        self.folder = Path(tempfile.mkdtemp(prefix=f"migrator-{self.name}-"))
        self.password = secrets.token_hex(16)
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.give(self.folder)

    def give(self, path: Path) -> None:
        """The server's user must own what it writes."""
        if self.user:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def popen(self, command: list[str]) -> subprocess.Popen[bytes]:
        """Without privileges, in a group of its own: Ctrl-C is for us, and we stop it."""
        identity = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=ends_with_us(self.stop_signal), **identity,
            )  # fmt: skip

    @property
    def log(self) -> Path:
        return self.folder.parent / f"{self.folder.name}.log"

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def start(self) -> "PrivateServer":
        """Start, or start again on the same port after `kill`; three tries where a port was taken meanwhile."""
        for _ in range(3):
            port_is_ours = bool(self.port)
            self.port = self.port or spare_port()
            self.process = self.popen(self.command())
            if self.wait():
                return self
            if not port_is_ours:
                self.port = 0
        raise RuntimeError(f"{self.name} does not start:\n{self.log.read_text()[-2000:]}")

    def wait(self) -> bool:
        """True when it answers, False when it has ended."""
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            if self.answers():
                return True
            time.sleep(0.05)
        self.halt()
        return False

    def kill(self) -> None:
        """As a crash would; the folder and the port stay for the next start."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def halt(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()

    def stop(self) -> None:
        """End it and remove everything it wrote."""
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.log.unlink(missing_ok=True)

    def __enter__(self) -> "PrivateServer":
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *exc: object) -> None:
        self.stop()


class PrivatePostgres(PrivateServer):
    """A cluster of its own, made by initdb; quick rather than durable unless `durable` is asked for."""

    name = "postgres"
    users = ("postgres",)
    stop_signal = signal.SIGINT  # a fast shutdown: clients are cut off, nothing is lost

    def __init__(self, durable: bool = False) -> None:
        super().__init__()
        self.durable = durable
        secret = self.folder / "password"
        secret.write_text(self.password)
        self.give(secret)
        command = [find_program("initdb") or "initdb", "-D", str(self.folder / "data"), "-U", "migrator"]
        command += ["--auth=scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--no-locale", "--no-sync"]
        if self.popen(command).wait() != 0:
            words = self.log.read_text()[-2000:]
            self.stop()
            raise RuntimeError(f"initdb failed:\n{words}")

    def command(self) -> list[str]:
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "100",
            "shared_buffers": "64MB",
        }
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        command = [find_program("postgres") or "postgres", "-D", str(self.folder / "data"), "-p", str(self.port)]
        return command + [word for name, value in options.items() for word in ("-c", f"{name}={value}")]

    def answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    @property
    def url(self) -> str:
        return f"postgres://migrator:{self.password}@127.0.0.1:{self.port}/postgres"


class PrivateRedis(PrivateServer):
    """As in production: append-only file, nothing evicted, a password."""

    name = "redis"
    users = ("redis",)

    def command(self) -> list[str]:
        return [
            find_program("redis-server") or "redis-server", "--port", str(self.port), "--bind", "127.0.0.1",
            "--dir", str(self.folder), "--save", "", "--appendonly", "yes", "--appendfsync", "everysec",
            "--maxmemory-policy", "noeviction", "--requirepass", self.password,
        ]  # fmt: skip

    def answers(self) -> bool:
        import redis

        client = redis.Redis.from_url(self.url, socket_timeout=2)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"


@contextlib.contextmanager
def folder_for_data() -> Iterator[Path]:
    """A DATA_DIR that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="migrator-data-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def processes_of(folder: Path) -> list[str]:
    """Command lines of running processes whose environment or arguments name this folder (Linux)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        if int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            words = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            if re.search(re.escape(str(folder).encode()) + rb"(\0|/|$)", words):
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
    return found
