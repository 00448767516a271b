"""What a file really is, told from its first bytes; the name a person gave it proves nothing."""

import re
import zipfile
from enum import StrEnum
from pathlib import Path

HEAD = 65_536


class Unreadable(Exception):
    """The file cannot be read; `message` is one sentence for the person who sent it, `kind` says what it was."""

    def __init__(self, message: str, kind: str = "unreadable") -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind


class Kind(StrEnum):
    """The kinds we tell apart, each of which deserves its own sentence."""

    EMPTY = "empty"
    TEXT = "text"
    XLSX = "xlsx"
    XLSM = "xlsm"
    XLSB = "xlsb"
    XLS = "xls"
    LOCKED = "locked"
    ODS = "ods"
    NUMBERS = "numbers"
    DOCUMENT = "document"
    ZIP = "zip"
    ARCHIVE = "archive"
    PHOTO = "photo"
    PDF = "pdf"
    HTML = "html"
    XML = "xml"
    JSON = "json"
    VCARD = "vcard"
    BINARY = "binary"


SENTENCES: dict[Kind, str] = {
    Kind.EMPTY: "This file is empty; export it again and upload the new one.",
    Kind.XLSM: "This workbook holds macros; save it as XLSX without macros, or as CSV, and upload that.",
    Kind.XLSB: "This is a binary workbook (XLSB); save it as XLSX or CSV and upload that.",
    Kind.XLS: "This is an old Excel file (XLS); open it, save it as XLSX or CSV, and upload that.",
    Kind.LOCKED: "This workbook is locked with a password; save it without one and upload it again.",
    Kind.ODS: "This is an OpenDocument spreadsheet (ODS); save it as XLSX or CSV and upload that.",
    Kind.NUMBERS: "This is an Apple Numbers or Pages file; export it as CSV or Excel and upload that.",
    Kind.DOCUMENT: "This is a text document or a presentation; upload the CSV or XLSX file with the rows instead.",
    Kind.ZIP: "This is a ZIP archive in place of a list; unpack it and upload the CSV or XLSX files in it.",
    Kind.ARCHIVE: "This is a packed archive; unpack it and upload the CSV or XLSX file in it.",
    Kind.PHOTO: "This is a picture or a film; upload the CSV or XLSX file with the rows instead.",
    Kind.PDF: "This is a PDF document; export the rows as CSV or XLSX and upload that.",
    Kind.HTML: "This is a web page, often an error or sign-in page saved in place of the export; sign in there and "
    "export the file again.",
    Kind.XML: "This is an XML file; export the rows as CSV or XLSX and upload that.",
    Kind.JSON: "This is a JSON file; export the rows as CSV or XLSX and upload that.",
    Kind.VCARD: "This is a vCard address book; export the contacts as CSV and upload that.",
    Kind.BINARY: "This file is not text and not a workbook; export the rows as CSV or XLSX and upload that.",
    Kind.TEXT: "This is a text file, not a workbook; upload the rows as XLSX.",
    Kind.XLSX: "This is an Excel workbook; upload it under a name that ends with .xlsx.",
}

