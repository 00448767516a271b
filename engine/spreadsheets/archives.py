"""ZIP archives with exports in them: looked through before anything is unpacked, counted while it is.

A member never decides where it is written: its name is cleaned and only shown, its bytes go into a file with a random
name. Sizes that the archive declares are a promise; what really comes out is counted against the same limits.
"""

import errno
import hashlib
import secrets
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from engine.spreadsheets.kinds import Kind, Unreadable, kind_of_file

MOST_BYTES = 2_048 * 1024 * 1024
MOST_MEMBERS = 100
MOST_RATIO, RATIO_FROM = 200, 20 * 1024 * 1024
CHUNK = 256 * 1024
NAME_CUT = 120
TABLES = (".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".numbers", "")
ARCHIVES = (".zip", ".gz", ".7z", ".rar", ".tar", ".bz2", ".xz", ".tgz")
_NOISE = ("thumbs.db", "desktop.ini")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_LOCKED, _UTF8 = 0x1, 0x800
# The list of members is read into memory before anything is known of it, so its size is looked at first.
_MOST_LIST = 4 * 1024 * 1024
_END, _END64, _LOCATOR64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_TAIL = 22 + 65_535 + 20 + 56
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError, struct.error,
)  # fmt: skip

DAMAGED = "This ZIP archive is damaged or cut off; export it again and upload the new one."
LOCKED = "This ZIP archive is locked with a password; unpack it and upload the files in it, or pack it without one."
METHOD = "This ZIP archive is packed in an unusual way; unpack it and upload the files in it one by one."
MANY = f"This ZIP archive holds more than {MOST_MEMBERS} files; unpack it and upload the lists that are to move."
NESTED = "This ZIP archive holds only other archives; unpack it and upload the CSV or XLSX files in them."
NO_TABLE = "This ZIP archive holds no CSV or XLSX file; export the lists again and upload those."
SWOLLEN = "This ZIP archive unpacks to far more than it should; unpack it yourself and upload the lists in it."

Watch = Callable[[int, int], None]


def _too_large(limit: int) -> Unreadable:
    shown = f"{limit // (1024 * 1024):,} MB" if limit >= 1024 * 1024 else f"{limit:,} bytes"
    sentence = f"This ZIP archive unpacks to more than {shown}, the limit here; upload its files one by one."
    return Unreadable(sentence, "zip_too_large")


@dataclass(frozen=True, slots=True)
class Member:
    """One file that was unpacked: the name to show, and where its bytes stand."""

    name: str
    path: Path
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in an archive: the members that may be lists, and the shown names of the others."""

    members: list[tuple[str, zipfile.ZipInfo]]
    left_out: list[str]


def is_archive(path: Path) -> bool:
    """A ZIP that is no workbook or document: told from the names in it, whatever its own name is.

    Raises Unreadable where the list of its members is damaged or too long.
    """
    with path.open("rb") as stream:
        if not stream.read(4).startswith((b"PK\x03\x04", _END)):
            return False
        _check_list(stream)
    return kind_of_file(path) is Kind.ZIP


def unpack(
    path: Path, folder: Path, *, limit: int = MOST_BYTES, ending: str = "", watch: Watch | None = None
) -> tuple[list[Member], list[str]]:
    """Every member that may be a list, in files of random names in the folder, and the names of those left out.

    `watch(done, total)` hears of the bytes as they come out; what it raises ends the unpacking.
    Raises Unreadable with a sentence; whatever is raised, nothing is left in the folder.
    """
    written: list[Member] = []
    targets: list[Path] = []
    try:
        with _opened(path) as archive:
            contents = _looked_through(archive, limit)
            done, total = 0, sum(info.file_size for _, info in contents.members)
            for name, info in contents.members:
                targets.append(folder / f"{secrets.token_hex(24)}{ending}")
                digest = hashlib.sha256()
                with targets[-1].open("xb") as stream:
                    targets[-1].chmod(0o600)
                    for chunk in _bytes_of(archive, info, limit - done, limit):
                        stream.write(chunk)
                        digest.update(chunk)
                        done += len(chunk)
                        if watch is not None:
                            watch(done, total)
                written.append(Member(name, targets[-1], digest.hexdigest()))
            return written, contents.left_out
    except BaseException:
        for target in targets:
            target.unlink(missing_ok=True)
        raise


def read_through(path: Path, *, limit: int = MOST_BYTES) -> Contents:
    """The same without writing anything: raises Unreadable where `unpack` would."""
    with _opened(path) as archive:
        contents = _looked_through(archive, limit)
        left = limit
        for _, info in contents.members:
            left -= sum(map(len, _bytes_of(archive, info, left, limit)))
        return contents


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with path.open("rb") as stream:
            _check_list(stream)
            with zipfile.ZipFile(stream) as archive:
                yield archive
    except _DAMAGED as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):  # ours: no room, no permission
            raise
        raise Unreadable(DAMAGED, "damaged") from error


def _check_list(stream: BinaryIO) -> None:
    """The length of the list of members, as the end of the archive declares it (APPNOTE 4.3.14 to 4.3.16)."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - _TAIL))
    tail = stream.read()
    place = tail.rfind(_END)
    if place < 0 or len(tail) < place + 22:
        raise Unreadable(DAMAGED, "damaged")
    length = struct.unpack_from("<L", tail, place + 12)[0]
    wide = place - 20 - 56
    if wide >= 0 and tail[place - 20 : place - 16] == _LOCATOR64:  # then the standard reader believes the wide record
        length = struct.unpack_from("<Q", tail, wide + 40)[0] if tail[wide : wide + 4] == _END64 else _MOST_LIST + 1
    if length > _MOST_LIST:
        raise Unreadable(MANY, "zip_many")


