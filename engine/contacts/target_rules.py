"""What the importer of the target takes in a cell: letters, line breaks, the lengths of its own fields, names."""

from collections.abc import Iterator

from engine.contacts.columns import Columns
from engine.contacts.limits import TargetLimits
from engine.contacts.rows import Row
from engine.contacts.target_columns import wanted_columns
from engine.findings import Finding, Place, Severity


def wanted_column_findings(columns: Columns, target: TargetLimits, line: int) -> Iterator[Finding]:
    """Told once for the file: no row can have what the file has no column for."""
    for words, numbers in wanted_columns(columns, target):
        if not numbers:
            message = f"Add a column for {words}: {target.name} wants it for every contact."
            yield Finding(_severity(target), _code(target), message, Place(line))


def _severity(target: TargetLimits) -> Severity:
    return Severity.ERROR if target.is_wanted_surely else Severity.WARNING


def _code(target: TargetLimits) -> str:
    """Where only others say so, nobody is held back for it."""
    return "contacts.name.missing" if target.is_wanted_surely else "contacts.name.advised"


def names_are_given(row: Row) -> Iterator[Finding]:
    """Thinkific, Import students from file: at least email, first name and last name."""
    target = row.setting.target
    for words, numbers in row.setting.wanted_columns:
        if numbers and not any(row.cells[number].strip() for number in numbers):
            message = f"Fill in {words}: {target.name} wants it for every contact."
            yield row.finding(_severity(target), _code(target), message, numbers[0])


def cells_fit_fields(row: Row) -> Iterator[Finding]:
    """Constant Contact, knowledgebase 37423: each standard field has a length of its own."""
    name = row.setting.target.name
    for number, most in row.setting.field_lengths.items():
        cell, told = row.cells[number], row.setting.columns.most_told(number)
        if len(cell) > most and not 0 < told < len(cell):
            message = f"Shorten this text from {len(cell):,} to {most} characters; more do not fit into {name}."
            yield row.finding(Severity.ERROR, "contacts.text.too_long", message, number, cell)


def letters_fit_target(row: Row) -> Iterator[Finding]:
    """Thinkific, Import students from file: a CSV must hold ASCII characters only."""
    for number, cell in enumerate(row.cells):
        if not cell.isascii() and "\ufffd" not in cell and number not in row.setting.columns.ignored:
            message = f"Write this without accents and special signs: {row.setting.target.name} takes only ASCII."
            yield row.finding(Severity.ERROR, "contacts.text.letters", message, number, cell)


def cells_are_of_one_line(row: Row) -> Iterator[Finding]:
    """ActiveCampaign's help on preparing a CSV: no line breaks inside cells."""
    for number, cell in enumerate(row.cells):
        if ("\n" in cell or "\r" in cell) and number not in row.setting.columns.ignored:
            message = f"Write this cell on one line: {row.setting.target.name} takes no line breaks in it."
            suggestion = " ".join(cell.split())
            yield row.finding(Severity.WARNING, "contacts.text.line_break", message, number, cell, suggestion)


def text_was_decoded_once(row: Row) -> Iterator[Finding]:
    """UTF-8 that was read as Windows-1252 and written again; told only where undoing it gives clean text."""
    for number, cell in enumerate(row.cells):
        if (meant := decoded_again(cell)) and number not in row.setting.columns.ignored:
            message = "Correct the characters in this cell: its text was decoded wrongly before the export."
            yield row.finding(Severity.WARNING, "contacts.cell.garbled", message, number, cell, meant)


def decoded_again(cell: str) -> str:
    """What was meant by "MÃ¼ller"; "" where the cell is as it was typed."""
    if cell.isascii():
        return ""
    try:
        return cell.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return ""
