"""The index beside findings.csv says the same as reading the whole of it."""

import csv
import random
import tempfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import platforms
from engine.contacts.finding_frames import FINDING_COLUMNS
from engine.contacts.findings_file import FINDINGS, INDEX, FindingRows, FindingsFile
from engine.contacts.findings_index import LOOKED_AT, MAGIC, Asked, FindingsIndex, NoIndex, copied, read_findings
from engine.contacts.judging import judge_file
from engine.contacts.limits import limits_of
from engine.contacts.outputs import Wanted, _for_people
from engine.contacts.written import csv_text
from engine.spreadsheets import guard

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
CODES = ["contacts.email.malformed", "contacts.engagement.cold", "contacts.header.empty"]
FINDING = st.tuples(
    st.sampled_from(CODES), st.sampled_from(["error", "warning", "note"]), st.integers(0, 30), st.integers(0, 30),
    st.sampled_from(["", "Email", '=1+1 "quoted",\nname', "Größe"]), TEXT, TEXT, TEXT,
)  # fmt: skip
ASKED = st.builds(
    Asked, code=st.sampled_from(["", *CODES, "contacts.unknown.code"]), severity=st.sampled_from(["", "error", "note"]),
    column=st.sampled_from([None, "", "Email", "Größe", "nowhere"]), line_from=st.integers(0, 30),
    line_to=st.integers(0, 30),
)  # fmt: skip


def written(folder: Path, blocks: list[list[tuple]]) -> FindingsIndex:
    """Every other block as a block, the rest finding by finding."""
    file = FindingsFile(folder, FINDING_COLUMNS, with_index=True)
    for number, rows in enumerate(blocks):
        if number % 2 and rows:
            types = [pl.Int64 if name in ("line", "record") else pl.String for name in FINDING_COLUMNS]
            frame = pl.DataFrame(rows, schema=dict(zip(FINDING_COLUMNS, types, strict=True)), orient="row")
            file.put(FindingRows.of(frame, csv_text(_for_people(frame)), with_index=True))
        else:
            for code, severity, line, record, *texts in rows:
                file.write((code, severity, line or "", record or "", *map(guard, texts)))
    file.close()
    return FindingsIndex(folder / INDEX)


def plainly(path: Path, asked: Asked) -> list[list[str]]:
    """The slow and obvious way."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))[1:]
    return [row for row in rows if is_wanted(row, asked)]


def is_wanted(row: list[str], asked: Asked) -> bool:
    line = int(row[2] or 0)
    if (asked.line_from or asked.line_to) and not max(asked.line_from, 1) <= line <= (asked.line_to or 2**32):
        return False
    return (
        (not asked.code or row[0] == asked.code)
        and (not asked.severity or row[1] == asked.severity)
        and (asked.column is None or row[4] == asked.column)
    )


def as_cells(found) -> list[str]:
    place = [str(found.line or ""), str(found.record or "")]
    return [found.code, found.severity, *place, found.column, found.value, found.message, found.suggestion]


@given(blocks=st.lists(st.lists(FINDING, max_size=8), max_size=5), asked=ASKED, start=st.integers(0, 12))
def test_every_page_holds_what_reading_the_whole_file_gives(blocks, asked, start):
    with tempfile.TemporaryDirectory() as folder:
        index = written(Path(folder), blocks)
        findings = Path(folder) / FINDINGS
        wanted = plainly(findings, asked)
        matches = index.matching(asked)
        assert len(matches) == len(wanted)
        page = read_findings(findings, index, matches[start : start + 5])
        # polars writes a zero line as "0", the other way leaves it blank: both are no line
        zero = [["" if cell == "0" and at in (2, 3) else cell for at, cell in enumerate(row)] for row in wanted]
        assert [as_cells(found) for found in page] == zero[start : start + 5]
        copy = Path(folder) / "copy.csv"
        copy.write_bytes(b"".join(copied(findings, matches)))
        assert plainly(copy, Asked()) == wanted


@given(blocks=st.lists(st.lists(FINDING, max_size=8), max_size=4), asked=ASKED, line=st.integers(0, 35))
def test_jumping_to_a_line_finds_its_first_finding_or_the_next_one(blocks, asked, line):
    with tempfile.TemporaryDirectory() as folder:
        index = written(Path(folder), blocks)
        wanted = plainly(Path(folder) / FINDINGS, asked)
        reached = [at for at, row in enumerate(wanted) if int(row[2] or 0) >= max(line, 1)]
        expected = reached[0] if reached else max(len(wanted) - 1, 0)
        assert index.matching(asked).position_of_line(line) == expected


def test_what_lies_behind_the_first_part_of_a_search_is_found(tmp_path):
    count = 2 * LOOKED_AT + 100
    rows = [(CODES[n % 3], "note", n + 2, n + 1, "Email", str(n), "Look at it.", "") for n in range(count)]
    index = written(tmp_path, [[], rows])
    matches = index.matching(Asked(code=CODES[1]))
    for start in (0, LOOKED_AT // 3 - 2, len(matches) - 3):
        page = read_findings(tmp_path / FINDINGS, index, matches[start : start + 50])
        assert [found.value for found in page] == [
            str(3 * at + 1) for at in range(start, min(start + 50, len(matches)))
        ]
    assert matches.position_of_line(LOOKED_AT + 2) == sum(n % 3 == 1 for n in range(LOOKED_AT))
    assert sum(index.counts().values()) == count


def test_an_engine_run_indexes_every_finding(tmp_path):
    rng = random.Random(5)
    rows = ['Email,Na"me,Status,Last Open,Notes']
    for number in range(400):
        address = rng.choice([f"p{number}@example.org", "nobody", f"p{number}@gmial.com", "", " <a@example.org>"])
        rows.append(f'{address},"Ann\n{number}",{rng.choice(["subscribed", "bounced", "what"])},2019-01-01,=1+1')
    rows += ["", "", "too,short", "x@example.org,a,b,2026-13-45,d,e,f"]
    path = tmp_path / "list.csv"
    path.write_text("\n".join(rows) + "\n")
    report = judge_file(
        path,
        target=limits_of(platforms.load("kartra")),
        as_of=date(2026, 9, 1),
        out=tmp_path / "out",
        wanted=Wanted(index=True),
    )
    findings = tmp_path / "out" / FINDINGS
    index = FindingsIndex(tmp_path / "out" / INDEX)
    assert index.counts() == dict(report.counts)
    assert {(code, severity) for code, severity, _ in index.rules} == set(report.severities.items())
    matches = index.matching(Asked())
    found = read_findings(findings, index, matches[: len(matches)])
    assert [as_cells(one) for one in found] == plainly(findings, Asked())


@pytest.mark.parametrize(
    "content", [b"", b"short", b"x" * 200, MAGIC + b"\xff" * 8, MAGIC + b"[]" + (2).to_bytes(8, "little")]
)
def test_what_is_no_index_is_refused(tmp_path, content):
    path = tmp_path / INDEX
    path.write_bytes(content)
    with pytest.raises(NoIndex):
        FindingsIndex(path)
    with pytest.raises(NoIndex):
        FindingsIndex(tmp_path / "missing")
