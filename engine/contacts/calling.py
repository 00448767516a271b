"""How a call says what it wants: the options that this engine's own entry and the management command share.

Light on purpose: the entry starts its second process before anything large is imported; see `settings.py`.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.contacts.kinds import CONTACTS, KEYS

STEP = 0.25


class CallError(Exception):
    """The call itself was wrong; the text is the sentence to show."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """What says how a file is to be judged; shared by this entry and the management command."""
    parser.add_argument("--target", required=True, help="key of the platform the contacts move to")
    parser.add_argument("--source", help="key of the platform that exported the file")
    parser.add_argument("--fields", type=Path, help="JSON list of the file's columns")
    parser.add_argument("--as-of", help="the day that counts as today, YYYY-MM-DD")
    parser.add_argument("--encoding", help="how the bytes are to be read, when the rule is wrong")
    parser.add_argument("--delimiter", help="the sign between the cells, when the rule is wrong")
    parser.add_argument("--recipe", type=Path, help="JSON of the decisions to apply")
    parser.add_argument("--out", type=Path, help="folder for findings, rejects, packs and manifest")
    parser.add_argument("--sample", type=int, default=0, help="so many contacts in a file for the test import")
    parser.add_argument("--kind", default=CONTACTS, help=f"what the file holds: {CONTACTS}, {', '.join(KEYS)}")
    parser.add_argument("--switch", help="the day of the move, YYYY-MM-DD, for trials and access that end before it")
    parser.add_argument("--active-days", type=int, default=365, help="so long after a purchase a buyer is active")


def check_file(path: Path) -> None:
    """CallError with a sentence where there is no file, or none that may be read."""
    if path.is_dir():
        raise CallError(f"{path} is a folder; name the file itself.")
    if not path.is_file():
        raise CallError(f"There is no file {path}.")
    try:
        path.open("rb").close()
    except OSError as error:
        raise CallError(f"The file {path} may not be read; ask whoever it belongs to.") from error


def read_json(path: Path, name: str) -> Any:
    """Plain data out of a file that an option names."""
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise CallError(f"The {name} {path} cannot be opened.") from error
    except ValueError as error:
        raise CallError(f"The {name} {path} is no JSON.") from error


def reporter() -> Callable[[int, int], None]:
    """Bytes done and in all, as a JSON line on standard error, at most four times a second."""
    last, is_over = 0.0, False

    def tell(done: int, total: int) -> None:
        nonlocal last, is_over
        now = time.monotonic()
        if (now - last >= STEP or done >= total) and not is_over:
            last, is_over = now, done >= total
            print(json.dumps({"done": done, "total": total}), file=sys.stderr, flush=True)  # noqa: T201

    return tell
