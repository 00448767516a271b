"""Rows as the target wants them: columns left out, renamed and joined, tags, dates, phones and words in its own form.

Only files that go into an import are shaped. Suppression and duplicates keep their cells, but not what is left out;
rejects keep their columns.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date

import polars as pl

from engine.contacts.dates import AS_NUMBERS, Order
from engine.contacts.naming import ImportColumns, columns_as_they_are
from engine.contacts.rows import Setting
from engine.contacts.tag_cells import split_tags
from engine.contacts.target_cells import INTERNATIONAL, phone_columns
from engine.contacts.target_columns import meanings
from engine.contacts.target_rules import CONTROL, EMOJI
from engine.contacts.vocabulary import BLOCKING, plain

_FORM = re.compile(r"(?:YYYY|MM|DD)([/.-])(?:YYYY|MM|DD)\1(?:YYYY|MM|DD)\b")
_DAY_FORM = re.compile(r"(?:MM([/.-])DD|DD([/.-])MM)")
_AROUND = " \u00a0\t'"  # a spreadsheet's apostrophe keeps a number as text

Change = Callable[[pl.Series], pl.Series]


class Shape:
    """How the rows of one file change on their way into import files."""

    def __init__(self, setting: Setting) -> None:
        self._setting, self._columns = setting, ImportColumns(setting)
        self.kept, self.header = self._columns.kept, self._columns.header
        self._plain, self.plain_header = columns_as_they_are(setting)
        self._tag_cells: dict[str, str] = {}
        self._changes = {number: list(self._changes_of(number)) for number in self.kept}

    def frame(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows in their new shape."""
        return frame.select([self._column(frame, number).alias(str(number)) for number in self.kept])

    def plain(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows as they are, without the columns that are left out; their names are `plain_header`."""
        return frame.select([str(number) for number in self._plain])

    def _column(self, frame: pl.DataFrame, number: int) -> pl.Series:
        cells = frame[str(number)]
        for change in self._changes[number]:
            cells = change(cells)
        if self._columns.joined and number == self._columns.joined[0]:
            last = self._columns.joined[1]
            rest = frame[str(last)]
            for change in self._texts():
                rest = change(rest)
            cells = (cells.str.strip_chars() + " " + rest.str.strip_chars()).str.strip_chars()
        return cells

    def _changes_of(self, number: int) -> list[Change]:
        """What is done to a column, in this order."""
        setting, changes = self._setting, self._texts()
        if number == setting.columns.email or setting.target.refuses_spaces:
            changes.append(lambda cells: cells.str.strip_chars())
        if number in phone_columns(setting.columns, setting.target, setting.recipe):
            changes.append(_with_country_code)
        if number == setting.columns.consent and setting.target.consent_words:
            changes.append(lambda cells: self._consent(cells, number))
        if number in setting.columns.tags:
            changes.append(self._tags)
        elif form := self._form_of(number):
            changes.append(lambda cells: self._dates(cells, number, form))
        return changes

    def _texts(self) -> list[Change]:
        """What is done to every text."""
        setting, changes = self._setting, list[Change]()
        if setting.has_control:
            changes.append(lambda cells: cells.str.replace_all(CONTROL, ""))
        if setting.target.refuses_emoji:
            changes.append(lambda cells: cells.str.replace_all(f" ?{EMOJI}+\ufe0f?", ""))
        if setting.target.refuses_line_breaks:
            changes.append(lambda cells: cells.str.replace_all(r"[ \t]*[\r\n]+[ \t]*", " "))
        return changes

    def _form_of(self, number: int) -> str:
        """How dates are to be written in a column; "" where they stay as they are."""
        columns, target = self._setting.columns, self._setting.target
        if number not in self._setting.dates.columns:
            return ""
        if (
            _DAY_FORM.fullmatch(target.birthday_form)
            and meanings(columns, self._setting.recipe).get(number) == "birthday"
        ):
            return _python_form(target.birthday_form)
        return _strftime(target.date_form)

    def _consent(self, cells: pl.Series, number: int) -> pl.Series:
        """The target's own words for yes and no; what means neither, or forbids mail, stays as it is."""
        setting, words = self._setting, self._setting.target.consent_words
        decided = setting.choices.get(number, {})

        def told(cell: str) -> str:
            choice = decided.get(plain(cell))
            means = setting.consent_of(cell) if choice is None else "yes" if choice else "no"
            return cell if means in BLOCKING else words.get(means, cell)

        return _by_text(cells, {cell: told(cell) for cell in cells.unique()})

    def _tags(self, cells: pl.Series) -> pl.Series:
        return _by_text(cells, {cell: self._tag_cell(cell) for cell in cells.unique()})

    def _tag_cell(self, cell: str) -> str:
        """The tags between the target's separators; where it knows quotes, one that holds the separator has them."""
        if cell in self._tag_cells:
            return self._tag_cells[cell]
        target = self._setting.target
        sign, quote, tags = target.tag_separator, target.tag_quote, split_tags(cell, self._setting.tag_separator)
        shaped = cell
        if sign and quote and any(sign in tag for tag in tags):
            shaped = sign.join(f"{quote}{tag}{quote}" if sign in tag else tag for tag in tags)
        elif sign and len(tags) > 1 and sign not in cell:
            shaped = sign.join(tags)
        if len(self._tag_cells) < 100_000:
            self._tag_cells[cell] = shaped
        return shaped

    def _dates(self, cells: pl.Series, number: int, form: str) -> pl.Series:
        days = self._setting.dates.days(cells, number)
        meaning = {day: date.fromisoformat(day).strftime(form) for day in days.unique() if len(day) == 10}
        shaped = days.replace_strict(meaning, default=None, return_dtype=pl.String)
        is_sure, evidence = shaped.is_not_null(), self._setting.dates.evidence.get(number)
        if evidence and evidence.both and evidence.order is Order.UNCLEAR:  # no column of two forms is made
            is_sure &= ~cells.str.contains(AS_NUMBERS)
        return shaped.fill_null("").zip_with(is_sure, cells)


def _by_text(cells: pl.Series, meaning: Mapping[str, str]) -> pl.Series:
    return cells if all(old == new for old, new in meaning.items()) else cells.replace_strict(meaning)


def _with_country_code(cells: pl.Series) -> pl.Series:
    """A plus sign and digits, where the number says from which country it is; others stay as they are."""
    plain_cells = cells.str.strip_chars(_AROUND)
    digits = plain_cells.str.replace("(0)", "", literal=True).str.replace_all("[^0-9]", "").str.replace("^00", "")
    return ("+" + digits).zip_with(plain_cells.str.contains(f"^(?:{INTERNATIONAL})$"), cells)


def _strftime(form: str) -> str:
    """The first date form that a platform names, as Python writes it; "" when it names none of this kind."""
    match = _FORM.match(form.upper())
    return _python_form(match.group()) if match else ""


def _python_form(form: str) -> str:
    return form.replace("YYYY", "%Y").replace("MM", "%m").replace("DD", "%d")
