"""Records too long to be judged: in the rejects they stand whole."""

import csv
import io
import sys

import pytest

from engine.contacts.kinds import judge_as
from engine.contacts.limits import TargetLimits
from engine.contacts.rejects import WholeLines, rest_of_row

LONG = "bob@example.org,=1+1," + "ab\"'" * 400_000 + ",'+x"
ROWS = [
    "Email,Name,Notes", "ada@example.org,Ada,x", "", "no address,Abe,y", LONG, '"two', 'lines",Cyd,', LONG + "z", "",
    "eve@example.org,Eve",
]  # fmt: skip
LONG_CODE = "contacts.row.too_long"


@pytest.mark.parametrize("kind", ["contacts", "blocked"])
@pytest.mark.parametrize(("encoding", "end"), [("utf-8", "\n"), ("utf-16", "\r\n"), ("cp1252", "\r")])
def test_a_record_of_megabytes_stands_whole_in_the_rejects(tmp_path, kind, encoding, end):
    path = tmp_path / "list.csv"
    path.write_bytes(end.join(ROWS).encode(encoding))
    report = judge_as(kind, path, target=TargetLimits("kartra", "Kartra"), out=tmp_path / "out")
    assert report.counts[LONG_CODE] == 2
    csv.field_size_limit(sys.maxsize)
    with (tmp_path / "out" / "rejects.csv").open(newline="", encoding="utf-8") as stream:
        rejects = [row for row in csv.reader(stream) if LONG_CODE in row[1]]
    assert [row[0] for row in rejects] == ["5", "8"]
    assert all(row[1].startswith(f"{LONG_CODE}: Shorten this line") for row in rejects)
    assert [row[3][0] for row in rejects] == ["'", "'"], "a spreadsheet would calculate it"
    wholes = [",".join([row[2], row[3][1:], *row[4:-1], row[-1][1:]]) for row in rejects]
    assert wholes == [LONG, LONG + "z"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000])
def test_the_rest_of_a_row_is_the_same_however_it_is_cut(size):
    text = "=a,'-b,\"c\",'',d'+e,@"
    pieces = (text[start : start + size] for start in range(0, len(text), size))
    row = b"".join(rest_of_row(pieces, ",")).decode()
    (cells,) = csv.reader(io.StringIO(row, newline=""))
    assert cells == ["", "'=a", "''-b", '"c"', "''", "d'+e", "'@"]


def test_empty_cells_before_a_tab_stay_empty():
    row = b"".join(rest_of_row(iter(["\t", "\t=a\t"]), "\t")).decode()
    (cells,) = csv.reader(io.StringIO(row, newline=""))
    assert cells == ["", "", "", "'=a", ""]


def test_lines_are_found_as_they_are_counted(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes(b"a\r\nb\rc\n\nd" + b"x" * 600_000 + b"\r\ne")
    lines = WholeLines(path, "utf-8")
    found = {number: "".join(lines.line(number)) for number in (1, 3, 4, 5, 6, 9)}
    lines.close()
    assert found == {1: "a", 3: "c", 4: "", 5: "d" + "x" * 600_000, 6: "e", 9: ""}
