import csv
from collections import Counter

import pytest
from planted import FIELDS, TODAY, planted

from engine import platforms
from engine.contacts import judge_file, read_fields
from engine.contacts.limits import limits_of

KARTRA = limits_of(platforms.load("kartra"))


def found_in(folder):
    """Every finding as (line, record, code, column)."""
    with (folder / "findings.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == ["code", "severity", "line", "record", "column", "value", "message", "suggestion"]
    return Counter((int(row["line"] or 0), row["record"], row["code"], row["column"]) for row in rows)


def about_the_whole(finding):
    return finding[0] == 0


@pytest.mark.parametrize(
    ("seed", "size", "delimiter", "end", "encoding"),
    [
        (1, 6_000, ",", "\n", "utf-8"),
        (2, 2_000, ";", "\r\n", "utf-8-sig"),
        (3, 2_000, "\t", "\r", "utf-16"),
        (4, 2_000, "|", "\n", "utf-16-le"),
    ],
)
def test_every_planted_fault_is_found_at_its_place_and_nothing_else(tmp_path, seed, size, delimiter, end, encoding):
    file = planted(seed, size, delimiter=delimiter, end=end)
    path = tmp_path / "list.csv"
    path.write_bytes(file.text.encode(encoding))
    report = judge_file(path, target=KARTRA, fields=read_fields(FIELDS), as_of=TODAY, out=tmp_path / "out")
    found = Counter({place: count for place, count in found_in(tmp_path / "out").items() if not about_the_whole(place)})
    lines = file.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    planted_ones = file.found + Counter([(1, "", "contacts.date.mixed", "Birthday")])  # written in every form there is
    missed, over = planted_ones - found, found - planted_ones
    assert [(place, lines[place[0] - 1][:150]) for place in sorted(missed)[:10]] == []
    assert [(place, lines[place[0] - 1][:150]) for place in sorted(over)[:10]] == []
    assert {name: count for name, count in report.segment_counts().items() if count} == dict(file.segments)
    assert (report.records, report.lines, report.delimiter) == (file.records, file.lines, delimiter)
