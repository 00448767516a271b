"""The engine as a process of its own: `python -m engine.contacts FILE --target KEY`.

The product runs it this way, so that a hostile file can exhaust nothing but this process: memory is limited, and it
dies with the one who started it. Progress goes to standard error as JSON lines, the report to standard output.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.contacts.calling import CallError, add_options, check_file, read_json, reporter
from engine.contacts.confining import MEMORY, TOO_LARGE, confine, tune
from engine.contacts.kinds import CONTACTS, judge_as
from engine.contacts.second import end_all, start_early


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The options that the management command has too."""
    parser = argparse.ArgumentParser(prog="python -m engine.contacts", description=__doc__)
    parser.add_argument("file", type=Path)
    add_options(parser)
    parser.add_argument("--memory", type=int, default=MEMORY, help="bytes this process may use")
    parser.add_argument("--cpu-seconds", type=int, default=0, help="processor time it may use, 0 for any")
    parser.add_argument("--no-packs", action="store_true", help="write findings and rejects alone")
    parser.add_argument("--index", action="store_true", help="write findings.idx too, to look through the findings by")
    parser.add_argument("--beside", type=Path, help="JSON list of the other lists: keys (a key file) and label")
    parser.add_argument("--no-mail", type=Path, help="file of domains that take no mail, one a line")
    parser.add_argument("--keep-out", type=Path, help="file of domains at which nobody may be mailed, one a line")
    parser.add_argument("--with-keys", action="store_true", help="also write keys.bin and domains.csv")
    parser.add_argument("--own-values", type=Path, help="JSON of values that stand in place of the catalogue's")
    parser.add_argument("--name", default="", help="what the file is called where it has another name on the disk")
    parser.add_argument("--client", default="", help="leads the names of the packs")
    parser.add_argument("--since", type=Path, help="an older export of the same list, to tell what changed")
    parser.add_argument("--since-encoding", help="how the bytes of the older export are to be read")
    parser.add_argument("--since-delimiter", help="the sign between the cells of the older export")
    parser.add_argument("--reconcile", type=Path, help="JSON of what was imported, to compare the target's export with")
    return parser.parse_args(words)


def main() -> int:
    """0 done, 1 the file has errors, 2 the call was wrong, 3 the file needs more memory than it may have."""
    options = arguments()
    os.environ.setdefault("POLARS_MAX_THREADS", "1")  # two processes share the work, not threads
    confine(options.memory, options.cpu_seconds)
    tune()
    try:
        check_file(options.file)
        if options.kind == CONTACTS and not (options.since or options.reconcile):
            start_early(options.file, is_surveyed=not options.encoding)
        answer, has_errors = run(options)
    except CallError as error:
        print(json.dumps({"error": str(error)}), file=sys.stderr)  # noqa: T201
        return 2
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "thread" not in str(error):  # a thread needs memory too
            raise
        print(json.dumps({"error": TOO_LARGE}), file=sys.stderr)  # noqa: T201
        return 3
    print(json.dumps(answer, ensure_ascii=False))  # noqa: T201
    return 1 if has_errors else 0


def run(options: argparse.Namespace) -> tuple[dict[str, Any], bool]:
    """What the call asks for: the answer, and whether it has errors. Here begins what takes its time to import."""
    from engine.contacts.settings import settings_from, surroundings_from
    from engine.spreadsheets import Unreadable

    try:
        return _answer(options, settings_from(options) | surroundings_from(options))
    except Unreadable as error:
        raise CallError(str(error)) from error


def _answer(options: argparse.Namespace, settings: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    from engine.contacts.settings import of_contacts, reading_from

    common = {"out": options.out, "client": options.client, "progress": reporter()}
    if options.since:
        if not options.since.is_file() or not options.out:
            raise CallError("Name an older export that is there, and a folder with --out.")
        from engine.contacts.delta import delta

        older = reading_from(options.since_encoding, options.since_delimiter)
        return delta(options.file, options.since, **common, **of_contacts(settings), of_older=older), False
    if options.reconcile:
        from engine.contacts.reconcile import reconcile

        plan = read_json(options.reconcile, "plan")
        try:
            return reconcile(options.file, plan, **common, **of_contacts(settings)), False
        except ValueError as error:
            raise CallError(str(error)) from error
    also = {"packs": not options.no_packs, "index": options.index, "keys": options.with_keys}
    settings["wanted"] = replace(settings["wanted"], **also)
    report = judge_as(path=options.file, name=options.name, **common, **settings)
    return report.as_detail(), report.has_errors


def _leave(code: int) -> None:
    """At once: to take a large process apart piece by piece costs a tenth of a second, and nothing is left to do."""
    end_all()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _leave(main())
