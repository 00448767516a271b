"""What the importer of the target takes in a cell: letters, line breaks, the lengths of its own fields, names."""

import re
from collections.abc import Iterator, Sequence

from engine.contacts.columns import Columns, comparable
from engine.contacts.limits import TargetLimits
from engine.contacts.rows import Row
from engine.contacts.target_columns import wanted_columns
from engine.contacts.types import fits
from engine.findings import Finding, Place, Severity

EMOJI = "[\U0001f000-\U0001faff\u2600-\u27bf]"
# Neither tab nor line break, and not NUL, which has a rule of its own (Unicode, general category Cc).
CONTROL = "[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
_PARTS = re.compile(r"[\r\n]+| {2,}")  # of an address in one cell
_EMOJI, _CONTROL = re.compile(EMOJI), re.compile(CONTROL)


def target_header_findings(columns: Columns, target: TargetLimits, line: int) -> Iterator[Finding]:
    """What the names of the columns alone show about this target, told once for the file."""
    yield from _wanted_findings(columns, target, line)
    names = {comparable(name): number for number, name in enumerate(columns.header) if number not in columns.ignored}
    for name in target.not_imported:
        if (number := names.get(comparable(name))) is not None:
            message = f"Keep this column elsewhere if it matters: {target.name} does not import it."
            yield Finding(Severity.NOTE, "contacts.header.not_imported", message, Place(line, 0, columns.name(number)))
    for number in sorted(columns.serials - columns.ignored):
        where = Place(line, 0, columns.name(number))
        if target.date_form:
            message = "Nothing to do: its numbers of days (45000 for 15 March 2023) are dates in the import files."
            yield Finding(Severity.NOTE, "contacts.date.serial", message, where)
        else:
            message = (
                "Format this column as dates in the spreadsheet and export it again: 45000 stands for 15 March 2023."
            )
            yield Finding(Severity.WARNING, "contacts.date.serial", message, where)
    for name, other in target.paired_columns:
        if (number := names.get(comparable(name))) is not None and comparable(other) not in names:
            message = f"Add a column {other!r}: {target.name} needs it beside {name!r}."
            yield Finding(Severity.WARNING, "contacts.header.unpaired", message, Place(line, 0, columns.name(number)))


def _wanted_findings(columns: Columns, target: TargetLimits, line: int) -> Iterator[Finding]:
    """No row can have what the file has no column for."""
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
    """Constant Contact, knowledgebase 37423: each standard field has a length of its own; some count each line."""
    target = row.setting.target
    severity = Severity.ERROR if "field_lengths" in target.sure else Severity.WARNING
    for number, most in row.setting.field_lengths.items():
        cell, told = row.cells[number], row.setting.columns.most_told(number)
        length = max(map(len, _PARTS.split(cell))) if target.measures_parts else len(cell)
        is_told = 0 < told < len(cell) or 0 < target.max_text < target.length(cell)
        if length > most and not is_told:
            message = f"Shorten this text from {length:,} to {most} characters; more do not fit into {target.name}."
            yield row.finding(severity, "contacts.text.too_long", message, number, cell)


def line_fits_target(row: Row) -> Iterator[Finding]:
    """GetResponse, What types of lists can I import?: one line has at most 512 characters."""
    target = row.setting.target
    if (length := _written_length(row.cells, row.setting.columns.ignored)) > target.max_line:
        message = (
            f"Shorten texts or leave out columns: this row has {length:,} characters and {target.name} takes "
            f"{target.max_line:,} in a line."
        )
        yield Finding(Severity.WARNING, "contacts.row.wide", message, Place(row.line, row.record))


def _written_length(cells: Sequence[str], ignored: frozenset[int]) -> int:
    """The characters of the row as it will stand in the import file."""
    kept = [cell for number, cell in enumerate(cells) if number not in ignored]
    quotes = sum(2 + cell.count('"') for cell in kept if any(sign in cell for sign in ',"\r\n'))
    return sum(map(len, kept)) + len(kept) - 1 + quotes


def cells_have_their_form(row: Row) -> Iterator[Finding]:
    """Phones, post codes, countries and time zones as the target writes them; see `target_cells`."""
    for form in row.setting.cell_forms:
        cell, spec = row.cells[form.number], row.setting.columns.specs.get(form.number)
        if form.fails(cell) and not (spec and fits(cell.strip(), spec)):  # then that is told already
            yield row.finding(form.severity, form.code, form.message, form.number, cell)


def cells_hold_no_emoji(row: Row) -> Iterator[Finding]:
    """ActiveCampaign's help on preparing a CSV: an emoji can stop the import; tags have a rule of their own."""
    unseen = {*row.setting.columns.ignored, *row.setting.columns.tags}
    for number, cell in enumerate(row.cells):
        if not cell.isascii() and number not in unseen and _EMOJI.search(cell):
            name = row.setting.target.name
            message = f"Nothing to do: the emoji is left out of the import files, because {name} may stop at it."
            yield row.finding(Severity.NOTE, "contacts.text.emoji", message, number, cell, _EMOJI.sub("", cell))


def cells_hold_no_controls(row: Row) -> Iterator[Finding]:
    """Signs that no screen shows, left by old programs; importers drop the row or keep them. Addresses tell theirs."""
    columns = row.setting.columns
    for number, cell in enumerate(row.cells):
        if number != columns.email and number not in columns.ignored and _CONTROL.search(cell):
            message = "Nothing to do: the invisible control characters of this cell are left out of the import files."
            yield row.finding(Severity.NOTE, "contacts.cell.control", message, number, cell, _CONTROL.sub("", cell))


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
            message = (
                f"Nothing to do: it stands on one line in the import files, as {row.setting.target.name} wants it."
            )
            suggestion = " ".join(cell.split())
            yield row.finding(Severity.NOTE, "contacts.text.line_break", message, number, cell, suggestion)


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
