"""Reading by the block against reading record by record, and both against the table that was written."""

import codecs
import csv
import io

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from engine.contacts import blocks, encodings, records
from engine.contacts.blocks import text_blocks
from engine.contacts.records import RecordReader, physical_lines
from engine.contacts.tables import TextTable

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6) | st.sampled_from(
    [
        '"',
        '""',
        "\n",
        "\r\n",
        "\r",
        ",",
        ";",
        'a"b',
        "a\n\nb",
        '","',
        "\t",
        "|",
        "a@b.org",
        "x\ny,z\nw",
        "\u2028",
        "\x1f",
        "\x0b",
        "é",
    ]
)
BORDERS = st.sampled_from([1, 2, 3, 7, 16, 50, 1 << 18])


def by_block(data, encoding, delimiter, width, after_line, border):
    """Every (line, record, cells, trouble) and every blank line, in the order of the file; the lines in all."""
    told, lines = [], [after_line]
    known = blocks.BLOCK, blocks.ODD_ONES
    blocks.BLOCK, blocks.ODD_ONES = border, 1 + border % 5
    try:
        for block in text_blocks(
            io.BytesIO(data), encoding, delimiter, width, after_line=after_line, is_sound=False,
            moved=lambda count: None, lines_read=lines.append,
        ):  # fmt: skip
            rows = zip(block.lines.tolist(), block.records.tolist(), block.frame.rows(), strict=True)
            told += [(line, record, list(cells), None) for line, record, cells in rows]
            told += [(odd.line, odd.record, odd.cells, odd.trouble) for odd in block.odd]
            told += [(line, 0, [], None) for line in block.blank.tolist()]
    finally:
        blocks.BLOCK, blocks.ODD_ONES = known
    return sorted(told, key=lambda one: one[0]), lines[-1]


def one_by_one(data, encoding, delimiter, width, after_line):
    reader = RecordReader(physical_lines(io.BytesIO(data), encoding, lambda count: None), delimiter, width)
    told, record = [], 0
    for line, cells, trouble in reader:
        if line <= after_line:
            continue
        record += bool(cells)
        told.append((line, record if cells else 0, cells, trouble))
    return told, reader.lines


def written(table, delimiter, ends, quoting):
    """The table as CSV, and the physical line on which each record starts. Line ends are taken in turn."""
    stream, starts = io.StringIO(newline=""), []
    for number, cells in enumerate(table):
        starts.append(1 + len(io.StringIO(stream.getvalue(), newline="").readlines()))
        csv.writer(stream, delimiter=delimiter, lineterminator=ends[number % len(ends)], quoting=quoting).writerow(
            cells
        )
    return stream.getvalue(), starts


ENCODINGS = {
    "utf-8": b"", "utf-8-sig": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE,
}  # fmt: skip


@st.composite
def tables(draw):
    """A rectangle of text, its header without blank cells at both ends; lists of lists."""
    width = draw(st.integers(2, 5))
    header = [f"h{number}" for number in range(width)]
    rows = draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=8))
    return [header, *rows]


@settings(max_examples=150)
@given(
    table=tables(),
    delimiter=st.sampled_from(",;\t|"),
    ends=st.sampled_from([["\n"], ["\r\n"], ["\r"], ["\n", "\r\n", "\r"]]),
    encoding=st.sampled_from([*ENCODINGS, "utf-16"]),
    border=BORDERS,
    is_ended=st.booleans(),
)
def test_any_table_comes_back_from_blocks_of_any_size(table, delimiter, ends, encoding, border, is_ended):
    text, starts = written(table, delimiter, ends, csv.QUOTE_ALL)
    if not is_ended:
        text = text.removesuffix("\n").removesuffix("\r")
    told, lines = by_block(text.encode(encoding), encoding, delimiter, len(table[0]), 1, border)
    assert lines == len(io.StringIO(text, newline="").readlines())
    if not any(addressed(cells) for cells in table[1:]):  # a line in quotes that is a row by itself is another matter
        expected = [
            (line, number, cells) for number, (line, cells) in enumerate(zip(starts, table, strict=True)) if number
        ]
        assert [(line, record, cells) for line, record, cells, _ in told] == expected


def addressed(cells):
    return any("@" in cell for cell in cells)


