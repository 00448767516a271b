"""rejects.csv: what cannot be used, as it stands in the file but for secrets, with its line and its reasons first.

A record above the cap of `records` is judged by its beginning alone, so here its line is copied out of the file again,
a block at a time: nothing unreadable is lost, and nothing long is held.
"""

import codecs
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from engine.contacts.private import NOT_KEPT
from engine.contacts.written import rows_text
from engine.spreadsheets import guard
from engine.spreadsheets.guarding import DANGEROUS

if TYPE_CHECKING:
    from engine.contacts.block_judging import Rejected

TOO_LONG = "contacts.row.too_long"
_BLOCK = 1 << 18


@dataclass(frozen=True, slots=True)
class RejectRows:
    """Rows as they go into the file. `long` tells where in the text the rest of a row is missing, and its line."""

    text: bytes
    count: int
    long: Sequence[tuple[int, int]] = ()

    @classmethod
    def of(cls, rejected: "Sequence[Rejected]") -> "RejectRows":
        """The rows of one block."""
        long = [place for place, one in enumerate(rejected) if is_too_long(one.reasons) and one.cells != [NOT_KEPT]]
        text, missing, done = b"", [], 0
        for place in long:
            beginning = rejected[place]
            text += _text(rejected[done:place]) + rows_text([_first(beginning)]).removesuffix(b"\r\n")
            missing.append((len(text), beginning.line))
            done = place + 1
        return cls(text + _text(rejected[done:]), len(rejected), missing)

    def parts(self, lines: "WholeLines", delimiter: str) -> Iterator[bytes]:
        """The text with nothing missing."""
        done = 0
        for place, line in self.long:
            yield self.text[done:place]
            yield from rest_of_row(lines.line(line), delimiter)
            done = place
        yield self.text[done:]


def is_too_long(reasons: Sequence[str]) -> bool:
    """Whether only the beginning of the record is at hand; then that is its only reason."""
    return bool(reasons) and reasons[0].startswith(TOO_LONG)


def _first(one: "Rejected") -> list[object]:
    return [one.line, guard("; ".join(one.reasons))]


def _text(rejected: "Sequence[Rejected]") -> bytes:
    return rows_text([*_first(one), *map(guard, one.cells)] for one in rejected)


def rest_of_row(pieces: Iterator[str], delimiter: str) -> Iterator[bytes]:
    """A line as the last cells of a row, cut at each delimiter as all records are whose quotes cannot be trusted."""
    signs = re.escape("".join(sign for sign in DANGEROUS if sign != delimiter))
    guarded = re.compile(rf"(\A|{re.escape(delimiter)})(?='*[{signs}])")
    waiting = re.compile(rf"{re.escape(delimiter)}'*\Z")  # whether that cell is guarded hangs on what follows
    yield b',"'
    held, is_first = "", True
    for piece in pieces:
        text = held + piece
        cut = match.start() if (match := waiting.search(text)) else len(text)
        text, held = text[:cut], text[cut:]
        text = guarded.sub(r"\1'", text) if is_first else guarded.sub(r"\1'", f"\0{text}").removeprefix("\0")
        is_first = is_first and not text
        yield text.replace('"', '""').replace(delimiter, '","').encode("utf-8", "replace")
    yield held.replace(delimiter, '","').encode("utf-8", "replace") + b'"\r\n'


class WholeLines:
    """Lines of a text file, asked for in their order; the file is read once, a block at a time."""

    def __init__(self, path: Path, encoding: str) -> None:
        self._path, self._encoding = path, encoding
        self._stream: BinaryIO | None = None
        self._source: Iterator[str] = iter(())
        self._text, self._number = "", 1

    def line(self, number: int) -> Iterator[str]:
        """One line without its end, in pieces; take all of them before the next line."""
        if self._stream is None:
            self._stream = self._path.open("rb")
            self._source = _decoded(self._stream, self._encoding)
        while self._number < number:
            missing = number - self._number
            if self._text.count("\n") >= missing:
                self._text, self._number = self._text.split("\n", missing)[-1], number
            else:
                self._number += self._text.count("\n")
                self._text = next(self._source, "")
                if not self._text:
                    return
        while (end := self._text.find("\n")) < 0:
            yield self._text
            self._text = next(self._source, "")
            if not self._text:
                return
        yield self._text[:end]
        self._text = self._text[end:]

    def close(self) -> None:
        """Nothing more is asked."""
        if self._stream:
            self._stream.close()


def _decoded(stream: BinaryIO, encoding: str) -> Iterator[str]:
    """The text with LF for every line end, in pieces that hold something."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)("replace"), translate=True)
    while data := stream.read(_BLOCK):
        if text := decoder.decode(data):
            yield text
    if text := decoder.decode(b"", final=True):
        yield text
