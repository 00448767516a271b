"""Rows as the target wants them: columns left out and renamed, tags and dates in its own form.

Only files that go into an import are shaped. Suppression, duplicates and rejects keep their columns and cells.
"""

import re
from datetime import date

import polars as pl

from engine.contacts.columns import comparable
from engine.contacts.recipe import FieldChoice
from engine.contacts.rows import Setting
from engine.contacts.tag_cells import split_tags

_FORM = re.compile(r"(?:YYYY|MM|DD)([/.-])(?:YYYY|MM|DD)\1(?:YYYY|MM|DD)\b")


class Shape:
    """How the rows of one file change on their way into import files."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        chosen = {comparable(choice.header): choice for choice in setting.recipe.fields}
        self._choices: dict[int, FieldChoice] = {
            number: chosen[comparable(name)]
            for number, name in enumerate(setting.columns.header)
            if comparable(name) in chosen
        }
        width = len(setting.columns.header)
        self.kept = [number for number in range(width) if number not in setting.columns.ignored]
        self._form = _strftime(setting.target.date_form)
        self._tag_cells: dict[str, str] = {}

    @property
    def header(self) -> list[str]:
        """The names that the columns have in the import files."""
        names = self._setting.columns.header
        return [(self._choices[number].to if number in self._choices else "") or names[number] for number in self.kept]

    def frame(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows in their new shape."""
        return frame.select([self._column(frame[str(number)], number) for number in self.kept])

    def _column(self, cells: pl.Series, number: int) -> pl.Series:
        columns = self._setting.columns
        if number == columns.email:
            cells = cells.str.strip_chars()
        if number in columns.tags:
            cells = self._tags(cells)
        elif number in self._setting.columns.dates and self._form:
            cells = self._dates(cells, number)
        return cells

    def _tags(self, cells: pl.Series) -> pl.Series:
        meaning = {cell: self._tag_cell(cell) for cell in cells.unique()}
        return cells if all(old == new for old, new in meaning.items()) else cells.replace_strict(meaning)

    def _tag_cell(self, cell: str) -> str:
        """The tags between the target's separators."""
        if cell in self._tag_cells:
            return self._tag_cells[cell]
        sign, tags = self._setting.target.tag_separator, split_tags(cell, self._setting.tag_separator)
        shaped = sign.join(tags) if sign and len(tags) > 1 and sign not in cell else cell
        if len(self._tag_cells) < 100_000:
            self._tag_cells[cell] = shaped
        return shaped

    def _dates(self, cells: pl.Series, number: int) -> pl.Series:
        days = self._setting.dates.days(cells, number)
        meaning = {day: date.fromisoformat(day).strftime(self._form) for day in days.unique() if len(day) == 10}
        shaped = days.replace_strict(meaning, default=None, return_dtype=pl.String)
        return shaped.fill_null("").zip_with(shaped.is_not_null(), cells)


def _strftime(form: str) -> str:
    """The first date form that a platform names, as Python writes it; "" when it names none of this kind."""
    match = _FORM.match(form.upper())
    return match.group().replace("YYYY", "%Y").replace("MM", "%m").replace("DD", "%d") if match else ""
