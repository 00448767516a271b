"""The limits of this process and of its second one: memory, processor time, a life no longer than their parent's."""

import ctypes
import gc
import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from threading import Thread

MEMORY = 1_024 * 1024 * 1024
TOO_LARGE = "This file needs more memory than it may have; split it."
_ADDRESSES = 6 * 1024 * 1024 * 1024
_LOOK_EVERY = 0.05
_PR_SET_PDEATHSIG = 1
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 64 * 1024 * 1024
children: list[int] = []  # their memory counts as this process's own


def confine(memory: int = MEMORY, seconds: int = 0) -> None:
    """Bound this process and those that it starts, and tie its life to its parent's (Linux).

    polars reserves far more addresses than it uses memory, so the memory in use is watched, of all of them together,
    and addresses are bounded loosely.
    """
    resource.setrlimit(resource.RLIMIT_AS, (memory + _ADDRESSES, memory + _ADDRESSES))
    Thread(target=_watch, args=(memory,), daemon=True).start()
    if seconds:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    die_with_parent()


def die_with_parent() -> None:
    """The kernel ends this process when its parent goes (Linux); elsewhere it finds out when it next speaks to it."""
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the parent died just before
            os.kill(os.getpid(), signal.SIGKILL)


def _watch(memory: int) -> None:
    """End this process when it and its children hold more than that many bytes (Linux tells them in /proc)."""
    page, own = resource.getpagesize(), Path("/proc/self/statm")
    while own.exists():
        held = _pages(own) + sum(_pages(Path(f"/proc/{child}/statm")) for child in children)
        if held * page > memory:
            print(json.dumps({"error": TOO_LARGE}), file=sys.stderr, flush=True)  # noqa: T201
            os._exit(3)
        time.sleep(_LOOK_EVERY)


def _pages(statm: Path) -> int:
    try:
        return int(statm.read_bytes().split()[1])
    except (OSError, IndexError):  # it has just ended
        return 0


def tune() -> None:
    """Keep freed memory for the next block (glibc, mallopt(3)), and hand the interpreter over often among threads."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        for option in (_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD):
            libc.mallopt(option, _KEPT_BYTES)
    sys.setswitchinterval(0.0005)
    gc.disable()  # nothing here is circular, and what lives is counted in blocks
