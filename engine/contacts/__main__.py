"""The engine as a process of its own: `python -m engine.contacts FILE --target KEY`.

The product runs it this way, so that a hostile file can exhaust nothing but this process: memory is limited, and it
dies with the one who started it. Progress goes to standard error as JSON lines, the report to standard output.
"""

import argparse
import ctypes
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from engine import platforms
from engine.contacts import judge_file, known_encoding, read_fields
from engine.contacts.limits import limits_of, profile_of

MEMORY = 1_536 * 1024 * 1024
_PR_SET_PDEATHSIG = 1
STEP = 0.5


class CallError(Exception):
    """The call itself was wrong; the text is the sentence to show."""


def confine(memory: int = MEMORY, seconds: int = 0) -> None:
    """Bound this process, and tie its life to its parent's (Linux)."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    if seconds:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the parent died just before
            os.kill(os.getpid(), signal.SIGKILL)


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The options that the management command has too."""
    parser = argparse.ArgumentParser(prog="python -m engine.contacts", description=__doc__)
    parser.add_argument("file", type=Path)
    add_options(parser)
    parser.add_argument("--memory", type=int, default=MEMORY, help="bytes this process may use")
    parser.add_argument("--cpu-seconds", type=int, default=0, help="processor time it may use, 0 for any")
    parser.add_argument("--client", default="", help="leads the names of the packs")
    return parser.parse_args(words)


def add_options(parser: argparse.ArgumentParser) -> None:
    """What says how a file is to be judged; shared by this entry and the management command."""
    parser.add_argument("--target", required=True, help="key of the platform the contacts move to")
    parser.add_argument("--source", help="key of the platform that exported the file")
    parser.add_argument("--fields", type=Path, help="JSON list of the file's columns")
    parser.add_argument("--as-of", help="the day that counts as today, YYYY-MM-DD")
    parser.add_argument("--encoding", help="how the bytes are to be read, when the rule is wrong")
    parser.add_argument("--delimiter", help="the sign between the cells, when the rule is wrong")
    parser.add_argument("--out", type=Path, help="folder for findings, rejects, packs and manifest")


def settings_from(options: Any) -> dict[str, Any]:
    """The keyword arguments of `judge_file`; CallError with a sentence where an option makes no sense."""
    return {
        "target": limits_of(_platform(options.target)),
        "source": profile_of(_platform(options.source)) if options.source else None,
        "known_sources": [profile_of(platform) for platform in platforms.catalogue().values()],
        "fields": _fields(options.fields),
        "as_of": _day(options.as_of),
        "encoding": _encoding(options.encoding),
        "delimiter": _delimiter(options.delimiter),
    }


def _platform(key: str) -> Any:
    try:
        return platforms.load(key)
    except (KeyError, LookupError, OSError, ValueError) as error:
        raise CallError(f"No platform has the key {key!r}.") from error


def _fields(path: Path | None) -> Any:
    if path is None:
        return None
    try:
        return read_fields(json.loads(path.read_text("utf-8")))
    except OSError as error:
        raise CallError(f"The fields file {path} cannot be opened.") from error
    except ValueError as error:
        raise CallError(f"The fields file {path} cannot be used: {error}") from error


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise CallError(f"Write the day as YYYY-MM-DD, not {text!r}.") from error


def _encoding(name: str | None) -> str | None:
    try:
        return known_encoding(name) if name else None
    except LookupError as error:
        raise CallError(f"No encoding is called {name!r}.") from error


def _delimiter(text: str | None) -> str | None:
    """One sign, or its name; a shell passes a tab badly."""
    if not text:
        return None
    sign = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|"}.get(text.lower(), text)
    if len(sign) != 1 or sign in '"\r\n\0':
        raise CallError("The delimiter is one sign, or comma, semicolon, tab or pipe.")
    return sign


def reporter() -> Callable[[int, int], None]:
    """Bytes done and in all, as a JSON line on standard error, at most every half second."""
    last = 0.0

    def tell(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= STEP or done >= total:
            last = now
            print(json.dumps({"done": done, "total": total}), file=sys.stderr, flush=True)  # noqa: T201

    return tell


def main() -> int:
    """0 done, 1 the file has errors, 2 the call was wrong."""
    options = arguments()
    try:
        if not options.file.is_file():
            raise CallError(f"There is no file {options.file}.")
        settings = settings_from(options)
    except CallError as error:
        print(json.dumps({"error": str(error)}), file=sys.stderr)  # noqa: T201
        return 2
    confine(options.memory, options.cpu_seconds)
    report = judge_file(options.file, out=options.out, client=options.client, progress=reporter(), **settings)
    print(json.dumps(report.as_detail(), ensure_ascii=False))  # noqa: T201
    return 1 if report.has_errors else 0


if __name__ == "__main__":
    sys.exit(main())
