"""Keeps the web server, the worker and the beat running, and ends with all of them gone."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

FIRST_DELAY, LONGEST_DELAY = 0.5, 10.0
CALM_AFTER = 30.0  # a program that was up this long starts again without delay
STOP_AFTER = 15.0
TICK = 0.2
LOG_BYTES, LOG_FILES = 5_000_000, 3


class QuietHandler(logging.StreamHandler):
    """A console that was closed (`make run | head`) must not stop the programs behind it."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing: the file has the line."""


def line_writer(name: str, folder: Path) -> logging.Logger:
    """Lines of one program: to its file as they are, to the console behind its name."""
    log = logging.getLogger(f"serve.{name}")
    log.propagate = False
    log.setLevel(logging.INFO)
    file = RotatingFileHandler(folder / f"{name}.log", maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8")
    console = QuietHandler(sys.stdout)
    console.setFormatter(logging.Formatter(f"{name:<6} | %(message)s"))
    log.handlers = [file, console]
    return log


class Child:
    """One program: started in a group of its own, started again when it dies, with a growing delay."""

    def __init__(self, name: str, command: list[str], folder: Path, data_dir: Path) -> None:
        self.name = name
        self.command = command
        self.folder = folder
        self.pid_file = data_dir / "run" / f"{name}.pid"
        self.log = line_writer(name, data_dir / "logs")
        self.process: subprocess.Popen[bytes] | None = None
        self.delay = FIRST_DELAY
        self.started_at = self.start_at = 0.0

    def start(self) -> None:
        """Called from the main thread alone: Linux ties the child's life to the thread that made it."""
        command = [sys.executable, "-m", "apps.jobs.child", str(os.getpid()), *self.command]
        self.process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.started_at = time.monotonic()
        self.pid_file.write_text(f"{self.process.pid}\n")
        threading.Thread(target=self.copy_lines, args=(self.process.stdout,), daemon=True).start()

    def copy_lines(self, lines: IO[bytes]) -> None:
        with lines:
            for line in lines:
                self.log.info("%s", line.decode("utf-8", "replace").rstrip())

    def watch(self) -> str:
        """Start it when it is time; the words to say when it has just died, otherwise nothing."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.start_at:
                self.start()
            return ""
        code = self.process.poll()
        if code is None:
            return ""
        self.kill_group()  # what it left behind would hold its port or tick twice
        self.process = None
        if now - self.started_at >= CALM_AFTER:
            self.delay = FIRST_DELAY
        delay, self.delay = self.delay, min(self.delay * 2, LONGEST_DELAY)
        self.start_at = now + delay
        how = f"by signal {-code}" if code < 0 else f"with status {code}"
        return f"{self.name} ended {how}; it starts again in {delay:g} s. Its log: {self.name}.log"

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def is_gone(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def kill_group(self) -> None:
        """The whole group, also when its leader is dead already."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def clear(self) -> None:
        self.kill_group()
        if self.process is not None:
            self.process.wait()
        self.pid_file.unlink(missing_ok=True)


class Supervisor:
    """Runs until a signal: one asks the children to finish, a second one does not wait."""

    def __init__(self, children: list[Child], say: Callable[[str], None], on_tick: Callable[[], None]) -> None:
        self.children = children
        self.say = say
        self.on_tick = on_tick
        self.signals: list[float] = []

    def take_signals(self) -> None:
        """A closed terminal ends it too, unless it was started with nohup."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.note_signal)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self.note_signal)

    def note_signal(self, number: int, frame: object) -> None:
        now = time.monotonic()
        if not self.signals or now - self.signals[-1] > 0.5:  # a terminal and make may both send the same one
            self.signals.append(now)

    def run(self) -> None:
        try:
            while not self.signals:
                for child in self.children:
                    if words := child.watch():
                        self.say(words)
                self.on_tick()
                time.sleep(TICK)
        finally:
            self.stop()

    def stop(self) -> None:
        """All together, so that the slowest alone decides how long it takes."""
        self.say("Stopping: running work is given a moment to finish. Ctrl-C again stops at once.")
        for child in self.children:
            child.ask_to_stop()
        deadline = time.monotonic() + STOP_AFTER
        while time.monotonic() < deadline and len(self.signals) < 2:
            if all(child.is_gone() for child in self.children):
                break
            time.sleep(TICK / 4)
        for child in self.children:
            child.clear()
        self.say("Stopped.")
