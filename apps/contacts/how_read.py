"""How the text of an upload is read: by rule, or as somebody chose for it and for the later versions of its list."""

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from apps.contacts.models import ContactFile
from engine.contacts.encodings import known_encoding

ENCODINGS = {
    "utf-8": "UTF-8",
    "cp1252": "Windows-1252 (Western Europe)",
    "cp1250": "Windows-1250 (Central Europe)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "iso8859-2": "ISO-8859-2 (Central Europe)",
    "iso8859-15": "ISO-8859-15 (Western Europe)",
    "mac-roman": "Mac Roman",
    "utf-16": "UTF-16",
    "cp437": "Code page 437 (DOS)",
    "cp850": "Code page 850 (DOS)",
}
SIGNS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
ASSUMED = "not UTF-8"  # the engine's reason for the encoding that is taken where nothing speaks for one
LETTERS, READ, CUT = 5, 4 * 1024 * 1024, 60


def encoding_name(name: str) -> str:
    """As people call it: Windows-1252 for cp1252."""
    plain = name.removesuffix("-sig").removesuffix("-le").removesuffix("-be")
    return ENCODINGS.get(plain, name).partition(" (")[0]


def reading_of(file: ContactFile) -> dict[str, str]:
    """What somebody chose, in the engine's words; {} where everything goes by rule."""
    told = {"encoding": file.encoding, "delimiter": file.delimiter}
    return {name: value for name, value in told.items() if value}


def options_of(file: ContactFile, *, prefix: str = "--") -> list[str]:
    """The same as options of a call."""
    return [word for name, value in reading_of(file).items() for word in (f"{prefix}{name}", value)]


def kept_for_next(first: ContactFile | None, path: Path) -> dict[str, str]:
    """What was chosen for the newest version of a list holds for its next one too, but no encoding against UTF-8."""
    newest = first.project.contact_files.of_list(first).first() if first else None
    if newest is None:
        return {}
    kept = reading_of(newest) | ({"source": newest.source} if newest.source else {})
    if "encoding" in kept and _is_utf8(path):
        del kept["encoding"]
    return kept


def _is_utf8(path: Path) -> bool:
    """It has letters above ASCII, and all at its beginning are UTF-8: of another encoding hardly any would be."""
    with path.open("rb") as stream:
        data = stream.read(READ)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return False
    return not data.isascii()


def letters_of(file: ContactFile, chosen: dict[str, Any]) -> list[str] | None:
    """Up to five cells with letters above ASCII, read from the upload just now and never kept.

    None where only the next check tells how the file is read.
    """
    report = file.latest_check.report if file.latest_check else {}
    now = report.get("encoding", "")
    encoding = chosen.get("encoding", now) or ("" if file.encoding else now)
    sign = SIGNS.get(chosen.get("delimiter") or "", "") or report.get("delimiter") or ","
    if not encoding or encoding == "xlsx" or file.is_deleted or not file.file.path.is_file():
        return None
    with file.file.path.open("rb") as stream:
        data = stream.read(READ)
    text = codecs.getincrementaldecoder(known_encoding(encoding))("replace").decode(data)
    found: dict[str, None] = {}
    for cell in _foreign_cells(text.lstrip("\ufeff"), sign):
        found.setdefault(cell[:CUT])
        if len(found) == LETTERS:
            break
    return list(found)


def _foreign_cells(text: str, sign: str) -> Iterator[str]:
    for line in text.split("\n"):
        if not line.isascii():
            cells = (cell.strip(' "\r') for cell in line.split(sign))
            yield from (cell for cell in cells if not cell.isascii())