_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8\xff", Kind.PHOTO),
    (b"\x89PNG\r\n\x1a\n", Kind.PHOTO),
    (b"GIF87a", Kind.PHOTO),
    (b"GIF89a", Kind.PHOTO),
    (b"II*\x00", Kind.PHOTO),
    (b"MM\x00*", Kind.PHOTO),
    (b"\x00\x00\x01\x00", Kind.PHOTO),
    (b"%PDF-", Kind.PDF),
    (b"\x1f\x8b", Kind.ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", Kind.ARCHIVE),
    (b"Rar!\x1a\x07", Kind.ARCHIVE),
    (b"BZh", Kind.ARCHIVE),
    (b"\xfd7zXZ\x00", Kind.ARCHIVE),
    (b"{\\rtf", Kind.DOCUMENT),
    (b"SQLite format 3\x00", Kind.BINARY),
    (b"\x7fELF", Kind.BINARY),
    (b"MZ\x90\x00", Kind.BINARY),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_HTML = re.compile(
    rb"\s*(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body|script|title|table|div|p)\b", re.I | re.S
)
_JSON = re.compile(rb"\s*(?:\{\s*\"|\[\s*[\[{\"])")
_CONTROL = bytes(set(range(32)) - {9, 10, 12, 13, 26, 27})


def kind_of(head: bytes) -> Kind:
    """The kind told from the first bytes alone; a ZIP is told apart only by `kind_of_file`."""
    if not head:
        return Kind.EMPTY
    if head.startswith(_ZIP):
        return Kind.ZIP
    if head.startswith(_OLE):
        return Kind.LOCKED if "EncryptedPackage".encode("utf-16-le") in head else Kind.XLS
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] in (b"WEBP", b"AVI ", b"WAVE"):
        return Kind.PHOTO
    if head[4:8] == b"ftyp":
        return Kind.PHOTO
    if head[:2] == b"BM" and head[6:10] == b"\x00\x00\x00\x00":
        return Kind.PHOTO
    return _kind_of_text(head)


def _kind_of_text(head: bytes) -> Kind:
    text = head.removeprefix(b"\xef\xbb\xbf")
    if _HTML.match(text):
        return Kind.HTML
    if text.lstrip().startswith(b"<?xml"):
        return Kind.HTML if b"<html" in text[:2000].lower() else Kind.XML
    if text.lstrip()[:11].upper() == b"BEGIN:VCARD":
        return Kind.VCARD
    if _JSON.match(text):
        return Kind.JSON
    return Kind.BINARY if _looks_binary(head) else Kind.TEXT


def _looks_binary(head: bytes) -> bool:
    """Stray NULs are a fault of a text file; a tenth of control bytes is no text (UTF-16 has its NULs on one side)."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or wide_text(head):
        return False
    control = len(head) - len(head.translate(None, _CONTROL))
    return control * 10 > len(head)


def wide_text(head: bytes) -> str:
    """The name of the UTF-16 form without a mark, or "": nearly all NULs stand on one side of the pairs."""
    sample = head[: len(head) // 2 * 2]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    pairs = len(sample) // 2
    if pairs >= 2 and odd > 0.6 * pairs and even < 0.05 * pairs:
        return "utf-16-le"
    if pairs >= 2 and even > 0.6 * pairs and odd < 0.05 * pairs:
        return "utf-16-be"
    return ""


def kind_of_file(path: Path) -> Kind:
    """The kind of a file on disk; looks into the list of a ZIP's members, never unpacks one."""
    with path.open("rb") as stream:
        head = stream.read(HEAD)
        kind = kind_of(head)
        if kind is Kind.XLS:
            stream.seek(0)
            tail = stream.read(8 * 1024 * 1024)
            return Kind.LOCKED if "EncryptedPackage".encode("utf-16-le") in tail else Kind.XLS
    return _kind_of_zip(path) if kind is Kind.ZIP else kind


def _kind_of_zip(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist()[:100_000])
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeDecodeError) as error:
        raise Unreadable("This workbook or archive is damaged or cut off; export it again.", "damaged") from error
    if "xl/workbook.bin" in names:
        return Kind.XLSB
    if "xl/vbaProject.bin" in names or any(name.startswith("xl/macrosheets/") for name in names):
        return Kind.XLSM
    if any(name.startswith("xl/") for name in names) and "[Content_Types].xml" in names:
        return Kind.XLSX
    if any(name.startswith("Index/") and name.endswith(".iwa") for name in names) or "Index.zip" in names:
        return Kind.NUMBERS
    if any(name.startswith(("word/", "ppt/", "visio/")) for name in names):
        return Kind.DOCUMENT
    return _kind_of_open_document(names)


def _kind_of_open_document(names: set[str]) -> Kind:
    return Kind.ODS if {"mimetype", "content.xml"} <= names else Kind.ZIP
