"""How the bytes of a file become text: decided by rule over the whole file, never guessed from a sample.

Guessers fail where it hurts (a UTF-8 file with a few bad bytes is called Roman-8 by one, Latin-9 by another), so the
rule is: a byte order mark; else NULs on one side mean UTF-16; else UTF-8, also with places that cannot be decoded, as
long as they are not more than the characters that can; else Windows-1252. In a text of one byte a character hardly any
pair of bytes happens to be UTF-8, so the two are far apart. The person can always say which.
"""

import codecs
import hashlib
import re
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from engine.spreadsheets.kinds import wide_text

CHUNK = 1 << 19
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"))
_WIDE_MARKS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_REPLACED = "\ufffd".encode()
_NOT_IN_1252 = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))
_GARBLE = ("\u00c3", "\u00c2", "\u00e2\u20ac")  # the letters that most of such text holds
_NO_CONTROL = bytes({*range(256)} - {*range(0x01, 0x20), 0x7F} | {*b"\t\n\r"})
_HIGH_CONTROL = re.compile(b"\xc2[\x80-\x9f]")
_NO_FIRST = bytes(range(0xC0))  # every other byte begins a character above 127 (RFC 3629, 3)
_IN_1252 = bytes(sorted(set(range(256)) - set(_NOT_IN_1252)))

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Survey:
    """What one look over the whole file told: its hash, its size, how to decode it, and what to look out for.

    The hash is made in a thread of its own, and whoever asks for it first may have to wait.
    """

    size: int
    encoding: str
    reason: str
    has_damage: bool
    has_nul: bool
    digest: Future[str] | None = None
    has_garble: bool = False
    has_control: bool = False

    @property
    def sha256(self) -> str:
        """Of the whole file."""
        return self.digest.result() if self.digest else ""


@dataclass(slots=True)
class _Tally:
    """Counts over the file; `bad` are undecodable places, `high` the other characters above 127."""

    bad: int = 0
    high: int = 0
    nul: bool = False
    foreign: bool = False
    garble: bool = False
    control: bool = False


def known_encoding(name: str) -> str:
    """The plain name of an encoding that a person chose; LookupError when there is none of that name."""
    info = codecs.lookup(name)
    if not info._is_text_encoding:  # rot13 and base64 are codecs too, and no encodings
        raise LookupError(f"unknown encoding: {name}")
    return info.name


def survey(path: Path, encoding: str | None, progress: Progress, early: Survey | None = None) -> Survey:
    """Read the file once: hash it, and decide how it is to be decoded where that was not decided early."""
    hashing = ThreadPoolExecutor(1)
    digest = hashing.submit(_digest, path)
    hashing.shutdown(wait=False)
    return replace(early or look_over(path, encoding, progress), digest=digest)


def look_over(path: Path, encoding: str | None, progress: Progress) -> Survey:
    """The survey without the hash."""
    with path.open("rb") as stream:
        head = stream.read(65_536)
    chosen, reason = (_with_mark(known_encoding(encoding), head), "chosen") if encoding else _by_mark(head)
    size, tally = path.stat().st_size, _tally(path, chosen, progress)
    if not encoding and chosen == "utf-8" and tally.bad > tally.high:
        return Survey(size, "cp1252", "not UTF-8", tally.foreign, tally.nul, has_control=tally.control)
    if tally.bad and not encoding:
        reason = f"{reason}; {tally.bad:,} {'place' if tally.bad == 1 else 'places'} cannot be decoded"
    return Survey(size, chosen, reason, bool(tally.bad), tally.nul, None, tally.garble, tally.control)


def _with_mark(encoding: str, head: bytes) -> str:
    """The encoding that a person chose, told more exactly: with its byte order mark, or without the one it lacks."""
    marked = next((name for mark, name in _MARKS + _WIDE_MARKS if head.startswith(mark)), "")
    if marked and marked.startswith(encoding.removesuffix("-le").removesuffix("-be")):
        return marked
    return {"utf-16": wide_text(head) or "utf-16-le", "utf-32": "utf-32-le"}.get(encoding, encoding)


def _by_mark(head: bytes) -> tuple[str, str]:
    for mark, name in _MARKS + _WIDE_MARKS:
        if head.startswith(mark):
            return name, "byte order mark"
    wide = wide_text(head)
    return (wide, "every second byte is NUL") if wide else ("utf-8", "whole file is UTF-8")


def _tally(path: Path, encoding: str, progress: Progress) -> _Tally:
    """Most files are what they should be, and a strict look at them is quick; the others are counted."""
    tally = _sound(path, progress) if encoding in ("utf-8", "utf-8-sig") else None
    return tally or _counted(path, encoding, progress)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sound(path: Path, progress: Progress) -> _Tally | None:
    """What there is to say about a file of faultless UTF-8; None for any other."""
    tally, done, total, rest = _Tally(), 0, path.stat().st_size, b""
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            text, rest = _whole_characters(rest + chunk)
            if not _is_sound(text, tally):
                return None
            tally.nul = tally.nul or b"\0" in chunk
            tally.control = tally.control or _has_control(text)
            done += len(chunk)
            progress(done, total)
    return None if rest else tally


def _is_garbled(text: str) -> bool:
    """Signs of UTF-8 that was once read as Windows-1252; a rule looks at the cells then."""
    return any(sign in text for sign in _GARBLE)


def _has_control(data: bytes) -> bool:
    """Control characters of UTF-8 that are neither white space nor NUL; to delete all others is the quickest look."""
    return bool(data.translate(None, _NO_CONTROL)) or (b"\xc2" in data and _HIGH_CONTROL.search(data) is not None)


def _whole_characters(data: bytes) -> tuple[bytes, bytes]:
    """The bytes without a character at their end of which some are still to come, and these (RFC 3629, 3)."""
    for back in range(1, min(4, len(data) + 1)):
        byte = data[-back]
        if byte >= 0xC0:
            is_whole = back >= (2 if byte < 0xE0 else 3 if byte < 0xF0 else 4)
            return (data, b"") if is_whole else (data[:-back], data[-back:])
        if byte < 0x80:
            break
    return data, b""


def _is_sound(data: bytes, tally: _Tally) -> bool:
    """Faultless UTF-8 in which nothing was replaced before; polars looks at many bytes at once."""
    import polars as pl  # here, because the web process reads encodings too

    try:
        text = pl.Series([data], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.ComputeError:
        return False
    tally.garble = tally.garble or text.str.contains("|".join(_GARBLE)).item()
    return _REPLACED[:1] not in data or _REPLACED not in data  # one byte is looked for far quicker than three


def _counted(path: Path, encoding: str, progress: Progress) -> _Tally:
    """The places that cannot be decoded, among all bytes that are not ASCII."""
    tally, done, total = _Tally(), 0, path.stat().st_size
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            _add(tally, chunk, decoder.decode(chunk))
            done += len(chunk)
            progress(done, total)
    _add(tally, b"", decoder.decode(b"", final=True))
    return tally


def _add(tally: _Tally, chunk: bytes, text: str) -> None:
    data = text.encode("utf-8", "replace")  # to look at bytes is far quicker than at characters
    tally.nul = tally.nul or b"\0" in data
    tally.control = tally.control or _has_control(data)
    if chunk.isascii() and data.isascii():
        return
    bad = data.count(_REPLACED) if _REPLACED[:1] in data else 0
    tally.bad += bad
    tally.high += len(data.translate(None, _NO_FIRST)) - bad
    tally.garble = tally.garble or _is_garbled(text)
    tally.foreign = tally.foreign or bool(chunk.translate(None, _IN_1252))
