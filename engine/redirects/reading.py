"""A list of redirects out of any file: a table, Cloudflare's list, WordPress Redirection, nginx, Apache.

What a line says that the list cannot hold (a condition, a pattern of any other form) becomes a finding at its line, so
that nobody believes it was taken.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from engine.findings import Finding, Place, Severity
from engine.redirects import apache, nginx
from engine.redirects.lines import Line, NotTaken
from engine.redirects.maps import Redirect, read_pair
from engine.redirects.patterns import addresses_of
from engine.spreadsheets import Unreadable
from engine.spreadsheets.delimited import open_delimited
from engine.spreadsheets.kinds import Kind, kind_of_file
from engine.spreadsheets.reading import open_table

MOST_LINES = 200_000
MOST_BYTES = 50_000_000
OLD = {"old url", "old address", "old", "source", "source url", "source_url", "from", "redirect from", "url"}
NEW = {"new url", "new address", "new", "target", "target url", "target_url", "to", "redirect to", "destination"}
CODE = {"code", "status", "status code", "status_code", "http code", "http status"}
PATTERN = {"regex", "is regex"}
PERMANENT, TEMPORARY, GONE = {"301", "308", ""}, {"302", "303", "307"}, {"410", "404", "451"}


@dataclass(slots=True)
class MapFile:
    """What a file holds: its kind in words, the lines taken, and a finding for each that was not or looks odd."""

    kind: str
    redirects: list[Redirect] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    lines: int = 0


def read_map(path: Path, *, old_site: str = "", new_site: str = "") -> MapFile:
    """Every line of the file. `old_site` and `new_site` (https://www.example.org) complete paths that stand alone.

    Raises Unreadable with a sentence where it is no list of redirects at all.
    """
    if path.stat().st_size > MOST_BYTES:
        raise Unreadable("This file is larger than 50 MB; a list of redirects is not. Choose another one.", "large")
    kind, lines = _lines_of(path)
    found = MapFile(kind)
    for line in islice(lines, MOST_LINES):
        found.lines += 1
        _take(line, found, old_site, new_site)
    if next(lines, None) is not None:
        raise Unreadable(f"This file has more than {MOST_LINES:,} redirects; cut it into several.", "large")
    if not found.lines:
        raise Unreadable("No redirect was found in this file. It needs an old and a new address in each line.", "empty")
    return found


def _take(line: Line | NotTaken, found: MapFile, old_site: str, new_site: str) -> None:
    if isinstance(line, NotTaken):
        place = Place(line=line.line)
        found.findings.append(Finding(Severity.ERROR, f"redirects.{line.code}", line.sentence, place, line.text[:500]))
        return
    one = read_pair(
        line.old, line.new, is_gone=line.code in GONE, line=line.line, old_site=line.site or old_site, new_site=new_site
    )
    if isinstance(one, Finding):
        found.findings.append(one)
        return
    found.redirects.append(one)
    if line.code in TEMPORARY:
        words = f"This redirect is temporary ({line.code}); it was taken as permanent (301), which a move needs."
        found.findings.append(Finding(Severity.WARNING, "redirects.temporary", words, Place(line=line.line), one.old))
    elif line.code not in PERMANENT | GONE:
        words = f"{line.code[:20]} is no status of a redirect; the line was taken as permanent (301)."
        found.findings.append(Finding(Severity.WARNING, "redirects.status", words, Place(line=line.line), one.old))


def _lines_of(path: Path) -> tuple[str, Iterator[Line | NotTaken]]:
    kind = kind_of_file(path)
    if kind not in (Kind.TEXT, Kind.JSON):
        return "a spreadsheet", _table(row for sheet in open_table(path)[:1] for row in sheet.rows())
    sheet = open_delimited(path)
    text = path.read_text(encoding=sheet.encoding, errors="replace").lstrip("\ufeff")
    if text.lstrip()[:1] in "{[" and text.strip():
        return "a file of WordPress Redirection", _wordpress_json(text)
    meant = [line for line in islice(text.splitlines(), 500) if line.strip() and not line.lstrip().startswith("#")]
    if any(apache.IS_LINE.match(line) for line in meant):
        return "an Apache configuration", apache.read_lines(text)
    if any(nginx.IS_LINE.match(line) for line in meant):
        return "an nginx configuration", nginx.read_lines(text)
    return "a table", _table(sheet.rows())


def _table(rows: Iterator[tuple[int, Sequence[Any]]]) -> Iterator[Line | NotTaken]:
    """By its headers; without any, old address, new address, status, and then Cloudflare's four yes and no."""
    first = next(rows, None)
    if first is None:
        return
    number, cells = first
    columns = _columns(cells)
    if columns is None:
        columns = {"old": 0, "new": 1, "code": 2}
        yield from _row(number, cells, columns)
    for number, cells in rows:
        yield from _row(number, cells, columns)


def _columns(cells: Sequence[Any]) -> dict[str, int] | None:
    found: dict[str, int] = {}
    for at, cell in enumerate(cells):
        title = " ".join(str(cell).strip().lower().split())
        for name, words in (("old", OLD), ("new", NEW), ("code", CODE), ("pattern", PATTERN)):
            if title in words:
                found.setdefault(name, at)
    return found if {"old", "new"} <= set(found) else None


def _row(number: int, cells: Sequence[Any], columns: dict[str, int]) -> Iterator[Line | NotTaken]:
    def cell(name: str, default: int = -1) -> str:
        at = columns.get(name, default)
        value = cells[at] if 0 <= at < len(cells) else ""
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()

    old, new, code = cell("old"), cell("new"), cell("code").removesuffix(".0")
    if cell("pattern").lower() in ("1", "true", "yes"):
        yield from addresses_of(old, new, code, number)
        return
    if "pattern" not in columns and len(cells) >= 6 and str(cells[5]).strip().lower() == "true":  # subpath matching
        keeps = len(cells) >= 7 and str(cells[6]).strip().lower() == "true"
        yield Line(old.rstrip("/") + "/*", new.rstrip("/") + "/*" if keeps else new, code, number)
    yield Line(old, new, code, number)


def _wordpress_json(text: str) -> Iterator[Line | NotTaken]:
    """The plugin's own export: {"redirects": [{url, action_data: {url}, action_code, regex, match_type}]}."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(
            "This file begins like JSON and cannot be read as such. Export it again.", "damaged"
        ) from error
    rows = data.get("redirects") if isinstance(data, dict) else data
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unreadable("This JSON holds no list of redirects. Export it from WordPress Redirection again.", "other")
    for number, row in enumerate(rows, 1):
        target = row.get("action_data")
        new = target.get("url", "") if isinstance(target, dict) else ""
        old, code = str(row.get("url") or ""), str(row.get("action_code") or "")
        if row.get("match_type", "url") != "url" or not isinstance(new, str):
            sentence = (
                "This redirect depends on who asks (sign-in, browser, referrer); enter it by hand if it is needed."
            )
            yield NotTaken("condition", sentence, old, number)
        elif row.get("regex"):
            yield from addresses_of(old, new, code, number)
        else:
            yield Line(old, new, code, number)
