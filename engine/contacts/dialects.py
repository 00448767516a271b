"""Which sign stands between the cells: our own bounded rule, because csv.Sniffer is quadratic on a hostile file."""

import codecs
import re
from pathlib import Path

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
SAMPLE = 65_536
_LINES = 100
_QUOTED = re.compile(r'"[^"]*+(?:""[^"]*+)*+"')
_HINT = re.compile(r"sep=(.)\r?\n?", re.I)


def sample_text(path: Path, encoding: str) -> str:
    """The beginning of the file as text."""
    with path.open("rb") as stream:
        head = stream.read(SAMPLE)
    return codecs.getincrementaldecoder(encoding)("replace").decode(head)


def hint(first_line: str) -> str:
    """Excel's own first line `sep=;`, which is no row of the table."""
    match = _HINT.fullmatch(first_line)
    return match.group(1) if match else ""


def choose_delimiter(sample: str) -> str:
    """The sign that stands in the header and as often in most of the lines; a comma when no sign does."""
    lines = [line for line in re.split(r"\r\n|\n|\r", _QUOTED.sub("", sample)) if line.strip()]
    if not lines:
        return ","
    if told := hint(lines[0]):
        return told
    whole = lines[:_LINES] if len(lines) > _LINES else (lines[:-1] or lines)
    best = max(DELIMITERS, key=lambda sign: _evidence(whole, sign))
    return best if best in whole[0] else ","


def _evidence(lines: list[str], sign: str) -> tuple[float, int]:
    """The share of lines with as many signs as the header, in steps of a quarter, then the number of signs."""
    wanted = lines[0].count(sign)
    if not wanted:
        return (-1.0, 0)
    same = sum(1 for line in lines if line.count(sign) == wanted)
    return (round(4 * same / len(lines)) / 4, wanted)
