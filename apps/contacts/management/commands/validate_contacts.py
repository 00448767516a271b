"""The contact engine from the command line, without the database; scripts rely on its options and exit status."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from engine.contacts import Report
from engine.contacts.beside import Other
from engine.contacts.calling import CallError, add_options, check_file, reporter
from engine.contacts.confining import tune
from engine.contacts.dialects import DELIMITERS
from engine.contacts.keys import NAME as KEYS
from engine.contacts.keys import open_keys
from engine.contacts.kinds import judge_as
from engine.contacts.kinds.telling import told_lines
from engine.contacts.members import kind_of_member
from engine.contacts.settings import settings_from
from engine.contacts.wanted import Wanted
from engine.spreadsheets import Unreadable
from engine.spreadsheets.archives import is_archive, unpack

ORDER = ("fatal", "error", "unknown", "warning", "note")


class Command(BaseCommand):
    help = "Judge contact files for a target platform; with --out also write findings, rejects, packs and a manifest."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """The engine's own options, and whether a person or a program reads the answer."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        options: ArgumentParser = parser
        add_options(options)
        parser.add_argument("--json", action="store_true", help="print nothing but JSON, progress to standard error")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check the call first, so that a wrong one judges nothing; exit with 1 when any file has errors."""
        files: list[Path] = options["files"]
        try:
            for path in files:
                check_file(path)
            chosen = settings_from(_Options(options))
        except CallError as error:
            raise CommandError(str(error), returncode=2) from error
        if self._called_from_command_line:
            tune()
        watch = reporter() if options["json"] or sys.stderr.isatty() else None
        with TemporaryDirectory(prefix="contacts-") as folder:
            inputs = [one for path in files for one in _inputs(path, Path(folder))]
            calls = [chosen | {"kind": kind_of_member(one.member, chosen["kind"])} for one in inputs]
            beside = _beside(inputs, calls, Path(folder))
            reports = [
                judge_as(path=one.path, name=one.name, out=out, progress=watch, **others, **call)
                for one, out, others, call in zip(
                    inputs, _folders(options["out"], inputs, len(files)), beside, calls, strict=True
                )
            ]
        self._answer(reports, is_json=options["json"])
        if any(report.has_errors for report in reports):
            sys.exit(1)

    def _answer(self, reports: list[Report], *, is_json: bool) -> None:
        """One JSON object for one file, a list for several."""
        if is_json:
            answers = [report.as_json() for report in reports]
            self.stdout.write(json.dumps(answers[0] if len(answers) == 1 else answers, ensure_ascii=False))
            return
        for report in reports:
            self.stdout.write("\n".join(_lines(report)) + "\n")


class _Options:
    """The options by attribute, as the engine's own entry has them."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.__dict__.update(options)

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(name)


@dataclass(frozen=True, slots=True)
class _Input:
    """One file to judge; `member` is its name in the archive it came from."""

    path: Path
    name: str
    member: str = ""


def _inputs(path: Path, folder: Path) -> list[_Input]:
    """The file itself, or the lists in it; an archive that cannot be unpacked is judged as it is, which says why."""
    try:
        if is_archive(path):
            members, _ = unpack(path, folder, limit=settings.CONTACTS_LIMIT_MB * 1024 * 1024)
            return [_Input(member.path, f"{path.name}/{member.name}", member.name) for member in members]
    except Unreadable:
        pass
    return [_Input(path, path.name)]


def _beside(inputs: list[_Input], calls: list[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """For each list what the others of this call say: nobody is mailed whom one of them forbids, in any order."""
    if len(inputs) == 1:
        return [{}]
    keys: list[tuple[str, Path]] = []
    domains: list[list[str]] = []
    for number, (one, call) in enumerate(zip(inputs, calls, strict=True)):
        wanted = {"out": folder / f"keys-{number}", "wanted": Wanted(packs=False, keys=True)}
        report = judge_as(path=one.path, name=one.name, **(call | wanted))
        keys.append((one.name, folder / f"keys-{number}" / KEYS))
        domains.append(getattr(report, "results", {}).get("domain_names", []))
    return [
        {
            "beside": [Other(name, open_keys(path)) for name, path in keys if path.exists() and path != own],
            "kept_out_domains": [domain for told in domains for domain in told],
        }
        for _, own in keys
    ]


def _folders(out: Path | None, inputs: list[_Input], files: int) -> list[Path | None]:
    """Several files get a folder each inside the one that was named; of one name, the later ones are numbered."""
    if out is None or len(inputs) == 1:
        return [out] * len(inputs)
    names: list[str] = []
    for one in inputs:
        name = one.member if one.member and files == 1 else one.name
        numbered = (f"{name}-{number}" for number in count(2))
        names.append(name if name not in names else next(other for other in numbered if other not in names))
    return [out / name for name in names]


def _lines(report: Report) -> list[str]:
    """The report for a person: how the file was read, what was found, gravest first, and where the records went."""
    sign = DELIMITERS.get(report.delimiter, report.delimiter) or "nothing"
    lines = [
        f"{report.file}: {report.records:,} records on {report.lines:,} lines, "
        f"{len(report.header)} columns ({report.columns_with_data} with data), {report.encoding}, {sign} between cells"
        + (f", exported by {report.source}" if report.source else ""),
    ]
    for code in sorted(report.counts, key=lambda code: (ORDER.index(report.severities[code]), code)):
        first = report.samples[code][0]
        place = f"line {first.line}: " if first.line else ""
        lines.append(f"  {report.severities[code]:8}{report.counts[code]:>9,}  {code}  ({place}{first.message})")
    lines.extend(told_lines(report))
    lines.extend(f"  wrote {pack.file}: {pack.records:,} records" for pack in report.packs)
    return lines
