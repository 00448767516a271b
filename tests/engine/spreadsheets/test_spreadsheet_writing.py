import csv
import io
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.spreadsheets import guard, open_workbook, unguard, write_csv
from engine.spreadsheets.writing import Column, SheetToWrite, write_workbook

LEADS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x","y")', "#N/A", "'=1", "''+1"]


@pytest.fixture
def folder(tmp_path):
    """A folder in which nobody else puts anything."""
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


def write_one(path, rows, columns=("text",), **options):
    write_workbook(path, [SheetToWrite("Sheet", [Column(name, **options) for name in columns], rows)])
    return openpyxl.load_workbook(path).active


def test_no_text_becomes_a_formula_in_a_workbook(folder):
    page = write_one(folder / "out.xlsx", [[lead] for lead in LEADS], columns=["=header"])
    cells = [row[0] for row in page.iter_rows()]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in cells] == ["=header", *LEADS]


def test_types_stay_what_they_were(folder):
    row = ["a", 1, 2.5, Decimal("3.25"), True, date(2026, 3, 4), datetime(2026, 3, 4, 5, 6), None, 12345678901234567890]
    page = write_one(folder / "out.xlsx", [row], columns="abcdefghi")
    values = [cell.value for cell in page[2]]
    assert values == [
        "a", 1, 2.5, 3.25, True, datetime(2026, 3, 4), datetime(2026, 3, 4, 5, 6), None, "12345678901234567890",
    ]  # fmt: skip


def test_control_characters_go_and_long_text_is_cut_with_a_mark(folder):
    page = write_one(folder / "out.xlsx", [["a\x00b\ud800c"], ["x" * 40_000]])
    assert page["A2"].value == "abc"
    assert len(page["A3"].value) == 32_767
    assert page["A3"].value.endswith("[cut]")


def test_the_header_stays_in_sight_and_can_be_filtered_and_choices_drop_down(folder):
    page = write_one(folder / "out.xlsx", [["Archive"]], choices=["Migrate As Is", "Archive"])
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref == "A1:A2"
    assert page["A1"].font.bold
    (rule,) = page.data_validations.dataValidation
    assert rule.formula1 == '"Migrate As Is,Archive"'


def test_sheet_names_are_made_fit_and_unlike(folder):
    path = folder / "out.xlsx"
    write_workbook(path, [SheetToWrite("a/b", [Column("x")], []), SheetToWrite("A-B", [Column("x")], [])])
    assert openpyxl.load_workbook(path).sheetnames == ["a-b", "A-B 2"]


def test_a_write_that_breaks_leaves_the_old_file_and_nothing_beside_it(folder):
    path = folder / "out.xlsx"
    path.write_bytes(b"old")

    def rows():
        yield ["one"]
        raise RuntimeError("the reader broke")

    with pytest.raises(RuntimeError):
        write_workbook(path, [SheetToWrite("s", [Column("x")], rows())])
    with pytest.raises(RuntimeError):
        write_csv(path, ["x"], rows())
    assert path.read_bytes() == b"old"
    assert list(folder.iterdir()) == [path]


def test_what_we_write_we_read(folder):
    path = folder / "out.xlsx"
    write_one(path, [["Ada", 3, date(2026, 1, 2)]], columns=["name", "number", "day"])
    (sheet,) = open_workbook(path).sheets
    assert list(sheet.rows())[1] == (2, ["Ada", 3, date(2026, 1, 2)])


def test_csv_for_people_has_a_mark_and_guards_text_but_not_numbers(folder):
    path = folder / "out.csv"
    assert write_csv(path, ["=h"], [["=1+1"], [-5], [None], [date(2026, 1, 2)]]) == 4
    assert path.read_bytes() == "\ufeff'=h\r\n'=1+1\r\n-5\r\n\"\"\r\n2026-01-02\r\n".encode()


def test_csv_goes_to_an_open_stream_as_well():
    stream = io.StringIO()
    write_csv(stream, ["text"], [[lead] for lead in LEADS])
    back = [row[0] for row in csv.reader(io.StringIO(stream.getvalue(), newline=""))][1:]
    assert not any(text.startswith(("=", "+", "-", "@", "\t", "\r")) for text in back)
    assert [unguard(text) for text in back] == LEADS


@given(st.text())
def test_guarding_is_undone_exactly(text):
    assert unguard(guard(text)) == text
    assert not guard(text).startswith(("=", "+", "-", "@", "\t", "\r"))
