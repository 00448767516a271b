"""The engine as a process of its own: `python -m engine.contacts FILE --target KEY`.

The product runs it this way, so that a hostile file can exhaust nothing but this process: memory is limited, and it
dies with the one who started it. Progress goes to standard error as JSON lines, the report to standard output.
"""

import argparse
import ctypes
import gc
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

from engine.contacts.calling import CallError, add_options, reporter, settings_from, surroundings_from
from engine.contacts.kinds import judge_as

MEMORY = 1_024 * 1024 * 1024
TOO_LARGE = "This file needs more memory than it may have; split it."
_ADDRESSES = 6 * 1024 * 1024 * 1024
_LOOK_EVERY = 0.05
_PR_SET_PDEATHSIG = 1
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 64 * 1024 * 1024


def confine(memory: int = MEMORY, seconds: int = 0) -> None:
    """Bound this process, and tie its life to its parent's (Linux).

    polars reserves far more addresses than it uses memory, so the memory in use is watched, and addresses are bounded
    loosely.
    """
    resource.setrlimit(resource.RLIMIT_AS, (memory + _ADDRESSES, memory + _ADDRESSES))
    Thread(target=_watch, args=(memory,), daemon=True).start()
    if seconds:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the parent died just before
            os.kill(os.getpid(), signal.SIGKILL)


def _watch(memory: int) -> None:
    """End this process when it holds more than that many bytes (Linux tells them in /proc)."""
    page = resource.getpagesize()
    statm = Path("/proc/self/statm")
    while statm.exists():
        if int(statm.read_bytes().split()[1]) * page > memory:
            print(json.dumps({"error": TOO_LARGE}), file=sys.stderr, flush=True)  # noqa: T201
            os._exit(3)
        time.sleep(_LOOK_EVERY)


def tune() -> None:
    """Keep freed memory for the next block (glibc, mallopt(3)), and hand the interpreter over often among threads."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        for option in (_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD):
            libc.mallopt(option, _KEPT_BYTES)
    sys.setswitchinterval(0.0005)
    gc.disable()  # nothing here is circular, and what lives is counted in blocks


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The options that the management command has too."""
    parser = argparse.ArgumentParser(prog="python -m engine.contacts", description=__doc__)
    parser.add_argument("file", type=Path)
    add_options(parser)
    parser.add_argument("--memory", type=int, default=MEMORY, help="bytes this process may use")
    parser.add_argument("--cpu-seconds", type=int, default=0, help="processor time it may use, 0 for any")
    parser.add_argument("--no-packs", action="store_true", help="write findings and rejects alone")
    parser.add_argument("--beside", type=Path, help="JSON list of the other lists: keys (a key file) and label")
    parser.add_argument("--no-mail", type=Path, help="file of domains that take no mail, one a line")
    parser.add_argument("--with-keys", action="store_true", help="also write keys.bin and domains.csv")
    parser.add_argument("--client", default="", help="leads the names of the packs")
    return parser.parse_args(words)


def main() -> int:
    """0 done, 1 the file has errors, 2 the call was wrong, 3 the file needs more memory than it may have."""
    options = arguments()
    try:
        if not options.file.is_file():
            raise CallError(f"There is no file {options.file}.")
        settings = settings_from(options) | surroundings_from(options)
    except CallError as error:
        print(json.dumps({"error": str(error)}), file=sys.stderr)  # noqa: T201
        return 2
    confine(options.memory, options.cpu_seconds)
    tune()
    try:
        report = judge_as(
            path=options.file,
            out=options.out,
            client=options.client,
            with_packs=not options.no_packs,
            with_keys=options.with_keys,
            progress=reporter(),
            **settings,
        )
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "thread" not in str(error):  # a thread needs memory too
            raise
        print(json.dumps({"error": TOO_LARGE}), file=sys.stderr)  # noqa: T201
        return 3
    print(json.dumps(report.as_detail(), ensure_ascii=False))  # noqa: T201
    return 1 if report.has_errors else 0


if __name__ == "__main__":
    sys.exit(main())