def _looked_through(archive: zipfile.ZipFile, limit: int) -> Contents:
    """Everything that the list of members says, before a byte is unpacked."""
    infos = [(info, _shown(info)) for info in archive.infolist() if not info.is_dir()]
    infos = [(info, name) for info, name in infos if not _is_noise(info, name)]
    if len(infos) > MOST_MEMBERS:
        raise Unreadable(MANY, "zip_many")
    wanted = [(info, name) for info, name in infos if _ending(name) in TABLES + ARCHIVES]
    left_out = [name for info, name in infos if _ending(name) not in TABLES + ARCHIVES]
    if not any(_ending(name) in TABLES for _, name in wanted):
        raise Unreadable(NESTED if wanted else NO_TABLE, "zip_in_zip" if wanted else "zip_without_table")
    if any(info.flag_bits & _LOCKED for info, _ in wanted):
        raise Unreadable(LOCKED, "locked")
    if any(info.compress_type not in _METHODS for info, _ in wanted):
        raise Unreadable(METHOD, "zip_method")
    _check_sizes([info for info, _ in wanted], limit)
    names = _apart([name for _, name in wanted])
    return Contents([(name, info) for name, (info, _) in zip(names, wanted, strict=True)], left_out)


def _check_sizes(infos: list[zipfile.ZipInfo], limit: int) -> None:
    unpacked, packed = sum(info.file_size for info in infos), sum(info.compress_size for info in infos)
    if unpacked > limit:
        raise _too_large(limit)
    if unpacked > RATIO_FROM and unpacked > MOST_RATIO * max(packed, 1):
        raise Unreadable(SWOLLEN, "zip_too_large")


def _bytes_of(archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: int, limit: int) -> Iterator[bytes]:
    """The bytes of one member, counted. The checksum is looked at when the last one was read."""
    count = 0
    with archive.open(info) as stream:
        while chunk := stream.read(CHUNK):
            count += len(chunk)
            if count > left:
                raise _too_large(limit)
            if count > RATIO_FROM and count > MOST_RATIO * max(info.compress_size, 1):
                raise Unreadable(SWOLLEN, "zip_too_large")
            yield chunk
    if count != info.file_size:
        raise Unreadable(DAMAGED, "damaged")


def _shown(info: zipfile.ZipInfo) -> str:
    """The last part of a member's name, without what could be taken for a path, or a control character."""
    name = info.filename
    if not info.flag_bits & _UTF8:  # many programs write UTF-8 and forget to say so
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    name = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    name = "".join(sign for sign in name if sign.isprintable()).strip(" ")
    stem, dot, ending = name.rpartition(".")
    if dot and stem:
        return f"{stem[:NAME_CUT]}.{ending[:9]}"
    return name[:NAME_CUT]


def _is_noise(info: zipfile.ZipInfo, name: str) -> bool:
    """What operating systems put into archives beside the files."""
    parts = info.filename.replace("\\", "/").split("/")
    return "__MACOSX" in parts or name.startswith(".") or name.lower() in _NOISE


def _ending(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return f".{ending.lower()}" if dot and stem else ""


def _apart(names: list[str]) -> list[str]:
    """Names that differ, also for systems to which case does not count: a second list.csv is list-2.csv."""
    taken: set[str] = set()
    told = []
    for name in names:
        stem, ending = (name[: -len(_ending(name))], _ending(name)) if _ending(name) else (name or "file", "")
        shown, number = name or "file", 1
        while shown.lower() in taken:
            number += 1
            shown = f"{stem}-{number}{ending}"
        taken.add(shown.lower())
        told.append(shown)
    return told
