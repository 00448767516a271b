import io
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from engine.spreadsheets import Kind, Limits, Unreadable, kind_of, kind_of_file, open_workbook


@pytest.fixture
def book_path(tmp_path: Path) -> Path:
    return tmp_path / "book.xlsx"


def save(path: Path, cells: dict[str, object]) -> Path:
    book = openpyxl.Workbook()
    for place, value in cells.items():
        book.active[place] = value
    book.save(path)
    return path


def add_member(path: Path, name: str, data: bytes) -> None:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)


def refusal(path: Path, limits: Limits | None = None) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        open_workbook(path, limits)
    return caught.value


def test_rows_carry_the_number_that_the_spreadsheet_program_shows(book_path):
    save(book_path, {"B3": "name", "C3": "when", "B7": "Ada", "C7": datetime(2026, 1, 2, 3, 4)})
    (sheet,) = open_workbook(book_path).sheets
    assert list(sheet.rows()) == [(3, ["", "name", "when"]), (7, ["", "Ada", datetime(2026, 1, 2, 3, 4)])]
    assert sheet.last_row == 7


def test_a_sheet_is_found_by_name_whatever_the_case(book_path):
    save(book_path, {"A1": "x"})
    assert open_workbook(book_path).sheet("SHEET") is not None
    assert open_workbook(book_path).sheet("other") is None


def test_an_empty_sheet_has_no_rows(book_path):
    save(book_path, {})
    assert list(open_workbook(book_path).sheets[0].rows()) == []


def test_two_cells_a_million_rows_apart_are_read_as_two_rows(book_path):
    save(book_path, {"A1": "first", "A1048576": "last"})
    assert [number for number, _ in open_workbook(book_path).sheets[0].rows()] == [1, 1_048_576]


def test_two_cells_in_opposite_corners_are_refused_before_the_parser_lays_out_the_rectangle(book_path):
    save(book_path, {"A1": "first", "XFD1048576": "last"})
    assert "column 16,384" in refusal(book_path).message


def test_a_rectangle_above_the_limit_is_refused_with_its_corner(book_path):
    save(book_path, {"A1": "first", "Z1048576": "last"})
    assert "row 1,048,576 and column 26" in refusal(book_path).message


def test_a_workbook_that_unpacks_to_too_much_is_refused_by_its_list_of_members(book_path):
    save(book_path, {"A1": "x"})
    add_member(book_path, "xl/media/big.bin", b"\0" * 30_000_000)
    assert refusal(book_path).kind == "bomb"
    assert "unpacks to 28 MB" in refusal(book_path, Limits(unpacked=1_000_000)).message


def test_too_many_members_are_refused(book_path):
    save(book_path, {"A1": "x"})
    assert refusal(book_path, Limits(members=3)).kind == "bomb"


def test_a_member_that_lies_about_its_size_is_refused(book_path):
    save(book_path, {f"A{row}": f"text number {row}" for row in range(1, 500)})
    data = bytearray(book_path.read_bytes())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size.to_bytes(4, "little")
    place = data.rfind(size)
    data[place : place + 4] = (100).to_bytes(4, "little")
    book_path.write_bytes(data)
    assert refusal(book_path).kind == "damaged"


def test_entity_definitions_are_refused(book_path):
    save(book_path, {"A1": "x"})
    add_member(book_path, "xl/evil.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    assert refusal(book_path).kind == "bomb"


def test_macros_are_refused_with_the_way_out(book_path):
    save(book_path, {"A1": "x"})
    add_member(book_path, "xl/vbaProject.bin", b"macro")
    assert "without macros" in refusal(book_path).message


def test_a_workbook_cut_in_the_middle_is_refused(book_path):
    save(book_path, {"A1": "x"})
    book_path.write_bytes(book_path.read_bytes()[:3000])
    assert refusal(book_path).kind == "damaged"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", Kind.EMPTY),
        (b"email,name\nada@example.org,Ada\n", Kind.TEXT),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", Kind.PHOTO),
        (b"\x89PNG\r\n\x1a\n\x00", Kind.PHOTO),
        (b"\x00\x00\x00\x18ftypheic", Kind.PHOTO),
        (b"%PDF-1.7", Kind.PDF),
        (b"  \n<!DOCTYPE html><html>", Kind.HTML),
        (b"\xef\xbb\xbf<html><body>Sign in", Kind.HTML),
        (b'<?xml version="1.0"?><feed>', Kind.XML),
        (b'{"error": "forbidden"}', Kind.JSON),
        (b"BEGIN:VCARD\nVERSION:3.0", Kind.VCARD),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, Kind.XLS),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), Kind.LOCKED),
        (b"\x1f\x8b\x08", Kind.ARCHIVE),
        (bytes(range(256)) * 4, Kind.BINARY),
        ("email,name\nada@example.org,Ada\n".encode("utf-16"), Kind.TEXT),
        ("email,name\nada@example.org,Ada\n".encode("utf-16-be"), Kind.TEXT),
        (b"email,name\nada@example.org,A\x00da\n", Kind.TEXT),
    ],
)
def test_a_file_is_known_by_its_first_bytes(head, kind):
    assert kind_of(head) is kind


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        (["list.csv"], Kind.ZIP),
        (["mimetype", "content.xml"], Kind.ODS),
        (["[Content_Types].xml", "word/document.xml"], Kind.DOCUMENT),
        (["[Content_Types].xml", "xl/workbook.bin"], Kind.XLSB),
        (["Index/Document.iwa"], Kind.NUMBERS),
    ],
)
def test_archives_are_told_apart_by_their_members(tmp_path, members, kind):
    path = tmp_path / "file.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for member in members:
            archive.writestr(member, "x")
    assert kind_of_file(path) is kind
    assert refusal(path).message.endswith(".")