@settings(max_examples=250)
@given(
    text=st.lists(
        st.sampled_from([*'ab@.",,\n\rü', "a@b.c,x,y\n", 'a@b.c,"x\n', '"\n', '""', "\r\n"]), max_size=40
    ).map("".join),
    width=st.integers(1, 4),
    border=BORDERS,
    encoding=st.sampled_from(["utf-8", "utf-16-le", "cp1252"]),
)
@example('a@b.c,"x\na@b.c,x,y\na@b.c,"x\n', 3, 7, "utf-8")
@example('a,"x\nb,c,d\ne,"f\n', 3, 1, "utf-8")
@example('x,"\r\n\r\n",y\r\rz\n', 3, 2, "utf-8")
def test_blocks_tell_of_broken_text_what_single_records_tell(text, width, border, encoding):
    data = ("h\n" + text).encode(encoding, "replace")
    assert by_block(data, encoding, ",", width, 1, border) == one_by_one(data, encoding, ",", width, 1)


@settings(max_examples=100)
@given(
    data=st.binary(max_size=80),
    border=BORDERS,
    width=st.integers(1, 3),
    encoding=st.sampled_from(["utf-8", "utf-16-le", "cp1252"]),
)
def test_any_bytes_are_read_alike(data, border, width, encoding):
    data = data.replace(b"\0", b"")
    assert by_block(b"h\n\n" + data, encoding, ",", width, 1, border) == one_by_one(
        b"h\n\n" + data, encoding, ",", width, 1
    )


@pytest.mark.parametrize("caps", [(10, 4), (40, 3)])
@settings(max_examples=80)
@given(text=st.text(st.sampled_from('ab",\n'), max_size=80), border=BORDERS)
def test_the_caps_on_a_record_hold_alike(caps, text, border):
    known = records.RECORD_CHARACTERS, records.RECORD_LINES
    with pytest.MonkeyPatch.context() as patch:
        from engine.contacts import splitting

        for module in (records, blocks, splitting):
            patch.setattr(module, "RECORD_CHARACTERS", caps[0])
            if hasattr(module, "RECORD_LINES"):
                patch.setattr(module, "RECORD_LINES", caps[1])
        patch.setattr(blocks, "_LONGEST", 4 * caps[0])
        data = ("h\n" + text + "\n").encode()
        told = by_block(data, "utf-8", ",", 2, 1, border), one_by_one(data, "utf-8", ",", 2, 1)
    assert known == (records.RECORD_CHARACTERS, records.RECORD_LINES)
    assert told[0][1] == told[1][1]
    assert [(line, trouble) for line, _, _, trouble in told[0][0]] == [
        (line, trouble) for line, _, _, trouble in told[1][0]
    ]


@settings(max_examples=60)
@given(
    rows=st.lists(
        st.lists(st.text("aäöüéß€ñ,;x", min_size=1, max_size=5), min_size=3, max_size=3), min_size=1, max_size=6
    ),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]),
    blanks=st.lists(st.integers(0, 2), min_size=6, max_size=6),
)
def test_the_survey_and_the_table_agree_on_dialect_and_lines(tmp_path_factory, rows, encoding, blanks):
    text = "Email;Näme;Ort\n" + "".join(
        ";".join(f'"{cell}"' for cell in row) + "\n" + "\n" * blank for row, blank in zip(rows, blanks, strict=False)
    )
    assume(encoding != "cp1252" or "ß€" not in text)  # two bytes that are one letter of UTF-8 too
    path = tmp_path_factory.mktemp("dialect") / "list.csv"
    path.write_bytes((ENCODINGS["utf-16-be"] if encoding == "utf-16-be" else b"") + text.encode(encoding))
    looked = encodings.survey(path, None, lambda done, total: None)
    table = TextTable(path, looked, None, lambda count: None)
    told = list(table.records())
    assert not looked.has_damage
    assert table.delimiter == ";"
    assert [cells for _, cells, _ in told if cells] == [["Email", "Näme", "Ort"], *rows]
    assert table.lines == text.count("\n")
    blank_lines = [number for number, line in enumerate(text.split("\n")[:-1], start=1) if not line]
    assert [line for line, cells, _ in told if not cells] == blank_lines
