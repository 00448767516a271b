"""What must be true before anything is started, each with a sentence where it is not."""

import contextlib
import errno
import fcntl
import os
import socket
import time
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection

FOLDERS = ["run", "logs", "files", "tmp", "broker/queue", "broker/control"]


class CannotStart(Exception):
    """Ends the start with a sentence that says what to do."""


def make_folders(data_dir: Path) -> None:
    """Every folder the product writes to; and try to write there."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        for name in FOLDERS:
            (data_dir / name).mkdir(parents=True, exist_ok=True)
        probe = data_dir / "run" / f"probe-{os.getpid()}"
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        raise CannotStart(
            f"DATA_DIR is {data_dir}, and it cannot be written to ({error.strerror}). "
            "Change its owner, or set DATA_DIR to a folder of your own."
        ) from error


def only_copy(data_dir: Path) -> IO[str]:
    """A lock that the kernel drops when this process ends, however it ends; so a pid file is never believed alone."""
    lock = (data_dir / "run" / "serve.lock").open("a")
    pid_file = data_dir / "run" / "supervisor.pid"
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        pid = pid_file.read_text().strip() if pid_file.exists() else "unknown"
        raise CannotStart(
            f"Migrator already runs on this data (process {pid}, DATA_DIR {data_dir}). "
            "Stop that one first, or set DATA_DIR and PORT for a second copy."
        ) from error
    pid_file.write_text(f"{os.getpid()}\n")
    return lock


def was_killed(data_dir: Path) -> bool:
    """The last run did not end by itself: its children may need a moment to follow it."""
    return (data_dir / "run" / "supervisor.pid").exists()


def free_port(host: str, port: int, patience: float) -> None:
    """Listen for a moment where the web server will listen."""
    until = time.monotonic() + patience
    while True:
        try:
            family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            with socket.socket(family, kind, proto) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
            return
        except (OSError, OverflowError) as error:
            if getattr(error, "errno", None) == errno.EADDRINUSE and time.monotonic() < until:
                time.sleep(0.2)
                continue
            raise CannotStart(port_words(host, port, error)) from error


def port_words(host: str, port: int, error: Exception) -> str:
    match getattr(error, "errno", None):
        case errno.EADDRINUSE:
            return f"Port {port} is taken by another program. Choose a free one: PORT={port + 1} make run"
        case errno.EACCES:
            return f"This user may not listen on port {port}. Choose one above 1023: PORT=8000 make run"
        case _:
            return f"Cannot listen on {host} port {port} ({error}). Check HOST and PORT."


def without_password(url: str) -> str:
    """An address fit for a log."""
    if not url:
        return ""
    parts = urlsplit(url)
    try:
        where = parts.hostname or ""
        where += f":{parts.port}" if parts.port else ""
    except ValueError:
        where = "an address that cannot be read"
    return f"{parts.scheme}://{where}{parts.path}"


def what_is_used() -> list[str]:
    """One line a choice."""
    if settings.DATABASE_URL:
        database = f"{connection.vendor} at {without_password(settings.DATABASE_URL)}"
    else:
        database = f"SQLite in {settings.DATABASES['default']['NAME']}"
    redis = without_password(settings.REDIS_URL)
    broker = f"Redis at {redis}" if redis else "embedded, in DATA_DIR/broker"
    return [f"Database: {database}", f"Broker: {broker}"]


def migrate() -> None:
    """Bring the tables up to this version."""
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except Exception as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        what = "reached or changed" if isinstance(error, DatabaseError) else "brought up to this version"
        raise CannotStart(f"The database cannot be {what}: {first}") from error
    finally:
        connection.close()


def redis_answers() -> bool:
    """Background work waits while Redis is away, so this is a word to the reader and no reason to stop."""
    import redis  # only where REDIS_URL is set

    with contextlib.suppress(redis.RedisError, OSError, ValueError):
        client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2)
        with contextlib.closing(client):
            return bool(client.ping())
    return False


def prepare() -> None:
    """Folders and tables: what every way of starting needs."""
    make_folders(settings.DATA_DIR)
    migrate()
