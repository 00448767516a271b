"""Runs one program that does not outlive its parent: `python -m apps.jobs.child PARENT_PID MODULE ARGUMENT...`."""

import ctypes
import os
import runpy
import signal
import sys
import threading
import time

PR_SET_PDEATHSIG = 1
WATCH_SECONDS = 2.0


def end_with_parent(parent: int) -> None:
    """Linux: the kernel kills this process when its parent goes, even by SIGKILL; it survives `exec`."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it went before the kernel was asked
        sys.exit(1)


def watch_parent(parent: int) -> None:
    """Elsewhere: look every two seconds whether the parent is still the same."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def main(arguments: list[str]) -> None:
    """Become the program."""
    parent, module = int(arguments[0]), arguments[1]
    if sys.platform == "linux":
        end_with_parent(parent)
        os.execv(sys.executable, [sys.executable, "-m", *arguments[1:]])  # noqa: S606 - no shell is wanted
    watch_parent(parent)
    sys.argv = arguments[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
