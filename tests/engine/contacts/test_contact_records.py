import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.contacts.dialects import choose_delimiter
from engine.contacts.records import RECORD_CHARACTERS, RecordReader, Trouble, physical_lines


def read(data, delimiter=",", encoding="utf-8"):
    """Every (line, cells, trouble), and the number of physical lines."""
    data = data if isinstance(data, bytes) else data.encode(encoding)
    reader = RecordReader(physical_lines(io.BytesIO(data), encoding, lambda count: None), delimiter)
    records = list(reader)
    return records, reader.lines


def lines_of(records):
    return [line for line, _, _ in records]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_alike_whatever_ends_them(end):
    records, lines = read(end.join(["a,b", '1,"x' + end + 'y"', "", "2,3"]))
    assert records == [(1, ["a", "b"], None), (2, ["1", f"x{end}y"], None), (4, [], None), (5, ["2", "3"], None)]
    assert lines == 5


def test_an_unterminated_quote_costs_its_own_line_alone():
    records, lines = read('a,b\n"open,1\n2,"3"\n"4\n4",5\nlast,"never closed\n6,7\n')
    assert [(line, cells) for line, cells, trouble in records if trouble is None] == [
        (1, ["a", "b"]), (3, ["2", "3"]), (4, ["4\n4", "5"]), (7, ["6", "7"]),
    ]  # fmt: skip
    assert [(line, trouble) for line, _, trouble in records if trouble] == [
        (2, Trouble.UNTERMINATED_QUOTE),
        (6, Trouble.UNTERMINATED_QUOTE),
    ]
    assert lines == 7


def test_a_quote_inside_plain_text_is_text():
    records, _ = read('5" pipe,x\n"Big" Bob,y\n')
    assert records == [(1, ['5" pipe', "x"], Trouble.STRAY_QUOTE), (2, ["Big Bob", "y"], Trouble.STRAY_QUOTE)]


def test_an_open_quote_in_every_row_loses_no_row():
    records, lines = read('a,"b\n' * 5_000)
    assert lines_of(records) == list(range(1, 5_001))
    assert lines == 5_000


def test_an_open_quote_far_from_any_other_gives_up_and_goes_on():
    records, _ = read('a,"open\n' + "1,2\n" * 10_000)
    assert records[0][2] is Trouble.UNTERMINATED_QUOTE
    assert lines_of(records) == list(range(1, 10_002))


def test_a_line_of_many_megabytes_is_cut_and_the_next_one_is_read():
    records, lines = read("a,b\n" + "x" * (3 * RECORD_CHARACTERS) + "\r\n1,2\n")
    assert [(line, trouble) for line, _, trouble in records] == [(1, None), (2, Trouble.TOO_LONG), (3, None)]
    assert len(records[1][1][0]) == 1_000
    assert lines == 3


def test_a_cell_above_the_standard_limit_is_read_whole():
    records, _ = read("a," + "x" * 500_000 + "\n")
    assert len(records[0][1][1]) == 500_000


def test_undecodable_bytes_become_marks_and_cost_no_line():
    records, _ = read(b"a\nJ\xf6rg\nb\n")
    assert records == [(1, ["a"], None), (2, ["J\ufffdrg"], None), (3, ["b"], None)]


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8) | st.sampled_from(
    ['"', '""', "\n", "\r\n", "\r", ",", ";", 'a"b', "a\n\nb", '","', "\t", "|", "'"]
)
TABLES = st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=8)


@settings(max_examples=300)
@given(
    table=TABLES,
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_any_table_in_any_dialect_reads_back_with_its_lines(table, delimiter, end, quoting, encoding):
    if any(sign in cell for cells in table for cell in cells for sign in "\r\n"):
        quoting = csv.QUOTE_ALL  # the standard writer quotes only the line ends that it writes itself
    stream, starts = io.StringIO(newline=""), []
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=quoting)
    for cells in table:
        starts.append(1 + len(io.StringIO(stream.getvalue(), newline="").readlines()))
        writer.writerow(cells)
    records, lines = read(stream.getvalue(), delimiter, encoding)
    assert [(line, cells) for line, cells, _ in records] == list(zip(starts, table, strict=True))
    assert lines == len(io.StringIO(stream.getvalue(), newline="").readlines())


@settings(max_examples=300)
@given(text=st.text(st.sampled_from('ab",\n\r'), max_size=60))
def test_no_letter_and_no_line_is_lost_however_broken_the_quotes(text):
    records, lines = read(text)
    pieces = io.StringIO(text, newline="").readlines()
    assert lines == len(pieces)
    ends = [*lines_of(records), lines + 1][1:]
    for (line, cells, _), end in zip(records, ends, strict=True):
        raw = "".join(pieces[line - 1 : end - 1])
        assert [sign for sign in "".join(cells) if sign in "ab"] == [sign for sign in raw if sign in "ab"]


@pytest.mark.parametrize(
    ("sample", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2\n", ";"),
        ("a\tb\n1,1\t2\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ('"Name, first";Email\n"a,b";c@d.e\n', ";"),
        ("sep=;\na,b;c\n", ";"),
        ("email\nada@example.org\n", ","),
        ("", ","),
        ("Name,Note\nAda,one; two; three\nBob,four\n", ","),
    ],
)
def test_the_delimiter_is_the_one_that_the_lines_agree_on(sample, delimiter):
    assert choose_delimiter(sample) == delimiter
