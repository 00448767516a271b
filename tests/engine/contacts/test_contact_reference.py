# ruff: noqa: E501
"""The engine's verdict against the slow reference; and every row that went in found again in the files that came out."""

import csv
import hashlib
import io
import json
from collections import Counter
from datetime import date
from pathlib import Path

import reference
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.contacts import TargetLimits, blocks, judge_file

AS_OF = date(2026, 11, 24)
TARGET = TargetLimits("kartra", "Kartra", max_text=20, max_rows=3, tag_pattern="[A-Za-z0-9 ]+", tag_separator=";")
POOLS = [
    [
        "ada@example.org", "Ada@Example.ORG", "bob@müller.de", "o'brien+x@example.ie", "a.b@gmail.com", "ab@googlemail.com",
        " ada@example.org", "<bob@müller.de>", "Ada L <eve@example.org>", "mailto:eve@example.org", "eve@example.org.",
        "ada@gmial.com", "x@hotmail.con", "info@example.org", "support@example.org", "x@mailinator.com", "", " ", "ada",
        "a@@b.org", "a..b@c.org", "a@b", "a b@c.org", "用户@例子.广告", "ada @example.org",
    ],
    ["Ada", "", "two\nlines", "Müller; Jörg", 'said "hi"', "x" * 20, "x" * 21, "ü" * 21, "=1+1", "A\0da"],
    ["subscribed", "SUBSCRIBED", "active", "", "unsubscribed", "Unsubscribed ", "cleaned", "hard-bounced", "blacklisted",
     "spam complaint", "purple"],
    ["yes", "TRUE", "double opt-in", "", " ", "no", "implied", "withdrawn", "perhaps"],
    ["", "2026-01-01", "2026-11-24", "2026-11-25", "2020-05-05 10:11:12", "01.02.2026", "05/06/2025", "13/06/2025", "soon"],
    ["", "never", "2026-11-01", "2026-05-28", "2026-05-27", "2025-01-01T10:11:12", "2027-01-01", "03/04/2025", "04/13/2026",
     "25/04/2026", "31.12.2025", "2026-02-30"],
    ["", "VIP", "VIP; Course 2", "50% off", "a;b!"],
    ["", "plain", "a,b;c", "a\r\nb", "4111 1111 1111 1111", "4111 1111 1111 1112", '"', "y" * 25],
]  # fmt: skip
ROWS = st.tuples(*(st.sampled_from(pool) for pool in POOLS)).map(list)
MOSTLY_GOOD = st.tuples(*(st.sampled_from(pool[:4]) for pool in POOLS)).map(list)
RAGGED = st.one_of(ROWS.map(lambda row: row[:5]), ROWS.map(lambda row: [*row, "more"]), st.just([]))


def written(rows, delimiter, end):
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_MINIMAL).writerow(reference.HEADER)
    for row in rows:
        csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerow(row)
    return stream.getvalue()


def read(path):
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


@settings(max_examples=80)
@given(
    rows=st.lists(st.one_of(ROWS, ROWS, MOSTLY_GOOD, RAGGED), max_size=25),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    border=st.sampled_from([64, 700, 1 << 20]),
)
def test_the_verdict_is_that_of_the_slow_reference(tmp_path_factory, rows, delimiter, end, border):
    folder = tmp_path_factory.mktemp("judged")
    text = written(rows, delimiter, end)
    (folder / "list.csv").write_text(text, "utf-8", newline="")
    report = judged(folder, delimiter, border)
    expected, blank = reference.judge(text, delimiter, AS_OF, TARGET)
    wanted = Counter({(one.line, one.record, *place): count for one in expected for place, count in one.found.items()})
    wanted.update((line, 0, "contacts.row.blank", "") for line in blank)
    found = Counter(
        (int(line), int(record or 0), code, column)
        for code, _, line, record, column, *_ in read(folder / "out" / "findings.csv")[1:]
        if (record or code == "contacts.row.blank") and code != "contacts.tags.similar"
    )
    assert (wanted - found, found - wanted) == (Counter(), Counter())
    segments = Counter(one.segment for one in expected)
    assert {name: count for name, count in report.segment_counts().items() if count} == dict(segments)
    assert (report.records, report.lines) == (len(expected), text.count(end) + inner_line_ends(rows, end))
    check_files(folder / "out", report, expected)


