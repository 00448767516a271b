"""A report in lines for a person at a terminal."""

from collections.abc import Iterator

from engine.contacts.kinds.report import KindReport
from engine.contacts.report import Report


def told_lines(report: Report) -> Iterator[str]:
    """Where the contacts went; for the other kinds what they come to, and the lists that were written."""
    if not isinstance(report, KindReport):
        yield "  " + ", ".join(f"{count:,} {name}" for name, count in report.segment_counts().items())
        return
    for name, value in report.results.items():
        if isinstance(value, int) and value:
            yield f"  {value:,} {name.replace('_', ' ')}"
    for row in report.results.get("currencies", ()):
        sums = ", ".join(f"{value} {name}" for name, value in row.items() if name != "currency")
        yield f"  {row['currency'] or 'no currency'}: {sums}"
    yield from (f"  wrote {made.file}: {made.records:,} records" for made in report.lists)
