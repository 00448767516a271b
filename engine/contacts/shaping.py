"""Rows as the target wants them: columns left out, renamed and trimmed, tags and dates in its own form.

Only files that go into an import are shaped. Suppression, duplicates and rejects keep every cell as it came.
"""

import re
from datetime import date

import polars as pl

from engine.contacts.columns import comparable
from engine.contacts.private import is_secret_column
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
        self._kept = [number for number in range(len(setting.columns.header)) if not self._is_left_out(number)]
        self._form = _strftime(setting.target.date_form)
        self._tag_cells: dict[str, str] = {}

    @property
    def header(self) -> list[str]:
        """The names that the columns have in the import files."""
        names = self._setting.columns.header
        return [(self._choices[number].to if number in self._choices else "") or names[number] for number in self._kept]

    def _is_left_out(self, number: int) -> bool:
        choice = self._choices.get(number)
        return bool(choice and choice.leave_out) or is_secret_column(self._setting.columns.header[number])

    def frame(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows in their new shape."""
        return frame.select([self._column(frame[str(number)], number) for number in self._kept])

    def _column(self, cells: pl.Series, number: int) -> pl.Series:
        columns, choice = self._setting.columns, self._choices.get(number)
        if number == columns.email:
            cells = cells.str.strip_chars()
        if number in columns.tags:
            cells = self._tags(cells)
        elif number in self._setting.columns.dates and self._form:
            cells = self._dates(cells, number)
        if choice and choice.max_length:
            cells = cells.str.slice(0, choice.max_length)
        return cells

    def _tags(self, cells: pl.Series) -> pl.Series:
        meaning = {cell: self._tag_cell(cell) for cell in cells.unique()}
        return cells if all(old == new for old, new in meaning.items()) else cells.replace_strict(meaning)

    def _tag_cell(self, cell: str) -> str:
        """The tags renamed, each once, between the target's separators; unchanged where nothing asks for a change."""
        if cell in self._tag_cells:
            return self._tag_cells[cell]
        target, renamed = self._setting.target, self._setting.recipe.tags
        told = split_tags(cell, self._setting.tag_separator)
        tags = list(dict.fromkeys(tag for old in told if (tag := renamed.get(old, old))))
        sign = target.tag_separator or self._setting.tag_separator
        shaped = f"{sign}".join(tags) if sign and (tags != told or sign not in cell) and tags else cell
        shaped = "" if told and not tags else shaped
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