def inner_line_ends(rows, end):
    """Line ends inside cells that are not the one that ends the rows."""
    whole = "".join(cell for row in rows for cell in row)
    return len(io.StringIO(whole + "x", newline="").readlines()) - 1 - whole.count(end)


def judged(folder, delimiter, border, out="out"):
    known = blocks.BLOCK, blocks.ODD_ONES
    blocks.BLOCK, blocks.ODD_ONES = border, 1 + border % 5
    try:
        return judge_file(
            folder / "list.csv", target=TARGET, as_of=AS_OF, delimiter=delimiter, out=folder / out, client="acme"
        )
    finally:
        blocks.BLOCK, blocks.ODD_ONES = known


def check_files(out, report, expected):
    """Import files, suppression, duplicates and rejects are the input: every row once, nothing of the one in another."""
    rejects = read(out / "rejects.csv")[1:]
    assert [row[0] for row in rejects] == [str(one.line) for one in expected if one.segment == "rejected"]
    cells = [[cell.removeprefix("'") for cell in row[2:]] for row in rejects]
    rejected = [
        ["(not kept)" if "4111 1111 1111 1111" in cell else cell for cell in one.cells]
        for one in expected
        if one.segment == "rejected"
    ]
    assert cells == [[cell.removeprefix("'") for cell in row] for row in rejected]
    packed = {pack.file: read(out / pack.file) for pack in report.packs}
    assert sorted(packed) == sorted({path.name for path in out.glob("*.csv")} - {"findings.csv", "rejects.csv"})
    for pack in report.packs:
        data = (out / pack.file).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), pack.records) == (pack.sha256, len(packed[pack.file]) - 1)
        assert pack.records <= TARGET.max_rows or pack.purpose != "import"
        assert packed[pack.file][0] == reference.HEADER
    rows = Counter(shape(row) for table in packed.values() for row in table[1:])
    assert rows == Counter(shape(one.cells) for one in expected if one.segment != "rejected")
    suppressed = Counter(shape(row) for name, table in packed.items() if "suppression" in name for row in table[1:])
    assert suppressed == Counter(shape(one.cells) for one in expected if one.is_suppressed)
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert sum(pack["records"] for pack in manifest["packs"]) + manifest["rejects"]["records"] == len(expected)
    assert sum(manifest["segments"].values()) == manifest["input"]["records"] == len(expected)


def shape(row):
    """A row as it may stand in an import file: the address without spaces at its ends, tags parted anew."""
    tags = [tag.strip() for tag in row[reference.TAGS].split(";")]
    return (row[0].strip(), *row[1 : reference.TAGS], tuple(tags), *row[reference.TAGS + 1 :])


@settings(max_examples=25)
@given(
    rows=st.lists(st.one_of(ROWS, RAGGED), max_size=40), borders=st.tuples(*[st.sampled_from([64, 300, 1 << 20])] * 2)
)
def test_the_same_input_gives_the_same_files_whatever_the_blocks(tmp_path_factory, rows, borders):
    folder = tmp_path_factory.mktemp("twice")
    (folder / "list.csv").write_text(written(rows, ",", "\n"), "utf-8", newline="")
    for number, border in enumerate(borders):
        judged(folder, ",", border, f"out{number}")
    first, second = (
        {path.name: path.read_bytes() for path in Path(folder / f"out{number}").iterdir()} for number in (0, 1)
    )
    if borders[0] != borders[1]:  # then the order of the findings is another one
        for files in (first, second):
            files["findings.csv"] = sorted(files["findings.csv"].splitlines())
            del files["manifest.json"]
    assert first == second
