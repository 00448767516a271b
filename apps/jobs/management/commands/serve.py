"""`manage.py serve`: the whole product under one command, as `make run` starts it."""

import http.client
import io
import os
import sys
import time
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection
from django.utils import timezone

from apps.jobs import starting
from apps.jobs.models import WorkerHeartbeat
from apps.jobs.supervisor import Child, Supervisor

ANNOUNCE_AFTER = 8.0


def web_command(host: str, port: int) -> list[str]:
    """One process, because SQLite and the cache in memory are happiest so. No access log: addresses hold links."""
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return [
        "gunicorn", "migrator.wsgi:application", "--bind", where, "--worker-class", "gthread", "--workers", "1",
        "--threads", "8", "--timeout", "60", "--graceful-timeout", "10", "--no-control-socket",
    ]  # fmt: skip


WORKER = [
    "celery", "--quiet", "-A", "migrator", "worker", "-P", "threads", "-c", "4", "-Q", "io,cpu", "-l", "INFO",
    "--without-mingle", "--without-gossip", "--without-heartbeat",
]  # fmt: skip


def beat_command() -> list[str]:
    """Without a pid file of its own: one left by a killed beat would stop the next."""
    schedule = str(settings.DATA_DIR / "run" / "beat-schedule")
    return ["celery", "--quiet", "-A", "migrator", "beat", "-l", "INFO", "--pidfile", "", "-s", schedule]


class Command(BaseCommand):
    help = "Starts the web server, the worker and the beat, and stops them all on Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="start empty the first time")

    def handle(self, *args: Any, **options: Any) -> None:
        os.umask(0o077)  # the data folder holds personal data
        try:
            lock = self.check_and_prepare()
        except starting.CannotStart as error:
            raise CommandError(str(error)) from error
        try:
            self.sign_in = "" if options["no_demo"] else self.load_demo()
            self.run_children()
        except KeyboardInterrupt:
            self.say("Stopped before it was ready.")
        finally:
            (settings.DATA_DIR / "run" / "supervisor.pid").unlink(missing_ok=True)
            lock.close()

    def say(self, words: str) -> None:
        try:
            self.stdout.write(words)
            self.stdout.flush()
        except OSError:  # the console was closed
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - for as long as the process lives

    def check_and_prepare(self) -> Any:
        """Everything that can be refused is refused here, before a process is started."""
        starting.make_folders(settings.DATA_DIR)
        patience = 5.0 if starting.was_killed(settings.DATA_DIR) else 0.0
        lock = starting.only_copy(settings.DATA_DIR)
        try:
            starting.free_port(settings.HOST, settings.PORT, patience)
            for line in starting.what_is_used():
                self.say(line)
            if settings.REDIS_URL and not starting.redis_answers():
                self.say("Redis does not answer at REDIS_URL. Background work waits until it does.")
            starting.migrate()
        except BaseException:
            (settings.DATA_DIR / "run" / "supervisor.pid").unlink(missing_ok=True)
            lock.close()
            raise
        return lock

    def load_demo(self) -> str:
        """The words with which one signs in, on the first start alone. An empty product is better than none."""
        if get_user_model().objects.exists() or "demo" not in get_commands():
            return ""
        self.say("First start: loading the demo.")
        words = io.StringIO()
        try:
            call_command("demo", stdout=words)
        except Exception as error:
            return f"The demo could not be loaded ({type(error).__name__}: {error}). The product starts empty.\n"
        return words.getvalue()

    def run_children(self) -> None:
        commands = {"web": web_command(settings.HOST, settings.PORT), "worker": WORKER, "beat": beat_command()}
        children = [Child(name, line, settings.BASE_DIR, settings.DATA_DIR) for name, line in commands.items()]
        self.is_announced = False
        self.answered_at = 0.0
        self.began_at = timezone.now()
        supervisor = Supervisor(children, self.say, self.announce_once)
        supervisor.take_signals()
        supervisor.run()

    def announce_once(self) -> None:
        """Below the lines of the start, so that it can be found: when all is up, or a little after the first answer."""
        if self.is_announced or not (self.answered_at or web_answers()):
            return
        self.answered_at = self.answered_at or time.monotonic()
        if time.monotonic() - self.answered_at < ANNOUNCE_AFTER and not worker_was_seen(self.began_at):
            return
        self.is_announced = True
        self.say(f"\nMigrator is ready: {settings.BASE_URL}\n{self.sign_in}")
        self.say(f"Data and logs: {settings.DATA_DIR}. Ctrl-C stops everything.")


def worker_was_seen(since: datetime) -> bool:
    """Whether the worker of this start has said that it is alive."""
    try:
        return WorkerHeartbeat.objects.filter(seen_at__gte=since).exists()
    except DatabaseError:
        return False
    finally:
        connection.close()


def web_answers() -> bool:
    """Whether anything comes back over HTTP."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.HOST, settings.HOST)  # noqa: S104 - compared, not bound
    web = http.client.HTTPConnection(host, settings.PORT, timeout=1)
    try:
        web.request("GET", "/healthz")
        web.getresponse()
        return True
    except (OSError, http.client.HTTPException):
        return False
    finally:
        web.close()
