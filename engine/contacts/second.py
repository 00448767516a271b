"""A second process for the blocks of a large file: `python -m engine.contacts.second SOCKET MEMORY MEMORY`.

It is started before polars is imported, so that both import it at the same time. While the first one reads the
catalogue this one surveys the file; then it works as `Bench` does, block by block as it is told. It writes no file, and
ends with the one who started it.
"""

import atexit
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.contacts.channel import APART, Channel, Gone, new_memory
from engine.contacts.confining import children, die_with_parent, tune

if TYPE_CHECKING:
    from engine.contacts.encodings import Survey

ROOT = Path(__file__).resolve().parents[2]
WORTH_IT = 24 * 1024 * 1024  # bytes of a file; a smaller one is judged before a second process is ready
SURVEYED_EARLY = 256 * 1024 * 1024  # bytes; the survey of a larger file has to tell its progress
AT_ONCE = 3  # blocks that it has in hand: one under way while others wait for an answer


class Second:
    """The process, as the first one sees it."""

    def __init__(self, surveyed: Path | None = None) -> None:
        ours, theirs = socket.socketpair()
        memories = new_memory(), new_memory()
        passed = (theirs.fileno(), *memories)
        command = [sys.executable, "-P", "-m", "engine.contacts.second", *map(str, passed)]
        command += [str(surveyed)] if surveyed else []
        self.surveyed = (surveyed, stamp(surveyed.stat())) if surveyed else None
        environment = os.environ | {"POLARS_MAX_THREADS": "1", "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
        self.process = subprocess.Popen(
            command, pass_fds=passed, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=environment
        )
        theirs.close()
        children.append(self.process.pid)
        self.channel = Channel(ours, *memories)
        self.is_ready = False

    def end(self) -> None:
        """End it at once; whatever it has in hand is wanted by nobody."""
        self.channel.close()
        self.process.kill()
        self.process.wait()
        children.remove(self.process.pid)


def is_worth_it(size: int) -> bool:
    """True for a large file where a second processor is free to be used."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return size >= WORTH_IT and count > 1


_idle: list[Second] = []


def stamp(status: os.stat_result) -> tuple[int, int, int]:
    """Tells whether a file is still the one that it was."""
    return status.st_size, status.st_mtime_ns, status.st_ino


def start_early(path: Path, *, is_surveyed: bool) -> None:
    """Before polars is imported here, so that both import it at the same time."""
    size = path.stat().st_size
    if is_worth_it(size):
        _idle.append(Second(path if is_surveyed and size <= SURVEYED_EARLY else None))


def surveyed_early(path: Path, status: os.stat_result) -> "Survey | None":
    """What the second process saw of this file; None where it did not look, or could not."""
    told = _idle[-1].surveyed if _idle else None
    if told is None:
        return None
    _idle[-1].surveyed = None
    try:
        kind, _, value = _idle[-1].channel.receive()
    except Gone:  # whoever needs it finds out
        return None
    return value if kind == "look" and told == (path, stamp(status)) else None


@contextmanager
def second() -> Iterator[Second]:
    """A second process, idle or new. It is kept for the next file unless something failed."""
    one = _idle.pop() if _idle else Second()
    try:
        yield one
    except BaseException:
        one.end()
        raise
    _idle.append(one)


@atexit.register
def end_all() -> None:
    """No second process is kept any longer."""
    while _idle:
        _idle.pop().end()


def main() -> int:
    """0 in every case: the first process says what went wrong."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # from the keyboard it reaches both; the first one decides
    end, into, out = map(int, sys.argv[1:4])
    channel = Channel(socket.socket(fileno=end), out, into)
    try:
        _work(channel, *map(Path, sys.argv[4:]))
    except Gone:
        return 0
    except MemoryError:
        channel.send("full", APART, None)
    except Exception as error:
        channel.send("fail", APART, f"{type(error).__name__}: {error}")
        raise
    return 0


def _work(channel: Channel, surveyed: Path | None = None) -> None:
    tune()
    if surveyed:
        from engine.contacts.encodings import look_over

        channel.send("look", 0, look_over(surveyed, None, _untold))
    from engine.contacts.bench import Bench

    channel.send("here", APART, None)
    inbox, begun = deque[tuple[str, int, Any]](), dict[int, Any]()
    bench: Bench | None = None
    while True:
        while not inbox or channel.is_waiting():
            inbox.append(channel.receive())
        # What can be finished is finished before anything new is begun.
        chosen = next((word for word in inbox if word[0] == "told"), inbox[0])
        inbox.remove(chosen)
        kind, number, value = chosen
        del chosen
        if kind == "make" or bench is None:
            bench = Bench(value)
        elif kind == "told":
            channel.send("part", number, bench.finish(begun.pop(number), value))
        else:
            begun[number] = bench.begin(*value)
            channel.send("asks", number, begun[number][0].asked)


def _untold(done: int, total: int) -> None:
    """The first process tells how far it came."""


if __name__ == "__main__":
    sys.exit(main())
