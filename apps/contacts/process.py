"""Runs the contact engine as a process of its own, so that a hostile file can exhaust nothing but that process."""

import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings

log = logging.getLogger(__name__)

MEMORY = 1_024 * 1024 * 1024
WALL_SECONDS = 1500  # below CELERY_TASK_SOFT_TIME_LIMIT: the person who waits gets our sentence
CPU_SECONDS = 1200
LOOK_EVERY = 0.1
PREFIX = "contacts-"
LEFT_OVER_AFTER = 2 * WALL_SECONDS

Watch = Callable[[int, int], None]


class NotJudged(Exception):
    """The engine gave no verdict; the text is the sentence for the person who waits."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The engine's answer, and where its files stand until the context ends."""

    detail: dict[str, Any]
    out: Path


@contextmanager
def judged(path: Path, *arguments: str, watch: Watch | None = None) -> Iterator[Judged]:
    """Judge the file and hand out the answer; the folder with its files goes when the context ends.

    `watch(done, total)` is called ten times a second while the engine works; what it raises ends the engine at once.
    """
    clear_left_overs()
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
        out = Path(folder) / "out"
        command = [sys.executable, "-m", "engine.contacts", str(path), *arguments, "--out", str(out)]
        command += ["--memory", str(MEMORY), "--cpu-seconds", str(CPU_SECONDS)]
        yield Judged(_run(command, Path(folder), watch or _nobody), out)


def _nobody(done: int, total: int) -> None:
    """For callers who do not watch."""


def _run(command: list[str], folder: Path, watch: Watch) -> dict[str, Any]:
    answer, told = folder / "answer.json", folder / "progress.jsonl"
    # Files instead of pipes: neither side can ever wait for the other to read.
    with answer.open("wb") as stdout, told.open("wb") as stderr:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, cwd=settings.BASE_DIR, env=_environment()
        )
        try:
            with told.open("rb") as lines:
                _wait(process, lines, watch)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
    return _answer(process.returncode, answer, told)


def _environment() -> dict[str, str]:
    """What the engine needs to start, and no secret of ours."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return kept | {"PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _wait(process: subprocess.Popen[bytes], lines: IO[bytes], watch: Watch) -> None:
    deadline, done, total, rest = time.monotonic() + WALL_SECONDS, 0, 0, b""
    while process.poll() is None:
        if time.monotonic() > deadline:
            raise NotJudged(f"This file took longer than {WALL_SECONDS // 60} minutes; split it and upload the parts.")
        *whole, rest = (rest + lines.read()).split(b"\n")
        for line in reversed(whole):
            if step := _step(line):
                done, total = step
                break
        watch(done, total)
        with suppress(subprocess.TimeoutExpired):
            process.wait(LOOK_EVERY)


def _step(line: bytes) -> tuple[int, int] | None:
    try:
        told = json.loads(line)
        return int(told["done"]), int(told["total"])
    except (ValueError, KeyError, TypeError):
        return None


def _answer(code: int, answer: Path, told: Path) -> dict[str, Any]:
    """The report, or NotJudged with words. Nothing the engine said is logged: it may hold a cell of the file."""
    if code in (0, 1):
        try:
            detail = json.loads(answer.read_bytes())
            if isinstance(detail, dict) and "counts" in detail:
                return detail
        except ValueError:
            pass
    log.warning("the contact engine ended with status %s", code)
    if code == 2:
        raise NotJudged(_last_error(told) or "This file cannot be checked with these settings.")
    if code in (3, -6, -9):  # its own word, an allocation that failed outside Python, the system's
        raise NotJudged("This file needs more memory than a check may have; split it and upload the parts.")
    if code in (-24, -15):
        raise NotJudged("This file took more computing time than a check may have; split it and upload the parts.")
    raise NotJudged("The check of this file stopped on our side; try again, and tell us if it happens twice.")


def _last_error(told: Path) -> str:
    """The engine's own sentence about a wrong call; it names options, never contents."""
    for line in reversed(told.read_bytes().splitlines()):
        try:
            return str(json.loads(line)["error"])
        except (ValueError, KeyError, TypeError):
            continue
    return ""


def clear_left_overs() -> None:
    """Remove the folders of runs whose worker was killed: they hold contacts."""
    settings.FILE_UPLOAD_TEMP_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder in settings.FILE_UPLOAD_TEMP_DIR.glob(f"{PREFIX}*"):
        try:
            is_old = time.time() - folder.stat().st_mtime > LEFT_OVER_AFTER
        except FileNotFoundError:
            continue
        if is_old:
            shutil.rmtree(folder, ignore_errors=True)
